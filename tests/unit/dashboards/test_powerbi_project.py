"""What people expect of a Power BI file: names, colours, currency, hierarchies, pages, a source."""

import calendar
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NotRequired, TypedDict

import pytest

from dashboards.bi.declared import declared_relations
from dashboards.bi.powerbi.model.source import PARAMETERS, SourceKind
from dashboards.bi.powerbi.project import MODEL, REPORT, write_project
from dashboards.bi.sheets import sheets
from dashboards.catalogue import PAGES
from expectations.powerbi import Model
from expectations.powerbi_report import Json, Visual, fields_in, text_at, title_of, visuals
from loader.config.settings import REPOSITORY


class Binding(TypedDict):
    type: str
    parameters: list[dict[str, Json]]


class PageFile(TypedDict):
    """Name what is read of a page's file."""

    type: NotRequired[str]
    filterConfig: dict[str, list[dict[str, Json]]]
    pageBinding: Binding


STYLE = (REPOSITORY / "dashboards/site/assets/style.css").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("powerbi")
    write_project("EUR", folder=folder)
    return folder


@pytest.fixture(scope="module")
def model(project: Path) -> Model:
    return Model(project / MODEL)


def page_files(project: Path) -> dict[str, PageFile]:
    paths = (project / REPORT / "definition/pages").glob("*/page.json")
    return {path.parent.name: json.loads(path.read_text()) for path in paths}


def test_names_are_words_and_unique(model: Model) -> None:
    for table in model.tables.values():
        fields = [*table.of("column").values(), *table.of("measure").values()]
        names = [field.name for field in (*fields, *table.of("hierarchy").values())]
        assert len({name.lower() for name in names}) == len(names), table.name
        for name in (table.name, *names):
            assert re.fullmatch(r"[A-Z][^_\[\]]*", name), f"{table.name}[{name}]"
    assert {"Sales", "Returns", "Dates", "Customers", "Products"} <= set(model.tables)


def test_keys_and_technical_columns_are_hidden_and_names_are_seen(model: Model) -> None:
    hidden = set()
    for table in model.tables.values():
        for column in table.of("column").values():
            if "isHidden" in column.properties:
                hidden.add((table.name, column.name))
            else:
                source = column.properties.get("sourceColumn", "")
                assert not source.endswith("_key"), (table.name, column.name)
                assert source not in ("updated_date", "valid_from", "valid_to"), column.name
    # of a fact, figures are measures: nobody adds up a column beside them
    assert {("Sales", "Revenue"), ("Returns", "Refund"), ("Sales", "Product ID")} <= hidden
    assert not {("Customers", "Customer"), ("Products", "Product"), ("Dates", "Month")} & hidden


def test_amounts_have_the_shop_s_currency(model: Model) -> None:
    with_currency: set[str] = set()
    others: set[str] = set()
    for table in model.tables.values():
        for each in (*table.of("column").values(), *table.of("measure").values()):
            if each.kind == "measure" or each.properties["dataType"] == "decimal":
                is_money = each.properties["formatString"].startswith("\\E\\U\\R\\ ")
                (with_currency if is_money else others).add(each.name)
    assert {"Revenue", "Net sales year before", "Price", "Total spent", "Refund"} <= with_currency
    # what is no amount says what it is
    words = (
        "%|rate|margin|share|change|days?|months|sale$|from$|to$|per |units|orders|customers|lines"
    )
    assert [name for name in others if not re.search(words, name, re.IGNORECASE)] == []


def test_every_measure_is_in_a_folder_of_the_one_table(model: Model) -> None:
    (table,) = [table for table in model.tables.values() if table.of("measure")]
    folders = {m.properties["displayFolder"].split("\\")[0] for m in table.of("measure").values()}
    assert folders == {"Sales", "Returns", "Shares", "Over time", "Dates of periods"}
    # Power BI shows a table of nothing but measures at the top
    assert all("isHidden" in column.properties for column in table.of("column").values())


