"""How many pieces of each product there are: sold, ordered at the reorder point, delivered later.

An order is of a fixed quantity and one at a time (the policy of reorder point and order quantity).
Each product is filled up once in so many days, on a day of its own, so that its stock depends on
the days since then alone: any day can be made without those before.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from functools import cached_property

import numpy as np

from loader.generator.products import Products
from loader.generator.streams import EXACT, Integers, below, happens, named

FILLED_UP_EVERY_DAYS = 84
NEVER = -1
KEPT_DAYS = 40  # a batch asks for some days more than once


@dataclass(frozen=True)
class Levels:
    """Hold how many pieces of each product there are, and the day that its order arrives."""

    on_hand: Integers
    due: Integers


@dataclass(frozen=True)
class Stock:
    """Know the stock of any day, by what is wanted of each product on a day."""

    products: Products
    wanted: Callable[[int], Integers]
    _evenings: dict[int, Levels] = field(default_factory=dict)

    def morning(self, day: int) -> Integers:
        """Return how many pieces of each product can be sold on a day."""
        return self._delivered(self._evening(day - 1), day).on_hand

    def evening(self, day: int) -> Integers:
        """Return how many pieces there are when a day ends; what is discontinued is cleared."""
        return np.where(day < self.products.discontinued, self._evening(day).on_hand, 0)

    def _evening(self, day: int) -> Levels:
        if day not in self._evenings:
            known = self._evenings.get(day - 1)
            first = day if known else max(day - FILLED_UP_EVERY_DAYS + 1, 0)
            levels = known or self._full(first)
            for each in range(first, day + 1):
                levels = self._sold(self._delivered(levels, each), each)
            self._evenings[day] = levels
            if len(self._evenings) > KEPT_DAYS:
                del self._evenings[next(iter(self._evenings))]
        return self._evenings[day]

    def _full(self, day: int) -> Levels:
        on_hand = self._pieces("reorder_point_days", day) + self._pieces("order_days", day)
        return Levels(on_hand, np.full(len(on_hand), NEVER))

    def _delivered(self, levels: Levels, day: int) -> Levels:
        """Return the levels of a morning: what was due has come, some products are filled up."""
        is_due = levels.due == day
        is_filled = (self.products.launched == day) | (
            (day + self._offsets) % FILLED_UP_EVERY_DAYS == 0
        )
        on_hand = levels.on_hand + is_due * self._pieces("order_days", day)
        return Levels(
            np.where(is_filled, self._full(day).on_hand, on_hand),
            np.where(is_filled | is_due, NEVER, levels.due),
        )

    def _sold(self, levels: Levels, day: int) -> Levels:
        """Return the levels of an evening: what reached its reorder point is ordered."""
        on_hand = np.maximum(levels.on_hand - self.wanted(day), 0)
        is_low = on_hand <= self._pieces("reorder_point_days", day)
        is_ordered = is_low & (levels.due == NEVER)
        return Levels(on_hand, np.where(is_ordered, day + self._lead_days(day), levels.due))

    def _lead_days(self, day: int) -> Integers:
        """Return how long an order of this day takes; some come late."""
        settings = self.products.demand.settings
        bits = [
            named(settings.seed, f"product {name}").at(day).of(self.products.numbers)
            for name in ("late delivery", "lateness")
        ]
        late = 1 + below(bits[1], settings.stock["late_days"])
        lead: int = settings.stock["lead_time_days"]
        return lead + late * happens(bits[0], settings.stock["late_pct"])

    def _pieces(self, setting: str, day: int) -> Integers:
        """Return how many pieces last so many days as a setting says; one at least.

        A shop that shrinks goes on ordering as it did, so that nothing has too many.
        """
        demand = self.products.demand
        with localcontext(EXACT):
            growth = int(1000 * max(demand.growth(day), Decimal(1)))
        days: int = demand.settings.stock[setting]
        return 1 + self._per_day * growth // 1000 * days // 1_000_000

    @cached_property
    def _per_day(self) -> Integers:
        """Return how many millionths of each usually sell a day, at the demand of the opening."""
        settings, goods = self.products.demand.settings, self.products
        most = [kind.most for kind in goods.kinds]
        pieces = np.array([int(1000 * _mean(settings.baskets["quantities"], m)) for m in most])
        items = int(1000 * settings.shop["orders_per_day"] * _mean(settings.baskets["sizes"]))
        is_first = goods.numbers <= settings.shop["products_at_opening"]
        whole = int(goods.popularity[is_first].sum())
        per_day: Integers = goods.popularity * items * pieces[goods.kind] // whole
        return per_day

    @cached_property
    def _offsets(self) -> Integers:
        bits = named(self.products.demand.settings.seed, "product filled up").of(
            self.products.numbers
        )
        return below(bits, FILLED_UP_EVERY_DAYS)


def taken(product: Integers, quantity: Integers, on_hand: Integers) -> Integers:
    """Return how many of an item's pieces there still are: first come, first served."""
    order = np.argsort(product, kind="stable")
    product, wanted = product[order], quantity[order]
    before = np.cumsum(wanted) - wanted
    firsts = np.flatnonzero(np.diff(product, prepend=-1))
    before -= np.repeat(before[firsts], np.diff(firsts, append=len(product)))
    pieces = np.empty_like(quantity)
    pieces[order] = np.clip(on_hand[product] - before, 0, wanted)
    return pieces


def _mean(shares: dict[int, Decimal], most: int | None = None) -> Decimal:
    """Return the mean of numbers by their shares, each at most so much."""
    total = sum(share * min(number, most or number) for number, share in shares.items())
    return Decimal(total) / sum(shares.values())
