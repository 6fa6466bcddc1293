"""A worksheet of the Tableau workbook for each sheet: shelves, marks, order, filters."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from dashboards.bi.sheets import Sheet
from dashboards.bi.tableau_fields import (
    NAMES,
    USER,
    VALUES,
    filter_fields,
    instance,
    level_members,
    qualified,
    simple_id,
)
from dashboards.bi.tableau_source import STAR, Source
from dashboards.catalogue import Dimension, Measure

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
# Kinds whose first dimension is a date on a continuous axis.
OVER_TIME = {"daily", "quality"}


def worksheet(sheet: Sheet, source: Source) -> Element:
    """Return the worksheet of a sheet."""
    return _Worksheet(sheet, source).element()


class _Worksheet:
    """Build one worksheet."""

    def __init__(self, sheet: Sheet, source: Source) -> None:
        self._sheet, self._source = sheet, source
        self._kind = sheet.visual.kind
        self._groups = [
            instance(source, field, is_continuous=self._kind in OVER_TIME and not number)
            for number, field in enumerate(sheet.dimensions)
        ]
        self._figures = [instance(source, field) for field in sheet.measures]

    def element(self) -> Element:
        element = Element("worksheet", name=self._sheet.visual.title)
        element.append(self._title())
        table = SubElement(element, "table")
        table.append(self._view())
        SubElement(table, "style")
        rows, columns = self._shelves()
        table.append(self._panes())
        SubElement(table, "rows").text = rows
        SubElement(table, "cols").text = columns
        element.append(simple_id("worksheet", self._sheet.id))
        return element

    def _title(self) -> Element:
        options = Element("layout-options")
        text = SubElement(SubElement(options, "title"), "formatted-text")
        run = SubElement(text, "run", bold="true", fontsize="11")
        run.text = self._sheet.visual.title
        if self._sheet.note:
            SubElement(text, "run", fontsize="9").text = f"\n{self._sheet.note}"
        return options

    def _view(self) -> Element:
        view = Element("view")
        links = SubElement(view, "datasources")
        SubElement(links, "datasource", name=self._source.name)
        view.append(self._dependencies())
        view.extend(self._filters())
        view.extend(self._sorts())
        slices = [qualified(self._source, name) for name in self._sliced()]
        if slices:
            parent = SubElement(view, "slices")
            for name in slices:
                SubElement(parent, "column").text = name
        SubElement(view, "aggregation", value="true")
        return view

    def _used(self) -> list[Element]:
        """Return every instance that the sheet needs: groups, figures and what filters it."""
        filtering = filter_fields() if self._sheet.is_of_star else []
        found = {each.get("name"): each for each in (*self._groups, *self._figures)}
        for field in filtering:
            each = instance(self._source, field)
            found.setdefault(each.get("name"), each)
        top = self._top()
        if top is not None:
            found.setdefault(top.get("name"), top)
        return list(found.values())

    def _dependencies(self) -> Element:
        """Return the columns that the sheet uses, what calculated ones are made of, and how."""
        element = Element("datasource-dependencies", datasource=self._source.name)
        columns = {column.get("name"): column for column in self._source.columns()}
        wanted = [each.get("column") for each in self._used()]
        for name in wanted:
            calculation = columns[name].find("calculation")
            if calculation is not None:
                formula = calculation.get("formula")
                wanted += [n for n in columns if n in formula and n not in wanted]
        element.extend(columns[name] for name in sorted(set(wanted)))
        element.extend(sorted(self._used(), key=lambda each: each.get("name")))
        return element

    def _is_listing(self) -> bool:
        return self._kind in ("table", "delivery")

    def _sliced(self) -> Iterator[str]:
        if self._sheet.is_of_star:
            for field in filter_fields():
                yield instance(self._source, field).get("name")
        if self._is_listing():
            yield NAMES
        top = self._top()
        if top is not None:
            yield top.get("name")

    def _top(self) -> Element | None:
        """Return the group of which only the first members are kept; None where all are."""
        if not self._sheet.visual.limit:
            return None
        name = self._sheet.visual.sort[0].removeprefix("-")
        kept = next((d for d in self._sheet.dimensions if d.name == name), None)
        if self._sheet.visual.dimensions == ("country", "state"):
            kept = self._sheet.dimensions[-1]
        return instance(self._source, kept or self._sheet.dimensions[0])

    def _filters(self) -> Iterator[Element]:
        if self._is_listing():
            yield self._measure_names()
        top = self._top()
        if top is not None:
            yield self._first(top)

    def _measure_names(self) -> Element:
        column = qualified(self._source, NAMES)
        element = Element("filter", {"class": "categorical", "column": column})
        union = SubElement(element, "groupfilter", {"function": "union", f"{USER}op": "manual"})
        for each in self._figures:
            member = '"' + qualified(self._source, each.get("name")) + '"'
            SubElement(union, "groupfilter", function="member", level=NAMES, member=member)
        return element

    def _first(self, top: Element) -> Element:
        """Keep the first members by the sheet's first sort field; of a date, the newest."""
        sort = self._sheet.visual.sort[0]
        fields = {field.name: field for field in (*self._sheet.dimensions, *self._sheet.measures)}
        by = fields[sort.removeprefix("-")]
        is_date = isinstance(by, Dimension)
        column = qualified(self._source, top.get("name"))
        element = Element("filter", {"class": "categorical", "column": column})
        end = SubElement(
            element,
            "groupfilter",
            {"count": "1" if is_date else str(self._sheet.visual.limit), "end": "top"}
            | {"function": "end", "units": "records", f"{USER}ui-marker": "end"}
            | {f"{USER}ui-top-by-field": "true"},
        )
        order = SubElement(
            end,
            "groupfilter",
            {"direction": "DESC" if sort.startswith("-") else "ASC", "function": "order"}
            | {"expression": self._order(by), f"{USER}ui-marker": "order"},
        )
        level_members(order, top.get("name"))
        return element

    def _order(self, by: Dimension | Measure) -> str:
        name = self._source.field_of(by)
        if isinstance(by, Dimension):
            return f"MAX([{name}])"
        if self._source.name == STAR:
            return f"[{name}]"
        return f"IFNULL(SUM([{name}]), 1E12)"  # what has no figure comes last

    def _sorts(self) -> Iterator[Element]:
        for field, group in zip(self._sheet.dimensions, self._groups, strict=True):
            if field.values and list(field.values) != sorted(field.values):
                column = qualified(self._source, group.get("name"))
                manual = Element("manual-sort", column=column, direction="ASC")
                dictionary = SubElement(manual, "dictionary")
                for value in field.values:
                    SubElement(dictionary, "bucket").text = f'"{value}"'
                yield manual
        yield from self._sort_by_figure()

    def _sort_by_figure(self) -> Iterator[Element]:
        figures = dict(zip((m.name for m in self._sheet.measures), self._figures, strict=True))
        for sort in self._sheet.visual.sort[:1]:
            by = figures.get(sort.removeprefix("-"))
            if by is not None and self._groups:
                yield Element(
                    "computed-sort",
                    column=qualified(self._source, self._groups[0].get("name")),
                    direction="DESC" if sort.startswith("-") else "ASC",
                    using=qualified(self._source, by.get("name")),
                )

    def _shelves(self) -> tuple[str, str]:
        """Return what stands on rows and on columns."""
        groups = [self._name(each) for each in self._groups]
        drawn = self._name(self._drawn())
        match self._kind:
            case "figure" | "tiles" | "treemap":
                shelves = "", ""
            case "table" | "delivery":
                shelves = self._nested(groups), qualified(self._source, NAMES)
            case "heat":
                shelves = groups[0], groups[1]
            case "points":
                shelves = self._name(self._figures[1]), drawn
            case "pareto":
                shelves = drawn, self._named("revenue_rank")
            case "lines" | "stacked_columns" | "columns" | "daily" | "quality":
                shelves = drawn, groups[0]
            case _:
                shelves = self._nested(groups), drawn
        return shelves

    def _drawn(self) -> Element:
        """Return the figure that is drawn: what a report has been made for comes last in it."""
        is_last = not self._sheet.is_of_star and self._kind != "daily"
        return self._figures[-1] if is_last else self._figures[0]

    def _named(self, name: str) -> str:
        names = [field.name for field in self._sheet.measures]
        return self._name(self._figures[names.index(name)])

    def _name(self, each: Element) -> str:
        return qualified(self._source, each.get("name"))

    @staticmethod
    def _nested(names: list[str]) -> str:
        return names[0] if len(names) == 1 else f"({' / '.join(names)})"

    def _panes(self) -> Element:
        panes = Element("panes")
        pane = SubElement(panes, "pane")
        SubElement(SubElement(pane, "view"), "breakdown", value="auto")
        SubElement(pane, "mark", {"class": MARKS[self._kind]})
        encodings = Element("encodings")
        for tag, name in self._encodings():
            SubElement(encodings, tag, column=name)
        if len(encodings):
            pane.append(encodings)
        return panes

    def _encodings(self) -> Iterator[tuple[str, str]]:
        """Give what colour, size, text and detail show; other figures come with the tooltip."""
        groups = [self._name(each) for each in self._groups]
        figures = [self._name(each) for each in self._figures]
        shown: list[tuple[str, str]] = []
        match self._kind:
            case "figure":
                shown = [("text", figures[0])]
            case "table" | "delivery":
                shown = [("text", qualified(self._source, VALUES))]
                figures = []
            case "tiles" | "treemap":
                shown = [("size", figures[0]), ("color", groups[0])]
                shown += [("text", group) for group in groups]
            case "heat":
                drawn = self._name(self._drawn())
                shown = [("color", drawn), ("text", drawn)]
            case "points":
                shown = [("size", figures[2]), ("color", groups[2]), ("lod", groups[0])]
                shown += [("lod", groups[1])]
            case "pareto":
                shown = [("color", groups[-1]), *(("lod", group) for group in groups[:-1])]
            case "daily" | "lines" | "stacked_columns" | "quality":
                shown = [("color", group) for group in groups[1:2]]
                shown += [("lod", group) for group in groups[2:]]
        yield from shown
        rows, columns = self._shelves()
        named = {name for _, name in shown}
        for figure in figures:
            if figure not in named and figure not in rows and figure not in columns:
                yield "tooltip", figure
