"""The catalogue is complete, and dbt's exposures name what it reads."""

import re
from dataclasses import replace

import pytest
import yaml

from dashboards.bi.sheets import sheet
from dashboards.catalogue import (
    ALL_FILTERS,
    DIMENSIONS,
    MEASURES,
    PAGE_FILTERS,
    PAGES,
    STAR_MEASURES,
    Aggregate,
    Derived,
    Page,
    Visual,
)
from dashboards.catalogue.metrics import measure_of
from dashboards.catalogue.queries import facts, relations
from dashboards.catalogue.returns import with_returns
from dashboards.charts import KINDS, OWN, specification
from dashboards.cubes.cubes import cubes_of, source
from dashboards.site.build import fingerprint
from dashboards.site.drill import columns
from dashboards.site.pages import cubes_of_page, file_name
from loader.config.settings import REPOSITORY

MODELS = REPOSITORY / "dbt_project" / "models"
REVENUE = Aggregate("sum", "fct_sales", "revenue_amount")
VISUALS = [
    visual
    for page in map(with_returns, PAGES)
    for visual in (*page.visuals, *(page.drill.visuals if page.drill else ()))
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.id)
def test_exposure_names_what_the_page_reads(page: Page) -> None:
    exposures = yaml.safe_load((MODELS / "_exposures.yml").read_text())["exposures"]
    [exposure] = [one for one in exposures if one["name"] == f"dashboard_{page.id}"]
    read = sorted(relations(with_returns(page)))
    assert exposure["depends_on"] == [f"ref('{name}')" for name in read]
    assert exposure["label"] == f"Dashboard: {page.title}"
    assert exposure["description"].startswith(page.intro)
    assert exposure["url"].endswith("/" if page is PAGES[0] else f"/{file_name(page)}")


def test_ids_are_unique_and_every_field_is_defined() -> None:
    assert len({visual.id for visual in VISUALS}) == len(VISUALS) >= 20
    for visual in VISUALS:
        assert set(visual.dimensions) <= DIMENSIONS.keys(), visual.id
        assert set(visual.measures) <= MEASURES.keys(), visual.id
        names = {*visual.dimensions, *visual.measures, *(one.name for one in visual.derived)}
        names |= {column.name for column in visual.columns}
        assert {field.lstrip("-") for field in visual.sort} <= names, visual.id
        if visual.report:
            assert {field for field, _ in visual.report.columns} <= names, visual.id


def test_visual_has_a_question_and_a_title_of_its_own() -> None:
    assert [visual.id for visual in VISUALS if not visual.question.endswith("?")] == []
    titles = [visual.title for page in PAGES for visual in page.visuals]
    titles += [page.title for page in PAGES]
    assert len(set(titles)) == len(titles)  # Tableau's sheets and dashboards have them as names
    for page in map(with_returns, PAGES):
        assert len({visual.title.lower() for visual in page.visuals}) == len(page.visuals)


def test_title_is_the_name_of_a_sheet_of_excel() -> None:
    for visual in (visual for page in map(with_returns, PAGES) for visual in page.visuals):
        assert re.fullmatch(r"[^'\[\]:*?/\\]{1,31}", visual.title), visual.title


def test_sum_beside_a_count_comes_from_the_cube_that_counts() -> None:
    [customers] = [page for page in PAGES if page.id == "customers"]
    assert cubes_of_page(customers) == ["customer_orders", "activity"]


def test_one_product_or_customer_is_shown_from_what_its_page_ships() -> None:
    drills = [(page, page.drill) for page in map(with_returns, PAGES) if page.drill]
    assert [drill.of for _, drill in drills] == ["product_id", "customer_id"]
    for page, drill in drills:
        own = {each.name for each in PAGE_FILTERS.get(page.id, ())}
        for visual in drill.visuals:
            assert cubes_of(visual) <= set(cubes_of_page(page)), visual.id
            assert set(visual.filters) == {*Visual.filters, *own, drill.of}, visual.id


def test_every_visual_of_a_page_follows_the_filters_of_the_page() -> None:
    assert PAGE_FILTERS.keys() <= {page.id for page in PAGES}
    of_pages = ALL_FILTERS.keys() - set(Visual.filters)
    for page in map(with_returns, PAGES):
        own = {each.name for each in PAGE_FILTERS.get(page.id, ())}
        for visual in page.visuals:
            assert set(visual.filters) & of_pages == own, visual.id


def test_list_that_is_cut_is_chosen_by_columns_of_its_query() -> None:
    for visual in VISUALS:
        if facts(visual) and visual.limit:
            assert columns().keys() & set(visual.dimensions), visual.id


def test_every_visual_has_a_chart_or_is_figures_itself() -> None:
    for visual in VISUALS:
        if visual.kind in ("figure", "table"):
            continue
        assert visual.kind in KINDS
        assert specification(visual)["width"] == "container"
    assert set(OWN) <= {visual.id for visual in VISUALS}


def test_figure_that_no_cube_holds_is_refused() -> None:
    with pytest.raises(LookupError, match="no cube has"):
        source(Aggregate("sum", "fct_sales", "cost_amount"), ("day",))


def test_metric_that_is_no_ratio_is_refused() -> None:
    metric = {"name": "net", "label": "Net", "description": "", "config": {"meta": {"format": ""}}}
    for expression in ("revenue - cost", "coalesce(revenue, 0) - coalesce(tax, 0)", "revenue * 2"):
        declared = metric | {"type_params": {"expr": expression}}
        with pytest.raises(ValueError, match="metric net is no ratio, "):
            measure_of(declared, {"revenue": REVENUE, "cost": REVENUE})


def test_star_has_no_measure_of_returns() -> None:
    assert STAR_MEASURES.keys() < MEASURES.keys()
    of_returns = {"returns", "units_returned", "lost_profit", "net_sales", "return_rate_pct"}
    assert MEASURES.keys() - STAR_MEASURES.keys() == of_returns | {"profit_after_returns"}


def test_changed_metric_makes_the_pages_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint.__wrapped__()
    monkeypatch.setitem(MEASURES, "units", replace(MEASURES["units"], label="Pieces"))
    assert fingerprint.__wrapped__() != before


def test_sheet_that_takes_more_than_grouping_needs_a_report() -> None:
    visual = Visual("curve", "", "", "pareto", derived=(Derived("a", "A", "abc_class", "revenue"),))
    with pytest.raises(LookupError, match=r"curve .* names no report"):
        sheet(visual)
