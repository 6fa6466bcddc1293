"""Copy what Spark built to PostgreSQL, which records, publishes and serves it.

What a table is made of is read from dbt's manifest. Rows cross as Parquet in the folder that Spark
and the loader see, and all tables change in one transaction. Of a table whose model names its
changes (meta published_changes) the changed keys are copied, of the others every row.
"""

import io
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.config.settings import Settings
from loader.database import server
from loader.database.credentials import TRANSFORMER
from loader.database.errors import database_errors
from loader.database.fetch import statements
from loader.spark.session import session

if TYPE_CHECKING:
    from pyhive import hive

SQL = statements(Path(__file__).with_suffix(".sql"))
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
    changes: Changes | None = None

    @property
    def full_name(self) -> str:
        """Return schema and name, as both engines write them."""
        return f"{self.schema}.{self.name}"

    @property
    def identifier(self) -> sql.Identifier:
        """Return schema and name for PostgreSQL."""
        return sql.Identifier(self.schema, self.name)


def served_tables(target: Path) -> list[ServedTable]:
    """Return the tables to copy, by the manifest in dbt's target folder."""
    nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"].values()
    models = [
        node
        for node in nodes
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


def _served_table(node: dict[str, Any]) -> ServedTable:
    columns = node["columns"]
    keys = [one["columns"] for one in node["constraints"] if one["type"] == "primary_key"]
    changes = node["config"]["meta"].get("published_changes")
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
        Changes(changes["key"], f"mart_build.{changes['model']}") if changes else None,
    )


def serve(settings: Settings, tables: Iterable[ServedTable], run_id: str, *, is_full: bool) -> int:
    """Make PostgreSQL's tables equal to Spark's, and return how many rows were copied.

    The copy is on record as a build that is not complete, until its results are.

    Raises:
        LoaderError: an engine refuses; PostgreSQL's tables are then as they were.
    """
    folder = settings.spark_storage_dir / "served"
    shutil.rmtree(folder, ignore_errors=True)
    with (
        database_errors("what Spark built was not copied"),
        closing(server.connect(settings, TRANSFORMER)) as connection,
        session(settings) as spark,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(SQL["begin"], (run_id,))
        rows = sum(
            _copy(cursor, spark, table, folder / table.full_name, is_full=is_full)
            for table in tables
        )
    shutil.rmtree(folder)
    return rows


def _copy(
    cursor: Cursor, spark: "hive.Cursor", table: ServedTable, folder: Path, *, is_full: bool
) -> int:
    is_whole = _recreate(cursor, table) or is_full or table.changes is None
    where = "" if is_whole else _changed(table)
    values = ", ".join(_value(name, type_) for name, type_ in table.columns.items())
    spark.execute(
        SQL["write_parquet"].format(
            folder=folder, values=values, table=table.full_name, where=where
        )
    )
    if is_whole:
        cursor.execute(sql.SQL("truncate {}").format(table.identifier))
    else:
        cursor.execute(SQL["delete_changed"].format(table=table.full_name, where=where))
    copied = sql.SQL("copy {} ({}) from stdin with (format csv)").format(
        table.identifier, sql.SQL(", ").join(map(sql.Identifier, table.columns))
    )
    rows = 0
    for batch in pa.dataset.dataset(folder, format="parquet").to_batches():
        cursor.copy_expert(copied, _csv(batch))
        rows += batch.num_rows
    return rows


def _changed(table: ServedTable) -> str:
    changes = table.changes
    return SQL["changed"].format(key=changes.key, changes=changes.table) if changes else ""


def _value(name: str, type_: str) -> str:
    """Return a column for Parquet; a list is text as PostgreSQL reads it."""
    is_list = type_.endswith("[]")
    return f"concat('{{', array_join({name}, ','), '}}') as {name}" if is_list else name


def _csv(batch: pa.RecordBatch) -> io.BytesIO:
    """Return rows as PostgreSQL reads CSV: text is quoted, so that no empty text is null."""
    content = io.BytesIO()
    pa.csv.write_csv(batch, content, pa.csv.WriteOptions(include_header=False))
    content.seek(0)
    return content


def _recreate(cursor: Cursor, table: ServedTable) -> bool:
    """Create a table that is missing or has other columns; return whether it was."""
    cursor.execute(SQL["columns"], (table.full_name,))
    if list(table.columns.items()) == cursor.fetchall():
        return False
    for statement in _definition(table):
        cursor.execute(statement)
    return True


def _definition(table: ServedTable) -> Iterator[sql.Composable]:
    name = table.identifier
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(type_))
        for column, type_ in table.columns.items()
    ]
    if table.primary_key:
        key = sql.SQL(", ").join(map(sql.Identifier, table.primary_key))
        columns.append(sql.SQL("primary key ({})").format(key))
    yield sql.SQL("create schema if not exists {}").format(sql.Identifier(table.schema))
    yield sql.SQL("drop table if exists {}").format(name)
    yield sql.SQL("create table {} ({})").format(name, sql.SQL(", ").join(columns))
    for index in table.indexes:
        yield sql.SQL("create index on {} ({})").format(
            name, sql.SQL(", ").join(map(sql.Identifier, index))
        )
    for column, description in table.descriptions.items():
        place = (
            sql.SQL("column {}.{}").format(name, sql.Identifier(column))
            if column
            else (sql.SQL("table {}").format(name))
        )
        yield sql.SQL("comment on {} is {}").format(place, sql.Literal(description))
