"""The relations of the mart as their models declare them: no database is asked.

What is under version control (the Power BI project) is made from what is under version control.
"""

import re
from functools import cache
from pathlib import Path
from typing import TypedDict

import yaml

from loader.config.settings import REPOSITORY
from loader.export.relations import Relation

MODELS = REPOSITORY / "dbt_project" / "models"
DOC_BLOCK = re.compile(r"\{% docs (\w+) %\}(.*?)\{% enddocs %\}", re.DOTALL)
DOC_CALL = re.compile(r"\{\{\s*doc\('(\w+)'\)\s*\}\}")
# dbt's portable names of types, as PostgreSQL writes them.
TYPES = {"string": "text", "timestamp": "timestamp without time zone"}


class Column(TypedDict):
    """Name what is read of a column's YAML."""

    name: str
    data_type: str
    description: str


class Constraint(TypedDict):
    """Name what is read of a constraint's YAML."""

    type: str
    columns: list[str]


class Model(TypedDict):
    """Name what is read of a model's YAML."""

    name: str
    description: str
    columns: list[Column]
    constraints: list[Constraint]


@cache
def declared_relations() -> dict[str, Relation]:
    """Return the relations of the mart by name, with the columns, types and words of their YAML."""
    blocks = _doc_blocks()
    found = [
        _relation(model, blocks)
        for path in sorted((MODELS / "mart_build").glob("*/*.yml"))
        if path.parent.name != "intermediate"
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", ())
    ]
    return {relation.name: relation for relation in found}


def _doc_blocks() -> dict[str, str]:
    blocks: dict[str, str] = {}
    for path in sorted(Path(MODELS).glob("**/*.md")):
        blocks |= dict(DOC_BLOCK.findall(path.read_text(encoding="utf-8")))
    return blocks


def _relation(model: Model, blocks: dict[str, str]) -> Relation:
    columns = model["columns"]
    (key,) = [
        tuple(constraint["columns"])
        for constraint in model["constraints"]
        if constraint["type"] == "primary_key"
    ]
    return Relation(
        model["name"],
        {column["name"]: _type(column["data_type"]) for column in columns},
        key,
        _words(model["description"], blocks),
        {column["name"]: _words(column["description"], blocks) for column in columns},
    )


def _type(declared: str) -> str:
    return TYPES.get(declared, declared)


def _words(text: str, blocks: dict[str, str]) -> str:
    return " ".join(DOC_CALL.sub(lambda call: blocks[call[1]], text).split())
