"""Number what codes stand for, in the order in which the months of sales meet it.

A number that was given stays, so the cells of a month hold as long as its sales do and the numbers
that were given before it.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

type Value = str | int | float | list[Value]
Dictionary = dict[str, list[Value]]  # by column

# What a number stands for: a product's id, category and brand, or a customer's id alone.
Identity = tuple[Any, ...]
NewValues = dict[str, list[Identity]]

NUMBERED = (
    "place",
    "payment_method",
    "category",
    "category_set",
    "age_group",
    "brand",
    "item",
    "customer",
    "reason",
)


class Numbers:
    """Hold the number of everything met, by code; `digest` tells one state from another."""

    def __init__(self) -> None:
        self.of: dict[str, dict[Identity, int]] = {code: {} for code in NUMBERED}
        self.digest = ""

    def new_values(self, code: str, met: Iterable[Identity]) -> list[Identity]:
        """Return what was not met before, in the order in which it is to be numbered."""
        return sorted(set(met) - self.of[code].keys())

    def add(self, code: str, new_values: Iterable[Identity]) -> None:
        """Number what comes newly, in its order."""
        numbers = self.of[code]
        for identity in new_values:
            numbers[identity] = len(numbers)

    def close_month(self, new_values: NewValues) -> None:
        """Let the digest follow from all that came before and what came with a month."""
        text = json.dumps([self.digest, new_values], sort_keys=True)
        self.digest = hashlib.sha256(text.encode()).hexdigest()
