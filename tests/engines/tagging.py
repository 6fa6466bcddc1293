"""Whether what is published has its tags on Spark, and is there what PostgreSQL has in mart."""

from psycopg2 import sql

from loader.config.settings import Settings
from loader.database import server
from loader.spark.serve import published
from loader.spark.served import served_tables
from loader.spark.session import session
from loader.spark.snapshots import read_states
from loader.spark.tags import tag_of

# A publication of everything may have followed tables that were made anew, without tags.
PUBLICATIONS = """
select
    array_agg(publication_id),
    array_agg(publication_id) filter (where publication_id >= newest_full),
    max(publication_id)
from ops.publications
cross join (
    select max(publication_id) as newest_full from ops.publications where is_full
) as full_publications
"""


def wrong_tags(settings: Settings, *, is_erased: bool) -> list[str]:
    """Return a line for each published table with other tags than those of its publications.

    And for each that has, at the newest one, more or fewer rows than mart.
    """
    tables = published(served_tables(settings.dbt_target_dir / "spark"))
    with server.snapshot(settings) as cursor, session(settings) as spark:
        cursor.execute(PUBLICATIONS)
        [(recorded, tagged, newest)] = cursor.fetchall()
        allowed = {tag_of(number) for number in ([newest] if is_erased else recorded)}
        expected = {tag_of(number) for number in tagged} & allowed
        wrong = [
            f"{table} has the tags {sorted(state.tags)}, not {sorted(expected)}"
            for table, state in read_states(spark, tables).items()
            if not expected <= state.tags.keys() <= allowed
        ]
        for table in tables:
            name = table.partition(".")[2]
            spark.execute(f"select count(*) from {table} version as of '{tag_of(newest)}'")
            cursor.execute(sql.SQL("select count(*) from {}").format(sql.Identifier("mart", name)))
            if spark.fetchall() != cursor.fetchall():
                wrong.append(f"{table} has not as many rows at its newest tag as mart.{name}")
    return wrong