@pytest.mark.parametrize(
    ("table", "hierarchy", "levels"),
    [
        ("Dates", "Calendar", ["Year", "Quarter", "Month", "Date"]),
        ("Products", "Assortment", ["Category", "Sub-category", "Brand", "Product"]),
        ("Customers", "Geography", ["Country", "State", "City"]),
    ],
)
def test_hierarchies_lead_from_wide_to_narrow(
    model: Model, table: str, hierarchy: str, levels: list[str]
) -> None:
    found = model.tables[table].of("hierarchy")[hierarchy].of("level")
    columns = [level.properties["column"].strip("'") for level in found.values()]
    assert columns == levels
    assert all("isHidden" not in model.column(table, name).properties for name in levels)


def test_places_are_places_to_a_map(model: Model) -> None:
    wanted = {"Country": "Country", "State": "StateOrProvince", "City": "City"}
    for name, category in wanted.items():
        assert model.column("Customers", name).properties["dataCategory"] == category


def test_table_of_dates_is_marked_as_one(model: Model) -> None:
    dates = model.tables["Dates"]
    assert dates.properties["dataCategory"] == "Time"
    keys = [column.name for column in dates.of("column").values() if "isKey" in column.properties]
    assert keys == ["Date"]
    assert dates.of("column")["Date"].properties["dataType"] == "dateTime"


def test_both_facts_are_related_to_the_same_tables(model: Model) -> None:
    targets: dict[str, list[tuple[str, str]]] = {}
    for (source, _), target in model.relationships:
        targets.setdefault(source, []).append(target)
    assert targets["Sales"] == targets["Returns"]
    assert ("Dates", "Date key") in targets["Returns"]
    assert set(declared_relations()["fct_returns"].types) == {
        column.properties["sourceColumn"]
        for column in model.tables["Returns"].of("column").values()
    }


def test_theme_is_the_site_s_colours(project: Path) -> None:
    report = json.loads((project / REPORT / "definition/report.json").read_text())
    name = report["themeCollection"]["customTheme"]["name"]
    (package,) = report["resourcePackages"]
    assert [(item["name"], item["type"]) for item in package["items"]] == [(name, "CustomTheme")]
    path = project / REPORT / "StaticResources" / package["name"] / package["items"][0]["path"]
    theme = json.loads(path.read_text())
    assert theme["name"] == name
    for number, colour in enumerate(theme["dataColors"], start=1):
        assert f"--c{number}: {colour};" in STYLE.partition("}")[0]
    assert len(theme["dataColors"]) == 8
    for ours, theirs in [("good", "good"), ("bad", "bad"), ("foreground", "text")]:
        assert f"--{theirs}: {theme[ours]};" in STYLE.partition("}")[0]


def test_tiles_show_their_changes(project: Path, model: Model) -> None:
    figures = {
        (page.id, sheet.visual.title): sheet.measures[0].label
        for page in PAGES
        for sheet in sheets(page)
        if sheet.visual.kind == "figure"
    }
    found = {(page, title_of(v)): v for page, v in visuals(project / REPORT) if title_of(v)}
    for place, label in figures.items():
        objects = found[place]["visual"]["objects"]
        changes = [name for _, _, name in fields_in(objects["referenceLabel"])]
        assert changes == [
            f"{label} change {what}"
            for what in ("on previous period", "on year before", "of year to date")
        ]
        assert set(changes) <= set(model.measures)
        of, titled = (
            [text_at(each, "selector", "id") for each in objects[name]]
            for name in ("referenceLabel", "referenceLabelTitle")
        )
        assert of == titled
    assert len(figures) > 8


def test_a_reader_drills_through_from_products_and_customers(project: Path) -> None:
    shown = {
        field
        for page, visual in visuals(project / REPORT)
        for field in fields_in(visual["visual"])
        if page in {p.id for p in PAGES}
    }
    targets = {
        name: page
        for name, page in page_files(project).items()
        if page.get("type") == "Drillthrough"
    }
    assert set(targets) == {"product", "customer"}
    for name, page in targets.items():
        filters, binding = page["filterConfig"]["filters"], page["pageBinding"]
        assert binding["type"] == "Drillthrough"
        assert [p["boundFilter"] for p in binding["parameters"]] == [f["name"] for f in filters]
        fields = [next(fields_in(each["field"])) for each in filters]
        assert [next(fields_in(p["fieldExpr"])) for p in binding["parameters"]] == fields
        assert set(fields) & shown, name
        kinds = [
            v["visual"]["visualType"] for place, v in visuals(project / REPORT) if place == name
        ]
        assert kinds[0] == "actionButton", "no way back"


