"""loader schedule."""

import sys
from datetime import date

import click

from loader.commands.parameters import DAY
from loader.config.settings import load_settings
from loader.scheduling import timers
from loader.scheduling.schedule import CatchUp, due_day, on_signals, wait_and_run


@click.command(short_help="Run every day by itself, and catch up on missed days.")
@click.option("--once", is_flag=True, help="Catch up on the days that are due, and end.")
@click.option("--date", "due", type=DAY, help="With --once: the newest day to run.")
@click.option("--install", is_flag=True, help="Install a systemd user timer or a crontab line.")
@click.option("--remove", is_flag=True, help="Take away what --install installed.")
def schedule(*, once: bool, due: date | None, install: bool, remove: bool) -> None:
    """Wait for the hour and run the day before, in the foreground, as containers want it.

    Days that were missed are run first, in order; one that fails holds up those after it. Settings
    are SHOP_SCHEDULE (02:15), SHOP_TIME_ZONE, SHOP_DAYS_BACK (1), SHOP_LANDING (a folder that
    others deliver to, with {date} in its name); SIGTERM stops the run at work in order.
    """
    if install + remove + once > 1 or (due and not once):
        raise click.UsageError("give one of --once (with --date or without), --install, --remove")
    settings = load_settings()
    if install:
        click.echo(timers.install(settings))
    elif remove:
        click.echo(timers.remove(settings))
    elif once:
        catch_up = CatchUp(settings, say=click.echo)
        on_signals(catch_up.stop)
        sys.exit(0 if catch_up.run(due or due_day(settings, settings.now())) else 1)
    else:
        wait_and_run(CatchUp(settings, say=click.echo))
