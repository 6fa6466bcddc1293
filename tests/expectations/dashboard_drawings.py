"""What the pages draw, read from the pictures themselves."""

from typing import TypedDict

Cells = dict[str, str]


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
    keys: list[str]
    clipped: list[str]
    touching: list[str]
    crossed: list[str]


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
        const boxes = (selector) => of(chart, selector)
            .filter((one) => one.getAttribute("opacity") !== "0" && one.textContent)
            .map((one) => ({text: one.textContent, box: one.getBoundingClientRect()}));
        // side by side, with less than so many pixels between them
        const near = (texts, room) => texts.flatMap(({text, box}, index) => texts.slice(index + 1)
            .filter(({box: other}) => Math.max(box.left, other.left) - room
                < Math.min(box.right, other.right)
                && Math.abs(box.top - other.top) < box.height / 2)
            .map((other) => `${text} and ${other.text}`));
        const figures = boxes("g.mark-text.role-mark text");
        const touching = [...near(boxes("g.role-axis-label text"), 3), ...near(figures, 0)];
        const rules = of(chart, "g.mark-rule.role-mark line")
            .map((one) => one.getBoundingClientRect());
        const crossed = figures.filter(({box}) => rules.some((rule) =>
            rule.left > box.left && rule.left < box.right && rule.top < box.bottom
                && rule.bottom > box.top)).map(({text}) => text);
        const figure = chart.closest("figure");
        const keys = of(figure, ".key li:not([hidden])").map((one) => one.dataset.field);
        drawings[figure.id] = {width, marks, axes, legend, keys, clipped, touching, crossed};
    }
    return drawings;
}"""
