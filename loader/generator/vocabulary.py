"""The words a shop is made of: from its vocabulary file, and names and streets from Faker."""

import re
import tomllib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypedDict

from faker import Faker

from loader.errors import LoaderError
from loader.generator.keys import MONTHS
from loader.generator.settings import ShopSettings

NAMES, STREETS = 600, 1500


@dataclass(frozen=True)
class Place:
    """Name a city, the state it lies in, and what its postal codes begin with."""

    state: str
    city: str
    postal_code: str
    people: Decimal


@dataclass(frozen=True)
class Kind:
    """Hold what the products of a sub-category have in common; prices in cents."""

    category: str
    sub_category: str
    styles: tuple[str, ...]
    things: tuple[str, ...]
    name: str
    again: str
    price: tuple[int, int]
    margin_pct: tuple[int, int]
    demand: Decimal
    most: int
    brands: tuple[str, ...]


class Near(TypedDict):
    """Name how many days before and after a holiday something happens."""

    days_before: int
    days_after: int


class Holiday(Near):
    """Hold the demand around a holiday, in per cent of usual."""

    name: str
    pct: int


class Campaign(Near):
    """Hold by how many per cent a holiday's campaign reduces which categories."""

    name: str
    holiday: str
    categories: list[str]
    discount_pct: int


class Affinity(TypedDict):
    """Hold how many per cent of orders go on from one sub-category to another."""

    first: str
    then: str
    pct: int


@dataclass(frozen=True)
class Vocabulary:
    """Hold all words of a shop, and the effects that are tied to them."""

    file: Path
    people: dict[str, Any]
    age_groups: dict[str, list[int]]
    payment_methods: dict[str, Decimal]
    places: tuple[Place, ...]
    kinds: tuple[Kind, ...]
    price_step: int
    price_less: int
    holidays: tuple[Holiday, ...]
    campaigns: tuple[Campaign, ...]
    affinities: tuple[Affinity, ...]
    seasons: dict[str, dict[str, int]]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    streets: tuple[str, ...]

    @property
    def categories(self) -> list[str]:
        """Return the categories in the catalogue's order."""
        return list(dict.fromkeys(kind.category for kind in self.kinds))


def load_vocabulary(settings: ShopSettings) -> Vocabulary:
    """Return the vocabulary that the settings name.

    Raises:
        LoaderError: names what is wrong in the file.
    """
    file = settings.vocabulary
    try:
        words = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
        _check_lines(words, file)
        vocabulary = _vocabulary(file, words)
    except tomllib.TOMLDecodeError as error:
        raise LoaderError(f"{file} is not TOML: {error}") from None
    except KeyError as error:
        raise LoaderError(f"{file}: {error.args[0]} is missing; india.toml shows it") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise LoaderError(f"{file} cannot be read as a vocabulary: {error}") from None
    _check(vocabulary, settings)
    return vocabulary


def _check_lines(words: object, file: Path) -> None:
    """Refuse what a line of a file could not hold: a row is a line."""
    if isinstance(words, dict):
        words = [*words, *words.values()]
    if isinstance(words, list):
        for word in words:
            _check_lines(word, file)
    elif isinstance(words, str) and not words.isprintable():
        raise LoaderError(f"{file}: {words!r} has a line break or a control character; take it out")


def _vocabulary(file: Path, words: dict[str, Any]) -> Vocabulary:
    draw = _drawer(words["people"]["locale"], file)
    return Vocabulary(
        file=file,
        people=words["people"],
        age_groups=words["age_groups"],
        payment_methods={name: Decimal(n) for name, n in words["payment_methods"].items()},
        places=tuple(
            Place(state, city, str(prefix), Decimal(people))
            for state, cities in words["places"].items()
            for city, (prefix, people) in cities.items()
        ),
        kinds=tuple(_kind(entry, words["brands"]) for entry in words["catalogue"]),
        price_step=int(words["prices"]["step"] * 100),
        price_less=int(words["prices"]["less"] * 100),
        holidays=tuple(words.get("holidays", [])),
        campaigns=tuple(words.get("campaigns", [])),
        affinities=tuple(words.get("affinities", [])),
        seasons=words.get("seasons", {}),
        first_names=draw("first_name", NAMES),
        last_names=draw("last_name", NAMES),
        streets=_whole(draw("street_name", STREETS)),
    )


