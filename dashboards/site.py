"""Build the site: four pages that open from a file or a web server and ask nobody anything."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp

import yaml
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from dashboards.catalogue import PAGES, Page
from dashboards.charts import specifications, vega_bundle
from dashboards.cubes import CELLS, CUBES
from dashboards.encoding import encode, script
from dashboards.pages import (
    ASSETS,
    cubes_of_page,
    dictionaries_of_page,
    file_name,
    page_for_browser,
    page_html,
    tiles,
)
from dashboards.reading import Data, Edition, read
from dashboards.tables import read_tables
from loader import server
from loader.errors import LoaderError
from loader.ops import database_errors
from loader.settings import Settings

SOURCES = Path(__file__).parent
EDITION = "edition.json"

LAST_PUBLICATION = """
select
    publications.publication_id,
    publications.logical_date,
    coalesce(invocations.run_id, invocations.invocation_id, 'by hand')
from ops.publications as publications
left join ops.invocations as invocations
    on publications.invocation_id = invocations.invocation_id
order by publications.publication_id desc
limit 1
"""


@dataclass(frozen=True)
class Content:
    """Hold what the pages are made of."""

    edition: Edition
    data: Data
    tables: dict[str, dict]
    holidays: dict[str, str]
    settings: dict[str, str]


def build(settings: Settings, cells: int = CELLS) -> Edition:
    """Write the site of the last publication to its folder, whole or not at all.

    The same mart gives the same bytes.

    Raises:
        LoaderError: nothing was published yet, or the database fails; the old site stays.
    """
    with database_errors("no page was built"), _snapshot(settings) as cursor:
        edition = last_edition(cursor)
        data = read(cursor, edition, cells)
        tables = read_tables(cursor, PAGES, edition.logical_date)
        content = Content(edition, data, tables, _holidays(cursor, data), _shop(settings))
    with _aside(settings.site_dir) as aside:
        _write_assets(aside, settings.site_dir)
        for cube in CUBES:
            _write(
                aside / f"data/{cube.name}.js",
                script(f"cube_{cube.name}", encode(data.cubes[cube.name])),
            )
        for page in PAGES:
            _write_page(aside, page, content)
        _write(aside / EDITION, _edition_text(edition))
    return edition


def build_if_needed(settings: Settings) -> bool:
    """Build the site unless it shows the last publication already; say whether it was built.

    Raises:
        LoaderError: nothing was published yet, or the database fails; the old site stays.
    """
    with database_errors("no page was built"), _snapshot(settings) as cursor:
        edition = last_edition(cursor)
    written = settings.site_dir / EDITION
    if written.exists() and written.read_text(encoding="utf-8") == _edition_text(edition):
        return False
    build(settings)
    return True


def _edition_text(edition: Edition) -> str:
    """Return what the site says of itself: what it shows, and a sum of what it was made with."""
    digest = hashlib.sha256()
    for path in sorted(SOURCES.rglob("*")):
        if path.suffix in {".py", ".js", ".css", ".html", ".csv"} and "site" not in path.parts:
            digest.update(path.read_bytes())
    return json.dumps(asdict(edition) | {"made_with": digest.hexdigest()}, default=str) + "\n"


def last_edition(cursor: Cursor) -> Edition:
    """Return what was published last.

    Raises:
        LoaderError: nothing was.
    """
    cursor.execute("select to_regclass('ops.publications') is not null")
    if cursor.fetchone()[0]:
        cursor.execute(LAST_PUBLICATION)
        row = cursor.fetchone()
        if row:
            return Edition(*row)
    raise LoaderError("nothing was published yet, so there is nothing to show; run the build first")


@contextmanager
def _snapshot(settings: Settings) -> Iterator[Cursor]:
    """Give a cursor that sees the database as of one moment; it may make temporary tables."""
    with closing(server.connect(settings)) as connection:
        connection.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ)
        with connection, connection.cursor() as cursor:
            yield cursor


def _holidays(cursor: Cursor, data: Data) -> dict[str, str]:
    cursor.execute(
        "select full_date::text, holiday_name from mart.dim_dates"
        " where holiday_name is not null and year_month between %s and %s order by full_date",
        (data.months[0], data.months[-1]),
    )
    return dict(cursor.fetchall())


def _shop(settings: Settings) -> dict[str, str]:
    """Return how the shop writes money and numbers: variables of the dbt project."""
    project = yaml.safe_load((settings.dbt_dir / "dbt_project.yml").read_text(encoding="utf-8"))
    return {"currency": project["vars"]["currency_code"], "locale": project["vars"]["locale"]}


def _calendar(content: Content) -> dict[str, object]:
    """Return the months, and which of them are not fully known."""
    data, today = content.data, content.edition.logical_date
    this_month = data.months.index(f"{today:%Y-%m}")
    is_over = not content.data.is_open
    return {
        "months": data.months,
        "first_full_month": data.first_full_month,
        "open_month": this_month + 1 if is_over else this_month,
        "holidays": content.holidays,
    }


def _write_page(folder: Path, page: Page, content: Content) -> None:
    values = {
        "page": page_for_browser(page, content.data, content.settings),
        "specs": specifications(page),
        "data": {
            "calendar": _calendar(content),
            "dictionaries": dictionaries_of_page(page, content.data),
            "tables": {
                visual.relation: content.tables[visual.relation]
                for visual in page.visuals
                if visual.relation
            },
            "tiles": tiles(content.data),
        },
    }
    _write(folder / f"data/page_{page.id}.js", "".join(script(*item) for item in values.items()))
    scripts = ["assets/vega.js", "assets/site.js", f"data/page_{page.id}.js"]
    scripts += [f"data/{name}.js" for name in cubes_of_page(page)]
    _write(folder / file_name(page), page_html(page, content.edition, scripts))


def _write_assets(folder: Path, former: Path) -> None:
    """Write the style sheet, our script, and Vega, which is bundled anew only for a new version."""
    _write(folder / "assets/style.css", (ASSETS / "style.css").read_text(encoding="utf-8"))
    parts = [path.read_text(encoding="utf-8") for path in sorted(ASSETS.glob("*.js"))]
    _write(folder / "assets/site.js", _wrapped("".join(parts)))
    mark = f"// Vega, bundled by vl-convert-python {version('vl-convert-python')}\n"
    old = former / "assets/vega.js"
    if old.exists() and old.read_text(encoding="utf-8").startswith(mark):
        shutil.copyfile(old, folder / "assets/vega.js")
    else:
        _write(folder / "assets/vega.js", mark + _wrapped(vega_bundle()))


def _wrapped(code: str) -> str:
    """Keep a classic script's names to itself: modules cannot be loaded from a file."""
    return f'(() => {{\n"use strict";\n{code}\n}})();\n'


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """Give a folder to write to, and put it in the target's place when all is written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for leftover in target.parent.glob(f".{target.name}-*"):
        shutil.rmtree(leftover)
    aside = Path(mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        new, old = aside / "new", aside / "old"
        new.mkdir()
        yield new
        if target.exists():
            os.rename(target, old)  # noqa: PTH104
        os.rename(new, target)  # noqa: PTH104
    finally:
        shutil.rmtree(aside)
