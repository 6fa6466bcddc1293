"""Which rows of a batch may be damaged without breaking more than the answer key says."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from loader.generator.batch import Delivery, World
from loader.generator.defects import Damage, Damaged, Risks
from loader.generator.rows import Lines, Rows
from loader.generator.streams import Flags, Integers
from loader.generator.text import ITEM_DIGITS, ORDER_DIGITS, dates

LASTING_DAYS = 365


@dataclass(frozen=True)
class Piece:
    """Hold a piece of a file: its rows' sums as they are in truth, and its lines as delivered."""

    table: str
    sums: dict[str, int]
    damaged: Damaged


class Planter:
    """Give a batch's tables piece by piece, damaged as the settings say."""

    def __init__(self, world: World) -> None:
        self.world, self.rows = world, Rows(world)
        self.damage = Damage(world.settings.seed, world.day, world.shares)
        self._next_line = dict.fromkeys(("transactions", "transaction_items"), 2)

    def customers(self) -> Piece:
        """Return the customers."""
        world, people = self.world, self.world.customers
        places = world.delivered_customers
        is_known = (people.registered <= world.before) & ~self._came_late
        lasting = people.email(world.day) == people.email(world.day + LASTING_DAYS)
        risks = Risks(
            may_differ=np.full(len(places), fill_value=True),
            may_be_lost=self._safe(is_known, people.lapsed)[places],
            email_lasts=lasting[places],
        )
        rows = self.rows.customers()
        damaged = self.damage.table("customers", rows.text, people.numbers[places], risks, 2)
        return Piece("customers", rows.sums, damaged)

    @property
    def _came_late(self) -> Flags:
        """Return who is delivered for the first time, though registered before the batch."""
        came_late: Flags = self.world.customers.registered == self.world.before
        return came_late

    def products(self) -> Piece:
        """Return the products."""
        world, goods = self.world, self.world.products
        places = world.delivered_products
        is_known = goods.launched <= world.before
        risks = Risks(
            may_differ=np.full(len(places), fill_value=True),
            may_be_lost=self._safe(is_known, goods.discontinued)[places],
        )
        rows = self.rows.products()
        damaged = self.damage.table("products", rows.text, goods.numbers[places], risks, 2)
        return Piece("products", rows.sums, damaged)

    def _safe(self, is_known: Flags, ends: Integers) -> Flags:
        """Return whose rows nothing depends on: known already, or nothing refers to them again."""
        if not self.world.batch.is_first:
            return is_known
        return is_known & (ends <= self.world.before - self.world.settings.look_back_days)

    def sales(self, sold: Delivery) -> Iterator[Piece]:
        """Yield the orders and the items of some days."""
        shown = np.flatnonzero(sold.has_header)
        orphaned = self.world.held_customers[sold.customer]
        headers = self._headers(sold, shown, orphaned)
        yield headers
        line = np.full(len(sold.day), -1)
        line[shown] = headers.damaged.lines
        accepted = np.zeros(len(sold.day), dtype=bool)
        accepted[shown] = ~headers.damaged.lost
        accepted &= ~orphaned
        yield self._items(sold, accepted, line)

    def _headers(self, sold: Delivery, shown: Integers, orphaned: Flags) -> Piece:
        may_differ = ~(sold.is_correction | sold.is_header_only | orphaned)[shown]
        risks = Risks(may_differ, may_differ)
        if not self.world.shares.are_none:
            registered = self.world.customers.registered[sold.customer[shown]]
            risks.beside["registered_on"] = dates(registered, self.world.settings.opened_on)
        numbers = (sold.day * 10**ORDER_DIGITS + sold.sequence)[shown]
        rows = self.rows.transactions(sold, shown)
        damaged = self._piece("transactions", rows, numbers, risks)
        without = np.flatnonzero(orphaned[shown])
        ids = self.rows.transaction_ids(sold, shown[without])
        self.damage.orphans("transactions", damaged.lines[without], ids, "orphan:customer_id")
        return Piece("transactions", rows.sums, damaged)

    def _items(self, sold: Delivery, accepted: Flags, line: Integers) -> Piece:
        """Return the items; those whose header is not accepted are whole, and orphans."""
        has_parent = accepted[sold.order]
        may_differ = has_parent & ~sold.is_correction[sold.order]
        rows = self.rows.items(sold)
        numbers = sold.day[sold.order] * 10**ITEM_DIGITS + sold.item_sequence
        damaged = self._piece("transaction_items", rows, numbers, Risks(may_differ, may_differ))
        without = np.flatnonzero(~has_parent)
        ids = self.rows.item_ids(sold, without)
        lines = damaged.lines[without]
        self.damage.orphans("transaction_items", lines, ids, "orphan:transaction_id")
        short = np.unique(sold.order[damaged.lost])
        self.damage.unlike_totals(line[short], self.rows.transaction_ids(sold, short))
        return Piece("transaction_items", rows.sums, damaged)

    def _piece(self, table: str, rows: Lines, numbers: Integers, risks: Risks) -> Damaged:
        damaged = self.damage.table(table, rows.text, numbers, risks, self._next_line[table])
        self._next_line[table] += damaged.line_count
        return damaged
