"""The status, as people, programs and Prometheus see it; and the page about a run."""

import json
import re
import subprocess
import sys
from contextlib import closing

import pytest
from prometheus_client.parser import text_string_to_metric_families

from factories.days import connect, execute, loader, query
from factories.receivers import Webhook
from loader.config.settings import Settings
from loader.monitoring.checks import problems
from loader.monitoring.collect import collect
from loader.monitoring.page import write_page
from loader.monitoring.prometheus import write_metrics
from loader.pipeline.context import Order
from loader.pipeline.run import run

pytestmark = pytest.mark.usefixtures("first_day")
BAD = (sys.executable, "-c", "raise SystemExit(1)")
GOOD = (sys.executable, "-c", "print('built')")


def status(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return loader("status", *arguments, **environment)


def break_a_day() -> None:
    """Let the day have refused rows and an unpublished batch; a hostile name is among them."""
    execute(
        "update ops.batch_counts set delivered_count = 4, accepted_count = 2, quarantined_count = 2"
        " where table_name = 'customers';"
        "update ops.quality_scores set rows_pct = 50, score = 50"
        " where table_name = 'customers' and dimension in ('all', 'completeness');"
        "insert into quarantine.rejected_customers"
        " (batch_date, line_number, source_file, reasons, status)"
        " values ('2025-03-01', 4, 'f', array['type:<script>alert(1)</script>'], 'open'),"
        " ('2025-03-01', 5, 'f', array['not_null:email'], 'open')"
    )


def test_status_of_a_good_day_is_healthy_and_says_what_is_fresh() -> None:
    done = status()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("healthy PostgreSQL")
    for said in (
        "2025-03-01",
        "export report",
        "succeeded",
        "mart.fct_sales",
        "100.00 %",
        "too few days",
    ):
        assert said in done.stdout
    assert "\x1b" not in done.stdout


def test_status_for_programs_is_json_and_the_exit_code_tells_health(settings: Settings) -> None:
    break_a_day()
    done = status("--json")
    assert done.returncode == 4
    told = json.loads(done.stdout)
    assert told["health"] == "degraded"
    assert [problem["key"] for problem in told["problems"]] == ["quality"]
    assert told["batches"][0]["score"] == 50
    assert {(row["table"], row["count"]) for row in told["open_rows"]} == {("customers", 1)}
    assert [layer["logical_date"] for layer in told["layers"]] == ["2025-03-01"] * 4
    assert told["sizes"][0]["total_bytes"] > 0
    assert status(SHOP_MIN_SCORE="50").returncode == 0

    with pytest.raises(Exception, match="build failed"):
        run(Order(("build",), dbt=BAD), settings)
    failed = status()
    assert failed.returncode == 5
    assert "step build of the run of 2025-03-01 failed" in failed.stdout
    assert "failed" in failed.stdout


def test_run_at_work_and_killed_run_are_told_apart(settings: Settings) -> None:
    with closing(connect()) as holder:
        cursor = holder.cursor()
        cursor.execute("select set_config('application_name', 'loader run r1', false)")
        cursor.execute("select pg_advisory_lock(hashtextextended('shop run', 0))")
        for run_id in ("r0", "r1"):
            execute(
                "insert into ops.runs (run_id, logical_date, command, started_at, status)"
                f" values ('{run_id}', '2025-03-02', 'load', now(), 'running')"
            )
        state = collect(settings)
    assert {(run.run_id, run.status) for run in state.runs if run.run_id[0] == "r"} == {
        ("r0", "killed"),
        ("r1", "running"),
    }


def test_missed_night_is_critical_and_alerted_from_cron(
    settings: Settings, webhook: Webhook
) -> None:
    execute("update ops.runs set started_at = started_at - interval '3 days'")
    run(Order(("report",)), settings)  # that somebody asked for since is no daily run
    for _ in range(2):
        done = status("--expect-by", "00:00", "--alert", SHOP_ALERT_URLS=webhook.url)
        assert done.returncode == 5
    (title,) = webhook.titles
    assert title.startswith("shop: critical: no run started in the day up to ")
    assert status("--expect-by", "4 o'clock").returncode == 2


def test_server_that_does_not_answer_is_critical() -> None:
    done = status(PGPORT="1")
    assert done.returncode == 5
    assert "it does not answer" in done.stdout
    assert json.loads(status("--json", PGPORT="1").stdout)["health"] == "critical"


def test_failed_run_is_alerted_told_on_the_page_and_cleared_by_the_next(
    settings: Settings, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_ALERT_URLS", webhook.url)
    with pytest.raises(Exception, match="build failed"):
        run(Order(("build",), dbt=BAD), settings)
    page = (settings.exports_dir / "run_report.html").read_text()
    assert "Why it failed" in page
    assert "dbt build ended with exit code 1" in page
    assert sample(settings, "shop_health") == 2
    run(Order(("build",), dbt=GOOD), settings)
    assert webhook.titles == [
        "shop: critical: step build of the run of 2025-03-01 failed",
        "shop: all clear: step build of the run of 2025-03-01 failed",
    ]
    assert "Why it failed" not in (settings.exports_dir / "run_report.html").read_text()
    assert sample(settings, "shop_health") == 0
    assert query("select count(distinct run_id) from ops.table_sizes") == [(3,)]


def test_alert_that_cannot_be_sent_does_not_fail_the_run(
    settings: Settings, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_a_day()
    webhook.status = 500
    monkeypatch.setenv("SHOP_ALERT_URLS", webhook.url)
    run_id = run(Order(("build",), dbt=GOOD), settings)
    log = (settings.logs_dir / f"{run_id}.jsonl").read_text()
    assert "warning: alerts after the run: 1 alerts could not be sent" in log
    assert query("select status from ops.runs order by started_at desc limit 1") == [("succeeded",)]


def test_page_tells_what_came_in_and_takes_nothing_as_markup(settings: Settings) -> None:
    run_id = run(Order(("report",)), settings)
    break_a_day()
    page = write_page(settings, run_id, 95).read_text()
    assert "The day of Saturday, 1 March 2025" in page
    assert "type:&lt;script&gt;" in page
    assert "<script" not in page
    assert "50.00 %" in page
    assert 'class="low"' in page
    assert "This run published nothing; mart shows publication 1" in page
    assert "http" not in page  # nothing from elsewhere


def test_page_compares_a_batch_with_its_weekday_once_there_are_enough_of_them(
    settings: Settings,
) -> None:
    break_a_day()
    ((run_id,),) = query("select max(run_id) from ops.runs")
    execute("delete from ops.batch_anomalies where measure in ('revenue', 'rows of products')")
    insert = "insert into ops.batch_anomalies values ('2025-03-01', "
    execute(insert + "'revenue', 7654321, 1, 1000, 0, null)")
    execute(insert + "'rows of products', 12, 4, 345678, 2, true)")
    page = write_page(settings, run_id, 95).read_text()
    assert "7,654,321" not in page
    assert re.search(r"Not compared, because too few batches .*: .*revenue", page)
    assert "345,678" in page
    assert "<td>rows of products</td>" in page


def sample(settings: Settings, name: str, **labels: str) -> float:
    text = (settings.logs_dir / "shop.prom").read_text()
    return next(
        found.value
        for family in text_string_to_metric_families(text)
        for found in family.samples
        if (found.name, found.labels) == (name, labels)
    )


def test_metrics_tell_the_same_as_the_status(settings: Settings) -> None:
    break_a_day()
    settings = Settings(root=settings.root)
    state = collect(settings)
    write_metrics(state, problems(state, settings), settings)
    assert sample(settings, "shop_health") == 1
    assert sample(settings, "shop_quality_score_pct") == 50
    score = {"table": "customers", "dimension": "completeness"}
    assert sample(settings, "shop_quality_pct", **score) == 50
    assert sample(settings, "shop_batch_rows", table="customers", status="rejected") == 2
    assert (
        sample(settings, "shop_quarantine_open_rows", table="customers", reason="not_null:email")
        == 1
    )
    assert sample(settings, "shop_publication_lag_seconds") == 0
    assert sample(settings, "shop_step_duration_seconds", step="load") > 0
    published = query("select extract(epoch from max(published_at))::float from ops.publications")
    assert sample(settings, "shop_last_success_timestamp_seconds") == pytest.approx(published[0][0])