def pointed_at(project: Path) -> Iterator[tuple[Visual, str]]:
    for _, visual in visuals(project / REPORT):
        objects = visual["visual"].get("visualContainerObjects", {})
        for tooltip in objects.get("visualTooltip", []):
            value = text_at(tooltip, "properties", "section", "expr", "Literal", "Value")
            yield visual, value.strip("'")


def test_charts_show_a_tooltip_page_that_says_all_that_they_said(project: Path) -> None:
    pages = page_files(project)
    pointed = list(pointed_at(project))
    assert len(pointed) > 5
    told = {
        name
        for page, v in visuals(project / REPORT)
        if page == "tooltip"
        for _, _, name in fields_in(v)
    }
    for visual, page in pointed:
        assert pages[page]["type"] == pages[page]["pageBinding"]["type"] == "Tooltip"
        measures = {
            name for kind, _, name in fields_in(visual["visual"]["query"]) if kind == "Measure"
        }
        assert measures <= told, title_of(visual)


def test_every_page_that_is_opened_has_a_layout_for_phones(project: Path) -> None:
    for page, of in page_files(project).items():
        folder = project / REPORT / "definition/pages" / page / "visuals"
        states = [json.loads(path.read_text()) for path in sorted(folder.glob("*/mobile.json"))]
        if of.get("type") == "Tooltip":
            assert states == []
            continue
        assert len(states) == len(list(folder.glob("*/visual.json"))), page
        boxes = [state["position"] for state in states]
        for box in boxes:
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 324, page
        for number, one in enumerate(boxes):
            for other in boxes[:number]:
                apart = (
                    one["x"] >= other["x"] + other["width"] or other["x"] >= one["x"] + one["width"]
                )
                below = (
                    one["y"] >= other["y"] + other["height"]
                    or other["y"] >= one["y"] + one["height"]
                )
                assert apart or below, page


@pytest.mark.parametrize("first", ["Monday", "Sunday", "Saturday"])
def test_weekdays_stand_in_the_order_of_the_shop_s_week(tmp_path: Path, first: str) -> None:
    write_project("EUR", folder=tmp_path, week_start=first)
    model = Model(tmp_path / MODEL)
    assert model.column("Dates", "Weekday").properties["sortByColumn"] == "'Weekday order'"
    order = model.column("Dates", "Weekday order").expression or ""
    number = re.fullmatch(r"MOD \( 'Dates'\[ISO weekday\] - (\d), 7 \)", order)
    assert number
    days = list(calendar.day_name)
    by_place = {(days.index(day) + 1 - int(number[1])) % 7: day for day in days}
    place = days.index(first)
    assert [by_place[at] for at in range(7)] == days[place:] + days[:place]


OPENS = re.compile(r"\b(?:File|Folder|Web|Sql|PostgreSQL|Odbc)\.\w+\(([^)]*)\)")


@pytest.mark.parametrize("source", PARAMETERS)
def test_the_service_finds_the_one_data_source_without_running_a_query(
    tmp_path: Path, source: SourceKind
) -> None:
    write_project("EUR", source, tmp_path)
    model = Model(tmp_path / MODEL)
    bodies = {name: each.properties.get("body", "") for name, each in model.expressions.items()}
    opened = {name: OPENS.findall(body) for name, body in bodies.items()}
    parameters = [name for name, *_ in PARAMETERS[source]]
    assert {name: calls for name, calls in opened.items() if calls} == {
        "Mart": [", ".join(parameters)]
    }
    assert set(model.expressions) == {"Mart", "Typed", *parameters}
    for table in model.tables.values():
        (partition,) = table.of("partition").values()
        assert not OPENS.search(partition.properties["source"]), table.name
