"""The semantic model of the Power BI project, in TMDL: star, relationships, measures, sources."""

from collections.abc import Iterator

from dashboards.bi.declared import declared_relations
from dashboards.bi.powerbi.dax import CALCULATED_COLUMNS, LABELS, column_of, measure_dax, share_dax
from dashboards.bi.sheets import sheets, sources
from dashboards.catalogue import DIMENSIONS, FACT, JOINS, PAGES, STAR_MEASURES, Derived
from loader.export.relations import Relation

FORMATS = {"money": "#,0.00", "count": "#,0", "percent": "0.0\\%", "decimal": "#,0.00"}
# Text that is not in its own order, and the column that has it.
SORTED_BY = {("dim_dates", "day_name"): "iso_weekday", ("dim_dates", "month_name"): "month"}
# Both sides of a relationship are for the model; who reads the report sees names.
KEYS = {"date_key", "customer_key", "product_key", "payment_method_key"}

DATABASE = "database\n\tcompatibilityLevel: 1600\n"
MODEL = """\
model Model
	culture: en-US
	defaultPowerBIDataSourceVersion: powerBI_V3
	sourceQueryCulture: en-US

annotation __PBI_TimeIntelligenceEnabled = 0

"""
PARAMETERS = (
    ("Source", "CSV", "Where the tables come from: CSV (the exports) or PostgreSQL."),
    ("ExportsFolder", r"C:\shop\exports", "Folder of the CSV exports; no backslash at its end."),
    ("Server", "localhost", "PostgreSQL server; host:port where the port is not 5432."),
    ("Database", "shop", "Name of the database."),
)
# Columns that the mart has and the list has not are left out: one that is added breaks nothing.
READ_RELATION = """\
/// Read a relation of the mart with the columns and types given.
expression ReadRelation =
		(name as text, types as list) as table =>
			let
				Columns = List.Transform(types, List.First),
				Place = [Schema = "mart", Item = name],
				FromPostgreSQL = () => PostgreSQL.Database(Server, Database){Place}[Data],
				Form = [Delimiter = ",", Encoding = 65001, QuoteStyle = QuoteStyle.Csv],
				Csv = () => Csv.Document(File.Contents(ExportsFolder & "\\" & name & ".csv"), Form),
				WithHeader = () => Table.PromoteHeaders(Csv()),
				Nulls = Replacer.ReplaceValue,
				FromCsv = () => Table.ReplaceValue(WithHeader(), "", null, Nulls, Columns),
				Rows = if Source = "PostgreSQL" then FromPostgreSQL() else FromCsv(),
				Selected = Table.SelectColumns(Rows, Columns)
			in
				Table.TransformColumnTypes(Selected, types, "en-US")

	annotation PBI_ResultType = Function
"""


def model_files(currency: str) -> dict[str, str]:
    """Return the files of the semantic model's definition, by path."""
    relations = [declared_relations()[name] for name in sources()]
    tables = {f"tables/{relation.name}.tmdl": _table(relation, currency) for relation in relations}
    references = "".join(f"ref table {relation.name}\n" for relation in relations)
    return {
        "database.tmdl": DATABASE,
        "model.tmdl": MODEL + references,
        "expressions.tmdl": "\n".join([*map(_parameter, PARAMETERS), READ_RELATION]),
        "relationships.tmdl": "\n".join(_relationships()),
        **tables,
    }


def shares() -> dict[str, Derived]:
    """Return the shares that visuals of the star show, by label."""
    return {
        derived.label: derived
        for page in PAGES
        for sheet in sheets(page)
        if sheet.is_of_star
        for derived in sheet.visual.derived
        if derived.rule == "share"
    }


def _parameter(parameter: tuple[str, str, str]) -> str:
    name, value, words = parameter
    meta = 'IsParameterQuery=true, Type="Text", IsParameterQueryRequired=true'
    return (
        f'/// {words}\nexpression {name} = "{value}" meta [{meta}]\n\n'
        "\tannotation PBI_ResultType = Text\n"
    )


def _relationships() -> Iterator[str]:
    for relation in sources():
        if relation in JOINS:
            key = JOINS[relation]
            yield (
                f"relationship {FACT}_{relation}\n"
                f"\tfromColumn: {FACT}.{key}\n\ttoColumn: {relation}.{key}\n"
            )


