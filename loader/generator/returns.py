"""What of the sales came back: when, how much, why, and how that reaches the files."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from loader.generator.batch import World
from loader.generator.sales import Sales, line_totals
from loader.generator.streams import Choice, Flags, Integers, Stream, below, happens, named
from loader.generator.text import ITEM_DIGITS, Column, dated, dates, digits, money, to_csv, words

# Why, and how often of a hundred; some customers say nothing.
REASONS = {
    "Does not fit": 30,
    "Not as described": 20,
    "Changed my mind": 18,
    "Damaged": 14,
    "Arrived too late": 8,
    "": 10,
}


@dataclass(frozen=True)
class Returns:
    """Hold returns in order of their sales; arrays side by side, money in cents.

    `item` is the number of the item on its day, from 1. What is delivered wrongly at first and
    corrected later is the refund, or the day.
    """

    sold: Integers
    item: Integers
    day: Integers
    quantity: Integers
    refund: Integers
    reason: Integers
    is_correction: Flags


@dataclass
class ReturnsTruth:
    """Add up what a batch's returns change, by the day on which goods came back; money in cents."""

    returns: int
    corrected_returns: int
    late_returns: int
    changes: dict[int, tuple[int, int]]


def returns_of(world: World) -> tuple[Returns, ReturnsTruth]:
    """Return the returns that a batch carries, as they are known at its end, and their truth.

    The truth says by how much units and refunds of a day change with the batch: a correction takes
    back what was delivered before. Added up over all batches it is what the shop knows.
    """
    parts = [_of_day(world, day) for day in range(_first_day(world), world.day + 1)]
    now, before = (_together(versions) for versions in zip(*parts, strict=True))
    changes: dict[int, tuple[int, int]] = {}
    for sign, version in ((1, now), (-1, before)):
        of_each = (version.day, version.quantity, version.refund)
        for day, units, refund in zip(*(column.tolist() for column in of_each), strict=True):
            known = changes.get(day, (0, 0))
            changes[day] = (known[0] + sign * units, known[1] + sign * refund)
    is_late = (now.day <= world.before) & ~now.is_correction
    return now, ReturnsTruth(
        returns=len(now.day),
        corrected_returns=int(now.is_correction.sum()),
        late_returns=int(is_late.sum()),
        changes={day: change for day, change in sorted(changes.items()) if any(change)},
    )


def return_rows(world: World, returns: Returns) -> bytes:
    """Return the rows of returns as text."""
    reasons: Column = words(REASONS)[returns.reason]
    opened_on = world.settings.opened_on
    return to_csv(
        dated(b"RET", returns.sold, returns.item, ITEM_DIGITS),
        dated(b"ITEM", returns.sold, returns.item, ITEM_DIGITS),
        dates(returns.day, opened_on),
        digits(returns.quantity),
        money(returns.refund),
        reasons,
    )


def _first_day(world: World) -> int:
    """Return the earliest day whose sales can have returns in the batch."""
    files, longest = world.settings.files, world.settings.returns["days"]
    back = longest + 2 * files["late_days"] + files["corrected_days"]
    return world.first_day if world.batch.is_first else max(world.before + 1 - back, 0)


def _of_day(world: World, sold: int) -> tuple[Returns, Returns]:
    """Return what came back of a day's sales, and of it what an earlier batch said otherwise."""
    sales, settings = world.sales(sold), world.settings
    item = np.arange(len(sales.product))
    places = np.flatnonzero(happens(_stream(world, "", sold).of(item), settings.returns["pct"]))

    def bits(name: str) -> np.ndarray:
        return _stream(world, name, sold).of(places)

    day = sold + 1 + below(bits("day"), settings.returns["days"])
    quantity = 1 + below(bits("quantity"), sales.quantity[places])
    refund = _paid(sales, places) * quantity // sales.quantity[places]
    late = 1 + below(bits("lateness"), settings.files["late_days"])
    is_late = happens(bits("late"), settings.files["late_pct"])
    arrived = np.maximum(day + late * is_late, sales.arrived[sales.order[places]])
    lag = 1 + below(bits("correction"), settings.files["corrected_days"])
    is_wrong = happens(bits("wrong"), settings.files["corrected_pct"])
    corrected = np.where(is_wrong, arrived + lag, -1)
    has_wrong_day = happens(bits("wrong day"), 50)

    is_known = ~is_wrong | (corrected <= world.day)
    is_fresh = (world.before < arrived) & (arrived <= world.day)
    is_news = (arrived <= world.before) & is_wrong & is_known & (corrected > world.before)

    def version(kept: Flags, is_true: Flags) -> Returns:
        chosen = Returns(
            sold=np.full(len(places), sold),
            item=places + 1,
            day=np.where(is_true | ~has_wrong_day, day, day - 1),
            quantity=quantity,
            refund=np.where(is_true | has_wrong_day, refund, refund // 2),
            reason=Choice.among(REASONS.values()).of(bits("reason")),
            is_correction=is_news,
        )
        return _kept(chosen, kept)

    return version(is_fresh | is_news, is_known), version(is_news, np.zeros_like(is_known))


def _paid(sales: Sales, places: Integers) -> Integers:
    """Return what was charged for items, as it is in truth."""
    return line_totals(sales.quantity[places], sales.price[places], sales.discount[places])


def _stream(world: World, name: str, day: int) -> Stream:
    return named(world.settings.seed, f"return {name}").at(day)


def _kept(returns: Returns, kept: Flags) -> Returns:
    return Returns(**{name: values[kept] for name, values in _columns(returns)})


def _together(parts: tuple[Returns, ...]) -> Returns:
    return Returns(
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(Returns)
        }
    )


def _columns(returns: Returns) -> Iterator[tuple[str, np.ndarray]]:
    for field in fields(returns):
        yield field.name, getattr(returns, field.name)
