"""Where the model's rows come from, in Power Query: one query names the data source, all read it.

Every table takes its rows from the query Mart, so the only function that opens a source is there,
with parameters as its arguments. Power BI's service finds such a source without running a query;
a path put together in a function would be a dynamic one, which it does not refresh.
"""

from collections.abc import Iterator
from typing import Literal

from dashboards.bi.powerbi.model.names import quoted
from loader.export.relations import Relation

SourceKind = Literal["csv", "postgresql"]

PARAMETERS: dict[SourceKind, tuple[tuple[str, str, str], ...]] = {
    "csv": (
        (
            "ExportsFolder",
            r"C:\shop\exports",
            "Folder of the CSV exports; no backslash at its end.",
        ),
    ),
    "postgresql": (
        ("Server", "localhost", "PostgreSQL server; host:port where the port is not 5432."),
        ("Database", "shop", "Name of the database."),
    ),
}
MART: dict[SourceKind, str] = {
    "csv": """\
/// The data source: the mart's relations by name, from the folder of the CSV exports.
expression Mart =
		let
			Files = Table.SelectRows(Folder.Contents(ExportsFolder), each [Extension] = ".csv"),
			Named = Table.AddColumn(Files, "Item", each Text.BeforeDelimiter([Name], ".csv")),
			Form = [Delimiter = ",", Encoding = 65001, QuoteStyle = QuoteStyle.Csv],
			Read = (file) => Table.PromoteHeaders(Csv.Document(file, Form)),
			Nulls = (rows) => Table.ReplaceValue(
				rows, "", null, Replacer.ReplaceValue, Table.ColumnNames(rows)
			)
		in
			Table.AddColumn(Named, "Data", each Nulls(Read([Content])))
""",
    "postgresql": """\
/// The data source: the mart's relations by name, from PostgreSQL.
expression Mart =
		let
			Relations = PostgreSQL.Database(Server, Database)
		in
			Table.SelectRows(Relations, each [Schema] = "mart")
""",
}
# Columns that the mart has and the list has not are left out: one that is added breaks nothing.
TYPED = """\
/// Take the columns that are named, each with its type.
expression Typed =
		(rows as table, columns as list) as table =>
			let
				Selected = Table.SelectColumns(rows, List.Transform(columns, List.First))
			in
				Table.TransformColumnTypes(Selected, columns, "en-US")

	annotation PBI_ResultType = Function
"""


def expressions(source: SourceKind) -> str:
    """Return the shared queries: parameters, the one that opens the source, and what types rows."""
    mart = f"{MART[source]}\n\tannotation PBI_ResultType = Table\n"
    return "\n".join([*map(_parameter, PARAMETERS[source]), mart, TYPED])


def partition(relation: Relation, m_type: dict[str, str]) -> Iterator[str]:
    """Yield the lines of a table's partition, which reads its relation."""
    columns = ", ".join(f'{{"{name}", {m_type[name]}}}' for name in relation.types)
    yield f"\tpartition {quoted(relation.name)} = m"
    yield "\t\tmode: import"
    yield f'\t\tsource = Typed(Mart{{[Item = "{relation.name}"]}}[Data], {{{columns}}})'
    yield ""


def _parameter(parameter: tuple[str, str, str]) -> str:
    name, value, words = parameter
    meta = 'IsParameterQuery=true, Type="Text", IsParameterQueryRequired=true'
    return (
        f'/// {words}\nexpression {name} = "{value}" meta [{meta}]\n\n'
        "\tannotation PBI_ResultType = Text\n"
    )
