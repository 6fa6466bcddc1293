"""What the shop sold on a day: who bought what, when, at which price; numbers only."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from loader.generator.customers import Customers
from loader.generator.demand import Demand
from loader.generator.products import Products
from loader.generator.stock import Stock, taken
from loader.generator.streams import (
    Bits,
    Choice,
    Flags,
    Integers,
    Stream,
    below,
    happens,
    mixed,
    named,
)

SECONDS_OF_AN_HOUR = 3600
DAYS_OF_A_MONTH = 30
SPARE_TURNS = 2  # for each order, as some customers are drawn again
ITEM_PLACES = 16  # of an order, and more than the largest basket


@dataclass(frozen=True)
class Sales:
    """Hold a day's orders and their items in order of time; arrays side by side, money in cents.

    `order` of an item is the place of its order. What the shop delivers wrongly at
    first and corrects on day `corrected` (never: -1) is the payment method, or the quantity of the
    order's first item.
    """

    day: int
    customer: Integers
    second: Integers
    payment: Integers
    wrong_payment: Integers
    arrived: Integers
    corrected: Integers
    order: Integers
    product: Integers
    price: Integers
    discount: Integers
    quantity: Integers
    wrong_quantity: Integers

    @cached_property
    def line_total(self) -> Integers:
        """Return what each item costs, rounded half up."""
        return line_totals(self.quantity, self.price, self.discount)

    @cached_property
    def total(self) -> Integers:
        """Return what each order costs."""
        return sums(self.order, self.line_total, len(self.customer))


def line_totals(quantity: Integers, price: Integers, discount: Integers) -> Integers:
    """Return quantity x price, less the discount, rounded half up."""
    return (quantity * price * (100 - discount) + 50) // 100


def sums(groups: Integers, values: Integers, count: int) -> Integers:
    """Return the sum of values by group; exact below 2**53 cents."""
    return np.bincount(groups, weights=values, minlength=count).astype(np.int64)


def _repeated(values: Integers, reach: int) -> Flags:
    """Return which values stand among the few before them already."""
    repeated = np.zeros(len(values), dtype=bool)
    for back in range(1, reach):
        repeated[back:] |= values[back:] == values[:-back]
    return repeated


@dataclass(frozen=True)
class Market:
    """Bring customers and products together: the sales of any day."""

    demand: Demand
    customers: Customers
    products: Products

    @cached_property
    def _lives(self) -> Callable[[int], tuple[Integers, ...]]:
        """Return a function that gives who can order at all in a month, and the limits of that."""
        people = self.customers

        def lives(month: int) -> tuple[Integers, ...]:
            first = month * DAYS_OF_A_MONTH
            is_here = (people.lapsed > first) & (people.registered < first + DAYS_OF_A_MONTH)
            places = np.flatnonzero(is_here)
            columns = (people.registered, people.lapsed, people.weight)
            return (places, *(column[places] for column in columns))

        return lru_cache(maxsize=2)(lives)

    @cached_property
    def stock(self) -> Stock:
        """Return the stock that all this is sold from."""
        return Stock(self.products, self._wanted_units)

    def sales(self, day: int) -> Sales:
        """Return a day's sales, made anew each time: they are a function of the day alone.

        What is out of stock is not sold; an order of nothing else is none.
        """
        customer, order, product, discount, wanted = self._wanted(day)
        quantity = taken(product, wanted, self.stock.morning(day))
        sold = quantity > 0
        kept = np.bincount(order[sold], minlength=len(customer)) > 0
        new_place = np.cumsum(kept) - 1
        return self._finished(
            day,
            customer[kept],
            new_place[order[sold]],
            (
                product[sold],
                self.products.price(day)[product[sold]],
                discount[sold],
                quantity[sold],
            ),
        )

    def _wanted_units(self, day: int) -> Integers:
        """Return how many pieces of each product are wanted on a day."""
        *_, product, _, quantity = self._wanted(day)
        return sums(product, quantity, len(self.products.numbers))

    @cached_property
    def _wanted(self) -> Callable[[int], tuple[Integers, ...]]:
        """Return a function that gives who wants what on a day, whether it is there or not."""

        def wanted(day: int) -> tuple[Integers, ...]:
            customer = self._buyers(day)
            order, product, discount = self._baskets(day, self.customers.segment[customer])
            return customer, order, product, discount, self._quantities(day, order, product)

        return lru_cache(maxsize=2)(wanted)  # stock and sales ask for the same day

    def _buyers(self, day: int) -> Integers:
        """Return the places of the customers who order: newcomers, and those whose turn it is.

        Nobody orders twice a day: of two equal orders the second would look like a mistake.
        """
        people = self.customers
        places, registered, lapsed, weight = self._lives(day // DAYS_OF_A_MONTH)
        running = np.cumsum(weight * ((registered < day) & (day < lapsed)))
        newcomers = np.flatnonzero((people.registered == day) & people.orders_at_once)
        count = self.demand.orders(day)
        total = int(running[-1]) if len(running) else 0
        others = max(count - len(newcomers), 0) if total else 0
        turns = below(self._bits("buyer", day, SPARE_TURNS * others), total)
        drawn = places[np.searchsorted(running, turns, side="right")]
        regulars = drawn[np.sort(np.unique(drawn, return_index=True)[1])[:others]]
        buyers = np.concatenate([newcomers, regulars])
        return buyers[mixed(self._bits("turn", day, len(buyers)))]

    def _baskets(self, day: int, segment: Integers) -> tuple[Integers, Integers, Integers]:
        """Return each item's order, product and discount; no product comes twice in an order."""
        sizes = self._sizes(day, segment)
        order = np.repeat(np.arange(len(sizes)), sizes)
        slot = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        item = order * ITEM_PLACES + slot
        bits = self._stream("product", day).of(item)
        discount = self.products.discount(day)
        weights = self.products.running_weights(day, discount)
        product = self._drawn(weights, segment[order], bits)
        self._follow_affinities(day, product, slot, segment[order], weights)
        kept = ~_repeated(order * (1 << 32) + product, int(sizes.max(initial=1)))
        order, product = order[kept], product[kept]
        return order, product, discount[product]

    def _sizes(self, day: int, segment: Integers) -> Integers:
        sizes = self.demand.settings.baskets["sizes"]
        usual = np.array(list(sizes))[
            Choice.among(sizes.values()).of(self._bits("size", day, len(segment)))
        ]
        larger = self._bits("larger", day, len(segment))
        for place, kind in enumerate(self.demand.settings.segments.values()):
            usual += (segment == place) & happens(larger, kind.larger_basket_pct)
        return usual

    def _drawn(self, weights: list[Integers], segment: Integers, bits: Bits) -> Integers:
        """Return a product for each item, drawn by what its buyer's segment likes that day."""
        product = np.empty(len(bits), dtype=np.int64)
        for place, running in enumerate(weights):
            of_segment = np.flatnonzero(segment == place)
            turns = below(bits[of_segment], running[-1])
            product[of_segment] = np.searchsorted(running, turns, side="right")
        return product

    def _follow_affinities(
        self,
        day: int,
        product: Integers,
        slot: Integers,
        segment: Integers,
        weights: list[Integers],
    ) -> None:
        """Let the second item of an order be of the sub-category that goes with the first one's."""
        second = np.flatnonzero(slot == 1)
        kind = self.products.kind[product[second - 1]]
        partner, percent = self.products.partner[kind], self.products.partner_pct[kind]
        turns = self._stream("affinity", day).of(second)
        follows = (partner >= 0) & ((turns >> np.uint64(32)) < self._thresholds[percent])
        second, partner = second[follows], partner[follows]
        bits = self._stream("partner", day).of(second)
        for place, running in enumerate(weights):
            chosen = np.flatnonzero(segment[second] == place)
            before = np.concatenate([[0], running])
            low, high = (before[self.products.bounds[partner[chosen] + end]] for end in (0, 1))
            found = np.searchsorted(running, low + below(bits[chosen], high - low), side="right")
            some = high > low
            product[second[chosen][some]] = found[some]

    @cached_property
    def _thresholds(self) -> Bits:
        return (np.arange(101, dtype=np.uint64) << np.uint64(32)) // np.uint64(100)

    def _quantities(self, day: int, order: Integers, product: Integers) -> Integers:
        shares = self.demand.settings.baskets["quantities"]
        bits = self._stream("quantity", day).of(order, self.products.numbers[product])
        quantity = np.array(list(shares))[Choice.among(shares.values()).of(bits)]
        most = np.array([kind.most for kind in self.products.kinds])
        limited: Integers = np.minimum(quantity, most[self.products.kind[product]])
        return limited

    def _finished(
        self,
        day: int,
        customer: Integers,
        order: Integers,
        items: tuple[Integers, Integers, Integers, Integers],
    ) -> Sales:
        """Add when orders came in, how they were paid, and what reaches the files later."""
        count = len(customer)
        payments = Choice.among(self.demand.vocabulary.payment_methods.values())
        payment = payments.of(self._bits("payment", day, count))
        late, corrected, is_payment = self._news(day, count)
        product, price, discount, quantity = items
        is_first = np.diff(order, prepend=-1) > 0
        wrong = is_first & (corrected >= 0)[order] & ~is_payment[order]
        methods = len(payments.shares)
        return Sales(
            day=day,
            customer=customer,
            second=np.sort(self._seconds(day, count)),
            payment=payment,
            wrong_payment=np.where(is_payment, (payment + 1) % methods, payment),
            arrived=day + late,
            corrected=corrected,
            order=order,
            product=product,
            price=price,
            discount=discount,
            quantity=quantity,
            wrong_quantity=quantity + wrong,
        )

    def _news(self, day: int, count: int) -> tuple[Integers, Integers, Flags]:
        """Return how late orders arrive, the day each is corrected or -1, and which way."""
        files = self.demand.settings.files
        late, lag = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
        tardy = np.flatnonzero(happens(self._bits("late", day, count), files["late_pct"]))
        late[tardy] = 1 + below(self._stream("lateness", day).of(tardy), files["late_days"])
        is_wrong = happens(self._bits("wrong", day, count), files["corrected_pct"])
        wrong = np.flatnonzero(is_wrong)
        lag[wrong] = 1 + below(self._stream("correction", day).of(wrong), files["corrected_days"])
        is_payment = np.zeros(count, dtype=bool)
        is_payment[wrong] = happens(self._stream("wrong payment", day).of(wrong), 50)
        return late, np.where(is_wrong, day + late + lag, -1), is_payment

    def _seconds(self, day: int, count: int) -> Integers:
        hour = self.demand.hours(day).of(self._bits("hour", day, count))
        return hour * SECONDS_OF_AN_HOUR + below(
            self._bits("second", day, count), SECONDS_OF_AN_HOUR
        )

    def _bits(self, name: str, day: int, count: int) -> Bits:
        return self._stream(name, day).of(np.arange(count))

    def _stream(self, name: str, day: int) -> Stream:
        return named(self.demand.settings.seed, f"sale {name}").at(day)
