"""The options that name a sample shop."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from loader.commands.parameters import FOLDER, Parsed
from loader.generator.settings import DEFAULT_PRESET, HISTORY_DAYS


def _days(text: str) -> int:
    digits = text.removesuffix("d")
    if not digits.isdecimal() or not 1 <= int(digits) <= 36_525:
        raise ValueError
    return int(digits)


def _change(text: str) -> tuple[str, Any]:
    """Return the key and the value: a number, a date, or else text."""
    key, sign, value = text.partition("=")
    if not sign:
        raise ValueError
    for read in (int, Decimal, date.fromisoformat):
        try:
            return key, read(value)
        except (ValueError, InvalidOperation):
            continue
    return key, value


def _defects(text: str) -> tuple[str, Decimal]:
    """Return the kind, none for all kinds in turn, and the share."""
    kind, _, value = text.rpartition("=")
    return kind, _share(value)


def _share(text: str) -> Decimal:
    try:
        share = Decimal(text)
    except InvalidOperation:
        raise ValueError from None
    if not 0 <= share <= Decimal("0.5"):
        raise ValueError
    return share


DAYS = Parsed("DAYS", _days, "a number of days; write it as 365d")
CHANGE = Parsed("KEY=VALUE", _change, "a setting; write it as shop.orders_per_day=40")
DEFECTS = Parsed("[KIND=]SHARE", _defects, "a share from 0 to 0.5; write it as 0.01")
RETURNS = Parsed("SHARE", _share, "a share from 0 to 0.5; write it as 0.05")
OPTIONS = (
    click.option(
        "--preset",
        default=DEFAULT_PRESET,
        show_default=True,
        help="Sample shop: tiny, demo or large, or a preset of the settings file.",
    ),
    click.option(
        "--settings",
        "file",
        type=FOLDER,
        help="TOML file with settings of the sample shop; they take precedence.",
    ),
    click.option("--seed", type=int, help="Another seed, another shop."),
    click.option(
        "--set",
        "changes",
        type=CHANGE,
        multiple=True,
        help="One setting, as in --set shop.orders_per_day=40; may be repeated.",
    ),
    click.option(
        "--defects",
        type=DEFECTS,
        multiple=True,
        help="Damage this share of the rows (0.01: one in a hundred), and write an answer key: all "
        "kinds in turn, or one by its name, as in customers.format:email=0.01; may be repeated.",
    ),
    click.option(
        "--returns",
        type=RETURNS,
        help="Bring this share of the items back (0.05: one in twenty), in a fifth file.",
    ),
)


history_option = click.option(
    "--history",
    type=DAYS,
    default=HISTORY_DAYS,
    help=f"Days of sales in a sample shop's first batch.  [default: {HISTORY_DAYS}d]",
)


def shop_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a command that say which sample shop is meant."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command
