"""Which visual of Power BI draws a sheet, and which of its roles shows which field."""

from dataclasses import replace

from dashboards.bi.powerbi.model.dax import LABELS
from dashboards.bi.powerbi.model.measures import shares
from dashboards.bi.powerbi.report.fields import Field, column, field_of, measure
from dashboards.bi.sheets import Sheet

Fields = list[tuple[Field, str]]
MINIMUM = 3  # PBIR's number; of a text it is the first one

# What draws a kind of visual.
TYPES = {
    "figure": "cardVisual",
    "lines": "lineChart",
    "bars": "clusteredBarChart",
    "columns": "clusteredColumnChart",
    "stacked_columns": "columnChart",
    "tiles": "treemap",
    "treemap": "treemap",
    "points": "scatterChart",
    "pareto": "lineChart",
    "heat": "pivotTable",
    "daily": "lineChart",
    "table": "tableEx",
    "quality": "lineChart",
    "delivery": "tableEx",
}


def roles_of(sheet: Sheet) -> dict[str, Fields]:
    """Return the fields of each role, with the words people read; a role may be empty."""
    groups = [(field_of(sheet, field), field.label) for field in sheet.dimensions]
    figures = [(field_of(sheet, field), field.label) for field in sheet.measures]
    figures += [(measure(label), label) for label in _shares(sheet)]
    match sheet.visual.kind:
        case "figure":
            roles = {"Data": figures}
        case "table" | "delivery":
            roles = {"Values": groups + figures}
        case "heat":
            shown = figures[:1] if sheet.is_of_star else figures[-1:]
            roles = {"Rows": groups[:1], "Columns": groups[1:], "Values": shown}
        case "tiles" | "treemap":
            roles = {"Group": groups[:1], "Details": groups[1:]} | _values("Values", figures)
        case "points":
            roles = {"Category": groups[:1], "Series": groups[2:]}
            roles |= {"X": figures[:1], "Y": figures[1:2], "Size": figures[2:]}
        case "pareto":
            roles = {"Category": [_rank(sheet)]} | _values("Y", figures[-1:] + figures[:1])
        case "daily":
            roles = {"Category": groups[:1], "Y": figures, "Tooltips": _texts(groups[-1:])}
        case "quality":
            roles = {"Category": groups[:1], "Series": groups[1:], "Y": figures[-1:]}
        case "lines" | "stacked_columns":
            roles = {"Category": groups[:1], "Series": groups[1:]} | _values("Y", figures)
        case _:
            # What a report has ready comes last, as days of cover does.
            ordered = figures if sheet.is_of_star else figures[::-1]
            roles = {"Category": _category(sheet, groups)} | _values("Y", ordered)
    return roles


def _values(role: str, figures: Fields) -> dict[str, Fields]:
    """Draw the first figure, and show the others when one points at it."""
    return {role: figures[:1], "Tooltips": figures[1:]}


def _shares(sheet: Sheet) -> list[str]:
    derived = sheet.visual.derived if sheet.is_of_star else ()
    return [label for label, share in shares().items() if share in derived]


def _texts(groups: Fields) -> Fields:
    """Show a text beside a figure: a tooltip takes one value, and each row has one."""
    return [(replace(field, function=MINIMUM), label) for field, label in groups]


def _rank(sheet: Sheet) -> tuple[Field, str]:
    rank = next(field for field in sheet.measures if field.name == "revenue_rank")
    return column(rank.numerator.relation, rank.numerator.column), rank.label


def _category(sheet: Sheet, groups: Fields) -> Fields:
    """Pick what stands at the axis: of a product its name and id, of a place state and country."""
    relations = {field.relation for field in sheet.dimensions}
    for relation, name in LABELS:
        if len(groups) > 1 and relation in relations:
            return [(column(relation, name), name.capitalize())]
    return groups[:1]
