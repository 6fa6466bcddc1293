"""dbt's JSON events become records: what is news, what counts as progress, and nothing personal."""

import json
from pathlib import Path

import pytest

from loader.dbt.events import read_event, read_results


def event_line(name: str, message: str, level: str = "info", **data: object) -> str:
    return json.dumps({"info": {"name": name, "level": level, "msg": message}, "data": data}) + "\n"


@pytest.mark.parametrize(
    ("name", "level", "is_node_result", "is_news"),
    [
        ("LogModelResult", "info", True, False),
        ("LogTestResult", "warn", True, True),
        ("LogTestResult", "error", True, True),
        ("LogHookEndLine", "info", False, False),
        ("JinjaLogInfo", "info", False, True),
        ("RunResultError", "error", False, False),
    ],
)
def test_nodes_that_did_not_go_well_and_messages_of_macros_are_news(
    name: str, level: str, *, is_node_result: bool, is_news: bool
) -> None:
    event = read_event(event_line(name, "3 of 116 it", level, index=3, total=116))
    assert (event.is_node_result, event.is_news) == (is_node_result, is_news)
    assert (event.node_index, event.node_count) == (3, 116)
    assert event.lines == ("3 of 116 it",)


def test_start_of_a_node_and_empty_lines_say_nothing() -> None:
    assert read_event(event_line("LogStartLine", "1 of 2 START sql table model x")).lines == ()
    assert read_event(event_line("Formatting", "")).lines == ()


@pytest.mark.parametrize("line", ["ImportError: no dbt", "[1]", '{"info": {}}', '"text"'])
def test_line_that_is_no_event_stands_for_itself(line: str) -> None:
    event = read_event(line + "\n")
    assert (event.name, event.lines) == ("", (line,))


def test_what_postgresql_quotes_from_rows_is_left_out() -> None:
    message = "Database Error in model x\n  duplicate key\n  DETAIL:  Key (email)=(a@b.c) exists."
    said = "\n".join(read_event(event_line("RunResultError", message, "error")).lines)
    assert "a@b.c" not in said
    assert "duplicate key" in said
    assert "a@b.c" not in "".join(read_event("  DETAIL:  Key (email)=(a@b.c) exists.").lines)


def test_results_name_the_first_node_that_failed_without_its_message(tmp_path: Path) -> None:
    assert read_results(tmp_path).invocation_id == ""
    failed = {
        "unique_id": "test.shop.unique_x.1",
        "status": "fail",
        "failures": 3,
    }
    content = {
        "metadata": {"invocation_id": "an id"},
        "results": [{"unique_id": "model.shop.x", "status": "success"}, failed, failed],
    }
    (tmp_path / "run_results.json").write_text(json.dumps(content))
    results = read_results(tmp_path)
    assert results.first_failure == "unique_x: fail with 3 rows (and 1 more)"
    assert results.failures == ("fail: ", "fail: ")
