"""What the mart holds, seen as of one moment: its relations, and the SQL that reads them."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.config.settings import Settings
from loader.database import server
from loader.database.fetch import fetch_row, fetch_value, relation_exists, statements
from loader.database.libpq import is_embedded
from loader.errors import LoaderError

SQL = statements(Path(__file__).with_suffix(".sql"))


DAY = "date_key"
READ_WAIT = 60  # seconds that a replica may be behind
# Everything that decides how a value is written as text.
SAME_TEXT = (
    "set local timezone = 'UTC'; set local datestyle = 'ISO, YMD';"
    " set local intervalstyle = 'iso_8601'; set local bytea_output = 'hex';"
    " set local extra_float_digits = 1"
)

# A spreadsheet runs text that begins with one of these: = + - @, a tab, a carriage return.
EXECUTED = "=+-@\t\r"
EXECUTED_CODES = ", ".join(str(ord(character)) for character in EXECUTED)


@dataclass(frozen=True)
class Relation:
    """Hold a relation of the mart: columns with types and meanings, and its primary key.

    `month` (YYYY-MM) says that only the rows of that month, by date_key, are meant. `bytewise`
    are columns of text that the database itself orders by their bytes, so that an index serves.
    """

    name: str
    types: dict[str, str]
    key: tuple[str, ...]
    description: str = ""
    descriptions: dict[str, str] = field(default_factory=dict)
    month: str | None = None
    bytewise: frozenset[str] = frozenset()

    @property
    def file(self) -> str:
        """Return the name of its CSV file in the folder of exports."""
        return f"{self.name}/{self.month}.csv" if self.month else f"{self.name}.csv"

    @property
    def order(self) -> tuple[str, ...]:
        """Return the columns its rows are ordered by: the day, if there is one, and the key."""
        day = [DAY] if DAY in self.types and DAY not in self.key else []
        return (*day, *self.key)

    @property
    def amounts(self) -> list[str]:
        """Return the columns that hold decimal numbers: amounts of money above all."""
        return [name for name, type_ in self.types.items() if type_.startswith("numeric")]

    @property
    def texts(self) -> list[str]:
        """Return the columns that hold text."""
        return [name for name, type_ in self.types.items() if is_text(type_)]


@dataclass(frozen=True)
class Publication:
    """Name what was published last: its number, logical date, and the run that published it.

    The run is None where somebody published with dbt by hand.
    """

    publication_id: int
    logical_date: date
    run_id: str | None
    published_at: str | None = None


@dataclass(frozen=True)
class Figures:
    """Hold a relation's sums, exact, and the cells that a spreadsheet would run, by column."""

    sums: dict[str, str | None]
    executed: dict[str, int]


@contextmanager
def snapshot(settings: Settings, beside: Cursor | None = None) -> Iterator[Cursor]:
    """Yield a cursor that sees the published database as of one moment, values written in one way.

    It reads the replica where there is one. With another such cursor, it sees the same moment.
    """
    host = beside.connection.info.host if beside else _replica_to_read(settings)
    with server.snapshot(settings, host=host) as cursor:
        if beside:
            cursor.execute("set transaction snapshot %s", (_exported_moment(beside),))
        cursor.execute(SAME_TEXT)
        yield cursor


def _replica_to_read(settings: Settings) -> str | None:
    """Return the host of the replica when it has what was published last, None to do without it.

    A replica is behind by moments. It is waited for, and not longer than READ_WAIT: what is read
    is never older than what was published when it began.
    """
    host = settings.read_host
    if host is None or is_embedded():
        return None
    with server.snapshot(settings) as cursor:
        newest = newest_publication(cursor)
    end = time.monotonic() + READ_WAIT
    while True:
        try:
            with server.snapshot(settings, host=host) as cursor:
                if newest_publication(cursor) == newest:
                    return host
            reason = f"has not received publication {newest.publication_id} within {READ_WAIT} s"
        except LoaderError as error:  # of a replica that is far behind, too: it has no table yet
            reason = f"cannot be read: {error}"
        if time.monotonic() > end:
            break
        time.sleep(1)
    sys.stderr.write(f"warning: the replica {host} {reason}; the primary is read instead\n")
    return None


def _exported_moment(cursor: Cursor) -> str:
    cursor.execute("select pg_export_snapshot()")
    return fetch_value(cursor, str)


def newest_publication(cursor: Cursor) -> Publication:
    """Return what was published last.

    Raises:
        LoaderError: nothing was published yet.
    """
    if relation_exists(cursor, "ops.publications"):
        cursor.execute(SQL["newest_publication"])
        row = cursor.fetchone()
        if row:
            return Publication(*row)
    raise LoaderError(
        "nothing was published yet, so there is nothing to export; run the build first"
    )


