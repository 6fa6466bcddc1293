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
from dashboards.bi.sheets import Sheet
from dashboards.bi.sheets import query as sheet_query
from dashboards.bi.tableau import hyper
from dashboards.bi.tableau.graph import EXTRACT
from dashboards.bi.tableau.hyper import SCHEMA, open_extract
from dashboards.bi.tableau.package import write_tableau
from dashboards.bi.tableau.returns import OF_BOTH_FACTS, pages, sheets_of
from dashboards.bi.tableau.source import relations_read
from dashboards.catalogue import MEASURES, PAGES, RETURNS
from expectations import tableau_checks
from expectations.tableau import Workbook
from factories.days import query
from loader.cli import loader
from loader.config.settings import Settings
from loader.database.fetch import Row
from loader.errors import LoaderError

if TYPE_CHECKING:
    from tableauhyperapi import Connection

Ask = Callable[[str], list[Row]]
WITH_RETURNS = pages(has_returns=True)
SHEETS = [sheet for page in WITH_RETURNS for sheet in sheets_of(page)]
TILES = [sheet for sheet in SHEETS if sheet.visual.kind == "figure"]
BY_ID = {sheet.id: sheet for sheet in SHEETS}


@pytest.fixture(scope="module")
def folder(
    returning_shop: tuple[str, Path],
    server_environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Return the folder of the files written from the mart of a shop with returns."""
    database, _ = returning_shop
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in (server_environment | {"PGDATABASE": database}).items():
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


@pytest.mark.usefixtures("returning_mart")
def test_extract_has_the_rows_and_sums_of_the_mart(extract: Ask) -> None:
    relations = declared_relations()
    for name in relations_read(has_returns=True):
        sums = "".join(f", sum({column})" for column in relations[name].amounts)
        texts = "".join(f", count({c}), count(distinct {c})" for c in relations[name].types)
        (ours,) = extract(f'select count(*){sums}{texts} from "{SCHEMA}"."{name}"')
        (theirs,) = query(f"select count(*){sums}{texts} from mart.{name}")
        assert list(ours) == list(theirs), name


@pytest.mark.usefixtures("returning_mart")
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
    book = Workbook(root)
    assert book.check(tables) > 400
    tableau_checks.check(book)


@pytest.mark.usefixtures("returning_shop")
def test_pages_say_of_when_they_are(root: Element) -> None:
    texts = [run.text or "" for run in root.iterfind("dashboards/dashboard/zones//run")]
    stamps = [text for text in texts if text.startswith("\nPublication 1 of 2026-03-17")]
    assert len(stamps) == len(PAGES)
    assert Workbook(root).parameters["[Last day]"] == "#2026-03-17#"


def figures(rows: list[Row], names: list[str], wanted: list[str]) -> list[tuple[Decimal, ...]]:
    """Return the wanted figures of rows in one order, to the cent; none counts as -1."""
    at = [names.index(name) for name in wanted]
    found = [
        tuple(Decimal(-1) if row[i] is None else round(Decimal(row[i]), 2) for i in at)
        for row in rows
    ]
    return sorted(found)


# What the mart has ready of both facts, by the sheet that adds them up.
AFTER_RETURNS = {
    "net_sales_by_month": "total_gross, total_discount, {} from mart.rpt_monthly_trend",
    "returns_by_category": "units_sold, units_returned, {} from mart.rpt_category_performance",
}
NET = "total_returns, net_sales, coalesce(return_rate_pct, -1), profit_after_returns"


@pytest.mark.usefixtures("returning_mart")
@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.id)
def test_sheet_groups_and_sums_to_the_mart_s_figures(
    root: Element, extract: Ask, sheet: Sheet
) -> None:
    statement, names, groups = Workbook(root).sheets[sheet.visual.title].query()
    by_name = [m.name if sheet.is_of_star else m.numerator.column for m in sheet.measures]
    ours = [row[groups:] for row in extract(statement)]
    if sheet.visual.kind == "figure":
        # of all days, compared with none
        (row,) = ours
        assert row[1:] == (None, None)
        ours, names = [row[:1]], [names[0].removesuffix("_in_period")]
    assert set(names) <= set(by_name)
    assert names
    if sheet.id in OF_BOTH_FACTS:
        theirs = query("select " + AFTER_RETURNS[sheet.id].format(NET))
        assert any(row[-3] for row in theirs)
    else:
        theirs = [row[len(sheet.dimensions) :] for row in query(sheet_query(sheet))]
    assert figures(ours, names, names) == figures(theirs, by_name, names)


# Of the last day, 17 March 2026: the days of a period, and those that it is compared with.
PERIODS = {
    ("Last 7 days", "Previous period"): ("2026-03-11", "2026-03-04", "2026-03-10"),
    ("Last 28 days", "Previous period"): ("2026-02-18", "2026-01-21", "2026-02-17"),
    ("Last 90 days", "Year before"): ("2025-12-18", "2024-12-18", "2025-03-17"),
    ("Month to date", "Previous period"): ("2026-03-01", "2026-02-01", "2026-02-17"),
    ("Month to date", "Year before"): ("2026-03-01", "2025-03-01", "2025-03-17"),
    ("Year to date", "Previous period"): ("2026-01-01", "2025-01-01", "2025-03-17"),
    ("Year to date", "None"): ("2026-01-01", None, None),
}


def of_days(sheet: Sheet, first: str | None, last: str | None) -> list[Row]:
    """Return a sheet's rows of the sales of some days, as mart has them."""
    statement, by, groups = sheet_query(sheet).partition(" group by ")
    days = f"fct_sales.sold_at::date between '{first}' and '{last}'"
    return query(f"{statement} where {days}{by}{groups}")


@pytest.mark.usefixtures("returning_mart")
@pytest.mark.parametrize("choice", PERIODS, ids=" ".join)
def test_tiles_follow_period_and_comparison(
    root: Element, extract: Ask, choice: tuple[str, str]
) -> None:
    first, compared_first, compared_last = PERIODS[choice]
    book = Workbook(root)
    for sheet in TILES:
        tile = book.sheets[sheet.visual.title]
        (row,) = extract(tile.query(Period=choice[0], Comparison=choice[1])[0])
        now = of_days(sheet, first, "2026-03-17")
        expected = [float(now[0][0])]
        if compared_first:
            before = float(of_days(sheet, compared_first, compared_last)[0][0])
            change = expected[0] - before
            is_share = sheet.measures[0].format == "percent"
            expected += [before, change if is_share else 100 * change / abs(before)]
        shown = [float(one) for one in row if one is not None]
        assert shown == pytest.approx(expected, abs=0.01), sheet.id


@pytest.mark.usefixtures("returning_mart")
def test_charts_follow_the_period(root: Element, extract: Ask) -> None:
    book = Workbook(root)
    charts = [sheet for sheet in SHEETS if sheet.is_of_star and sheet.visual.kind != "figure"]
    for sheet in charts:
        chosen = book.sheets[sheet.visual.title].query(Period="Last 90 days")
        assert chosen != book.sheets[sheet.visual.title].query(), sheet.id
        if sheet.id not in OF_BOTH_FACTS:
            statement, names, groups = chosen
            theirs = of_days(sheet, "2025-12-18", "2026-03-17")
            rows = [row[len(sheet.dimensions) :] for row in theirs]
            by_name = [measure.name for measure in sheet.measures]
            ours = [row[groups:] for row in extract(statement)]
            assert figures(ours, names, names) == figures(rows, by_name, names), sheet.id


@pytest.mark.usefixtures("returning_mart")
def test_every_metric_of_returns_is_a_measure_with_the_mart_s_figure(
    root: Element, extract: Ask
) -> None:
    star = Workbook(root).sources["shop"]
    metrics = [m for m in MEASURES.values() if RETURNS in m.relations]
    figures_ = [star.sql(f"[Calculation_{metric.name}]") for metric in metrics]
    (ours,) = extract(star.query([], figures_, []))
    (theirs,) = query(
        "select refund, units_back, lost, gross - discount - refund, 100.0 * units_back / units,"
        " profit - lost from (select sum(gross_amount) as gross, sum(discount_amount) as discount,"
        " sum(quantity) as units, sum(profit_amount) as profit from mart.fct_sales) as sales,"
        " (select sum(refund_amount) as refund, sum(returned_quantity) as units_back,"
        " sum(lost_profit_amount) as lost from mart.fct_returns) as returns"
    )
    assert [float(one) for one in ours] == pytest.approx([float(one) for one in theirs])
    assert len(theirs) == len(metrics)


@pytest.mark.usefixtures("returning_mart")
def test_planted_other_formula_gives_other_figures(root: Element, extract: Ask) -> None:
    text = tostring(root, encoding="unicode")
    changed = text.replace("SUM([profit_amount])", "SUM([cost_amount])")
    sheet = BY_ID["revenue_by_category"]
    statement, names, groups = Workbook(fromstring(changed)).sheets[sheet.visual.title].query()
    theirs = query(sheet_query(sheet))
    at = [m.name for m in sheet.measures]
    ours = figures([row[groups:] for row in extract(statement)], names, names)
    assert ours != figures([row[len(sheet.dimensions) :] for row in theirs], at, names)


@pytest.mark.usefixtures("returning_mart")
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
