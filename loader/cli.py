"""The command line."""

import sys

import click

from loader.commands.backfill import backfill
from loader.commands.backup import backup, prune
from loader.commands.dashboard import dashboard
from loader.commands.erase import erase_customer
from loader.commands.export import export
from loader.commands.generate import generate
from loader.commands.load import load
from loader.commands.powerbi import powerbi
from loader.commands.replay import replay
from loader.commands.roles import roles
from loader.commands.run import run
from loader.commands.schedule import schedule
from loader.commands.server import server
from loader.commands.status import status
from loader.commands.tableau import tableau
from loader.commands.verify import verify
from loader.errors import LoaderError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ecommerce-analytics", prog_name="loader")
def loader() -> None:
    """Take an online shop's files into PostgreSQL, and what is made of them out again.

    Exit codes: 0 done, 1 failed (the message says what to do), 2 wrong usage, 3 loaded, but for
    lines that were rejected.
    """


COMMANDS = (
    generate,
    load,
    run,
    backfill,
    export,
    dashboard,
    verify,
    powerbi,
    tableau,
    schedule,
    status,
    replay,
    erase_customer,
    roles,
    backup,
    prune,
    server,
)
for command in COMMANDS:
    loader.add_command(command)


def main() -> None:
    """Run the command line; exit with 1 on an error the user can act on, 2 on wrong usage."""
    try:
        loader(prog_name="loader")
    except LoaderError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
