"""The Tableau workbook's parts: model, places, hierarchies, folders, actions, buttons, phones."""

import calendar
from datetime import date
from xml.etree.ElementTree import Element, fromstring, tostring

import pytest

from dashboards.bi.declared import declared_relations
from dashboards.bi.tableau.returns import pages, sheets_of
from dashboards.bi.tableau.source import Content, relations_read
from dashboards.bi.tableau.workbook import workbook
from dashboards.catalogue import FILTERS, MEASURES, PAGES
from expectations import tableau_checks
from expectations.tableau import Workbook

WITH_RETURNS = pages(has_returns=True)
# PostgreSQL's types as the extract has them.
STORED = {
    "integer": "INT",
    "bigint": "BIG_INT",
    "boolean": "BOOL",
    "date": "DATE",
    "timestamp without time zone": "TIMESTAMP",
    "text": "TEXT",
}


def content(
    *, has_returns: bool = True, currency: str = "INR", week_start: str = "Monday"
) -> Content:
    declared = declared_relations()
    relations = {name: declared[name] for name in relations_read(has_returns=has_returns)}
    stamp = "Publication 1 of 2026-03-17"
    return Content(relations, currency, date(2026, 3, 17), stamp, week_start)


@pytest.fixture(scope="module")
def root() -> Element:
    return fromstring(workbook(content()))


def check(book: Workbook) -> int:
    """See that a workbook's names resolve, down to what the extract would hold."""
    tables = {
        name: {c: STORED.get(type_, "NUMERIC") for c, type_ in relation.types.items()}
        for name, relation in content().relations.items()
    }
    count = book.check(tables)
    tableau_checks.check(book)
    return count


def test_every_name_resolves(root: Element) -> None:
    assert check(Workbook(root)) > 400


@pytest.mark.parametrize("first", ["Monday", "Sunday", "Saturday"])
def test_week_begins_as_the_shop_s_does(first: str) -> None:
    book = fromstring(workbook(content(week_start=first)))
    sources = [each for each in book.iterfind("datasources/datasource") if len(each) > 1]
    begin = {
        options.get("start-of-week")
        for source in sources
        if source.get("name") != "Parameters"
        for options in source.findall("date-options") or [Element("none")]
    }
    assert begin == {first.lower()}
    orders = [
        [bucket.text for bucket in sort.iterfind("dictionary/bucket")]
        for sort in book.iterfind(".//manual-sort")
    ]
    days = [f'"{day}"' for day in calendar.day_name]
    place = days.index(f'"{first}"')
    assert days[place:] + days[:place] in orders


def test_every_page_has_its_sheets_and_controls(root: Element) -> None:
    book = Workbook(root)
    assert list(book.dashboards) == [page.title for page in WITH_RETURNS]
    for page in WITH_RETURNS:
        zones = list(book.dashboards[page.title].iterfind("zones//zone"))
        shown = {zone.get("name") for zone in zones if zone.get("name")}
        assert shown == {visual.title for visual in page.visuals}
        kinds = [zone.get("type-v2") for zone in zones]
        assert (kinds.count("filter"), kinds.count("paramctrl")) == (len(FILTERS), 3)
    assert len(book.sheets) == sum(len(sheets_of(page)) for page in WITH_RETURNS)


def test_every_chart_of_the_star_filters_its_page(root: Element) -> None:
    sources = [source.attrib for source in root.iterfind("actions/action/source")]
    assert [(source["dashboard"], source["worksheet"]) for source in sources] == [
        (page.title, sheet.visual.title)
        for page in WITH_RETURNS
        for sheet in sheets_of(page)
        if sheet.is_of_star and sheet.visual.kind != "figure"
    ]


def test_facts_share_the_dimensions(root: Element) -> None:
    star = Workbook(root).sources["shop"]
    assert star.bases == ["fct_sales", "fct_returns"]
    related = {base: {one for many, one in star.edges if many == base} for base in star.bases}
    dimensions = {"dim_customers", "dim_dates", "dim_payment_methods", "dim_products"}
    assert related["fct_returns"] == dimensions < related["fct_sales"]


def test_shop_without_returns_has_one_fact_and_no_word_of_returns() -> None:
    text = workbook(content(has_returns=False))
    book = Workbook(fromstring(text))
    assert book.sources["shop"].bases == ["fct_sales"]
    assert [page.title for page in PAGES] == list(book.dashboards)
    assert [word for word in (b"fct_returns", b"net_sales", b"SharedDim") if word in text] == []
    check(book)


PLACES = {"country": "[Country].[ISO3166_2]", "state": "[State].[Name]", "city": "[City].[Name]"}


