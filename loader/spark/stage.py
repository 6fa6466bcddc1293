"""Give Spark what a build starts from: files that all workers can read, and tables of them."""

from functools import partial
from pathlib import Path

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.config.settings import Settings
from loader.contract import TABLES
from loader.database import server
from loader.database.fetch import statements
from loader.export.parquet import write_parquet
from loader.spark.session import session
from loader.spark.shared import LocalFolder, StoredFolder, shared_folder

SQL = statements(Path(__file__).with_suffix(".sql"))
RECORDS = {
    "ops.loads": (
        *("load_id", "batch_date", "table_name", "row_count", "rejected_count", "loaded_at"),
    ),
    "ops.publications": ("publication_id", "published_at"),
    "quarantine.rejected_lines": ("batch_date", "table_name"),
}
DELIVERED = {
    f"staging.{table}": (*columns, "_line_number", "_source_file")
    for table, columns in TABLES.items()
}
STAGED = DELIVERED | RECORDS
# The functions of database/clean_values.sql, each by its class in Text.java.
FUNCTIONS = {
    "visible_text": "VisibleText",
    "visible_code": "VisibleCode",
    "clean_block": "CleanBlock",
    "clean_line": "CleanLine",
    "clean_code": "CleanCode",
    "is_not_composed": "IsNotComposed",
}


def stage(settings: Settings) -> str:
    """Make Spark's tables of what is in staging; return where their files are.

    Raises:
        LoaderError: Spark does not answer, or refuses.
    """
    folder = shared_folder(settings, "staging")
    write_staging(settings, folder)
    with session(settings) as spark:
        for schema in ("ops", "staging", "quarantine"):
            spark.execute(f"create schema if not exists {schema}")
        for name, java_class in FUNCTIONS.items():
            spark.execute(f"create or replace function ops.{name} as 'shop.Text${java_class}'")
        for table in STAGED:
            spark.execute(SQL["stage"].format(table=table, folder=folder.address))
    return folder.address


def write_staging(settings: Settings, folder: LocalFolder | StoredFolder) -> None:
    """Write the delivered rows, and the records that models read, as Parquet.

    All files are of one moment; each replaces the previous one when it is complete.
    """
    with server.snapshot(settings) as cursor:
        for name, columns in STAGED.items():
            folder.write(f"{name}.parquet", partial(_write_table, cursor, name, columns))


def _write_table(cursor: Cursor, name: str, columns: tuple[str, ...], parquet: Path) -> None:
    csv = parquet.with_suffix(".csv")
    copied = sql.SQL("copy (select {} from {}) to stdout with (format csv, header true)").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(*name.split("."))
    )
    with csv.open("wb") as file:
        cursor.copy_expert(copied, file)
    write_parquet(csv, _types(cursor, name, columns), parquet)
    csv.unlink()


def _types(cursor: Cursor, name: str, columns: tuple[str, ...]) -> dict[str, str]:
    cursor.execute(SQL["types"], (list(columns), name))
    return dict(zip(columns, (type_ for (type_,) in cursor.fetchall()), strict=True))
