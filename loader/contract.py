"""The four files that a shop delivers, and their columns, as dbt_project.yml declares them."""

from pathlib import Path

import yaml

PROJECT = Path(__file__).parents[1] / "dbt_project" / "dbt_project.yml"


def _declared() -> dict[str, tuple[str, ...]]:
    """Return each file's columns in its order."""
    project = yaml.load(PROJECT.read_text(encoding="utf-8"), yaml.CSafeLoader)
    tables = project["vars"]["delivered_tables"]
    return {table: tuple(file["columns"]) for table, file in tables.items()}


TABLES = _declared()


def file_name(table: str, *, is_packed: bool = False) -> str:
    """Return the name of the file that delivers a table, plain or packed by gzip."""
    return f"{table}.csv.gz" if is_packed else f"{table}.csv"
