"""What a build on Spark gave is copied to PostgreSQL, recorded and published; Spark is played here.

`make spark-test` asks Spark itself.
"""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from factories.days import dbt, dbt_well, execute, fingerprint, loader, query
from loader.config.settings import Settings
from loader.errors import LoaderError
from loader.export.parquet import arrow_schema
from loader.pipeline.spark import node_results
from loader.spark import serve
from loader.spark.serve import ServedTable, served_tables
from loader.spark.session import session

WRITTEN = re.compile(
    r"insert overwrite directory '(.+)' using parquet\s+select .+?\sfrom (\S+)\s*(where .+)?",
    re.DOTALL,
)


class PlayedSpark:
    """Write tables that were read from PostgreSQL as Spark would write its own."""

    def __init__(self, tables: list[ServedTable]) -> None:
        self.tables = {table.full_name: _read(table) for table in tables}

    @contextmanager
    def session(self, _settings: Settings) -> Iterator["PlayedSpark"]:
        """Yield itself."""
        yield self

    def execute(self, statement: str) -> None:
        """Write a table, or of it what has one of the changed keys."""
        asked = WRITTEN.fullmatch(statement.strip())
        assert asked, statement
        folder, name, where = Path(asked[1]), asked[2], asked[3]
        rows = self.tables[name]
        if where:
            keys = self.tables["mart_build.int_changed_days"]["date_key"]
            rows = rows.filter(pa.compute.is_in(rows["date_key"], keys))
        folder.mkdir(parents=True)
        pa.parquet.write_table(rows, folder / "part-0.parquet")
        (folder / "_SUCCESS").touch()


def _read(table: ServedTable) -> pa.Table:
    names = ", ".join(
        f"{name}::text" if type_.endswith("[]") else name for name, type_ in table.columns.items()
    )
    rows = query(f"select {names} from {table.full_name}")
    columns = zip(*rows, strict=True) if rows else ([] for _ in table.columns)
    schema = arrow_schema(table.columns)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


@pytest.fixture
def tables(first_day: None, settings: Settings) -> list[ServedTable]:  # noqa: ARG001
    """Return the tables to copy of a shop whose first day has run."""
    dbt_well("parse")
    return served_tables(settings.dbt_target_dir)


@pytest.fixture
def spark(tables: list[ServedTable], monkeypatch: pytest.MonkeyPatch) -> PlayedSpark:
    """Return a Spark that has what PostgreSQL has built."""
    spark = PlayedSpark(tables)
    monkeypatch.setattr(serve, "session", spark.session)
    return spark


def of(tables: list[ServedTable]) -> dict[str, object]:
    """Return the fingerprints of tables."""
    found = fingerprint("mart_build", "quarantine", "ops")
    return {table.full_name: found[table.full_name] for table in tables}


@pytest.mark.usefixtures("spark")
def test_tables_are_what_spark_has_whatever_they_were(
    tables: list[ServedTable], settings: Settings
) -> None:
    before = of(tables)
    execute(
        "drop table mart_build.rpt_top_products;"
        " alter table mart_build.dim_dates drop column is_weekend;"
        " alter table mart_build.rpt_day_of_week alter column day_of_week type bigint;"
        " update mart_build.fct_sales set quantity = 77;"
        " truncate quarantine.rejected_customers, ops.row_warnings"
    )
    rows = serve.serve(settings, tables, "a-run", is_full=True)
    assert of(tables) == before
    assert rows == sum(query(f"select count(*) from {name}")[0][0] for name in before)
    described = "select col_description('mart_build.dim_dates'::regclass, 1)"
    assert query(described)[0][0].startswith("Day as a number")
    assert not (settings.spark_storage_dir / "served").exists()


def test_of_sales_the_changed_days_are_copied(
    tables: list[ServedTable], spark: PlayedSpark, settings: Settings
) -> None:
    before = of(tables)
    days = spark.tables["mart_build.int_changed_days"]
    spark.tables["mart_build.int_changed_days"] = days.filter(
        pa.compute.field("date_key") == 20250301
    )
    execute("update mart_build.fct_sales set quantity = 77")
    serve.serve(settings, tables, "a-run", is_full=False)
    assert dict(query("select date_key, quantity from mart_build.fct_sales")) == {
        20250201: 77,
        20250301: 2,
    }
    others = {
        name for name in before if name.split(".")[1] not in ("fct_sales", "int_changed_days")
    }
    after = of(tables)
    assert {name for name in others if after[name] != before[name]} == set()


def test_copy_that_fails_changes_nothing(
    tables: list[ServedTable], spark: PlayedSpark, settings: Settings
) -> None:
    execute("update mart_build.fct_sales set quantity = 77")
    before = of(tables)
    del spark.tables[tables[-1].full_name]
    with pytest.raises(KeyError):
        serve.serve(settings, tables, "a-run", is_full=True)
    assert of(tables) == before


@pytest.mark.usefixtures("first_day")
def test_results_are_on_record_and_published_and_then_the_history_is_sparks(
    settings: Settings,
) -> None:
    dbt_well("build", "--exclude-resource-type", "unit_test")
    results = node_results(settings.dbt_target_dir)
    published = "select count(*) from ops.publications"
    before = query(published)
    failing = [result | {"status": "fail", "failures": 1} for result in results]
    for given, count in ((failing, 0), (results, 1)):
        arguments = json.dumps({"results": given, "is_full": False})
        dbt_well("run-operation", "publish_from_spark", "--args", arguments)
        assert query(published) == [(before[0][0] + count,)]
        newest = (
            "select command, is_complete, has_failures from ops.invocations"
            " order by started_at desc limit 1"
        )
        assert query(newest) == [("build on Spark", bool(count), not count)]
    for command in ("build", "run"):
        refused = dbt(command, "--select", "dim_dates")
        assert refused.returncode
        assert "Spark has the history of this shop" in refused.stdout


def test_without_its_packages_or_a_cluster_spark_is_refused_in_one_line(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyhive", None)
    with pytest.raises(LoaderError, match="Spark is not installed: make"), session(settings):
        pass


@pytest.mark.usefixtures("first_day")
def test_run_on_spark_ends_at_once_where_no_cluster_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SHOP_ENGINE", "spark")
    done = loader("run", "build")
    assert done.returncode == 1
    assert re.search("Spark is not installed|no password for Spark", done.stderr)
    assert query("select step, attempt from ops.steps where status = 'failed'") == [("build", 1)]
