"""The Tableau workbook: data sources, a worksheet for each sheet, a dashboard for each page."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from dashboards.bi.sheets import Sheet
from dashboards.bi.tableau.actions import filter_actions
from dashboards.bi.tableau.dashboard import dashboard
from dashboards.bi.tableau.fields import (
    dependencies,
    filter_fields,
    instance,
    level_members,
    qualified,
    simple_id,
)
from dashboards.bi.tableau.period import parameters
from dashboards.bi.tableau.returns import pages, sheets_of
from dashboards.bi.tableau.sheet import worksheet
from dashboards.bi.tableau.source import VERSION, Content, Source, all_sources
from dashboards.catalogue import FACT, PAGES, Page

BUILD = "2026.1.1 (20261.26.0410.0924)"
# What the workbook uses of Tableau's form, as Tableau itself lists it when it saves: it reads an
# element only where its feature is listed, and refuses a workbook with a feature it does not know.
FEATURES = (
    "BasicButtonObject",
    "BasicButtonObjectTextSupport",
    "ObjectModelEncapsulateLegacy",
    "ObjectModelTableType",
    "SchemaViewerObjectModel",
    "SetMembershipControl",
    "SheetIdentifierTracking",
    "SortTagCleanup",
    "WindowsPersistSimpleIdentifiers",
)
OF_TWO_FACTS = "ObjectModelSharedDimensions"

CARDS = {"left": ("pages", "filters", "marks"), "top": ("columns", "rows", "title")}

register_namespace("user", "http://www.tableausoftware.com/xml/user")


def workbook(content: Content) -> bytes:
    """Return the workbook as Tableau's XML; the same content, the same bytes."""
    sources = all_sources(content)
    star = sources[FACT]
    shown = pages(has_returns=content.has_returns)
    every = [(page, sheets_of(page)) for page in shown]
    root = Element("workbook", {"original-version": VERSION, "source-build": BUILD})
    root.attrib |= {"source-platform": "win", "version": VERSION}
    manifest = SubElement(root, "document-format-change-manifest")
    for feature in sorted((*FEATURES, *([OF_TWO_FACTS] if content.has_returns else []))):
        SubElement(manifest, feature)
    SubElement(root, "preferences")
    listed = SubElement(root, "datasources")
    listed.append(parameters(content.last_day, VERSION))
    listed.extend(source.element() for source in sources.values())
    SubElement(root, "shared-views").append(_shared_filters(star))
    actions = SubElement(root, "actions")
    worksheets, dashboards, windows = (
        SubElement(root, name) for name in ("worksheets", "dashboards", "windows")
    )
    for page, of_page in every:
        actions.extend(filter_actions(page, of_page))
        worksheets.extend([worksheet(sheet, sources[sheet.source]) for sheet in of_page])
        dashboards.append(dashboard(page, of_page, shown, star))
        windows.extend(_windows(page, of_page))
    indent(root)
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _shared_filters(star: Source) -> Element:
    """Return the filters of every page; in context, so that the first ten are of what is chosen."""
    view = Element("shared-view", name=star.name)
    SubElement(SubElement(view, "datasources"), "datasource", name=star.name)
    used = [instance(star, field) for field in filter_fields()]
    own, *_ = dependencies(star, used)
    view.append(own)
    for each in used:
        column = qualified(star, each.name)
        attributes = {"class": "categorical", "column": column, "context": "true"}
        level_members(SubElement(view, "filter", attributes), each.name)
    return view


def _windows(page: Page, every: list[Sheet]) -> Iterator[Element]:
    window = Element("window", {"class": "dashboard", "name": page.title})
    if page.id == PAGES[0].id:
        window.set("maximized", "true")
    viewpoints = SubElement(window, "viewpoints")
    for sheet in every:
        viewpoint = SubElement(viewpoints, "viewpoint", name=sheet.visual.title)
        SubElement(viewpoint, "zoom", type="entire-view")
    SubElement(window, "active", id="-1")
    window.append(simple_id("window", page.id))
    yield window
    yield from map(_worksheet_window, every)


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
