-- What the YAML promises is what PostgreSQL enforces, and nothing was added by hand:
-- dbt creates constraints with a table and never looks again (macros/constraints.sql).
-- mart is looked at as the last publication left it. Where no engine enforces anything,
-- each constraint is asked for. dbt has to be told what to build before:
{%- for table in var("delivered_tables") %}
-- depends_on: {{ ref(table) }}, {{ ref("rejected_" ~ table) }}
{%- endfor %}
{%- for name in [
    "agg_customer_metrics", "agg_daily_sales", "agg_product_performance",
    "batch_anomalies", "batch_counts", "categories", "customers_snapshot",
    "dim_customers", "dim_dates", "dim_payment_methods", "dim_products", "fct_returns",
    "fct_sales", "payment_methods", "products_snapshot", "quality_counts",
    "row_warnings", "rpt_batch_quality", "rpt_category_performance",
    "rpt_cohort_retention", "rpt_customer_lifetime_value", "rpt_customer_rfm",
    "rpt_customer_segments", "rpt_daily_revenue", "rpt_day_of_week",
    "rpt_discount_impact", "rpt_geographic_sales", "rpt_monthly_trend",
    "rpt_new_and_returning_customers", "rpt_payment_distribution", "rpt_product_abc",
    "rpt_product_profitability", "rpt_return_reasons", "rpt_stock_cover",
    "rpt_top_products", "rpt_weekday_and_hour", "stock_levels", "sub_categories",
    "suppliers",
] %}
-- depends_on: {{ ref(name) }}
{%- endfor %}
with

validation_errors as (
    {{ broken_constraints() }}
)

select * from validation_errors
