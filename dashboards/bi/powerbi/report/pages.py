"""The report's pages: the catalogue's, and those that Power BI has besides.

These are net sales and returns (a model has both facts), a product and a customer that a reader
drills through to, and what a chart shows where a reader points.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from dashboards.bi.layout import GAP, HEAD, MARGIN, SHEET_HEIGHT, WIDTH, Box, place
from dashboards.bi.powerbi.model.dax import column_of
from dashboards.bi.powerbi.report.fields import Field, Json, column, filter_column, measure, name_of
from dashboards.bi.powerbi.report.sheet import TOLD, TOOLTIP, sheet_container
from dashboards.bi.powerbi.report.visuals import (
    SCHEMAS,
    Container,
    Roles,
    Words,
    back,
    card,
    drawn,
    slicer,
    title,
)
from dashboards.bi.sheets import sheets
from dashboards.catalogue import DIMENSIONS, FILTERS, PAGES, Page

PAGE = f"{SCHEMAS}/definition/page/2.1.0/schema.json"
CARD_HEIGHT, BUTTON, TOOLTIP_SIZE = 148, 40, (320, 240)


@dataclass(frozen=True)
class ReportPage:
    """Hold a page of the report: its size, what it is for, and what stands on it."""

    id: str
    title: str
    containers: list[Container]
    height: int
    width: int = WIDTH
    settings: Json = field(default_factory=dict)

    def json(self) -> Json:
        """Return the page as PBIR writes it, without its visuals."""
        return {
            "$schema": PAGE,
            "name": self.id,
            "displayName": self.title,
            "displayOption": "FitToWidth" if self.width == WIDTH else "ActualSize",
            "height": self.height,
            "width": self.width,
            **self.settings,
        }


@dataclass(frozen=True)
class Chart:
    """Describe a visual of a page that the catalogue has not: groups, and measures by label."""

    id: str
    title: str
    kind: str
    groups: tuple[Field, ...]
    labels: tuple[str, ...]

    @property
    def roles(self) -> Roles:
        """Return the fields of each role."""
        groups = [(group, group.name) for group in self.groups]
        figures = [(measure(label), label) for label in self.labels]
        if self.kind == "tableEx":
            return {"Values": groups + figures}
        return {"Category": groups, "Y": figures}


@dataclass(frozen=True)
class Extra:
    """Describe a page that the catalogue has not; `subject` are the fields it is drilled by."""

    id: str
    title: str
    intro: str
    figures: tuple[str, ...]
    charts: tuple[Chart, ...]
    subject: tuple[Field, ...] = ()


def _of(name: str) -> Field:
    return column(*column_of(DIMENSIONS[name]))


MONTH, CATEGORY = _of("month"), _of("category")
NET = ("Gross", "Discount", "Returns", "Net sales", "Return rate", "Profit after returns")
ORDER = (column("fct_sales", "transaction_id"), column("dim_dates", "full_date"))
NET_SALES = Extra(
    "net_sales",
    "Net sales and returns",
    "What is left of the sales when goods come back? A return counts on its own day.",
    ("Net sales", "Return rate", "Profit after returns"),
    (
        Chart("net_sales_by_month", "Net sales by month", "tableEx", (MONTH,), NET),
        Chart("net_sales_by_category", "Net sales by category", "tableEx", (CATEGORY,), NET),
    ),
)
PRODUCT = Extra(
    "product",
    "One product",
    "How does it sell, where, and what comes back? Drilled through to from any product.",
    ("Revenue", "Units", "Net sales", "Return rate"),
    (
        Chart(
            "product_listed",
            "Product",
            "tableEx",
            (_of("product_id"), _of("product_name"), _of("product_category")),
            ("Revenue", "Units", "Average price", *NET[-3:]),
        ),
        Chart(
            "product_by_month",
            "Revenue over time",
            "lineChart",
            (MONTH,),
            ("Revenue", "Revenue year before"),
        ),
        Chart(
            "product_by_state",
            "Revenue by state",
            "clusteredBarChart",
            (column("dim_customers", "place"),),
            TOLD[:1],
        ),
    ),
    (column("rpt_product_profitability", "product"), _of("product_id"), _of("product_name")),
)
CUSTOMER = Extra(
    "customer",
    "One customer",
    "What was bought, when, and what came back? Drilled through to from any customer.",
    ("Revenue", "Orders", "Average order value", "Net sales"),
    (
        Chart(
            "customer_listed",
            "Customer",
            "tableEx",
            (_of("customer_id"), _of("full_name")),
            ("Revenue", "Orders", "Lifetime value", "Lifetime orders", *NET[-3:]),
        ),
        Chart(
            "customer_by_month",
            "Revenue over time",
            "lineChart",
            (MONTH,),
            ("Revenue", "Revenue year before"),
        ),
        Chart(
            "customer_orders",
            "Orders and what was in them",
            "tableEx",
            (*ORDER, column("dim_products", "product_name")),
            ("Units", "Revenue"),
        ),
    ),
    (_of("customer_id"), _of("full_name")),
)


def pages() -> list[ReportPage]:
    """Return all pages in the order of their tabs."""
    catalogued = [_catalogued(page) for page in PAGES]
    return [*catalogued, *map(_extra, (NET_SALES, PRODUCT, CUSTOMER)), _tooltip()]


def _catalogued(page: Page) -> ReportPage:
    every = sheets(page)
    boxes, height = place(every, CARD_HEIGHT)
    containers = [*_head(page.id, page.title, page.intro)]
    containers += [sheet_container(*each) for each in zip(every, boxes, strict=True)]
    return ReportPage(page.id, page.title, containers, height)


def _head(page: str, text: str, intro: str, *, can_go_back: bool = False) -> Iterator[Container]:
    """Yield what a page begins with: title and slicers, and the way back from where it leads."""
    box = HEAD.title
    if can_go_back:
        button = Box(box.x, box.y + (box.height - BUTTON) // 2, BUTTON, BUTTON)
        yield Container(name_of(f"{page}.back"), button, back())
        box = replace(box, x=box.x + BUTTON + GAP, width=box.width - BUTTON - GAP)
    yield Container(name_of(f"{page}.title"), box, title(text, intro))
    for place_, of in zip(HEAD.filters, FILTERS, strict=True):
        drawn_slicer = slicer(of.label, filter_column(of), of.name)
        yield Container(name_of(f"{page}.{of.name}"), place_, drawn_slicer)


def _extra(page: Extra) -> ReportPage:
    containers = [*_head(page.id, page.title, page.intro, can_go_back=bool(page.subject))]
    top = HEAD.filters[0].y + HEAD.filters[0].height + GAP
    for label, box in zip(page.figures, _row(top, CARD_HEIGHT, len(page.figures)), strict=True):
        containers.append(Container(name_of(page.id, label), box, card(label, Words(label))))
    top += CARD_HEIGHT + GAP
    for chart in page.charts:
        (box,) = _row(top, SHEET_HEIGHT, 1)
        visual = drawn(chart.kind, chart.roles, Words(chart.title))
        containers.append(Container(name_of(chart.id), box, visual))
        top += SHEET_HEIGHT + GAP
    settings = _drilled(page) if page.subject else {}
    return ReportPage(page.id, page.title, containers, top - GAP + MARGIN, settings=settings)


def _row(top: int, height: int, count: int) -> list[Box]:
    width = (WIDTH - 2 * MARGIN - GAP * (count - 1)) // count
    return [Box(MARGIN + at * (width + GAP), top, width, height) for at in range(count)]


def _drilled(page: Extra) -> Json:
    """Return what makes a page the target of a drill-through: a filter for each of its fields."""
    names = [name_of(page.id, each.reference) for each in page.subject]
    filters = [
        {
            "name": name,
            "field": each.expression(),
            "type": "Categorical",
            "howCreated": "Drillthrough",
        }
        for name, each in zip(names, page.subject, strict=True)
    ]
    parameters = [
        {"name": f"of_{name}", "boundFilter": name, "fieldExpr": each.expression()}
        for name, each in zip(names, page.subject, strict=True)
    ]
    binding = {"name": name_of(page.id, "binding"), "type": "Drillthrough"}
    return {
        "type": "Drillthrough",
        "visibility": "HiddenInViewMode",
        "filterConfig": {"filters": filters},
        "pageBinding": binding | {"parameters": parameters},
    }


def _tooltip() -> ReportPage:
    width, height = TOOLTIP_SIZE
    figures = {"Values": [(measure(label), label) for label in TOLD]}
    visual = drawn("multiRowCard", figures, Words("At this point"))
    settings: Json = {
        "type": "Tooltip",
        "visibility": "HiddenInViewMode",
        "pageBinding": {"name": name_of(TOOLTIP, "binding"), "type": "Tooltip"},
    }
    container = Container(name_of(TOOLTIP), Box(0, 0, width, height), visual)
    return ReportPage(TOOLTIP, "Tooltip", [container], height, width, settings)
