"""What dbt gives to Jinja and sqlfluff does not: it stands for it while SQL is linted.

sqlfluff makes every public name of this package known to the templates and has
substitutes of its own for ref, source, config, this and the like. Nothing else uses this package.
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from jinja2 import pass_context

_PROJECT = yaml.safe_load((Path(__file__).parent.parent / "dbt_project.yml").read_text())

execute = True
graph = SimpleNamespace(nodes={})
model = SimpleNamespace(columns={"id": SimpleNamespace(name="id", data_type="text")})
target = SimpleNamespace(schema="mart_build", type="postgres")
flags = SimpleNamespace(WHICH="build", FULL_REFRESH=False)
dbt = SimpleNamespace(
    type_string=lambda: "text",
    string_literal=lambda text: f"'{text}'",
    escape_single_quotes=lambda text: str(text).replace("'", "''"),
)
adapter = SimpleNamespace(
    get_relation=lambda *names: ".".join(names[1:]),
    dispatch=pass_context(lambda context, name: context.resolve(f"postgres__{name}")),
)
api = SimpleNamespace(Column=SimpleNamespace(translate_type=lambda data_type: data_type))


def var(name: str, default: Any = None) -> Any:  # noqa: ANN401
    """Return what dbt_project.yml says."""
    return _PROJECT["vars"].get(name, default)


def env_var(_name: str, default: str = "") -> str:
    """Return what holds where nothing is set."""
    return default


def load_relation(relation: object) -> object:
    """Return the relation, as if it existed."""
    return relation


def run_query(_statement: str) -> SimpleNamespace:
    """Return a result with one row of one value."""
    return SimpleNamespace(rows=[["2025-12-31"]])


def load_result(_name: str) -> SimpleNamespace:
    """Return a result with one row of one value."""
    return SimpleNamespace(data=[["2025-12-31"]], table=None)


def store_raw_result(_name: str, **_result: object) -> str:
    """Keep nothing."""
    return ""
