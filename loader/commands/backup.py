"""loader backup."""

import click

from loader.backup import create as saving
from loader.backup import drill as restoring
from loader.commands.parameters import alone
from loader.monitoring.page import duration
from loader.monitoring.unattended import noted
from loader.routine import load_routine
from loader.settings import load_settings

NAME = click.argument("name", required=False)


@click.group(short_help="Save the database, and prove that it can be restored.")
def backup() -> None:
    """Save the database and the archived batches, and restore them.

    Settings: SHOP_BACKUP_DIR, SHOP_KEEP_BACKUPS (7), SHOP_BACKUP_ENCRYPT, SHOP_BACKUP_DECRYPT.
    """


@backup.command()
def create() -> None:
    """Make a backup and remove the oldest beyond SHOP_KEEP_BACKUPS.

    It waits for a run at work, SHOP_LOCK_WAIT minutes (360). A failure is told by `loader status`.
    """
    settings = load_settings()
    routine = load_routine(settings)
    with noted(settings, "backup"), alone(settings, "backup", None, routine.lock_wait):
        made = saving.create(settings, routine.backup_dir, routine.keep_backups)
    click.echo(
        f"{routine.backup_dir / made.name}: {made.size / 1e6:,.1f} MB, {len(made.tables)} tables, "
        f"{sum(table.rows for table in made.tables.values()):,} rows in {duration(made.seconds)}"
    )


@backup.command(name="list")
def list_() -> None:
    """List the backups, the newest first."""
    routine = load_routine(load_settings())
    for made in saving.backups(routine.backup_dir):
        was_drilled = (routine.backup_dir / made.name / restoring.REPORT).exists()
        click.echo(
            f"{made.name}  batch of {made.batch_date}  {made.size / 1e6:,.1f} MB"
            f"{'  encrypted' if made.is_encrypted else ''}{'  restored in a drill' * was_drilled}"
        )


@backup.command()
@NAME
def drill(name: str | None) -> None:
    """Restore backup NAME (the newest) into a new server and compare every table."""
    settings = load_settings()
    folder = load_routine(settings).backup_dir
    with noted(settings, "drill"):
        report = restoring.drill(folder, saving.newest(folder, name))
    click.echo(f"Backup {report.backup} was restored and is what was saved.")
    click.echo(f"  tables, rows compared   {report.table_count}, {report.row_count:,}")
    if report.archived_files is not None:
        click.echo(f"  archived files          {report.archived_files:,}")
    for what, seconds in (
        ("checksums", report.check_seconds),
        ("a new server", report.start_seconds),
        ("restore", report.restore_seconds),
        ("comparison", report.compare_seconds),
        ("all", report.seconds),
    ):
        click.echo(f"  {what:<22}{duration(seconds):>10}")


@backup.command()
@NAME
def restore(name: str | None) -> None:
    """Restore backup NAME (the newest) into the shop's database, which must be empty."""
    settings = load_settings()
    folder = load_routine(settings).backup_dir
    chosen = saving.newest(folder, name)
    with alone(settings, "restore", None):
        restoring.restore(settings, folder, chosen)
    click.echo(f"restored {chosen.name}, of the batch of {chosen.batch_date}")
