"""dbt as a step of a run: what it says, how it failed, and what is left to do when it failed.

Tried again after a transient error, a build goes on where it stopped, as `dbt retry` does: nodes
that succeeded are not built again, and count when it is decided whether all is built and tested
(SHOP_RETRY_OF names the dbt commands before). A build whose end is not on record is made whole.
"""

from pathlib import Path
from typing import NamedTuple

from psycopg2.extensions import connection as Connection  # noqa: N812

from loader.child import run_program
from loader.database import server
from loader.database.credentials import dbt_login
from loader.database.errors import is_transient_text
from loader.database.fetch import fetch_records, statements
from loader.dbt.events import Event, read_event, read_results
from loader.dbt.program import BUILD, dbt_program
from loader.errors import LoaderError, TransientError
from loader.pipeline.context import Run

SQL = statements(Path(__file__).with_suffix(".sql"))


class Build(NamedTuple):
    """Name a dbt command of a run: whether it built and tested everything, and whether it ended."""

    invocation_id: str
    is_complete: bool
    has_ended: bool


def build_with_dbt(run: Run, attempt: int) -> None:
    """Build, test and publish; after a failed attempt, do what is left of it.

    Raises:
        TransientError: nothing but transient errors stopped it.
        LoaderError: anything else.
    """
    builds = _builds(run) if attempt > 1 else []
    newest = builds[0] if builds else None
    if newest and newest.is_complete:  # everything is built and tested, the publication was cut off
        run_dbt(run, "run-operation", "publish")
    elif newest and newest.has_ended and _last_invocation(run) == newest.invocation_id:
        chain = ",".join(build.invocation_id for build in builds)
        run_dbt(run, "retry", SHOP_RETRY_OF=chain)
        if not _builds(run)[0].is_complete:
            raise LoaderError("dbt retry did not build everything; run the build again")
    else:
        run_dbt(run, *BUILD)


def run_dbt(run: Run, *arguments: str, target: Path | None = None, **environment: str) -> None:
    """Run a command of dbt's, its output going to the log, in a target folder of its own or ours.

    Raises:
        TransientError, LoaderError: it failed.
    """
    target = target or run.settings.dbt_target_dir
    variables = server.dbt_environment(run.settings) | dbt_login()
    variables |= {"SHOP_RUN_ID": run.run_id, "SHOP_LOGICAL_DATE": run.day.isoformat()}
    variables |= {"DBT_TARGET_PATH": str(target), "SHOP_SPARK_PASSWORD": ""}
    if run.order.is_full_refresh:
        variables["DBT_FULL_REFRESH"] = "true"
    program = dbt_program(run.settings, arguments, variables | environment, run.order.dbt)
    transient: list[str] = []

    def write(line: str) -> None:
        event = read_event(line)
        transient.extend(filter(is_transient_text, event.lines))
        _log(run, event)

    before = read_results(target).invocation_id
    code = run_program(program, write, run.lock.descriptor)
    results = read_results(target)
    is_new = results.invocation_id != before
    run.log.event(
        f"dbt {arguments[0]} ended",
        exit_code=code,
        invocation_id=results.invocation_id if is_new else None,
        dbt_log=str(run.settings.dbt_log_dir / "dbt.log"),
    )
    if code:
        run.log.reveal()
        ended = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        failures = results.failures if is_new else ()
        is_transient = all(map(is_transient_text, failures)) if failures else bool(transient)
        cause = transient[0].strip() if is_transient else results.first_failure if is_new else ""
        kind = TransientError if is_transient else LoaderError
        raise kind(f"dbt {arguments[0]} {ended}{f': {cause}' if cause else ''}")


def _log(run: Run, event: Event) -> None:
    for line in event.lines:
        if event.is_news:
            run.log.line(line, "yellow" if event.is_node_result else None)
        else:
            run.log.detail(line, is_kept=not event.is_node_result)
    if event.is_node_result:
        run.log.progress(event.node_index, event.node_count)


def _builds(run: Run) -> list[Build]:
    """Return the dbt commands of the run, the newest first."""

    def builds(connection: Connection) -> list[Build]:
        with connection.cursor() as cursor:
            return list(fetch_records(cursor, SQL["builds_of_run"], Build, (run.run_id,)))

    return run.record.ask(builds)


def _last_invocation(run: Run) -> str:
    return read_results(run.settings.dbt_target_dir).invocation_id
