"""loader roles."""

import click

from loader.config.settings import load_settings
from loader.database.roles import set_up_roles
from loader.history.lock import alone


@click.command(short_help="Make the database roles, each with the least it needs.")
def roles() -> None:
    """Make the roles owner, loader, transformer and bi, or bring them up to date.

    Run it as an administrator of the database, once and after every upgrade. Passwords are taken
    from SHOP_LOADER_PASSWORD, SHOP_TRANSFORMER_PASSWORD and SHOP_BI_PASSWORD; one that is not set
    stays as it is. With SHOP_ROLES=1 the steps of a run then connect as loader and transformer.
    """
    settings = load_settings()
    result = alone(settings, "roles", lambda _: set_up_roles(settings), None)
    for warning in result.warnings:
        click.echo(f"warning: {warning}", err=True)
    for name in result.roles:
        click.echo(f"{name}{' (password set)' if name in result.with_password else ''}")
