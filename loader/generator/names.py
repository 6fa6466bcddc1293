"""What products are called: no two of a sub-category alike."""

from itertools import product

import numpy as np

from loader.generator.products import Products
from loader.generator.streams import Integers, mixed, named
from loader.generator.vocabulary import Kind


def brands_and_names(goods: Products, places: Integers) -> tuple[list[str], list[str]]:
    """Return the brand and the name of some products.

    A sub-category's brands, styles and things are put together in an order of chance, each once;
    the next round of them has a number. A product keeps its turn: others come after it.
    """
    turns = places - goods.bounds[goods.kind[places]]
    kinds = goods.kind[places].tolist()
    seed = goods.demand.settings.seed
    choices = {kind: _choices(goods.kinds[kind], seed) for kind in set(kinds)}
    chosen = [
        _named(goods.kinds[kind], turn, choices[kind])
        for kind, turn in zip(kinds, turns.tolist(), strict=True)
    ]
    return [brand for brand, _ in chosen], [name for _, name in chosen]


def _choices(kind: Kind, seed: int) -> list[tuple[str, str]]:
    """Return brand and name of every product that a sub-category's words can make, mixed."""
    words = dict.fromkeys(
        (brand if "{brand}" in kind.name else "", style, thing)
        for brand, style, thing in product(kind.brands, kind.styles, kind.things)
    )
    bits = named(seed, f"names of {kind.sub_category}").of(np.arange(len(words)))
    by_chance = [list(words)[place] for place in mixed(bits).tolist()]
    return [
        (
            brand or kind.brands[place % len(kind.brands)],
            kind.name.format(brand=brand, style=style, thing=thing),
        )
        for place, (brand, style, thing) in enumerate(by_chance)
    ]


def _named(kind: Kind, turn: int, choices: list[tuple[str, str]]) -> tuple[str, str]:
    rounds, place = divmod(turn, len(choices))
    brand, name = choices[place]
    return brand, kind.again.format(name=name, number=rounds + 1) if rounds else name
