"""The reports as one Excel workbook, a sheet each, for people who open nothing else.

It is made of the CSV files, so text that a spreadsheet would run has its apostrophe here, too.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from loader.atomic import atomic_file
from loader.config.settings import SPREADSHEET_ROWS
from loader.export.relations import Relation

if TYPE_CHECKING:
    from pandas import DataFrame

WORKBOOK = "reports.xlsx"
PREFIX = "rpt_"
NAME_LENGTH = 31  # of a sheet, at most
UNPRINTABLE = r"[\x00-\x08\x0b\x0c\x0e-\x1f]"  # the format has no way to hold them


def write_workbook(folder: Path, relations: list[Relation]) -> Path:
    """Write the reports of an export, without any that no sheet can hold; return the path."""
    from pandas import ExcelWriter  # noqa: PLC0415  (takes half a second, and few ask for it)

    reports = [relation for relation in relations if relation.name.startswith(PREFIX)]
    frames = {report.name: _frame(folder / report.file, report) for report in reports}
    sheets = {name: frame for name, frame in frames.items() if len(frame) <= SPREADSHEET_ROWS}
    path = folder / WORKBOOK
    if not sheets:  # the format demands one
        path.unlink(missing_ok=True)
        return path
    with (
        atomic_file(path) as staging,
        staging.open("wb") as file,
        ExcelWriter(file, engine="openpyxl", datetime_format="YYYY-MM-DD") as workbook,
    ):
        for name, frame in sheets.items():
            sheet = name.removeprefix(PREFIX)[:NAME_LENGTH]
            frame.to_excel(workbook, sheet_name=sheet, index=False, freeze_panes=(1, 0))
    return path


def _frame(path: Path, relation: Relation) -> "DataFrame":
    """Return a CSV file as it was written: text as text, dates as dates, empty as null."""
    from pandas import read_csv  # noqa: PLC0415

    frame = read_csv(
        path,
        dtype=dict.fromkeys(relation.texts, "string"),
        parse_dates=[name for name, type_ in relation.types.items() if type_ == "date"],
        keep_default_na=False,
        na_values=[""],
    )
    for name in relation.texts:
        frame[name] = frame[name].str.replace(UNPRINTABLE, "", regex=True)
    return frame
