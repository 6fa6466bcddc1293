"""The repository as a whole: its workflows, and what no file of it may contain."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from factories.repository import files_in_git
from loader.config.settings import REPOSITORY

WORKFLOWS = sorted((REPOSITORY / ".github/workflows").glob("*.y*ml"))
CALLERS = [*WORKFLOWS, REPOSITORY / ".ci/run"]


def _any_of(*words: str) -> str:
    return "|".join(re.escape(word) for word in words)


# Written in parts, because this file is one of those that are searched.
REGISTRIES = (
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("npmjs", "org"),
    ("npmjs", "com"),
    ("yarnpkg", "com"),
    ("anaconda", "org"),
    ("crates", "io"),
    ("rubygems", "org"),
    ("proxy", "golang", "org"),
)
REGISTRY = re.compile(rf"(?<![\w-])(?:{_any_of(*map('.'.join, REGISTRIES))})\b")
HOST_FOLDERS = (
    ("home", "runner"),
    ("opt", "hostedtoolcache"),
    ("github", "workspace"),
    ("Users", "runner"),
    ("builds",),
    ("work",),
)
HOST_PATH = re.compile(rf"(?<![\w/~.-])/(?:{_any_of(*map('/'.join, HOST_FOLDERS))})/")


def _values(node: object, key: str) -> Iterator[str]:
    """Yield the texts that stand under a key, at any depth."""
    if isinstance(node, list):
        for entry in node:
            yield from _values(entry, key)
    elif isinstance(node, dict):
        for name, value in node.items():
            if name == key and isinstance(value, str):
                yield value
            else:
                yield from _values(value, key)


def _files_with(pattern: re.Pattern[str]) -> list[str]:
    """Return the files in git in which a pattern matches, each with the first match."""
    texts = {path: path.read_bytes().decode(errors="replace") for path in files_in_git()}
    matches = {path: pattern.search(text) for path, text in texts.items()}
    return [
        f"{path.relative_to(REPOSITORY)}: {match[0]}" for path, match in matches.items() if match
    ]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_to_commits(workflow: Path) -> None:
    actions = list(_values(yaml.safe_load(workflow.read_text()), "uses"))
    assert actions
    assert [action for action in actions if not re.search(r"@[0-9a-f]{40}$", action)] == []


@pytest.mark.parametrize("caller", CALLERS, ids=lambda path: path.name)
def test_make_targets_that_ci_calls_exist(caller: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    commands = caller.read_text()
    if caller in WORKFLOWS:
        commands = "\n".join(_values(yaml.safe_load(commands), "run"))
    called = set(re.findall(r"\bmake ([a-z][a-z-]*)", commands))
    assert called
    assert called <= targets


def test_no_file_names_a_registry_of_packages() -> None:
    assert _files_with(REGISTRY) == []


def test_no_file_names_a_path_of_a_ci_machine() -> None:
    assert _files_with(HOST_PATH) == []


def test_ci_without_sample_data_ends_before_its_workers_start_and_says_so_in_a_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n2", "tests/unit/test_atomic.py"],
        cwd=REPOSITORY,
        env={**os.environ, "CI": "1", "SAMPLES_DIR": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    (line,) = done.stderr.strip().splitlines()
    assert "sample data: none at /nowhere/marketplace-2024 (SAMPLES_DIR, empty" in line
    assert "Traceback" not in done.stdout


# Of files without an ending git knows these; what a command wrote by mistake has none, or another.
UNENDED = {"LICENSE", "Makefile"}
ENDINGS = {".md", ".toml", ".txt", ".yml"}


def test_only_known_kinds_of_files_stand_at_the_top() -> None:
    top = {path for path in files_in_git() if path.parent == REPOSITORY}
    unknown = {path.name for path in top if path.suffix not in ENDINGS}
    assert {name for name in unknown - UNENDED if not name.startswith(".")} == set()
