"""The Excel workbook: the reports as they were exported, a sheet each, and gone when unwanted."""

from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from factories.days import execute
from loader.config.settings import Settings
from loader.database import server
from loader.database.schema import ensure_schema
from loader.export.relations import Relation
from loader.export.workbook import WORKBOOK, write_workbook
from loader.export.write import export

TYPES = {
    "name": "text", "code": "text", "day": "date", "amount": "numeric(14,2)", "is_new": "boolean",
}  # fmt: skip
ROWS = """\
name,code,day,amount,is_new
'=1+1,007,2026-11-22,1.50,true
"NA, bell \x07",,,,false
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rpt_one.csv").write_text(ROWS)
    return tmp_path


def test_sheet_has_the_values_of_the_file_as_what_they_are(folder: Path) -> None:
    relations = [Relation("rpt_one", TYPES, ("code",)), Relation("dim_other", {}, ())]
    sheets = pd.read_excel(
        write_workbook(folder, relations), sheet_name=None, keep_default_na=False
    )
    assert list(sheets) == ["one"]
    rows = sheets["one"].to_dict("records")
    assert rows == [
        {
            "name": "'=1+1",
            "code": "007",
            "day": pd.Timestamp(2026, 11, 22),
            "amount": 1.5,
            "is_new": True,
        },
        {"name": "NA, bell ", "code": "", "day": "", "amount": "", "is_new": False},
    ]


def test_failed_workbook_leaves_the_former_one(folder: Path) -> None:
    report = Relation("rpt_one", TYPES, ("code",))
    before = write_workbook(folder, [report]).read_bytes()
    (folder / "rpt_one.csv").unlink()
    with pytest.raises(FileNotFoundError):
        write_workbook(folder, [report])
    assert (folder / WORKBOOK).read_bytes() == before


@pytest.mark.usefixtures("database")
def test_export_writes_the_workbook_on_request_and_takes_it_away(settings: Settings) -> None:
    with closing(server.connect(settings)) as connection:
        ensure_schema(connection)
    execute(
        "create table mart.rpt_one (name text primary key);"
        "insert into mart.rpt_one values ('x');"
        "insert into ops.publications (logical_date) values ('2026-11-22');"
        "insert into ops.publication_relations (publication_id, relation_name)"
        " select max(publication_id), 'rpt_one' from ops.publications"
    )
    export(settings.model_copy(update={"excel": True}))
    assert list(pd.read_excel(settings.exports_dir / WORKBOOK, "one")["name"]) == ["x"]
    export(settings)
    assert not (settings.exports_dir / WORKBOOK).exists()
