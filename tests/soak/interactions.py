"""Somebody clicks about on the dashboards of many shops: make interactions, SEQUENCES=500."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page

from conftest import ScratchDatabase
from dashboards.catalogue import PAGES
from dashboards.catalogue import Page as CataloguePage
from dashboards.catalogue.returns import with_returns
from dashboards.site.build import build
from expectations.dashboard_wandering import wander
from factories.days import KeptShop, run_well
from factories.small_shop import TODAY, Style, deliver
from loader.config.settings import Settings

GERMANY = [
    ("Germany", "Bayern"),
    ("Germany", "Berlin"),
    ("Austria", "Tirol"),
    ("Georgia", "Imereti"),
]
AMERICA = [("United States", "Georgia"), ("United States", "Texas"), ("Canada", "Ontario")]
JAPAN = [
    ("Japan", f"Prefecture of the longest name in the world, {number}") for number in range(40)
]
STYLES = {
    "default": Style(),
    "German": Style(places=GERMANY),
    "American": Style(places=AMERICA, orders=(0, 0, 0, 0, 1)),
    "Japanese": Style(places=JAPAN, categories=["One"]),
    "one order": Style(first=TODAY, orders=(1,)),
    "400 categories": Style(categories=[f"Category {n}" for n in range(400)], products=1000),
    "returns": Style(returned=0.15),
    "three years": Style(first=date(2023, 3, 1), orders=(0, 1, 1)),
}
SETTINGS = {
    "German": {"currency": "EUR", "locale": "de-DE"},
    "American": {"currency": "USD", "locale": "en-US", "week_start": "Sunday"},
    "Japanese": {"currency": "JPY", "locale": "ja-JP"},
}
SEEDS = range(-(-int(os.environ.get("SEQUENCES", "500")) // len(PAGES) // len(STYLES)))


@pytest.fixture(scope="module", params=STYLES)
def styled_site(
    request: pytest.FixtureRequest,
    kept_shop: KeptShop,
    scratch_database: ScratchDatabase,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Path]:
    """Yield the site of a shop of another style."""
    style = STYLES[request.param]

    def fill(root: Path) -> None:
        run_well(TODAY.isoformat(), deliver(root / "batch", style), "load", "build")

    settings = Settings(root=tmp_path_factory.mktemp("styled"))
    settings = settings.model_copy(update=SETTINGS.get(request.param, {}))
    with (
        kept_shop(request.param.replace(" ", "_"), fill) as (database, _),
        pytest.MonkeyPatch.context() as patch,
        scratch_database(patch, database),
    ):
        build(settings)
        yield settings.site_dir


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.id)
def test_pictures_are_their_tables_in_every_shop(
    tab: Page, styled_site: Path, page: CataloguePage
) -> None:
    tab.context.unroute("**/*")
    if (styled_site / "data/returns.js").exists():
        page = with_returns(page)
    found = [wrong for seed in SEEDS for wrong in wander(tab, styled_site, page, seed)]
    assert found == []
