"""Take away each rule that quarantines a row or says that one is odd."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypedDict

from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from factories.days import CsvRow, a_customer, a_product, a_return, a_transaction, an_item
from loader.database.fetch import fetch_value
from mutation.mutations import Mutation, rolled_back

MODELS_WITH_RULES = (
    "stg_customers",
    "stg_products",
    "stg_transactions",
    "stg_transaction_items",
    "stg_returns",
    "row_warnings",
)
# Ephemeral models that these are made of, with unit tests of their own.
PARTS = {
    "stg_customers": ("int_customers_validated", "int_refused_emails"),
    "stg_returns": ("int_returns_validated", "int_returns_with_limits", "int_refused_returns"),
    "row_warnings": (
        "int_customer_warnings",
        "int_product_warnings",
        "int_transaction_warnings",
        "int_total_warnings",
        "int_double_order_warnings",
    ),
}
CODE = r"[a-z_]+:[a-z_]+"
RULE = re.compile(rf"then '({CODE})' end|array_append\(([a-z_.]+), '({CODE})'\)")

# What breaks a rule, made of a good value.
BROKEN: dict[str, Callable[[str], str]] = {
    "not_null": lambda _: "",
    "type": lambda _: "?",
    "length": lambda good: "x" * 600 + good,
    "lookalike": lambda good: "A\u0410" + good,
    "invisible": lambda good: good + "\u200b",
    "digits": lambda good: good.translate({ord("0") + n: 0xFF10 + n for n in range(10)}),
    "nfc": lambda good: good + "e\u0301",
    "null_word": lambda _: "NULL",
    "currency": lambda good: f"Rs {good}",
    "percent": lambda good: f"{good}%",
    "grouped": lambda _: "1,234,567",
    "rounded": lambda _: "1.00005",
    "date_form": lambda good: good.replace("-", "/"),
    "time_form": lambda good: good[1:],
    "phone_form": lambda good: f"'{good}",
    "phone_text": lambda _: "see note",
}
OVERTAKEN = {"superseded", "conflict", "duplicate"}
OTHER = {"city": "Goa", "product_name": "Fan", "shipping_address": "Goa", "line_total": "200.01"}
OTHER |= {"reason": "Damaged"}
DAY, DAY_BEFORE = "2025-03-01", "2025-02-28"
GOOD_ROWS: dict[str, Callable[[int], CsvRow]] = {
    "customers": lambda number: a_customer(number, phone="12345"),
    "products": a_product,
    "transactions": lambda number: a_transaction(number, DAY),
    "transaction_items": lambda number: an_item(number, 1),
    "returns": lambda number: a_return(number, 1, DAY, refund_amount="0.00"),
}
BROKEN_ROW = "a row that breaks it"


class Expected(TypedDict):
    rows: list[dict[str, object]]


class UnitTest(TypedDict):
    """Name what is read of a unit test in dbt's manifest."""

    name: str
    model: str
    expect: Expected


def rules(
    connection: Connection, compiled: Path, unit_tests: dict[str, UnitTest], models: dict[str, str]
) -> Iterator[Mutation]:
    """Take away each rule of each model, as if it had never been written.

    A unit test of the model goes red, or else the row that was made to break this rule.
    """
    for model in MODELS_WITH_RULES:
        with rolled_back(connection) as cursor:
            tests = _unit_tests_of(model, compiled, unit_tests)
            right = {name: _told(cursor, *test) for name, test in tests.items()}
            validating = models.get(model, "")
            rows = _broken_rows(cursor, model, validating) if validating else {}
            said = _said(cursor, validating) if validating else {}
            for code in codes(validating or "".join(sql for sql, _ in tests.values())):
                red = _failing_test(cursor, code, tests, right)
                if not red and code in rows and code in said[rows[code]]:
                    left = _said(cursor, _without(validating, code))[rows[code]]
                    red = "" if code in left else BROKEN_ROW
                yield Mutation("rule", f"{model}: {code}", "taken away", red)


