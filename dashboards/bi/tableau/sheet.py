"""A worksheet of the Tableau workbook for each sheet: shelves, marks, order, filters."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from dashboards.bi.sheets import Sheet
from dashboards.bi.tableau.fields import (
    NAMES,
    VALUES,
    Instance,
    Shown,
    dependencies,
    filter_fields,
    instance,
    links,
    qualified,
    simple_id,
)
from dashboards.bi.tableau.order import filters, sorts
from dashboards.bi.tableau.source import Source

MARKS = {
    "figure": "Text",
    "lines": "Line",
    "bars": "Bar",
    "columns": "Bar",
    "stacked_columns": "Bar",
    "tiles": "Square",
    "treemap": "Square",
    "points": "Circle",
    "pareto": "Circle",
    "heat": "Square",
    "daily": "Circle",
    "table": "Text",
    "quality": "Line",
    "delivery": "Text",
}


def worksheet(sheet: Sheet, source: Source) -> Element:
    """Return the worksheet of a sheet."""
    return _Worksheet(Shown(sheet, source)).element()


class _Worksheet:
    """Build one worksheet."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown

    def element(self) -> Element:
        element = Element("worksheet", name=self._shown.sheet.visual.title)
        element.append(self._title())
        table = SubElement(element, "table")
        table.append(self._view())
        SubElement(table, "style")
        rows, columns = self._shelves()
        table.append(self._panes())
        SubElement(table, "rows").text = rows
        SubElement(table, "cols").text = columns
        element.append(simple_id("worksheet", self._shown.sheet.id))
        return element

    def _title(self) -> Element:
        options = Element("layout-options")
        text = SubElement(SubElement(options, "title"), "formatted-text")
        run = SubElement(text, "run", bold="true", fontsize="11")
        run.text = self._shown.sheet.visual.title
        if self._shown.sheet.note:
            SubElement(text, "run", fontsize="9").text = f"\n{self._shown.sheet.note}"
        return options

    def _view(self) -> Element:
        view = Element("view")
        view.append(links(self._shown.source))
        view.extend(dependencies(self._shown.source, self._used()))
        view.extend(filters(self._shown))
        view.extend(sorts(self._shown))
        slices = [qualified(self._shown.source, name) for name in self._sliced()]
        if slices:
            parent = SubElement(view, "slices")
            for name in slices:
                SubElement(parent, "column").text = name
        SubElement(view, "aggregation", value="true")
        return view

    def _used(self) -> list[Instance]:
        """Return every instance that the sheet needs: groups, figures and what filters it."""
        filtering = filter_fields() if self._shown.sheet.is_of_star else []
        found = {each.name: each for each in (*self._shown.groups, *self._shown.figures)}
        for field in filtering:
            each = instance(self._shown.source, field)
            found.setdefault(each.name, each)
        for kept in (self._shown.period, self._shown.top):
            if kept is not None:
                found.setdefault(kept.name, kept)
        return list(found.values())

    def _sliced(self) -> Iterator[str]:
        if self._shown.sheet.is_of_star:
            for field in filter_fields():
                yield instance(self._shown.source, field).name
        if self._shown.is_listing:
            yield NAMES
        for kept in (self._shown.period, self._shown.top):
            if kept is not None:
                yield kept.name

    def _shelves(self) -> tuple[str, str]:
        """Return what stands on rows and on columns."""
        groups = [self._shown.name(each) for each in self._shown.groups]
        drawn = self._shown.name(self._drawn())
        match self._shown.kind:
            case "figure" | "tiles" | "treemap":
                shelves = "", ""
            case "table" | "delivery":
                shelves = self._nested(groups), qualified(self._shown.source, NAMES)
            case "heat":
                shelves = groups[0], groups[1]
            case "points":
                shelves = self._shown.name(self._shown.figures[1]), drawn
            case "pareto":
                shelves = drawn, self._named("revenue_rank")
            case "lines" | "stacked_columns" | "columns" | "daily" | "quality":
                shelves = drawn, groups[0]
            case _:
                shelves = self._nested(groups), drawn
        return shelves

    def _drawn(self) -> Instance:
        """Return the figure that is drawn: what a report has been made for comes last in it."""
        is_last = not self._shown.sheet.is_of_star and self._shown.kind != "daily"
        return self._shown.figures[-1] if is_last else self._shown.figures[0]

    def _named(self, name: str) -> str:
        names = [field.name for field in self._shown.sheet.measures]
        return self._shown.name(self._shown.figures[names.index(name)])

    @staticmethod
    def _nested(names: list[str]) -> str:
        return names[0] if len(names) == 1 else f"({' / '.join(names)})"

    def _panes(self) -> Element:
        panes = Element("panes")
        pane = SubElement(panes, "pane")
        SubElement(SubElement(pane, "view"), "breakdown", value="auto")
        SubElement(pane, "mark", {"class": MARKS[self._shown.kind]})
        encodings = Element("encodings")
        for tag, name in self._encodings():
            SubElement(encodings, tag, column=name)
        if len(encodings):
            pane.append(encodings)
        return panes

    def _encodings(self) -> Iterator[tuple[str, str]]:
        """Yield what colour, size, text and detail show; other figures come with the tooltip."""
        groups = [self._shown.name(each) for each in self._shown.groups]
        figures = [self._shown.name(each) for each in self._shown.figures]
        encoded: list[tuple[str, str]] = []
        match self._shown.kind:
            case "figure":
                encoded = [("text", figure) for figure in figures]
            case "table" | "delivery":
                encoded = [("text", qualified(self._shown.source, VALUES))]
                figures = []
            case "tiles" | "treemap":
                encoded = [("size", figures[0]), ("color", groups[0])]
                encoded += [("text", group) for group in groups]
            case "heat":
                drawn = self._shown.name(self._drawn())
                encoded = [("color", drawn), ("text", drawn)]
            case "points":
                encoded = [("size", figures[2]), ("color", groups[2]), ("lod", groups[0])]
                encoded += [("lod", groups[1])]
            case "pareto":
                encoded = [("color", groups[-1]), *(("lod", group) for group in groups[:-1])]
            case "daily" | "lines" | "stacked_columns" | "quality":
                encoded = [("color", group) for group in groups[1:2]]
                encoded += [("lod", group) for group in groups[2:]]
        yield from encoded
        rows, columns = self._shelves()
        named = {name for _, name in encoded}
        for figure in figures:
            if figure not in named and figure not in rows and figure not in columns:
                yield "tooltip", figure
