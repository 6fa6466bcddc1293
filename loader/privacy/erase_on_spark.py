"""The rows of a person on Spark, which alone has production and its history."""

from collections.abc import Iterator

from loader.config.settings import Settings
from loader.ingest.person import Person, anonymous
from loader.privacy.places import (
    FOUND_BY,
    WITH_CUSTOMERS,
    WITH_TRANSACTIONS,
    stored_values,
)
from loader.spark.erase import HISTORY, erase_rows, find_released, find_values
from loader.spark.session import session


def values_on_spark(settings: Settings, customer_id: str) -> set[str]:
    """Return the texts by which the person could be found in files."""
    with session(settings) as spark:
        return set(find_values(spark, FOUND_BY, customer_id))


def released_on_spark(settings: Settings, statement: str, customer_id: str) -> list[str]:
    """Return whose rows the next build would accept without the person, as a query says."""
    with session(settings) as spark:
        return find_released(spark, statement, customer_id)


def erase_on_spark(settings: Settings, person: Person) -> Iterator[tuple[str, int]]:
    """Make the person's rows on Spark anonymous; yield tables and rows changed.

    What is built of these rows goes with the next build, and what the tables were before with the
    snapshots that expire after it.
    """
    customer, sale = (anonymous(kind, person.pseudonym) for kind in ("customers", "transactions"))
    changes = {table: stored_values(table, customer) for table in WITH_CUSTOMERS}
    changes |= {table: stored_values(table, sale) for table in WITH_TRANSACTIONS}
    kept = ("customer_id", "first_name", "last_name")  # what the history has of a person
    changes[HISTORY] = {name: customer[name] for name in kept}
    with session(settings) as spark:
        for table, rows in erase_rows(spark, changes, person.customer_id, person.pseudonym):
            yield f"{table} on Spark", rows
