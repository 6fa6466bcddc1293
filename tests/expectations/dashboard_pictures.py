"""A picture beside the rows of its own table, and what holds for pictures of any kind."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter

from dashboards.catalogue import Visual
from expectations.dashboard_drawings import Cells, Drawing, Item

TOLERANCE = 0.75  # pixels


@dataclass
class Colours:
    """Hold which colour stood for which value of a visual since the page was opened."""

    known: dict[tuple[str, str], str] = field(default_factory=dict)

    def differences(self, visual: Visual, items: list[Item], name: str) -> Iterator[str]:
        """Yield the values that another colour stood for, or another value of the same colour."""
        for value, fill in {(item["row"][name], item["fill"]) for item in items}:
            if self.known.setdefault((visual.id, value), fill) != fill:
                yield f"the colour of {value!r} changed to {fill}"
        fills = {fill for (id_, _), fill in self.known.items() if id_ == visual.id}
        if len(fills) < min(len([1 for id_, _ in self.known if id_ == visual.id]), 8):
            yield f"several values of {name} have one colour"


@dataclass(frozen=True)
class Picture:
    """Hold a visual's drawing beside the rows of its table."""

    visual: Visual
    drawing: Drawing
    rows: list[Cells]
    colours: Colours

    def items(self, type_: str) -> list[Item]:
        """Return the marks of a type; of several layers those of the first that has any."""
        layers = [mark["items"] for mark in self.drawing["marks"] if mark["type"] == type_]
        return next((items for items in layers if items), [])


def same_rows(picture: Picture, drawn: list[Item], rows: list[Cells]) -> Iterator[str]:
    """Yield a difference where the marks, in their order, are not the rows."""
    found = [{name: item["row"].get(name, "") for name in rows[0]} for item in drawn]
    if found != rows:
        keys = picture.visual.dimensions or list(rows[0])[:2]
        pairs = zip(found, rows, strict=False)
        first = next((pair for pair in pairs if pair[0] != pair[1]), None)
        yield f"{len(found)} marks for {len(rows)} rows; first {first}, of {keys}"


def straight(what: str, points: Sequence[tuple[float, float]]) -> Iterator[str]:
    """Yield a difference where pixels do not go with values along one straight line."""
    low, high = min(points, default=(0.0, 0.0)), max(points, default=(0.0, 0.0))
    if not points or low[0] == high[0]:
        return
    slope = (high[1] - low[1]) / (high[0] - low[0])
    for value, pixels in points:
        if abs(low[1] + slope * (value - low[0]) - pixels) > TOLERANCE:
            yield f"{what}: {value} is at {pixels:.1f}"
            return


def named(picture: Picture, axis: str, at: list[tuple[float, Cells]]) -> Iterator[str]:
    """Yield the marks beside a label of the axis that names another row."""
    for label in picture.drawing["axes"][axis] if at else ():
        away, here = min(((abs(place - label["at"]), row) for place, row in at), key=itemgetter(0))
        if away < TOLERANCE and not any(_says(label["text"], value) for value in here.values()):
            yield f"{label['text']!r} stands at {here}"


# As the locales of the shops write them that the tests have.
MONTHS = (
    "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    "1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月",
)


def _says(label: str, value: str) -> bool:
    known = value.replace("_", " ").capitalize()
    year, _, month = known[:7].partition("-")
    if month and known.replace("-", "").isdigit():
        is_named = any(names.split()[int(month) - 1] in label for names in MONTHS)
        return year in label and is_named and known[8:].lstrip("0") in label.replace(year, "")
    return bool(known) and (label.lower().startswith(known[:3].lower()) or label.endswith(known))


def coloured(picture: Picture, drawn: list[Item], name: str) -> Iterator[str]:
    yield from picture.colours.differences(picture.visual, drawn, name)
    for value, fill in picture.drawing["legend"].items():
        known = picture.colours.known.get((picture.visual.id, value), fill)
        if known != fill:
            yield f"the legend gives {value!r} the colour {fill}, not {known}"


def complete_months(_: Picture, months: list[str]) -> Iterator[str]:
    numbers = sorted({int(month[:4]) * 12 + int(month[5:]) for month in months})
    if any(after - before > 1 for before, after in pairwise(numbers)):
        yield f"months are missing: {sorted(set(months))}"


def heights(items: list[Item], name: str) -> list[tuple[float, float]]:
    return [(float(item["row"][name]), item["y"]) for item in items]
