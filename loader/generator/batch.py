"""What a batch carries: the news of some days, or a shop's first delivery with its history."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache

import numpy as np

from loader.errors import LoaderError
from loader.generator.customers import Customers
from loader.generator.defects import Shares
from loader.generator.demand import Demand
from loader.generator.products import Products
from loader.generator.sales import Market, Sales, line_totals, sums
from loader.generator.settings import ShopSettings
from loader.generator.streams import Flags, Integers, happens, named
from loader.generator.vocabulary import load_vocabulary

CHUNK_ITEMS = 50_000  # sales are written in pieces of about so many items


@dataclass(frozen=True)
class Batch:
    """Say what a batch carries: what came to be known in the `days` up to `day`.

    The first batch carries every customer and product instead of the changed ones.
    """

    day: date
    days: int = 1
    is_first: bool = False

    @property
    def last_day_before(self) -> date:
        """Return the day that the batch's changes are changes against."""
        return self.day - timedelta(days=self.days)


@dataclass(frozen=True)
class Delivery:
    """Hold sales as a batch delivers them, in order of day and time.

    `sequence` and `item_sequence` number orders and items within their day, from 1.
    """

    day: Integers
    sequence: Integers
    customer: Integers
    second: Integers
    payment: Integers
    total: Integers
    order: Integers
    item_sequence: Integers
    product: Integers
    quantity: Integers
    price: Integers
    discount: Integers
    line_total: Integers
    is_correction: Flags
    has_header: Flags
    is_header_only: Flags


class World:
    """Hold the shop as far as a batch reaches, and give what the batch delivers.

    Days are numbers from the opening. Memory: arrays over the customers and products, and the
    sales of one piece.
    """

    def __init__(self, settings: ShopSettings, batch: Batch) -> None:
        self.settings, self.batch = settings, batch
        self.shares = Shares(settings.defects)
        self.demand = Demand(settings, load_vocabulary(settings))
        self._check()
        self.day = self.demand.number_of(batch.day)
        self.before = self.demand.number_of(batch.last_day_before)
        self.customers = Customers(self.demand, self.day)
        self.products = Products(self.demand, self.day)
        self.market = Market(self.demand, self.customers, self.products)
        # files and returns ask for the same days
        self.sales = lru_cache(maxsize=settings.look_back_days + 1)(self.market.sales)

    def _check(self) -> None:
        opened_on = self.settings.opened_on
        if self.batch.days < 1:
            raise LoaderError(f"the batch covers {self.batch.days} days; give 1 or more")
        if self.batch.day < opened_on:
            raise LoaderError(
                f"the generated shop opened on {opened_on}, so it has nothing to deliver "
                f"on {self.batch.day}; give a later date, or change shop.opened_on"
            )

    @cached_property
    def delivered_customers(self) -> Integers:
        """Return the places of the customers whose rows the batch carries."""
        people = self.customers
        if self.batch.is_first:
            return np.flatnonzero(~self.held_customers)
        held_until_now = self._is_held(people.registered == self.before)
        changed = people.changed(self.before, self.day)
        return np.flatnonzero((changed & ~self.held_customers) | held_until_now)

    @cached_property
    def held_customers(self) -> Flags:
        """Return the newcomers of the last day whose rows arrive a day after their orders."""
        return self._is_held(self.customers.registered == self.day)

    def _is_held(self, candidates: Flags) -> Flags:
        bits = named(self.settings.seed, "held customer").of(self.customers.numbers)
        return candidates & happens(bits, self.shares.held_back("customers.late"))

    @cached_property
    def delivered_products(self) -> Integers:
        """Return the places of the products whose rows the batch carries, in order of number."""
        products, order = self.products, np.argsort(self.products.numbers)
        if self.batch.is_first:
            return order
        is_gone: Flags = products.discontinued <= self.before
        changed: Flags = (
            (products.launched > self.before)
            | (products.price(self.before) != products.price(self.day))
            | (products.cost(self.before) != products.cost(self.day))
            | (self.stock(self.before) != self.stock(self.day))
            | (products.discontinued <= self.day)
        )
        return order[(changed & ~is_gone)[order]]

    def stock(self, day: int) -> Integers:
        """Return how many pieces of each product there are when a day ends."""
        return self.market.stock.evening(day)

    @property
    def first_day(self) -> int:
        """Return the earliest day whose sales can be in the batch."""
        files = self.settings.files
        back = 0 if self.batch.is_first else files["late_days"] + files["corrected_days"]
        return max(self.before + 1 - back, 0)

    def deliveries(self) -> Iterator[Delivery]:
        """Yield the batch's sales in pieces of some days each."""
        waiting, items = [], 0
        for day in range(self.first_day, self.day + 1):
            delivery = self._delivery(self.sales(day))
            waiting.append(delivery)
            items += len(delivery.product)
            if items >= CHUNK_ITEMS or day == self.day:
                yield _together(waiting)
                waiting, items = [], 0

    def _delivery(self, sales: Sales) -> Delivery:
        """Return the orders of a day that the batch carries, as they are known at its end."""
        is_corrected = (sales.corrected >= 0) & (sales.corrected <= self.day)
        is_fresh = (self.before < sales.arrived) & (sales.arrived <= self.day)
        is_news = (sales.arrived <= self.before) & is_corrected & (sales.corrected > self.before)
        whole = is_fresh | is_news
        is_held = self._is_held_order(sales)
        until_now = is_held & ~whole & (sales.arrived == self.before) & (not self.batch.is_first)
        kept = whole | until_now
        place = np.cumsum(kept) - 1
        of_kept = whole[sales.order]
        truth_known = is_corrected | (sales.corrected < 0)
        known = truth_known[sales.order]
        all_quantities = np.where(known, sales.quantity, sales.wrong_quantity)
        all_lines = line_totals(all_quantities, sales.price, sales.discount)
        return Delivery(
            day=np.full(int(kept.sum()), sales.day),
            sequence=np.flatnonzero(kept) + 1,
            customer=sales.customer[kept],
            second=sales.second[kept],
            payment=np.where(truth_known, sales.payment, sales.wrong_payment)[kept],
            total=sums(sales.order, all_lines, len(kept))[kept],
            order=place[sales.order[of_kept]],
            item_sequence=np.flatnonzero(of_kept) + 1,
            product=sales.product[of_kept],
            quantity=all_quantities[of_kept],
            price=sales.price[of_kept],
            discount=sales.discount[of_kept],
            line_total=all_lines[of_kept],
            is_correction=is_news[kept],
            has_header=~(is_held & (sales.arrived == self.day))[kept],
            is_header_only=until_now[kept],
        )

    def _is_held_order(self, sales: Sales) -> Flags:
        """Return the orders whose headers arrive a day after their items."""
        stream = named(self.settings.seed, "held order").at(sales.day)
        bits = stream.of(np.arange(len(sales.customer)))
        return happens(bits, self.shares.held_back("transactions.late"))


def _together(parts: list[Delivery]) -> Delivery:
    """Return several days' sales as one; items count their orders through."""
    starts = np.cumsum([0, *(len(part.customer) for part in parts[:-1])])
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in Delivery.__dataclass_fields__
    }
    columns["order"] = np.concatenate(
        [part.order + start for part, start in zip(parts, starts, strict=True)]
    )
    return Delivery(**columns)
