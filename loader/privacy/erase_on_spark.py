"""The rows of a person on Spark, which alone has production and its history."""

from loader.config.settings import Settings
from loader.ingest.person import Person, anonymous
from loader.privacy.places import FOUND_BY, WITH_CUSTOMERS, WITH_TRANSACTIONS, stored_values
from loader.spark.erase import HISTORY, count_rows, erase_rows, find_released, find_values
from loader.spark.session import session

IN_HISTORY = ("customer_id", "first_name", "last_name")  # what it has of a person


def values_on_spark(settings: Settings, customer_id: str) -> set[str]:
    """Return the texts by which the person could be found in files."""
    with session(settings) as spark:
        return set(find_values(spark, FOUND_BY, customer_id))


def released_on_spark(settings: Settings, statement: str, customer_id: str) -> list[str]:
    """Return whose rows the next build would accept without the person, as a query says."""
    with session(settings) as spark:
        return find_released(spark, statement, customer_id)


def rows_on_spark(settings: Settings, person: Person) -> dict[str, int]:
    """Return how many rows the person has in each table."""
    with session(settings) as spark:
        counts = count_rows(spark, _changes(person), person.customer_id)
        return {f"{table} on Spark": rows for table, rows in counts}


def erase_on_spark(settings: Settings, person: Person) -> None:
    """Make the person's rows anonymous, statement by statement; it can be called again.

    What is made of them goes, and what the tables were before with the snapshots that expire after
    the next build.
    """
    with session(settings) as spark:
        erase_rows(spark, _changes(person), person.customer_id, person.pseudonym)


def _changes(person: Person) -> dict[str, dict[str, str | None]]:
    """Return what the rows of each table say instead."""
    customer, sale = (anonymous(kind, person.pseudonym) for kind in ("customers", "transactions"))
    return {
        **{table: stored_values(table, customer) for table in WITH_CUSTOMERS},
        **{table: stored_values(table, sale) for table in WITH_TRANSACTIONS},
        HISTORY: {name: customer[name] for name in IN_HISTORY},
    }
