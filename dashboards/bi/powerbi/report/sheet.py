"""A sheet of the catalogue as a visual of the report, with its order, filters and colours."""

from dashboards.bi.layout import Box
from dashboards.bi.powerbi.report.fields import (
    Field,
    Json,
    column,
    limit_filter,
    literal,
    name_of,
    not_blank_filter,
    sort_of,
)
from dashboards.bi.powerbi.report.roles import TYPES, roles_of
from dashboards.bi.powerbi.report.theme import blend, colours
from dashboards.bi.powerbi.report.visuals import Container, Roles, Words, card, drawn
from dashboards.bi.sheets import Sheet

TOOLTIP = "tooltip"  # the page that is shown where a reader points
# What that page says: a chart that says no more takes it in place of its own words.
TOLD = (
    *("Revenue", "Share of revenue", "Revenue change on year before", "Orders"),
    *("Average order value", "Units", "Profit", "Margin"),
)
CHARTS = {"lines", "bars", "columns", "stacked_columns", "tiles", "treemap"}


def sheet_container(sheet: Sheet, box: Box) -> Container:
    """Return the visual of a sheet at its place."""
    words = Words(
        sheet.visual.title,
        sheet.note,
        " ".join(filter(None, (sheet.visual.question, sheet.note))),
    )
    roles = {role: fields for role, fields in roles_of(sheet).items() if fields}
    shown = [field for fields in roles.values() for field, _ in fields]
    if sheet.visual.kind == "figure":
        return Container(name_of(sheet.id), box, card(sheet.measures[0].label, words))
    sort = sort_of(sheet, shown) if sheet.dimensions else None
    visual = drawn(TYPES[sheet.visual.kind], roles, words, sort)
    if sheet.visual.kind == "heat":
        visual["objects"] = _shades(shown[-1])
    if _takes_tooltip_page(sheet, roles):
        visual["visualContainerObjects"] = words.json() | _tooltip_page()
    return Container(name_of(sheet.id), box, visual, _filters(sheet, shown[0]))


def _takes_tooltip_page(sheet: Sheet, roles: Roles) -> bool:
    told = [label for role in ("Values", "Y", "Tooltips") for _, label in roles.get(role, [])]
    return sheet.is_of_star and sheet.visual.kind in CHARTS and set(told) <= set(TOLD)


def _tooltip_page() -> Json:
    page = {"type": literal("Canvas"), "section": literal(TOOLTIP), "show": literal(value=True)}
    return {"visualTooltip": [{"properties": page}]}


def _shades(shown: Field) -> Json:
    gradient = {
        "linearGradient2": {
            "min": {"color": {"Literal": {"Value": f"'{colours()['card']}'"}}},
            "max": {"color": {"Literal": {"Value": f"'{blend('c1', 'card', 0.5)}'"}}},
            "nullColoringStrategy": {"strategy": {"Literal": {"Value": "'noColor'"}}},
        }
    }
    fill = {
        "solid": {
            "color": {"expr": {"FillRule": {"Input": shown.expression(), "FillRule": gradient}}}
        }
    }
    selector = {
        "data": [{"dataViewWildcard": {"matchingOption": 1}}],
        "metadata": shown.reference,
    }
    no_totals = {"rowSubtotals": literal(value=False), "columnSubtotals": literal(value=False)}
    return {
        "values": [{"properties": {"backColor": fill}, "selector": selector}],
        "subTotals": [{"properties": no_totals}],
    }


def _filters(sheet: Sheet, listed: Field) -> tuple[Json, ...]:
    if not sheet.visual.limit:
        return ()
    first = limit_filter(sheet, sheet.visual.limit, listed)
    if not sheet.is_of_star and not sheet.visual.sort[0].startswith("-"):
        last = sheet.measures[-1].numerator  # what never runs out is not asked for
        return first, not_blank_filter(sheet, column(last.relation, last.column))
    return (first,)
