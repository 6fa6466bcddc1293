"""What is true about a batch: every planted effect with its value, and what came of it."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from loader.generator.batch import Delivery, World
from loader.generator.returns import ReturnsTruth
from loader.generator.rows import Rows
from loader.generator.streams import Integers
from loader.generator.text import dates, lines, plain

DEMAND = ("growth_pct_per_year", "noise_pct", "weekdays_pct", "months_pct", "hours")


@dataclass
class Tally:
    """Count what a batch's sales are, piece by piece; money in cents."""

    orders: int = 0
    items: int = 0
    pieces: int = 0
    gross: int = 0
    revenue: int = 0
    late_orders: int = 0
    corrected_orders: int = 0
    orders_by_day: Counter[int] = field(default_factory=Counter)

    def add(self, sold: Delivery, before: int) -> None:
        """Count a piece of a batch whose changes are against a day."""
        self.orders += len(sold.day)
        self.items += len(sold.product)
        self.pieces += int(sold.quantity.sum())
        self.gross += int((sold.quantity * sold.price).sum())
        self.revenue += int(sold.line_total.sum())
        self.corrected_orders += int(sold.is_correction.sum())
        self.late_orders += int(((sold.day <= before) & ~sold.is_correction).sum())
        days, counts = np.unique(sold.day, return_counts=True)
        self.orders_by_day.update(dict(zip(days.tolist(), counts.tolist(), strict=True)))


def truth(world: World, tally: Tally, returned: ReturnsTruth | None) -> dict[str, Any]:
    """Return the truth about a batch; percentages are per cent, amounts have two decimals."""
    of_returns = {"returns": _returns(world, returned)} if returned else {}
    return of_returns | {
        "batch": asdict(world.batch),
        "seed": world.settings.seed,
        "effects": _effects(world),
        "customers": _customers(world),
        "products": _products(world),
        "sales": {
            "orders": tally.orders,
            "items": tally.items,
            "pieces": tally.pieces,
            "gross_amount": amount(tally.gross),
            "revenue_amount": amount(tally.revenue),
            "late_orders": tally.late_orders,
            "corrected_orders": tally.corrected_orders,
        },
        "days": [_day(world, day, tally) for day in range(world.first_day, world.day + 1)],
    }


def write_true_customers(path: Path, rows: Rows) -> None:
    """Write segment and lapse of each customer delivered: what no shop knows."""
    world, people = rows.world, rows.world.customers
    places = world.delivered_customers
    path.write_bytes(
        lines(
            b'{"customer_id": "',
            rows.customer_ids[places],
            b'", "segment": ',
            plain(map(json.dumps, world.settings.segments))[people.segment[places]],
            b', "lapsed_on": "',
            dates(people.lapsed[places], world.settings.opened_on),
            b'"}',
        )
    )


def amount(cents: int) -> str:
    """Return an amount with two decimals."""
    return f"{'-' * (cents < 0)}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _returns(world: World, returned: ReturnsTruth) -> dict[str, Any]:
    """Return what the batch's returns change; the days added up over all batches are the whole."""
    return {
        "pct": world.settings.returns["pct"],
        "days_after_sale": world.settings.returns["days"],
        "returns": returned.returns,
        "late_returns": returned.late_returns,
        "corrected_returns": returned.corrected_returns,
        "changes": [
            {"date": world.demand.day_of(day), "units": units, "refund_amount": amount(refund)}
            for day, (units, refund) in returned.changes.items()
        ],
    }


def _effects(world: World) -> dict[str, Any]:
    settings, words = world.settings, world.demand.vocabulary
    return {
        "demand": {name: settings.demand[name] for name in DEMAND},
        "holidays": words.holidays,
        "seasons": words.seasons,
        "customers": settings.customers,
        "products": settings.products,
        "stock": settings.stock,
        "discounts": settings.discounts,
        "campaigns": words.campaigns,
        "baskets": settings.baskets,
        "affinities": words.affinities,
        "payment_methods": words.payment_methods,
        "places": {f"{place.city}, {place.state}": place.people for place in words.places},
        "age_groups": {name: share for name, (_, share) in words.age_groups.items()},
        "margins_pct": {kind.sub_category: kind.margin_pct for kind in words.kinds},
        "files": settings.files,
    }


def _customers(world: World) -> dict[str, Any]:
    """Count the registered and the lapsed customers of each segment at the batch's end."""
    people = world.customers
    names = list(world.settings.segments)
    is_lapsed = people.lapsed <= world.day
    registered, lapsed = (
        _counts(people.segment[chosen], len(names)) for chosen in (slice(None), is_lapsed)
    )
    return {
        "registered": len(people.numbers),
        "delivered": len(world.delivered_customers),
        "segments": {
            name: {"registered": registered[place], "lapsed": lapsed[place]}
            for place, name in enumerate(names)
        },
    }


def _products(world: World) -> dict[str, Any]:
    goods = world.products
    return {
        "launched": len(goods.numbers),
        "delivered": len(world.delivered_products),
        "discontinued": int((goods.discontinued <= world.day).sum()),
        "out_of_stock": int(
            ((world.stock(world.day) == 0) & (world.day < goods.discontinued)).sum()
        ),
    }


def _counts(places: Integers, count: int) -> list[int]:
    return np.bincount(places, minlength=count).tolist()


def _day(world: World, day: int, tally: Tally) -> dict[str, Any]:
    """Return what the effects say of a day, and the orders that the batch carries of it."""
    demand = world.demand
    return {
        "date": demand.day_of(day),
        "expected_orders": round(demand.expected_orders(day), 3),
        "orders_in_batch": tally.orders_by_day[day],
        "holiday_pct": demand.holidays.get(demand.day_of(day), 100),
    }
