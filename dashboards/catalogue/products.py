"""Page 2: what sells, what earns, what runs out."""

from dashboards.catalogue.drills import ONE_PRODUCT
from dashboards.catalogue.kinds import Column, Derived, Page, Report, Visual
from dashboards.catalogue.star import with_own_filters
from loader.contract import VARIABLES

REORDER_DAYS = VARIABLES["reorder_days"]
IN_STOCK = "stock_quantity > 0 and units_sold > 0"
PRODUCT = ("product_id", "product_name", "product_category")

_PAGE = Page(
    "products",
    "Products",
    "What sells, what earns, and what runs out?",
    (
        Visual(
            "units_total", "Units sold", "How many units were sold?", "figure", measures=("units",)
        ),
        Visual(
            "profit_total",
            "Profit",
            "How much was left after the cost of the goods?",
            "figure",
            measures=("profit",),
        ),
        Visual(
            "average_price_total",
            "Average price",
            "What does a unit bring on average?",
            "figure",
            measures=("average_price",),
        ),
        Visual(
            "discount_rate_total",
            "Discount rate",
            "How much of the gross went in discounts?",
            "figure",
            measures=("discount_rate_pct",),
        ),
        Visual(
            "top_products",
            "Top products",
            "Which ten products bring the most revenue?",
            "bars",
            dimensions=PRODUCT,
            measures=("revenue", "units", "average_price"),
            derived=(Derived("revenue_rank", "Rank", "rank", "revenue", "count"),),
            report=Report(
                "rpt_top_products",
                (
                    ("revenue_rank", "revenue_rank"),
                    ("product_id", "product_id"),
                    ("product_name", "product_name"),
                    ("product_category", "category"),
                    ("revenue", "total_revenue"),
                    ("units", "units_sold"),
                    ("average_price", "avg_price"),
                ),
            ),
            sort=("-revenue", "product_id"),
            limit=10,
        ),
        Visual(
            "category_and_brand",
            "Revenue by category and brand",
            "Which categories and brands make up the revenue?",
            "treemap",
            dimensions=("category", "brand"),
            measures=("revenue", "profit", "margin_pct"),
            derived=(Derived("revenue_share_pct", "Share of revenue", "share", "revenue"),),
            sort=("-revenue", "category", "brand"),
            look="An area is a brand's revenue within its category.",
        ),
        Visual(
            "price_and_profit",
            "Price and profit",
            "Do dearer products earn more?",
            "points",
            dimensions=PRODUCT,
            measures=("average_price", "profit", "revenue"),
            report=Report(
                "rpt_product_profitability",
                (
                    ("product_id", "product_id"),
                    ("product_name", "product_name"),
                    ("product_category", "category"),
                    ("profit", "total_profit"),
                    ("revenue", "revenue"),
                ),
            ),
            sort=("-profit", "product_id"),
        ),
        Visual(
            "abc_curve",
            "ABC analysis",
            "How few products bring most of the revenue?",
            "pareto",
            dimensions=PRODUCT,
            measures=("revenue",),
            derived=(
                Derived("revenue_rank", "Rank", "rank", "revenue", "count"),
                Derived("running_share_pct", "Share up to here", "running_share", "revenue"),
                Derived("abc_class", "Class", "abc_class", "revenue", "text"),
            ),
            report=Report(
                "rpt_product_abc",
                (
                    ("product_id", "product_id"),
                    ("product_name", "product_name"),
                    ("product_category", "category"),
                    ("revenue", "total_revenue"),
                    ("revenue_rank", "revenue_rank"),
                    ("running_share_pct", "running_share_pct"),
                    ("abc_class", "abc_class"),
                ),
            ),
            sort=("-revenue", "product_id"),
            note="Class A are the products that bring the first 80 % of the revenue, B those up "
            "to 95 %, C the rest.",
        ),
        Visual(
            "discount_effect",
            "Units per line by discount",
            "Do discounts sell more?",
            "columns",
            dimensions=("discount_range",),
            measures=("units_per_line", "margin_pct", "units", "lines", "revenue", "profit"),
            report=Report(
                "rpt_discount_impact",
                (
                    ("discount_range", "discount_range"),
                    ("revenue", "total_revenue"),
                    ("units", "total_quantity_sold"),
                ),
            ),
            sort=("discount_range",),
            note="A line is a product in an order; below each discount stands the margin of its "
            "lines. Lines that were sold are compared: who would have bought without a discount, "
            "nobody knows.",
        ),
        Visual(
            "stock_cover",
            "Stock cover",
            "Which products run out first, and is there time to order?",
            "bars",
            relation="rpt_stock_cover",
            columns=(
                Column("product_id", "Product"),
                Column("product_name", "Name"),
                Column("category", "Category"),
                Column("brand", "Brand"),
                Column("stock_quantity", "In stock", "count"),
                Column("units_sold", "Units in 90 days", "count"),
                Column("days_of_cover", "Days of cover", "decimal"),
            ),
            sort=("days_of_cover", "-units_sold", "product_id"),
            limit=10,
            condition=IN_STOCK,
            # what sold nothing lately may be discontinued, which no file says
            counted=(
                ("in_stock", IN_STOCK),
                ("late", f"{IN_STOCK} and days_of_cover < {REORDER_DAYS}"),
                ("sold_out", "stock_quantity = 0 and units_sold > 0"),
            ),
            line=REORDER_DAYS,
            filters=("category", "brand"),
            note="Stock is the whole shop's and of the last day: of the filters only category and "
            "brand act, as they are today. Days of cover: stock divided by the units sold a day in "
            "the last 90 days.",
        ),
        Visual(
            "product_table",
            "Product performance",
            "What does each product sell and earn?",
            "table",
            dimensions=(*PRODUCT, "product_brand"),
            measures=(
                "revenue",
                "units",
                "average_price",
                "discount_rate_pct",
                "profit",
                "margin_pct",
            ),
            report=Report(
                "rpt_product_profitability",
                (
                    ("product_id", "product_id"),
                    ("product_name", "product_name"),
                    ("product_category", "category"),
                    ("product_brand", "brand"),
                    ("revenue", "revenue"),
                    ("units", "units_sold"),
                    ("profit", "total_profit"),
                    ("margin_pct", "profit_margin_pct"),
                ),
            ),
            sort=("-revenue", "product_id"),
            note="Category and brand are today's; the filters act on those at each sale.",
            wide=True,
        ),
    ),
    drill=ONE_PRODUCT,
)

PRODUCTS = with_own_filters(_PAGE)
