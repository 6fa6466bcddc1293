"""What follows a run, however it ended: sizes, the archive's copy, the page, metrics, alerts."""

from collections.abc import Callable

from loader.errors import LoaderError
from loader.monitoring import alerts
from loader.monitoring.checks import Problem, problems
from loader.monitoring.collect import collect, measure_tables
from loader.monitoring.page import write_page
from loader.monitoring.prometheus import write_metrics
from loader.monitoring.unattended import ARCHIVE, noted
from loader.pipeline.context import Run


def run_post_hooks(run: Run) -> None:
    """Do all of it; what fails is said and changes nothing about the run."""
    _try(run, "sizes", lambda: _measure(run))
    _try(run, "archive", lambda: _mirror(run))
    _try(run, "page", lambda: write_page(run.settings, run.run_id, run.settings.min_score))
    _try(run, "health", lambda: _tell(run))


def _mirror(run: Run) -> None:
    """Copy the archive to object storage; a failure is noted, and so shown until it works again."""
    url = run.settings.archive_url
    if url:
        from loader.ingest.mirror import mirror_archive  # noqa: PLC0415  (pyarrow is slow to import)

        with noted(run.settings, ARCHIVE):
            for name in mirror_archive(run.settings, url):
                run.log.line(f"sent {name} to {url}")


def _tell(run: Run) -> None:
    state = collect(run.settings)
    found = problems(state, run.settings)
    _try(run, "metrics", lambda: write_metrics(state, found, run.settings))
    _try(run, "alerts", lambda: _alert(run, found))


def _measure(run: Run) -> None:
    run.record.ask(lambda connection: measure_tables(connection.cursor(), run.run_id))


def _alert(run: Run, found: list[Problem]) -> None:
    for title in alerts.send(run.settings, found, run.settings.now()):
        run.log.event("alert sent", title=title)


def _try(run: Run, what: str, do: Callable[[], object]) -> None:
    try:
        do()
    except (LoaderError, OSError) as error:
        run.log.line(f"warning: {what} after the run: {error}", "yellow")
    except Exception as bug:  # noqa: BLE001  (the run itself has ended, well or not)
        name = type(bug).__name__
        run.log.line(f"warning: {what} after the run: bug: {name}", "yellow", exc_info=bug)
