"""How many orders and newcomers a day has: the product of its effects, and chance."""

import csv
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, localcontext
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from loader.config.settings import load_settings
from loader.generator.keys import MONTHS, WEEKDAYS
from loader.generator.settings import ShopSettings
from loader.generator.streams import EXACT, Choice, Integers, named
from loader.generator.vocabulary import Near, Vocabulary

HOLIDAYS = Path("seeds") / "holidays.csv"
HUNDRED, NANO = Decimal(100), Decimal("1e-9")


@dataclass(frozen=True)
class Demand:
    """Know what a day is like; days are numbered from the opening, which is 0."""

    settings: ShopSettings
    vocabulary: Vocabulary
    _effects: dict[int, Decimal] = field(default_factory=dict)

    def day_of(self, number: int) -> date:
        """Return the date of a day's number."""
        return self.settings.opened_on + timedelta(days=number)

    def number_of(self, day: date) -> int:
        """Return the number of a date."""
        return (day - self.settings.opened_on).days

    def orders(self, number: int) -> int:
        """Return how many orders a day has."""
        expected = Decimal(self.settings.shop["orders_per_day"]) * self.effect(number)
        share = Decimal(2 * self._chance("noise", number)) / (1 << 32) - 1
        noisy = expected * (1 + share * self.settings.demand["noise_pct"] / HUNDRED)
        return _rounded_by_chance(noisy, self._chance("orders", number))

    def expected_orders(self, number: int) -> Decimal:
        """Return how many orders the effects say, before noise."""
        return Decimal(self.settings.shop["orders_per_day"]) * self.effect(number)

    def effect(self, number: int) -> Decimal:
        """Return what growth, weekday, month and holiday make of an average day: 1 is average."""
        if number not in self._effects:
            with localcontext(EXACT):
                self._effects[number] = self._effect(number)
        return self._effects[number]

    def _effect(self, number: int) -> Decimal:
        day, demand = self.day_of(number), self.settings.demand
        weekday = demand["weekdays_pct"][WEEKDAYS[day.weekday()]]
        month = demand["months_pct"][MONTHS[day.month - 1]]
        holiday = self.holidays.get(day, 100)
        factor: Decimal = self.growth(number) * weekday * month * holiday / HUNDRED**3
        return factor.quantize(NANO)

    def growth(self, number: int) -> Decimal:
        """Return the growth since the opening: 1 on its day, compound from there."""
        yearly = 1 + Decimal(self.settings.demand["growth_pct_per_year"]) / HUNDRED
        return yearly ** (Decimal(number) / 365)

    @cached_property
    def holidays(self) -> dict[date, int]:
        """Return the per cent of each day near a holiday; the greatest where several are near."""
        found: dict[date, int] = {}
        for effect in self.vocabulary.holidays:
            for day in self.days_around(effect, effect["name"]):
                found[day] = max(effect["pct"], found.get(day, 0))
        return found

    def days_around(self, effect: Near, holiday: str) -> list[date]:
        """Return the days from so many before to so many after a holiday, in every year."""
        return [
            day + timedelta(days=off)
            for day, names in _holidays(self.vocabulary.people["country_code"])
            if any(name.strip().startswith(holiday) for name in names.split(";"))
            for off in range(-effect["days_before"], effect["days_after"] + 1)
        ]

    def newcomers(self, last: int) -> Integers:
        """Return how many customers registered on each day from the opening to a last one.

        One pass over the days since the opening: a thousand of them take some ten milliseconds.
        """
        per_day = Decimal(self.settings.shop["new_customers_per_day"])
        return np.array(
            [
                _rounded_by_chance(per_day * self.effect(day), self._chance("newcomers", day))
                for day in range(last + 1)
            ],
            dtype=np.int64,
        )

    def new_products(self, last: int) -> Integers:
        """Return how many products came on sale on each day from the opening to a last one."""
        per_day = Decimal(self.settings.shop["new_products_per_day"])
        return np.array(
            [_rounded_by_chance(per_day, self._chance("launches", day)) for day in range(last + 1)],
            dtype=np.int64,
        )

    def hours(self, number: int) -> Choice:
        """Return the choice of an order's hour."""
        is_weekend = self.day_of(number).weekday() >= 5
        return self._hours["weekend" if is_weekend else "weekday"]

    @cached_property
    def _hours(self) -> dict[str, Choice]:
        hours = self.settings.demand["hours"]
        return {name: Choice.among(hours[name]) for name in ("weekday", "weekend")}

    def _chance(self, name: str, number: int) -> int:
        return named(self.settings.seed, name).chance(number)


def _rounded_by_chance(number: Decimal, bits: int) -> int:
    """Round down, or up as often as the fraction says."""
    whole = int(number)
    return whole + (bits < int((number - whole) * (1 << 32)))


@lru_cache(maxsize=4)
def _holidays(country: str) -> tuple[tuple[date, str], ...]:
    with (load_settings().dbt_dir / HOLIDAYS).open(encoding="utf-8", newline="") as file:
        return tuple(
            (date.fromisoformat(row["holiday_date"]), row["holiday_name"])
            for row in csv.DictReader(file)
            if row["country_code"] == country
        )
