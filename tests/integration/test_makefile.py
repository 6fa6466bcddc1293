"""The Makefile: it explains itself, finds a Python, deletes nothing unasked and tells no secret."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from loader.config.settings import REPOSITORY

MAKEFILE = (REPOSITORY / "Makefile").read_text()
OLD_PYTHON = f"""#!/bin/sh
exec "{sys.executable}" -c 'import sys; sys.version_info = (3, 11, 9); exec(sys.argv[1])' "$2"
"""
# What a Python may need to run; above all not SHOP_ROOT, which names data that could be deleted.
INHERITED = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "a folder with spaces"
    folder.mkdir()
    shutil.copy(REPOSITORY / "Makefile", folder)
    return folder


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", **INHERITED, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_help_explains_every_target(clone: Path) -> None:
    targets = " ".join(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)).split()
    explained = dict(re.findall(r"^  ([a-z-]+) +(\S.*)$", make(clone).stdout, re.MULTILINE))
    assert sorted(explained) == sorted(targets)
    assert all(sentence.endswith(".") for sentence in explained.values())


@pytest.mark.parametrize("script", [OLD_PYTHON, "#!/bin/sh\nexit 127\n"])
def test_python_that_is_too_old_or_broken_gives_one_clear_line(clone: Path, script: str) -> None:
    python = program(clone / "pythons" / "python", script)
    result = make(clone, "install", f"PYTHON={python}")
    assert result.returncode != 0
    assert len(result.stderr.splitlines()) == 1
    assert "Python 3.12 or newer with its venv package was not found" in result.stderr
    assert not (clone / ".venv").exists()


def test_first_python_that_runs_is_taken(clone: Path) -> None:
    program(clone / "bin" / "python3.12", "#!/bin/sh\nexit 127\n")
    program(clone / "bin" / "python3", OLD_PYTHON)
    program(clone / "bin" / "python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    result = make(clone, ".venv/bin/python", PATH=f"{clone / 'bin'}:/usr/bin:/bin")
    assert result.returncode == 0, result.stderr
    assert (clone / ".venv" / "bin" / "python").exists()


def test_clean_without_confirmation_deletes_nothing(clone: Path) -> None:
    delivered = clone / "landing" / "2025-12-31" / "customers.csv"
    delivered.parent.mkdir(parents=True)
    delivered.write_text("customer_id\n")
    result = make(clone, "clean")
    assert result.returncode != 0
    assert "Nothing was deleted" in result.stderr
    assert delivered.exists()


def test_clean_with_confirmation_deletes_the_data_and_nothing_else(clone: Path) -> None:
    for folder in ("landing/2025-12-31", "logs", "exports", "loader"):
        (clone / folder).mkdir(parents=True)
        (clone / folder / "file.csv").touch()
    (clone / "exports" / "README.md").touch()
    result = make(clone, "clean", "CONFIRM=yes")
    assert result.returncode == 0, result.stderr
    left = {str(path.relative_to(clone)) for path in clone.rglob("*") if path.is_file()}
    assert left == {"Makefile", "exports/README.md", "loader/file.csv"}


def test_clean_follows_shop_root(clone: Path, tmp_path: Path) -> None:
    shop = tmp_path / "elsewhere"
    (shop / "landing" / "2025-12-31").mkdir(parents=True)
    (shop / ".postgres" / "data").mkdir(parents=True)
    for name in ("pyproject.toml", "requirements.txt"):
        shutil.copy(REPOSITORY / name, clone)
    result = make(
        clone, "-n", "clean", "CONFIRM=yes", f"PYTHON={sys.executable}", SHOP_ROOT=str(shop)
    )
    assert result.returncode == 0, result.stderr
    assert "No rule to make target" not in result.stderr


def test_commands_show_no_password_and_pass_on_date_and_folder(clone: Path) -> None:
    for name in ("pyproject.toml", "requirements.txt"):
        shutil.copy(REPOSITORY / name, clone)
    arguments = ["-n", "up", "daily", "psql", "DATE=2025-12-31", "LANDING=by others"]
    result = make(clone, *arguments, f"PYTHON={sys.executable}", PGPASSWORD="s3cret-word")
    assert '-m loader run --date "$DATE" --landing "$LANDING"' in result.stdout
    assert "s3cret-word" not in result.stdout + result.stderr


def test_verification_at_night_waits_for_a_run_at_work(clone: Path) -> None:
    assert "loader run audit --wait" in make(clone, "-n", "-o", "install", "verify").stdout


def test_daily_makes_an_export_into_the_four_files_that_it_then_loads(clone: Path) -> None:
    for name in ("requirements.txt", "requirements-convert.txt", "pyproject.toml"):
        (clone / name).touch()
    arguments = (
        "daily",
        "SOURCE=shopify",
        "LANDING=/my export",
        "DATE=2024-12-31",
        "ARGS=--take pending",
    )
    said = make(clone, "-n", *arguments, f"PYTHON={sys.executable}").stdout
    convert, run = (line for line in said.splitlines() if "-m loader" in line)
    folder = '"${SHOP_ROOT:-.}/landing/2024-12-31"'
    assert f'convert --from "$SOURCE" "$LANDING" --to {folder} --take pending' in convert
    assert run.endswith(f"--landing {folder}")
