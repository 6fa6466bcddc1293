"""The build on Spark: PostgreSQL has the batch, the record and what is published of it."""

import json
from pathlib import Path

from loader.dbt.events import RESULTS, read_results
from loader.dbt.program import BUILD
from loader.errors import LoaderError
from loader.pipeline.context import Run
from loader.pipeline.dbt import run_dbt
from loader.spark.compact import compact_fragmented
from loader.spark.configuration import password
from loader.spark.serve import published, serve
from loader.spark.served import merged_tables, served_tables
from loader.spark.session import session
from loader.spark.stage import stage
from loader.spark.tables import forget_everything, refuse_other_batches
from loader.spark.tags import show_published, tag_again


def build_with_spark(run: Run) -> None:
    """Give Spark the batch, build and test all of it there, and publish what it built.

    Raises:
        LoaderError: Spark does not answer, did not build the batches before, or a step failed.
    """
    settings = run.settings
    if run.order.is_replay and run.order.is_full_refresh:
        forget_everything(settings)
    refuse_other_batches(settings, run.day)
    stage(settings)
    run.log.line("Spark has the batch")
    (spark_target(run) / RESULTS).unlink(missing_ok=True)  # of another build
    try:
        run_on_spark(run, *BUILD)
    except LoaderError:
        _record(run)
        raise
    tables = served_tables(spark_target(run))
    rows = serve(settings, tables, run.run_id, run.day, is_full=run.order.is_full_refresh)
    months = settings.spark_sales_months
    run.log.line(
        f"{rows:,} rows copied from Spark"
        + (f", of sales and returns {months} months" if months else "")
    )
    _record(run)
    show_published(settings, published(tables))
    compact_small_files(run)


def publish_from_spark(run: Run) -> None:
    """Publish what was copied of the newest complete build once more, under tags of its own."""
    tables = published(served_tables(spark_target(run)))
    tag_again(run.settings, tables)
    run_dbt(run, "run-operation", "publish")
    show_published(run.settings, tables)


def run_on_spark(run: Run, *arguments: str, **environment: str) -> None:
    """Run a command of dbt's on Spark.

    Raises:
        LoaderError: it failed, and says so where Spark is gone; nothing of it is tried again.
    """
    secret = password(run.settings)
    try:
        run_dbt(
            run,
            *arguments,
            *("--target", "spark"),
            target=spark_target(run),
            SHOP_SPARK_PASSWORD=secret,
            **environment,
        )
    except LoaderError:
        with session(run.settings):  # where it does not answer, that is why
            raise


def spark_target(run: Run) -> Path:
    """Return dbt's target folder for Spark: of another engine it would parse everything again."""
    return run.settings.dbt_target_dir / "spark"


def node_results(target: Path) -> list[dict[str, object]]:
    """Return what is put on record of dbt's last command; its messages may quote a row."""
    return [
        {
            "unique_id": result["unique_id"],
            "status": result["status"],
            "failures": result.get("failures"),
            "execution_time": result["execution_time"],
        }
        for result in read_results(target).nodes
        if not result["unique_id"].startswith("operation.")  # a hook, which dbt does not count
    ]


def _record(run: Run) -> None:
    """Put the results of dbt on Spark on record in PostgreSQL, and publish where all is well."""
    arguments = {
        "results": node_results(spark_target(run)),
        "is_full": run.order.is_full_refresh,
    }
    run_dbt(run, "run-operation", "publish_from_spark", "--args", json.dumps(arguments))


def compact_small_files(run: Run) -> None:
    """Compact tables of many small files; what is published does not hang on it."""
    try:
        with session(run.settings) as spark:
            compacted = compact_fragmented(spark, merged_tables(spark_target(run)))
    except LoaderError as error:
        run.log.line(f"warning: no small files of Spark's were written together: {error}", "yellow")
        return
    if compacted:
        run.log.line(f"small files written together: {', '.join(compacted)}")
