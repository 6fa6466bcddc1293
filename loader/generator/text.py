"""Columns as CSV: strict RFC 4180, values quoted where they must be and nowhere else.

Arrow writes values without quotes much faster than with, and would quote all text or none. So a
value that needs quotes is given two marks in their and the commas' place, and the marks become what
they stand for in the finished bytes.
"""

import io
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from loader.generator.streams import Integers

COMMA, QUOTE = "\x01", "\x02"
MARKS = bytes.maketrans(b"\x01\x02", b',"')
NEED_QUOTES = '[",\r\n]'
PLAIN = pa.csv.WriteOptions(include_header=False, quoting_style="none")
FOUR_DIGITS = np.array([b"%04d" % number for number in range(10_000)])
DAY_DIGITS, ORDER_DIGITS, ITEM_DIGITS = 5, 5, 6
EPOCH = date(1970, 1, 1)


def to_csv(table: pa.Table) -> bytes:
    """Return the lines of a table, without a header."""
    buffer = io.BytesIO()
    pa.csv.write_csv(table, buffer, PLAIN)
    return buffer.getvalue().translate(MARKS)


def marked(words: list[str] | tuple[str, ...]) -> pa.Array:
    """Return words as they go into a table, marked where a value needs quotes."""
    return pa.array([mark(word) for word in words], pa.string())


def mark(word: str) -> str:
    """Return a word as it goes into a table."""
    if not any(sign in word for sign in '",\r\n'):
        return word
    return quoted(inner(word))


def inner(part: str) -> str:
    """Return a part of a value that is quoted as a whole."""
    return part.replace('"', QUOTE * 2).replace(",", COMMA)


def quoted(value: str) -> str:
    """Return marked text with marked quotes around it."""
    return f"{QUOTE}{value}{QUOTE}"


def taken(words: pa.Array, places: Integers) -> pa.Array:
    """Return a word for each place."""
    return words.take(pa.array(places))


def joined(*parts: pa.Array | str) -> pa.Array:
    """Return text put together from columns and constants."""
    return pc.binary_join_element_wise(*parts, "")


def money(cents: Integers) -> pa.Array:
    """Return amounts with two decimals."""
    halves = np.zeros((len(cents), 2), dtype="<i8")  # a decimal is 128 bits, the low half first
    halves[:, 0] = cents
    halves[:, 1] = cents >> 63
    return pa.Array.from_buffers(pa.decimal128(38, 2), len(cents), [None, pa.py_buffer(halves)])


def dates(days: Integers, first: date) -> pa.Array:
    """Return dates by the number of days since a first one."""
    return pa.array((days + (first - EPOCH).days).astype(np.int32)).cast(pa.date32())


def times(seconds: Integers) -> pa.Array:
    """Return times of day."""
    return pa.array(seconds.astype(np.int32)).cast(pa.time32("s"))


def numbered(prefix: str, numbers: Integers, digits: int) -> pa.Array:
    """Return ids of a prefix and at least so many digits."""
    return joined(prefix, pc.utf8_lpad(pa.array(numbers).cast(pa.string()), digits, "0"))


def dated(prefix: bytes, days: Integers, places: Integers, digits: int) -> pa.Array:
    """Return ids of a prefix, five digits for the day and so many for the place within it.

    The digits are looked up four at a time, and written side by side into one block of memory.
    """
    number = days * 10**digits + places
    groups, width = -(-(DAY_DIGITS + digits) // 4), DAY_DIGITS + digits
    text = np.empty((len(number), 4 * groups), dtype=np.uint8)
    for group in reversed(range(groups)):
        number, four = np.divmod(number, 10_000)
        text[:, 4 * group : 4 * group + 4] = FOUR_DIGITS[four].view(np.uint8).reshape(-1, 4)
    size = len(prefix) + width
    whole = np.empty((len(text), size), dtype=np.uint8)
    whole[:, : len(prefix)] = np.frombuffer(prefix, dtype=np.uint8)
    whole[:, len(prefix) :] = text[:, 4 * groups - width :]
    offsets = np.arange(len(text) + 1, dtype=np.int32) * size
    return pa.StringArray.from_buffers(len(text), pa.py_buffer(offsets), pa.py_buffer(whole))


def unmarked(value: object) -> str:
    """Return a table's value as a reader of the file gets it."""
    text = str(value)
    if text.startswith(QUOTE):
        text = text[1:-1].replace(QUOTE * 2, '"')
    return text.replace(COMMA, ",")
