"""The dashboards after clicks, in a real browser: each picture is that of the rows of its table."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from dashboards.catalogue import PAGES
from dashboards.catalogue import Page as CataloguePage
from expectations.dashboard_wandering import wander

SEEDS = range(5)  # a page; make interactions takes hundreds, and other shops


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.id)
def test_pictures_are_their_tables_after_every_click(
    tab: Page, site: Path, page: CataloguePage
) -> None:
    assert [wrong for seed in SEEDS for wrong in wander(tab, site, page, seed)] == []
