"""The documentation says what is there: all of it, and nothing else."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from factories.repository import files_in_git
from loader.cli import loader
from loader.config.settings import REPOSITORY, Settings
from loader.contract import TABLES
from loader.database.profile import write_profile

README = (REPOSITORY / "README.md").read_text()
MAKEFILE = (REPOSITORY / "Makefile").read_text()
DOCS = [
    *REPOSITORY.glob("*.md"),
    REPOSITORY / "tests/README.md",
    REPOSITORY / "exports/README.md",
    *REPOSITORY.glob("docs/**/*.md"),
]
# A decision says what was true when it was made; paths in exports/ are those of its own files.
CURRENT = [page for page in DOCS if page.parent.name not in ("decisions", "exports")]
GENERATED = ("mutations.md", "performance.md")
MODULES = list(REPOSITORY.glob("loader/**/*.py"))

# What looks like a path of the repository or, in the second line, of the dbt project.
PATH = re.compile(
    r"(?<![\w./<>*-])"
    r"((?:loader|dbt_project|dashboards|tests|docs"
    r"|macros|models|snapshots|seeds)/[\w./<>*-]*)"
)
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
MADE_BY_RUNS = ("dbt_project/target", "dbt_project/logs", "dbt_project/profiles.yml")


def _name(page: Path) -> str:
    return str(page.relative_to(REPOSITORY))


Manifest = dict[str, dict[str, dict[str, Any]]]  # what is told of a node, by kind and id


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """Return dbt's manifest of the project, parsed without a warning of deprecation."""
    target = tmp_path_factory.mktemp("target")
    write_profile(Settings(root=REPOSITORY))
    parsed = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "parse", "--show-all-deprecations"],
        cwd=REPOSITORY / "dbt_project",
        env=os.environ | {"DBT_TARGET_PATH": str(target), "DBT_LOG_PATH": str(target)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert parsed.returncode == 0, parsed.stdout
    assert "deprecat" not in parsed.stdout.lower()
    written: Manifest = json.loads((target / "manifest.json").read_text())
    return written


def test_every_node_is_described(manifest: Manifest) -> None:
    nodes = [
        node
        for kind in (
            *("nodes", "sources", "macros", "exposures", "unit_tests"),
            *("metrics", "semantic_models"),
        )
        for node in manifest[kind].values()
        if node.get("package_name") == "shop" and node["resource_type"] != "operation"
        if node["name"] not in _spellings(manifest)
    ]
    undescribed = [
        node["unique_id"]
        for node in nodes
        if not node["description"].strip() and not node.get("test_metadata")
    ]
    assert len(nodes) > 150
    assert undescribed == []


def test_every_column_is_described(manifest: Manifest) -> None:
    tables = [
        node
        for node in [*manifest["nodes"].values(), *manifest["sources"].values()]
        if node["resource_type"] in ("model", "snapshot", "seed")
        or node.get("source_name") == "staging"
    ]
    undescribed = [
        f"{node['name']}.{column['name']}"
        for node in tables
        for column in node["columns"].values()
        if not column["description"].strip()
    ]
    assert all(node["columns"] for node in tables)
    assert undescribed == []


def test_every_argument_of_a_macro_is_described(manifest: Manifest) -> None:
    undocumented = []
    others = _spellings(manifest)
    for macro in manifest["macros"].values():
        name = macro["name"]
        if (
            macro["package_name"] == "shop"
            and name not in others
            and "materialization_" not in name
        ):
            found = re.search(r"\{%-? (?:macro|test) \w+\(([^)]*)\)", macro["macro_sql"])
            assert found, macro["name"]
            names = [name.split("=")[0].strip() for name in found[1].split(",") if name.strip()]
            if names != [argument["name"] for argument in macro["arguments"]]:
                undocumented.append(macro["name"])
    assert undocumented == []


def test_readme_lists_every_published_model(manifest: Manifest) -> None:
    published = {
        node["name"]
        for node in manifest["nodes"].values()
        if node["config"].get("meta", {}).get("is_published")
    }
    assert published == set(re.findall(r"^\| `((?:dim|fct|agg|rpt)_\w+)` ", README, re.MULTILINE))


def test_raw_tables_are_described_as_they_are_declared(manifest: Manifest) -> None:
    described = {
        source["name"]: tuple(name for name in source["columns"] if not name.startswith("_"))
        for source in manifest["sources"].values()
        if source["source_name"] == "staging"
    }
    assert described == TABLES
    assert [table for table in TABLES if f"`{table}.csv`" not in README] == []


def test_readme_shows_the_real_help() -> None:
    shown = CliRunner().invoke(loader, ["--help"], prog_name="loader").output
    assert f"```console\n$ .venv/bin/loader --help\n{shown}```" in README


def test_architecture_lists_the_layers_of_the_import_contract() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    [contract] = project["tool"]["importlinter"]["contracts"]
    page = (REPOSITORY / "docs/architecture.md").read_text()
    rows = re.findall(r"^\| (`(?:loader\.|dashboards`).*?) \|", page, re.MULTILINE)
    assert [row.replace("`", "").replace(", ", " | ") for row in rows] == contract["layers"]


@pytest.mark.parametrize("page", [*DOCS, *MODULES], ids=_name)
def test_make_targets_in_the_docs_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))
    calls = r"(?:`|^    |^\$ |&& |with |first, )make ([a-z-]+)"
    assert set(re.findall(calls, page.read_text(), re.MULTILINE)) <= targets


@pytest.mark.parametrize("page", DOCS, ids=_name)
def test_links_in_the_docs_exist(page: Path) -> None:
    links = re.findall(r"\]\((?!https:)([^)#]+)\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", CURRENT, ids=_name)
def test_paths_in_the_docs_exist(page: Path) -> None:
    paths = {path for code in _code(page) for path in PATH.findall(code)}
    assert [path for path in sorted(paths) if not _exists(path)] == []


@pytest.mark.parametrize("page", CURRENT, ids=_name)
def test_files_named_alone_in_the_docs_exist(page: Path) -> None:
    names = set(re.findall(r"`(\w+\.(?:py|sql|yml))`", page.read_text()))
    assert names <= {path.name for path in files_in_git()}


@pytest.mark.parametrize("page", CURRENT, ids=_name)
def test_lines_of_the_docs_are_short(page: Path) -> None:
    if page.name in GENERATED:
        return
    prose = FENCED.sub("", page.read_text()).splitlines()
    assert [line for line in prose if len(line) > 120 and not line.startswith("|")] == []


def _spellings(manifest: Manifest) -> set[str]:
    """Return the names of macros that are one engine's way to say what a described macro says."""
    sources = "\n".join(
        macro["macro_sql"]
        for macro in manifest["macros"].values()
        if macro["package_name"] == "shop"
    )
    dispatched = re.findall(r'dispatch\("(\w+)"\)', sources)
    return {f"{engine}__{name}" for engine in ("postgres", "spark") for name in dispatched}


def _code(page: Path) -> list[str]:
    """Return what a page sets as code: fenced blocks, indented blocks and code spans."""
    text = page.read_text()
    blocks = [*FENCED.findall(text), *re.findall(r"^ {4}\S.*$", text, re.MULTILINE)]
    return [*blocks, *re.findall(r"`([^`]+)`", FENCED.sub("", text))]


def _exists(path: str) -> bool:
    """Return whether a path is there, one with <placeholders> where any file fits it."""
    if path.startswith(MADE_BY_RUNS):
        return True
    pattern = re.sub(r"<\w+>", "*", path).rstrip(".")
    return any(any(root.glob(pattern)) for root in (REPOSITORY, REPOSITORY / "dbt_project"))
