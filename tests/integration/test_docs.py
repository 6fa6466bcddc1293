"""The documentation says what is there: all of it, and nothing else."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from loader.cli import loader
from loader.config.settings import REPOSITORY, Settings
from loader.contract import TABLES
from loader.database import server

README = (REPOSITORY / "README.md").read_text()
MAKEFILE = (REPOSITORY / "Makefile").read_text()
DOCS = [
    *(REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "tests/README.md")),
    REPOSITORY / "exports/README.md",
    *REPOSITORY.glob("docs/**/*.md"),
]
MODULES = list(REPOSITORY.glob("loader/*.py"))

Manifest = dict[str, dict[str, dict[str, Any]]]  # what is told of a node, by kind and id


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """Return dbt's manifest of the project, parsed without a warning of deprecation."""
    target = tmp_path_factory.mktemp("target")
    server.write_profile(Settings(root=REPOSITORY))
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
    for macro in manifest["macros"].values():
        if macro["package_name"] == "shop" and not macro["name"].startswith("materialization_"):
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


def test_readme_names_the_columns_of_the_files() -> None:
    for table, columns in TABLES.items():
        assert f"| `{table}.csv` | {', '.join(columns)} |" in README


def test_readme_shows_the_real_help() -> None:
    shown = CliRunner().invoke(loader, ["--help"], prog_name="loader").output
    assert f"```console\n$ .venv/bin/loader --help\n{shown}```" in README


@pytest.mark.parametrize("page", [*DOCS, *MODULES], ids=lambda page: page.name)
def test_make_targets_in_the_docs_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))
    calls = r"(?:`|^    |^\$ |&& |with |first, )make ([a-z-]+)"
    assert set(re.findall(calls, page.read_text(), re.MULTILINE)) <= targets


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_links_and_paths_in_the_docs_exist(page: Path) -> None:
    text = page.read_text()
    links = re.findall(r"\]\(([^)#]+)\)", text)
    paths = re.findall(
        r"`((?:loader|dbt_project|docs|tests|macros|models|exports)/[\w./-]*)`", text
    )
    made = ("dbt_project/target", "dbt_project/logs", "exports/")  # by the first run
    for link in links:
        assert (page.parent / link).exists(), link
    for path in paths:
        if path.startswith(made):
            continue
        roots = (REPOSITORY, REPOSITORY / "dbt_project")
        assert any((root / path).exists() for root in roots), path
