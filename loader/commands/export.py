"""loader export."""

import click

from loader.config.settings import load_settings
from loader.export import write as exporting
from loader.export.send import send_export
from loader.history.lock import RunLock, alone


@click.command(short_help="Write every relation of the mart to exports/ as CSV.")
@click.option(
    "--parquet",
    is_flag=True,
    help="Write Parquet beside the CSV; SHOP_PARQUET=yes does too.",
)
@click.option(
    "--excel",
    is_flag=True,
    help="Write the reports as an Excel workbook, too; SHOP_EXCEL=yes does as well.",
)
def export(*, parquet: bool, excel: bool) -> None:
    """Write every relation of the mart to exports/ as CSV, all as of one moment.

    A run writes only what changed since the last export; this writes everything.
    """
    settings = load_settings()
    asked = {"parquet": settings.parquet or parquet, "excel": settings.excel or excel}
    settings = settings.model_copy(update=asked)

    def work(_: RunLock) -> tuple[exporting.ExportResult, str]:
        result = exporting.export(settings, is_full=True)
        sent = send_export(settings, result.publication)
        return result, sent

    result, sent = alone(settings, "export", work)
    for name, rows in result.rows.items():
        click.echo(f"{name}: {rows:,} rows")
    for name in result.removed:
        click.echo(f"removed {name}: it is not part of this export")
    if sent:
        click.echo(sent)
