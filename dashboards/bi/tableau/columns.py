"""The relations' columns as fields: captions, roles of places, formats, hierarchies, folders."""

from collections.abc import Iterable, Iterator
from functools import cache
from xml.etree.ElementTree import Element, SubElement

from dashboards.bi.sheets import sheets
from dashboards.bi.tableau.calculation import Calculation
from dashboards.bi.tableau.formats import number_format
from dashboards.bi.tableau.returns import pages
from loader.export.relations import Relation

TABLES = {
    "fct_sales": "Sales",
    "fct_returns": "Returns",
    "dim_dates": "Calendar",
    "dim_customers": "Customers",
    "dim_products": "Products",
    "dim_payment_methods": "Payment methods",
    "rpt_customer_rfm": "Customer scores",
    "rpt_customer_lifetime_value": "Lifetime values",
    "rpt_product_profitability": "Product totals",
}
CAPTIONS = {
    "year_month": "Month",
    "month": "Month of the year",
    "month_name": "Name of the month",
    "full_date": "Day",
    "day": "Day of the month",
    "day_name": "Weekday",
    "iso_weekday": "ISO weekday",
    "customer_segment": "Segment",
    "payment_method_name": "Payment method",
    "sub_category": "Sub-category",
    "sold_at": "Time of the sale",
}
WORDS = {"Id": "ID", "id": "ID", "pct": "%", "Iso": "ISO", "avg": "average", "Avg": "Average"}
PLACES = {
    "country": "[Country].[ISO3166_2]",
    "state": "[State].[Name]",
    "city": "[City].[Name]",
}
MONEY = {"price", "cost", "unit_price"}
HIERARCHIES = {
    "Date": ("dim_dates", ("year", "quarter", "year_month", "full_date")),
    "Product": ("dim_products", ("category", "sub_category", "product_name")),
    "Geography": ("dim_customers", ("country", "state", "city")),
}

Fields = dict[tuple[str, str], str]


def table_caption(relation: str) -> str:
    """Return what people call a relation."""
    return TABLES.get(relation) or relation.removeprefix("rpt_").replace("_", " ").capitalize()


def captions(relations: Iterable[Relation], calculations: Iterable[Calculation]) -> Fields:
    """Return a caption of its own for each column; where one is taken, it says the table."""
    found: Fields = {}
    taken = {calculation.label for calculation in calculations}
    for relation in relations:
        for column in relation.types:
            caption = CAPTIONS.get(column) or _words(column)
            if caption in taken:
                caption = f"{caption} ({table_caption(relation.name)})"
            taken.add(caption)
            found[relation.name, column] = caption
    return found


def _words(column: str) -> str:
    words = column.replace("_", " ").capitalize().split()
    return " ".join(WORDS.get(word, word) for word in words)


def column_element(
    relation: Relation, column: str, field: str, caption: str, currency: str
) -> Element:
    """Return a column as the workbook declares it; keys are hidden."""
    type_ = relation.types[column]
    datatype, kind = datatype_of(type_)
    is_measure = datatype == "real" or type_ == "bigint" or column.endswith("quantity")
    element = Element(
        "column",
        {
            "caption": caption,
            "datatype": datatype,
            "name": f"[{field}]",
            "role": "measure" if is_measure else "dimension",
            "type": "quantitative" if is_measure else kind,
        },
    )
    if is_measure:
        element.set("default-format", number_format(_format(relation.name, column), currency))
    if column in PLACES:
        element.set("semantic-role", PLACES[column])
    if column.endswith("_key"):
        element.set("hidden", "true")
    words = relation.descriptions.get(column)
    if words:
        text = SubElement(SubElement(element, "desc"), "formatted-text")
        SubElement(text, "run").text = words
    return element


def datatype_of(type_: str) -> tuple[str, str]:
    """Return Tableau's data type for PostgreSQL's, and how a dimension of it is ordered."""
    if type_.startswith("numeric"):
        return "real", "ordinal"
    return {
        "integer": ("integer", "ordinal"),
        "bigint": ("integer", "ordinal"),
        "boolean": ("boolean", "nominal"),
        "date": ("date", "ordinal"),
        "timestamp without time zone": ("datetime", "ordinal"),
    }.get(type_, ("string", "nominal"))


def _format(relation: str, column: str) -> str:
    """Return how a number is shown: as a sheet of its relation shows it, else by its name."""
    shown = _shown().get((relation, column))
    if shown:
        return shown
    if column.endswith("_pct"):
        return "percent"
    if column.endswith(("_count", "quantity")):
        return "count"
    return "money" if column.endswith("_amount") or column in MONEY else "decimal"


@cache
def _shown() -> Fields:
    return {
        (measure.numerator.relation, measure.numerator.column): measure.format
        for page in pages(has_returns=True)
        for sheet in sheets(page)
        if not sheet.is_of_star
        for measure in sheet.measures
    }


def hierarchies(fields: Fields) -> Element:
    """Return the hierarchies by which people drill down."""
    element = Element("drill-paths")
    for name, (relation, columns) in HIERARCHIES.items():
        path = SubElement(element, "drill-path", name=name)
        for column in columns:
            SubElement(path, "field").text = f"[{fields[relation, column]}]"
    return element


def folders(
    relations: Iterable[Relation], fields: Fields, calculations: Iterable[Calculation]
) -> Element:
    """Return the folders of the fields: of each table, and of what is calculated.

    What is in a hierarchy stands there, and a key is hidden.
    """
    element = Element("folders-common")
    filed: dict[str, list[str]] = {}
    for calculation in calculations:
        filed.setdefault(calculation.folder, []).append(calculation.field)
    for relation in relations:
        names = [fields[relation.name, column] for column in _loose(relation)]
        filed[table_caption(relation.name)] = names
    for name, names in filed.items():
        folder = SubElement(element, "folder", name=name)
        for field in names:
            SubElement(folder, "folder-item", name=f"[{field}]", type="field")
    return element


def _loose(relation: Relation) -> Iterator[str]:
    drilled = {(of, column) for of, columns in HIERARCHIES.values() for column in columns}
    for column in relation.types:
        if (relation.name, column) not in drilled and not column.endswith("_key"):
            yield column
