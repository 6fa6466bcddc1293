"""An export of another shop system made into our four files, with an account of all money."""

import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from loader.atomic import atomic_folder
from loader.contract import LENGTHS, REQUIRED_TABLES, TABLES, file_name
from loader.errors import LoaderError
from loader.ingest.sources.checks import check, number
from loader.ingest.sources.mapping import make_four_files, open_mapping, sources
from loader.ingest.sources.read import read_export
from loader.ingest.sources.records import Account, Choices, Conversion, quantity

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Files that a folder for the four files may hold already: they are replaced.
REPLACED = {
    *(file_name(table, is_packed=is_packed) for table in TABLES for is_packed in (False, True)),
    *("manifest.json", "truth.json"),
}
KEYS = (
    *("customers.customer_id", "products.product_id"),
    *("transactions.transaction_id", "transaction_items.item_id"),
)
OURS = "columns"
SHARE = re.compile(r"(\d+(?:\.\d+)?) ?%")
PLAIN_NUMBER = re.compile(r"\d+(?:\.\d+)?")
NUMBERS = {"products.price", "products.cost", "products.stock_quantity"}


def convert(source: str, directory: Path, choices: Choices, target: Path | None) -> Conversion:
    """Make our four files of an export and write them to a folder, unless it is only checked.

    Raises:
        LoaderError: the files are not those of the source, a value cannot be read, or a choice of
            the user's is missing.
    """
    _refuse_unknown(source, choices)
    if target:
        _refuse_other_folder(target, directory)
    connection, inputs = open_mapping(source)
    with closing(connection):
        connection.execute("set variable currency = $1", [choices.currency])
        connection.execute("set variable id_length = $1", [min(LENGTHS[key] for key in KEYS)])
        taken = [status.lower() for status in choices.taken]
        connection.execute(
            "set variable sale_statuses = list_concat(getvariable('sale_statuses'), $1)", [taken]
        )
        returns = [choices.are_negative_lines_returns]
        connection.execute("set variable are_negative_lines_returns = $1", returns)
        made = read_export(connection, source, inputs, directory, choices)
        make_four_files(connection)
        _refuse_unknown_status(connection, taken)
        made.currency = _currency(connection, choices)
        for table in REQUIRED_TABLES:
            made.row_counts[table] = _make(connection, table, choices)
        if source == OURS and (count := _make(connection, "returns", choices)):
            made.row_counts["returns"] = count
        _account(connection, made, choices)
        check(connection, made, choices)
        if target and not made.refusals:
            with atomic_folder(target) as folder:
                for table in made.row_counts:
                    path = folder / file_name(table)
                    connection.execute(f"copy made.{table} to '{path}' (header, delimiter ',')")
    return made


def _refuse_unknown(source: str, choices: Choices) -> None:
    if source not in sources():
        raise LoaderError(f"there is no source {source}; choose one of {', '.join(sources())}")
    if choices.are_negative_lines_returns and source != OURS:
        raise LoaderError(f"--negative-lines-are-returns: only the source {OURS} has such lines")
    for name, value in choices.values.items():
        table, _, column = name.partition(".")
        if column not in TABLES.get(table, ()):
            raise LoaderError(f"--set {name}: our four files have no such column")
        is_share = name == "products.cost" and SHARE.fullmatch(value.strip())
        if name in NUMBERS and not is_share and not PLAIN_NUMBER.fullmatch(value.strip()):
            raise LoaderError(f"--set {name}={value}: write a number such as 12.50")


def _refuse_unknown_status(connection: "DuckDBPyConnection", taken: list[str]) -> None:
    heads = number(
        connection, "select count(*) from duckdb_tables() where table_name = 'all_heads'"
    )
    query = "select distinct status from all_heads where status is not null order by 1"
    present = [status for (status,) in connection.execute(query).fetchall()] if heads else []
    if unknown := [status for status in taken if status not in present]:
        said = f"; they have {', '.join(present)}" if present else ""
        raise LoaderError(f"--take {unknown[0]}: no order has this status{said}")


def _refuse_other_folder(target: Path, directory: Path) -> None:
    if target.resolve() == directory.resolve():
        raise LoaderError(f"--to {target} is the folder of the export itself; give another")
    there = {path.name for path in target.iterdir()} if target.is_dir() else set()
    if others := sorted(there - REPLACED):
        raise LoaderError(f"--to {target} holds other files ({others[0]}); give an empty folder")


def _currency(connection: "DuckDBPyConnection", choices: Choices) -> str | None:
    """Return the currency of the export.

    Raises:
        LoaderError: it has several, which are never added, and none was chosen.
    """
    found = connection.execute(
        "select currency, order_count, amount from currencies order by order_count desc"
    ).fetchall()
    names = [name for name, *_ in found]
    if choices.currency and choices.currency not in names:
        raise LoaderError(f"no order is in {choices.currency}, but in {', '.join(map(str, names))}")
    if len(found) > 1 and not choices.currency:
        sums = "; ".join(
            f"{name or 'none'}: {quantity(count, 'order')}, {amount:,.2f}"
            for name, count, amount in found
        )
        raise LoaderError(
            f"the orders are in several currencies ({sums}), which are never added: say which one "
            f"to convert, --currency {names[0]}; the others are left out"
        )
    return choices.currency or next(iter(names), None)


def _make(connection: "DuckDBPyConnection", table: str, choices: Choices) -> int:
    """Make a table of one of our files, all text, and return its rows."""
    held = [row[0] for row in connection.execute(f"describe {table}").fetchall()]
    columns = [
        _value(table, column, choices.values.get(f"{table}.{column}"), is_held=column in held)
        for column in TABLES[table]
    ]
    connection.execute(f"create table made.{table} as select {', '.join(columns)} from {table}")  # noqa: S608
    return number(connection, f"select count(*) from made.{table}")  # noqa: S608


def _value(table: str, column: str, chosen: str | None, *, is_held: bool) -> str:
    """Return the SQL of a column: what the export holds, else what the user chose."""
    held = f"cast({column} as text)" if is_held else "cast(null as text)"
    if chosen is None:
        return f"{held} as {column}"
    share = SHARE.fullmatch(chosen.strip())
    if share and f"{table}.{column}" == "products.cost":
        chosen_value = f"cast(cast(price * {share[1]} / 100 as decimal(18, 4)) as text)"
    else:
        chosen_value = "'" + chosen.replace("'", "''") + "'"
    return f"coalesce({held}, {chosen_value}) as {column}"


def _account(connection: "DuckDBPyConnection", made: Conversion, choices: Choices) -> None:
    """Set down all money: what was delivered and left out, and what the made files add up to."""
    made.accounts = [
        Account(*row)
        for row in connection.execute(
            "select side, reason, row_count, cast(amount as decimal(18, 4))"
            " from accounts order by place, reason"
        ).fetchall()
    ]
    (written,) = connection.execute(
        "select cast(coalesce(sum(cast(line_total as decimal(18, 4))), 0) as decimal(18, 4))"
        " from made.transaction_items"
    ).fetchall()
    count = made.row_counts["transactions"]
    made.accounts.append(Account("written", "sum of line_total", count, written[0]))
    if choices.are_negative_lines_returns:
        ((lines, refunded),) = connection.execute(
            "select count(*), -sum(refund_amount) from returned_lines"
        ).fetchall()
        if lines:
            made.accounts.append(Account("written", "refunds of returned lines", lines, refunded))
    ((made.first_date, made.last_date),) = connection.execute(
        "select min(transaction_date), max(transaction_date) from made.transactions"
    ).fetchall()
