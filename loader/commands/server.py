"""loader server."""

from collections.abc import Callable
from pathlib import Path

import click

from loader.commands.parameters import FOLDER
from loader.config.settings import Settings, load_settings
from loader.database import server as serving


@click.group(short_help="Start, stop and use the database server.")
def server() -> None:
    """Start, stop and use the embedded server, or look at the one that PGHOST names."""


@server.command()
def start() -> None:
    """Start the server unless it runs."""
    _print_status(serving.start)


@server.command()
def status() -> None:
    """Show which server is in use and whether it answers."""
    _print_status(serving.status)


def _print_status(ask: Callable[[Settings], serving.ServerStatus]) -> None:
    found = ask(load_settings())
    kind = "embedded" if found.is_embedded else "named by PGHOST"
    silent = "not running" if found.is_embedded else "no connection, make up says why"
    state = f"PostgreSQL {found.version}" if found.is_running else silent
    click.echo(
        f"{state} ({kind}): host {found.host}, port {found.port}, user {found.user}, "
        f"database {found.database}"
    )


@server.command()
def stop() -> None:
    """Stop the embedded server."""
    click.echo("stopped" if serving.stop(load_settings()) else "was not running")


@server.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> None:
    """Open psql on the shop's database; ARGUMENTS go to psql."""
    serving.psql(load_settings(), arguments)


@server.command("exec", context_settings={"ignore_unknown_options": True})
@click.option(
    "--folder", type=FOLDER, default=".", help="Where the program works; here unless given."
)
@click.argument("program", nargs=-1, type=click.UNPROCESSED, required=True)
def execute(program: tuple[str, ...], folder: Path) -> None:
    """Run PROGRAM, dbt for example, with the variables that lead to the shop's database."""
    serving.execute(load_settings(), program, folder)
