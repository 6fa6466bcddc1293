"""The command line: what it says, and how it ends."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from factories.days import loader
from factories.shops import text_of
from loader import cli
from loader.config.settings import REPOSITORY, Settings
from loader.contract import TABLES


def commands(command: click.Command, *path: str) -> dict[tuple[str, ...], click.Command]:
    found = {path: command}
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below, name
            found |= commands(below, *path, name)
    return found


@pytest.mark.parametrize(("path", "command"), commands(cli.loader).items())
def test_every_command_and_option_is_explained(
    path: tuple[str, ...], command: click.Command
) -> None:
    done = CliRunner().invoke(cli.loader, [*path, "--help"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert command.help
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_unknown_command_is_wrong_usage() -> None:
    assert loader("deliver").returncode == 2


def test_a_run_imports_nothing_slow_before_a_step_needs_it() -> None:
    slow = "{'faker', 'numpy', 'altair'}"
    look = f"import sys, loader.pipeline.run; print(sorted({slow} & set(sys.modules)))"
    command = [sys.executable, "-c", look]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_version_is_the_installed_one() -> None:
    version = importlib.metadata.version("ecommerce-analytics")
    assert loader("--version").stdout == f"loader, version {version}\n"


@pytest.mark.parametrize("word", ["2026-02-30", "20260228", "22.11.2026", "today", "2026-1-2"])
def test_wrong_date_is_wrong_usage(word: str) -> None:
    done = loader("generate", "--date", word)
    assert done.returncode == 2
    assert f"{word!r} is not a date" in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("generate", "--date", "2025-03-01", "--landing"),
        ("convert", "--from", "shopify", ".", "--to"),
        ("check", "--files-only"),
    ],
)
def test_file_where_a_folder_belongs_is_wrong_usage_and_stays(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "notes.md").write_text("mine")
    done = loader(*command, str(tmp_path / "notes.md"))
    assert done.returncode == 2
    assert "is a file" in done.stderr
    assert (tmp_path / "notes.md").read_text() == "mine"


def test_load_needs_a_date(sample_batch: Path) -> None:
    done = loader("load", sample_batch)
    assert done.returncode == 2
    assert "Missing option '--date'" in done.stderr


def test_unknown_step_is_wrong_usage() -> None:
    assert loader("run", "deliver").returncode == 2


def test_check_needs_no_database(sample_batch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", "1")
    done = loader("check", "--files-only", sample_batch)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"{table}: 1 rows" for table in TABLES]


def test_error_is_one_message_without_traceback(sample_batch: Path) -> None:
    (sample_batch / "products.csv").write_text("nonsense\n")
    done = loader("check", "--files-only", sample_batch)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert "products.csv, line 1" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_shows_warnings(sample_batch: Path) -> None:
    (sample_batch / "extra.csv").write_text("x\n")
    done = loader("check", "--files-only", sample_batch)
    assert "warning: " in done.stderr
    assert "extra.csv is no file of a batch" in done.stderr


def test_generate_load_and_export_by_hand(settings: Settings, database: str) -> None:
    assert database
    small = ["--preset=tiny", "--set", "shop.products_at_opening=10"]
    small += ["--set", "shop.new_products_per_day=0"]
    generated = loader("generate", "--date", "2026-11-22", "--history", "3d", *small)
    folder = settings.landing_dir / "2026-11-22"
    assert generated.stdout.splitlines() == [str(folder)]
    loaded = loader("load", folder, "--date", "2026-11-22")
    assert (loaded.returncode, loaded.stderr) == (0, "")
    assert "products: 10 rows" in loaded.stdout
    exported = loader("export")
    assert exported.returncode == 1
    assert "error: nothing was published yet" in exported.stderr


def test_run_writes_plain_lines_where_there_is_no_terminal(
    settings: Settings, database: str, sample_batch: Path
) -> None:
    assert database
    done = loader("run", "load", "--date", "2026-11-22", "--landing", sample_batch)
    assert (done.returncode, done.stderr) == (0, "")
    (log,) = settings.logs_dir.glob("*.jsonl")
    stamped = [line[len("2026-11-22T00:00:00Z ") :] for line in done.stdout.splitlines()]
    assert "\n".join(stamped) + "\n" == text_of(log)
    assert all(line[:2] == "20" and line[19:21] == "Z " for line in done.stdout.splitlines())
    assert "\x1b" not in done.stdout


def test_failed_run_ends_with_1(settings: Settings, database: str) -> None:
    assert database
    done = loader("run", "load", "--date", "2026-11-22", "--landing", settings.root / "none")
    assert done.returncode == 1
    assert "step load failed: " in done.stderr
    assert "is not a folder" in done.stderr
