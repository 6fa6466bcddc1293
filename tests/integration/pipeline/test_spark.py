"""What a build on Spark gave is recorded and published, and without Spark a run says so at once."""

import json
import re
import sys
from datetime import date

import pyarrow as pa
import pytest

from factories.days import dbt, dbt_well, execute, loader, query
from factories.played_spark import PlayedSpark
from loader.config.settings import Settings
from loader.errors import LoaderError
from loader.history.lock import new_run_id, run_lock
from loader.spark import serve
from loader.spark.served import served_tables
from loader.spark.session import session

RECORDED_SALES = """
select row_count from ops.publication_relations
where relation_name = 'fct_sales' order by publication_id desc limit 1
"""
Results = list[dict[str, object]]


@pytest.fixture
def results(first_day: None, settings: Settings) -> Results:  # noqa: ARG001
    """Return what dbt says of a build on Spark in which all went well."""
    dbt_well("parse")
    manifest = json.loads((settings.dbt_target_dir / "manifest.json").read_text())
    return [
        {"unique_id": name, "status": "success", "failures": None, "execution_time": 0.1}
        for name, node in (manifest["nodes"] | manifest["exposures"]).items()
        if node["resource_type"] != "operation"
    ]


def publish(results: Results) -> None:
    arguments = json.dumps({"results": results, "is_full": False})
    dbt_well("run-operation", "publish_from_spark", "--args", arguments)


def test_results_are_on_record_and_published_and_then_the_history_is_sparks(
    results: Results,
) -> None:
    published = "select max(publication_id) from ops.publications"
    before = query(published)
    execute("select nextval(pg_get_serial_sequence('ops.publications', 'publication_id'))")
    failing = [result | {"status": "fail", "failures": 1} for result in results]
    for given, count in ((failing, 0), (results, 1)):
        publish(given)
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


def test_months_that_stay_on_spark_leave_mart_and_come_back(
    results: Results, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    spark = PlayedSpark(served_tables(settings.dbt_target_dir))
    monkeypatch.setattr(serve, "session", spark.session)
    days = "mart_build.int_changed_days"
    spark.commit(days, spark.snapshots[days][0].filter(pa.compute.scalar(value=False)))
    monkeypatch.setenv("SHOP_SPARK_SALES_MONTHS", "1")
    newest_month = Settings(root=settings.root)
    published = "select date_key, count(*) from mart.fct_sales group by 1 order by 1"
    both = query(published)
    assert [day for day, _ in both] == [20250201, 20250301]
    for given, day, expected in (
        (newest_month, date(2025, 3, 31), both[1:]),
        (newest_month, date(2025, 3, 31), both[1:]),  # nothing moves
        (settings, date(2025, 3, 31), both),
        (newest_month, date(2025, 4, 1), []),
        (settings, date(2025, 4, 1), both),
    ):
        served = serve.serve(given, spark.tables, "a-run", day, is_full=False)
        publish(results)
        assert query(published) == expected
        [(rows,)] = query(RECORDED_SALES)
        assert rows == sum(count for _, count in expected)
        assert query("select count(*) from mart.agg_daily_sales") == [(2,)]
    assert served


def test_without_its_packages_or_a_cluster_spark_is_refused_in_one_line(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyhive", None)
    with pytest.raises(LoaderError, match="Spark is not installed: make"), session(settings):
        pass


@pytest.mark.usefixtures("first_day")
def test_check_and_drill_leave_spark_alone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Spark holds is in no copy: a build there would be one of the shop itself."""
    assert loader("backup", "create").returncode == 0
    monkeypatch.setenv("SHOP_ENGINE", "spark")
    done = loader("check", settings.root, "--date", "2025-03-02")
    assert done.returncode == 1
    assert "what Spark holds is not copied for a forecast" in done.stderr
    drilled = loader("backup", "drill")
    assert drilled.returncode == 0, drilled.stderr
    assert "Nothing was built on it" in drilled.stdout


@pytest.mark.usefixtures("first_day")
def test_batch_is_not_staged_while_a_run_works(settings: Settings) -> None:
    with run_lock(settings, new_run_id(), "run"):
        done = loader("spark", "stage")
    assert done.returncode
    assert "another run is at work" in done.stderr


@pytest.mark.usefixtures("first_day")
def test_run_on_spark_ends_at_once_where_no_cluster_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SHOP_ENGINE", "spark")
    done = loader("run", "build")
    assert done.returncode == 1
    assert re.search("Spark is not installed|no password for Spark", done.stderr)
    assert query("select step, attempt from ops.steps where status = 'failed'") == [("build", 1)]
