"""The one list of pages, visuals and measures that the site, Tableau and Power BI are made from.

To add a chart: an entry on its page here, and the report model that answers it unfiltered.
"""

from dashboards.catalogue.customers import CUSTOMERS
from dashboards.catalogue.kinds import (
    Aggregate,
    Column,
    Derived,
    Dimension,
    Drill,
    Filter,
    Measure,
    Page,
    Report,
    Visual,
)
from dashboards.catalogue.overview import OVERVIEW
from dashboards.catalogue.products import PRODUCTS
from dashboards.catalogue.star import (
    ALL_FILTERS,
    DIMENSIONS,
    FACT,
    FILTERS,
    JOINS,
    MEASURES,
    PAGE_FILTERS,
    RETURNS,
    STAR_MEASURES,
)
from dashboards.catalogue.time_and_place import TIME_AND_PLACE

PAGES = (OVERVIEW, PRODUCTS, CUSTOMERS, TIME_AND_PLACE)

__all__ = [
    "ALL_FILTERS",
    "DIMENSIONS",
    "FACT",
    "FILTERS",
    "JOINS",
    "MEASURES",
    "PAGES",
    "PAGE_FILTERS",
    "RETURNS",
    "STAR_MEASURES",
    "Aggregate",
    "Column",
    "Derived",
    "Dimension",
    "Drill",
    "Filter",
    "Measure",
    "Page",
    "Report",
    "Visual",
]
