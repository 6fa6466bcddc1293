"""Fixtures of tests that open the dashboards: a site of the small shop, and a browser."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, ViewportSize, sync_playwright

from conftest import ScratchDatabase
from dashboards.site.build import build
from expectations.dashboard_pages import VERSIONS
from factories.days import execute
from loader.config.settings import Settings

DESKTOP = ViewportSize(width=1280, height=900)


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield monkeypatch


@pytest.fixture(scope="module")
def shop_of_site(small_shop: tuple[str, Path]) -> tuple[str, Path]:
    """Return the shop whose site is built; a module may name another."""
    return small_shop


@pytest.fixture(scope="module")
def changes_of_shop() -> str:
    """Return SQL that changes the shop before; a module may have other changes."""
    return VERSIONS


@pytest.fixture(scope="module")
def site(
    shop_of_site: tuple[str, Path],
    changes_of_shop: str,
    scratch_database: ScratchDatabase,
    patch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Path]:
    """Yield the folder of a shop's site, while its database is there to be asked."""
    settings = Settings(root=tmp_path_factory.mktemp("site"))
    with scratch_database(patch, shop_of_site[0]):
        execute(changes_of_shop)
        build(settings)
        yield settings.site_dir


@pytest.fixture
def bundled(site: Path, tmp_path: Path) -> Settings:
    """Return settings of a folder that has charts and Vega already: they take seconds."""
    settings = Settings(root=tmp_path)
    shutil.copytree(site, settings.site_dir)
    return settings


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def tab(browser: Browser, site: Path) -> Iterator[Page]:
    """Yield a page that may read the site's files and nothing else, and must not complain."""
    with closing(browser.new_context(viewport=DESKTOP, timezone_id="Asia/Kolkata")) as context:
        page = context.new_page()
        refused: list[str] = []
        complaints: list[str] = []

        def answer(route: Route) -> None:
            if route.request.url.startswith(f"file://{site}/"):
                route.continue_()
            else:
                refused.append(route.request.url)
                route.abort()

        context.route("**/*", answer)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        assert refused == []
        assert complaints == []
