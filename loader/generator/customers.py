"""Who the customers are: when they come and go, how often they order, where they live."""

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

import numpy as np

from loader.generator.demand import Demand
from loader.generator.streams import (
    Bits,
    Choice,
    Flags,
    Integers,
    below,
    happens,
    heavy_tail,
    named,
    quantile,
    waiting_times,
)

DAYS_BEFORE_OPENING = 365
DAYS_OF_A_CENTURY = 36_525


@dataclass(frozen=True)
class Customers:
    """Hold every customer who registered up to a day, in order of number; arrays side by side.

    A day is its number from the opening. `numbers` count from 1; a customer's place is one less.
    """

    demand: Demand
    last_day: int
    _offsets: dict[str, Integers] = field(default_factory=dict)

    @cached_property
    def newcomers(self) -> Integers:
        """Return how many registered on each day from the opening to the last one."""
        return self.demand.newcomers(self.last_day)

    @cached_property
    def numbers(self) -> Integers:
        """Return the customers' numbers."""
        count = self.demand.settings.shop["customers_at_opening"] + int(self.newcomers.sum())
        return np.arange(1, count + 1)

    @cached_property
    def registered(self) -> Integers:
        """Return the day each registered: in the year before the opening, or since."""
        first = self.numbers[: self.demand.settings.shop["customers_at_opening"]]
        before = -1 - below(self._bits("registered", first), DAYS_BEFORE_OPENING)
        return np.concatenate([before, np.repeat(np.arange(len(self.newcomers)), self.newcomers)])

    @cached_property
    def segment(self) -> Integers:
        """Return the place of each one's segment in the settings."""
        shares = [segment.share for segment in self.demand.settings.segments.values()]
        return Choice.among(shares).of(self._bits("segment", self.numbers))

    @cached_property
    def weight(self) -> Integers:
        """Return how often each orders while active: a segment's rate, and a heavy tail on it."""
        settings = self.demand.settings
        rates = np.array([int(segment.order_rate * 100) for segment in settings.segments.values()])
        tail = heavy_tail(
            Decimal(settings.customers["tail"]), Decimal(settings.customers["tail_most"])
        )
        weights = rates[self.segment] * quantile(tail, self._bits("order rate", self.numbers))
        return np.maximum(weights // 1000, 1)

    @cached_property
    def lapsed(self) -> Integers:
        """Return the day from which each orders no more: a constant hazard from registration on."""
        means = np.array(
            [
                int(-30_000 / (1 - Decimal(segment.lapse_pct_per_30_days) / 100).ln())
                for segment in self.demand.settings.segments.values()
            ]
        )
        times = quantile(waiting_times(), self._bits("lapse", self.numbers))
        return self.registered + 1 + means[self.segment] * times // 1_000_000_000

    @cached_property
    def orders_at_once(self) -> Flags:
        """Return who orders on the day of registration."""
        percent = self.demand.settings.customers["first_order_at_once_pct"]
        return happens(self._bits("first order", self.numbers), percent)

    @cached_property
    def first_and_last_name(self) -> tuple[Integers, Integers]:
        """Return the places of each one's names in the vocabulary."""
        words = self.demand.vocabulary
        return (
            below(self._bits("first name", self.numbers), len(words.first_names)),
            below(self._bits("last name", self.numbers), len(words.last_names)),
        )

    @cached_property
    def born(self) -> Integers:
        """Return the day each was born; a newcomer's age has the shares of the vocabulary."""
        groups = list(self.demand.vocabulary.age_groups.values())
        starts = np.array([start for start, _ in groups] + [groups[-1][0] + 20])
        group = Choice.among([share for _, share in groups]).of(self._bits("age", self.numbers))
        within = below(
            self._bits("birthday", self.numbers), _days(starts[group + 1] - starts[group])
        )
        return self.registered - _days(starts[group]) - within

    def age_group(self, day: int) -> Integers:
        """Return the place of each one's age group on a day."""
        starts = [start for start, _ in self.demand.vocabulary.age_groups.values()]
        age = (day - self.born) * 100 // DAYS_OF_A_CENTURY
        return np.maximum(np.searchsorted(np.array(starts), age, side="right") - 1, 0)

    def home(self, day: int | Integers, places: Integers | slice = slice(None)) -> Integers:
        """Return which home customers have on a day, or each on a day of its own."""
        return self._version("move", day, places)

    def email(self, day: int) -> Integers:
        """Return which e-mail address each has on a day."""
        return self._version("new_email", day, slice(None))

    def phone(self, day: int) -> Integers:
        """Return which telephone number each has on a day."""
        return self._version("new_phone", day, slice(None))

    def changed(self, before: int, day: int) -> Flags:
        """Return whose row differs between two days, the new ones included."""
        changed: Flags = (
            (self.registered > before)
            | (self.home(before) != self.home(day))
            | (self.email(before) != self.email(day))
            | (self.phone(before) != self.phone(day))
            | (self.age_group(before) != self.age_group(day))
        )
        return changed

    def _version(self, what: str, day: int | Integers, places: Integers | slice) -> Integers:
        every: int = self.demand.settings.customers[f"{what}_every_days"]
        return (day + self._offset(what, every)[places]) // every

    def _offset(self, what: str, every: int) -> Integers:
        """Return where in the calendar of changes each one stands; no day comes before day 0."""
        if what not in self._offsets:
            # a multiple of the calendar's length keeps numbers of versions above 0
            ahead = every * (1 + DAYS_BEFORE_OPENING // every)
            self._offsets[what] = ahead + below(self._bits(what, self.numbers), every)
        return self._offsets[what]

    def _bits(self, name: str, numbers: Integers) -> Bits:
        return named(self.demand.settings.seed, f"customer {name}").of(numbers)


def _days(years: Integers) -> Integers:
    return years * DAYS_OF_A_CENTURY // 100
