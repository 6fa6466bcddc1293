"""A person is erased from Spark's tables, too; a PostgreSQL reads the statements here.

`make spark-test` asks Spark itself.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import pytest
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from factories.days import execute, loader, query
from loader.config.settings import Settings
from loader.database import server
from loader.ingest.person import Person
from loader.privacy import erase_on_spark
from loader.privacy.erase import SQL

PERSON = Person("CUST0001", "ERASED000001")
FOREIGN_KEYS = (  # Spark has none, and types of its own
    "alter table production.transactions drop constraint transactions_customer_id_fkey;"
    "create domain public.string as text"
)


@dataclass
class PlayedSpark:
    """Have the tables of a PostgreSQL."""

    cursor: Cursor
    listed: list[tuple[str, ...]] | None = None
    executed: list[str] = field(default_factory=list)

    def execute(self, statement: str, values: tuple[object, ...] = ()) -> None:
        """Execute a statement, or list what it asks for."""
        self.listed = None
        if statement == "show schemas":
            self.cursor.execute("select nspname from pg_namespace")
        elif statement.startswith("show views"):
            self.listed = []
        elif statement.startswith("show tables"):
            self.cursor.execute(
                "select schemaname, tablename from pg_tables where schemaname = %s",
                (statement.rsplit(maxsplit=1)[-1],),
            )
        else:
            self.executed.append(statement)
            self.cursor.execute(statement.replace(" purge", " cascade"), values)

    def fetchall(self) -> list[tuple[str, ...]]:
        """Return what the last statement found."""
        return self.cursor.fetchall() if self.listed is None else self.listed

    def fetchone(self) -> tuple[object, ...] | None:
        """Return one row of it."""
        return self.cursor.fetchone()


@pytest.fixture
def spark(
    first_day: None,  # noqa: ARG001
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[PlayedSpark]:
    """Yield a Spark that has what PostgreSQL built."""
    execute(FOREIGN_KEYS)
    with closing(server.connect(settings)) as connection:
        connection.autocommit = True
        spark = PlayedSpark(connection.cursor())

        @contextmanager
        def session(_settings: Settings) -> Iterator[PlayedSpark]:
            yield spark

        monkeypatch.setattr(erase_on_spark, "session", session)
        yield spark


def erase(settings: Settings) -> dict[str, int]:
    found = erase_on_spark.rows_on_spark(settings, PERSON)
    erase_on_spark.erase_on_spark(settings, PERSON)
    return {table: rows for table, rows in found.items() if rows}


def test_rows_become_an_anonymous_customers(spark: PlayedSpark, settings: Settings) -> None:
    execute("insert into ops.row_warnings values ('customers', 'CUST0001', 'a:b', '2025-03-01')")
    before = query("select count(*) from production.transactions where customer_id = 'CUST0001'")
    assert before > [(0,)]

    erased = erase(settings)

    assert spark.executed
    assert {"production.customers on Spark", "snapshots.customers_snapshot on Spark"} < set(erased)
    assert query(
        "select first_name, email, phone from production.customers"
        " where customer_id = 'ERASED000001'"
    ) == [("Erased", "erased000001@erased.invalid", None)]
    assert (
        query("select count(*) from production.transactions where customer_id = 'ERASED000001'")
        == before
    )
    assert query(
        "select customer_id, first_name, dbt_scd_id = md5('ERASED000001|2025-03-01 00:00:00')"
        " from snapshots.customers_snapshot where customer_id ~ '0001$'"
    ) == [("ERASED000001", "Erased", True)]
    assert query("select row_key from ops.row_warnings where code = 'a:b'") == [("ERASED000001",)]
    assert query("select from pg_tables where schemaname in ('staging', 'mart_build')") == []
    assert erase(settings) == {}  # a second time


def test_rows_of_one_who_came_back_go_where_the_anonymous_customer_has_them(
    spark: PlayedSpark, settings: Settings
) -> None:
    assert spark
    execute(
        "update production.customers set customer_id = 'ERASED000001'"
        " where customer_id = 'CUST0002';"
        "insert into ops.row_warnings values ('customers', 'CUST0001', 'a:b', '2025-03-01'),"
        " ('customers', 'ERASED000001', 'a:b', '2025-02-01')"
    )

    erase(settings)

    assert query(
        "select count(*), count(*) filter (where customer_id = 'ERASED000001')"
        " from production.customers where customer_id ~ '(CUST|ERASED00)000[12]$'"
    ) == [(1, 1)]
    assert query("select row_key, batch_date::text from ops.row_warnings where code = 'a:b'") == [
        ("ERASED000001", "2025-02-01")
    ]


@pytest.mark.usefixtures("spark")
def test_texts_by_which_a_person_is_found_are_those_of_spark(settings: Settings) -> None:
    assert "c1@example.com" in erase_on_spark.values_on_spark(settings, "CUST0001")
    assert erase_on_spark.released_on_spark(settings, SQL["released"], "CUST0001") == []


@pytest.mark.usefixtures("first_day")
def test_nothing_is_erased_where_no_cluster_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_ENGINE", "spark")
    done = loader("erase-customer", "CUST0001", "--yes")
    assert done.returncode == 1
    assert "Spark" in done.stderr
    assert query("select count(*) from ops.erasures") == [(0,)]
