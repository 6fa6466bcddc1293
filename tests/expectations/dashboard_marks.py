"""How the marks of each kind of chart differ from the rows of its table."""

from collections.abc import Callable, Iterator
from itertools import pairwise

from dashboards.catalogue import DIMENSIONS, Visual
from expectations.dashboard_drawings import Cells, Item
from expectations.dashboard_pictures import (
    TOLERANCE,
    Picture,
    coloured,
    complete_months,
    heights,
    named,
    same_rows,
    straight,
)


def differences(picture: Picture) -> list[str]:
    """Return how the drawing differs from the rows."""
    drawing = picture.drawing
    found = list(KINDS[picture.visual.kind](picture)) if picture.rows else []
    for name, labels in drawing["axes"].items():
        texts = [label["text"] for label in labels]
        if len(set(texts)) < len([text for text in texts if text]):
            found.append(f"the axis {name} says {texts}")
    if drawing["width"] < 100:
        found.append(f"is {drawing['width']} pixels wide")
    found += [f"{text!r} is cut off" for text in drawing["clipped"]]
    found += [f"{texts!r} touch each other" for texts in drawing["touching"]]
    found += [f"a line goes through {text!r}" for text in drawing["crossed"]]
    return [*found, *_named_in_vain(picture)]


def _named_in_vain(picture: Picture) -> Iterator[str]:
    """Yield what a legend or key names of which nothing is drawn."""
    items = [item for mark in picture.drawing["marks"] for item in mark["items"]]
    fills = {item.get("fill") for item in items if item.get("height") != 0}
    for name, fill in picture.drawing["legend"].items():
        if fills and fill not in fills:
            yield f"the legend names {name!r}, which is not drawn"
    for name in picture.drawing["keys"]:
        if all(row[name] in ("", "false") for row in picture.rows):
            yield f"the key names {name}, which is not drawn"


def _bars(picture: Picture) -> Iterator[str]:
    bars = sorted(picture.items("rect"), key=lambda item: item["y"])
    value = _value(picture.visual)
    with_name = [bar for bar in bars if "others" not in bar["row"]]
    yield from same_rows(picture, with_name, picture.rows[:15])
    if len(with_name) < len(bars):
        if bars[-1] in with_name:
            yield "the others are not the last bar"
        if not picture.visual.limit:
            rest = sum(float(row[value]) for row in picture.rows[15:])
            if abs(float(bars[-1]["row"][value]) - rest) > 0.01:
                yield f"the others are {bars[-1]['row'][value]}, not {rest}"
    elif len(picture.rows) > len(bars):
        yield f"{len(picture.rows) - len(bars)} rows are in no bar"
    lengths = [(float(bar["row"][value] or 0), bar["width"]) for bar in bars]
    yield from straight(value, [(0.0, 0.0), *lengths])
    middles = [(bar["y"] + bar["height"] / 2, bar["row"]) for bar in bars]
    yield from named(picture, "y", middles)
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
    yield from same_rows(picture, columns, [row for row in picture.rows if row[value]])
    heights = [(_unrounded(one["row"], value), one["height"]) for one in columns]
    yield from straight(value, [(0.0, 0.0), *heights])
    if DIMENSIONS[picture.visual.dimensions[0]].format == "text":
        middles = [(one["x"] + one["width"] / 2, one["row"]) for one in columns]
        yield from named(picture, "x", middles)


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
    yield from same_rows(picture, drawn, picture.rows)
    heights = [(float(one["row"]["customers"]), one["height"]) for one in drawn]
    yield from straight("customers", [(0.0, 0.0), *heights])
    yield from named(picture, "x", [(one["x"] + one["width"] / 2, one["row"]) for one in drawn])
    yield from coloured(picture, drawn, kind)
    yield from complete_months(picture, [one["row"][across] for one in drawn])


def _lines(picture: Picture) -> Iterator[str]:
    symbols = [mark["items"] for mark in picture.drawing["marks"] if mark["type"] == "symbol"]
    before, now = (sorted(items, key=lambda item: item["x"]) for items in symbols)
    yield from same_rows(picture, now, picture.rows)
    name = picture.visual.derived[0].name
    yield from same_rows(picture, before, [row for row in picture.rows if row.get(name)])
    main = picture.visual.measures[0]
    yield from straight(main, heights(now, main) + heights(before, name))
    yield from named(picture, "x", [(one["x"], one["row"]) for one in now])
    if "month" in picture.rows[0]:
        yield from complete_months(picture, [row["month"] for row in picture.rows])


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
    yield from same_rows(picture, drawn, rows)


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
        yield from named(picture, axis, [(at, {dimension: value}) for at, value in places])


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
    yield from straight(
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
    yield from coloured(picture, [one for one in areas if one["row"]["category"]], "category")


def _points(picture: Picture) -> Iterator[str]:
    drawn = picture.items("symbol")
    rows = picture.rows
    if len(rows) > 600:
        rows = sorted(rows, key=lambda row: -float(row["revenue"]))[:600]
    drawn.sort(key=lambda one: one["row"]["product_id"])
    yield from same_rows(picture, drawn, sorted(rows, key=lambda row: row["product_id"]))
    yield from straight("profit", heights(drawn, "profit"))
    if any(one["x"] != one["x"] or one["x"] is None for one in drawn):
        yield "a point has no place"
    yield from coloured(picture, drawn, "product_category")


def _pareto(picture: Picture) -> Iterator[str]:
    lines = [mark["items"] for mark in picture.drawing["marks"] if mark["type"] == "line"]
    drawn = sorted(lines[-1], key=lambda item: item["x"])
    if len(picture.rows) == 1 and not picture.items("symbol"):
        yield "one row draws nothing"
    if len(picture.rows) <= 600:
        yield from same_rows(picture, drawn, picture.rows)
    yield from straight("share", heights(drawn, "running_share_pct"))


def _daily(picture: Picture) -> Iterator[str]:
    lines = [mark["items"] for mark in picture.drawing["marks"] if mark["type"] == "line"]
    drawn = sorted(lines[-1], key=lambda item: item["x"])
    if len(picture.rows) == 1 and not picture.items("symbol"):
        yield "one row draws nothing"
    yield from same_rows(picture, drawn, picture.rows)
    yield from straight("revenue", heights(drawn, "revenue"))
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
    yield from straight("score", heights(drawn, "quality_pct"))


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
