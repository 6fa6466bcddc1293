"""What a user says about an export, and what a conversion made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from loader.ingest.sources.notation import Notation


def quantity(count: int, noun: str) -> str:
    """Return a count and what it counts, in the plural unless it is one."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


@dataclass(frozen=True)
class Choices:
    """What a user says about an export beside its files."""

    values: Mapping[str, str] = field(
        default_factory=dict
    )  # table.column: stands where it is blank
    names: Mapping[str, str] = field(default_factory=dict)  # file.column: how the export writes it
    taken: tuple[str, ...] = ()  # statuses of orders that are sales, too
    currency: str | None = None
    dates: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    time_zone: str = ""  # the shop's; without it times are taken as they are written
    is_utc: bool = False  # times without an offset are of UTC
    is_extra_ignored: bool = False
    are_negative_lines_returns: bool = False  # columns.sql, negative_lines


@dataclass(frozen=True)
class ReadFile:
    """A file that was read: as which of the source's files, its rows, form and unused columns."""

    name: str
    table: str
    row_count: int
    form: str
    unused: tuple[str, ...]


@dataclass(frozen=True)
class Account:
    """A line in the account of all money: delivered, left out, rounded or written."""

    side: str
    reason: str
    count: int
    amount: Decimal


@dataclass(frozen=True)
class Substitute:
    """Say that a column is not in the export, for how many rows, and what stands there instead."""

    column: str
    count: int
    value: str


@dataclass
class Conversion:
    """Hold what was read and made: `refusals` say why nothing may be written."""

    source: str
    files: tuple[ReadFile, ...]
    unread: tuple[str, ...]
    notation: Notation
    currency: str | None = None
    row_counts: dict[str, int] = field(default_factory=dict)
    first_date: object = None
    last_date: object = None
    accounts: list[Account] = field(default_factory=list)
    substitutes: list[Substitute] = field(default_factory=list)
    left_blank: list[str] = field(default_factory=list)  # columns that rows can do without
    remarks: list[str] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)
    rejections: list[str] = field(default_factory=list)  # what is written, and the run rejects
    refusals: list[str] = field(default_factory=list)

    @property
    def difference(self) -> Decimal:
        """Return what was delivered less what was left out, rounded and written: nothing."""
        amounts = (
            account.amount if account.side == "delivered" else -account.amount
            for account in self.accounts
        )
        return sum(amounts, Decimal(0))
