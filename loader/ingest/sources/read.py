"""The files of an export into the tables of its mapping, each value as its column's kind."""

import re
from collections.abc import Iterator
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING

from loader.errors import LoaderError
from loader.ingest.sources.clock import define_clock, find_clock
from loader.ingest.sources.delivered import BATCH_ROWS, Row, Sheet, find_sheets
from loader.ingest.sources.mapping import Input, nearest, plain
from loader.ingest.sources.notation import Notation, define_parsers, find_notation
from loader.ingest.sources.records import Choices, Conversion, ReadFile

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

KINDS = {"number": "number", "moment": "date"}
SHOWN_VALUES = 5


def read_export(
    connection: "DuckDBPyConnection",
    source: str,
    inputs: tuple[Input, ...],
    directory: Path,
    choices: Choices,
) -> Conversion:
    """Fill the tables in the schema `delivered` from the files of a folder.

    Raises:
        LoaderError: a file is missing or cannot be read, or a value is not of its column's kind.
    """
    sheets, unread = find_sheets(directory, choices.encoding)
    chosen = [(sheet, _input_of(sheet, inputs, choices)) for sheet in sheets]
    for entry in inputs:
        if not entry.is_optional and all(found != entry for _, found in chosen):
            raise LoaderError(_not_found(source, entry, sheets, choices))
    unread += [
        f"{sheet.name}: its columns fit no file of {source}" for sheet, found in chosen if not found
    ]
    read = [(sheet, found) for sheet, found in chosen if found]
    for entry in inputs:
        columns = ", ".join(f'"{column.name}" text' for column in entry.columns)
        connection.execute(
            f"create table raw.{entry.table} (_file integer, _row bigint, {columns})"
        )
    files = tuple(
        _read_sheet(connection, sheet, entry, choices, number)
        for number, (sheet, entry) in enumerate(read)
    )
    notation = _notation(connection, inputs, choices)
    remark = _clock(connection, inputs, choices)
    define_parsers(connection, notation)
    for entry in inputs:
        _parse(connection, entry, [sheet.name for sheet, _ in read])
    made = Conversion(source, files, tuple(unread), notation)
    made.remarks += [remark] if remark else []
    return made


def _input_of(sheet: Sheet, inputs: tuple[Input, ...], choices: Choices) -> Input | None:
    """Return the file of the source that a sheet is, by its columns; of several the widest."""
    fitting = [entry for entry in inputs if not _lacking(entry, sheet, choices)]
    return max(
        fitting, key=lambda entry: sum(each.is_required for each in entry.columns), default=None
    )


def _lacking(entry: Input, sheet: Sheet, choices: Choices) -> list[str]:
    return [
        name
        for name in entry.missing(sheet.header, choices.names)
        if f"{entry.table}.{name}" not in choices.values
    ]


def _not_found(source: str, entry: Input, sheets: list[Sheet], choices: Choices) -> str:
    said = [f"no file is {source}'s {entry.table} ({entry.comment})"]
    if not sheets:
        return f"{said[0]}: the folder has no CSV, Excel or Parquet file"
    best = min(sheets, key=lambda sheet: len(_lacking(entry, sheet, choices)))
    lacking = ", ".join(_lacking(entry, best, choices))
    said.append(f"{best.name} comes nearest, without the columns {lacking}")
    near, file, missing = nearest([sheet.header for sheet in sheets])
    if near != source:
        without = f", without the columns {', '.join(missing)}" if missing else ""
        said.append(f"the nearest source is {near} (its {file.table}{without}): --from {near}")
    return "\n".join(said)


def _read_sheet(
    connection: "DuckDBPyConnection",
    sheet: Sheet,
    entry: Input,
    choices: Choices,
    number: int,
) -> ReadFile:
    """Copy the columns of a sheet that the mapping uses, as text."""
    found = entry.places(sheet.header, choices.names)
    used = {plain(sheet.header[place]) for place in found.values()}
    if len(used) < len(found) or sum(plain(name) in used for name in sheet.header) > len(used):
        raise LoaderError(f"{sheet.name} has a column twice: {', '.join(sheet.header)}")
    unused = tuple(name for name in sheet.header if name.strip() and plain(name) not in used)
    if unused and entry.is_exact and not choices.is_extra_ignored:
        raise LoaderError(
            f"{sheet.name} has columns that are not ours: {', '.join(unused)}; say which of ours "
            f"they are, --column '{entry.table}.COLUMN={unused[0]}', or --ignore-extra"
        )
    count = 0
    for rows in batched(sheet.rows(), BATCH_ROWS):
        _insert(connection, entry, number, list(rows), found)
        count += len(rows)
    return ReadFile(sheet.name, entry.table, count, sheet.form, unused)


