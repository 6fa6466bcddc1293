"""loader convert."""

import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import click

from loader.commands.parameters import FOLDER
from loader.config.settings import load_settings
from loader.config.zones import zone_name
from loader.errors import LoaderError
from loader.ingest.sources.convert import convert as convert_export
from loader.ingest.sources.mapping import sources
from loader.ingest.sources.notation import DATE_FORMS, DECIMAL_MARKS
from loader.ingest.sources.records import Choices
from loader.ingest.sources.report import lines

INCOMPLETE = 3


def _pairs(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> Mapping[str, str]:
    """Return what was given as NAME=VALUE, by name."""
    if wrong := [pair for pair in given if "=" not in pair]:
        raise click.BadParameter(f"{wrong[0]!r} is not NAME=VALUE")
    return MappingProxyType(dict(pair.split("=", 1) for pair in given))


@click.command(short_help="Make an export of another shop system into the four files.")
@click.argument("directory", type=FOLDER)
@click.option("--from", "source", required=True, help=f"One of {', '.join(sources())}.")
@click.option("--to", "target", type=FOLDER, help="Folder for the four files; it is replaced.")
@click.option("--check", "is_check", is_flag=True, help="Only say what would be made.")
@click.option(
    "--set", "values", multiple=True, callback=_pairs, metavar="TABLE.COLUMN=VALUE",
    help="What stands in a column of ours where the export holds nothing; products.cost=60% is a"
    " share of the price.",
)  # fmt: skip
@click.option(
    "--column", "names", multiple=True, callback=_pairs, metavar="FILE.COLUMN=NAME",
    help="How the export writes a column of the source.",
)  # fmt: skip
@click.option(
    "--take",
    "taken",
    multiple=True,
    metavar="STATUS",
    help="Take orders of a status as sales, too.",
)
@click.option("--currency", help="The currency to take, where orders are in several.")
@click.option("--dates", type=click.Choice(DATE_FORMS), help="How 03/04/2026 is meant.")
@click.option("--decimal", type=click.Choice(DECIMAL_MARKS), help="How 1,234 is meant.")
@click.option("--encoding", help="Of text files that are not UTF-8.")
@click.option(
    "--utc", "is_utc", is_flag=True,
    help="Times without an offset are in UTC, and become those of SHOP_TIME_ZONE.",
)  # fmt: skip
@click.option(
    "--ignore-extra", "is_extra_ignored", is_flag=True,
    help="Leave out columns that are not ours (source columns).",
)  # fmt: skip
@click.option(
    "--negative-lines-are-returns", "are_negative_lines_returns", is_flag=True,
    help="Lines with a negative quantity are returns of the sale that they can only be of (source"
    " columns).",
)  # fmt: skip
def convert(  # noqa: PLR0913  (one parameter per option)
    directory: Path,
    *,
    source: str,
    target: Path | None,
    values: Mapping[str, str],
    names: Mapping[str, str],
    taken: tuple[str, ...],
    currency: str | None,
    dates: str | None,
    decimal: str | None,
    encoding: str | None,
    is_utc: bool,
    is_check: bool,
    is_extra_ignored: bool,
    are_negative_lines_returns: bool,
) -> None:
    """Make the export in DIRECTORY into the four files, and account for all of its money.

    What the export does not hold is said by the column's name; cost and stock, without which no
    product can be, must be given by --set. Exit code 3: the files are written, without orders that
    contradict themselves, or with products or lines that the run will reject. The way is shown
    in docs/how-to/your-own-shop.md.
    """
    if target is None and not is_check:
        raise click.UsageError("Missing option '--to'. Only --check does without it.")
    settings = load_settings()
    choices = Choices(
        values,
        names,
        taken,
        currency,
        dates,
        decimal,
        encoding,
        time_zone=zone_name(settings.time_zone) if settings.time_zone else "",
        is_utc=is_utc,
        is_extra_ignored=is_extra_ignored,
        are_negative_lines_returns=are_negative_lines_returns,
    )
    made = convert_export(source, directory, choices, None if is_check else target)
    for line in lines(made):
        click.echo(line)
    if made.currency and made.currency != settings.currency:
        shown = settings.currency
        click.echo(
            f"warning: amounts are in {made.currency}, and dashboards would say {shown}: set "
            f"SHOP_CURRENCY={made.currency} in .environment",
            err=True,
        )
    if made.refusals:
        raise LoaderError("\n".join(["nothing was written:", *made.refusals]))
    if target and not is_check:
        click.echo(f"Wrote {target}")
    if made.contradictions or made.rejections:
        sys.exit(INCOMPLETE)
