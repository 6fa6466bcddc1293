"""The tables that are copied from Spark to PostgreSQL: dbt's manifest says all of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg2 import sql

# What the loader reads of these: quarantined rows, counts, warnings, anomalies.
READ_BY_THE_LOADER = ("quarantine", "ops")
POSTGRES_TYPES = {"string": "text", "timestamp": "timestamp without time zone"}


@dataclass(frozen=True)
class Changes:
    """Name the key by which rows change, and the table that lists the changed ones."""

    key: str
    table: str


@dataclass(frozen=True)
class ServedTable:
    """Hold a table that is copied: its columns with PostgreSQL's types, keys and meanings."""

    schema: str
    name: str
    columns: dict[str, str]
    primary_key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...]
    descriptions: dict[str, str]  # of the columns; of the table under ""
    is_published: bool = False
    is_fact: bool = False  # a row has a day, date_key
    is_made_anew: bool = True  # by each build; else dbt merges into it
    changes: Changes | None = None

    @property
    def full_name(self) -> str:
        """Return schema and name, as both engines write them."""
        return f"{self.schema}.{self.name}"

    @property
    def identifier(self) -> sql.Identifier:
        """Return schema and name for PostgreSQL."""
        return sql.Identifier(self.schema, self.name)

    def definition(self) -> Iterator[sql.Composable]:
        """Yield the statements that create the table in PostgreSQL, in place of another one."""
        columns = [
            sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(type_))
            for column, type_ in self.columns.items()
        ]
        if self.primary_key:
            columns.append(sql.SQL("primary key ({})").format(_names(self.primary_key)))
        yield sql.SQL("create schema if not exists {}").format(sql.Identifier(self.schema))
        yield sql.SQL("drop table if exists {}").format(self.identifier)
        yield sql.SQL("create table {} ({})").format(self.identifier, sql.SQL(", ").join(columns))
        for index in self.indexes:
            yield sql.SQL("create index on {} ({})").format(self.identifier, _names(index))
        for column, description in self.descriptions.items():
            place = (
                sql.SQL("column {}.{}").format(self.identifier, sql.Identifier(column))
                if column
                else sql.SQL("table {}").format(self.identifier)
            )
            yield sql.SQL("comment on {} is {}").format(place, sql.Literal(description))


def _names(columns: tuple[str, ...]) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def served_tables(target: Path) -> list[ServedTable]:
    """Return the tables to copy, by the manifest in dbt's target folder."""
    models = [
        node
        for node in _nodes(target)
        if node["resource_type"] == "model" and node["config"]["materialized"] != "ephemeral"
    ]
    published = [node for node in models if node["config"]["meta"].get("is_published")]
    changes = {
        node["config"]["meta"]["published_changes"]["model"]
        for node in published
        if "published_changes" in node["config"]["meta"]
    }
    served = [
        _served_table(node)
        for node in models
        if node in published or node["name"] in changes or node["schema"] in READ_BY_THE_LOADER
    ]
    # what lists the changed keys is copied before what it is asked for
    return sorted(served, key=lambda table: table.name not in changes)


def merged_tables(target: Path) -> list[str]:
    """Return the tables that dbt merges into, by the same manifest."""
    return [
        f"{node['schema']}.{node['name']}"
        for node in _nodes(target)
        if node["resource_type"] == "snapshot"
        or node["config"].get("materialized") == "incremental"
    ]


def _nodes(target: Path) -> list[dict[str, Any]]:
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    return [*manifest["nodes"].values()]


def _served_table(node: dict[str, Any]) -> ServedTable:
    columns, meta = node["columns"], node["config"]["meta"]
    keys = [one["columns"] for one in node["constraints"] if one["type"] == "primary_key"]
    changes = meta.get("published_changes")
    return ServedTable(
        node["schema"],
        node["name"],
        {
            name: POSTGRES_TYPES.get(column["data_type"], column["data_type"])
            for name, column in columns.items()
        },
        tuple(keys[0]) if keys else (),
        tuple(tuple(index["columns"]) for index in node["config"].get("indexes") or ()),
        {"": node["description"]}
        | {name: column["description"] for name, column in columns.items()},
        is_published=bool(meta.get("is_published")),
        is_fact=bool(meta.get("is_fact")),
        is_made_anew=node["config"]["materialized"] == "table",
        changes=Changes(changes["key"], f"mart_build.{changes['model']}") if changes else None,
    )