def _insert(
    connection: "DuckDBPyConnection",
    entry: Input,
    number: int,
    rows: list[Row],
    found: dict[str, int],
) -> None:
    """Copy rows to the table of raw text, through Arrow."""
    from pyarrow import table  # noqa: PLC0415 -- a third of a second, needed here alone

    lines = [line for line, _ in rows]
    values: dict[str, list[object]] = {"_file": [number] * len(rows), "_row": [*lines]}
    values |= {name: [texts[place] for _, texts in rows] for name, place in found.items()}
    connection.register("batch", table(values))
    connection.execute(f"insert into raw.{entry.table} by name from batch")
    connection.unregister("batch")


def _values(inputs: tuple[Input, ...], kind: str) -> list[str]:
    """Return queries of all values of a kind, as text."""
    return [
        f'select trim("{column.name}") as value from raw.{entry.table}'  # noqa: S608
        for entry in inputs
        for column in entry.columns
        if column.kind == kind
    ]


def _notation(
    connection: "DuckDBPyConnection", inputs: tuple[Input, ...], choices: Choices
) -> Notation:
    moments, numbers = _values(inputs, "moment"), _values(inputs, "number")
    return find_notation(connection, moments, numbers, choices.dates, choices.decimal)


def _clock(
    connection: "DuckDBPyConnection", inputs: tuple[Input, ...], choices: Choices
) -> str | None:
    """Make the macro of the shop's clock, and return what to know about the export's times."""
    # our own files have the shop's time already: a date, and a time of day beside it
    is_ours = any(entry.is_exact for entry in inputs)
    if is_ours and choices.is_utc:
        raise LoaderError(
            "--utc: dates and times of day of our own files are the shop's local ones"
        )
    zone = "" if is_ours else choices.time_zone
    moments = [] if is_ours else _values(inputs, "moment")
    define_clock(connection, zone, is_utc=choices.is_utc)
    return find_clock(connection, moments, zone, is_utc=choices.is_utc)


def _parse(connection: "DuckDBPyConnection", entry: Input, files: list[str]) -> None:
    """Make values of the text; what is blank is null, in columns that every export has, too."""
    values = []
    for column in entry.columns:
        text, table = f'read_text("{column.name}")', f"delivered.{entry.table}"
        if column.is_required:
            connection.execute(f'alter table {table} alter column "{column.name}" drop not null')
        if column.kind == "text":
            values.append(text)
            continue
        value = f"read_{column.kind}({text})"
        wrong = connection.execute(
            f"select _file, _row, {text} from raw.{entry.table} "  # noqa: S608
            f"where {text} is not null and {value} is null order by _file, _row"
        ).fetchall()
        if wrong:
            raise LoaderError("\n".join(_wrong(column.name, KINDS[column.kind], wrong, files)))
        values.append(value)
    columns = ", ".join(f'"{column.name}"' for column in entry.columns)
    connection.execute(
        f"insert into delivered.{entry.table} ({columns}, _file, _row) "  # noqa: S608
        f"select {', '.join(values)}, _file, _row from raw.{entry.table}"
    )


def _wrong(
    column: str, kind: str, wrong: list[tuple[int, int, str]], files: list[str]
) -> Iterator[str]:
    """Say where values are not of their kind, and their form, which names nobody."""
    for file, line, value in wrong[:SHOWN_VALUES]:
        form = re.sub(r"[^\W\d_]", "A", re.sub(r"\d", "9", value))[:40]
        yield f"{files[file]} line {line}, {column}: a value of the form {form} is no {kind}"
    if len(wrong) > SHOWN_VALUES:
        yield f"... and {len(wrong) - SHOWN_VALUES:,} more in this column"
