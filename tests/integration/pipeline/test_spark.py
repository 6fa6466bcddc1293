"""What a build on Spark gave is recorded and published, and without Spark a run says so at once."""

import json
import re
import sys

import pytest

from factories.days import dbt, dbt_well, execute, loader, query
from loader.config.settings import Settings
from loader.errors import LoaderError
from loader.pipeline.spark import node_results
from loader.spark.session import session


@pytest.mark.usefixtures("first_day")
def test_results_are_on_record_and_published_and_then_the_history_is_sparks(
    settings: Settings,
) -> None:
    dbt_well("build", "--exclude-resource-type", "unit_test")
    results = node_results(settings.dbt_target_dir)
    published = "select max(publication_id) from ops.publications"
    before = query(published)
    execute("select nextval(pg_get_serial_sequence('ops.publications', 'publication_id'))")
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