def _table(relation: Relation, currency: str) -> str:
    lines = [f"/// {relation.description}", f"table {relation.name}"]
    if relation.name == "dim_dates":
        lines.append("\tdataCategory: Time")
    lines.append("")
    if relation.name == FACT:
        lines += _measures(currency)
    for name in relation.types:
        lines += _column(relation, name)
    if relation.name == FACT:
        for name in _calculated():
            lines += _calculated_column(name)
    for table, name in LABELS:
        if table == relation.name:
            lines += _label_column(table, name)
    return "\n".join([*lines, *_partition(relation)])


def _measures(currency: str) -> Iterator[str]:
    before = "".join(f"\\{letter}" for letter in f"{currency} ")
    formats = FORMATS | {"money": before + FORMATS["money"]}
    for measure in STAR_MEASURES.values():
        yield f"\t/// {measure.definition}"
        yield f"\tmeasure '{measure.label}' = {measure_dax(measure)}"
        yield from (f"\t\tformatString: {formats[measure.format]}", "")
    for label, derived in shares().items():
        of = STAR_MEASURES[derived.of].label.lower()
        yield f"\t/// Percent of {of} over all that is selected."
        yield f"\tmeasure '{label}' = {share_dax(derived)}"
        yield from (f"\t\tformatString: {FORMATS['percent']}", "")


def _column(relation: Relation, name: str) -> Iterator[str]:
    type_ = relation.types[name]
    yield f"\t/// {relation.descriptions[name]}"
    yield f"\tcolumn {name}"
    yield f"\t\tdataType: {data_type(type_)}"
    if name in KEYS:
        yield "\t\tisHidden"
    if name == ("full_date" if relation.name == "dim_dates" else JOINS.get(relation.name)):
        yield "\t\tisKey"
    yield from (f"\t\tformatString: {found}" for found in [_format(type_)] if found)
    yield "\t\tsummarizeBy: none"
    yield f"\t\tsourceColumn: {name}"
    if (relation.name, name) in SORTED_BY:
        yield f"\t\tsortByColumn: {SORTED_BY[relation.name, name]}"
    yield ""


def _calculated() -> list[str]:
    """Return the names of the calculated columns that sheets or filters need."""
    used = [d.name for page in PAGES for sheet in sheets(page) for d in sheet.dimensions]
    return [name for name in CALCULATED_COLUMNS if name in used]


def _calculated_column(name: str) -> Iterator[str]:
    dimension = DIMENSIONS[name]
    yield f"\t/// {dimension.label} of the sale."
    yield f"\tcolumn {column_of(dimension)[1]} = {CALCULATED_COLUMNS[name]}"
    yield f"\t\tdataType: {'int64' if dimension.format == 'count' else 'string'}"
    yield from ("\t\tsummarizeBy: none", "")


def _label_column(table: str, name: str) -> Iterator[str]:
    yield "\t/// Names the row at an axis, where a name alone may stand for two."
    yield f"\tcolumn {name} = {LABELS[table, name]}"
    yield from ("\t\tdataType: string", "\t\tsummarizeBy: none", "")


def _partition(relation: Relation) -> Iterator[str]:
    types = ", ".join(f'{{"{name}", {_m_type(type_)}}}' for name, type_ in relation.types.items())
    yield f"\tpartition {relation.name} = m"
    yield "\t\tmode: import"
    yield f'\t\tsource = ReadRelation("{relation.name}", {{{types}}})'
    yield ""


def data_type(type_: str) -> str:
    """Return the semantic model's type for PostgreSQL's: amounts are exact to four decimals."""
    return _types(type_)[0]


def _m_type(type_: str) -> str:
    return _types(type_)[1]


def _format(type_: str) -> str | None:
    return _types(type_)[2]


def _types(type_: str) -> tuple[str, str, str | None]:
    """Return the model's type, Power Query's, and the format of a column."""
    if type_.startswith("numeric"):
        # four decimals are what Currency.Type holds
        return "decimal", "Currency.Type", "#,0.00##" if type_.endswith(",4)") else "#,0.00"
    return {
        "integer": ("int64", "Int64.Type", "0"),
        "bigint": ("int64", "Int64.Type", "#,0"),
        "boolean": ("boolean", "type logical", None),
        "date": ("dateTime", "type date", "yyyy-mm-dd"),
        "timestamp without time zone": ("dateTime", "type datetime", "yyyy-mm-dd hh:nn:ss"),
        "text": ("string", "type text", None),
    }[type_]
