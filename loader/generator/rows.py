"""What a batch carries, as tables of text in the contract's order of columns."""

import re
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loader.contract import TABLES
from loader.generator.batch import Delivery, World
from loader.generator.streams import Bits, Choice, Integers, below, named
from loader.generator.text import (
    ITEM_DIGITS,
    ORDER_DIGITS,
    dated,
    dates,
    inner,
    joined,
    marked,
    money,
    numbered,
    quoted,
    taken,
    times,
)
from loader.generator.vocabulary import slug

BUILDINGS, POSTAL_CODES, TELEPHONES, SUPPLIERS = 400, 1000, 10_000, 50
MAILBOXES = (("first", "."), ("last", "."), ("first", "_"), ("first", ""))


class Rows:
    """Turn numbers into rows."""

    def __init__(self, world: World) -> None:
        self.world, self.words = world, world.demand.vocabulary
        self._seed = world.settings.seed

    def customers(self) -> pa.Table:
        """Return the rows of the customers that the batch carries."""
        people, places, day = self.world.customers, self.world.delivered_customers, self.world.day
        first, last = (names[places] for names in people.first_and_last_name)
        place = self._place(people.numbers[places], people.home(day, places))
        count = len(places)
        columns = (
            self.customer_ids.take(pa.array(places)),
            taken(self._first_names, first),
            taken(self._last_names, last),
            self._emails(places, first, last),
            self._phones(places),
            dates(people.registered[places], self.world.settings.opened_on),
            taken(marked([place.city for place in self.words.places]), place),
            taken(marked([place.state for place in self.words.places]), place),
            taken(marked([self.words.people["country"]]), np.zeros(count, dtype=np.int64)),
            taken(marked(list(self.words.age_groups)), people.age_group(day)[places]),
        )
        return _table("customers", columns)

    def products(self) -> pa.Table:
        """Return the rows of the products that the batch carries."""
        goods, places, day = self.world.products, self.world.delivered_products, self.world.day
        kinds, kind = goods.kinds, goods.kind[places]
        numbers = goods.numbers[places]
        columns = (
            numbered("PROD", numbers, 4),
            marked(self._product_names(kind, numbers)),
            taken(marked([kind.category for kind in kinds]), kind),
            taken(marked([kind.sub_category for kind in kinds]), kind),
            money(goods.price(day)[places]),
            money(goods.cost(day)[places]),
            marked(self._brands(kind, numbers)),
            pa.array(self.world.stock(day)[places]),
            numbered("SUP", 1 + below(self._bits("supplier", numbers), SUPPLIERS), 3),
        )
        return _table("products", columns)

    def transactions(self, sold: Delivery) -> pa.Table:
        """Return the rows of orders, held back or not."""
        people, opened_on = self.world.customers, self.world.settings.opened_on
        columns = (
            dated(b"TXN", sold.day, sold.sequence, ORDER_DIGITS),
            self.customer_ids.take(pa.array(sold.customer)),
            dates(sold.day, opened_on),
            times(sold.second),
            taken(marked(list(self.words.payment_methods)), sold.payment),
            self._addresses(people.numbers[sold.customer], people.home(sold.day, sold.customer)),
            money(sold.total),
        )
        return _table("transactions", columns)

    def transaction_ids(self, sold: Delivery, places: Integers) -> pa.Array:
        """Return the ids of some of the orders."""
        return dated(b"TXN", sold.day[places], sold.sequence[places], ORDER_DIGITS)

    def items(self, sold: Delivery) -> pa.Table:
        """Return the rows of the orders' items."""
        day = sold.day[sold.order]
        columns = (
            dated(b"ITEM", day, sold.item_sequence, ITEM_DIGITS),
            dated(b"TXN", day, sold.sequence[sold.order], ORDER_DIGITS),
            self.product_ids.take(pa.array(sold.product)),
            pa.array(sold.quantity),
            money(sold.price),
            pa.array(sold.discount),
            money(sold.line_total),
        )
        return _table("transaction_items", columns)

    @cached_property
    def customer_ids(self) -> pa.Array:
        """Return every customer's id, by place."""
        return numbered("CUST", self.world.customers.numbers, 4)

    @cached_property
    def product_ids(self) -> pa.Array:
        """Return every product's id, by place."""
        return numbered("PROD", self.world.products.numbers, 4)

    @cached_property
    def _first_names(self) -> pa.Array:
        return marked(self.words.first_names)

    @cached_property
    def _last_names(self) -> pa.Array:
        return marked(self.words.last_names)

    def _emails(self, places: Integers, first: Integers, last: Integers) -> pa.Array:
        """Return addresses that nobody else has: the number in front of the @ is the customer's."""
        people, words = self.world.customers, self.words
        version = people.email(self.world.day)[places]
        numbers, domains = people.numbers[places], words.people["email_domains"]
        domain = below(named(self._seed, "email").of(numbers, version), len(domains))
        parts = {
            "first": taken(pa.array([slug(name) for name in words.first_names]), first),
            "last": taken(pa.array([slug(name) for name in words.last_names]), last),
        }
        drafts = [
            joined(parts[one], between, parts["last" if one == "first" else "first"])
            for one, between in MAILBOXES
        ]
        mailbox = pc.choose(pa.array(version % len(MAILBOXES)), *drafts)
        at_domain = pa.array([f"@{domain}" for domain in domains])
        return joined(mailbox, pa.array(numbers).cast(pa.string()), taken(at_domain, domain))

    def _phones(self, places: Integers) -> pa.Array:
        """Return numbers from ranges kept for fiction."""
        people = self.world.customers
        version = people.phone(self.world.day)[places]
        bits = named(self._seed, "phone").of(people.numbers[places], version)
        return taken(self._telephones, below(bits, len(self._telephones)))

    @cached_property
    def _telephones(self) -> pa.Array:
        """Return a good many of the numbers that the vocabulary's patterns stand for."""
        patterns = self.words.people["phones"]
        each = TELEPHONES // len(patterns)
        return marked([_dialled(pattern, number) for pattern in patterns for number in range(each)])

    def _place(self, numbers: Integers, homes: Integers) -> Integers:
        shares = Choice.among([place.people for place in self.words.places])
        return shares.of(named(self._seed, "city").of(numbers, homes))

    def _addresses(self, numbers: Integers, homes: Integers) -> pa.Array:
        """Return where orders go: the customer's home on the day of the order."""
        parts = {
            "building": (self._buildings, BUILDINGS),
            "street": (self._streets, len(self.words.streets)),
            "postal_code": (self._postal_codes, POSTAL_CODES),
        }
        drawn = {
            name: taken(words, below(named(self._seed, name).of(numbers, homes), count))
            for name, (words, count) in parts.items()
        }
        place = self._place(numbers, homes)
        drawn |= {name: taken(words, place) for name, words in self._cities.items()}
        return joined(*(drawn.get(part, part) for part in self._address_parts))

    @cached_property
    def _address_parts(self) -> list[str]:
        """Return the pattern of addresses in pieces: its parts, and the text between."""
        pattern = self.words.people["address"].replace("{postal_code}", "{prefix}{postal_code}")
        if "," in pattern or '"' in pattern:
            pattern = quoted(inner(pattern))
        return [piece for piece in re.split("[{}]", pattern) if piece]

    @cached_property
    def _cities(self) -> dict[str, pa.Array]:
        places = self.words.places
        return {
            "city": pa.array([inner(place.city) for place in places]),
            "state": pa.array([inner(place.state) for place in places]),
            "prefix": pa.array([inner(place.postal_code) for place in places]),
        }

    @cached_property
    def _buildings(self) -> pa.Array:
        return pa.array([str(number) for number in range(1, BUILDINGS + 1)])

    @cached_property
    def _streets(self) -> pa.Array:
        return pa.array([inner(street) for street in self.words.streets])

    @cached_property
    def _postal_codes(self) -> pa.Array:
        return pa.array([f"{number:03d}" for number in range(POSTAL_CODES)])

    def _brands(self, kind: Integers, numbers: Integers) -> list[str]:
        kinds = self.world.products.kinds
        return self._words("brand", [one.brands for one in kinds], kind, numbers)

    def _product_names(self, kind: Integers, numbers: Integers) -> list[str]:
        kinds = self.world.products.kinds
        words = zip(
            kind.tolist(),
            self._brands(kind, numbers),
            self._words("style", [one.styles for one in kinds], kind, numbers),
            self._words("thing", [one.things for one in kinds], kind, numbers),
            strict=True,
        )
        return [
            kinds[one].name.format(brand=brand, style=style, thing=thing)
            for one, brand, style, thing in words
        ]

    def _words(
        self, name: str, choices: list[tuple[str, ...]], kind: Integers, numbers: Integers
    ) -> list[str]:
        """Return a word for each product, out of those of its sub-category."""
        counts = np.array([len(words) for words in choices])
        places = below(self._bits(name, numbers), counts[kind]).tolist()
        return [choices[one][place] for one, place in zip(kind.tolist(), places, strict=True)]

    def _bits(self, name: str, numbers: Integers) -> Bits:
        return named(self._seed, f"product {name}").of(numbers)


def _dialled(pattern: str, number: int) -> str:
    """Return a pattern with a number's last digits in the places of its # signs."""
    digits = f"{number:020d}"[20 - pattern.count("#") :]
    return pattern.replace("#", "{}").format(*digits)


def _table(table: str, columns: tuple[pa.Array, ...]) -> pa.Table:
    return pa.Table.from_arrays(list(columns), names=list(TABLES[table]))
