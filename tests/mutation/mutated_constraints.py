"""Give each constraint of the database a row that it must refuse, and take it away."""

from collections.abc import Iterator

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.contract import TABLES
from mutation.mutations import DECLARED, Mutation, leave_alone, rolled_back

NAMES = {"p": "primary key", "u": "unique", "f": "foreign key", "c": "check", "x": "exclusion"}
CONSTRAINTS = """
select
    conname, conrelid::regclass::text, contype::text,
    array(
        select attname::text from unnest(conkey) with ordinality as keys (attnum, place)
        inner join pg_attribute on attrelid = conrelid and pg_attribute.attnum = keys.attnum
        order by place
    ),
    array(
        select format_type(atttypid, null)
        from unnest(conkey) with ordinality as keys (attnum, place)
        inner join pg_attribute on attrelid = conrelid and pg_attribute.attnum = keys.attnum
        order by place
    )
from pg_constraint
where
    connamespace::regnamespace::text in (
        'staging', 'quarantine', 'production', 'snapshots', 'mart_build', 'mart', 'ops'
    )
    and contype in ('p', 'u', 'f', 'c', 'x')
order by conrelid::regclass::text, contype, conname
"""
NOT_NULL = """
select attrelid::regclass::text, attname::text
from pg_attribute
inner join pg_class on pg_class.oid = attrelid
where
    relkind = 'r' and attnum > 0 and attnotnull and not attisdropped and attidentity = ''
    and relnamespace::regnamespace::text in (
        'staging', 'quarantine', 'production', 'snapshots', 'mart_build', 'mart', 'ops'
    )
order by 1, attnum
"""

# A row that a check must refuse: what is set in any row of its table.
BAD_VALUES = {
    "batch_anomalies_silent_or_compared": "is_anomaly = true, usual_amount = null",
    "batch_counts_add_up": "delivered_count = delivered_count + 1",
    "quality_counts_within_delivered": "accepted_count = delivered_count + 1",
    "quality_scores_check": "missing_count = 1, score = 1",
    "loads_check": "rejected_count = row_count + 1",
    "loads_file_bytes_check": "file_bytes = -1",
    "loads_row_count_check": "row_count = -1",
    "runs_status_check": "status = 'lost'",
    "steps_status_check": "status = 'lost'",
    "customers_email_check": "email = 'A@B.C'",
    "customers_registration_date_check": "registration_date = date '9999-01-01'",
    "payment_methods_payment_type_check": "payment_type = 'Barter'",
    "products_cost_check": "cost = price",
    "products_price_check": "price = 0",
    "products_price_tier_check": "price_tier = 'Priceless'",
    "products_stock_quantity_check": "stock_quantity = -1",
    "returns_quantity_check": "quantity = 0",
    "returns_refund_amount_check": "refund_amount = -0.01",
    "returns_return_date_check": "return_date = date '9999-01-01'",
    "stock_levels_stock_quantity_check": "stock_quantity = -1",
    "transaction_items_discount_pct_check": "discount_pct = 100.01",
    "transaction_items_line_total_check": "line_total = -0.01",
    "transaction_items_quantity_check": "quantity = 0",
    "transaction_items_unit_price_check": "unit_price = 0",
    "transactions_total_amount_check": "total_amount = -0.01",
    "transactions_transaction_date_check": "transaction_date = date '9999-01-01'",
    "rejected_lines_status_check": "status = 'open'",
    "customers_snapshot_positive_length": "dbt_valid_to = dbt_valid_from",
    "products_snapshot_positive_length": "dbt_valid_to = dbt_valid_from",
} | {
    f"rejected_{table}_{column}_check": value
    for table in TABLES
    for column, value in (
        ("status", "status = 'lost'"),
        ("closed_on", "closed_on = '2025-03-01'"),
    )
}

