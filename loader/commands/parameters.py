"""What several commands take."""

import os
from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import click

from loader.config.places import Location, is_url, parse_location


class Parsed[Value](click.ParamType[Value]):
    """Parse a value by a function that raises ValueError; `example` says how to write it."""

    def __init__(self, name: str, parse: Callable[[str], Value], example: str) -> None:
        self.name = name
        self._parse = parse
        self._example = example

    def convert(
        self, value: Value | str, param: click.Parameter | None, ctx: click.Context | None
    ) -> Value:
        """Return the value, or fail as a usage error."""
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError:
            self.fail(f"{value!r} is not {self._example}", param, ctx)


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if day.isoformat() != text:  # 20261122 is one as well, and looks like another
        raise ValueError
    return day


class Place(click.ParamType[Path | Location]):
    """Parse a folder, or a URL of object storage."""

    name = "PLACE"

    def convert(
        self,
        value: str | Path | Location,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Path | Location:
        """Return the place, or fail as a usage error, which quotes no URL: it may hold a secret."""
        if isinstance(value, str) and is_url(value):
            try:
                return parse_location(value)
            except ValueError as error:
                self.fail(f"this URL is refused; write {error}", param, ctx)
        if isinstance(value, Location):
            return value
        return Path(os.fsdecode(FOLDER.convert(value, param, ctx)))


FOLDER: click.Path = click.Path(path_type=Path, file_okay=False)
PLACE = Place()
DAY = Parsed("YYYY-MM-DD", _day, "a date; write it as 2026-11-22")
TIME = Parsed("HH:MM", time.fromisoformat, "a time of day; write it as 04:00")
