"""The SQL that turns the star into codes: a sale is a row of small numbers, and so is a cube.

The codes are steps of each query, not tables: who may read the mart can read it so.
"""

from dashboards.catalogue.star import DISCOUNT_RANGE, DISCOUNT_RANGES

CODES = """
with site_places as materialized (
    select
        country,
        state,
        row_number() over (order by country collate "C", state collate "C") - 1 as place
    from mart.dim_customers
    group by country, state
),

-- in order of value, so that the most valuable come first wherever customers are listed
site_buyers as materialized (
    select
        rfm.customer_id,
        lifetime.full_name,
        versions.customer_segment as segment,
        rfm.first_purchase_month as cohort_month,
        rfm.recency_score,
        rfm.frequency_score,
        cast(rfm.value_band_from as float8) as value_band,
        cast(100 * rfm.total_spent as float8) as lifetime_value,
        rfm.transaction_count as lifetime_transactions,
        row_number() over (
            order by rfm.total_spent desc, rfm.customer_id collate "C"
        ) - 1 as customer
    from mart.rpt_customer_rfm as rfm
    inner join mart.rpt_customer_lifetime_value as lifetime
        on rfm.customer_id = lifetime.customer_id
    inner join mart.dim_customers as versions
        on rfm.customer_id = versions.customer_id and versions.is_current
),

site_customers as materialized (
    select
        versions.customer_key,
        site_buyers.customer,
        site_places.place
    from mart.dim_customers as versions
    inner join site_buyers on versions.customer_id = site_buyers.customer_id
    inner join site_places
        on versions.country = site_places.country and versions.state = site_places.state
),

site_products as materialized (
    select
        versions.product_key,
        versions.product_id,
        versions.category,
        versions.brand,
        present.product_name,
        present.category as product_category,
        dense_rank() over (order by versions.category collate "C") - 1 as category_code,
        dense_rank() over (
            order by
                versions.product_id collate "C",
                versions.category collate "C",
                versions.brand collate "C"
        ) - 1 as item
    from mart.dim_products as versions
    inner join mart.rpt_product_profitability as present
        on versions.product_id = present.product_id
),

site_payment_methods as materialized (
    select
        payment_method_key,
        payment_method_name as payment_method,
        row_number() over (order by payment_method_name collate "C") - 1 as code
    from mart.dim_payment_methods
)
"""

# What the codes stand for, in their order; a column is a dimension of the catalogue. The first
# ones, as many as IDENTITIES says, tell one from all others.
DICTIONARIES = {
    "place": "select country, state from site_places order by place",
    "payment_method": "select payment_method from site_payment_methods order by code",
    "category": (
        "select category from site_products group by category, category_code order by category_code"
    ),
    "item": """
        select product_id, category, brand, product_name, product_category from site_products
        group by product_id, category, brand, product_name, product_category, item order by item
    """,
    "customer": """
        select
            customer_id, full_name, segment, cohort_month, recency_score, frequency_score,
            value_band, lifetime_value, lifetime_transactions
        from site_buyers order by customer
    """,
}
IDENTITIES = {"place": 2, "payment_method": 1, "category": 1, "item": 3, "customer": 1}

# What a sale's keys stand for, as sums of text: a version of a customer or product in which that
# changed is another one.
VERSIONS = """
select 'customer ' || customer_key, left(md5(concat_ws('|', customer_id, country, state)), 16)
from mart.dim_customers
union all
select 'product ' || product_key, left(md5(concat_ws('|', product_id, category, brand)), 16)
from mart.dim_products
union all
select 'payment method ' || payment_method_key, payment_method_name from mart.dim_payment_methods
"""

# The largest whole number up to which a browser counts exactly: 2 to the power of 53, less one.
MOST_HUNDREDTHS = 9007199254740991


def _hundredths(amount: str) -> tuple[str, str]:
    return f"least(100 * fct_sales.{amount}, {MOST_HUNDREDTHS})", "i8"


# What is read of an item sold, in codes from 0 on and in hundredths: expression, and its type.
SALE = {
    "transaction": ("dense_rank() over (order by fct_sales.transaction_id) - 1", "i4"),
    "day": ("fct_sales.date_key % 100", "i2"),
    "customer": ("site_customers.customer", "i4"),
    "place": ("site_customers.place", "i4"),
    "category": ("site_products.category_code", "i4"),
    "item": ("site_products.item", "i4"),
    "payment_method": ("site_payment_methods.code", "i4"),
    "hour": ("extract(hour from fct_sales.sold_at)", "i2"),
    "discount_range": (f"array_position(array{list(DISCOUNT_RANGES)}, {DISCOUNT_RANGE}) - 1", "i2"),
    "units": ("fct_sales.quantity", "i4"),
    "revenue": _hundredths("revenue_amount"),
    "gross": _hundredths("gross_amount"),
    "cost": _hundredths("cost_amount"),
}
SALE_TYPES = {name: type_ for name, (_, type_) in SALE.items()}


def dictionary(name: str) -> str:
    """Return a query of what the numbers of a code stand for, from 0 on."""
    return CODES + DICTIONARIES[name]


def sales(year_month: int) -> str:
    """Return a query of the items sold in a month, 202611, as the columns of SALE."""
    columns = ",\n    ".join(
        f"cast({expression} as int{SALE_TYPES[name][1]}) as {name}"
        for name, (expression, _) in SALE.items()
    )
    return f"""{CODES}
select
    {columns}
from mart.fct_sales
inner join site_customers on fct_sales.customer_key = site_customers.customer_key
inner join site_products on fct_sales.product_key = site_products.product_key
inner join site_payment_methods
    on fct_sales.payment_method_key = site_payment_methods.payment_method_key
where fct_sales.date_key between {year_month:d}00 and {year_month:d}31
"""  # noqa: S608 -- the expressions are our own
