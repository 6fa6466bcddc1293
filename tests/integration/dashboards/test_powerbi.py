"""The Power BI project: what is committed is what is generated, and its figures are the mart's."""

import json
import re
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from dashboards.bi.declared import declared_relations
from dashboards.bi.powerbi.model.dax import column_of
from dashboards.bi.powerbi.model.names import METRICS, column_name, table_name
from dashboards.bi.powerbi.project import MODEL, PROJECT, REPORT, project_files, write_project
from dashboards.bi.sheets import Sheet, sheets
from dashboards.bi.sheets import query as sheet_query
from dashboards.catalogue import DIMENSIONS, FACT, FILTERS, PAGES, Dimension
from dashboards.catalogue.queries import query as catalogue_query
from expectations.powerbi import Dax, Model
from expectations.powerbi_checks import check, check_fields
from expectations.powerbi_report import (
    Visual,
    fields_in,
    implied_query,
    shown,
    title_of,
    visuals,
)
from expectations.tmdl import parse_tmdl
from factories.days import query
from loader.database.fetch import Row

SHEETS = [sheet for page in PAGES for sheet in sheets(page)]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("powerbi")
    write_project("INR", folder=folder)
    return folder


@pytest.fixture(scope="module")
def model(project: Path) -> Model:
    return Model(project / MODEL)


@pytest.fixture(scope="module")
def by_sheet(project: Path) -> dict[str, Visual]:
    """Return the visual that shows each sheet."""
    titles = {(page, title_of(visual)): visual for page, visual in visuals(project / REPORT)}
    return {
        sheet.id: titles[page.id, sheet.visual.title] for page in PAGES for sheet in sheets(page)
    }


def test_committed_project_is_what_the_catalogue_and_the_models_say() -> None:
    committed = {
        str(path.relative_to(PROJECT)): path.read_text(encoding="utf-8")
        for path in PROJECT.rglob("*")
        if path.is_file()
    }
    assert committed == project_files("INR"), "run make powerbi"


def test_writing_leaves_nothing_of_an_older_project(tmp_path: Path) -> None:
    old = tmp_path / REPORT / "definition" / "pages" / "old" / "page.json"
    old.parent.mkdir(parents=True)
    old.write_text("{}")
    assert len(write_project("INR", folder=tmp_path)) > 60
    assert not old.exists()


def test_every_page_and_visual_of_the_catalogue_is_there(project: Path) -> None:
    found: dict[str, list[str | None]] = {}
    for name, visual in visuals(project / REPORT):
        found.setdefault(name, []).append(title_of(visual))
    for page in PAGES:
        wanted = {visual.title for visual in page.visuals} | {each.label for each in FILTERS}
        assert set(found[page.id]) - {None} == wanted


def test_visuals_overlap_nowhere_and_stay_on_their_page(project: Path) -> None:
    boxes: dict[str, list[tuple[int, int, int, int]]] = {}
    for page, visual in visuals(project / REPORT):
        at = visual["position"]
        box = (at["x"], at["y"], at["x"] + at["width"], at["y"] + at["height"])
        size = json.loads((project / REPORT / f"definition/pages/{page}/page.json").read_text())
        assert box[2] <= size["width"]
        assert box[3] <= size["height"]
        for other in boxes.setdefault(page, []):
            apart = box[0] >= other[2] or other[0] >= box[2]
            assert apart or box[1] >= other[3] or other[1] >= box[3]
        boxes[page].append(box)


def test_names_are_unique_as_the_format_asks(project: Path) -> None:
    names, filters = [], []
    for _, visual in visuals(project / REPORT):
        names.append(visual["name"])
        filters += [each["name"] for each in visual.get("filterConfig", {}).get("filters", [])]
        roles = visual["visual"].get("query", {}).get("queryState", {})
        shown_here = [each for role in roles.values() for each in role["projections"]]
        for key in ("queryRef", "nativeQueryRef"):
            references = [each[key] for each in shown_here]
            assert len(set(references)) == len(references), title_of(visual)
    assert len(set(names)) == len(names)
    assert len(set(filters)) == len(filters) > 4


@pytest.mark.usefixtures("small_mart")
def test_model_is_of_the_mart(project: Path) -> None:
    check(project)


