"""Add up a month's sales and returns into the cells of cubes."""

from collections.abc import Callable
from datetime import date

import numpy as np

from dashboards.cubes.cubes import Cube
from dashboards.cubes.dictionary import Identity, NewValues, Numbers

Columns = dict[str, np.ndarray]

# What an item sold tells besides itself, by code: which part of its identity.
OF_ITEM = {"category": slice(1, 2), "brand": slice(1, 3)}


def numbered(
    rows: Columns,
    month: date,
    identities: dict[str, list[Identity]],
    numbers: Numbers,
    new_values: NewValues,
) -> Columns:
    """Return the columns of a month's rows in numbers, and add what was met for the first time.

    `rows` has a row for each item sold or returned, with positions in `identities` as codes.
    """
    identities = dict(identities)
    columns = dict(rows)
    for code, part in OF_ITEM.items():
        of_item = [identity[part] for identity in identities["item"]]
        identities[code] = sorted(set(of_item))
        place = {identity: number for number, identity in enumerate(identities[code])}
        columns[code] = np.array([place[one] for one in of_item], np.int32)[rows["item"]]
    for code in identities.keys() & columns.keys():
        known = identities[code]
        met = np.flatnonzero(np.bincount(columns[code], minlength=len(known)))
        numbers_met = _number(code, [known[one] for one in met], numbers, new_values)
        number = np.zeros(len(known), numbers_met.dtype)
        number[met] = numbers_met
        columns[code] = number[columns[code]]
    if "transaction" not in rows:
        return columns
    columns["category_set"] = _category_sets(
        columns, lambda masks: _number("category_set", masks, numbers, new_values)
    )
    weekday = (month.weekday() + columns["day"] - 1) % 7
    columns["slot"] = weekday * 24 + columns["hour"]
    return columns


def _number(code: str, met: list[Identity], numbers: Numbers, new_values: NewValues) -> np.ndarray:
    newly_met = numbers.new_values(code, met)
    numbers.add(code, newly_met)
    new_values.setdefault(code, []).extend(newly_met)
    of = numbers.of[code]
    return np.array([of[identity] for identity in met], np.min_scalar_type(len(of)))


def _category_sets(columns: Columns, number: Callable[[list[Identity]], np.ndarray]) -> np.ndarray:
    """Return the set of categories of each row's transaction; a set is a mask of bits."""
    if not len(columns["category"]):
        number([])
        return np.zeros(0, np.int32)
    width = np.int64(columns["category"].max()) + 1
    pairs = np.unique(columns["transaction"] * width + columns["category"])
    transaction, category = np.divmod(pairs, width)
    starts = np.flatnonzero(np.diff(transaction, prepend=-1))
    bits = np.array([1 << bit for bit in range(width)], np.int64 if width < 63 else object)
    masks, positions = np.unique(
        np.bitwise_or.reduceat(bits[category], starts), return_inverse=True
    )
    return number([(int(mask),) for mask in masks])[positions][columns["transaction"]]


def cells(cube: Cube, columns: Columns) -> Columns:
    """Add up the rows of a day that the cube does not tell apart; codes first, in their order.

    `part` is the day of the month.
    """
    rows = columns | {"part": columns["day"], "lines": np.ones_like(columns["day"])}
    if "transactions" in cube.sums:
        _, firsts = np.unique(columns["transaction"], return_index=True)
        rows = {code: rows[code][firsts] for code in cube.codes}
        rows["transactions"] = np.ones(len(firsts), np.int64)
    return _added_up(cube, rows)


def whole(cube: Cube, by_day: Columns) -> Columns:
    """Add up the cells of days to those of their month, whose `part` is 0."""
    return _added_up(cube, by_day | {"part": np.zeros_like(by_day["part"])})


def _added_up(cube: Cube, rows: Columns) -> Columns:
    key = np.zeros(len(rows[cube.codes[0]]), np.int64)
    widths = {code: int(rows[code].max(initial=0)) + 1 for code in cube.codes}
    for code in cube.codes:
        key = key * widths[code] + rows[code]
    found, positions = np.unique(key, return_inverse=True)
    sums = {
        name: np.rint(np.bincount(positions, weights=rows[name], minlength=len(found)))
        for name in cube.sums
    }
    codes: Columns = {}
    for code in reversed(cube.codes):
        found, codes[code] = np.divmod(found, widths[code])
    return {code: codes[code] for code in cube.codes} | {
        name: values.astype(np.int64) for name, values in sums.items()
    }
