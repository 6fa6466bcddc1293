"""Plant defects in a batch, and write down what a pipeline should say about each.

Which rows are damaged is drawn by day, table and number, so it is a function of seed, settings and
date as everything is. Damage never makes a row elsewhere wrong without the answer key saying so: a
customer or product that others refer to is only damaged when the pipeline knows it already or
nobody will ask for it; what an order drags along is written down as a consequence.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from loader.contract import TABLES, file_name
from loader.generator import kinds
from loader.generator.kinds import AFTER, BEFORE, CLEANED, QUARANTINED, WARNED, Kind
from loader.generator.spoiling import LINES
from loader.generator.streams import Flags, Integers, Stream, happens, named
from loader.generator.text import Strings, csv_line, csv_values

CONSEQUENCE = "consequence"


@dataclass(frozen=True)
class Answer:
    """Say what a pipeline should make of a line: the rules it breaks, and whether it is kept out.

    `key` is the row's key as delivered, `true_key` that of the row it was made from. A row that is
    `quarantined` is not accepted, one that is `warned` of is, one that is `cleaned` arrives as if
    nothing had been done to it.
    """

    file: str
    line: int
    key: str
    true_key: str
    kind: str
    outcome: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Damaged:
    """Hold a piece of a file after damage: its text, how many lines, and where each row stands."""

    text: bytes
    line_count: int
    lines: Integers
    lost: Flags


@dataclass
class Shares:
    """Hold how many per cent of the rows are damaged: all kinds in turn, and single kinds."""

    settings: dict[str, Any]

    @property
    def in_turn(self) -> Decimal:
        """Return how many per cent of the rows are damaged in any way."""
        return Decimal(self.settings["pct"])

    def of(self, name: str) -> Decimal:
        """Return how many per cent of the rows are damaged in one way, besides."""
        return Decimal(self.settings["kinds"].get(name, 0))

    @property
    def are_none(self) -> bool:
        """Return whether nothing is damaged."""
        return not self.in_turn and not any(self.settings["kinds"].values())

    def held_back(self, name: str) -> Decimal:
        """Return how many per cent of the rows arrive a day after what refers to them."""
        return self.of(name) or self.in_turn


@dataclass
class Damage:
    """Damage the tables of one batch and collect the answers."""

    seed: int
    day: int
    shares: Shares
    answers: list[Answer] = field(default_factory=list)
    _turns: dict[tuple[str, bool], int] = field(default_factory=dict)

    def table(
        self, table: str, text: bytes, numbers: Integers, risks: "Risks", first_line: int
    ) -> Damaged:
        """Damage a piece of a table whose first row would stand on a line of its file.

        `numbers` name the rows, `risks` say which may be damaged how.
        """
        chosen = {} if self.shares.are_none else self._chosen(table, numbers, risks)
        lost = np.zeros(len(numbers), dtype=bool)
        lines = np.arange(len(numbers)) + first_line
        if not chosen:
            return Damaged(text, len(numbers), lines, lost)
        places = np.array(sorted(chosen))
        added = np.zeros(len(numbers), dtype=np.int64)
        all_lines = text.split(b"\n")
        more = 0
        for place in places.tolist():
            kind, number = chosen[place]
            line = first_line + place + more
            clean = all_lines[place]
            given = dict(zip(TABLES[table], csv_values(clean), strict=True))
            given |= {name: column[place].decode() for name, column in risks.beside.items()}
            row = (given, clean, number)
            all_lines[place], line_count = self._damaged(table, kind, row, line)
            added[place] = line_count - 1
            more += line_count - 1
            lost[place] = kind.loses_row
        shift = np.cumsum(added) - added
        before = np.array([chosen[place][0].place == BEFORE for place in places])
        shift[places] += before
        return Damaged(b"\n".join(all_lines), len(numbers) + more, lines + shift, lost)

    def _damaged(
        self, table: str, kind: Kind, row: tuple[dict[str, str], bytes, int], line: int
    ) -> tuple[bytes, int]:
        """Return the text that takes a row's place, and its number of lines."""
        given, clean, number = row
        if kind.outcome in {kinds.LINE, kinds.FILE}:
            key = clean.split(b",")[0].decode()
            self._answer(table, line, kind, (key, key))
            return LINES[kind.rules[0]](clean), 1
        spoilt = kind.damage(given, number)
        bad = csv_line(spoilt[column] for column in TABLES[table])
        bad_line = line + (kind.place == AFTER)
        key = TABLES[table][0]
        self._answer(table, bad_line, kind, (spoilt[key], given[key]))
        if kind.rules[0].startswith("double_order"):
            self._note(table, line, given[key], (WARNED, kind.rules[:1]))
        texts = {BEFORE: [bad, clean], AFTER: [clean, bad]}.get(kind.place, [bad])
        return b"\n".join(texts), len(texts)

    def _answer(self, table: str, line: int, kind: Kind, keys: tuple[str, str]) -> None:
        rules = () if kind.outcome == CLEANED else kind.rules
        answer = Answer(file_name(table), line, *keys, kind.name, kind.outcome, rules)
        self.answers.append(answer)

    def _note(self, table: str, line: int, key: str, said: tuple[str, tuple[str, ...]]) -> None:
        self.answers.append(Answer(file_name(table), line, key, key, CONSEQUENCE, *said))

    def orphans(self, table: str, lines: Integers, ids: list[str], rule: str) -> None:
        """Write down rows that are whole, but whose parent does not arrive."""
        for line, key in zip(lines.tolist(), ids, strict=True):
            self._note(table, line, key, (QUARANTINED, (rule,)))

    def unlike_totals(self, lines: Integers, ids: list[str]) -> None:
        """Write down orders that are accepted without one of their items."""
        for line, key in zip(lines.tolist(), ids, strict=True):
            self._note("transactions", line, key, (WARNED, ("total:total_amount",)))

    def _chosen(self, table: str, numbers: Integers, risks: "Risks") -> dict[int, tuple[Kind, int]]:
        """Return which rows are damaged, by place: how, and a number to vary it by."""
        chosen: dict[int, tuple[Kind, int]] = {}
        variation = self._bits(table, "variation").of(numbers) >> np.uint64(40)
        drawn = happens(self._bits(table, "any").of(numbers), self.shares.in_turn)
        for place in np.flatnonzero(drawn & risks.may_differ).tolist():
            kind = self._next(table, *risks.at(place))
            chosen[place] = (kind, int(variation[place]))
        for kind in (*kinds.OF_ROWS[table], *kinds.OF_LINES[table]):
            share = self.shares.of(kind.name)
            if share:
                drawn = happens(self._bits(table, kind.name).of(numbers), share)
                for place in np.flatnonzero(drawn & risks.allow(kind)).tolist():
                    chosen.setdefault(place, (kind, int(variation[place])))
        return chosen

    def _next(self, table: str, may_be_lost: bool, email_lasts: bool) -> Kind:
        """Return the kinds in turn, so that a batch has about as many of each."""
        possible = [
            kind
            for kind in kinds.OF_ROWS[table]
            if (may_be_lost or not kind.loses_row) and (email_lasts or not kind.needs_lasting_email)
        ]
        turn = self._turns.get((table, may_be_lost))
        if turn is None:
            turn = self._bits(table, "turn").chance(0)
        self._turns[table, may_be_lost] = turn + 1
        return possible[turn % len(possible)]

    def _bits(self, table: str, name: str) -> Stream:
        return named(self.seed, f"defect {table} {name}").at(self.day)


@dataclass(frozen=True)
class Risks:
    """Say which rows may be damaged at all, and which may be lost, all consequences being named.

    `beside` holds what damage needs to know of a row and the row does not say.
    """

    may_differ: Flags
    may_be_lost: Flags
    email_lasts: Flags | None = None
    beside: dict[str, Strings] = field(default_factory=dict)

    def allow(self, kind: Kind) -> Flags:
        """Return the rows that a kind of damage is possible for."""
        allowed = self.may_differ & (self.may_be_lost if kind.loses_row else True)
        if kind.needs_lasting_email and self.email_lasts is not None:
            return allowed & self.email_lasts
        return allowed

    def at(self, place: int) -> tuple[bool, bool]:
        """Return whether a row may be lost, and whether its e-mail address lasts."""
        lasts = self.email_lasts is not None and self.email_lasts[place]
        return bool(self.may_be_lost[place]), bool(lasts)
