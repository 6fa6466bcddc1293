"""Build the site: four pages that open from a file or a web server and ask nobody anything."""

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from psycopg2.extensions import cursor as Cursor  # noqa: N812

from dashboards.catalogue import DIMENSIONS, FACT, MEASURES, PAGES, RETURNS, Page
from dashboards.catalogue.returns import with_returns
from dashboards.cubes.cache import Months, lock
from dashboards.cubes.cubes import CELLS, CELLS_COMPARED, CUBES, Cube
from dashboards.cubes.encoding import packed, script, wrapped
from dashboards.cubes.read import Data, read
from dashboards.site.pages import (
    ASSETS,
    cubes_of_page,
    dictionaries_of_page,
    file_name,
    page_for_browser,
    page_html,
    tiles,
)
from dashboards.site.tables import Table, read_tables
from loader.atomic import atomic_folder
from loader.config.settings import REPOSITORY, Settings
from loader.database.errors import database_errors
from loader.export.changes import published_rows
from loader.export.relations import Publication, newest_publication, snapshot

SOURCES = Path(__file__).parents[1]
SUFFIXES = {".py", ".sql", ".js", ".css", ".html", ".csv"}
OTHERS = {"bi", "powerbi"}
IDENTITY = "publication.json"


@dataclass(frozen=True)
class Content:
    """Hold what the pages are made of."""

    publication: Publication
    data: Data
    tables: dict[str, Table]
    holidays: dict[str, str]
    settings: dict[str, str]


def build(settings: Settings, cells: int = CELLS, by_day: int = CELLS_COMPARED) -> Publication:
    """Write the site of the last publication to its folder, whole or not at all.

    The same mart gives the same bytes.

    Raises:
        LoaderError: nothing was published yet, or the database fails; the old site stays.
    """
    with (
        database_errors("no page was built"),
        lock(settings.cube_cache_dir),
        snapshot(settings) as cursor,
    ):
        publication = newest_publication(cursor)
        kept = Months(settings.cube_cache_dir, cursor, publication, fingerprint())
        data = read(cursor, publication, kept, cells, by_day)
        has_returns = published_rows(cursor, publication, RETURNS) > 0
        pages = tuple(map(with_returns, PAGES)) if has_returns else PAGES
        tables = read_tables(cursor, pages, publication.logical_date)
        content = Content(publication, data, tables, _holidays(cursor, data), _shop(settings))
        with atomic_folder(settings.site_dir) as aside:
            _write_assets(aside, settings.site_dir)
            for cube in CUBES if has_returns else (cube for cube in CUBES if cube.fact == FACT):
                _write_cube(aside, cube, data)
            for page in pages:
                _write_page(aside, page, content)
            _write(aside / IDENTITY, _identity(publication, settings))
    return publication


def _write_cube(folder: Path, cube: Cube, data: Data) -> None:
    """Write a cube's cells, a line each month: no more than a month is held in memory."""
    path = folder / f"data/{cube.name}.js"
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.write(f"shop.take({json.dumps(f'cube_{cube.name}')}, [\n")
        for cells in data.cells(cube):
            file.write(f"{cells},\n")
        file.write("]);\n")


def build_if_needed(settings: Settings) -> bool:
    """Build the site unless it shows the last publication already; say whether it was built.

    Raises:
        LoaderError: nothing was published yet, or the database fails; the old site stays.
    """
    with database_errors("no page was built"), snapshot(settings) as cursor:
        publication = newest_publication(cursor)
    written = settings.site_dir / IDENTITY
    if written.exists() and written.read_text(encoding="utf-8") == _identity(publication, settings):
        return False
    build(settings)
    return True


def _identity(publication: Publication, settings: Settings) -> str:
    """Return what the site says of itself: what it shows, and what it was made with."""
    made = {"made_with": fingerprint(), "shop": _shop(settings)}
    return json.dumps(asdict(publication) | made, default=str) + "\n"


def _holidays(cursor: Cursor, data: Data) -> dict[str, str]:
    cursor.execute(
        "select full_date::text, holiday_name from mart.dim_dates"
        " where holiday_name is not null and year_month between %s and %s order by full_date",
        (data.calendar.names[0], data.calendar.names[-1]),
    )
    return dict(cursor.fetchall())


def _shop(settings: Settings) -> dict[str, str]:
    """Return what the shop is called, and how it writes money and numbers."""
    return settings.model_dump(include={"name", "currency", "locale", "week_start"})


def _calendar(content: Content) -> dict[str, object]:
    """Return the months, and which of them are not fully known."""
    calendar = content.data.calendar
    return {
        "months": calendar.names,
        "open_month": calendar.this_month + (not calendar.is_open),
        "first_sale": calendar.first.isoformat(),
        "is_cut": calendar.is_cut,
        "last_sale": calendar.last.isoformat(),
        "today": calendar.today.isoformat(),
        "first_days": [(month - calendar.months[0]).days for month in calendar.months],
        "holidays": content.holidays,
    }


def _write_page(folder: Path, page: Page, content: Content) -> None:
    dictionaries = dictionaries_of_page(page, content.data)
    by_value = content.data.customers_by_value if "customer" in dictionaries else []
    values = {
        "page": page_for_browser(page, content.data, content.settings),
        "data": packed(
            {
                "calendar": _calendar(content),
                "dictionaries": dictionaries,
                "customers_by_value": by_value,
                "tables": {
                    visual.relation: content.tables[visual.relation]
                    for visual in page.visuals
                    if visual.relation
                },
                "tiles": tiles(content.data),
            }
        ),
    }
    _write(folder / f"data/page_{page.id}.js", "".join(script(*item) for item in values.items()))
    scripts = ["assets/vega.js", "assets/site.js", f"assets/charts_{page.id}.js"]
    scripts += [f"data/page_{page.id}.js"]
    scripts += [f"data/{name}.js" for name in cubes_of_page(page)]
    _write(
        folder / file_name(page), page_html(page, content.publication, content.settings, scripts)
    )


def _write_assets(folder: Path, previous: Path) -> None:
    """Write what depends on the code alone: style, script, Vega and charts; copied where it can be.

    Charts and Vega take seconds to make, which a night need not spend.
    """
    if _made_with(previous) == fingerprint():
        shutil.copytree(previous / "assets", folder / "assets")
        return
    _write(folder / "assets/style.css", (ASSETS / "style.css").read_text(encoding="utf-8"))
    parts = [path.read_text(encoding="utf-8") for path in sorted(ASSETS.glob("*.js"))]
    _write(folder / "assets/site.js", wrapped("".join(parts)))
    draw(folder / "assets")


def draw(folder: Path) -> None:
    """Write Vega and the charts: in a process of its own, since Vega takes 200 MB."""
    command = [sys.executable, "-m", "dashboards.charts", str(folder)]
    subprocess.run(command, check=True, cwd=REPOSITORY)


def _made_with(site: Path) -> str:
    written = site / IDENTITY
    return json.loads(written.read_text(encoding="utf-8"))["made_with"] if written.exists() else ""


@cache
def fingerprint() -> str:
    """Return a sum of all that the site is made with."""
    libraries = f"{version('altair')} {version('vl-convert-python')}"
    declared_in_dbt = repr((DIMENSIONS, MEASURES))
    digest = hashlib.sha256((libraries + declared_in_dbt).encode())
    for path in sorted(SOURCES.rglob("*")):
        if path.suffix in SUFFIXES and not OTHERS & set(path.relative_to(SOURCES).parts):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
