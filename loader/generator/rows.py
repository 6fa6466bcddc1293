"""What a batch carries, as tables of text in the contract's order of columns."""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from loader.generator.batch import Delivery, World
from loader.generator.names import brands_and_names
from loader.generator.streams import Bits, Choice, Integers, below, named
from loader.generator.text import (
    ITEM_DIGITS,
    ORDER_DIGITS,
    Column,
    Strings,
    dated,
    dates,
    digits,
    inner,
    joined,
    money,
    needs_quotes,
    plain,
    quoted,
    strings,
    times,
    to_csv,
    words,
)
from loader.generator.vocabulary import slug

BUILDINGS, POSTAL_CODES, TELEPHONES, SUPPLIERS = 400, 1000, 10_000, 50
MAILBOXES = (("first", "."), ("last", "."), ("first", "_"), ("first", ""))


@dataclass(frozen=True)
class Lines:
    """Hold rows of a table as text, and the sums of some columns; money in cents."""

    text: bytes
    count: int
    sums: dict[str, int]


class Rows:
    """Turn numbers into rows."""

    def __init__(self, world: World) -> None:
        self.world, self.words = world, world.demand.vocabulary
        self._seed = world.settings.seed

    def customers(self) -> Lines:
        """Return the rows of the customers that the batch carries."""
        people, places, day = self.world.customers, self.world.delivered_customers, self.world.day
        first, last = (names[places] for names in people.first_and_last_name)
        place = self._place(people.numbers[places], people.home(day, places))
        text = to_csv(
            self.customer_ids[places],
            words(self.words.first_names)[first],
            words(self.words.last_names)[last],
            self._emails(places, first, last),
            self._phones(places),
            dates(people.registered[places], self.world.settings.opened_on),
            words(place.city for place in self.words.places)[place],
            words(place.state for place in self.words.places)[place],
            quoted(self.words.people["country"]).encode(),
            words(self.words.age_groups)[people.age_group(day)[places]],
        )
        return Lines(text, len(places), {})

    def products(self) -> Lines:
        """Return the rows of the products that the batch carries."""
        goods, places, day = self.world.products, self.world.delivered_products, self.world.day
        kinds, kind = goods.kinds, goods.kind[places]
        numbers = goods.numbers[places]
        price, cost = goods.price(day)[places], goods.cost(day)[places]
        stock = self.world.stock(day)[places]
        brands, names = brands_and_names(goods, places)
        text = to_csv(
            self.product_ids[places],
            words(names),
            words(kind.category for kind in kinds)[kind],
            words(kind.sub_category for kind in kinds)[kind],
            money(price),
            money(cost),
            words(brands),
            digits(stock),
            (b"SUP", digits(1 + below(self._bits("supplier", numbers), SUPPLIERS), 3)),
        )
        return Lines(text, len(places), _sums(price=price, cost=cost, stock_quantity=stock))

    def transactions(self, sold: Delivery, places: Integers) -> Lines:
        """Return the rows of some of the orders."""
        people, opened_on = self.world.customers, self.world.settings.opened_on
        day, customer, total = sold.day[places], sold.customer[places], sold.total[places]
        text = to_csv(
            dated(b"TXN", day, sold.sequence[places], ORDER_DIGITS),
            self.customer_ids[customer],
            dates(day, opened_on),
            times(sold.second[places]),
            words(self.words.payment_methods)[sold.payment[places]],
            self._addresses(people.numbers[customer], people.home(day, customer)),
            money(total),
        )
        return Lines(text, len(places), _sums(total_amount=total))

    def items(self, sold: Delivery) -> Lines:
        """Return the rows of the orders' items."""
        text = to_csv(
            dated(b"ITEM", sold.day[sold.order], sold.item_sequence, ITEM_DIGITS),
            joined(dated(b"TXN", sold.day, sold.sequence, ORDER_DIGITS))[sold.order],
            self.product_ids[sold.product],
            digits(sold.quantity),
            money(sold.price),
            digits(sold.discount),
            money(sold.line_total),
        )
        sums = _sums(quantity=sold.quantity, line_total=sold.line_total)
        return Lines(text, len(sold.product), sums)

    def transaction_ids(self, sold: Delivery, places: Integers) -> list[str]:
        """Return the ids of some of the orders."""
        return strings(dated(b"TXN", sold.day[places], sold.sequence[places], ORDER_DIGITS))

    def item_ids(self, sold: Delivery, places: Integers) -> list[str]:
        """Return the ids of some of the items."""
        day = sold.day[sold.order[places]]
        return strings(dated(b"ITEM", day, sold.item_sequence[places], ITEM_DIGITS))

    @cached_property
    def customer_ids(self) -> Strings:
        """Return every customer's id, by place."""
        return joined(b"CUST", digits(self.world.customers.numbers, 4))

    @cached_property
    def product_ids(self) -> Strings:
        """Return every product's id, by place."""
        return joined(b"PROD", digits(self.world.products.numbers, 4))

    def _emails(self, places: Integers, first: Integers, last: Integers) -> Column:
        """Return addresses that nobody else has: the number in front of the @ is the customer's."""
        people, names = self.world.customers, self.words
        version = people.email(self.world.day)[places]
        numbers, domains = people.numbers[places], names.people["email_domains"]
        domain = below(named(self._seed, "email").of(numbers, version), len(domains))
        slugs = plain(map(slug, (*names.first_names, *names.last_names)))
        last = last + len(names.first_names)
        form = version % len(MAILBOXES)
        begins_with_first = np.array([begin == "first" for begin, _ in MAILBOXES])[form]
        return (
            slugs[np.where(begins_with_first, first, last)],
            plain(between for _, between in MAILBOXES)[form],
            slugs[np.where(begins_with_first, last, first)],
            digits(numbers),
            plain(f"@{domain}" for domain in domains)[domain],
        )

    def _phones(self, places: Integers) -> Column:
        """Return numbers from ranges kept for fiction."""
        people = self.world.customers
        version = people.phone(self.world.day)[places]
        bits = named(self._seed, "phone").of(people.numbers[places], version)
        return self._telephones[below(bits, len(self._telephones))]

    @cached_property
    def _telephones(self) -> Strings:
        """Return a good many of the numbers that the vocabulary's patterns stand for."""
        patterns = self.words.people["phones"]
        each = TELEPHONES // len(patterns)
        return words(_dialled(pattern, number) for pattern in patterns for number in range(each))

    def _place(self, numbers: Integers, homes: Integers) -> Integers:
        shares = Choice.among([place.people for place in self.words.places])
        return shares.of(named(self._seed, "city").of(numbers, homes))

    def _addresses(self, numbers: Integers, homes: Integers) -> Column:
        """Return where orders go: the customer's home on the day of the order."""
        place = self._place(numbers, homes)
        drawn = {name: column[place] for name, column in self._cities.items()}
        for name, column in self._streets.items():
            drawn[name] = column[below(named(self._seed, name).of(numbers, homes), len(column))]
        address = tuple(drawn.get(part, part.encode()) for part in self._address_parts)
        return (b'"', address, b'"') if self._are_quoted else address

    @cached_property
    def _address_parts(self) -> list[str]:
        """Return the pattern of addresses in pieces: its parts, and the text between."""
        pattern = self.words.people["address"].replace("{postal_code}", "{prefix}{postal_code}")
        return [piece for piece in re.split("[{}]", inner(pattern)) if piece]

    @cached_property
    def _are_quoted(self) -> bool:
        """Return whether any address needs quotes; then all have them."""
        places = "".join(place.city + place.state for place in self.words.places)
        return needs_quotes(self.words.people["address"] + "".join(self.words.streets) + places)

    @cached_property
    def _cities(self) -> dict[str, Strings]:
        """Return the parts of an address that every home in a city shares."""
        places = self.words.places
        return {
            "city": plain(inner(place.city) for place in places),
            "state": plain(inner(place.state) for place in places),
            "prefix": plain(inner(place.postal_code) for place in places),
        }

    @cached_property
    def _streets(self) -> dict[str, Strings]:
        """Return the parts of an address that each home has of its own."""
        return {
            "building": plain(map(str, range(1, BUILDINGS + 1))),
            "street": plain(map(inner, self.words.streets)),
            "postal_code": plain(f"{number:03d}" for number in range(POSTAL_CODES)),
        }

    def _bits(self, name: str, numbers: Integers) -> Bits:
        return named(self._seed, f"product {name}").of(numbers)


def _dialled(pattern: str, number: int) -> str:
    """Return a pattern with a number's last digits in the places of its # signs."""
    digits = f"{number:020d}"[20 - pattern.count("#") :]
    return pattern.replace("#", "{}").format(*digits)


def _sums(**columns: Integers) -> dict[str, int]:
    return {name: int(values.sum()) for name, values in columns.items()}
