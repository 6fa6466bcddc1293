"""What a page of the site holds: its visuals as the browser reads them, and its HTML."""

import csv
import html
from dataclasses import asdict
from pathlib import Path
from string import Template
from typing import NamedTuple

from dashboards.catalogue import (
    DIMENSIONS,
    FILTERS,
    MEASURES,
    PAGE_FILTERS,
    PAGES,
    Dimension,
    Drill,
    Filter,
    Measure,
    Page,
    Visual,
)
from dashboards.catalogue.queries import facts
from dashboards.cubes.cubes import CODES, CUBES, asked_of, cubes_of, numerator, source
from dashboards.cubes.dictionary import Dictionary
from dashboards.cubes.read import Data
from dashboards.site.cards import cards, dialog
from dashboards.site.drill import QUERIES, columns, facts_of
from loader.export.relations import Publication

ASSETS = Path(__file__).with_name("assets")
TILES = Path(__file__).with_name("tiles.csv")
# What the filters of every page choose from.
FILTER_CODES = {"part", "place", "payment_method", "category"}

Json = dict[str, object]


class Tile(NamedTuple):
    """Place a state on the map."""

    country: str
    state: str
    code: str
    column: int
    row: int


def visual_for_browser(visual: Visual, week_start: str) -> Json:
    """Return a visual with its dimensions and measures, and how each measure is computed."""
    return {
        "id": visual.id,
        "title": visual.title,
        "question": visual.question,
        "kind": visual.kind,
        "filters": visual.filters,
        "period": visual.period,
        "sort": visual.sort,
        "limit": visual.limit,
        "line": visual.line,
        "note": visual.note,
        "relation": visual.relation,
        "columns": [asdict(column) for column in visual.columns],
        "dimensions": [_dimension(DIMENSIONS[name], week_start) for name in visual.dimensions],
        "measures": [_measure(MEASURES[name], visual) for name in visual.measures],
        "derived": [asdict(derived) for derived in visual.derived],
        "facts": facts(visual),
    }


def _dimension(dimension: Dimension, week_start: str) -> Json:
    names = ("name", "label", "format")
    return {name: getattr(dimension, name) for name in names} | {
        "values": dimension.values_from(week_start)
    }


def _measure(measure: Measure, visual: Visual) -> Json:
    divisor = measure.denominator
    return {
        "name": measure.name,
        "label": measure.label,
        "format": measure.format,
        "scale": measure.scale,
        "numerator": numerator(measure, asked_of(visual)),
        "denominator": source(divisor, asked_of(visual)) if divisor else None,
    }


def filters_of(page: Page) -> tuple[Filter, ...]:
    """Return the filters that a page offers."""
    return (*FILTERS, *PAGE_FILTERS.get(page.id, ()))


def cubes_of_page(page: Page) -> list[str]:
    """Return the cubes that a page needs, in one order."""
    wanted = set().union(*(cubes_of(visual) for visual in page.visuals))
    return [cube.name for cube in CUBES if cube.name in wanted]


def page_for_browser(page: Page, data: Data, settings: dict[str, str]) -> Json:
    """Return what the script of a page is told: visuals, filters, cubes and how to write."""
    codes = {cube.name: cube.codes for cube in CUBES}
    week_start = settings["week_start"]
    return {
        "id": page.id,
        "settings": settings,
        "visuals": [visual_for_browser(visual, week_start) for visual in page.visuals],
        "drill": _drill(page.drill, week_start) if page.drill else None,
        "queries": QUERIES,
        "columns": columns(),
        "filters": [
            asdict(each) | {"is_of_page": each not in FILTERS} for each in filters_of(page)
        ],
        "cubes": [
            {
                "name": name,
                "codes": codes[name],
                "first_month": data.first_months[name],
                "months_by_day": data.months_by_day[name],
            }
            for name in cubes_of_page(page)
        ],
    }


def _drill(drill: Drill, week_start: str) -> Json:
    return {
        "of": drill.of,
        "label": DIMENSIONS[drill.of].label,
        "name": drill.name,
        "facts": facts_of(drill),
        "last": drill.last,
        "visuals": [visual_for_browser(visual, week_start) for visual in drill.visuals],
    }


def dictionaries_of_page(page: Page, data: Data) -> dict[str, Dictionary]:
    """Return the dictionaries of the codes that a page's cubes and filters use."""
    used = {code for cube in CUBES if cube.name in cubes_of_page(page) for code in cube.codes}
    return {code: data.dictionaries[code] for code in CODES if code in used | FILTER_CODES}


def tiles(data: Data) -> list[Tile]:
    """Return the tiles of the map, of countries that customers live in."""
    with TILES.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    countries = set(data.dictionaries["place"]["country"])
    return [
        Tile(row["country"], row["state"], row["code"], int(row["column"]), int(row["row"]))
        for row in rows
        if row["country"] in countries
    ]


def page_html(
    page: Page, publication: Publication, settings: dict[str, str], scripts: list[str]
) -> str:
    """Return the HTML of a page: everything but the figures, which its script fills in."""
    template = Template((ASSETS / "page.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=html.escape(f"{page.title} · {publication.logical_date}"),
        shop=html.escape(settings["name"]),
        currency=settings["currency"],
        heading=html.escape(page.title),
        intro=html.escape(page.intro),
        scripts="\n".join(f'<script defer src="{path}"></script>' for path in scripts),
        links="".join(_link(other, page) for other in PAGES),
        choices="\n  ".join(
            _choice(each.name, each.label) for each in filters_of(page) if each.name != "period"
        ),
        figures=cards(page.visuals),
        drill=dialog(page.drill) if page.drill else "",
        publication=publication.publication_id,
        day=publication.logical_date.isoformat(),
        written_day=f"{publication.logical_date.day} {publication.logical_date:%B %Y}",
        run=html.escape(publication.run_id or "by hand"),
    )


def file_name(page: Page) -> str:
    """Return the name of a page's file; the first page is what a web server shows by itself."""
    return "index.html" if page.id == PAGES[0].id else f"{page.id}.html"


def _link(other: Page, page: Page) -> str:
    current = ' aria-current="page"' if other.id == page.id else ""
    return f'<a href="{file_name(other)}"{current}>{html.escape(other.title)}</a>'


def _choice(name: str, label: str) -> str:
    return (
        f'<details class="choice" id="choice-{name}"><summary>{html.escape(label)}</summary>'
        f"<fieldset><legend>{html.escape(label)}</legend></fieldset></details>"
    )
