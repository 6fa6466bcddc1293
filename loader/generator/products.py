"""What is on sale: since when, at which price and cost, how well it sells, at which discount.

Products are held in the order of the catalogue, so those of a sub-category lie side by side and a
product can be drawn from all or from one sub-category with the same running sum.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache

import numpy as np

from loader.generator.demand import Demand
from loader.generator.keys import MONTHS
from loader.generator.streams import (
    Bits,
    Choice,
    Integers,
    below,
    happens,
    heavy_tail,
    named,
    quantile,
    waiting_times,
)
from loader.generator.vocabulary import Affinity, Campaign, Kind

WEEK = 7
DAYS_BEFORE_OPENING = 365
LEAST_LIFETIME_DAYS = 90


@dataclass(frozen=True)
class Products:
    """Hold every product that came on sale up to a day; arrays side by side.

    `numbers` count from 1 in order of launch. A product's place here depends on which others there
    are, so no stream may be asked for it: only for its number. Money is in cents.
    """

    demand: Demand
    last_day: int
    _offsets: dict[str, Integers] = field(default_factory=dict)

    @cached_property
    def _launches(self) -> Integers:
        return self.demand.new_products(self.last_day)

    @cached_property
    def numbers(self) -> Integers:
        """Return the products' numbers, in the order of the catalogue."""
        count = self.demand.settings.shop["products_at_opening"] + int(self._launches.sum())
        numbers = np.arange(1, count + 1)
        return numbers[np.argsort(self._kind_of(numbers), kind="stable")]

    def _kind_of(self, numbers: Integers) -> Integers:
        # as many products as a sub-category sells, roughly: each of them gets its share of looks
        return Choice.among([_assortment(kind) for kind in self.kinds]).of(
            self._bits("kind", numbers)
        )

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Return the catalogue."""
        return self.demand.vocabulary.kinds

    @cached_property
    def kind(self) -> Integers:
        """Return the place of each one's sub-category in the catalogue; it rises."""
        return self._kind_of(self.numbers)

    @cached_property
    def bounds(self) -> Integers:
        """Return where the products of each sub-category begin, and at last where all end."""
        return np.searchsorted(self.kind, np.arange(len(self.kinds) + 1))

    @cached_property
    def launched(self) -> Integers:
        """Return the day each came on sale; those of the opening were there before it."""
        first = self.demand.settings.shop["products_at_opening"]
        launched = np.concatenate(
            [np.full(first, -1), np.repeat(np.arange(len(self._launches)), self._launches)]
        )
        return launched[self.numbers - 1]

    @cached_property
    def discontinued(self) -> Integers:
        """Return the day from which each is no longer sold."""
        mean: int = self.demand.settings.products["lifetime_days"]
        times = quantile(waiting_times(), self._bits("lifetime", self.numbers))
        return self.launched + LEAST_LIFETIME_DAYS + mean * times // 1_000_000

    @cached_property
    def base_price(self) -> Integers:
        """Return what each one's prices vary around; cheap ones are more frequent."""
        low, high = self._ranges([kind.price for kind in self.kinds])
        share = below(self._bits("price", self.numbers), 1 << 15)
        return low + (high - low) * share * share // (1 << 30)

    @cached_property
    def margin_pct(self) -> Integers:
        """Return each one's margin at base price and base cost."""
        low, high = self._ranges([kind.margin_pct for kind in self.kinds])
        return low + below(self._bits("margin", self.numbers), high - low + 1)

    def _ranges(self, by_kind: list[tuple[int, int]]) -> tuple[Integers, Integers]:
        """Return the lower and the upper ends of each one's range, by those of sub-categories."""
        low, high = np.array(by_kind)[self.kind].T
        return low, high

    def price(self, day: int) -> Integers:
        """Return each one's price on a day."""
        words = self.demand.vocabulary
        raw = self._varied("price", self.base_price, day)
        return -(-raw // words.price_step) * words.price_step - words.price_less

    def cost(self, day: int) -> Integers:
        """Return each one's cost on a day."""
        return self._varied("cost", self.base_price * (100 - self.margin_pct) // 100, day)

    def _varied(self, what: str, base: Integers, day: int) -> Integers:
        settings = self.demand.settings.products
        low, high = settings[f"{what}_range_pct"]
        last_change = np.minimum(day, self.discontinued)  # what is off sale changes no more
        version = self._version(what, last_change, settings[f"{what}_change_every_days"])
        bits = self._bits(f"{what}s", self.numbers, version)
        varied: Integers = base * (low + below(bits, high - low + 1)) // 100
        return varied

    def _version(self, what: str, day: int | Integers, every: int) -> Integers:
        return (day + self._offset(what, every)) // every

    def _offset(self, what: str, every: int) -> Integers:
        if what not in self._offsets:
            ahead = every * (1 + DAYS_BEFORE_OPENING // every)
            self._offsets[what] = ahead + below(self._bits(f"{what} day", self.numbers), every)
        return self._offsets[what]

    @cached_property
    def popularity(self) -> Integers:
        """Return how well each sells at full price, out of season: a heavy tail within its kind."""
        demand = np.array(
            [int(1000 * kind.demand / _assortment(kind)) for kind in self.kinds], dtype=np.int64
        )
        settings = self.demand.settings.products
        tail = heavy_tail(Decimal(settings["tail"]), Decimal(settings["tail_most"]))
        weights = demand[self.kind] * quantile(tail, self._bits("popularity", self.numbers))
        popularity: Integers = np.maximum(weights // 1000, 1)
        return popularity

    def discount(self, day: int) -> Integers:
        """Return by how many per cent each is reduced: by a week's promotion or a campaign."""
        week = self._version("promotion", day, WEEK)
        last = int(week.max())  # and the one before: products change on days of their own
        reduced = np.where(week == last, self._promoted(last), self._promoted(last - 1))
        return np.maximum(reduced, self._campaigns(day)[self.kind])

    @cached_property
    def _promoted(self) -> Callable[[int], Integers]:
        """Return a function that gives by how many per cent each is reduced in a week."""
        settings = self.demand.settings.discounts
        depths, depth = (
            np.array(list(settings["depths"])),
            Choice.among(settings["depths"].values()),
        )

        def promoted(week: int) -> Integers:
            weeks = np.full(len(self.numbers), week)
            bits = self._bits("promoted", self.numbers, weeks)
            reduced = depths[depth.of(self._bits("depth", self.numbers, weeks))]
            return np.where(happens(bits, settings["promoted_pct"]), reduced, 0)

        return lru_cache(maxsize=3)(promoted)

    def _campaigns(self, day: int) -> Integers:
        reduced = [0] * len(self.kinds)
        today = self.demand.day_of(day)
        for campaign, days in self._campaign_days:
            if today in days:
                for place, kind in enumerate(self.kinds):
                    if kind.category in campaign["categories"]:
                        reduced[place] = max(reduced[place], campaign["discount_pct"])
        return np.array(reduced)

    @cached_property
    def _campaign_days(self) -> list[tuple[Campaign, set[date]]]:
        return [
            (campaign, set(self.demand.days_around(campaign, campaign["holiday"])))
            for campaign in self.demand.vocabulary.campaigns
        ]

    def running_weights(self, day: int, discount: Integers) -> list[Integers]:
        """Return for each segment the running sum of what sells, and how well, on a day."""
        seasons = self.demand.vocabulary.seasons
        month = MONTHS[self.demand.day_of(day).month - 1]
        season = np.array([seasons.get(kind.category, {}).get(month, 100) for kind in self.kinds])
        on_sale = (self.launched <= day) & (day < self.discontinued)
        weights = self.popularity * season[self.kind] * on_sale
        response = self.demand.settings.discounts["response_pct"]
        running: dict[int, Integers] = {}
        appetites = [
            int(10 * response * segment.discount_appetite)
            for segment in self.demand.settings.segments.values()
        ]
        for permille in set(appetites):
            running[permille] = np.cumsum(weights * (1000 + discount * permille) // 100_000)
        return [running[permille] for permille in appetites]

    @cached_property
    def partner(self) -> Integers:
        """Return for each sub-category the one that its buyers like to add, or -1."""
        return self._affinities(-1, lambda pair: self._kind_named(pair["then"]))

    @cached_property
    def partner_pct(self) -> Integers:
        """Return for each sub-category how many per cent add its partner."""
        return self._affinities(0, lambda pair: pair["pct"])

    def _affinities(self, default: int, value: Callable[[Affinity], int]) -> Integers:
        values = np.full(len(self.kinds), default)
        for pair in self.demand.vocabulary.affinities:
            values[self._kind_named(pair["first"])] = value(pair)
        return values

    def _kind_named(self, sub_category: str) -> int:
        return [kind.sub_category for kind in self.kinds].index(sub_category)

    def _bits(self, name: str, *numbers: Integers) -> Bits:
        return named(self.demand.settings.seed, f"product {name}").of(*numbers)


def _assortment(kind: Kind) -> Decimal:
    """Return how many different products a sub-category has, relative to others."""
    return Decimal(2) + kind.demand
