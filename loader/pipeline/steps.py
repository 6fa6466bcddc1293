"""The steps of a run, each of which can be run alone."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from loader.export.send import send_export, send_site
from loader.export.verify import verify
from loader.export.write import MANIFEST as EXPORT_MANIFEST
from loader.export.write import export
from loader.history.batches import RowCounts, batch_row_counts
from loader.ingest.load import counted, load
from loader.monitoring.report import lines, report
from loader.pipeline.context import Run
from loader.pipeline.dbt import build_with_dbt, run_dbt
from loader.storage.delivery import local_batch


def _generate(run: Run) -> None:
    from loader.pipeline.delivery import deliver  # noqa: PLC0415 -- the shop takes half a second to import

    deliver(run)


def _load(run: Run) -> RowCounts:
    result = load(_batch(run), run.day, run.settings, run.run_id, is_replay=run.order.is_replay)
    for warning in result.warnings:
        run.log.line(f"warning: {warning}", "yellow")
    for scan in result.files:
        run.log.line(counted(scan))
    return RowCounts(
        rows_in=sum(scan.delivered_count for scan in result.files),
        accepted=sum(scan.row_count for scan in result.files),
        rejected=result.rejected_count,
    )


def _batch(run: Run) -> Path:
    """Return the folder of the batch; one that others deliver must be complete."""
    place = run.landing
    if isinstance(place, Path) and (run.order.is_replay or run.order.landing is None):
        return place
    folder = local_batch(place, run.settings, run.day)
    if folder != place:
        run.log.line(f"fetched {place}")
    return folder


def _build(run: Run) -> RowCounts | None:
    if run.settings.is_on_spark:
        from loader.pipeline.spark import build_with_spark  # noqa: PLC0415 -- most shops have none

        build_with_spark(run)
    else:
        build_with_dbt(run, run.attempt)
    return run.record.ask(partial(batch_row_counts, day=run.day))


def _publish(run: Run) -> None:
    if run.settings.is_on_spark:
        from loader.pipeline.spark import publish_from_spark  # noqa: PLC0415 -- as above

        publish_from_spark(run)
    else:
        run_dbt(run, "run-operation", "publish")


def _export(run: Run) -> RowCounts:
    result = export(run.settings)
    run.log.line(
        f"{len(result.rows)} files in {run.settings.exports_dir}, {len(result.written)} of them "
        "written, the others are of relations that did not change"
    )
    for name in result.removed:
        run.log.line(f"removed {name}: it is not part of this export")
    _say(run, send_export(run.settings, result.publication))
    rows = sum(result.rows.values())
    return RowCounts(rows, rows)


def _dashboard(run: Run) -> None:
    from dashboards.site.build import build  # noqa: PLC0415 -- charts take a second to import

    publication = build(run.settings)
    run.log.line(f"4 pages in {run.settings.site_dir}")
    _say(run, send_site(run.settings, publication))


def _say(run: Run, line: str) -> None:
    if line:
        run.log.line(line)


def _audit(run: Run) -> None:
    tests = ("test", "--exclude-resource-type", "unit_test")
    if run.settings.is_on_spark:
        from loader.pipeline.spark import run_on_spark  # noqa: PLC0415 -- as above

        run_on_spark(run, *tests, SHOP_AUDIT="all")
    else:
        run_dbt(run, *tests, SHOP_AUDIT="all")
    run_dbt(run, "run-operation", "compare_mart")
    if (run.settings.exports_dir / EXPORT_MANIFEST).exists():
        equal = verify(run.settings)
        run.log.line(f"{len(equal.rows)} files in {run.settings.exports_dir} equal mart")


def _report(run: Run) -> None:
    for line in lines(report(run.settings, run.day, run.run_id)):
        run.log.line(line)


STEPS: dict[str, Callable[[Run], RowCounts | None]] = {
    "generate": _generate,
    "load": _load,
    "build": _build,
    "publish": _publish,
    "export": _export,
    "dashboard": _dashboard,
    "audit": _audit,
    "report": _report,
}