def test_places_have_geographic_roles(root: Element) -> None:
    columns = Workbook(root).sources["shop"].columns
    roles = {name: c.get("semantic-role") for name, c in columns.items() if c.get("semantic-role")}
    assert roles == {f"[{name}]": role for name, role in PLACES.items()}


def test_hierarchies_and_folders_order_the_fields(root: Element) -> None:
    star = Workbook(root).sources["shop"].element
    drills = {path.get("name"): [field.text for field in path] for path in star.iter("drill-path")}
    assert drills == {
        "Date": ["[year]", "[quarter]", "[year_month]", "[full_date]"],
        "Product": ["[category]", "[sub_category]", "[product_name]"],
        "Geography": ["[country]", "[state]", "[city]"],
    }
    folders = {folder.get("name"): len(folder) for folder in star.iter("folder")}
    assert {"Sales", "Returns", "Customers", "Products", "Calendar", "Measures"} <= folders.keys()
    assert folders["Measures"] + folders["Measures after returns"] == len(MEASURES)


def test_amounts_show_the_currency_and_captions_speak_english(root: Element) -> None:
    columns = Workbook(root).sources["shop"].columns
    money = {"revenue_amount", "refund_amount", "price", "Calculation_net_sales"}
    for name in money:
        assert columns[f"[{name}]"].get("default-format") == 'n"INR "#,##0.00;-"INR "#,##0.00'
    euros = workbook(content(currency="EUR"))
    assert (euros.count(b"INR"), euros.count(b"EUR") > 0) == (0, True)
    captions = [column.get("caption", "") for column in columns.values()]
    assert [caption for caption in captions if "_" in caption or not caption[:1].isupper()] == []


PLANTED = {
    "field of a sheet": ("[Calculation_revenue]", "[Calculation_nope]"),
    "field on a shelf": ("[usr:Calculation_profit:qk]</rows>", "[usr:Calculation_nope:qk]</rows>"),
    "column of the extract": ("[fct_sales].[quantity]", "[fct_sales].[nope]"),
    "table of the extract": ("[Extract].[dim_products]", "[Extract].[nope]"),
    "formula": ("SUM([quantity])", "SUM([nope])"),
    "sheet of a dashboard": ('name="Revenue" />', 'name="No revenue" />'),
    "kept days": ('level="[none:Calculation_is_in', 'level="[none:Calculation_was_in'),
    "key of a relationship": ('op="[date_key (dim_dates)]"', 'op="[date_key (dim_customers)]"'),
    "side of a relationship": ('" unique-key="true"', '"'),
    "table of a relationship": ('<first-end-point object-id="', '<first-end-point object-id="x'),
    "object of a column": ("<object-id>[fct_sales", "<object-id>[fct_other"),
    "parameter in a formula": ("[Parameters].[Period] =", "[Parameters].[Periods] ="),
    "parameter's value": ('value="&quot;All&quot;"', 'value="&quot;Always&quot;"'),
    "parameter's control": ('param="[Parameters].[Comparison]"', 'param="[Parameters].[Other]"'),
    "parameters of a sheet": ('<datasource name="Parameters" />', ""),
    "feature": ("<SortTagCleanup />", ""),
    "second fact's feature": ("<ObjectModelSharedDimensions />", ""),
    "button": ("tabdoc:goto-sheet window-id=&quot;{", "tabdoc:goto-sheet window-id=&quot;{0"),
    "button's words": ("<caption>Products</caption>", "<caption>Customers</caption>"),
    "height on a phone": ('fixed-size="', 'fixed-size="1'),
    "width on a phone": ('w="100000" h="2', 'w="50000" h="2'),
    "target of an action": ('name="target" value="', 'name="target" value="No '),
    "source of an action": (
        '"sheet" worksheet="Revenue by category and month"',
        '"sheet" worksheet="Data quality"',
    ),
    "reach of an action": (",Data quality,", ","),
    "field of a hierarchy": ("<field>[sub_category]</field>", "<field>[sub]</field>"),
    "field of a folder": ('<folder-item name="[brand]"', '<folder-item name="[brands]"'),
    "caption": ('caption="Brand"', 'caption="Category"'),
    "type": ('datatype="date" name="[full_date]"', 'datatype="string" name="[full_date]"'),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_planted_fault_is_caught(root: Element, fault: str) -> None:
    before, after = PLANTED[fault]
    text = tostring(root, encoding="unicode")
    assert before in text
    changed = fromstring(text.replace(before, after, 1))
    with pytest.raises((AssertionError, KeyError)):
        check(Workbook(changed))


def test_same_relations_give_the_same_workbook() -> None:
    assert workbook(content()) == workbook(content())
