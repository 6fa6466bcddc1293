"""What a click in a sheet does: it filters the other sheets of its page by what was clicked."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from dashboards.bi.sheets import Sheet
from dashboards.catalogue import Page


def filter_actions(page: Page, every: list[Sheet]) -> Iterator[Element]:
    """Yield an action for each sheet that has something to click and filters can follow.

    Sheets of a report are left out on both sides: they show it as it is.
    """
    for sheet in every:
        if not sheet.is_of_star or not sheet.dimensions:
            continue
        apart = [other for other in every if other is sheet or not other.is_of_star]
        yield _action(page, sheet, apart)


def _action(page: Page, sheet: Sheet, apart: list[Sheet]) -> Element:
    caption = f"Filter by {sheet.visual.title}"
    element = Element("action", caption=caption, name=f"[Action_{sheet.id}]")
    SubElement(element, "activation", {"auto-clear": "true", "type": "on-select"})
    source = {"dashboard": page.title, "type": "sheet", "worksheet": sheet.visual.title}
    SubElement(element, "source", source)
    command = SubElement(element, "command", command="tsc:tsl-filter")
    titles = ",".join(other.visual.title for other in apart)
    for name, value in (("exclude", titles), ("special-fields", "all"), ("target", page.title)):
        SubElement(command, "param", name=name, value=value)
    return element
