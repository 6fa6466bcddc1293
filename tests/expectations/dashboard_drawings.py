"""What the pages draw, read from the pictures themselves, against the rows of their own tables."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter
from typing import TypedDict

from dashboards.catalogue import DIMENSIONS, Visual

Cells = dict[str, str]
TOLERANCE = 0.75  # pixels


class Item(TypedDict, total=False):
    """Hold a mark: where it is, how it looks, and the row it stands for, as the CSV writes it."""

    x: float
    y: float
    width: float
    height: float
    opacity: float
    fill: str
    text: str
    row: Cells


class Mark(TypedDict):
    """Hold marks that are drawn alike."""

    type: str
    items: list[Item]


class Label(TypedDict):
    """Hold a label of an axis, at a place along it."""

    at: float
    text: str


class Drawing(TypedDict):
    """Hold the picture of a visual."""

    width: float
    marks: list[Mark]
    axes: dict[str, list[Label]]
    legend: dict[str, str]
    clipped: list[str]


# The figure's picture as it stands in the document: an element knows the item it draws.
READ_DRAWINGS = """() => {
    const cell = (value) => value === null || value === undefined ? ""
        : typeof value === "number" && !Number.isInteger(value) ? value.toFixed(2) : String(value);
    const row = (datum) => Object.fromEntries(
        Object.entries(datum ?? {})
            .filter(([name]) => !name.startsWith("_"))
            .map(([name, value]) => [name, cell(value)]));
    const items = (group) => group.firstElementChild?.__data__.mark.items ?? [];
    const of = (scope, selector) => [...scope.querySelectorAll(selector)];
    const drawn = ({x, y, width, height, fillOpacity: opacity, fill, text, datum}) =>
        ({x, y, width, height, opacity, fill, text: String(text), row: row(datum)});
    const drawings = {};
    for (const chart of document.querySelectorAll(".chart:not([hidden])")) {
        const marks = of(chart, "g.role-mark:not(.mark-group)").map((group) => ({
            type: group.classList[0].slice(5),
            items: items(group).filter((item) => item.defined !== false).map(drawn),
        }));
        const axes = {x: [], y: []};
        for (const item of of(chart, "g.role-axis-label").flatMap(items)) {
            const name = item.align === "right" && item.baseline === "middle" ? "y" : "x";
            const text = [item.text].flat().join(" ");
            if (item.opacity !== 0) axes[name].push({at: item[name], text});
        }
        const fills = of(chart, "g.role-legend-symbol").flatMap(items);
        const texts = of(chart, "g.role-legend-label").flatMap(items);
        const legend = Object.fromEntries(texts.map(({text}, index) => [text, fills[index].fill]));
        const {left, right, width} = chart.querySelector("svg").getBoundingClientRect();
        const clipped = of(chart, "svg text").filter((text) => {
            const box = text.getBoundingClientRect();
            const isSeen = box.width && text.getAttribute("opacity") !== "0";
            return isSeen && (box.left < left - 1 || box.right > right + 1);
        }).map((text) => text.textContent);
        drawings[chart.closest("figure").id] = {width, marks, axes, legend, clipped};
    }
    return drawings;
}"""


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

    def differences(self) -> list[str]:
        """Return how the drawing differs from the rows."""
        found = list(KINDS[self.visual.kind](self)) if self.rows else []
        for name, labels in self.drawing["axes"].items():
            texts = [label["text"] for label in labels]
            if len(set(texts)) < len([text for text in texts if text]):
                found.append(f"the axis {name} says {texts}")
        if self.drawing["width"] < 100:
            found.append(f"is {self.drawing['width']} pixels wide")
        found += [f"{text!r} is cut off" for text in self.drawing["clipped"]]
        return found


def _same_rows(picture: Picture, drawn: list[Item], rows: list[Cells]) -> Iterator[str]:
    """Yield a difference where the marks, in their order, are not the rows."""
    found = [{name: item["row"].get(name, "") for name in rows[0]} for item in drawn]
    if found != rows:
        keys = picture.visual.dimensions or list(rows[0])[:2]
        pairs = zip(found, rows, strict=False)
        first = next((pair for pair in pairs if pair[0] != pair[1]), None)
        yield f"{len(found)} marks for {len(rows)} rows; first {first}, of {keys}"


def _straight(what: str, points: Sequence[tuple[float, float]]) -> Iterator[str]:
    """Yield a difference where pixels do not go with values along one straight line."""
    low, high = min(points, default=(0.0, 0.0)), max(points, default=(0.0, 0.0))
    if not points or low[0] == high[0]:
        return
    slope = (high[1] - low[1]) / (high[0] - low[0])
    for value, pixels in points:
        if abs(low[1] + slope * (value - low[0]) - pixels) > TOLERANCE:
            yield f"{what}: {value} is at {pixels:.1f}"
            return


def _named(picture: Picture, axis: str, at: list[tuple[float, Cells]]) -> Iterator[str]:
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


def _bars(picture: Picture) -> Iterator[str]:
    bars = sorted(picture.items("rect"), key=lambda item: item["y"])
    value = _value(picture.visual)
    named = [bar for bar in bars if "others" not in bar["row"]]
    yield from _same_rows(picture, named, picture.rows[:15])
    if len(named) < len(bars):
        if bars[-1] in named:
            yield "the others are not the last bar"
        if not picture.visual.limit:
            rest = sum(float(row[value]) for row in picture.rows[15:])
            if abs(float(bars[-1]["row"][value]) - rest) > 0.01:
                yield f"the others are {bars[-1]['row'][value]}, not {rest}"
    elif len(picture.rows) > len(bars):
        yield f"{len(picture.rows) - len(bars)} rows are in no bar"
    lengths = [(float(bar["row"][value] or 0), bar["width"]) for bar in bars]
    yield from _straight(value, [(0.0, 0.0), *lengths])
    middles = [(bar["y"] + bar["height"] / 2, bar["row"]) for bar in bars]
    yield from _named(picture, "y", middles)
    if len(picture.drawing["axes"]["y"]) != len(bars):
        yield f"{len(picture.drawing['axes']['y'])} names for {len(bars)} bars"


def _value(visual: Visual) -> str:
    if visual.relation:
        return "quarantined_count" if visual.kind == "delivery" else "days_of_cover"
    return visual.measures[0]


def _columns(picture: Picture) -> Iterator[str]:
    columns = sorted(picture.items("rect"), key=lambda item: item["x"])
    value = picture.visual.measures[0]
    # a ratio of nothing has no height
    yield from _same_rows(picture, columns, [row for row in picture.rows if row[value]])
    heights = [(_unrounded(one["row"], value), one["height"]) for one in columns]
    yield from _straight(value, [(0.0, 0.0), *heights])
    if DIMENSIONS[picture.visual.dimensions[0]].format == "text":
        middles = [(one["x"] + one["width"] / 2, one["row"]) for one in columns]
        yield from _named(picture, "x", middles)


def _unrounded(row: Cells, value: str) -> float:
    """Return a figure of a row as it is drawn; a table has two decimals of a ratio."""
    if value == "units_per_line":
        return float(row["units"]) / float(row["lines"])
    return float(row[value])


def _stacked(picture: Picture) -> Iterator[str]:
    across, kind = picture.visual.dimensions
    values = DIMENSIONS[kind].values
    drawn = sorted(
        picture.items("rect"), key=lambda one: (one["x"], values.index(one["row"][kind]))
    )
    yield from _same_rows(picture, drawn, picture.rows)
    heights = [(float(one["row"]["customers"]), one["height"]) for one in drawn]
    yield from _straight("customers", [(0.0, 0.0), *heights])
    yield from _named(picture, "x", [(one["x"] + one["width"] / 2, one["row"]) for one in drawn])
    yield from _coloured(picture, drawn, kind)
    yield from _complete_months(picture, [one["row"][across] for one in drawn])


def _coloured(picture: Picture, drawn: list[Item], name: str) -> Iterator[str]:
    yield from picture.colours.differences(picture.visual, drawn, name)
    for value, fill in picture.drawing["legend"].items():
        known = picture.colours.known.get((picture.visual.id, value), fill)
        if known != fill:
            yield f"the legend gives {value!r} the colour {fill}, not {known}"


def _complete_months(_: Picture, months: list[str]) -> Iterator[str]:
    numbers = sorted({int(month[:4]) * 12 + int(month[5:]) for month in months})
    if any(after - before > 1 for before, after in pairwise(numbers)):
        yield f"months are missing: {sorted(set(months))}"


def _heights(items: list[Item], name: str) -> list[tuple[float, float]]:
    return [(float(item["row"][name]), item["y"]) for item in items]


def _lines(picture: Picture) -> Iterator[str]:
    symbols = [mark["items"] for mark in picture.drawing["marks"] if mark["type"] == "symbol"]
    before, now = (sorted(items, key=lambda item: item["x"]) for items in symbols)
    yield from _same_rows(picture, now, picture.rows)
    name = picture.visual.derived[0].name
    yield from _same_rows(picture, before, [row for row in picture.rows if row.get(name)])
    main = picture.visual.measures[0]
    yield from _straight(main, _heights(now, main) + _heights(before, name))
    yield from _named(picture, "x", [(one["x"], one["row"]) for one in now])
    if "month" in picture.rows[0]:
        yield from _complete_months(picture, [row["month"] for row in picture.rows])


def _heat(picture: Picture) -> Iterator[str]:
    cells = picture.items("rect")
    second, first = picture.visual.dimensions
    value = (*(one.name for one in picture.visual.derived), picture.visual.measures[0])[0]
    known = [row for row in picture.rows if row[value]]
    yield from _axis_in_order(picture, cells, "x", first)
    yield from _axis_in_order(picture, cells, "y", second)
    kept = {cell["row"][second] for cell in cells}
    shown = [row for row in known if row[second] in kept] if len(kept) >= 15 else known
    drawn = sorted(cells, key=lambda cell: (cell["row"][second], cell["row"][first]))
    rows = sorted(shown, key=lambda row: (row[second], row[first]))
    yield from _same_rows(picture, drawn, rows)


def _axis_in_order(picture: Picture, cells: list[Item], axis: str, dimension: str) -> Iterator[str]:
    places = {
        (
            cell["x"] + cell["width"] / 2 if axis == "x" else cell["y"] + cell["height"] / 2,
            cell["row"][dimension],
        )
        for cell in cells
    }
    values = [value for _, value in sorted(places)]
    known = DIMENSIONS[dimension].values
    order = sorted(set(values))
    if dimension == "weekday":  # a week begins where the shop says
        first = known.index(values[0]) if values else 0
        order.sort(key=(known[first:] + known[:first]).index)
    elif known:
        order.sort(key=known.index)
    elif DIMENSIONS[dimension].format == "count":
        order.sort(key=float)
    if values not in (order, order[::-1] if dimension == "recency_score" else order):
        yield f"{dimension} goes {values}"
    if dimension != "category":
        yield from _named(picture, axis, [(at, {dimension: value}) for at, value in places])


def _tiles(picture: Picture) -> Iterator[str]:
    layers = [mark["items"] for mark in picture.drawing["marks"] if mark["type"] == "rect"]
    if len(layers) < 2:
        yield from _bars(picture)
        return
    sold = [tile for tile in layers[1] if float(tile["row"]["revenue"]) > 0]
    drawn = {
        (tile["row"]["country"], tile["row"]["state"]): tile["row"]["revenue"] for tile in sold
    }
    rows = {(row["country"], row["state"]): row["revenue"] for row in picture.rows}
    if wrong := drawn.items() - rows.items():
        yield f"tiles without a row: {wrong}"
    yield from _straight(
        "revenue", [(float(one["row"]["revenue"]), one["opacity"] * 100) for one in sold]
    )
    covered = sum(float(value) for value in drawn.values())
    if covered < sum(float(row["revenue"]) for row in picture.rows) / 2:
        yield "the tiles cover less than half of the revenue"


def _treemap(picture: Picture) -> Iterator[str]:
    areas = picture.items("rect")
    sizes = [(float(one["row"]["revenue"]), one["width"] * one["height"]) for one in areas]
    whole = sum(size for _, size in sizes)
    total = sum(float(row["revenue"]) for row in picture.rows)
    drawn = sum(revenue for revenue, _ in sizes)
    if abs(drawn - total) > 0.01 * len(picture.rows):
        yield f"areas come to {drawn}, rows to {total}"
    for revenue, size in sizes:
        if abs(size / whole - revenue / drawn) > 0.002:
            yield f"{revenue} of {drawn} has {size / whole:.1%} of the area"
    yield from _coloured(picture, [one for one in areas if one["row"]["category"]], "category")


def _points(picture: Picture) -> Iterator[str]:
    drawn = picture.items("symbol")
    rows = picture.rows
    if len(rows) > 600:
        rows = sorted(rows, key=lambda row: -float(row["revenue"]))[:600]
    drawn.sort(key=lambda one: one["row"]["product_id"])
    yield from _same_rows(picture, drawn, sorted(rows, key=lambda row: row["product_id"]))
    yield from _straight("profit", _heights(drawn, "profit"))
    if any(one["x"] != one["x"] or one["x"] is None for one in drawn):
        yield "a point has no place"
    yield from _coloured(picture, drawn, "product_category")


def _pareto(picture: Picture) -> Iterator[str]:
    lines = [mark["items"] for mark in picture.drawing["marks"] if mark["type"] == "line"]
    drawn = sorted(lines[-1], key=lambda item: item["x"])
    if len(picture.rows) == 1 and not picture.items("symbol"):
        yield "one row draws nothing"
    if len(picture.rows) <= 600:
        yield from _same_rows(picture, drawn, picture.rows)
    yield from _straight("share", _heights(drawn, "running_share_pct"))


def _daily(picture: Picture) -> Iterator[str]:
    lines = [mark["items"] for mark in picture.drawing["marks"] if mark["type"] == "line"]
    drawn = sorted(lines[-1], key=lambda item: item["x"])
    if len(picture.rows) == 1 and not picture.items("symbol"):
        yield "one row draws nothing"
    yield from _same_rows(picture, drawn, picture.rows)
    yield from _straight("revenue", _heights(drawn, "revenue"))
    steps = {round(after["x"] - before["x"], 1) for before, after in pairwise(drawn)}
    if steps and max(steps) - min(steps) > 2 * TOLERANCE:
        yield f"days are missing: steps of {sorted(steps)[:5]} pixels"


def _quality(picture: Picture) -> Iterator[str]:
    worst: dict[str, float] = {}
    for row in picture.rows:
        if row["quality_pct"]:
            score = float(row["quality_pct"])
            worst[row["batch_date"]] = min(score, worst.get(row["batch_date"], score))
    drawn = sorted(picture.items("symbol"), key=lambda item: item["x"])
    found = {one["row"]["batch_date"]: float(one["row"]["quality_pct"]) for one in drawn}
    if found != worst:
        yield f"scores are {found}, not {worst}"
    yield from _straight("score", _heights(drawn, "quality_pct"))


KINDS: dict[str, Callable[[Picture], Iterator[str]]] = {
    "bars": _bars,
    "columns": _columns,
    "stacked_columns": _stacked,
    "lines": _lines,
    "points": _points,
    "pareto": _pareto,
    "heat": _heat,
    "tiles": _tiles,
    "treemap": _treemap,
    "daily": _daily,
    "quality": _quality,
    "delivery": _bars,
}
