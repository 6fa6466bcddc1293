"""Strict RFC 4180, as regular expressions over bytes.

A value is either plain (no quote, comma, line end or NUL) or quoted (quotes doubled inside).
Possessive quantifiers keep every match linear: a value that matched is never tried again.
"""

import re
from dataclasses import dataclass
from functools import cache

PLAIN = rb'[^",\r\n\x00]*+'
QUOTED_ON_ONE_LINE = rb'"[^"\r\n\x00]*+(?:""[^"\r\n\x00]*+)*+"'
QUOTED = rb'"[^"\x00]*+(?:""[^"\x00]*+)*+"'
CLOSING = re.compile(rb'(?:[^"\x00]|"")*+')
PLAIN_VALUE = re.compile(PLAIN)

IN_QUOTES = (
    "has a quote inside a value that does not start with one; "
    "enclose the whole value in quotes and double the quotes inside it"
)
AFTER_QUOTES = "has text after a closing quote; double the quotes inside a quoted value"
NUL = "holds a NUL byte; it is not text, ask for the file again"
LONE_CR = "holds a carriage return without a line feed; end lines with LF or CRLF"
LF_IN_CRLF = (
    "ends in LF but the header ends in CRLF; the file was edited or joined, ask for it again"
)
CRLF_IN_LF = (
    "ends in CRLF but the header ends in LF; the file was edited or joined, ask for it again"
)


@cache
def simple_records(columns: int, terminator: bytes) -> re.Pattern[bytes]:
    """Return the pattern of any number of records that take one line each."""
    return re.compile(rb"(?>" + _record(QUOTED_ON_ONE_LINE, columns, terminator) + rb")*+")


@cache
def one_record(columns: int, terminator: bytes) -> re.Pattern[bytes]:
    """Return the pattern of one record, line breaks inside quotes included."""
    return re.compile(rb"(?>" + _record(QUOTED, columns, terminator) + rb")")


def _record(quoted: bytes, columns: int, terminator: bytes) -> bytes:
    value = rb"(?:" + quoted + rb"|" + PLAIN + rb")"
    return value + (rb"," + value) * (columns - 1) + terminator


def value_index(data: bytes, start: int, offset: int) -> int:
    """Return which value, from 0, of the record at `start` the byte at `offset` belongs to."""
    position, index = start, 0
    while True:
        position, _ = _end_of_value(data, position)
        if position >= offset:
            return index
        position, index = position + 1, index + 1


@dataclass(frozen=True)
class Flaw:
    """Say what is wrong with a record: where, in which value, and where the next record starts."""

    offset: int
    value_index: int | None
    message: str
    resume_at: int | None


def find_flaw(data: bytes, start: int, columns: int, terminator: bytes) -> Flaw | None:
    """Return what is wrong with the record at `start`, or None when more bytes must decide."""
    position, index = start, 0
    while True:
        position, message = _end_of_value(data, position)
        if position >= len(data):
            return None
        message = message or _wrong_separator(data, position, terminator)
        if message:
            return Flaw(position, index, message, _next_line(data, start, position))
        if data[position : position + 1] != b",":
            break
        position, index = position + 1, index + 1
    return _wrong_count(data, (start, position + len(terminator)), index + 1, columns)


def _end_of_value(data: bytes, start: int) -> tuple[int, str]:
    """Return where a value ends and, when it cannot end there, why."""
    if data[start : start + 1] != b'"':
        end = PLAIN_VALUE.match(data, start).end()  # type: ignore[union-attr]
        return end, IN_QUOTES if data[end : end + 1] == b'"' else ""
    end = CLOSING.match(data, start + 1).end()  # type: ignore[union-attr]
    if data[end : end + 1] != b'"':
        return end, ""
    following = data[end + 1 : end + 2]
    return end + 1, AFTER_QUOTES if following not in b",\r\n\0" else ""


def _wrong_separator(data: bytes, position: int, terminator: bytes) -> str:
    """Return why what follows a value is neither a comma nor the file's line end."""
    following = data[position : position + 2]
    if following[:1] == b"\0":
        return NUL
    if following == b"\r" and position + 1 == len(data):
        return ""
    if following[:1] == b"\r":
        if following != b"\r\n":
            return LONE_CR
        return CRLF_IN_LF if terminator == b"\n" else ""
    return LF_IN_CRLF if following[:1] == b"\n" and terminator == b"\r\n" else ""


def _next_line(data: bytes, start: int, position: int) -> int | None:
    """Return the start of the next line when the bad line cannot have hidden its end.

    With an odd number of quotes, the next line may be the inside of a value: reading on would
    let text forge records.
    """
    end = data.find(b"\n", position) + 1
    return end if end and data.count(b'"', start, end) % 2 == 0 else None


def _wrong_count(data: bytes, span: tuple[int, int], found: int, columns: int) -> Flaw | None:
    start, end = span
    if found == columns or end > len(data):
        return None
    line = data[start:end].rstrip(b"\r\n")
    if not line:
        message = "is empty; remove it"
    elif line == rb"\.":
        message = r"is \., which PostgreSQL takes for the end of the data; remove it"
    else:
        message = (
            f"has {found} values where the header has {columns}; put values with commas in quotes"
        )
    return Flaw(start, None, message, end)
