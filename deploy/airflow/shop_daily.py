"""One run a day on Airflow: the loader does it whole, a task for each step shows how it ended."""

import json
from datetime import UTC, datetime
from pathlib import Path
from subprocess import PIPE, run

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, task

SHOP = Path(__file__).resolve().parents[2]  # the folder of DAGs may have a link to this file
LOADER = (".venv/bin/python", "-m", "loader")
DAY = "{{ macros.ds_add(ds, -1) }}"


@task
def show(step: str, day: str) -> None:
    status = json.loads(run([*LOADER, "status", "--json"], cwd=SHOP, stdout=PIPE).stdout)
    newest = next(one for one in status["runs"] if one["logical_date"] == day)
    if step not in [it["step"] for it in status["step_times"] if it["run_id"] == newest["run_id"]]:
        raise RuntimeError(newest["error"] if newest["step"] == step else "not reached")


start = datetime(2025, 1, 1, tzinfo=UTC)
with DAG("shop_daily", schedule="15 2 * * *", start_date=start, max_active_runs=1) as dag:
    command = " ".join([*LOADER, "schedule", "--once", "--date", DAY])
    day = BashOperator(task_id="run", bash_command=command, cwd=str(SHOP))
    for step in ("load", "build", "export", "dashboard", "report"):
        day >> show.override(task_id=step)(step, DAY).as_teardown()  # only `run` fails the day
