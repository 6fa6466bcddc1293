"""The header line of a delivered file."""

import csv
from dataclasses import dataclass
from difflib import get_close_matches

from loader.contract import TABLES, file_name
from loader.ingest.csv import codes
from loader.ingest.csv.codes import ErrorCode

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
OTHER_FORMATS = {
    b"\xff\xfe": codes.UTF_16,
    b"\xfe\xff": codes.UTF_16,
    b"\x1f\x8b": codes.COMPRESSED,
    b"PK\x03\x04": codes.SPREADSHEET,
    b"\xd0\xcf\x11\xe0": codes.SPREADSHEET,
    b"<": codes.HTML,
    b"{": codes.JSON,
    b"[": codes.JSON,
}


@dataclass(frozen=True)
class Header:
    """Hold the columns in the file's order, how lines end, and what is wrong or unusual.

    `problems` are pairs of a fault and the column it is about, where it is about one.
    """

    columns: tuple[str, ...]
    length: int
    terminator: bytes
    problems: tuple[tuple[ErrorCode, str | None], ...] = ()
    warnings: tuple[str, ...] = ()


def read_header(table: str, data: bytes) -> Header:
    """Read the header at the start of a file's bytes; `length` counts the bytes it takes."""
    line_end = data.find(b"\n")
    length = line_end + 1 if line_end >= 0 else len(data)
    line = data[:length].removeprefix(BYTE_ORDER_MARK)
    terminator = b"\r\n" if line.endswith(b"\r\n") else b"\n"
    refusal = _refusal(table, line)
    if refusal:
        return Header((), length, terminator, ((refusal, None),))
    names = _names(line.removesuffix(b"\n").removesuffix(b"\r"))
    columns = tuple(name.strip().lower() for name in names)
    problems = _problems(table, columns)
    warnings = tuple(
        f"column {name!r} is read as {column}"
        for name, column in zip(names, columns, strict=True)
        if name != column and not problems
    )
    return Header(columns, length, terminator, problems, warnings)


def _refusal(table: str, line: bytes) -> ErrorCode | None:
    """Return why the first line cannot be a header at all."""
    text = line.removesuffix(b"\n").removesuffix(b"\r")
    for start, fault in OTHER_FORMATS.items():
        if text.lstrip().startswith(start):
            return fault.about(name=file_name(table))
    if not text.strip():
        return codes.EMPTY
    if b"\0" in text:
        return codes.HEADER_NUL
    if b"\r" in text:
        return codes.HEADER_RETURN
    return _unreadable(text)


def _unreadable(text: bytes) -> ErrorCode | None:
    try:
        _names(text)
    except UnicodeDecodeError:
        return codes.HEADER_ENCODING
    except csv.Error:
        return codes.HEADER_QUOTE
    return None


def _names(line: bytes) -> list[str]:
    return next(csv.reader([line.decode()], strict=True))


def _problems(table: str, columns: tuple[str, ...]) -> tuple[tuple[ErrorCode, str | None], ...]:
    expected = TABLES[table]
    if not set(columns) & set(expected):
        return ((_no_header(columns, expected), None),)
    missing = [name for name in expected if name not in columns]
    unknown = [name for name in columns if name not in expected]
    duplicates = sorted({name for name in columns if columns.count(name) > 1})
    problems = []
    if missing:
        fault = codes.COLUMN_MISSING.about(names=_listed(missing))
        problems.append((fault, missing[0]))
    if unknown:
        names = ", ".join(_shown(name) + _meant(name, missing) for name in unknown)
        fault = codes.COLUMN_UNKNOWN.about(names=names, table=table)
        problems.append((fault, _shown(unknown[0])))
    if duplicates:
        fault = codes.COLUMN_TWICE.about(names=_listed(duplicates))
        problems.append((fault, _shown(duplicates[0])))
    return tuple(problems)


def _no_header(columns: tuple[str, ...], expected: tuple[str, ...]) -> ErrorCode:
    for delimiter, name in OTHER_DELIMITERS.items():
        parts = {part.strip() for part in ",".join(columns).split(delimiter)}
        if parts & set(expected):
            return codes.DELIMITER.about(delimiter=name)
    return codes.NO_HEADER.about(expected=",".join(expected))


def _meant(name: str, missing: list[str]) -> str:
    close = get_close_matches(name, missing, 1)
    return f" (is it {close[0]}?)" if close else ""


def _listed(names: list[str]) -> str:
    return ", ".join(_shown(name) for name in names)


def _shown(name: str) -> str:
    """Return a name for a message, shortened: a first row of data must not end up in a log."""
    return name[:63] if name.isidentifier() else "an unreadable name"
