"""Draw the pages of the present site for the documentation: make screenshots."""

import base64
import shutil
import sys
from pathlib import Path

import click
from playwright.sync_api import Page, sync_playwright

from dashboards.catalogue import PAGES
from dashboards.site.pages import file_name
from loader.config.settings import REPOSITORY, load_settings

FOLDER = REPOSITORY / "docs" / "images"
LARGEST = 150_000
SIZES = {"light": (1280, 900), "dark": (1280, 900), "phone": (390, 844)}


def main() -> None:
    """Write docs/images/dashboard_<page>_<colours>.webp, each page whole, small enough for git."""
    site = load_settings().site_dir
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser")
    if not (site / "index.html").exists() or not browser_path:
        sys.exit("This needs a site (make daily) and chromium.")
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for name, (width, height) in SIZES.items():
            tab = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if name == "dark" else "light",
            ).new_page()
            for page in PAGES[:1] if name == "phone" else PAGES:
                tab.goto(f"{(site / file_name(page)).as_uri()}")
                tab.wait_for_selector("body[data-ready]")
                tab.evaluate("shop.drawn")
                _draw(tab, FOLDER / f"dashboard_{page.id}_{name}.webp")
        browser.close()


def _draw(tab: Page, path: Path) -> None:
    session = tab.context.new_cdp_session(tab)
    size = session.send("Page.getLayoutMetrics")["cssContentSize"]
    clip = {**size, "scale": 1}
    for quality in (80, 65, 50, 35):
        answer = session.send(
            "Page.captureScreenshot",
            {"format": "webp", "quality": quality, "clip": clip, "captureBeyondViewport": True},
        )
        data = base64.b64decode(answer["data"])
        if len(data) <= LARGEST:
            break
    path.write_bytes(data)
    click.echo(f"{path.relative_to(REPOSITORY)}: {len(data):,} bytes")


if __name__ == "__main__":
    main()
