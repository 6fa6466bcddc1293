"""Files of an export, and those that a conversion made of them."""

import csv
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook

ExportRow = Mapping[str, str]
Cell = str | float | datetime

# What most exports lack and no product can do without.
COST_AND_STOCK = {"products.cost": "60%", "products.stock_quantity": "0"}


def write_export(
    path: Path,
    rows: Iterable[ExportRow],
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
    line_end: str = "\n",
) -> Path:
    """Write rows as a CSV file, with the columns of the first."""
    rows = list(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter, lineterminator=line_end)
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_made(folder: Path, table: str) -> list[dict[str, str]]:
    """Return the rows of a file that a conversion has written."""
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_workbook(path: Path, **sheets: list[list[Cell]]) -> None:
    """Write an Excel workbook of rows by sheet."""
    book = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
