"""Columns as CSV: strict RFC 4180, values quoted where they must be and nowhere else.

A column is an array of byte strings of one width, or several that are read as one. What is shorter
ends in NUL bytes, which no value holds: columns are laid side by side in one block of memory, a
line a record, and the NULs deleted from it. Digits are looked up four at a time.
"""

import csv
import io
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loader.generator.streams import Integers

# Two or four bytes stand in an integer's place, which is faster.
Strings = NDArray[Any]
Column = bytes | Strings | tuple["Column", ...]
DAY_DIGITS, ORDER_DIGITS, ITEM_DIGITS = 5, 5, 6
LINES_AT_ONCE = 16384  # so that they stay in the processor's cache
NOTHING, COMMA = b"\0", b","


def joined(*columns: Column) -> Strings:
    """Return columns, of which some are constant, side by side as one."""
    pieces = _pieces(columns)
    whole, offsets, arrays = b"", [], []
    for piece in pieces:
        if isinstance(piece, bytes):
            whole += piece
        else:
            offsets.append(len(whole))
            arrays.append(piece)
            whole += bytes(piece.dtype.itemsize)
    names = [str(place) for place in range(len(arrays))]
    layout = np.dtype(
        {
            "names": names,
            "formats": [array.dtype for array in arrays],
            "offsets": offsets,
            "itemsize": len(whole),
        }
    )
    text = np.empty(len(arrays[0]), f"V{len(whole)}")
    text[:] = np.void(whole)
    records = text.view(layout)
    for name, array in zip(names, arrays, strict=True):
        records[name] = array
    return text


def _pieces(columns: Iterable[Column]) -> list[bytes | Strings]:
    pieces: list[bytes | Strings] = []
    for column in columns:
        pieces += _pieces(column) if isinstance(column, tuple) else [column]
    return pieces


def lines(*columns: Column) -> bytes:
    """Return a line for each row: columns side by side, without what is NUL."""
    pieces = _pieces(columns)
    count = next(len(piece) for piece in pieces if not isinstance(piece, bytes))
    return b"".join(
        joined(*(_part(piece, start) for piece in pieces), b"\n").tobytes().translate(None, NOTHING)
        for start in range(0, count, LINES_AT_ONCE)
    )


def _part(piece: bytes | Strings, start: int) -> bytes | Strings:
    return piece if isinstance(piece, bytes) else piece[start : start + LINES_AT_ONCE]


def to_csv(*columns: Column) -> bytes:
    """Return the lines of a table's columns, without a header."""
    separated = [piece for column in columns for piece in (column, COMMA)]
    return lines(*separated[:-1])


def words(values: Iterable[str]) -> Strings:
    """Return words as a column, quoted where they must be."""
    return plain(map(quoted, values))


def plain(values: Iterable[str]) -> Strings:
    """Return words as a column, as they are."""
    return np.array([value.encode() for value in values], dtype=bytes)


def quoted(value: str) -> str:
    """Return a value as it stands in a file."""
    return f'"{inner(value)}"' if needs_quotes(value) else value


def needs_quotes(text: str) -> bool:
    """Return whether a value that holds a text is quoted."""
    return any(sign in text for sign in '",\r\n')


def inner(part: str) -> str:
    """Return a part of a value that is quoted as a whole."""
    return part.replace('"', '""')


def csv_line(values: Iterable[str]) -> bytes:
    """Return one line, without its end."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(values)
    return text.getvalue().encode()


def csv_values(line: bytes) -> list[str]:
    """Return a line's values as a reader of the file gets them."""
    return next(csv.reader([line.decode()]))


@lru_cache(maxsize=8)
def _numbers(width: int, least: int) -> Strings:
    """Return numbers of up to so many digits with at least so many, and with all."""
    texts = [f"{number:0{least}d}" if number or least else "" for number in range(10**width)]
    texts += [f"{number:0{width}d}" for number in range(10**width)]
    return np.array([text.encode() for text in texts], f"S{width}").view(f"u{width}")


CENTS = np.array([b".%02d" % cents for cents in range(100)], dtype="S4").view(np.uint32)
MINUTES = np.array([b"%02d:%02d:" % divmod(minute, 60) for minute in range(24 * 60)])
SECONDS = np.array([b"%02d" % second for second in range(60)])


def digits(numbers: Integers, least: int = 1) -> Column:
    """Return whole numbers from 0 on, with at least so many digits."""
    groups, rest, is_first = [], numbers, False
    while not is_first:
        higher = rest // 10_000
        part = rest - higher * 10_000
        is_first = least <= 4 and not higher.any()
        if is_first and least <= 2 and part.max(initial=0) < 100:
            groups.append(_numbers(2, max(least, 0))[part])
        else:
            table = _numbers(4, max(min(least, 4), 0))
            groups.append(table[part if least >= 4 else part + 10_000 * (higher > 0)])
        rest, least = higher, least - 4
    return tuple(groups[::-1])


def money(cents: Integers) -> Column:
    """Return amounts from 0 on, with two decimals."""
    whole = cents // 100
    return digits(whole), CENTS[cents - whole * 100]


def dates(days: Integers, first: date) -> Strings:
    """Return dates by the number of days since a first one."""
    low, high = (int(days.min()), int(days.max())) if len(days) else (0, 0)
    texts = plain(str(first + timedelta(days=day)) for day in range(low, high + 1))
    return texts[days - low]


def times(seconds: Integers) -> Column:
    """Return times of day."""
    minutes = seconds // 60
    return MINUTES[minutes], SECONDS[seconds - minutes * 60]


def dated(prefix: bytes, days: Integers, places: Integers, width: int) -> Column:
    """Return ids of a prefix, five digits for the day and so many for the place within it."""
    return prefix, digits(days * 10**width + places, DAY_DIGITS + width)


def strings(column: Column) -> list[str]:
    """Return a column's values."""
    return lines(column).decode().split("\n")[:-1]
