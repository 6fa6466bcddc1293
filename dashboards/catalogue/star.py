"""The star, the dimensions and the measures that visuals are made of, each defined once."""

from dashboards.catalogue.kinds import Aggregate, Dimension, Filter, Measure

FACT = "fct_sales"

# Relations that the fact may be joined to, and the column of the same name that joins them.
JOINS = {
    "dim_dates": "date_key",
    "dim_customers": "customer_key",
    "dim_products": "product_key",
    "dim_payment_methods": "payment_method_key",
    "rpt_customer_rfm": "customer_id",
    "rpt_customer_lifetime_value": "customer_id",
    "rpt_product_profitability": "product_id",
}

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

# The bounds of the bands of rpt_discount_impact; a test compares them with dbt's variable.
DISCOUNT_BOUNDS = (10, 25, 50)
DISCOUNT_RANGES = ("0%", "1-10%", "11-25%", "26-50%", "50%+")
DISCOUNT_RANGE = " ".join(
    (
        "case when fct_sales.discount_pct = 0 then '0%'",
        *(
            f"when fct_sales.discount_pct <= {bound} then '{name}'"
            for bound, name in zip(DISCOUNT_BOUNDS, DISCOUNT_RANGES[1:], strict=False)
        ),
        f"else '{DISCOUNT_RANGES[-1]}' end",
    )
)

HOUR = "cast(extract(hour from fct_sales.sold_at) as integer)"
MONTHS_SINCE_FIRST = (
    "dim_dates.year * 12 + dim_dates.month"
    " - cast(substr(rpt_customer_rfm.first_purchase_month, 1, 4) as integer) * 12"
    " - cast(substr(rpt_customer_rfm.first_purchase_month, 6, 2) as integer)"
)
# Two countries may have a state of one name.
STATE_OF_COUNTRY = "dim_customers.state || ', ' || dim_customers.country"
CUSTOMER_KIND = (
    "case when dim_dates.year_month = rpt_customer_rfm.first_purchase_month"
    " then 'New' else 'Returning' end"
)

DIMENSIONS = {
    dimension.name: dimension
    for dimension in (
        Dimension("month", "Month", "dim_dates", "year_month", format="month"),
        Dimension("day", "Day", "dim_dates", "full_date", format="date"),
        Dimension("weekday", "Weekday", "dim_dates", "day_name", values=WEEKDAYS),
        Dimension("hour", "Hour", FACT, expression=HOUR, format="count"),
        Dimension("country", "Country", "dim_customers", "country"),
        Dimension("state", "State", "dim_customers", "state"),
        Dimension("category", "Category", "dim_products", "category"),
        Dimension("brand", "Brand", "dim_products", "brand"),
        Dimension("payment_method", "Payment method", "dim_payment_methods", "payment_method_name"),
        Dimension("product_id", "Product", FACT, "product_id"),
        Dimension("product_name", "Name", "rpt_product_profitability", "product_name"),
        Dimension("product_category", "Category", "rpt_product_profitability", "category"),
        Dimension(
            "discount_range", "Discount", FACT, expression=DISCOUNT_RANGE, values=DISCOUNT_RANGES
        ),
        Dimension("customer_id", "Customer", FACT, "customer_id"),
        Dimension("full_name", "Name", "rpt_customer_lifetime_value", "full_name"),
        Dimension(
            "segment",
            "Segment",
            "dim_customers",
            "customer_segment",
            values=("New", "Regular", "VIP"),
        ),
        Dimension(
            "cohort_month",
            "First bought",
            "rpt_customer_rfm",
            "first_purchase_month",
            format="month",
        ),
        Dimension(
            "months_since",
            "Months since",
            "rpt_customer_rfm",
            expression=MONTHS_SINCE_FIRST,
            format="count",
        ),
        Dimension(
            "customer_kind",
            "Customers who are",
            "rpt_customer_rfm",
            expression=CUSTOMER_KIND,
            values=("New", "Returning"),
        ),
        Dimension("recency_score", "Recency", "rpt_customer_rfm", "recency_score", format="count"),
        Dimension(
            "frequency_score", "Frequency", "rpt_customer_rfm", "frequency_score", format="count"
        ),
        Dimension(
            "value_band",
            "Lifetime value from",
            "rpt_customer_rfm",
            "value_band_from",
            format="money",
        ),
    )
}

REVENUE = Aggregate("sum", FACT, "revenue_amount")
GROSS = Aggregate("sum", FACT, "gross_amount")
DISCOUNT = Aggregate("sum", FACT, "discount_amount")
COST = Aggregate("sum", FACT, "cost_amount")
PROFIT = Aggregate("sum", FACT, "profit_amount")
UNITS = Aggregate("sum", FACT, "quantity")
TRANSACTIONS = Aggregate("count_distinct", FACT, "transaction_id")
CUSTOMERS = Aggregate("count_distinct", FACT, "customer_id")

MEASURES = {
    measure.name: measure
    for measure in (
        Measure("revenue", "Revenue", "Sum of what was charged for the lines.", REVENUE),
        Measure("gross", "Gross", "Sum of quantity times unit price, before discount.", GROSS),
        Measure("discount", "Discount", "Gross less revenue.", DISCOUNT),
        Measure("cost", "Cost", "Sum of quantity times the cost valid at the sale.", COST),
        Measure("profit", "Profit", "Revenue less cost.", PROFIT),
        Measure(
            "margin_pct",
            "Margin",
            "100 times profit divided by revenue.",
            PROFIT,
            REVENUE,
            100,
            "percent",
        ),
        Measure(
            "discount_rate_pct",
            "Discount rate",
            "100 times discount divided by gross.",
            DISCOUNT,
            GROSS,
            100,
            "percent",
        ),
        Measure("units", "Units", "Sum of the quantities sold.", UNITS, format="count"),
        Measure("average_price", "Average price", "Revenue divided by units.", REVENUE, UNITS),
        Measure(
            "transactions",
            "Orders",
            "Number of different transactions; does not add up over categories.",
            TRANSACTIONS,
            format="count",
        ),
        Measure(
            "average_order_value",
            "Average order value",
            "Revenue divided by the number of different transactions.",
            REVENUE,
            TRANSACTIONS,
        ),
        Measure(
            "customers",
            "Customers",
            "Number of different customers who bought; adds up over nothing.",
            CUSTOMERS,
            format="count",
        ),
        Measure(
            "revenue_per_customer",
            "Revenue per customer",
            "Revenue divided by the number of different customers.",
            REVENUE,
            CUSTOMERS,
        ),
        Measure(
            "orders_per_customer",
            "Orders per customer",
            "Number of different transactions divided by the number of different customers.",
            TRANSACTIONS,
            CUSTOMERS,
            format="decimal",
        ),
        Measure(
            "lifetime_value",
            "Lifetime value",
            "What the customer has spent since the first purchase, whatever the filters.",
            Aggregate("max", "rpt_customer_lifetime_value", "total_spent"),
        ),
        Measure(
            "lifetime_transactions",
            "Lifetime orders",
            "Transactions of the customer since the first purchase, whatever the filters.",
            Aggregate("max", "rpt_customer_lifetime_value", "transaction_count"),
            format="count",
        ),
    )
}

FILTERS = (
    Filter("period", "Period", "month"),
    Filter("category", "Category", "category"),
    Filter("country", "Country", "country"),
    Filter("state", "State", "state"),
    Filter("payment_method", "Payment method", "payment_method"),
)
