"""Where a person stands in tables, of either engine, and how these write what takes its place."""

LOADED = {"customers": "staging.customers", "transactions": "staging.transactions"}
WITH_CUSTOMERS = (
    LOADED["customers"],
    "staging.stg_customers",
    "quarantine.rejected_customers",
    "production.customers",
)
WITH_TRANSACTIONS = (
    LOADED["transactions"],
    "staging.stg_transactions",
    "quarantine.rejected_transactions",
    "production.transactions",
)
# By what a person is found in files, beside the id.
FOUND_BY: dict[str, tuple[str, ...]] = dict.fromkeys(WITH_CUSTOMERS, ("email", "phone"))
FOUND_BY |= dict.fromkeys(WITH_TRANSACTIONS, ("shipping_address",))


def stored_values(table: str, changed: dict[str, str]) -> dict[str, str | None]:
    """Return values as a table has them: where rows are cleaned, an empty text is null."""
    is_raw = not table.startswith("production.")
    return {name: value if value or is_raw else None for name, value in changed.items()}
