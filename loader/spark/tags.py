"""Tags of publications: each published table of Spark's has one, of what was published.

`mart_build.fct_sales version as of 'publication_12'` is what publication 12 says, whatever a build
does since. A tag is there before PostgreSQL's record of its publication; one that never comes on
record is the next one's, which replaces it. Spark's `mart.fct_sales` is the view of the newest.
"""

from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from loader.config.settings import Settings
from loader.database import server
from loader.database.fetch import fetch_value, statements
from loader.errors import LoaderError
from loader.spark.session import session
from loader.spark.snapshots import read_states

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812
    from pyhive import hive

SQL = statements(Path(__file__).with_suffix(".sql"))
PREFIX = "publication_"


def tag_of(publication: int) -> str:
    """Return the name of a publication's tag."""
    return f"{PREFIX}{publication}"


def next_publication(cursor: "Cursor") -> int:
    """Return the number that the next publication will have."""
    cursor.execute(SQL["next"])
    return fetch_value(cursor, int)


def tag_tables(spark: "hive.Cursor", tables: Iterable[str], publication: int) -> None:
    """Tag the newest state of tables, in place of what a publication that failed has tagged."""
    for table in tables:
        spark.execute(SQL["tag"].format(table=table, tag=tag_of(publication)))


def tag_again(settings: Settings, tables: Iterable[str]) -> None:
    """Tag for the next publication what the newest build has tagged: they publish the same.

    Where the build was not published, its tags are the next publication's already.

    Raises:
        LoaderError: the newest publication has no tags, as of before there were any.
    """
    with closing(server.connect(settings)) as connection, connection.cursor() as cursor:
        publication = next_publication(cursor)
    new, newest = tag_of(publication), tag_of(publication - 1)
    with session(settings) as spark:
        for table, state in read_states(spark, tables).items():
            if new in state.tags:
                continue
            if newest not in state.tags:
                raise LoaderError(f"{table} has no tag {newest} on Spark: make build")
            spark.execute(
                SQL["tag_as_of"].format(table=table, tag=new, snapshot=state.tags[newest])
            )


def show_published(settings: Settings, tables: Iterable[str]) -> None:
    """Let the views of Spark's `mart` show the newest publication of tables.

    A view that is replaced keeps its old text for readers (Iceberg in Spark's own catalogue).
    """
    with closing(server.connect(settings)) as connection, connection.cursor() as cursor:
        tag = tag_of(next_publication(cursor) - 1)
    with session(settings) as spark:
        spark.execute(SQL["create_schema"])
        for table in tables:
            name = table.partition(".")[2]
            spark.execute(SQL["drop_view"].format(name=name))
            spark.execute(SQL["create_view"].format(name=name, table=table, tag=tag))


def kept_tags(settings: Settings, before: datetime) -> frozenset[str]:
    """Return the tags of publications since a moment, of the newest, and of one to come."""
    with closing(server.connect(settings)) as connection, connection.cursor() as cursor:
        cursor.execute(SQL["kept"], (before,))
        kept = {number for (number,) in cursor.fetchall()}
        publication = next_publication(cursor)
    return frozenset(map(tag_of, {*kept, publication - 1, publication}))
