"""A dashboard of the Tableau workbook for each page, as wide as a desk and as narrow as a phone."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from xml.etree.ElementTree import Element, SubElement

from dashboards.bi.layout import FILTER_HEIGHT, GAP, HEAD, MARGIN, WIDTH, Box, place
from dashboards.bi.sheets import Sheet
from dashboards.bi.tableau.fields import (
    dependencies,
    filter_fields,
    instance,
    links,
    qualified,
    simple_id,
    simple_uuid,
)
from dashboards.bi.tableau.period import COMPARISON, LAST_DAY, PERIOD
from dashboards.bi.tableau.source import Source
from dashboards.catalogue import Page

UNITS = 100_000  # a zone is measured in parts of its dashboard
BUTTON_WIDTH, BUTTON_HEIGHT = 130, 36
PHONE_TITLE, PHONE_CONTROL, PHONE_FIGURE, PHONE_SHEET = 110, 64, 90, 320
CONTROLS = ((PERIOD, "compact"), (COMPARISON, "compact"), (LAST_DAY, "datetime"))
DARK, PALE, WHITE = "#1F5F99", "#EAF1F8", "#FFFFFF"


@dataclass(frozen=True)
class Zone:
    """Hold what stands in a dashboard: its place there, and how high it is on a phone."""

    number: int
    box: Box
    phone_height: int
    attributes: dict[str, str]
    content: tuple[Element, ...] = ()

    def element(self, whole: Box, box: Box) -> Element:
        """Return the zone at a place of the whole."""
        element = Element("zone", _placed(box, whole, self.number) | self.attributes)
        element.extend(self.content)
        return element


def dashboard(page: Page, every: list[Sheet], pages: tuple[Page, ...], star: Source) -> Element:
    """Return the dashboard of a page, with its layout for phones."""
    boxes, height = place(every)
    zones = list(_zones(page, every, boxes, pages, star))
    element = Element("dashboard", name=page.title)
    SubElement(element, "style")
    sides = {"maxheight": height, "maxwidth": WIDTH, "minheight": height, "minwidth": WIDTH}
    size = {name: str(value) for name, value in sides.items()}
    SubElement(element, "size", size | {"sizing-mode": "fixed"})
    element.append(links(star))
    element.extend(dependencies(star, [instance(star, field) for field in filter_fields()]))
    whole = Box(0, 0, WIDTH, height)
    outer = _outer(SubElement(element, "zones"), whole, len(zones) + 1)
    outer.extend(zone.element(whole, zone.box) for zone in zones)
    SubElement(element, "devicelayouts").append(_phone(zones))
    element.append(simple_id("dashboard", page.id))
    return element


def _phone(zones: list[Zone]) -> Element:
    """Return the layout for phones: everything as wide as the screen, one below the other."""
    height = sum(zone.phone_height for zone in zones)
    element = Element("devicelayout", name="Phone")
    size = {"maxheight": str(height), "minheight": str(height), "sizing-mode": "vscroll"}
    SubElement(element, "size", size)
    whole = Box(0, 0, WIDTH, height)
    outer = _outer(SubElement(element, "zones"), whole, len(zones) + 1)
    flow = SubElement(outer, "zone", _placed(whole, whole, len(zones) + 2))
    flow.attrib |= {"param": "vert", "type-v2": "layout-flow"}
    top = 0
    for zone in zones:
        below = zone.element(whole, Box(0, top, WIDTH, zone.phone_height))
        below.attrib |= {"fixed-size": str(zone.phone_height), "is-fixed": "true"}
        flow.append(below)
        top += zone.phone_height
    return element


def _zones(
    page: Page, every: list[Sheet], boxes: list[Box], pages: tuple[Page, ...], star: Source
) -> Iterator[Zone]:
    """Yield what stands on a page: title, buttons, controls of filters and period, sheets."""
    ids = count(1)
    title = HEAD.title
    buttons = len(pages) * (BUTTON_WIDTH + GAP)
    shorter = Box(title.x, title.y, title.width - buttons, title.height)
    text = (_title(page, star.content.stamp),)
    yield Zone(next(ids), shorter, PHONE_TITLE, {"type-v2": "text"}, text)
    for number, other in enumerate(pages):
        left = WIDTH - MARGIN - (len(pages) - number) * (BUTTON_WIDTH + GAP) + GAP
        box = Box(left, title.y + MARGIN, BUTTON_WIDTH, BUTTON_HEIGHT)
        object_ = {"type-v2": "dashboard-object"}
        content = (_button(other, is_here=other is page),)
        yield Zone(next(ids), box, BUTTON_HEIGHT + GAP, object_, content)
    controls = list(_controls(every, star))
    for number, attributes in enumerate(controls):
        width = (WIDTH - 2 * MARGIN - GAP * (len(controls) - 1)) // len(controls)
        left = MARGIN + number * (width + GAP)
        box = Box(left, HEAD.filters[0].y, width, FILTER_HEIGHT)
        yield Zone(next(ids), box, PHONE_CONTROL, attributes)
    for sheet, box in zip(every, boxes, strict=True):
        height = PHONE_FIGURE if sheet.visual.kind == "figure" else PHONE_SHEET
        yield Zone(next(ids), box, height, {"name": sheet.visual.title})


def _controls(every: list[Sheet], star: Source) -> Iterator[dict[str, str]]:
    """Yield the controls of period and comparison, then those of the filters."""
    for parameter, mode in CONTROLS:
        yield {"mode": mode, "param": parameter, "type-v2": "paramctrl"}
    # a filter shows what a sheet has, and a tile has every day
    first = next(s for s in every if s.is_of_star)
    for field in filter_fields():
        param = qualified(star, instance(star, field).name)
        yield {"mode": "checkdropdown", "name": first.visual.title, "param": param} | {
            "type-v2": "filter"
        }


def _title(page: Page, stamp: str) -> Element:
    text = Element("formatted-text")
    SubElement(text, "run", bold="true", fontsize="18").text = page.title
    SubElement(text, "run", fontsize="12").text = f"  {page.intro}"
    SubElement(text, "run", fontsize="9").text = f"\n{stamp}"
    return text


def _button(page: Page, *, is_here: bool) -> Element:
    """Return a button that opens a page; that of this page is marked."""
    action = f'tabdoc:goto-sheet window-id="{simple_uuid("window", page.id)}"'
    element = Element("button", {"action": action, "button-type": "text"})
    state = SubElement(element, "button-visual-state")
    SubElement(state, "caption").text = page.title
    color, background = (WHITE, DARK) if is_here else (DARK, PALE)
    font = {"fontcolor": color, "fontname": "Tableau Medium", "fontsize": "10"}
    SubElement(state, "button-caption-font-style", font)
    SubElement(state, "format", attr="background-color", value=background)
    return element


def _outer(parent: Element, whole: Box, number: int) -> Element:
    outer = SubElement(parent, "zone", _placed(whole, whole, number))
    outer.set("type-v2", "layout-basic")
    return outer


def _placed(box: Box, whole: Box, number: int) -> dict[str, str]:
    return {
        "id": str(number),
        "x": str(box.x * UNITS // whole.width),
        "y": str(box.y * UNITS // whole.height),
        "w": str(box.width * UNITS // whole.width),
        "h": str(box.height * UNITS // whole.height),
    }
