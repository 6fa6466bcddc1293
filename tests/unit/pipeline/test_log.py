"""What a run says: readable lines on a terminal, plain ones in its log."""

import io
import re
from pathlib import Path

import pytest

from factories.shops import events
from loader.pipeline import log as log_module
from loader.pipeline.log import run_log


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def term(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.mark.usefixtures("term")
@pytest.mark.parametrize(("no_color", "shown"), [("", "\x1b[36mdone\x1b[0m\n"), ("1", "done\n")])
def test_terminal_gets_readable_lines_and_the_log_plain_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_color: str, shown: str
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    screen = Terminal()
    with run_log(tmp_path, "run", screen) as log:
        log.line("done", "cyan", rows_in=3)
        log.line("\x1b[31mred\x1b[0m", "red")
    assert screen.getvalue().startswith(shown)
    first, second = events(tmp_path / "run.jsonl")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", str(first.pop("time")))
    assert first == {"run_id": "run", "level": "info", "rows_in": 3, "text": "done"}
    assert (second["level"], second["text"]) == ("error", "red")


@pytest.mark.usefixtures("term")
def test_terminal_shows_a_bar_instead_of_details_and_details_on_request_or_failure(
    tmp_path: Path,
) -> None:
    seen = {}
    for name, is_verbose, fails in [
        ("quiet", False, False),
        ("v", True, False),
        ("bad", False, True),
    ]:
        screen = Terminal()
        with run_log(tmp_path, name, screen, is_verbose=is_verbose) as log, log.step("build", 1):
            log.detail("1 of 2 OK model")
            log.progress(1, 2)
            if fails:
                log.reveal()
        seen[name] = screen.getvalue()
        assert events(tmp_path / f"{name}.jsonl")[0]["text"] == "1 of 2 OK model"
    assert "build" in seen["quiet"]
    assert "━" in seen["quiet"]
    assert ["1 of 2 OK model" in text for text in seen.values()] == [False, True, True]


def test_log_that_grows_moves_aside_and_stays_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "LARGEST_FILE", 1000)
    with run_log(tmp_path, "run", io.StringIO()) as log:
        for number in range(40):
            log.line(f"line {number}")
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["run.jsonl", "run.jsonl.1", "run.jsonl.2", "run.jsonl.3"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())
    assert events(tmp_path / "run.jsonl")[-1]["text"] == "line 39"
