"""loader backup."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from loader.backup import create as saving
from loader.backup import drill as drilling
from loader.backup import restore as restoring
from loader.config.settings import Settings, load_settings
from loader.history.lock import RESTORE, alone
from loader.monitoring.page import duration
from loader.monitoring.unattended import noted

NAME = click.argument("name", required=False)


@click.group(short_help="Save the database, and prove that it can be restored.")
def backup() -> None:
    """Save the database and the archived batches, and restore them.

    Settings: SHOP_BACKUP_DIR, SHOP_BACKUP_URL, SHOP_KEEP_BACKUPS (7). docs/operations.md encrypts
    what leaves here.
    """


@backup.command()
def create() -> None:
    """Make a backup and remove the oldest beyond SHOP_KEEP_BACKUPS.

    It waits for a run at work, SHOP_LOCK_WAIT minutes (360). `loader status` shows a failure.
    """
    settings = load_settings()
    with noted(settings, "backup"):
        made = alone(
            settings,
            "backup",
            lambda _: saving.create(settings, settings.backups_dir, settings.keep_backups),
            role=None,
            wait_minutes=settings.lock_wait,
        )
        if settings.backup_url:
            from loader.backup.remote import send_backups  # noqa: PLC0415  (pyarrow is slow)

            for name in send_backups(settings, settings.backup_url):
                click.echo(f"sent {name} to {settings.backup_url}, and read it back")
    _warn_of_unreadable(settings.backups_dir)
    click.echo(
        f"{settings.backups_dir / made.name}: {made.size / 1e6:,.1f} MB,"
        f" {len(made.tables)} tables, "
        f"{sum(table.rows for table in made.tables.values()):,} rows in {duration(made.seconds)}"
    )


@backup.command(name="list")
def list_() -> None:
    """List the backups, the newest first, and folders that are none any more."""
    settings = load_settings()
    _fetch_manifests(settings)
    for made in saving.backups(settings.backups_dir):
        was_drilled = drilling.was_drilled(settings.backups_dir / made.name)
        click.echo(
            f"{made.name}  batch of {made.batch_date}  {made.size / 1e6:,.1f} MB"
            f"{'  restored in a drill' * was_drilled}"
        )
    _warn_of_unreadable(settings.backups_dir)


def _fetch_manifests(settings: Settings) -> None:
    """Fetch the manifests of backups in object storage, if they go there."""
    if settings.backup_url:
        from loader.backup.remote import fetch_manifests  # noqa: PLC0415  (pyarrow is slow)

        fetch_manifests(settings, settings.backup_url)


@contextmanager
def _chosen(settings: Settings, name: str | None) -> Iterator[saving.Backup]:
    """Yield the backup of a name, or the newest, whose files are here meanwhile."""
    _fetch_manifests(settings)
    _warn_of_unreadable(settings.backups_dir)
    chosen = saving.newest(settings.backups_dir, name)
    if settings.backup_url is None:
        yield chosen
        return
    from loader.backup.remote import fetched  # noqa: PLC0415  (pyarrow is slow)

    with fetched(settings, settings.backup_url, chosen):
        yield chosen


def _warn_of_unreadable(folder: Path) -> None:
    for name in saving.unreadable(folder):
        click.echo(
            f"warning: {folder / name} is passed over: its {saving.MANIFEST} cannot be read",
            err=True,
        )


@backup.command()
@NAME
def drill(name: str | None) -> None:
    """Restore backup NAME (the newest) into a new server, compare every table, build on it."""
    settings = load_settings()
    with noted(settings, "drill"), _chosen(settings, name) as chosen:
        report = drilling.drill(settings, settings.backups_dir, chosen)
    click.echo(f"Backup {report.backup} was restored and is what was saved.")
    if report.is_built:
        click.echo("The same day was built and published on it once more, and changed nothing.")
    else:
        click.echo("Nothing was built on it: its batch was not published, or Spark builds.")
    click.echo(f"  tables, rows compared   {report.table_count}, {report.row_count:,}")
    if report.archived_files is not None:
        click.echo(f"  archived files          {report.archived_files:,}")
    for what, seconds in (
        ("checksums", report.check_seconds),
        ("a new server", report.start_seconds),
        ("restore", report.restore_seconds),
        ("comparison", report.compare_seconds),
        ("next build", report.build_seconds),
        ("all", report.seconds),
    ):
        click.echo(f"  {what:<22}{duration(seconds):>10}")


@backup.command()
@NAME
def restore(name: str | None) -> None:
    """Restore backup NAME (the newest) into the shop's database, which must be empty.

    A restore that was stopped is run again; until it is complete nothing else works on the
    database.
    """
    settings = load_settings()
    folder = settings.backups_dir
    with _chosen(settings, name) as chosen:
        alone(
            settings,
            RESTORE,
            lambda lock: restoring.restore(settings, folder, chosen, lock.descriptor),
            role=None,
        )
    click.echo(f"restored {chosen.name}, of the batch of {chosen.batch_date}")