def _failing_test(
    cursor: Cursor, code: str, tests: dict[str, tuple[str, list[str]]], right: dict[str, list[str]]
) -> str:
    """Return the first unit test that tells the model without the rule from the right one."""
    for name, (sql, columns) in tests.items():
        mutant = _without(sql, code)
        if mutant != sql and _told(cursor, mutant, columns) != right[name]:
            return name
    return ""


def codes(sql: str) -> list[str]:
    """Return the codes that a compiled model can give."""
    return sorted({found[1] or found[3] for found in RULE.finditer(sql)})


def _broken_rows(cursor: Cursor, model: str, sql: str) -> dict[str, tuple[str, int]]:
    """Put a row into staging for each rule, and return its day and line by the rule's code."""
    table = model.removeprefix("stg_")
    key = next(iter(GOOD_ROWS[table](1)))
    cursor.execute(f"delete from staging.{table}")
    # so much was sold that every row can come back
    cursor.execute("update production.transaction_items set quantity = 1000")
    rows = {}
    for number, code in enumerate(codes(sql), start=1):
        rule, column = code.split(":")
        good = GOOD_ROWS[table](1000 + number)
        if rule in OVERTAKEN:
            rows[code] = _overtaken_row(cursor, rule, table, good, key)
        elif rule in BROKEN:
            broken = good | {column: BROKEN[rule](good.get(column) or "Lamps")}
            rows[code] = (DAY, _deliver(cursor, table, broken))
    return rows


def _overtaken_row(
    cursor: Cursor, rule: str, table: str, good: dict[str, str], key: str
) -> tuple[str, int]:
    """Deliver a row and one after it that takes its place: a copy, another, or one a day later."""
    other = good | {name: value for name, value in OTHER.items() if name in good}
    if rule == "superseded":
        columns = ", ".join(good)
        cursor.execute(
            f"insert into quarantine.rejected_{table}"
            f" (batch_date, line_number, source_file, reasons, status, {columns})"
            f" values ('{DAY_BEFORE}', 7, 'f', array['type:x'], 'open',"
            f" {', '.join(['%s'] * len(good))})",
            list(good.values()),
        )
        _deliver(cursor, table, good)
        return (DAY_BEFORE, 7)
    line = _deliver(cursor, table, good)
    _deliver(cursor, table, other if rule == "conflict" else good)
    assert other[key] == good[key]
    return (DAY, line)


def _deliver(cursor: Cursor, table: str, row: dict[str, str]) -> int:
    cursor.execute(
        f"insert into staging.{table} ({', '.join(row)}, _source_file, _line_number)"
        f" select {', '.join(['%s'] * len(row))}, 'f', coalesce(max(_line_number), 1) + 1"
        f" from staging.{table} returning _line_number",
        list(row.values()),
    )
    return fetch_value(cursor, int)


def _said(cursor: Cursor, sql: str) -> dict[tuple[str, int], list[str]]:
    """Return the reasons and notes of each row by day and line."""
    cursor.execute(
        f"select batch_date::text, line_number, reasons || notes from ({sql}) as validated"
    )
    return {(day, line): codes for day, line, codes in cursor.fetchall()}


def _unit_tests_of(
    model: str, compiled: Path, unit_tests: dict[str, UnitTest]
) -> dict[str, tuple[str, list[str]]]:
    """Return the compiled SQL and the expected columns of a model's unit tests, by name."""
    models = (model, *PARTS.get(model, ()))
    paths = {path.stem: path for path in compiled.glob("models/**/test_*.sql")}
    return {
        test["name"]: (paths[test["name"]].read_text(), list(test["expect"]["rows"][0]))
        for test in unit_tests.values()
        if test["model"] in models
    }


def _without(sql: str, code: str) -> str:
    kept = sql.replace(f"then '{code}' end", "then null end")
    return re.sub(rf"array_append\(([a-z_.]+), '{code}'\)", r"\1", kept)


def _told(cursor: Cursor, sql: str, columns: list[str]) -> list[str]:
    cursor.execute(f"select {', '.join(columns)} from ({sql}) as told")
    return sorted(map(repr, cursor.fetchall()))
