"""A made-up shop: who its customers are, and what it has on sale.

Everything is a pure function of the shop's settings and a date. Each customer, product and sale
draws from a random stream of its own, named by what it is for, so any day can be made alone, in
any order. What changes over time (a home, a price) has a version that follows from the day's
number: nothing is remembered between days.
"""

import hashlib
import random
import re
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from faker import Faker

VOCABULARY = Path(__file__).with_name("vocabulary.toml")
CENT = Decimal("0.01")

# Days between two changes of one customer or product.
MOVE_DAYS = 500
PRICE_DAYS = 125
COST_DAYS = 180
STOCK_DAYS = 25

SUPPLIERS = 40
BRANDS = 60

Row = tuple[object, ...]


def stream(seed: int, *name: object) -> random.Random:
    """Return the random stream of a name: the same on any machine and in any process."""
    key = "/".join(map(str, (seed, *name))).encode()
    return random.Random(int.from_bytes(hashlib.sha256(key).digest()))  # noqa: S311


def money(amount: Decimal) -> Decimal:
    """Round to two decimals, halves away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Shop:
    """Hold the settings of a shop; one customer a day joins those of the opening."""

    seed: int = 2024
    customers: int = 1000
    products: int = 500
    transactions_per_day: int = 27
    opened_on: date = date(2024, 1, 1)

    @cached_property
    def vocabulary(self) -> dict[str, Any]:
        """Return the words the shop is made of."""
        return tomllib.loads(VOCABULARY.read_text(encoding="utf-8"))

    @cached_property
    def faker(self) -> Faker:
        """Return a Faker whose own randomness is never used: each call is given a stream."""
        return Faker(self.vocabulary["people"]["locale"])

    @cached_property
    def places(self) -> list[tuple[str, str, str]]:
        """Return state, city and postal prefix of every place."""
        states = self.vocabulary["states"].items()
        return [
            (state, city, prefix) for state, cities in states for city, prefix in cities.items()
        ]

    def day_number(self, day: date) -> int:
        """Return the days since the shop opened."""
        return (day - self.opened_on).days

    def customer_count(self, day: date) -> int:
        """Return how many customers have registered up to and including a day."""
        return self.customers + self.day_number(day) + 1


def weighted(rng: random.Random, shares: dict[str, int]) -> str:
    """Draw one of the keys by its share."""
    return rng.choices(list(shares), list(shares.values()))[0]


def version(shop: Shop, kind: str, number: int, day: date, every: int) -> int:
    """Return which version of a changing thing holds on a day; each thing has its own calendar."""
    offset = stream(shop.seed, kind, "calendar", number).randrange(every)
    return (shop.day_number(day) + offset) // every


@dataclass(frozen=True)
class Home:
    """Hold where a customer lives."""

    street: str
    city: str
    state: str
    postal_code: str

    def __str__(self) -> str:
        return f"{self.street}, {self.city}, {self.state} {self.postal_code}"


def registered_on(shop: Shop, number: int) -> date:
    """Return when a customer registered: in the year before the opening, or one a day since."""
    if number > shop.customers:
        return shop.opened_on + timedelta(days=number - shop.customers - 1)
    return shop.opened_on - timedelta(days=1 + stream(shop.seed, "joined", number).randrange(365))


def home(shop: Shop, number: int, day: date) -> Home:
    """Return where a customer lives on a day."""
    return _home(shop, number, version(shop, "home", number, day, MOVE_DAYS))


@lru_cache(maxsize=100_000)
def _home(shop: Shop, number: int, home_version: int) -> Home:
    rng = stream(shop.seed, "home", number, home_version)
    state, city, prefix = rng.choice(shop.places)
    shop.faker.random = rng
    street = " ".join(shop.faker.street_address().split())
    return Home(street, city, state, f"{prefix}{rng.randrange(1, 100):03d}")


def customer(shop: Shop, number: int, day: date) -> Row:
    """Return a customer's row as of a day, in the contract's order of columns."""
    rng, people = stream(shop.seed, "customer", number), shop.vocabulary["people"]
    shop.faker.random = rng
    first, last = shop.faker.first_name(), shop.faker.last_name()
    mailbox = re.sub(r"[^a-z.]", "", f"{first}.{last}".lower())
    lives = home(shop, number, day)
    return (
        f"CUST{number:04d}",
        first,
        last,
        f"{mailbox}{number}@{rng.choice(people['email_domains'])}",
        f"+1-{rng.choice(people['area_codes'])}-555-01{rng.randrange(100):02d}",
        registered_on(shop, number),
        lives.city,
        lives.state,
        people["country"],
        weighted(rng, shop.vocabulary["age_groups"]),
    )


@dataclass(frozen=True)
class Article:
    """Hold what never changes about a product; `base_price` is what its prices vary around."""

    product_id: str
    name: str
    category: str
    sub_category: str
    brand: str
    supplier_id: str
    base_price: Decimal


@lru_cache(maxsize=100_000)
def article(shop: Shop, number: int) -> Article:
    """Return a product's lasting attributes."""
    rng = stream(shop.seed, "product", number)
    kind = rng.choice(shop.vocabulary["catalogue"])
    shop.faker.random = stream(shop.seed, "brand", rng.randrange(BRANDS))
    low, high = kind["price"]
    brand = shop.faker.company()
    name = brand.split()[0].strip(",")
    return Article(
        product_id=f"PROD{number:04d}",
        name=f"{name} {rng.choice(kind['things'])} {rng.randrange(100, 1000)}",
        category=kind["category"],
        sub_category=kind["sub_category"],
        brand=brand,
        supplier_id=f"SUP{rng.randrange(1, SUPPLIERS + 1):03d}",
        base_price=money(Decimal(rng.randrange(low * 100, high * 100)) / 100),
    )


def price(shop: Shop, number: int, day: date) -> Decimal:
    """Return a product's price on a day: 90 to 115 % of its base price."""
    return _varied(
        shop, "price", number, version(shop, "price", number, day, PRICE_DAYS), (90, 115)
    )


def cost(shop: Shop, number: int, day: date) -> Decimal:
    """Return a product's cost on a day: 50 to 75 % of its base price, so always below its price."""
    return _varied(shop, "cost", number, version(shop, "cost", number, day, COST_DAYS), (50, 75))


@lru_cache(maxsize=100_000)
def _varied(shop: Shop, kind: str, number: int, step: int, bounds: tuple[int, int]) -> Decimal:
    percent = stream(shop.seed, kind, number, step).randint(*bounds)
    return money(article(shop, number).base_price * percent / 100)


def product(shop: Shop, number: int, day: date) -> Row:
    """Return a product's row as of a day, in the contract's order of columns."""
    lasting = article(shop, number)
    delivery = version(shop, "stock", number, day, STOCK_DAYS)
    return (
        lasting.product_id,
        lasting.name,
        lasting.category,
        lasting.sub_category,
        price(shop, number, day),
        cost(shop, number, day),
        lasting.brand,
        stream(shop.seed, "stock", number, delivery).randrange(500),
        lasting.supplier_id,
    )
