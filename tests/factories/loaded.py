"""A batch of numbered rows, and what the database holds after it was loaded."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812

from loader.config.settings import Settings
from loader.contract import TABLES
from loader.database import server
from loader.database.fetch import Row

Query = Callable[..., list[Row]]
Rows = dict[str, list[Row]]


def batch(folder: Path, changed: Mapping[str, bytes] | None = None, rows: int = 2) -> Path:
    """Write four files of numbered rows; `changed` are whole files by table."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, columns in TABLES.items():
        records = [[f"{column}-{number}" for column in columns] for number in range(rows)]
        text = "".join(",".join(record) + "\n" for record in [list(columns), *records])
        (folder / f"{table}.csv").write_bytes((changed or {}).get(table, text.encode()))
    return folder


@pytest.fixture
def connection(settings: Settings, database: str) -> Iterator[Connection]:
    """Give a session of our own to look with."""
    assert database
    with closing(server.connect(settings)) as opened:
        opened.autocommit = True
        yield opened


@pytest.fixture
def query(connection: Connection) -> Query:
    def run(statement: str | sql.Composed, *values: object) -> list[Row]:
        with connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall()

    return run


def staged(query: Query, table: str) -> list[Row]:
    """Return line number and values of a staging table, in order, null as empty."""
    values = sql.SQL(", ").join(
        sql.SQL("coalesce({}, '')").format(sql.Identifier(column)) for column in TABLES[table]
    )
    statement = sql.SQL("select _line_number, {} from {} order by _line_number")
    return query(statement.format(values, sql.Identifier("staging", table)))


def everything(query: Query) -> Rows:
    found = {table: staged(query, table) for table in TABLES}
    return found | {"loads": query("select * from ops.loads order by load_id, table_name")}
