"""The header line of a delivered file."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from loader.contract import TABLES, file_name
from loader.ingest.csv import codes
from loader.ingest.csv.codes import ErrorCode
from loader.ingest.csv.grammar import OTHER_DELIMITERS

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_KILOBYTES = 64
LINES_LOOKED_AT = 20
OTHER_CHARACTERS = re.compile(r"[^a-z0-9]")
SPACE_BEFORE_QUOTE = re.compile(rb'(?:^|,)[ \t]+"')
SPACE_AFTER_QUOTE = re.compile(rb'"[ \t]+(?:,|$)')
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

Said = tuple[ErrorCode, str | None]


@dataclass(frozen=True)
class Header:
    """Hold the columns in the file's order, how lines end, and what is wrong or unusual.

    `problems` and `warnings` are pairs of a code and the column it is about, where it is about
    one.
    """

    columns: tuple[str, ...]
    length: int
    terminator: bytes
    problems: tuple[Said, ...] = ()
    warnings: tuple[Said, ...] = ()


def read_header(table: str, data: bytes, *, may_lack_columns: bool = False) -> Header:
    """Read the header at the start of a file's bytes; `length` counts the bytes it takes."""
    line_end = data.find(b"\n")
    length = line_end + 1 if line_end >= 0 else len(data)
    line = data[:length].removeprefix(BYTE_ORDER_MARK)
    terminator = b"\r\n" if line.endswith(b"\r\n") else b"\n"
    text = line.removesuffix(b"\n").removesuffix(b"\r")
    refusal = next(_refusals(table, text, data[length:]), None)
    if refusal:
        return Header((), length, terminator, ((refusal, None),))
    names = [name.strip() for name in _names(text)]
    columns = tuple(name.lower() for name in names)
    newer = [name for name in TABLES[table] if name not in columns] if may_lack_columns else []
    problems = _problems(table, [*names, *newer])
    warnings = tuple((codes.COLUMN_NEWER.about(column=name), name) for name in newer)
    warnings += tuple(
        (codes.COLUMN_CASE.about(name=name, column=column), column)
        for name, column in zip(_names(text), columns, strict=True)
        if name != column
    )
    if line_end < 0:
        warnings += ((codes.NO_LINE_END, columns[-1]),)
    return Header(columns, length, terminator, problems, () if problems else warnings)


def _refusals(table: str, text: bytes, below: bytes) -> Iterator[ErrorCode]:
    """Yield why the first line cannot be a header at all, the most telling reason first."""
    for start, code in OTHER_FORMATS.items():
        if text.lstrip().startswith(start):
            yield code.about(name=file_name(table))
    if b"\0" in text:
        yield codes.HEADER_NUL
    if text.lower().startswith(b"sep="):
        yield codes.SEP_LINE
    if not _meant_columns(table, text) and (line := _header_line(table, below)):
        yield codes.HEADER_BELOW.about(line=line)
    if not text.strip():
        yield codes.EMPTY
    if b"\r" in text:
        yield codes.HEADER_RETURN
    if len(text) > MAX_KILOBYTES << 10:
        yield codes.HEADER_TOO_LONG.about(limit=MAX_KILOBYTES)
    yield from _delimiters(table, text)
    yield from _unreadable(text)


def _meant_columns(table: str, text: bytes, delimiter: bytes = b",") -> set[str]:
    """Return the columns that a line names, in whatever way it writes and quotes them."""
    meant = {_simple(name): name for name in TABLES[table]}
    found = {_simple(part.decode("latin-1")) for part in text.split(delimiter)}
    return {meant[name] for name in found & set(meant)}


def _simple(name: str) -> str:
    """Return the letters and digits of a name."""
    return OTHER_CHARACTERS.sub("", name.lower())


def _header_line(table: str, below: bytes) -> int | None:
    """Return the line on which a header is below the first one, or None."""
    for number, line in enumerate(below.split(b"\n", LINES_LOOKED_AT)[:LINES_LOOKED_AT], start=2):
        if any(
            len(_meant_columns(table, line, delimiter)) > len(TABLES[table]) / 2
            for delimiter in (b",", *OTHER_DELIMITERS)
        ):
            return number
    return None


