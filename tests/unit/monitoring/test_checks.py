"""Health: what is validated wrong, and what is not."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from factories.statuses import GOOD, NOW, batch, run_of
from loader.config.settings import Settings
from loader.ingest.csv.limits import ALLOW_FUTURE_DATES
from loader.monitoring.checks import EXIT_CODES, health, problems
from loader.monitoring.page import duration
from loader.monitoring.scores import day_score
from loader.monitoring.status import (
    Anomaly,
    Disk,
    FailedStep,
    Layer,
    OpenReason,
    Score,
    Status,
)

SETTINGS = Settings()


def keys(state: Status, expect_by: time | None = None) -> list[str]:
    return [problem.key for problem in problems(state, SETTINGS, expect_by)]


def test_shop_without_a_problem_is_healthy() -> None:
    assert keys(GOOD) == []
    assert (health([]), EXIT_CODES) == ("healthy", {"healthy": 0, "degraded": 4, "critical": 5})


def test_failed_step_and_killed_run_are_critical_and_name_cause_and_command() -> None:
    failed = FailedStep("build", "dbt ended", "r1", date(2026, 11, 21), NOW)
    (problem,) = problems(replace(GOOD, failed_steps=(failed,)), SETTINGS)
    assert (problem.severity, problem.cause) == ("critical", "dbt ended")
    assert problem.command == "less logs/r1.jsonl"
    assert keys(replace(GOOD, runs=(run_of(NOW, "killed"),))) == ["killed"]
    assert keys(replace(GOOD, unreachable="it does not run"), time(4)) == ["server"]


@pytest.mark.parametrize(
    ("exported", "run", "expected"),
    [
        (None, "succeeded", ["exports"]),  # as after a restore
        (date(2026, 11, 21), "succeeded", ["exports"]),
        (date(2026, 11, 22), "succeeded", []),
        (date(2026, 11, 21), "running", []),  # it will export
    ],
)
def test_exports_that_are_missing_or_show_another_day_than_mart_are_told(
    exported: date | None, run: str, expected: list[str]
) -> None:
    layers = (Layer("mart", date(2026, 11, 22), NOW), Layer("exports", exported, NOW))
    assert keys(replace(GOOD, layers=layers, runs=(run_of(NOW, run),))) == expected
    assert keys(replace(GOOD, layers=layers, unfinished_reverts=("b",))) == ["revert"]


@pytest.mark.parametrize(
    ("started", "is_late"),
    [
        ("2026-11-22 03:59", False),
        ("2026-11-21 04:01", False),  # in the day up to the deadline
        ("2026-11-21 04:00", True),
        ("2026-11-20 02:15", True),
    ],
)
def test_run_that_did_not_start_by_its_time_is_missed(started: str, *, is_late: bool) -> None:
    state = replace(GOOD, last_load_at=datetime.fromisoformat(f"{started}+00:00"))
    assert (keys(state, time(4)) == ["late"]) is is_late


def test_batch_of_a_day_to_come_is_told_unless_days_are_simulated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    today = datetime.now(UTC).date()
    monkeypatch.delenv(ALLOW_FUTURE_DATES)
    for ahead, found in ((0, []), (1, []), (3, ["future"])):
        layer = Layer("staging", today + timedelta(days=ahead), NOW)
        assert keys(replace(GOOD, layers=(layer,))) == found
    (problem,) = problems(replace(GOOD, layers=(layer,)), SETTINGS)
    assert problem.command == "make revert-batch"
    monkeypatch.setenv(ALLOW_FUTURE_DATES, "yes")
    assert keys(replace(GOOD, layers=(layer,))) == []


def test_batch_that_is_being_taken_back_is_critical() -> None:
    (problem,) = problems(replace(GOOD, unfinished_reverts=("2026-11-22.000002",)), SETTINGS)
    assert (problem.severity, problem.command) == ("critical", "make revert-batch")
    assert "2026-11-22.000002 is being taken back" in problem.what


def test_deadline_that_is_still_to_come_is_that_of_yesterday() -> None:
    assert keys(replace(GOOD, last_load_at=NOW - timedelta(hours=26)), time(6)) == []
    assert keys(GOOD, time(6)) == ["late"]


@pytest.mark.parametrize(("accepted", "found"), [(95, []), (94, ["quality"])])
def test_quality_below_the_gate_is_a_problem(accepted: int, found: list[str]) -> None:
    reason = OpenReason("customers", "type:email", 6, date(2026, 11, 22))
    state = replace(GOOD, batches=(batch(0, 100, accepted),), open_rows=(reason,))
    assert keys(state) == found
    assert all("type:email: 6" in problem.cause for problem in problems(state, SETTINGS))


def test_gate_asks_what_money_was_accepted_where_that_is_less() -> None:
    money = Score("transactions", "all", 99.0, 60.0, 5, 0, 0, 60.0)
    day = replace(batch(0, 100), score=60.0, scores=(*batch(0, 100).scores, money))
    (problem,) = problems(replace(GOOD, batches=(day,)), SETTINGS)
    assert problem.what.startswith("60.00 % of the money of transactions of 2026-11-22")


def test_day_whose_checks_did_not_all_run_has_no_score() -> None:
    good = Score("customers", "all", 90.0, None, 5, 0, 0, 90.0)
    unjudged = Score("products", "all", 99.0, None, 5, 0, 1, None)
    nothing_came = Score("transactions", "all", None, None, 5, 0, 0, None)
    assert day_score((good, nothing_came)) == 90
    assert day_score((good, unjudged)) is None
    assert day_score(()) is None
    assert keys(replace(GOOD, batches=(replace(batch(0, 9), score=None),))) == []


def test_unusual_batch_is_a_problem_and_one_without_comparison_is_not() -> None:
    day = date(2026, 11, 22)
    found = (
        Anomaly(day, "revenue", 20.0, 4, 1000.0, 50.0, True),
        Anomaly(day, "rows of customers", 400.0, 4, 100.0, 2.0, True),
        Anomaly(day, "rows of products", 400.0, 3, 100.0, 2.0, None),
        Anomaly(day, "rows of transactions", 101.0, 4, 100.0, 2.0, False),
    )
    assert [problem.what for problem in problems(replace(GOOD, anomalies=found), SETTINGS)] == [
        "20 of revenue came on 2026-11-22, 1,000 are usual",
        "400 rows of customers came on 2026-11-22, 100 are usual",
    ]


@pytest.mark.parametrize(
    ("counts", "found"),
    [((5, 6, 7, 9), ["quarantine"]), ((5, 6, 6, 9), []), ((6, 7, 9), []), ((0, 0, 0, 0), [])],
)
def test_quarantine_that_grows_three_times_in_a_row_is_a_problem(
    counts: tuple[int, ...], found: list[str]
) -> None:
    assert keys(replace(GOOD, open_by_batch=counts)) == found


@pytest.mark.parametrize(("free", "severity"), [(11, None), (9, "degraded"), (2, "critical")])
def test_full_disk_is_a_problem(free: int, severity: str | None) -> None:
    found = problems(replace(GOOD, disk=Disk(100, free)), SETTINGS)
    assert [problem.severity for problem in found] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "-"),
        (0.03, "30 ms"),
        (59.94, "59.9 s"),
        (61, "1 min 1 s"),
        (timedelta(hours=3, minutes=5).total_seconds(), "3 h 5 min"),
        (timedelta(days=3).total_seconds(), "3 days"),
    ],
)
def test_times_are_said_as_people_say_them(seconds: float | None, said: str) -> None:
    assert duration(seconds) == said
