"""The order of a Tableau sheet's rows, and the filters that are its own."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from dashboards.bi.tableau.fields import NAMES, USER, Instance, Shown, level_members, qualified
from dashboards.bi.tableau.source import STAR
from dashboards.catalogue import Dimension, Measure


def filters(shown: Shown) -> Iterator[Element]:
    """Yield the filters of a sheet: its days, which figures a list shows, how many rows stay."""
    if shown.period is not None:
        yield _in_period(shown, shown.period)
    if shown.is_listing:
        yield _measure_names(shown)
    top = shown.top
    if top is not None:
        yield _first(shown, top)


def sorts(shown: Shown) -> Iterator[Element]:
    """Yield the order of what groups: that of the calendar, say, or that of a figure."""
    for field, group in zip(shown.fields, shown.groups, strict=True):
        values = field.values_from(shown.source.content.week_start)
        if list(values) != sorted(values):
            column = shown.name(group)
            manual = Element("manual-sort", column=column, direction="ASC")
            dictionary = SubElement(manual, "dictionary")
            for value in values:
                SubElement(dictionary, "bucket").text = f'"{value}"'
            yield manual
    yield from _sort_by_figure(shown)


def _in_period(shown: Shown, period: Instance) -> Element:
    """Keep the days of the period; in context, so that the first ten are of them."""
    column = shown.name(period)
    attributes = {"class": "categorical", "column": column, "context": "true"}
    element = Element("filter", attributes)
    SubElement(
        element,
        "groupfilter",
        {"function": "member", "level": period.name, "member": "true"}
        | {f"{USER}ui-domain": "database", f"{USER}ui-enumeration": "inclusive"}
        | {f"{USER}ui-marker": "enumerate"},
    )
    return element


def _measure_names(shown: Shown) -> Element:
    column = qualified(shown.source, NAMES)
    element = Element("filter", {"class": "categorical", "column": column})
    union = SubElement(element, "groupfilter", {"function": "union", f"{USER}op": "manual"})
    for each in shown.figures:
        member = f'"{shown.name(each)}"'
        SubElement(union, "groupfilter", function="member", level=NAMES, member=member)
    return element


def _first(shown: Shown, top: Instance) -> Element:
    """Keep the first members by the sheet's first sort field; of a date, the newest."""
    sort = shown.sheet.visual.sort[0]
    by = next(field for field in shown.sheet.fields if field.name == sort.removeprefix("-"))
    is_date = isinstance(by, Dimension)
    column = shown.name(top)
    element = Element("filter", {"class": "categorical", "column": column})
    end = SubElement(
        element,
        "groupfilter",
        {"count": "1" if is_date else str(shown.sheet.visual.limit), "end": "top"}
        | {"function": "end", "units": "records", f"{USER}ui-marker": "end"}
        | {f"{USER}ui-top-by-field": "true"},
    )
    order = SubElement(
        end,
        "groupfilter",
        {"direction": "DESC" if sort.startswith("-") else "ASC", "function": "order"}
        | {"expression": _order(shown, by), f"{USER}ui-marker": "order"},
    )
    level_members(order, top.name)
    return element


def _order(shown: Shown, by: Dimension | Measure) -> str:
    name = shown.source.field_of(by)
    if isinstance(by, Dimension):
        return f"MAX([{name}])"
    if shown.source.name == STAR:
        return f"[{name}]"
    return f"IFNULL(SUM([{name}]), 1E12)"  # what has no figure comes last


def _sort_by_figure(shown: Shown) -> Iterator[Element]:
    if not shown.groups:
        return
    figures = dict(zip((m.name for m in shown.sheet.measures), shown.figures, strict=True))
    for sort in shown.sheet.visual.sort[:1]:
        by = figures.get(sort.removeprefix("-"))
        if by is not None:
            yield Element(
                "computed-sort",
                column=shown.name(shown.groups[0]),
                direction="DESC" if sort.startswith("-") else "ASC",
                using=shown.name(by),
            )