def _delimiters(table: str, text: bytes) -> Iterator[ErrorCode]:
    for delimiter, name in OTHER_DELIMITERS.items():
        if len(_meant_columns(table, text, delimiter)) > len(_meant_columns(table, text)):
            yield codes.DELIMITER.about(delimiter=name)


def _unreadable(text: bytes) -> Iterator[ErrorCode]:
    if SPACE_BEFORE_QUOTE.search(text):
        yield codes.SPACE_BEFORE_QUOTE
    if SPACE_AFTER_QUOTE.search(text):
        yield codes.SPACE_AFTER_QUOTE
    try:
        names = _names(text)
    except UnicodeDecodeError:
        yield codes.HEADER_ENCODING
    except csv.Error:
        yield codes.HEADER_QUOTE
    else:
        if len(names) == 1 and "," in names[0]:
            yield codes.HEADER_IN_QUOTES


def _names(line: bytes) -> list[str]:
    return next(csv.reader([line.decode()], strict=True))


def _problems(table: str, names: list[str]) -> tuple[Said, ...]:
    """Return what is wrong with the names; `names` have no spaces around them."""
    columns, expected = [name.lower() for name in names], TABLES[table]
    for other, of_other in TABLES.items():
        if other != table and set(columns) == set(of_other):
            return ((codes.OTHER_TABLE.about(other=other), None),)
    meant = {_simple(name): name for name in expected}
    found = {name: meant.get(_simple(name)) for name in names}
    if not any(found.values()):
        return ((codes.NO_HEADER.about(expected=",".join(expected)), None),)
    misspelt = {
        name: column
        for name, column in found.items()
        if column and name.lower() not in expected and column not in columns
    }
    missing = [name for name in expected if name not in {*columns, *misspelt.values()}]
    unknown = [
        name
        for name in dict.fromkeys(columns)
        if name and name not in (*expected, *map(str.lower, misspelt))
    ]
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    problems = [*_misspelt(misspelt), *_unnamed(columns)]
    if missing:
        code = codes.COLUMN_MISSING.about(names=_listed(missing))
        problems.append((code, missing[0]))
    if unknown:
        listed = ", ".join(_shown(name) + _meant(name, missing) for name in unknown)
        code = codes.COLUMN_UNKNOWN.about(names=listed, table=table)
        problems.append((code, _shown(unknown[0])))
    if twice:
        code = codes.COLUMN_TWICE.about(names=_listed(twice))
        problems.append((code, _shown(twice[0])))
    return tuple(problems)


def _misspelt(meant: dict[str, str]) -> list[Said]:
    """Return what is wrong with names that mean a column and are not its name."""
    if not meant:
        return []
    column = next(iter(meant.values()))
    if all(name.startswith("'") and name.endswith("'") for name in meant):
        return [(codes.COLUMN_QUOTES, column)]
    names = ", ".join(f"{name!r} where {column} is expected" for name, column in meant.items())
    return [(codes.COLUMN_NAME.about(names=names), column)]


def _unnamed(columns: list[str]) -> list[Said]:
    if "" not in columns:
        return []
    is_behind = not any(columns[columns.index("") :])
    is_before = not columns[0] and all(columns[1:])
    code = codes.COMMA_BEHIND if is_behind else codes.COLUMN_UNNAMED
    return [(codes.COMMA_BEFORE if is_before else code, None)]


def _meant(name: str, missing: list[str]) -> str:
    close = get_close_matches(name, missing, 1)
    return f" (is it {close[0]}?)" if close else ""


def _listed(names: list[str]) -> str:
    return ", ".join(_shown(name) for name in names)


def _shown(name: str) -> str:
    """Return a name for a message, shortened: a first row of data must not end up in a log."""
    return name[:63] if name.isidentifier() else "an unreadable name"
