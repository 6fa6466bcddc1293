"""Measure the dashboards at a million sales: make bench-dashboard.

Fills a folder of its own (BENCH_ROOT, else build/bench) with a shop of a year, publishes it once,
builds the site, and drives a headless Chromium: how long until a page can be used (all figures, and
the charts in view) and until all is drawn, how long a filter takes until its last chart is drawn,
and what is shipped.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Tab

from dashboards.catalogue import PAGES, Page
from dashboards.site.build import build
from dashboards.site.pages import cubes_of_page, file_name, filters_of
from loader.config.settings import REPOSITORY, Settings
from loader.database import server
from loader.database.fetch import fetch_value

DAY = "2026-11-22"
ROOT = Path(os.environ.get("BENCH_ROOT") or REPOSITORY / "build" / "bench").resolve()
SHOP = os.environ.get("BENCH_SHOP", "--preset large --history 250d").split()


def main() -> None:
    """Print the figures as the table of docs/dashboards.md."""
    settings = Settings(root=ROOT)
    environment = os.environ | {"SHOP_ROOT": str(ROOT)}
    os.environ["SHOP_ROOT"] = str(ROOT)
    if not _rows(settings):
        loader = [sys.executable, "-m", "loader"]
        batch = ["generate", "--date", DAY, "--landing", str(ROOT / "landing"), *SHOP]
        subprocess.run([*loader, *batch], check=True, env=environment)
        steps = ["run", "load", "build", "--date", DAY, "--landing", str(ROOT / "landing" / DAY)]
        subprocess.run([*loader, *steps], check=True, env=environment)
    if settings.cube_cache_dir.exists():
        shutil.rmtree(settings.cube_cache_dir)
    click.echo(
        f"{_rows(settings):,} sales; pages built in {_seconds(settings):.1f} s, "
        f"and where no month changed in {_seconds(settings):.1f} s"
    )
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        click.echo("| page | data | usable | all drawn | filter, median | filter, slowest |")
        click.echo("|---|---|---|---|---|---|")
        for page in PAGES:
            click.echo(_measure(browser, settings.site_dir, page))
        browser.close()


def _seconds(settings: Settings) -> float:
    started = time.monotonic()
    build(settings)
    return time.monotonic() - started


def _rows(settings: Settings) -> int:
    with closing(server.connect(settings)) as connection, connection.cursor() as cursor:
        cursor.execute("select to_regclass('mart.fct_sales') is not null")
        if not fetch_value(cursor, bool):
            return 0
        cursor.execute("select count(*) from mart.fct_sales")
        return fetch_value(cursor, int)


def _measure(browser: Browser, site: Path, page: Page) -> str:
    usable, drawn, updates = [], [], []
    for _ in range(3):
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        started = time.monotonic()
        tab.goto((site / file_name(page)).as_uri())
        tab.wait_for_selector("body[data-ready]")
        usable.append(time.monotonic() - started)
        tab.evaluate("shop.drawn")
        drawn.append(time.monotonic() - started)
        names = [each.name for each in filters_of(page) if each.name not in ("period", "country")]
        for act in (_all_time, *map(_choose, names)):
            done = tab.evaluate("shop.updates.length")
            act(tab)
            tab.wait_for_function(f"shop.updates.length > {done}")
        updates += tab.evaluate("shop.updates")
        tab.close()
    data = [f"page_{page.id}", *cubes_of_page(page)]
    shipped = sum((site / f"data/{name}.js").stat().st_size for name in data) / 1e6
    return (
        f"| {page.title} | {shipped:.1f} MB | {statistics.median(usable):.2f} s "
        f"| {statistics.median(drawn):.2f} s | {statistics.median(updates) / 1000:.2f} s "
        f"| {max(updates) / 1000:.2f} s |"
    )


def _all_time(tab: Tab) -> None:
    tab.select_option("#preset", "all")


def _choose(name: str) -> Callable[[Tab], None]:
    def choose(tab: Tab) -> None:
        tab.click(f"#choice-{name} summary")
        tab.locator(f"#choice-{name} label:visible input").nth(1).check()
        tab.keyboard.press("Escape")

    return choose


if __name__ == "__main__":
    main()