def test_every_field_of_the_report_is_in_the_model(model: Model, project: Path) -> None:
    assert check_fields(model, project / REPORT) > 200


@pytest.mark.usefixtures("small_mart")
def test_calculated_columns_are_the_catalogue_s_dimensions(model: Model) -> None:
    for name in ("hour", "discount_range", "customer_kind"):
        ours, theirs = DIMENSIONS[name].sql, model.column_sql("Sales", column_name(FACT, name))
        source = model.from_clause(f"{ours} {theirs}")
        rows = query(f"select {theirs}, {ours}, count(*) from {source} group by 1, 2")
        assert all(theirs == ours for theirs, ours, _ in rows)
        assert len(rows) > 1, name


def figures(rows: list[Row]) -> list[tuple[Decimal, ...]]:
    """Return rows of figures in one order, to a hundredth of a cent; none counts as -1."""
    found = [tuple(Decimal(-1) if v is None else round(Decimal(v), 4) for v in row) for row in rows]
    return sorted(found)


@pytest.mark.usefixtures("small_mart")
@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.id)
def test_visual_groups_and_sums_to_the_mart_s_figures(
    model: Model, by_sheet: dict[str, Visual], sheet: Sheet
) -> None:
    statement, names = implied_query(model, by_sheet[sheet.id])
    wanted = {m.label if sheet.is_of_star else m.numerator.column: m for m in sheet.measures}
    both = [name for name in names if name in wanted]
    assert both
    ours = [row[len(row) - len(names) :] for row in query(statement)]
    theirs = [row[len(sheet.dimensions) :] for row in query(sheet_query(sheet))]
    at = list(wanted)
    assert figures([tuple(row[names.index(name)] for name in both) for row in ours]) == figures(
        [tuple(row[at.index(name)] for name in both) for row in theirs]
    )


@pytest.mark.usefixtures("small_mart")
@pytest.mark.parametrize("sheet", [s for s in SHEETS if s.is_of_star], ids=lambda sheet: sheet.id)
def test_sheet_has_the_catalogue_s_figures(sheet: Sheet) -> None:
    count = len(sheet.measures)
    ours, theirs = query(sheet_query(sheet)), query(catalogue_query(sheet.visual))
    assert figures([row[-count:] for row in ours]) == figures([row[-count:] for row in theirs])


@pytest.mark.usefixtures("small_mart")
def test_shares_add_up_to_a_hundred(model: Model, by_sheet: dict[str, Visual]) -> None:
    for sheet_id, label in [
        ("revenue_by_payment_method", "Share of revenue"),
        ("lifetime_value_distribution", "Share of customers"),
    ]:
        statement, names = implied_query(model, by_sheet[sheet_id])
        position = names.index(label) - len(names)
        assert sum(row[position] for row in query(statement)) == pytest.approx(100), sheet_id


def test_text_is_in_its_natural_order(model: Model, by_sheet: dict[str, Visual]) -> None:
    for sheet in SHEETS:
        for kind, table, name in fields_in(shown(by_sheet[sheet.id])):
            for dimension in sheet.dimensions:
                column = model.tables[table].of("column").get(name) if kind == "Column" else None
                is_it = (table, name) == of_dimension(dimension)
                if column and dimension.values and is_it:
                    is_sorted = list(dimension.values) == sorted(dimension.values)
                    assert is_sorted or "sortByColumn" in column.properties, name


def of_dimension(dimension: Dimension) -> tuple[str, str]:
    relation, column = column_of(dimension)
    return table_name(relation), column_name(relation, column)


