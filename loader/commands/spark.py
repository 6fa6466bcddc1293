"""loader spark."""

import click

from loader.config.settings import load_settings
from loader.errors import LoaderError
from loader.history.lock import alone
from loader.spark import cluster
from loader.spark.stage import STAGED
from loader.spark.stage import stage as stage_batch


@click.group(short_help="Start and stop Spark, and give it a batch.")
def spark() -> None:
    """Start and stop a cluster of Apache Spark on this machine, and give it a batch to build."""


@spark.command()
def up() -> None:
    """Start the parts of the cluster that do not run."""
    settings = load_settings()
    started = cluster.start(settings)
    click.echo(f"started {', '.join(started)}" if started else "everything runs already")
    click.echo(f"Thrift server: {settings.spark_host}:{settings.spark_port}")


@spark.command()
def down() -> None:
    """Stop the cluster."""
    stopped = cluster.stop(load_settings())
    click.echo(f"stopped {', '.join(stopped)}" if stopped else "was not running")


@spark.command()
def status() -> None:
    """Show the parts of the cluster; exit with 1 when one does not answer."""
    settings = load_settings()
    found = cluster.status(settings)
    for part in found:
        state = f"process {part.pid}" if part.pid else "not running"
        silent = "" if part.answers or not part.pid else ", does not answer yet"
        click.echo(f"{part.name}: {state}{silent}; log {cluster.log_path(settings, part.name)}")
    if not all(part.answers for part in found):
        raise LoaderError("the cluster is not complete: make spark-up starts what is missing")


@spark.command()
def stage() -> None:
    """Write the loaded batch for Spark, and make Spark's tables of it."""
    settings = load_settings()
    folder = alone(settings, "spark stage", lambda _: stage_batch(settings))
    click.echo(f"{len(STAGED)} tables staged on Spark from {folder}")
