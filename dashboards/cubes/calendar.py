"""The days that pages know: their months, and what the codes of time stand for."""

from dataclasses import dataclass
from datetime import date, timedelta

from dashboards.catalogue.star import DISCOUNT_RANGES, WEEKDAYS
from dashboards.cubes.dictionary import Dictionary


@dataclass(frozen=True)
class Calendar:
    """Hold the days of the sales and returns, and which of their months are not whole.

    `is_cut` says that the shop has older ones, which mart has not.
    """

    first: date
    last: date
    today: date
    is_cut: bool = False

    @property
    def months(self) -> list[date]:
        """Return the first days of all months up to the publication's."""
        end = max(self.last, self.today)
        numbers = range(self.first.year * 12 + self.first.month - 1, end.year * 12 + end.month)
        return [date(number // 12, number % 12 + 1, 1) for number in numbers]

    @property
    def names(self) -> list[str]:
        """Return the months as the mart writes them."""
        return [f"{month:%Y-%m}" for month in self.months]

    @property
    def this_month(self) -> int:
        """Return the place of the month of the logical date."""
        return self.names.index(f"{self.today:%Y-%m}")

    @property
    def is_open(self) -> bool:
        """Return whether this month is not over."""
        return (self.today + timedelta(days=1)).day != 1

    @property
    def dictionaries(self) -> dict[str, Dictionary]:
        """Return what codes stand for that no sale need be read for."""
        months, names = self.months, self.names
        next_month = months[-1] + timedelta(days=31)
        count = (next_month.replace(day=1) - months[0]).days
        days = [months[0] + timedelta(day) for day in range(count)]
        return {
            # a whole month, then its days
            "part": {"month": [name for name in names for _ in range(32)]},
            "day": {
                "day": [day.isoformat() for day in days],
                "month": [f"{day:%Y-%m}" for day in days],
            },
            "slot": {
                "weekday": [weekday for weekday in WEEKDAYS for _ in range(24)],
                "hour": [hour for _ in WEEKDAYS for hour in range(24)],
            },
            "discount_range": {"discount_range": list(DISCOUNT_RANGES)},
        }
