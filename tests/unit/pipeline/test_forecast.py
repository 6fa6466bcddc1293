"""A batch that seems to be of another date is asked about."""

from datetime import date

import pytest

from loader.pipeline.forecast import Period, implausible

DAY = date(2025, 3, 20)


def sales(last: date | None, future_count: int = 0) -> Period:
    return Period("transactions.transaction_date", True, date(2025, 1, 1), last, future_count, 10)


@pytest.mark.parametrize(
    ("period", "said"),
    [
        (sales(DAY), ""),
        (sales(date(2025, 3, 19)), ""),
        (
            sales(date(2025, 3, 18)),
            "ends 2 days before the batch's date 2025-03-20",
        ),
        (sales(DAY, future_count=5), ""),  # each is rejected; the batch is of this date
        (
            sales(date(2025, 3, 1), future_count=6),
            "the batch's date 2025-03-20 in 6 of 10 rows",
        ),
        (sales(None), ""),
        (Period("customers.registration_date", False, DAY, date(2024, 1, 1), 0, 10), ""),
    ],
)
def test_batch_of_another_date_is_asked_about(period: Period, said: str) -> None:
    assert [said in line for line in implausible((period,), DAY)] == [True] * bool(said)
