"""Visuals of the report as PBIR writes them: titles, slicers, cards, and whatever shows fields."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboards.bi.layout import Box
from dashboards.bi.powerbi.model.measures import measures
from dashboards.bi.powerbi.model.periods import CHANGES
from dashboards.bi.powerbi.report.fields import Field, Json, literal, measure, name_of, projection

SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric/item/report"
VISUAL = f"{SCHEMAS}/definition/visualContainer/2.9.0/schema.json"

Roles = Mapping[str, list[tuple[Field, str]]]
NOTHING = "-"
# What stands below a key figure: the change, as a reader says it.
REFERENCES = ("On previous period", "On year before", "Year to date")


@dataclass(frozen=True)
class Container:
    """Hold a visual and its place on a page, with the filters that are its own."""

    name: str
    box: Box
    visual: Json
    filters: tuple[Json, ...] = ()

    def json(self, order: int) -> Json:
        """Return the container as PBIR writes it, as the so-many-th of its page."""
        position = {"x": self.box.x, "y": self.box.y}
        position |= {"height": self.box.height, "width": self.box.width}
        container: Json = {
            "$schema": VISUAL,
            "name": self.name,
            "position": position | {"z": order, "tabOrder": order},
            "visual": self.visual | {"drillFilterOtherVisuals": True},
        }
        if self.filters:
            container["filterConfig"] = {"filters": self.filters}
        return container


@dataclass(frozen=True)
class Words:
    """Hold what is written at a visual, and what is read aloud of it."""

    title: str
    note: str = ""
    read_aloud: str = ""

    def json(self) -> Json:
        """Return the words as objects of the visual's container."""
        words: Json = {
            "title": [{"properties": {"show": literal(value=True), "text": literal(self.title)}}],
            "general": [{"properties": {"altText": literal(self.read_aloud or self.title)}}],
        }
        if self.note:
            properties = {"show": literal(value=True), "text": literal(self.note)}
            words["subTitle"] = [{"properties": properties | {"titleWrap": literal(value=True)}}]
        return words


def title(text: str, intro: str) -> Json:
    """Return a page's title, and what the page is about."""
    runs = [
        {"value": f"{text}  ", "textStyle": {"fontSize": "20pt", "fontWeight": "bold"}},
        {"value": intro, "textStyle": {"fontSize": "12pt"}},
    ]
    paragraphs = {"paragraphs": [{"textRuns": runs}]}
    return {"visualType": "textbox", "objects": {"general": [{"properties": paragraphs}]}}


def back() -> Json:
    """Return the button that leads back to the page that a reader came from."""
    icon = {"properties": {"shapeType": literal("back")}, "selector": {"id": "default"}}
    link = {"show": literal(value=True), "type": literal("Back")}
    return {
        "visualType": "actionButton",
        "objects": {"icon": [icon]},
        "visualContainerObjects": {
            "visualLink": [{"properties": link}],
            "general": [{"properties": {"altText": literal("Back")}}],
        },
    }


def slicer(label: str, field: Field, group: str) -> Json:
    """Return a filter of its page, which acts alike on all pages that have it."""
    return drawn("slicer", {"Values": [(field, label)]}, Words(label, "", f"Filter: {label}")) | {
        "objects": {"data": [{"properties": {"mode": literal("Dropdown")}}]},
        "syncGroup": {"groupName": group, "fieldChanges": True, "filterChanges": True},
    }


def drawn(kind: str, roles: Roles, words: Words, sort: list[Json] | None = None) -> Json:
    """Return a visual that shows fields in its roles."""
    query: Json = {
        "queryState": {
            role: {"projections": [projection(field, label) for field, label in fields]}
            for role, fields in roles.items()
        }
    }
    if sort:
        query["sortDefinition"] = {"sort": sort}
    return {"visualType": kind, "query": query, "visualContainerObjects": words.json()}


def card(label: str, words: Words) -> Json:
    """Return a key figure with its changes below, of a measure that is known over time."""
    return drawn("cardVisual", {"Data": [(measure(label), label)]}, words) | {
        "objects": {
            "label": [
                {"properties": {"show": literal(value=False)}, "selector": {"id": "default"}}
            ],
            **_references(label),
        }
    }


def _references(label: str) -> Json:
    known = {each.label for each in measures()}
    changes = [
        (f"{label} {name}", words) for (name, *_), words in zip(CHANGES, REFERENCES, strict=True)
    ]
    values, titles, blanks = [], [], []
    for order, (change, words) in enumerate(changes):
        if change not in known:
            return {}
        at: Json = {"metadata": measure(label).reference, "id": f"field-{name_of(change)}"}
        every: Json = {"data": [{"dataViewWildcard": {"matchingOption": 0}}]}
        value = {"expr": measure(change).expression()}
        values.append({"properties": {"value": value}, "selector": every | at | {"order": order}})
        text = {"titleContentType": literal("custom"), "titleText": literal(words)}
        titles.append({"properties": text, "selector": at})
        blanks.append({"properties": {"showBlankAs": literal(NOTHING)}, "selector": at})
    layout = {"position": literal("below"), "arrangement": literal("columns")}
    return {
        "referenceLabel": values,
        "referenceLabelTitle": titles,
        "referenceLabelValue": blanks,
        "referenceLabelLayout": [{"properties": layout}],
    }
