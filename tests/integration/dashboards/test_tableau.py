"""The Tableau files: the extract is the mart, and the workbook's sheets give the mart's figures."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, fromstring, tostring
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

from dashboards.bi.declared import declared_relations
from dashboards.bi.sheets import Sheet, sheets, sources
from dashboards.bi.sheets import query as sheet_query
from dashboards.bi.tableau import hyper
from dashboards.bi.tableau.hyper import SCHEMA, open_extract
from dashboards.bi.tableau.package import write_tableau
from dashboards.bi.tableau.source import EXTRACT
from dashboards.bi.tableau.workbook import workbook
from dashboards.catalogue import FILTERS, PAGES
from expectations.tableau import Workbook
from factories.days import query
from loader.cli import loader
from loader.config.settings import Settings
from loader.database.fetch import Row
from loader.errors import LoaderError

if TYPE_CHECKING:
    from tableauhyperapi import Connection

Ask = Callable[[str], list[Row]]
SHEETS = [sheet for page in PAGES for sheet in sheets(page)]


@pytest.fixture(scope="module")
def folder(
    small_shop: tuple[str, Path],
    server_environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Return the folder of the files written from the small shop's mart."""
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in (server_environment | {"PGDATABASE": small_shop[0]}).items():
            patch.setenv(variable, value)
        return write_tableau(Settings(root=tmp_path_factory.mktemp("tableau"))).folder


@pytest.fixture(scope="module")
def connection(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Connection"]:
    """Yield a connection to the extract inside the package."""
    unpacked = tmp_path_factory.mktemp("unpacked")
    with ZipFile(folder / "shop.twbx") as package:
        assert package.namelist() == ["shop.twb", EXTRACT]
        package.extract(EXTRACT, unpacked)
    assert (unpacked / EXTRACT).read_bytes() == (folder / "shop.hyper").read_bytes()
    with open_extract(unpacked / EXTRACT) as opened:
        yield opened


@pytest.fixture(scope="module")
def extract(connection: "Connection") -> Ask:
    """Return a function that asks the extract."""
    return lambda statement: [tuple(row) for row in connection.execute_list_query(statement)]


@pytest.fixture(scope="module")
def tables(connection: "Connection") -> dict[str, dict[str, str]]:
    """Return the extract's columns with their types, by table."""
    return {
        name.name.unescaped: {
            column.name.unescaped: column.type.tag.name
            for column in connection.catalog.get_table_definition(name).columns
        }
        for name in connection.catalog.get_table_names(SCHEMA)
    }


@pytest.fixture(scope="module")
def root(folder: Path) -> Element:
    with ZipFile(folder / "shop.twbx") as package:
        return fromstring(package.read("shop.twb"))


@pytest.mark.usefixtures("small_mart")
def test_extract_has_the_rows_and_sums_of_the_mart(extract: Ask) -> None:
    relations = declared_relations()
    for name in sources():
        sums = "".join(f", sum({column})" for column in relations[name].amounts)
        texts = "".join(f", count({c}), count(distinct {c})" for c in relations[name].types)
        (ours,) = extract(f'select count(*){sums}{texts} from "{SCHEMA}"."{name}"')
        (theirs,) = query(f"select count(*){sums}{texts} from mart.{name}")
        assert list(ours) == list(theirs), name


@pytest.mark.usefixtures("small_mart")
def test_dates_flags_and_times_arrive_as_they_are(extract: Ask) -> None:
    statement = (
        "select cast(min(valid_from) as text), cast(max(valid_to) as text), "
        "sum(case when is_current then 1 else 0 end) from {}dim_customers"
    )
    assert extract(statement.format(f'"{SCHEMA}".')) == query(statement.format("mart."))
    statement = "select sum(cast(extract(hour from sold_at) as integer)) from {}fct_sales"
    assert extract(statement.format(f'"{SCHEMA}".')) == query(statement.format("mart."))


def test_every_name_in_the_workbook_is_in_the_extract(
    root: Element, tables: dict[str, dict[str, str]]
) -> None:
    assert Workbook(root).check(tables) > 400


def test_every_page_has_its_sheets_and_filters(root: Element) -> None:
    book = Workbook(root)
    assert list(book.dashboards) == [page.title for page in PAGES]
    for page in PAGES:
        zones = list(book.dashboards[page.title].iter("zone"))
        shown = {zone.get("name") for zone in zones if zone.get("name")}
        assert shown == {visual.title for visual in page.visuals}
        filters = [zone for zone in zones if zone.get("type-v2") == "filter"]
        assert len(filters) == len(FILTERS)
    assert len(book.sheets) == len(SHEETS)


def test_pages_say_of_when_they_are(root: Element, small_shop: tuple[str, Path]) -> None:
    assert small_shop
    texts = [run.text or "" for run in root.iterfind("dashboards//run")]
    stamps = [text for text in texts if text.startswith("\nPublication 1 of 2026-03-17")]
    assert len(stamps) == len(PAGES)


def figures(rows: list[Row], names: list[str], wanted: list[str]) -> list[tuple[Decimal, ...]]:
    """Return the wanted figures of rows in one order, to the cent; none counts as -1."""
    at = [names.index(name) for name in wanted]
    found = [
        tuple(Decimal(-1) if row[i] is None else round(Decimal(row[i]), 2) for i in at)
        for row in rows
    ]
    return sorted(found)


@pytest.mark.usefixtures("small_mart")
@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.id)
def test_sheet_groups_and_sums_to_the_mart_s_figures(
    root: Element, extract: Ask, sheet: Sheet
) -> None:
    statement, names, groups = Workbook(root).sheets[sheet.visual.title].query()
    by_name = [m.name if sheet.is_of_star else m.numerator.column for m in sheet.measures]
    assert set(names) <= set(by_name)
    assert names
    ours = [row[groups:] for row in extract(statement)]
    theirs = [row[len(sheet.dimensions) :] for row in query(sheet_query(sheet))]
    assert figures(ours, names, names) == figures(theirs, by_name, names)


