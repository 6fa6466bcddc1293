"""The semantic model of the Power BI project, in TMDL: star, relationships, measures, sources."""

from collections.abc import Iterator

from dashboards.bi.declared import declared_relations
from dashboards.bi.powerbi.model.columns import calculated, column, formats_in, m_type
from dashboards.bi.powerbi.model.dax import (
    CALCULATED_COLUMNS,
    IS_KNOWN,
    IS_KNOWN_DAX,
    LABELS,
    WEEKDAY_ORDER,
    weekday_order_dax,
)
from dashboards.bi.powerbi.model.measures import measures
from dashboards.bi.powerbi.model.names import HIERARCHIES, METRICS, column_name, quoted, table_name
from dashboards.bi.powerbi.model.source import SourceKind, expressions, partition
from dashboards.bi.sheets import sources
from dashboards.catalogue import DIMENSIONS, FACT, JOINS, RETURNS
from loader.export.relations import Relation

DATABASE = "database\n\tcompatibilityLevel: 1600\n"
MODEL = """\
model Model
	culture: en-US
	defaultPowerBIDataSourceVersion: powerBI_V3
	sourceQueryCulture: en-US

annotation __PBI_TimeIntelligenceEnabled = 0

"""
# A table needs a column and a partition; this one has them for its measures' sake, without rows.
NO_ROWS = """\
	/// Has no rows: the table is there for its measures.
	column Metric
		dataType: string
		isHidden
		summarizeBy: none
		sourceColumn: Metric

	partition Metrics = m
		mode: import
		source = #table(type table [Metric = text], {})
"""


def model_files(currency: str, source: SourceKind, week_start: str) -> dict[str, str]:
    """Return the files of the semantic model's definition, by path."""
    relations = [declared_relations()[name] for name in _relations()]
    tables = {
        table_name(relation.name): _table(relation, currency, week_start) for relation in relations
    }
    tables = {METRICS: _metrics(currency), **tables}
    references = "".join(f"ref table {quoted(name)}\n" for name in tables)
    return {
        "database.tmdl": DATABASE,
        "model.tmdl": MODEL + references,
        "expressions.tmdl": expressions(source),
        "relationships.tmdl": "\n".join(_relationships()),
        **{f"tables/{name}.tmdl": text for name, text in tables.items()},
    }


def _relations() -> list[str]:
    fact, *others = sources()
    return [fact, RETURNS, *others]


def _relationships() -> Iterator[str]:
    """Yield what leads from both facts to the tables beside them."""
    for fact in (FACT, RETURNS):
        for relation in sources():
            if relation in JOINS:
                key = JOINS[relation]
                yield (
                    f"relationship {fact}_{relation}\n"
                    f"\tfromColumn: {_place(fact, key)}\n\ttoColumn: {_place(relation, key)}\n"
                )


def _place(relation: str, name: str) -> str:
    return f"{quoted(table_name(relation))}.{quoted(column_name(relation, name))}"


def _table(relation: Relation, currency: str, week_start: str) -> str:
    lines = [f"/// {relation.description}", f"table {quoted(table_name(relation.name))}"]
    if relation.name == "dim_dates":
        lines.append("\tdataCategory: Time")
    lines.append("")
    for name in relation.types:
        lines += column(relation, name, currency)
    lines += _computed(relation.name, week_start)
    for name, levels in HIERARCHIES.get(relation.name, {}).items():
        lines += _hierarchy(relation.name, name, levels)
    m_types = {name: m_type(type_) for name, type_ in relation.types.items()}
    return "\n".join([*lines, *partition(relation, m_types)])


def _metrics(currency: str) -> str:
    formats = formats_in(currency)
    lines = ["/// All measures, in folders.", f"table {METRICS}", ""]
    for measure in measures():
        lines += [
            f"\t/// {measure.description}",
            f"\tmeasure {quoted(measure.label)} = {measure.dax}",
            f"\t\tformatString: {formats[measure.format]}",
            f"\t\tdisplayFolder: {measure.folder}",
            *(["\t\tisHidden"] if measure.is_hidden else []),
            "",
        ]
    return "\n".join([*lines, NO_ROWS])


def _computed(relation: str, week_start: str) -> Iterator[str]:
    for (table, name), dax in CALCULATED_COLUMNS.items():
        if table == relation:
            dimension = DIMENSIONS[name]
            type_ = "int64" if dimension.format == "count" else "string"
            words = f"{dimension.label} of the sale."
            yield from calculated(column_name(table, name), dax, type_, words)
    for (table, name), dax in LABELS.items():
        if table == relation:
            words = "Names the row at an axis, where a name alone may stand for two."
            yield from calculated(column_name(table, name), dax, "string", words)
    if relation == IS_KNOWN[0]:
        words = "From the month of the first sale to the day of the last sale or return."
        yield from calculated(column_name(*IS_KNOWN), IS_KNOWN_DAX, "boolean", words, hidden=True)
        words, dax = f"Order of weekdays, {week_start} first.", weekday_order_dax(week_start)
        yield from calculated(column_name(*WEEKDAY_ORDER), dax, "int64", words, hidden=True)


def _hierarchy(relation: str, name: str, levels: tuple[str, ...]) -> Iterator[str]:
    yield f"\t/// {' / '.join(column_name(relation, level) for level in levels)}."
    yield from (f"\thierarchy {quoted(name)}", "")
    for level in levels:
        label = quoted(column_name(relation, level))
        yield from (f"\t\tlevel {label}", f"\t\t\tcolumn: {label}", "")
