"""The layout of a page on a phone: one column, filters side by side, key figures first."""

from itertools import batched, groupby

from dashboards.bi.powerbi.report.fields import Json
from dashboards.bi.powerbi.report.visuals import SCHEMAS, Container

MOBILE = f"{SCHEMAS}/definition/visualContainerMobileState/2.4.0/schema.json"
WIDTH, GAP = 324, 8
# Height, and how many stand in a row.
SIZES = {"actionButton": (40, 4), "textbox": (96, 1), "slicer": (72, 2), "cardVisual": (128, 1)}
CHART = (260, 1)


def mobile_states(containers: list[Container]) -> dict[str, Json]:
    """Return the place of each visual on a phone's page, by the visual's name."""
    states: dict[str, Json] = {}
    top = 0
    for kind, alike in groupby(containers, key=lambda each: str(each.visual["visualType"])):
        height, count = SIZES.get(kind, CHART)
        width = (WIDTH - GAP * (count - 1)) // count
        for row in batched(alike, count):
            for number, container in enumerate(row):
                place = {"x": number * (width + GAP), "y": top, "height": height, "width": width}
                order = {"z": len(states), "tabOrder": len(states)}
                states[container.name] = {"$schema": MOBILE, "position": place | order}
            top += height + GAP
    return states
