"""loader verify."""

import click

from loader.config.settings import load_settings
from loader.export import verify as verifying
from loader.history.lock import alone


@click.command(short_help="Prove that exports/ holds what the mart holds.")
def verify() -> None:
    """Prove that exports/ holds what the mart holds, or name the first difference.

    Compared are the publication, the relations, their columns and types, row counts, sums, every
    byte of CSV and every value of Parquet. Exit code 1 says that something differs.
    """
    settings = load_settings()
    result = alone(settings, "verify", lambda _: verifying.verify(settings))
    for name, rows in result.rows.items():
        click.echo(f"{name}: {rows:,} rows, equal")
    parquet = f", Parquet too ({result.parquet_files} files)" if result.parquet_files else ""
    publication = result.publication
    click.echo(
        f"equal to publication {publication.publication_id} of {publication.logical_date}{parquet}"
    )
