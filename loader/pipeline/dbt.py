"""dbt as a step of a run: what it says, how it failed, and what is left to do when it failed.

Tried again after a transient fault, a build goes on where it stopped, as `dbt retry` does: nodes
that succeeded are not built again, and count when it is decided whether all is built and tested
(SHOP_RETRY_OF names the dbt commands before). A build whose end is not on record is made whole.
"""

import json
import re
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from psycopg2.extensions import connection as Connection  # noqa: N812

from loader.child import Program, run_program
from loader.database import server
from loader.database.credentials import dbt_login
from loader.database.errors import is_transient_text
from loader.errors import LoaderError, TransientError
from loader.pipeline.context import Run

CLOCK = re.compile(r"^\d\d:\d\d:\d\d\s*")
NOISE = re.compile(r"^\d+ of \d+ (START|SKIP) ")
NODE_DONE = re.compile(r"^(\d+) of (\d+) (?!hook|OK hook)[A-Z]")
FINE = re.compile(r"^\d+ of \d+ (OK|PASS|NO-OP) ")
# What is shown even where details are not asked for.
NEWS = re.compile(r"^\d+ of \d+ (ERROR|FAIL|WARN)|^(Not published|Every node built)|made anew")

NOT_FAILED = ("success", "pass", "warn", "skipped", "no-op")

BUILDS_OF_RUN = """
select invocation_id, is_complete, completed_at is not null
from ops.invocations
where run_id = %s
order by started_at desc
"""


@dataclass(frozen=True)
class Results:
    """Hold what dbt wrote about its last command: its id, and messages of nodes that failed."""

    invocation_id: str
    failures: tuple[str, ...]
    first_failure: str = ""


class NodeResult(TypedDict):
    """Name what is read of a node's result in run_results.json."""

    unique_id: str
    status: str
    message: NotRequired[str | None]
    failures: NotRequired[int | None]


def build_with_dbt(run: Run, attempt: int) -> None:
    """Build, test and publish; after a failed attempt, do what is left of it.

    Raises:
        TransientError: nothing but transient faults stopped it.
        LoaderError: anything else.
    """
    builds = _builds(run) if attempt > 1 else []
    newest = builds[0] if builds else None
    if newest and newest[1]:  # everything is built and tested, the publication was cut off
        run_dbt(run, "run-operation", "publish")
    elif newest and newest[2] and _results(run).invocation_id == newest[0]:
        chain = ",".join(invocation_id for invocation_id, *_ in builds)
        run_dbt(run, "retry", SHOP_RETRY_OF=chain)
        if not _builds(run)[0][1]:
            raise LoaderError("dbt retry did not build everything; run the build again")
    else:
        # Unit tests check code, not data: `dbt build` typed by hand runs them, and so does CI.
        run_dbt(run, "build", "--exclude-resource-type", "unit_test")


def run_dbt(run: Run, *arguments: str, **environment: str) -> None:
    """Run a command of dbt's, its output going to the log.

    Raises:
        TransientError, LoaderError: it failed.
    """
    variables = server.dbt_environment(run.settings) | dbt_login()
    variables |= {
        "SHOP_RUN_ID": run.run_id,
        "DBT_PROFILES_DIR": str(run.settings.dbt_dir),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_USE_COLORS": "false",
        "PYTHONUNBUFFERED": "1",
    }
    if run.order.is_full_refresh:
        variables["DBT_FULL_REFRESH"] = "true"
    program = Program((*run.order.dbt, *arguments), run.settings.dbt_dir, variables | environment)
    said: list[str] = []
    before = _results(run)

    def write(line: str) -> None:
        text = CLOCK.sub("", line)  # the log has a clock of its own
        if not text or NOISE.match(text):  # dbt's own log says what started or was skipped
            return
        if is_transient_text(text):
            said.append(text)
        if NEWS.search(text):
            run.log.line(text, "yellow" if " of " in text else None)
        else:
            run.log.detail(text, is_kept=not FINE.match(text))
        if done := NODE_DONE.match(text):
            run.log.progress(int(done[1]), int(done[2]))

    code = run_program(program, run.lock.descriptor, write)
    after = _results(run)
    is_new = after.invocation_id != before.invocation_id
    run.log.event(
        f"dbt {arguments[0]} ended",
        exit_code=code,
        invocation_id=after.invocation_id if is_new else None,
        dbt_log=str(run.settings.dbt_log_dir / "dbt.log"),
    )
    if code:
        run.log.reveal()
        ended = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        failures = after.failures if is_new else ()
        is_transient = all(map(is_transient_text, failures)) if failures else bool(said)
        cause = said[0].strip() if is_transient else after.first_failure if is_new else ""
        kind = TransientError if is_transient else LoaderError
        raise kind(f"dbt {arguments[0]} {ended}{f': {cause}' if cause else ''}")


def _builds(run: Run) -> list[tuple[str, bool, bool]]:
    """Return the dbt commands of the run, the newest first: id, whether complete, whether ended."""

    def builds(connection: Connection) -> list[tuple[str, bool, bool]]:
        with connection.cursor() as cursor:
            cursor.execute(BUILDS_OF_RUN, (run.run_id,))
            return cursor.fetchall()

    return run.record.ask(builds)


def _results(run: Run) -> Results:
    path = run.settings.dbt_target_dir / "run_results.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # there was none yet, or dbt was killed while it wrote
        return Results("", ())
    results: list[NodeResult] = content["results"]
    failed = [result for result in results if result["status"] not in NOT_FAILED]
    return Results(
        content["metadata"]["invocation_id"],
        tuple(f"{result['status']}: {result.get('message') or ''}" for result in failed),
        _named(failed[0], len(failed)) if failed else "",
    )


def _named(result: NodeResult, count: int) -> str:
    """Say which node failed, without its message, which may quote a row."""
    name = result["unique_id"].split(".")[2]
    rows = f" with {result['failures']} rows" if result.get("failures") else ""
    others = f" (and {count - 1} more)" if count > 1 else ""
    return f"{name}: {result['status']}{rows}{others}"
