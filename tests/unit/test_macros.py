"""dbt's macros: sqlfluff cannot read them alone, so `make lint` asks this for their faults."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from dbt_common.clients.jinja import get_environment
from jinja2 import nodes

from loader.config.settings import REPOSITORY

PROJECT = REPOSITORY / "dbt_project"
FILES = sorted((PROJECT / "macros").glob("*.sql"))
ENGINES = ("postgres", "spark")
MAX_LINE = 120
TAG = re.compile(r"\{%-?\s*(?:macro|test)\s+(\w+)")
# What dbt calls with arguments of its choice: by name, the adapter's prefix, or its own type.
CALLED_BY_DBT = re.compile(
    "generate_schema_name|get_incremental_replace_changed_sql|get_where_subquery|snapshot_get_time"
    "|postgres__.*|spark__.*|dbt_spark_.*|materialization_.*"
)


def macros(text: str) -> dict[str, nodes.Macro]:
    """Return the macros of a file by name, as dbt's Jinja reads them."""
    found = get_environment(None).parse(text).find_all(nodes.Macro)
    return {macro.name.removeprefix("dbt_macro__"): macro for macro in found}


def dispatched(texts: list[str]) -> set[str]:
    """Return the names of macros that each engine has its own of."""
    return set(re.findall(r'dispatch\("(\w+)"\)', "\n".join(texts)))


def faults_of_form(text: str) -> Iterator[str]:
    """Yield what is wrong with the lines of a file."""
    for number, line in enumerate(text.splitlines(), start=1):
        if "\t" in line:
            yield f"line {number}: a tab"
        if line != line.rstrip():
            yield f"line {number}: spaces at the end"
        if len(line) > MAX_LINE:
            yield f"line {number}: {len(line)} characters, more than {MAX_LINE}"


def unused_arguments(macro: nodes.Macro) -> list[str]:
    """Return the arguments that a macro does not read."""
    read = {name.name for part in macro.body for name in part.find_all(nodes.Name)}
    read |= {part.name for part in macro.body if isinstance(part, nodes.Name)}
    return [argument.name for argument in macro.args if argument.name not in read]


def uncalled(names: set[str], texts: list[str]) -> set[str]:
    """Return the names that no text holds but where the macro is defined."""
    words = re.findall(r"\w+", "\n".join(TAG.sub("", text) for text in texts))
    return names - set(words)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_macros_have_the_form_of_the_project(path: Path) -> None:
    assert list(faults_of_form(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_macros_read_all_their_arguments(path: Path) -> None:
    unread = [
        f"{name}({argument})"
        for name, macro in macros(path.read_text(encoding="utf-8")).items()
        for argument in unused_arguments(macro)
        if not CALLED_BY_DBT.fullmatch(name)
    ]
    assert unread == []


def test_no_macro_is_left_over() -> None:
    names = {name for path in FILES for name in macros(path.read_text(encoding="utf-8"))}
    ours = {name for name in names if not CALLED_BY_DBT.fullmatch(name)}
    texts = [
        path.read_text(encoding="utf-8")
        for folder in ("macros", "models", "snapshots", "tests")
        for path in [*(PROJECT / folder).rglob("*.sql"), *(PROJECT / "models").rglob("*.yml")]
    ]
    operations = sorted((REPOSITORY / "loader" / "pipeline").glob("*.py"))
    texts += [
        path.read_text(encoding="utf-8") for path in (PROJECT / "dbt_project.yml", *operations)
    ]
    assert uncalled(ours, texts) == set()


@pytest.mark.parametrize("engine", ENGINES)
def test_every_dispatched_macro_is_there_for_each_engine(engine: str) -> None:
    texts = [path.read_text(encoding="utf-8") for path in FILES]
    names = {name for text in texts for name in macros(text)}
    assert {f"{engine}__{name}" for name in dispatched(texts)} - names == set()


def test_every_macro_is_described_and_nothing_else() -> None:
    described = [
        macro["name"]
        for path in sorted((PROJECT / "macros").glob("*.yml"))
        for macro in yaml.safe_load(path.read_text(encoding="utf-8"))["macros"]
    ]
    texts = [path.read_text(encoding="utf-8") for path in FILES]
    of_an_engine = {f"{engine}__{name}" for engine in ENGINES for name in dispatched(texts)}
    names = [name for text in texts for name in macros(text) if name not in of_an_engine]
    assert sorted(described) == sorted(names)


def test_faults_are_found() -> None:
    text = "{% macro doubled(value, of) -%}\n    2 * {{ value }} \n\t{%- endmacro %}\n" + "x" * 121
    assert list(faults_of_form(text)) == [
        "line 2: spaces at the end",
        "line 3: a tab",
        "line 4: 121 characters, more than 120",
    ]
    assert unused_arguments(macros(text)["doubled"]) == ["of"]
    assert uncalled({"doubled"}, [text]) == {"doubled"}
    assert uncalled({"doubled"}, [text, "select {{ doubled(1, 2) }}"]) == set()
