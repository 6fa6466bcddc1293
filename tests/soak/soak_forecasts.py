"""Check batches with defects before they are run: each forecast must be what the run reports."""

from contextlib import closing
from datetime import date, timedelta

import click

from factories import days
from loader.monitoring.report import collect, lines
from soak.soaking import Soak, done

FIRST = date(2025, 4, 1)
SHARES = ("0.0", "0.01", "0.05", "0.2")


def forecasts(soak: Soak) -> None:
    """Forecast and run as many days of a sample shop as there are points, and compare."""
    equal = 0
    for number in range(soak.points):
        day = str(FIRST + timedelta(days=number))
        shop = (
            "--preset",
            "tiny",
            "--seed",
            str(number),
            "--defects",
            SHARES[number % len(SHARES)],
        )
        history = ("--history", "20d") if number == 0 else ()
        done("generate", "--date", day, *shop, *history)
        landing = str(soak.settings.landing_dir / day)
        checked, forecast = done("check", landing, "--date", day)
        ran, log = done("run", "load", "build", "--date", day, "--landing", landing)
        with (
            closing(days.connect()) as connection,
            connection.cursor() as cursor,
        ):
            reported = list(lines(collect(cursor, date.fromisoformat(day))))
        is_equal = checked in {0, 3} and ran == 0 and "\n".join(reported) in forecast
        equal += is_equal
        soak.expect(is_equal, f"forecast of {day}:\n{forecast}\nbut the run:\n{log[-2000:]}")
    click.echo(f"{equal} of {soak.points} forecasts are what the run then reported")
