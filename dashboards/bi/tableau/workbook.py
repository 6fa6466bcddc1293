"""The Tableau workbook: data sources, a worksheet for each sheet, a dashboard for each page."""

from itertools import count
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from dashboards.bi.layout import HEAD, WIDTH, Box, place
from dashboards.bi.sheets import Sheet, sheets
from dashboards.bi.tableau.fields import (
    filter_fields,
    instance,
    level_members,
    qualified,
    simple_id,
)
from dashboards.bi.tableau.sheet import worksheet
from dashboards.bi.tableau.source import VERSION, Source, all_sources
from dashboards.catalogue import FACT, PAGES, Page
from loader.export.relations import Relation

BUILD = "2026.1.0 (20261.26.0101.0000)"
UNITS = 100_000  # a zone is measured in parts of its dashboard

CARDS = {"left": ("pages", "filters", "marks"), "top": ("columns", "rows", "title")}

register_namespace("user", "http://www.tableausoftware.com/xml/user")


def workbook(relations: dict[str, Relation], stamp: str, currency: str) -> bytes:
    """Return the workbook as Tableau's XML; the same relations and stamp, the same bytes.

    The stamp says of when the figures are, and stands on every page.
    """
    sources = all_sources(relations, currency)
    root = Element("workbook", {"version": VERSION, "source-build": BUILD})
    manifest = SubElement(root, "document-format-change-manifest")
    SubElement(manifest, "ManifestByVersion")
    SubElement(root, "preferences")
    SubElement(root, "datasources").extend(source.element() for source in sources.values())
    SubElement(root, "shared-views").append(_shared_filters(sources[FACT]))
    worksheets = SubElement(root, "worksheets")
    dashboards = SubElement(root, "dashboards")
    windows = SubElement(root, "windows")
    for page in PAGES:
        every = sheets(page)
        worksheets.extend(worksheet(sheet, sources[sheet.source]) for sheet in every)
        dashboards.append(_dashboard(page, every, sources[FACT], stamp))
        windows.append(_dashboard_window(page, every))
        windows.extend(_worksheet_window(sheet) for sheet in every)
    explain = {"enabled-for-viewer": "false", "extreme-values-enabled-for-all": "false"}
    SubElement(SubElement(root, "explain-data", explain), "explanation-types")
    indent(root)
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _shared_filters(star: Source) -> Element:
    """Return the filters of every page; in context, so that the first ten are of what is chosen."""
    view = Element("shared-view", name=star.name)
    SubElement(SubElement(view, "datasources"), "datasource", name=star.name)
    dependencies = SubElement(view, "datasource-dependencies", datasource=star.name)
    columns = star.columns()
    used = [instance(star, field) for field in filter_fields()]
    dependencies.extend(columns[each.column] for each in used)
    dependencies.extend(each.element() for each in used)
    for each in used:
        column = qualified(star, each.name)
        attributes = {"class": "categorical", "column": column, "context": "true"}
        level_members(SubElement(view, "filter", attributes), each.name)
    return view


def _dashboard(page: Page, every: list[Sheet], star: Source, stamp: str) -> Element:
    boxes, height = place(every)
    element = Element("dashboard", name=page.title)
    SubElement(element, "style")
    size = {"maxheight": height, "maxwidth": WIDTH, "minheight": height, "minwidth": WIDTH}
    SubElement(element, "size", {name: str(value) for name, value in size.items()})
    links = SubElement(element, "datasources")
    SubElement(links, "datasource", name=star.name)
    filters = [instance(star, field) for field in filter_fields()]
    dependencies = SubElement(element, "datasource-dependencies", datasource=star.name)
    columns = star.columns()
    dependencies.extend(columns[each.column] for each in filters)
    dependencies.extend(each.element() for each in filters)
    ids = count(1)
    whole = Box(0, 0, WIDTH, height)
    outer = SubElement(SubElement(element, "zones"), "zone", _zone(whole, height, next(ids)))
    outer.set("type-v2", "layout-basic")
    title = SubElement(outer, "zone", _zone(HEAD.title, height, next(ids)))
    title.set("type-v2", "text")
    text = SubElement(title, "formatted-text")
    SubElement(text, "run", bold="true", fontsize="18").text = page.title
    SubElement(text, "run", fontsize="12").text = f"  {page.intro}"
    SubElement(text, "run", fontsize="9").text = f"\n{stamp}"
    first = next(sheet for sheet in every if sheet.is_of_star)
    for box, each in zip(HEAD.filters, filters, strict=True):
        zone = SubElement(outer, "zone", _zone(box, height, next(ids)))
        zone.attrib |= {"type-v2": "filter", "name": first.visual.title, "mode": "checkdropdown"}
        zone.set("param", qualified(star, each.name))
    for sheet, box in zip(every, boxes, strict=True):
        zone = SubElement(outer, "zone", _zone(box, height, next(ids)))
        zone.set("name", sheet.visual.title)
    element.append(simple_id("dashboard", page.id))
    return element


def _zone(box: Box, height: int, number: int) -> dict[str, str]:
    return {
        "id": str(number),
        "x": str(box.x * UNITS // WIDTH),
        "y": str(box.y * UNITS // height),
        "w": str(box.width * UNITS // WIDTH),
        "h": str(box.height * UNITS // height),
    }


def _dashboard_window(page: Page, every: list[Sheet]) -> Element:
    window = Element("window", {"class": "dashboard", "name": page.title})
    if page is PAGES[0]:
        window.set("maximized", "true")
    viewpoints = SubElement(window, "viewpoints")
    for sheet in every:
        viewpoint = SubElement(viewpoints, "viewpoint", name=sheet.visual.title)
        SubElement(viewpoint, "zoom", type="entire-view")
    SubElement(window, "active", id="-1")
    window.append(simple_id("window", page.id))
    return window


def _worksheet_window(sheet: Sheet) -> Element:
    window = Element("window", {"class": "worksheet", "name": sheet.visual.title, "hidden": "true"})
    cards = SubElement(window, "cards")
    for edge, kinds in CARDS.items():
        side = SubElement(cards, "edge", name=edge)
        strip = SubElement(side, "strip", size="160" if edge == "left" else "2147483647")
        for kind in kinds:
            SubElement(strip, "card", type=kind)
    window.append(simple_id("window", sheet.id))
    return window
