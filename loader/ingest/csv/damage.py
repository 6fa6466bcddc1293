"""Signs of damage in records that are valid as CSV: swallowed lines, a last value cut short."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from loader.ingest.csv.grammar import PLAIN, QUOTED

VALUE = re.compile(rb"(" + QUOTED + rb"|" + PLAIN + rb")(?:,|\r?\n)")
DIGITS = re.compile(rb"\d+")
LAST_VALUE = re.compile(rb'([^,"\r\n]*)"?\r?\n')


@dataclass(frozen=True)
class Swallowed:
    """Name a quoted value whose lines may be records: where it opens, and how many lines follow.

    `is_certain` is false where they may as well be text.
    """

    offset: int
    value_index: int
    line_breaks: int
    is_certain: bool


def find_swallowed(record: bytes, columns: int) -> Swallowed | None:
    """Return the value of a record that has, or else that may have, swallowed others, or None.

    Two stray quotes make one value of the end of a record, of those between, and of the beginning
    of another, so each of its parts has as many commas. A value with fewer cannot hold records.
    """
    separators = columns - 1
    first_line_end = record.find(b"\n")
    if record.count(b",") < 2 * separators or record.count(b",", first_line_end) < separators:
        return None
    found = list(_swallowed(record, separators))
    return next((value for value in found if value.is_certain), next(iter(found), None))


def _swallowed(record: bytes, separators: int) -> Iterator[Swallowed]:
    spans = [found.span(1) for found in VALUE.finditer(record)]
    for index, (start, end) in enumerate(spans):
        behind = len(spans) - 1 - index
        needed = max(separators - index, 0), max(separators - behind, 0)
        is_on_one_line = record.find(b"\n", start, end) < 0
        if is_on_one_line or record.count(b",", start, end) < min(sum(needed), separators):
            continue
        lines = record[start:end].split(b"\n")
        commas = [line.count(b",") for line in lines]
        is_certain = separators in commas[1:-1]
        if is_certain or _has_records(commas, *needed):
            # Text has a space behind a comma, a record's separator has none.
            bare = [line.count(b",") - line.count(b", ") for line in lines]
            is_certain = is_certain or _has_records(bare, *needed)
            yield Swallowed(start, index, len(lines) - 1, is_certain)


def _has_records(commas: list[int], in_end: int, in_beginning: int) -> bool:
    """Return whether one line can end a record and a later one begin the next."""
    for number, count in enumerate(commas):
        if count >= in_end:
            return max(commas[number + 1 :], default=-1) >= in_beginning
    return False


def may_be_cut(value: bytes, lines: bytes) -> bool:
    """Return whether a last value, which no line end follows, may be the beginning of another.

    It is whole if it was quoted, or if last values of the `lines` before it have its form and none
    goes on beyond it. A form is the text with any digits, as many at its end.
    """
    if value.endswith(b'"'):
        return False
    others = LAST_VALUE.findall(lines)
    text = re.escape(value)
    form = re.compile(
        DIGITS.sub(lambda run: rb"\d+" if run.end() < len(text) else rb"\d{%d}" % len(run[0]), text)
    )
    longer = re.compile(form.pattern + rb"(?s:.)")
    return any(map(longer.match, others)) or not any(map(form.fullmatch, others))
