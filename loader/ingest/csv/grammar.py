"""Strict RFC 4180, as regular expressions over bytes.

A value is either plain (no quote, comma, line end or NUL) or quoted (quotes doubled inside).
Possessive quantifiers keep every match linear: a value that matched is never tried again.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from loader.ingest.csv.codes import (
    CARRIAGE_RETURN,
    CRLF_IN_LF,
    EMPTY_LINE,
    END_MARKER,
    ERASED,
    FIELD_COUNT,
    LF_IN_CRLF,
    LINE_IN_QUOTES,
    NUL_BYTE,
    OTHER_DELIMITER,
    QUOTE_IN_VALUE,
    SINGLE_QUOTES,
    SPACE_AFTER_QUOTE,
    SPACE_BEFORE_QUOTE,
    TEXT_AFTER_QUOTE,
    TRAILING_COMMA,
    ErrorCode,
)

PLAIN = rb'[^",\r\n\x00]*+'
QUOTED_ON_ONE_LINE = rb'"[^"\r\n\x00]*+(?:""[^"\r\n\x00]*+)*+"'
QUOTED = rb'"[^"\x00]*+(?:""[^"\x00]*+)*+"'
CLOSING = re.compile(rb'(?:[^"\x00]|"")*+')
PLAIN_VALUE = re.compile(PLAIN)
SPACE_THEN_END = re.compile(rb"[ \t]+[,\r\n]")
VALUE_IN_SINGLE_QUOTES = re.compile(rb"(?:^|,)'[^',]*,[^']*'(?:,|$)")
OTHER_DELIMITERS = {b";": "semicolons", b"\t": "tabs", b"|": "vertical bars"}
ERASED_LINE = b"erased"  # what is left of a line that named a person
TEXT = bytes(set(range(256)) - set(b',"\r\n\0'))


def end_of_simple(data: bytes, start: int, columns: int, terminator: bytes) -> int:
    """Return where the records from `start` on that take one line each end.

    Where no value is quoted, what is left without the values' text must be the separators of so
    many records: a sixth of the time that the pattern takes. Not so where a line ends in two
    characters, for text between them would go unseen.
    """
    if start == 0 and terminator == b"\n" and b'"' not in data:
        separators = data.translate(None, TEXT)
        record = b"," * (columns - 1) + terminator
        if separators.startswith(record * separators.count(terminator)):
            return data.rfind(terminator) + 1
    return simple_records(columns, terminator).match(data, start).end()  # type: ignore[union-attr]


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


def value_spans(data: bytes, start: int = 0) -> Iterator[tuple[int, int]]:
    """Yield where each value of the record at `start` begins and ends."""
    while True:
        end, _ = _end_of_value(data, start)
        yield start, end
        if data[end : end + 1] != b",":
            return
        start = end + 1


def value_index(data: bytes, start: int, offset: int) -> int:
    """Return which value, from 0, of the record at `start` the byte at `offset` belongs to."""
    return next(index for index, (_, end) in enumerate(value_spans(data, start)) if end >= offset)


@dataclass(frozen=True)
class ParseError:
    """Say what is wrong with a record: where, in which value, and where the next one starts.

    `resume_at` is None when nobody can tell where the next one starts.
    """

    offset: int
    value_index: int | None
    error: ErrorCode
    resume_at: int | None
    is_short: bool = False


def find_parse_error(data: bytes, start: int, columns: int, terminator: bytes) -> ParseError | None:
    """Return what is wrong with the record at `start`, or None when more bytes must decide."""
    position, index = start, 0
    while True:
        position, code = _end_of_value(data, position)
        if position >= len(data):
            return None
        code = code or _wrong_separator(data, position, terminator)
        if code:
            return _parse_error_within(data, (start, position), index, code)
        if data[position : position + 1] != b",":
            break
        position, index = position + 1, index + 1
    return _wrong_count(data, (start, position + len(terminator)), index + 1, columns)


def _end_of_value(data: bytes, start: int) -> tuple[int, ErrorCode | None]:
    """Return where a value ends and, when it cannot end there, why."""
    if data[start : start + 1] != b'"':
        end = PLAIN_VALUE.match(data, start).end()  # type: ignore[union-attr]
        if data[end : end + 1] != b'"':
            return end, None
        return end, QUOTE_IN_VALUE if data[start:end].strip(b" \t") else SPACE_BEFORE_QUOTE
    end = CLOSING.match(data, start + 1).end()  # type: ignore[union-attr]
    if data[end : end + 1] != b'"':
        return end, None
    if data[end + 1 : end + 2] in b",\r\n\0":
        return end + 1, None
    is_space = SPACE_THEN_END.match(data, end + 1)
    return end + 1, SPACE_AFTER_QUOTE if is_space else TEXT_AFTER_QUOTE


def _wrong_separator(data: bytes, position: int, terminator: bytes) -> ErrorCode | None:
    """Return why what follows a value is neither a comma nor the file's line end."""
    following = data[position : position + 2]
    if following[:1] == b"\0":
        return NUL_BYTE
    if following == b"\r" and position + 1 == len(data):
        return None
    if following[:1] == b"\r":
        if following != b"\r\n":
            return CARRIAGE_RETURN
        return CRLF_IN_LF if terminator == b"\n" else None
    return LF_IN_CRLF if following[:1] == b"\n" and terminator == b"\r\n" else None


def _parse_error_within(
    data: bytes, span: tuple[int, int], index: int, code: ErrorCode
) -> ParseError | None:
    """Return the error, and the start of the next line when this one cannot have hidden its end.

    With an odd number of quotes on a line, the next one may be the inside of a value: reading on
    would let text forge records.
    """
    start, position = span
    end = data.find(b"\n", position) + 1
    if not end:
        return None
    is_one_line = data.find(b"\n", start, position) < 0
    is_paired = data.count(b'"', start, end) % 2 == 0
    return ParseError(position, index, code, end if is_one_line and is_paired else None)


def _wrong_count(data: bytes, span: tuple[int, int], found: int, columns: int) -> ParseError | None:
    start, end = span
    if found == columns or end > len(data):
        return None
    line = data[start:end].rstrip(b"\r\n")
    if not line:
        return ParseError(start, None, EMPTY_LINE, end)
    if line == rb"\.":
        return ParseError(start, None, END_MARKER, end)
    if line == ERASED_LINE:
        return ParseError(start, None, ERASED, end)
    code, delimiter = FIELD_COUNT, _other_delimiter(line, columns)
    if 0 < found - columns <= len(line) - len(line.rstrip(b",")):
        code = TRAILING_COMMA
    elif found > columns and VALUE_IN_SINGLE_QUOTES.search(line):
        code = SINGLE_QUOTES
    elif found == 1 and line.startswith(b'"') and line.count(b",") >= columns - 1:
        code = LINE_IN_QUOTES
    elif found < columns and delimiter:
        code = OTHER_DELIMITER
    code = code.about(found=found, expected=columns, delimiter=delimiter)
    return ParseError(start, None, code, end, is_short=found < columns)


def _other_delimiter(line: bytes, columns: int) -> str | None:
    """Return by what a line separates its values, if it does so by anything but commas."""
    return next(
        (name for sign, name in OTHER_DELIMITERS.items() if line.count(sign) >= columns - 1), None
    )
