"""Pages show returns where a shop has some, with the reports' figures, and nowhere else."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from dashboards.catalogue import PAGES
from dashboards.catalogue.returns import ADDED
from dashboards.site.build import build
from dashboards.site.pages import file_name
from expectations.dashboard_figures import expected_rows, shown
from expectations.dashboard_pages import READ_CSV, differences, open_page, rows_of
from factories.days import TO_MART, a_return, run_well, write_batch
from loader.config.settings import Settings

TODAY = date(2025, 3, 2)


@pytest.mark.usefixtures("first_day")
def test_pages_show_returns_only_where_there_are_some(
    settings: Settings, tmp_path: Path, browser: Browser
) -> None:
    visuals = {visual.id: visual for added in ADDED.values() for visual in added}
    build(settings)
    assert [page.id for page in PAGES if found_on(settings, file_name(page), visuals)] == []

    returns = [
        a_return(1, 2, str(TODAY)),
        a_return(2, 1, str(TODAY), refund_amount="9.50", reason=""),
    ]
    run_well(str(TODAY), write_batch(tmp_path / "day", returns=returns), *TO_MART)
    build(settings)

    tab = browser.new_page(viewport={"width": 1280, "height": 2600})
    for page in PAGES:
        names = [visual.id for visual in ADDED.get(page.id, ())]
        assert found_on(settings, file_name(page), visuals) == names
        open_page(tab, settings.site_dir, file_name(page))
        tab.screenshot(path=tmp_path / f"{page.id}.png", full_page=True)
        found = tab.evaluate(READ_CSV)
        for name in names:
            expected = shown(visuals[name], expected_rows(visuals[name], {}, TODAY))
            assert differences(visuals[name], rows_of(found[name]), expected) == []
            assert len(expected) > 0


def found_on(settings: Settings, file: str, visuals: Iterable[str]) -> list[str]:
    """Return which of the visuals a page's HTML has."""
    html = (settings.site_dir / file).read_text(encoding="utf-8")
    return [name for name in visuals if f'id="{name}"' in html]