TABLES = f"{MODEL}/definition/tables"
BETWEEN = f"{MODEL}/definition/relationships.tmdl"
OF_RELATED = "'Customer lifetime value'[Total spent]"
DISTINCT = "DISTINCTCOUNT ( 'Sales'[Transaction ID]"
PLANTED = {
    "measure renamed": (f"{REPORT}/definition/pages/overview", '"Revenue"', '"Nope"'),
    "column renamed": (f"{REPORT}/definition/pages/products", '"Brand"', '"Brands"'),
    "column of no mart": (TABLES, "sourceColumn: quantity\n", "sourceColumn: nope\n"),
    "other type": (TABLES, "dataType: decimal", "dataType: double"),
    "other column": (TABLES, "SUM ( 'Sales'[Profit]", "SUM ( 'Sales'[Cost]"),
    "filters do not reach it": (
        TABLES,
        f"MAXX ( 'Sales', RELATED ( {OF_RELATED} ) )",
        f"MAX ( {OF_RELATED} )",
    ),
    "other function": (TABLES, DISTINCT, "SUM ( 'Sales'[Quantity]"),
    "key that is not unique": (BETWEEN, "Customers.'Customer key'", "Customers.State"),
    "key that is not there": (BETWEEN, "Dates.'Date key'", "Dates.Nope"),
}


@pytest.mark.usefixtures("small_mart")
@pytest.mark.parametrize("fault", PLANTED)
def test_planted_fault_is_caught(project: Path, tmp_path: Path, fault: str) -> None:
    where, before, after = PLANTED[fault]
    copy = tmp_path / "copy"
    shutil.copytree(project, copy)
    place = copy / where
    files = [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file())
    (file, *_) = [path for path in files if before in path.read_text()]
    file.write_text(file.read_text().replace(before, after))
    with pytest.raises(AssertionError):
        check(copy)


@pytest.mark.parametrize(
    "text",
    [
        "table t\n",
        "/// One.\ntable t\n    /// Two.\n\tcolumn a\n",
        "/// One.\ntable t\n\n\t/// Two.\n\tcolumn a\n\t\tdatatype: string\n",
        "/// One.\ntable t\n\n\t\t/// Two.\n\t\tcolumn a\n",
        "/// One.\ntabel t\n",
    ],
)
def test_tmdl_that_is_not_right_is_refused(text: str) -> None:
    with pytest.raises(AssertionError):
        parse_tmdl(text)


@pytest.mark.parametrize(
    "expression",
    [
        "AVERAGE ( 'Sales'[Revenue] )",
        "SUM ( 'Products'[Price] )",
        "SUM ( 'Sales'[Nope] )",
        "'Sales'[Revenue]",
        "[Nope]",
        "[Revenue",
        "[Revenue] [Revenue]",
    ],
)
def test_dax_outside_the_small_set_is_refused(model: Model, expression: str) -> None:
    with pytest.raises(AssertionError):
        Dax(model, expression, None).sql()


def test_power_query_names_every_column_with_its_type(model: Model) -> None:
    read = [table for table in model.tables.values() if table.name != METRICS]
    for table in read:
        (partition,) = table.of("partition").values()
        called = re.fullmatch(
            r'Typed\(Mart\{\[Item = "(\w+)"\]\}\[Data\], \{(.*)\}\)', partition.properties["source"]
        )
        assert called
        name, listed = called.groups()
        pairs = re.findall(r'\{"(\w+)", ([\w. ]+)\}', listed)
        columns = [c for c in table.of("column").values() if not c.expression]
        assert name == partition.name
        assert [column for column, _ in pairs] == [c.properties["sourceColumn"] for c in columns]
        m_types = {
            "string": {"type text"},
            "int64": {"Int64.Type"},
            "decimal": {"Currency.Type"},
            "boolean": {"type logical"},
            "dateTime": {"type date", "type datetime"},
        }
        for column, (_, type_) in zip(columns, pairs, strict=True):
            assert type_ in m_types[column.properties["dataType"]]
    assert len(read) > 10
    assert {"Mart", "Typed"} <= set(model.expressions)


@pytest.mark.usefixtures("small_mart")
def test_declared_relations_are_those_of_the_mart() -> None:
    found = query(
        "select c.relname, array_agg(attname::text order by attnum), "
        "array_agg(format_type(atttypid, atttypmod) order by attnum), obj_description(c.oid) "
        "from pg_class as c inner join pg_attribute on attrelid = c.oid and attnum > 0 "
        "where relnamespace = 'mart'::regnamespace and relkind = 'r' group by c.oid, c.relname"
    )
    declared = declared_relations()
    assert {name for name, *_ in found} == set(declared)
    for name, columns, types, words in found:
        assert declared[name].types == dict(zip(columns, types, strict=True)), name
        assert declared[name].description == " ".join(words.split()), name
