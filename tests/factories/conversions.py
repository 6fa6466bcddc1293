"""Conversions of exports, and looks at what they made."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

from factories.exports.files import COST_AND_STOCK, read_made
from loader.ingest.sources.convert import convert
from loader.ingest.sources.records import Choices, Conversion

Converted = Callable[..., Conversion]


def convert_well(
    source: str, folder: Path, values: Mapping[str, str] = COST_AND_STOCK
) -> Conversion:
    """Convert the export in `in/`, which leaves nothing to refuse and no difference, to `out/`."""
    made = convert(source, folder / "in", Choices(values=values), folder / "out")
    assert not made.refusals
    assert made.difference == 0
    return made


def amounts(made: Conversion) -> dict[str, Decimal]:
    """Return the amount of each account by its side and reason."""
    return {f"{account.side}: {account.reason}": account.amount for account in made.accounts}


def column(folder: Path, table: str, name: str) -> list[str]:
    """Return the values of a column that a conversion wrote to `out/`."""
    return [row[name] for row in read_made(folder / "out", table)]
