"""The report of the Power BI project (PBIR): a page for each of the catalogue's, its visuals."""

import hashlib
from collections.abc import Iterator
from itertools import batched

from dashboards.bi.powerbi_fields import (
    Json,
    filter_column,
    limit_filter,
    literal,
    not_blank_filter,
    projection,
    reference_of,
    sort_of,
)
from dashboards.bi.powerbi_roles import TYPES, roles_of
from dashboards.bi.sheets import Sheet, sheets
from dashboards.catalogue import FILTERS, PAGES, Page

SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric/item/report"
VISUAL = f"{SCHEMAS}/definition/visualContainer/2.9.0/schema.json"
PAGE = f"{SCHEMAS}/definition/page/2.1.0/schema.json"

WIDTH, MARGIN, GAP = 1280, 20, 12
TITLE_HEIGHT, SLICER_HEIGHT, CARD_HEIGHT, VISUAL_HEIGHT = 64, 76, 104, 300
PALE, STRONG = "#EAF1F8", "#1F5F99"


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
        visuals = list(_visuals(page))
        height = max(v["position"]["y"] + v["position"]["height"] for v in visuals) + MARGIN
        files[f"pages/{page.id}/page.json"] = {
            "$schema": PAGE,
            "name": page.id,
            "displayName": page.title,
            "displayOption": "FitToWidth",
            "height": height,
            "width": WIDTH,
        }
        for order, visual in enumerate(visuals):
            visual["position"] |= {"z": order, "tabOrder": order}
            files[f"pages/{page.id}/visuals/{visual['name']}/visual.json"] = visual
    return files


def _visuals(page: Page) -> Iterator[Json]:
    """Lay out a page: title, slicers, key figures in a row, then visuals two by two."""
    yield _container(f"{page.id}.title", _box(0, 0, 1, TITLE_HEIGHT), _title(page))
    top = TITLE_HEIGHT + GAP
    for number, of in enumerate(FILTERS):
        box = _box(top, number, len(FILTERS), SLICER_HEIGHT)
        yield _container(f"{page.id}.{of.name}", box, _slicer(of.label, filter_column(of), of.name))
    top += SLICER_HEIGHT + GAP
    every = sheets(page)
    figures = [sheet for sheet in every if sheet.visual.kind == "figure"]
    for number, sheet in enumerate(figures):
        yield _sheet(sheet, _box(top, number, len(figures), CARD_HEIGHT))
    top += (CARD_HEIGHT + GAP) * bool(figures)
    others = [sheet for sheet in every if sheet.visual.kind != "figure"]
    for row in _rows(others):
        for number, sheet in enumerate(row):
            yield _sheet(sheet, _box(top, number, len(row), VISUAL_HEIGHT))
        top += VISUAL_HEIGHT + GAP


def _rows(others: list[Sheet]) -> Iterator[list[Sheet]]:
    """Give a wide visual a row of its own, and pair the others in their order."""
    yield from ([sheet] for sheet in others if sheet.visual.wide)
    yield from map(list, batched([sheet for sheet in others if not sheet.visual.wide], 2))


def _box(top: int, number: int, of: int, height: int) -> Json:
    width = (WIDTH - 2 * MARGIN - GAP * (of - 1)) // of
    return {"x": MARGIN + number * (width + GAP), "y": top, "height": height, "width": width}


def _container(name: str, position: Json, visual: Json, filters: list[Json] | None = None) -> Json:
    container: Json = {
        "$schema": VISUAL,
        "name": hashlib.sha256(name.encode()).hexdigest()[:20],
        "position": position,
        "visual": visual | {"drillFilterOtherVisuals": True},
    }
    if filters:
        container["filterConfig"] = {"filters": filters}
    return container


def _title(page: Page) -> Json:
    runs = [
        {"value": f"{page.title}  ", "textStyle": {"fontSize": "20pt", "fontWeight": "bold"}},
        {"value": page.intro, "textStyle": {"fontSize": "12pt"}},
    ]
    paragraphs = {"paragraphs": [{"textRuns": runs}]}
    return {"visualType": "textbox", "objects": {"general": [{"properties": paragraphs}]}}


def _slicer(label: str, field: Json, group: str) -> Json:
    return {
        "visualType": "slicer",
        "query": {"queryState": {"Values": {"projections": [projection(field, label)]}}},
        "objects": {"data": [{"properties": {"mode": literal("Dropdown")}}]},
        "visualContainerObjects": _words(label, "", f"Filter: {label}"),
        "syncGroup": {"groupName": group, "fieldChanges": True, "filterChanges": True},
    }


def _words(title: str, note: str, read_aloud: str) -> Json:
    words = {
        "title": [{"properties": {"show": literal(value=True), "text": literal(title)}}],
        "general": [{"properties": {"altText": literal(read_aloud)}}],
    }
    if note:
        properties = {"show": literal(value=True), "text": literal(note)}
        words["subTitle"] = [{"properties": properties | {"titleWrap": literal(value=True)}}]
    return words


def _sheet(sheet: Sheet, position: Json) -> Json:
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
    visual = {
        "visualType": TYPES[sheet.visual.kind],
        "query": query,
        "objects": _objects(sheet),
        "visualContainerObjects": _words(
            sheet.visual.title, sheet.note, " ".join(filter(None, (sheet.visual.title, sheet.note)))
        ),
    }
    return _container(sheet.id, position, visual, _filters(sheet, shown[0]))


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
    fill = {"solid": {"color": {"expr": {"FillRule": {"Input": shown, "FillRule": gradient}}}}}
    selector = {
        "data": [{"dataViewWildcard": {"matchingOption": 1}}],
        "metadata": reference_of(shown),
    }
    no_totals = {"rowSubtotals": literal(value=False), "columnSubtotals": literal(value=False)}
    return {
        "values": [{"properties": {"backColor": fill}, "selector": selector}],
        "subTotals": [{"properties": no_totals}],
    }


def _filters(sheet: Sheet, listed: Json) -> list[Json]:
    if not sheet.visual.limit:
        return []
    filters = [limit_filter(sheet, listed)]
    if not sheet.is_of_star and not sheet.visual.sort[0].startswith("-"):
        last = sheet.measures[-1].numerator  # what never runs out is not asked for
        filters.append(not_blank_filter(last.relation, last.column))
    return filters