def published_names(cursor: Cursor) -> set[str]:
    """Return the names of all relations of the mart that were ever published."""
    if not relation_exists(cursor, "ops.publication_relations"):
        return set()
    cursor.execute("select distinct relation_name from ops.publication_relations")
    return {name for (name,) in cursor.fetchall()}


def mart_relations(cursor: Cursor, publication: Publication) -> list[Relation]:
    """Return the relations that were published, by name, and nothing else that is in mart.

    Raises:
        LoaderError: one of them is not there.
    """
    cursor.execute(SQL["primary_keys"])
    keys = dict(cursor.fetchall())
    cursor.execute(SQL["relations"], (publication.publication_id,))
    found = _relations(cursor, keys)
    cursor.execute(
        "select relation_name from ops.publication_relations where publication_id = %s",
        (publication.publication_id,),
    )
    missing = {name for (name,) in cursor.fetchall()} - {relation.name for relation in found}
    if missing:
        raise LoaderError(
            f"publication {publication.publication_id} has {', '.join(sorted(missing))}, and mart "
            "has not: publish once more, make publish"
        )
    return found


def _relations(cursor: Cursor, keys: dict[str, list[str]]) -> list[Relation]:
    return [
        Relation(
            name,
            dict(zip(columns, types, strict=True)),
            tuple(keys.get(name, columns)),
            description or "",
            {column: meaning or "" for column, meaning in zip(columns, descriptions, strict=True)},
            bytewise=frozenset(bytewise or ()),
        )
        for name, description, columns, types, descriptions, bytewise in cursor.fetchall()
    ]


def figures(cursor: Cursor, relation: Relation) -> Figures:
    """Compute a relation's sums and count the cells that a spreadsheet would run."""
    sums = [sql.SQL("sum({})::text").format(sql.Identifier(name)) for name in relation.amounts]
    counts = [
        sql.SQL("count(*) filter (where {})").format(_is_executed(name)) for name in relation.texts
    ]
    if not sums and not counts:
        return Figures({}, {})
    cursor.execute(
        sql.SQL("select {} from {} where {}").format(
            sql.SQL(", ").join([*sums, *counts]),
            sql.Identifier("mart", relation.name),
            _is_meant(relation),
        )
    )
    row = fetch_row(cursor)
    executed = dict(zip(relation.texts, row[len(sums) :], strict=True))
    return Figures(
        dict(zip(relation.amounts, row, strict=False)),
        {name: count for name, count in executed.items() if count},
    )


def copy_statement(relation: Relation, neutralised: dict[str, int]) -> sql.Composed:
    """Return a COPY to CSV whose order does not depend on the database's collation.

    In the columns of `neutralised`, text that a spreadsheet would run gets an apostrophe before it.
    """
    columns = [_selected(relation, name, name in neutralised) for name in relation.types]
    order = [_ordered(relation, name) for name in relation.order]
    return sql.SQL(
        "copy (select {columns} from {relation} where {is_meant} order by {order})"
        " to stdout with (format csv, header true, encoding 'UTF8')"
    ).format(
        columns=sql.SQL(", ").join(columns),
        relation=sql.Identifier("mart", relation.name),
        is_meant=_is_meant(relation),
        order=sql.SQL(", ").join(order),
    )


def _ordered(relation: Relation, name: str) -> sql.Composed:
    is_collated = is_text(relation.types[name]) and name not in relation.bytewise
    template = '{} collate "C"' if is_collated else "{}"
    return sql.SQL(template).format(sql.Identifier(relation.name, name))


def _is_meant(relation: Relation) -> sql.Composable:
    if relation.month is None:
        return sql.SQL("true")
    first = int(relation.month.replace("-", "")) * 100
    return sql.SQL("date_key between {} and {}").format(sql.Literal(first), sql.Literal(first + 31))


def is_text(type_: str) -> bool:
    """Return whether a type, as PostgreSQL writes it, is one of text."""
    return type_ == "text" or type_.startswith("character")


def _selected(relation: Relation, name: str, is_neutralised: bool) -> sql.Composed:
    if is_neutralised:
        return sql.SQL("case when {0} then '''' || {1} else {1} end as {1}").format(
            _is_executed(name), sql.Identifier(name)
        )
    # PostgreSQL's own t and f are read as text by everything else.
    template = "{0}::text as {0}" if relation.types[name] == "boolean" else "{0}"
    return sql.SQL(template).format(sql.Identifier(name))


def _is_executed(name: str) -> sql.Composed:
    return sql.SQL(f"ascii({{}}) in ({EXECUTED_CODES})").format(sql.Identifier(name))
