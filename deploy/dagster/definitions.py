"""One run a day on Dagster: the loader does it whole, each step that succeeded is an asset."""

import json
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, run

import dagster as dg

SHOP = Path(__file__).resolve().parents[2]
LOADER = (".venv/bin/python", "-m", "loader")
STEPS = [dg.AssetSpec(name) for name in ("load", "build", "export", "dashboard", "report")]
DAYS = dg.DailyPartitionsDefinition(start_date="2025-01-01")


@dg.multi_asset(specs=STEPS, partitions_def=DAYS)
def shop(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    ended = run([*LOADER, "schedule", "--once", "--date", context.partition_key], cwd=SHOP)
    status = json.loads(run([*LOADER, "status", "--json"], cwd=SHOP, stdout=PIPE).stdout)
    newest = next(one for one in status["runs"] if one["logical_date"] == context.partition_key)
    for it in reversed([it for it in status["step_times"] if it["run_id"] == newest["run_id"]]):
        yield dg.MaterializeResult(asset_key=it["step"], metadata={"seconds": it["seconds"]})
    if ended.returncode:
        raise dg.Failure(f"{newest['step']}: {newest['error']}", allow_retries=False)


job = dg.define_asset_job("shop_daily", [shop])
night = dg.build_schedule_from_partitioned_job(job, hour_of_day=2, minute_of_hour=15)
defs = dg.Definitions(assets=[shop], jobs=[job], schedules=[night])