PLANTED = {
    "field of a sheet": ("[Calculation_revenue]", "[Calculation_nope]"),
    "field on a shelf": ("[usr:Calculation_profit:qk]</rows>", "[usr:Calculation_nope:qk]</rows>"),
    "column of the extract": ("[fct_sales].[quantity]", "[fct_sales].[nope]"),
    "table of the extract": ("[Extract].[dim_products]", "[Extract].[nope]"),
    "formula": ("SUM([quantity])", "SUM([nope])"),
    "sheet of a dashboard": ('type-v2="filter" name="', 'type-v2="filter" name="No '),
    "type": ('datatype="date" name="[full_date]"', 'datatype="string" name="[full_date]"'),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_planted_fault_is_caught(
    root: Element, tables: dict[str, dict[str, str]], fault: str
) -> None:
    before, after = PLANTED[fault]
    text = tostring(root, encoding="unicode")
    assert before in text
    with pytest.raises(AssertionError):
        Workbook(fromstring(text.replace(before, after, 1))).check(tables)


@pytest.mark.usefixtures("small_mart")
def test_planted_other_formula_gives_other_figures(root: Element, extract: Ask) -> None:
    text = tostring(root, encoding="unicode")
    changed = text.replace("SUM([profit_amount])", "SUM([cost_amount])")
    (sheet,) = [sheet for sheet in SHEETS if sheet.id == "revenue_by_category"]
    statement, names, groups = Workbook(fromstring(changed)).sheets[sheet.visual.title].query()
    theirs = query(sheet_query(sheet))
    at = [m.name for m in sheet.measures]
    ours = figures([row[groups:] for row in extract(statement)], names, names)
    assert ours != figures([row[len(sheet.dimensions) :] for row in theirs], at, names)


def test_same_relations_give_the_same_workbook() -> None:
    first, second = (workbook(declared_relations(), "now", "INR") for _ in range(2))
    assert first == second


@pytest.mark.usefixtures("small_mart")
def test_files_take_the_place_of_older_ones_whole(
    folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sorted(path.name for path in folder.iterdir()) == ["shop.hyper", "shop.twbx"]
    older = settings.exports_dir / "tableau" / "shop.twbx"
    older.parent.mkdir(parents=True)
    older.write_text("older")

    def missing() -> None:
        raise LoaderError("the extra is not installed")

    monkeypatch.setattr(hyper, "_hyper_api", missing)
    with pytest.raises(LoaderError, match="not installed"):
        write_tableau(settings)
    assert older.read_text() == "older"
    monkeypatch.undo()


@pytest.mark.usefixtures("database")
def test_nothing_published_is_an_error(settings: Settings) -> None:
    assert settings
    done = CliRunner().invoke(loader, ["tableau"])
    assert "nothing was published yet" in str(done.exception)
