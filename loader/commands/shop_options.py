"""How commands are told which sample shop is meant."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from loader.commands.parameters import FOLDER
from loader.generator.settings import DEFAULT_PRESET


class Days(click.ParamType[int]):
    """Parse a number of days written 365d, or 365."""

    name = "DAYS"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return the number, or fail as a usage error."""
        if isinstance(value, int):
            return value
        digits = value.removesuffix("d")
        if not digits.isdecimal() or not 1 <= int(digits) <= 36_525:
            self.fail(f"{value!r} is not a number of days; write it as 365d", param, ctx)
        return int(digits)


class Change(click.ParamType[tuple[str, Any]]):
    """Parse a setting written KEY=VALUE."""

    name = "KEY=VALUE"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Any]:
        """Return the key and the value: a number, a date, or else text."""
        if isinstance(value, tuple):
            return value
        key, sign, text = value.partition("=")
        if not sign:
            self.fail(f"{value!r} has no =; write it as shop.orders_per_day=40", param, ctx)
        return key, _value(text)


def _value(text: str) -> object:
    for read in (int, Decimal, date.fromisoformat):
        try:
            return read(text)
        except (ValueError, InvalidOperation):
            continue
    return text


class Defects(click.ParamType[tuple[str, Decimal]]):
    """Parse a share of rows, SHARE or KIND=SHARE."""

    name = "[KIND=]SHARE"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Decimal]:
        """Return the kind, none for all kinds in turn, and the share."""
        if isinstance(value, tuple):
            return value
        kind, _, text = value.rpartition("=")
        try:
            share = Decimal(text)
        except InvalidOperation:
            share = Decimal(-1)
        if not 0 <= share <= Decimal("0.5"):
            self.fail(f"{value!r} has no share from 0 to 0.5; write it as 0.01", param, ctx)
        return kind, share


DAYS, CHANGE, DEFECTS = Days(), Change(), Defects()
OPTIONS = (
    click.option(
        "--preset",
        default=DEFAULT_PRESET,
        show_default=True,
        help="Made-up shop: tiny, demo or large, or a preset of the settings file.",
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
)


def shop_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say which sample shop is meant."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command
