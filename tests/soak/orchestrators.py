"""Airflow and Dagster start a day each: green when it passes, red when a test of its data fails.

Not part of the suite, because both are large and want environments of their own: make orchestrators
"""

import json
import os
import subprocess

import pytest

from factories.days import a_customer, a_product, a_transaction, an_item, execute, write_batch
from loader.config.settings import REPOSITORY, Settings

ENVIRONMENTS = REPOSITORY / ".cache" / "orchestrators"
STEPS = ["load", "build", "export", "dashboard", "report"]
# The build compares staging with the record of loads: this file was never there.
FAIL_A_TEST = (
    "insert into ops.loads (load_id, table_name, batch_date, source_file, file_bytes, sha256,"
    " row_count, loaded_at) values (0, 'customers', '2025-02-01', 'f', 0, '', 5, now())"
)
AIRFLOW = """
import json
from datetime import UTC, datetime
import shop_daily
night_after = datetime(2025, 3, {day} + 1, 2, 15, tzinfo=UTC)
done = shop_daily.dag.test(logical_date=night_after)
print(json.dumps([done.state, {{one.task_id: one.state for one in done.get_task_instances()}}]))
"""
DAGSTER = """
import json
import definitions
done = definitions.defs.resolve_job_def("shop_daily").execute_in_process(
    partition_key="2025-03-0{day}", raise_on_error=False
)
shown = [one.asset_key.to_user_string() for one in done.get_asset_materialization_events()]
print(json.dumps([done.success, shown]))
"""


@pytest.fixture
def shop(settings: Settings) -> Settings:
    """Return a shop to which two days are delivered."""
    for number in (1, 2):
        write_batch(
            settings.root / "drop" / f"2025-03-0{number}",
            customers=[a_customer(number)],
            products=[a_product(number)],
            transactions=[a_transaction(number, f"2025-03-0{number}")],
            transaction_items=[an_item(number, number)],
        )
    return settings


def ask(orchestrator: str, program: str, shop: Settings, day: int) -> list[object]:
    """Let an orchestrator execute the day once, and return what it says about it."""
    home = shop.root / orchestrator
    home.mkdir(exist_ok=True)
    python = ENVIRONMENTS / orchestrator / "bin" / "python"
    environment = os.environ | {
        "SHOP_LANDING": str(shop.root / "drop" / "{date}"),
        "PYTHONPATH": str(REPOSITORY / "deploy" / orchestrator),
        f"{orchestrator.upper()}_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "deploy" / "airflow"),
    }
    if orchestrator == "airflow":
        subprocess.run([python, "-m", "airflow", "db", "migrate"], env=environment, check=True)
    done = subprocess.run(
        [python, "-c", program.format(day=day)],
        cwd=home,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    print(done.stdout)  # noqa: T201
    answer: list[object] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.mark.usefixtures("database", "own_dbt_target")
def test_dagster_is_green_on_a_good_day_and_red_when_a_test_fails(shop: Settings) -> None:
    assert ask("dagster", DAGSTER, shop, 1) == [True, STEPS]
    execute(FAIL_A_TEST)
    assert ask("dagster", DAGSTER, shop, 2) == [False, ["load"]]


@pytest.mark.usefixtures("database", "own_dbt_target")
def test_airflow_is_green_on_a_good_day_and_red_when_a_test_fails(shop: Settings) -> None:
    green = dict.fromkeys(["run", *STEPS], "success")
    assert ask("airflow", AIRFLOW, shop, 1) == ["success", green]
    execute(FAIL_A_TEST)
    red = dict.fromkeys(["run", *STEPS], "failed") | {"load": "success"}
    assert ask("airflow", AIRFLOW, shop, 2) == ["failed", red]
