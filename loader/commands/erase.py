"""loader erase-customer."""

import click

from loader.config.settings import load_settings
from loader.privacy.erase import erase_customer as erase


@click.command("erase-customer", short_help="Erase a person, keep the sales.")
@click.argument("customer_id")
@click.confirmation_option(prompt="This cannot be undone. Erase the customer?", help="Do not ask.")
def erase_customer(customer_id: str) -> None:
    """Erase the customer with CUSTOMER_ID, and publish and export the mart without them.

    The sales stay, as those of an anonymous customer. The database, the archived batches and the
    exports are changed; a later delivery that names the customer is made anonymous while it is
    loaded. Backups made before still hold the person. It can be run again if it was stopped.
    """
    erasure = erase(load_settings(), customer_id)
    for table, count in erasure.tables.items():
        click.echo(f"{table}: {count:,} rows")
    click.echo(f"archived batches: {erasure.batches:,}")
    if not (erasure.tables or erasure.batches):
        click.echo("nothing named the customer any more: an erasure that was begun before is ended")
    for path in erasure.removed:
        click.echo(f"removed {path}")
    click.echo(f"erased; the sales are those of {erasure.pseudonym} now. Backups made before today")
    click.echo("and files outside this folder still hold the person: delete them in their time.")
