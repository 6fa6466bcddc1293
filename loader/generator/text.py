"""Columns as CSV: strict RFC 4180, values quoted where they must be and nowhere else.

A column is an array of byte strings of one width. What is shorter ends in NUL bytes, which no value
holds: columns are laid side by side in one block of memory, a line a record, and the NULs deleted
from it. Digits are looked up four at a time.
"""

import csv
import io
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loader.generator.streams import Integers

Column = NDArray[Any]  # of byte strings; of four bytes in an integer's place, which is faster
DAY_DIGITS, ORDER_DIGITS, ITEM_DIGITS = 5, 5, 6
NOTHING, COMMA = b"\0", b","


def joined(*pieces: bytes | Column) -> Column:
    """Return columns and constants side by side as one column."""
    columns = [piece for piece in pieces if isinstance(piece, np.ndarray)]
    whole, offsets = b"", []
    for piece in pieces:
        if isinstance(piece, np.ndarray):
            offsets.append(len(whole))
        whole += piece if isinstance(piece, bytes) else bytes(piece.dtype.itemsize)
    names = [str(place) for place in range(len(columns))]
    layout = {"names": names, "formats": [column.dtype for column in columns], "offsets": offsets}
    text = np.empty(len(columns[0]), f"V{len(whole)}")
    text[:] = np.void(whole)
    records = text.view(np.dtype(layout | {"itemsize": len(whole)}))
    for name, column in zip(names, columns, strict=True):
        records[name] = column
    return text


def lines(*pieces: bytes | Column) -> bytes:
    """Return a line for each row: columns and constants side by side, without what is NUL."""
    if not any(len(piece) for piece in pieces if isinstance(piece, np.ndarray)):
        return b""
    return joined(*pieces, b"\n").tobytes().translate(None, NOTHING)


def to_csv(*columns: bytes | Column) -> bytes:
    """Return the lines of a table's columns, without a header."""
    separated = [piece for column in columns for piece in (column, COMMA)]
    return lines(*separated[:-1])


def words(values: Iterable[str]) -> Column:
    """Return words as a column, quoted where they must be."""
    return plain(map(quoted, values))


def plain(values: Iterable[str]) -> Column:
    """Return words as a column, as they are."""
    return np.array([value.encode() for value in values], dtype=bytes)


def quoted(value: str) -> str:
    """Return a value as it stands in a file."""
    return f'"{inner(value)}"' if needs_quotes(value) else value


def needs_quotes(text: str) -> bool:
    """Tell whether a value that holds a text is quoted."""
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


def _four_digits(least: int) -> NDArray[np.uint32]:
    """Return numbers below 10,000 with at least so many digits, and with four."""
    texts = [f"{number:0{least}d}" if number or least else "" for number in range(10_000)]
    texts += [f"{number:04d}" for number in range(10_000)]
    return np.array([text.encode() for text in texts], dtype="S4").view(np.uint32)


FOUR_DIGITS = [_four_digits(least) for least in range(5)]
CENTS = np.array([b".%02d" % cents for cents in range(100)], dtype="S4").view(np.uint32)
MINUTES = np.array([b"%02d:%02d:" % divmod(minute, 60) for minute in range(24 * 60)])
SECONDS = np.array([b"%02d" % second for second in range(60)])


def digits(numbers: Integers, least: int = 1, prefix: bytes = b"") -> Column:
    """Return whole numbers from 0 on, with at least so many digits, after a prefix."""
    groups, rest = [], numbers
    while least > 0 or not groups or rest.any():
        higher = rest // 10_000
        part = rest - higher * 10_000
        table = FOUR_DIGITS[max(min(least, 4), 0)]
        groups.append(table[part if least >= 4 else part + 10_000 * (higher > 0)])
        rest, least = higher, least - 4
    return joined(prefix, *groups[::-1])


def money(cents: Integers) -> Column:
    """Return amounts from 0 on, with two decimals."""
    whole = cents // 100
    return joined(digits(whole), CENTS[cents - whole * 100])


def dates(days: Integers, first: date) -> Column:
    """Return dates by the number of days since a first one."""
    low, high = (int(days.min()), int(days.max())) if len(days) else (0, 0)
    texts = plain(str(first + timedelta(days=day)) for day in range(low, high + 1))
    return texts[days - low]


def times(seconds: Integers) -> Column:
    """Return times of day."""
    minutes = seconds // 60
    return joined(MINUTES[minutes], SECONDS[seconds - minutes * 60])


def dated(prefix: bytes, days: Integers, places: Integers, width: int) -> Column:
    """Return ids of a prefix, five digits for the day and so many for the place within it."""
    return digits(days * 10**width + places, DAY_DIGITS + width, prefix)


def strings(column: Column) -> list[str]:
    """Return a column's values."""
    return lines(column).decode().split("\n")[:-1]