# A row for each table that a good day leaves empty.
FIRST_ROWS = {
    f"quarantine.rejected_{table}": (
        "(batch_date, line_number, source_file, reasons, status)"
        " values ('2025-03-01', 9, 'f', array['not_null:x'], 'open')"
    )
    for table in TABLES
} | {
    "mart_build.int_changed_items": "values ('I')",
    "mart_build.int_changed_returns": "values ('R')",
    "ops.copied_snapshots": "values ('ops.row_warnings', 1)",
    "ops.publication_months": "select publication_id, '2025-03' from ops.publications limit 1",
    "quarantine.rejected_lines": (
        "(batch_date, table_name, line_number, source_file, code, raw)"
        " values ('2025-03-01', 'products', 9, 'f', 'empty_line', '')"
    ),
    "production.sub_categories": "",  # filled in by what is needed for it
    "ops.erasures": "values ('ERASED000001', 'x', 'y', now(), null)",
    "ops.reverted_batches": "values ('2025-03-01.000001', '2025-03-01', now(), null, null)",
    "ops.row_warnings": "values ('products', 'P', 'unknown:category', '2025-03-01')",
}


def constraints(connection: Connection, declared: str) -> Iterator[Mutation]:
    """Give each constraint, alone on its table, a row to refuse; then take it away.

    Without it the row must come in, else something else had refused it, and the test of what is
    declared must miss it, where it is declared by dbt.
    """
    with rolled_back(connection) as cursor:
        cursor.execute(CONSTRAINTS)
        found = cursor.fetchall()
        cursor.execute(declared)
        assert cursor.fetchall() == []
    for name, table, kind, columns, types in found:
        statement = _violation(name, table, kind, columns, types)
        with rolled_back(connection) as cursor:
            leave_alone(cursor, table, name)
            _first_row(cursor, table)
            refused = _refused(cursor, statement) == name
            cursor.execute(f"alter table {table} drop constraint {name} cascade")
            cursor.execute(statement)
            comes_in = cursor.rowcount > 0
        with rolled_back(connection) as cursor:
            cursor.execute(f"alter table {table} drop constraint {name} cascade")
            cursor.execute(declared)
            is_missed = (table, NAMES[kind]) in {row[:2] for row in cursor.fetchall()}
        is_red = refused and comes_in
        red = ", ".join(["PostgreSQL", *([DECLARED] * is_missed)]) if is_red else ""
        # dbt numbers the names of keys that it makes anew
        named = name if kind in "cx" else f"{NAMES[kind]} ({', '.join(columns)})"
        yield Mutation("constraint", f"{table}: {named}", _how(statement, table), red)


def not_nulls(connection: Connection) -> Iterator[Mutation]:
    """Set each column that must not be null to null."""
    with rolled_back(connection) as cursor:
        cursor.execute(NOT_NULL)
        found = cursor.fetchall()
    for table, column in found:
        with rolled_back(connection) as cursor:
            _first_row(cursor, table)
            refused = _refused(cursor, f"update {table} set {column} = null") == column
        red = "PostgreSQL" if refused else ""
        yield Mutation("constraint", f"{table}: not null ({column})", f"{column} = null", red)


def _how(statement: str, table: str) -> str:
    return (
        "a row twice"
        if statement.startswith("insert")
        else statement[len(f"update {table} set ") :]
    )


def _violation(name: str, table: str, kind: str, columns: list[str], types: list[str]) -> str:
    """Return the statement that the constraint must refuse."""
    if kind in "pux":
        return f"insert into {table} overriding system value select * from {table} limit 1"
    if kind == "f":
        nobody = ["'nobody'" if kind_of == "text" else "-1" for kind_of in types]
        values = ", ".join(
            f"{column} = {value}" for column, value in zip(columns, nobody, strict=True)
        )
        return f"update {table} set {values}"
    return f"update {table} set {BAD_VALUES[name]}"


def _first_row(cursor: Cursor, table: str) -> None:
    cursor.execute(f"select 1 from {table} limit 1")
    if cursor.fetchone():
        return
    if table == "production.sub_categories":
        cursor.execute(
            f"insert into {table} (category_name, sub_category_name, created_at, updated_at)"
            " select category_name, 'Lamps', now(), now() from production.categories limit 1"
        )
        return
    cursor.execute(f"insert into {table} {FIRST_ROWS[table]}")


def _refused(cursor: Cursor, statement: str) -> str | None:
    """Return the name of the constraint, or the column, that refuses a statement."""
    cursor.execute("savepoint before")
    try:
        cursor.execute(statement)
        cursor.execute("set constraints all immediate")
    except psycopg2.IntegrityError as error:
        cursor.execute("rollback to before")
        return error.diag.constraint_name or error.diag.column_name
    cursor.execute("release before")
    return None
