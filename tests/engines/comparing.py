"""Compare the tables of PostgreSQL and Spark: columns, types, and every row as text."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile, zip_longest

from psycopg2.extensions import cursor as Cursor  # noqa: N812
from pyhive import hive

from loader.backup.fingerprint import fingerprints
from loader.config.settings import Settings
from loader.database import server
from loader.spark.served import served_tables
from loader.spark.session import session
from loader.spark.stage import DELIVERED

SCHEMAS = (
    *("staging", "production", "quarantine", "snapshots", "mart_build", "mart", "seeds", "ops"),
)
# Of these schemas, what PostgreSQL alone has: the records of runs and files.
KEPT_IN_OPS = ("batch_anomalies", "batch_counts", "quality_counts", "row_warnings")
# What is copied of it has the days of months, too, that left PostgreSQL or came back.
CHANGED_DAYS = "mart_build.int_changed_days"
TYPES = {
    "text": "string",
    "character varying": "string",
    "integer": "int",
    "numeric": "decimal",
    "timestamp without time zone": "timestamp",
    "text[]": "array<string>",
    "time without time zone": "string",
}


@dataclass(frozen=True)
class Table:
    """Name a table and its columns with their types, as PostgreSQL has them."""

    name: str
    columns: dict[str, str]


def tables(cursor: Cursor) -> Iterator[Table]:
    """Yield every table that both engines build or read, with the columns that both have."""
    cursor.execute(
        "select table_schema || '.' || table_name, array_agg(column_name::text order by place), "
        "array_agg(type order by place) "
        "from (select nspname as table_schema, relname as table_name, attname as column_name, "
        "attnum as place, format_type(atttypid, atttypmod) as type from pg_attribute "
        "inner join pg_class on attrelid = pg_class.oid and relkind = 'r' "
        "inner join pg_namespace on relnamespace = pg_namespace.oid "
        "where attnum > 0 and not attisdropped and nspname = any(%s) "
        "and (nspname <> 'ops' or relname = any(%s)) and relname <> 'rejected_lines') as found "
        "group by 1 order by 1",
        (list(SCHEMAS), list(KEPT_IN_OPS)),
    )
    for name, columns, types in cursor.fetchall():
        known = dict(zip(columns, types, strict=True))
        wanted = DELIVERED.get(name, tuple(columns))
        yield Table(name, {column: known[column] for column in wanted})


def compare(postgres: Settings, spark: Settings) -> tuple[int, list[str]]:
    """Return how many tables there are, and a line for each that differs between the engines."""
    different = []
    with server.snapshot(postgres) as cursor, session(spark) as reading:
        compared = list(tables(cursor))
        for table in compared:
            difference = _difference(cursor, reading, table)
            if difference:
                different.append(f"{table.name}: {difference}")
    return len(compared), different


def compare_served(postgres: Settings, spark: Settings) -> tuple[int, list[str]]:
    """Return how many tables PostgreSQL has of Spark, and a line for each that differs from ours.

    That they are all that are served, and mart beside them, is part of it.
    """
    with server.snapshot(postgres) as cursor:
        expected = fingerprints(cursor)
    with server.snapshot(spark) as cursor:
        found = fingerprints(cursor)
    served = {table.full_name for table in served_tables(spark.dbt_target_dir / "spark")}
    served |= {name for name in expected if name.startswith("mart.")}
    served.discard(CHANGED_DAYS)
    different = [name for name in sorted(served) if found.get(name) != expected.get(name)]
    return len(served), [
        f"{name}, as served: {found.get(name)}, not {expected.get(name)}" for name in different
    ]


def _difference(cursor: Cursor, spark: hive.Cursor, table: Table) -> str | None:
    spark.execute(f"describe table {table.name}")
    columns = takewhile(lambda row: row[0] and not row[0].startswith("#"), spark.fetchall())
    described = {name: type_ for name, type_, _ in columns}  # what follows is of partitions
    expected = {name: _spark_type(type_) for name, type_ in table.columns.items()}
    if described != expected:
        names = sorted({*described, *expected})
        return (
            "; ".join(
                f"{name} is {described.get(name)} on Spark, {expected.get(name)} is meant"
                for name in names
                if described.get(name) != expected.get(name)
            )
            or f"columns stand in the order {list(described)}"
        )
    cursor.execute(f"select {_row(table, 'postgres')} from {table.name} as row")
    ours = sorted(text for (text,) in cursor.fetchall())
    spark.execute(f"select {_row(table, 'spark')} from {table.name}")
    theirs = sorted(text for (text,) in spark.fetchall())
    for one, other in zip_longest(ours, theirs):
        if one != other:
            return (
                f"{len(ours)} rows and {len(theirs)} on Spark; first difference:\n"
                f"  PostgreSQL {one!r}\n  Spark      {other!r}"
            )
    return None


def _spark_type(type_: str) -> str:
    kind, bracket, size = type_.partition("(")
    return TYPES.get(kind, kind) + (bracket + size if kind == "numeric" else "")


def _row(table: Table, engine: str) -> str:
    """Return a row as one text: every column, null apart from an empty text."""
    text = {"postgres": "text", "spark": "string"}[engine]
    joined = {"postgres": "array_to_string", "spark": "array_join"}[engine]
    values = [
        f"{joined}({name}, ',')" if type_ == "text[]" else f"cast({name} as {text})"
        for name, type_ in table.columns.items()
    ]
    return " || chr(31) || ".join(f"coalesce({value}, chr(30))" for value in values)
