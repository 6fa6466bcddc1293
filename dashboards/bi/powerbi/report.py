"""The report of the Power BI project (PBIR): a page for each of the catalogue's, its visuals."""

from collections.abc import Iterator
from dataclasses import dataclass

from dashboards.bi.layout import HEAD, WIDTH, Box, place
from dashboards.bi.powerbi.fields import (
    Field,
    Json,
    filter_column,
    limit_filter,
    literal,
    name_of,
    not_blank_filter,
    projection,
    sort_of,
)
from dashboards.bi.powerbi.roles import TYPES, roles_of
from dashboards.bi.sheets import Sheet, sheets
from dashboards.catalogue import FILTERS, PAGES, Page

SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric/item/report"
VISUAL = f"{SCHEMAS}/definition/visualContainer/2.9.0/schema.json"
PAGE = f"{SCHEMAS}/definition/page/2.1.0/schema.json"

PALE, STRONG = "#EAF1F8", "#1F5F99"


@dataclass(frozen=True)
class Container:
    """Hold a visual and its place on a page, with the filters that are its own."""

    name: str
    box: Box
    visual: Json
    filters: tuple[Json, ...] = ()

    def json(self, order: int) -> Json:
        """Return the container as PBIR writes it, as the so-many-th of its page."""
        position = {"x": self.box.x, "y": self.box.y}
        position |= {"height": self.box.height, "width": self.box.width}
        container: Json = {
            "$schema": VISUAL,
            "name": self.name,
            "position": position | {"z": order, "tabOrder": order},
            "visual": self.visual | {"drillFilterOtherVisuals": True},
        }
        if self.filters:
            container["filterConfig"] = {"filters": self.filters}
        return container


def report_files() -> dict[str, Json]:
    """Return the files of the report's definition, by path."""
    files: dict[str, Json] = {
        "version.json": {
            "$schema": f"{SCHEMAS}/definition/versionMetadata/1.0.0/schema.json",
            "version": "2.0.0",
        },
        "report.json": {
            "$schema": f"{SCHEMAS}/definition/report/3.0.0/schema.json",
            "themeCollection": {},
            "settings": {"useStylableVisualContainerHeader": True},
        },
        "pages/pages.json": {
            "$schema": f"{SCHEMAS}/definition/pagesMetadata/1.0.0/schema.json",
            "pageOrder": [page.id for page in PAGES],
            "activePageName": PAGES[0].id,
        },
    }
    for page in PAGES:
        files[f"pages/{page.id}/page.json"] = {
            "$schema": PAGE,
            "name": page.id,
            "displayName": page.title,
            "displayOption": "FitToWidth",
            "height": place(sheets(page))[1],
            "width": WIDTH,
        }
        for order, visual in enumerate(_visuals(page)):
            files[f"pages/{page.id}/visuals/{visual.name}/visual.json"] = visual.json(order)
    return files


def _visuals(page: Page) -> Iterator[Container]:
    """Yield what stands on a page: title, slicers, then its sheets."""
    yield Container(name_of(f"{page.id}.title"), HEAD.title, _title(page))
    for box, of in zip(HEAD.filters, FILTERS, strict=True):
        slicer = _slicer(of.label, filter_column(of), of.name)
        yield Container(name_of(f"{page.id}.{of.name}"), box, slicer)
    every = sheets(page)
    for sheet, box in zip(every, place(every)[0], strict=True):
        yield _sheet(sheet, box)


def _title(page: Page) -> Json:
    runs = [
        {"value": f"{page.title}  ", "textStyle": {"fontSize": "20pt", "fontWeight": "bold"}},
        {"value": page.intro, "textStyle": {"fontSize": "12pt"}},
    ]
    paragraphs = {"paragraphs": [{"textRuns": runs}]}
    return {"visualType": "textbox", "objects": {"general": [{"properties": paragraphs}]}}


def _slicer(label: str, field: Field, group: str) -> Json:
    return {
        "visualType": "slicer",
        "query": {"queryState": {"Values": {"projections": [projection(field, label)]}}},
        "objects": {"data": [{"properties": {"mode": literal("Dropdown")}}]},
        "visualContainerObjects": _words(label, "", f"Filter: {label}"),
        "syncGroup": {"groupName": group, "fieldChanges": True, "filterChanges": True},
    }


def _words(title: str, note: str, read_aloud: str) -> Json:
    words: Json = {
        "title": [{"properties": {"show": literal(value=True), "text": literal(title)}}],
        "general": [{"properties": {"altText": literal(read_aloud)}}],
    }
    if note:
        properties = {"show": literal(value=True), "text": literal(note)}
        words["subTitle"] = [{"properties": properties | {"titleWrap": literal(value=True)}}]
    return words


def _sheet(sheet: Sheet, box: Box) -> Container:
    roles = {role: fields for role, fields in roles_of(sheet).items() if fields}
    shown = [field for fields in roles.values() for field, _ in fields]
    query: Json = {
        "queryState": {
            role: {"projections": [projection(field, label) for field, label in fields]}
            for role, fields in roles.items()
        }
    }
    if sheet.dimensions:
        query["sortDefinition"] = {"sort": sort_of(sheet, shown)}
    visual: Json = {
        "visualType": TYPES[sheet.visual.kind],
        "query": query,
        "objects": _objects(sheet),
        "visualContainerObjects": _words(
            sheet.visual.title,
            sheet.note,
            " ".join(filter(None, (sheet.visual.question, sheet.note))),
        ),
    }
    return Container(name_of(sheet.id), box, visual, _filters(sheet, shown[0]))


def _objects(sheet: Sheet) -> Json:
    if sheet.visual.kind != "heat":
        return {}
    (shown, _), *_ = roles_of(sheet)["Values"]
    gradient = {
        "linearGradient2": {
            "min": {"color": {"Literal": {"Value": f"'{PALE}'"}}},
            "max": {"color": {"Literal": {"Value": f"'{STRONG}'"}}},
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
        return first, not_blank_filter(sheet, Field(last.relation, last.column))
    return (first,)
