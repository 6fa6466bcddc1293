"""Where simple records end, and the lines that records bring with them."""

import random

import pytest

from loader.ingest.csv.grammar import end_of_simple, simple_records
from loader.ingest.csv.stream import Rows


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_records_are_told_by_their_separators_as_by_the_pattern(end: bytes) -> None:
    pick = random.Random(9)  # noqa: S311
    for _ in range(20_000):
        data = b"".join(pick.choices([b"a", b",", b",b,c" + end, b"\r", b"\n", b'"', b"\0"],
                                     [3, 3, 6, 0.1, 0.1, 0.1, 0.1], k=12))  # fmt: skip
        expected = simple_records(3, end).match(data)
        assert expected
        assert end_of_simple(data, 0, 3, end) == expected.end(), data


def test_records_bring_the_line_they_start_on() -> None:
    rows = Rows()
    rows.accept(b"a,5 %\nb,%d\n", range(9, 11))
    rows.accept(b'"c\n%",d\n', range(11, 12))
    rows.accept(b"e,\\n\r\nf,\r\n", range(13, 15))
    assert rows.take() == b'9,a,5 %\n10,b,%d\n11,"c\n%",d\n13,e,\\n\r\n14,f,\r\n'
