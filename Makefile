# `make` lists the targets: each one's sentence stands after its ##.

PYTHON ?=
DATE ?=
LANDING ?=
export DATE LANDING

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
step = $(loader) run$(if $(1), $(1)) $(if $(DATE),--date "$$DATE") $(if $(LANDING),--landing "$$LANDING")

.PHONY: help
help: ## List the targets.
	@echo "Usage: make TARGET [DATE=2025-12-31] [LANDING=folder of CSV files] [PYTHON=python3.12]"
	@echo "DATE is today unless given; without LANDING a made-up shop delivers the files."
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name text; do \
		printf '  %-12s %s\n' "$$name" "$$text"; \
	done

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

.PHONY: install install-dev lock
install: .venv/installed ## Make .venv and install the locked packages; instant when nothing changed.

install-dev: .venv/installed-dev ## Install what the tests and linters need as well.

lock: install-dev ## Resolve the dependencies anew and write both requirements files with hashes.
	@$(compile) --group build --output-file requirements.txt
	@$(compile) --group dev --all-extras --constraint requirements.txt --output-file requirements-dev.txt
	@$(compile) --extra semantic --constraint requirements.txt --output-file requirements-semantic.txt
	@$(compile) --extra tableau --constraint requirements.txt --output-file requirements-tableau.txt

# Server --------------------------------------------------------------------------------------------------------------

.PHONY: up down status psql roles
up: install ## Start the embedded server, or check that the one PGHOST names answers.
	@$(loader) server start

down: install ## Stop the embedded server.
	@$(loader) server stop

status: install ## Show which server is in use, and whether it runs.
	@$(loader) server status

psql: install ## Open psql on the shop's database; it reads queries from standard input too.
	@$(loader) server psql

roles: install ## Make the database roles owner, loader, transformer and bi, or bring them up to date.
	@$(loader) roles

# A day's run and its steps -------------------------------------------------------------------------------------------

.PHONY: daily generate load build publish export report docs
daily: install ## Take one day's files through every step: make daily DATE=2025-12-31 LANDING=folder.
	@$(call step,)

generate: install ## Write one day's four CSV files to landing/DATE.
	@$(call step,generate)

load: install ## Load the four CSV files of LANDING, or else of landing/DATE, into staging.
	@$(call step,load)

build: install ## Build and test everything with dbt, and publish when every test has passed.
	@$(call step,build)

publish: install ## Publish mart_build to mart once more.
	@$(call step,publish)

export: install ## Write every relation of mart to exports/ as CSV.
	@$(call step,export)

report: install ## Tell what the last run did.
	@$(call step,report)

docs: up ## Write dbt's documentation; cd dbt_project and dbt docs serve shows it.
	@cd dbt_project && ../$(python) -W ignore::RuntimeWarning:runpy -m dbt.cli.main docs generate

# Development ---------------------------------------------------------------------------------------------------------

# Without the snapshots: sqlfluff does not know their Jinja tag.
sql := dbt_project/models dbt_project/tests

.PHONY: lint format test
lint: install-dev ## Check style and form of the Python and SQL code.
	@$(python) -m ruff check .
	@$(python) -m ruff format --check .
	@$(python) -m sqlfluff lint --processes 0 $(sql)

format: install-dev ## Rewrite the Python and SQL code in the project's form.
	@$(python) -m ruff check --fix .
	@$(python) -m ruff format .
	@$(python) -m sqlfluff fix --processes 0 $(sql)

test: install-dev ## Run the tests on the embedded server, or on the one PGHOST names; ARGS goes to pytest.
	@$(python) -m pytest $(ARGS)

# Data lies in the repository's folder, or where SHOP_ROOT says.
data := cd "$${SHOP_ROOT:-.}"

.PHONY: clean
clean: ## Delete all data (database, landing, exports, logs) after asking; CONFIRM=yes answers.
	@$(data) && du -sh .postgres landing exports logs 2>/dev/null; \
	answer="$(CONFIRM)"; \
	if [ -z "$$answer" ] && [ -t 0 ]; then \
		printf 'Delete these folders and all that is in them? Type yes: '; read -r answer; \
	fi; \
	[ "$$answer" = yes ] || { echo "Nothing was deleted; make clean CONFIRM=yes deletes." >&2; exit 1; }
	@[ ! -e "$${SHOP_ROOT:-.}/.postgres/data" ] || PGHOST= $(MAKE) down
	@$(data) && rm -rf .postgres landing logs && \
	if [ -d exports ]; then find exports -mindepth 1 ! -path exports/README.md -delete; fi
	@rm -rf dbt_project/target dbt_project/logs
