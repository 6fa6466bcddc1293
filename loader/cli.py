"""The command line."""

import sys
from importlib import import_module

import click

from loader.config.environment import apply_environment, unknown_variables
from loader.database.errors import database_errors
from loader.errors import LoaderError

COMMANDS = (
    *("generate", "convert", "check", "load", "run", "backfill", "export", "dashboard", "verify"),
    *(
        "powerbi",
        "tableau",
        "schedule",
        "status",
        "replay",
        "revert-batch",
        "replace-batch",
        "erase-customer",
        "roles",
    ),
    *("backup", "prune", "server", "spark"),
)


class Commands(click.Group):
    """Import a command's module when it is called: what some need takes half a second."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command, or None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"loader.commands.{cmd_name.split('-', maxsplit=1)[0]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ecommerce-analytics", prog_name="loader")
def loader() -> None:
    """Load an online shop's files into PostgreSQL, build a star schema of them and publish it.

    Exit codes: 0 done, 1 failed (the message says what to do), 2 wrong usage, 3 loaded, with
    rejected lines.
    """
    apply_environment()
    for name, meant in unknown_variables().items():
        hint = f"{meant} is meant, probably" if meant else "docs/configuration.md lists them"
        click.echo(f"warning: {name} is no setting and has no effect: {hint}", err=True)


def main() -> None:
    """Run the command line; exit with 1 on an error the user can act on, 2 on wrong usage."""
    try:
        with database_errors("the database failed"):
            loader(prog_name="loader")
    except LoaderError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
