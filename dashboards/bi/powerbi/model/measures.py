"""All measures of the model, in DAX: the metrics that dbt declares, shares, and other periods."""

from dashboards.bi.powerbi.model.dax import DaxMeasure, measure_dax, share_dax
from dashboards.bi.powerbi.model.periods import compared, dates
from dashboards.bi.sheets import sheets
from dashboards.catalogue import MEASURES, PAGES, RETURNS, STAR_MEASURES, Derived


def measures() -> list[DaxMeasure]:
    """Return all measures, in the order of the list of metrics."""
    base = [*_declared(), *_shares()]
    shown = set(_on_tiles())
    shown |= {of.label for of in MEASURES.values() if {RETURNS} < of.relations}
    over_time = [each for of in base if of.label in shown for each in compared(of)]
    return [*base, *over_time, *dates()]


def shares() -> dict[str, Derived]:
    """Return the shares that visuals of the star show, by label."""
    return {
        derived.label: derived
        for page in PAGES
        for sheet in sheets(page)
        if sheet.is_of_star
        for derived in sheet.visual.derived
        if derived.rule == "share"
    }


def _declared() -> list[DaxMeasure]:
    of_returns = [of for of in MEASURES.values() if RETURNS in of.relations]
    return [
        DaxMeasure(of.label, measure_dax(of), of.format, of.definition, folder)
        for folder, measures_ in (("Sales", STAR_MEASURES.values()), ("Returns", of_returns))
        for of in measures_
    ]


def _shares() -> list[DaxMeasure]:
    return [
        DaxMeasure(
            label,
            share_dax(derived),
            "percent",
            f"Percent of {MEASURES[derived.of].label.lower()} over all that is selected.",
            "Shares",
        )
        for label, derived in shares().items()
    ]


def _on_tiles() -> list[str]:
    """Return the labels of the pages' key figures."""
    every = [sheet for page in PAGES for sheet in sheets(page)]
    figures = [sheet for sheet in every if sheet.visual.kind == "figure" and sheet.is_of_star]
    return [measure.label for sheet in figures for measure in sheet.measures]
