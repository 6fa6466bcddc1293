"""The newest months of facts that PostgreSQL is given."""

from datetime import date

import pytest

from loader.spark.window import first_day_of


@pytest.mark.parametrize(
    ("months", "day", "first_day"),
    [
        (1, date(2025, 3, 31), 20250301),
        (2, date(2025, 3, 1), 20250201),
        (3, date(2025, 3, 1), 20250101),
        (4, date(2025, 3, 1), 20241201),
        (12, date(2025, 12, 31), 20250101),
        (13, date(2025, 12, 31), 20241201),
        (999_999, date(2025, 12, 31), 101),
        (None, date(2025, 12, 31), 0),
    ],
)
def test_months_end_with_the_one_of_the_day(months: int | None, day: date, first_day: int) -> None:
    assert first_day_of(months, day) == first_day
