"""The header line of a delivered file."""

import csv
from dataclasses import dataclass

from loader.contract import TABLES

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
OTHER_FORMATS = {
    b"\xff\xfe": "is UTF-16; save it as UTF-8",
    b"\xfe\xff": "is UTF-16; save it as UTF-8",
    b"\x1f\x8b": "is compressed; unpack it first",
    b"PK\x03\x04": "is a spreadsheet or an archive; save it as CSV",
    b"<": "is HTML or XML, not CSV; an error page may have been saved in its place",
    b"{": "is JSON, not CSV",
    b"[": "is JSON, not CSV",
}


@dataclass(frozen=True)
class Header:
    """Hold the columns in the file's order, how lines end, and what is wrong or unusual."""

    columns: tuple[str, ...]
    length: int
    terminator: bytes
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def read_header(table: str, data: bytes) -> Header:
    """Read the header at the start of a file's bytes; `length` counts the bytes it takes."""
    line_end = data.find(b"\n")
    length = line_end + 1 if line_end >= 0 else len(data)
    line = data[:length].removeprefix(BYTE_ORDER_MARK)
    terminator = b"\r\n" if line.endswith(b"\r\n") else b"\n"
    refusal = _refusal(line)
    if refusal:
        return Header((), length, terminator, (refusal,))
    names = _names(line.removesuffix(b"\n").removesuffix(b"\r"))
    columns = tuple(name.strip().lower() for name in names)
    problems = _problems(table, columns)
    warnings = tuple(
        f"column {name!r} is read as {column}"
        for name, column in zip(names, columns, strict=True)
        if name != column
    )
    return Header(columns, length, terminator, problems, warnings)


def _refusal(line: bytes) -> str:
    """Return why the first line cannot be a header at all."""
    text = line.removesuffix(b"\n").removesuffix(b"\r")
    refusals = {
        "is empty; a header line with the column names is needed": not text.strip(),
        "holds a NUL byte; save the file as UTF-8 text": b"\0" in text,
        "holds a carriage return without a line feed; end lines with LF or CRLF": b"\r" in text,
    }
    for start, message in OTHER_FORMATS.items():
        refusals[message] = refusals.get(message, False) or text.lstrip().startswith(start)
    # The most telling reason is the last: a UTF-16 file holds NUL bytes as well.
    known = [message for message, is_so in refusals.items() if is_so]
    return known[-1] if known else _unreadable(text)


def _unreadable(text: bytes) -> str:
    try:
        _names(text)
    except UnicodeDecodeError:
        return "is not UTF-8; save the file as UTF-8"
    except csv.Error:
        return "has a quote that is not closed"
    return ""


def _names(line: bytes) -> list[str]:
    return next(csv.reader([line.decode()], strict=True))


def _problems(table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    expected = TABLES[table]
    if not set(columns) & set(expected):
        return (_no_header(columns, expected),)
    missing = [name for name in expected if name not in columns]
    unknown = [name for name in columns if name not in expected]
    duplicates = sorted({name for name in columns if columns.count(name) > 1})
    problems = []
    if missing:
        problems.append(f"lacks {_listed(missing)}; add or rename the columns in the file")
    if unknown:
        problems.append(f"has {_listed(unknown)}, which {table} does not; rename or remove them")
    if duplicates:
        problems.append(f"has {_listed(duplicates)} more than once; keep one of each")
    return tuple(problems)


def _no_header(columns: tuple[str, ...], expected: tuple[str, ...]) -> str:
    for delimiter, name in OTHER_DELIMITERS.items():
        parts = {part.strip() for part in ",".join(columns).split(delimiter)}
        if parts & set(expected):
            return f"separates columns by {name}; use commas"
    return f"has none of the column names; put this header first: {','.join(expected)}"


def _listed(names: list[str]) -> str:
    """Return names for a message, shortened: a first row of data must not end up in a log."""
    shown = [name if name.isidentifier() else "an unreadable name" for name in names]
    return ", ".join(name[:63] for name in shown)
