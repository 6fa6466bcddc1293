"""Where things stand on a page, alike in Power BI and Tableau: in points, from the top left."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import batched

from dashboards.bi.sheets import Sheet
from dashboards.catalogue import FILTERS

WIDTH, MARGIN, GAP = 1280, 20, 12
TITLE_HEIGHT, FILTER_HEIGHT, FIGURE_HEIGHT, SHEET_HEIGHT = 64, 76, 104, 300


@dataclass(frozen=True)
class Box:
    """Hold a place on a page."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Head:
    """Hold what every page begins with: its title, and the filters side by side."""

    title: Box
    filters: tuple[Box, ...]


def place(sheets: list[Sheet], figure: int = FIGURE_HEIGHT) -> tuple[list[Box], int]:
    """Return a box for each sheet, and the height of the page; `figure` is that of a key figure.

    Key figures stand in a row, then wide sheets one by one, then the others in pairs.
    """
    top = HEAD.filters[0].y + FILTER_HEIGHT + GAP
    boxes: dict[str, Box] = {}
    for row in _rows(sheets):
        height = figure if row[0].visual.kind == "figure" else SHEET_HEIGHT
        for number, sheet in enumerate(row):
            boxes[sheet.id] = _box(top, number, len(row), height)
        top += height + GAP
    return [boxes[sheet.id] for sheet in sheets], top - GAP + MARGIN


def _rows(sheets: list[Sheet]) -> Iterator[list[Sheet]]:
    figures = [sheet for sheet in sheets if sheet.visual.kind == "figure"]
    others = [sheet for sheet in sheets if sheet.visual.kind != "figure"]
    if figures:
        yield figures
    yield from ([sheet] for sheet in others if sheet.visual.wide)
    yield from map(list, batched([sheet for sheet in others if not sheet.visual.wide], 2))


def _box(top: int, number: int, of: int, height: int) -> Box:
    width = (WIDTH - 2 * MARGIN - GAP * (of - 1)) // of
    return Box(MARGIN + number * (width + GAP), top, width, height)


HEAD = Head(
    _box(0, 0, 1, TITLE_HEIGHT),
    tuple(
        _box(TITLE_HEIGHT + GAP, number, len(FILTERS), FILTER_HEIGHT)
        for number in range(len(FILTERS))
    ),
)
