"""Making pages takes little memory: what is allocated is counted, and imports are looked at."""

import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from dashboards.catalogue import FACT, PAGES
from dashboards.cubes.cells import numbered
from dashboards.cubes.dictionary import Numbers
from dashboards.cubes.rows import PIECE, read_columns
from dashboards.cubes.statements import rows_of
from factories.days import connect
from loader.config.settings import REPOSITORY

TYPES = {"large": "i8", "number": "i4", "small": "i2"}
ROWS = """
select n * 10000000000 as large, cast(n as int4) as number, cast(-n % 100 as int2) as small
from generate_series(1, cast({rows} as int8)) as n
"""
# What is held of a sale while its month is added up; in columns of 64 bits it would be 120.
MOST_BYTES_A_SALE = 66


def read(query: str) -> dict[str, np.ndarray]:
    with closing(connect()) as connection, connection.cursor() as cursor:
        return read_columns(cursor, query, TYPES)


@contextmanager
def most_allocated() -> Iterator[list[int]]:
    """Yield a list that gets the most bytes that were allocated at a time meanwhile."""
    found: list[int] = []
    tracemalloc.start()
    try:
        yield found
        found.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("rows", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE])
def test_numbers_are_read_however_they_fall_into_pieces(rows: int) -> None:
    columns = read(ROWS.format(rows=rows))
    numbers = np.arange(1, rows + 1)
    assert {name: values.dtype.str[1:] for name, values in columns.items()} == TYPES
    np.testing.assert_array_equal(columns["large"], numbers * 10_000_000_000)
    np.testing.assert_array_equal(columns["number"], numbers)
    np.testing.assert_array_equal(columns["small"], -(numbers % 100))


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "change",
    [("n * 10000000000", "nullif(n, 2)"), ("n * 10000000000", "cast(n as int4)")],
    ids=["null", "type"],
)
def test_null_or_another_type_is_refused(change: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="large is null or not of type i8"):
        read(ROWS.format(rows=3).replace(*change))


@pytest.mark.usefixtures("database")
def test_reading_holds_the_numbers_and_a_piece() -> None:
    with most_allocated() as most:
        columns = read(ROWS.format(rows=20 * PIECE))
    assert most[0] < 1.5 * sum(values.nbytes for values in columns.values())


def test_sales_stay_in_numbers_as_narrow_as_they_came() -> None:
    rows, known = 1000, [(str(number),) for number in range(9)]
    sales = {name: np.zeros(rows, type_) for name, type_ in rows_of(FACT, 202603)[1].items()}
    codes = ("place", "payment_method", "category", "item", "customer")
    identities = dict.fromkeys(codes, known)
    columns = numbered(sales, date(2026, 3, 1), identities, Numbers(), {})
    assert sum(values.nbytes for values in columns.values()) <= MOST_BYTES_A_SALE * rows


def test_pages_are_made_without_pandas_and_with_vega_in_another_process(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom dashboards.site import build as site\n"
        "site.draw(Path(sys.argv[1]))\n"
        "print(sorted({'altair', 'pandas', 'vl_convert'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
    assert {path.name for path in tmp_path.iterdir()} == {
        "vega.js",
        *(f"charts_{page.id}.js" for page in PAGES),
    }