def _kind(entry: dict[str, Any], brands: dict[str, list[str]]) -> Kind:
    low, high = entry["price"]
    return Kind(
        category=entry["category"],
        sub_category=entry["sub_category"],
        styles=tuple(entry["styles"]),
        things=tuple(entry["things"]),
        name=entry.get("name", "{brand} {style} {thing}"),
        again=entry.get("again", "{name}, Series {number}"),
        price=(int(low * 100), int(high * 100)),
        margin_pct=tuple(entry["margin_pct"]),
        demand=Decimal(entry["demand"]),
        most=entry["most"],
        brands=tuple(brands[entry["category"]]),
    )


def _drawer(locale: str, file: Path) -> Callable[[str, int], tuple[str, ...]]:
    """Return a function that draws different words of a kind from Faker, always the same ones."""
    try:
        faker = Faker(locale)
    except AttributeError:
        raise LoaderError(f"{file}: people.locale is {locale!r}; Faker has no such one") from None

    def draw(provider: str, tries: int) -> tuple[str, ...]:
        faker.seed_instance(provider)
        words = (" ".join(getattr(faker, provider)().split()) for _ in range(tries))
        return tuple(dict.fromkeys(words))

    return draw


def _whole(streets: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out bare surnames, which some locales give among the streets."""
    return tuple(street for street in streets if " " in street) or streets


def slug(name: str) -> str:
    """Return a name in the letters that every e-mail address may hold."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z]", "", plain.lower()) or "customer"


def _check(vocabulary: Vocabulary, settings: ShopSettings) -> None:
    known = {
        "category": set(vocabulary.categories),
        "sub_category": {kind.sub_category for kind in vocabulary.kinds},
        "month": set(MONTHS),
    }
    uses = [
        *(("category", name) for name in vocabulary.seasons),
        *(("month", name) for season in vocabulary.seasons.values() for name in season),
        *(
            ("category", name)
            for campaign in vocabulary.campaigns
            for name in campaign["categories"]
        ),
        *(
            ("sub_category", name)
            for pair in vocabulary.affinities
            for name in (pair["first"], pair["then"])
        ),
    ]
    for what, name in uses:
        if name not in known[what]:
            raise LoaderError(f"{vocabulary.file}: there is no {what} {name!r} in the catalogue")
    for kind in vocabulary.kinds:
        _check_kind(kind, vocabulary, settings)


def _check_names(kind: Kind, where: str) -> None:
    try:
        kind.name.format(brand="", style="", thing="")
        numbered = {kind.again.format(name="", number=number) for number in (2, 3)}
    except (LookupError, ValueError):
        numbered = set()
    if len(numbered) < 2:
        raise LoaderError(
            f"{where}: name is {kind.name!r}, again is {kind.again!r}; put name together from "
            "{brand}, {style} and {thing}, and again from {name} and {number}"
        )


def _check_kind(kind: Kind, vocabulary: Vocabulary, settings: ShopSettings) -> None:
    """Refuse prices and margins that could let a cost reach a price."""
    (low, high), (least, most) = kind.price, kind.margin_pct
    where = f"{vocabulary.file}: {kind.sub_category}"
    _check_names(kind, where)
    if not 0 < low <= high:
        raise LoaderError(f"{where}: price is [{low / 100}, {high / 100}]; give the lower first")
    if not 0 < least <= most < 100:
        raise LoaderError(f"{where}: margin_pct is [{least}, {most}]; give numbers from 1 to 99")
    lowest_price = low * settings.products["price_range_pct"][0] // 100 - vocabulary.price_less
    highest_cost = low * (100 - least) * settings.products["cost_range_pct"][1] // 10_000
    if highest_cost >= lowest_price:
        raise LoaderError(
            f"{where}: with margin_pct from {least}, products.price_range_pct and "
            "products.cost_range_pct, a cost could reach the price; give a higher margin"
        )
