"""Look for an erased person in all files that Spark has."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from loader.config.settings import Settings
from loader.spark.session import session
from loader.spark.tables import table_names


def erased_values(delivering: Settings) -> list[str]:
    """Return the id, e-mail address and telephone number of a customer who has bought."""
    landing = min((delivering.root / "delivered").rglob("transactions.csv"), key=str)
    with landing.open(encoding="utf-8", newline="") as file:
        buyers = {row["customer_id"] for row in csv.DictReader(file)}
    with landing.with_name("customers.csv").open(encoding="utf-8", newline="") as file:
        found = next(row for row in csv.DictReader(file) if row["customer_id"] in buyers)
    return [found[name] for name in ("customer_id", "email", "phone") if found[name]]


def traces(settings: Settings, values: list[str]) -> list[str]:
    """Return a line for each file that has one of the values, or that no table names any more."""
    found = [
        f"{path.relative_to(settings.spark_storage_dir)} has the erased customer"
        for path in settings.spark_storage_dir.rglob("*.parquet")
        if any(value in text for text in _texts(path) for value in values)
    ]
    return found + list(_unnamed(settings))


def _texts(path: Path) -> Iterator[str]:
    for column in pa.parquet.read_table(path).columns:
        if pa.types.is_string(column.type):
            yield from (text for text in column.unique().to_pylist() if text)


def _unnamed(settings: Settings) -> Iterator[str]:
    with session(settings) as spark:
        for table in table_names(spark):
            spark.execute(f"select file_path from {table}.files")
            named = {Path(path.removeprefix("file:")) for (path,) in spark.fetchall()}
            folders = {path.parent for path in named}
            files = {path for folder in folders for path in folder.glob("*.parquet")}
            if files != named:
                yield f"{table}: {len(files - named)} files are of no snapshot"
