{{ config(enabled=target.type != "postgres") }}
-- Where no engine enforces what the YAML promises, each constraint is asked for, of
-- these models:
{%- for table in var("delivered_tables") %}
-- depends_on: {{ ref(table) }}, {{ ref("rejected_" ~ table) }}
{%- endfor %}
{%- for name in [
    "categories", "sub_categories", "suppliers", "payment_methods", "batch_counts",
    "row_warnings", "quality_counts", "batch_anomalies", "agg_customer_metrics",
    "agg_daily_sales", "agg_product_performance", "dim_customers", "dim_dates",
    "dim_payment_methods", "dim_products", "fct_sales", "rpt_batch_quality",
    "rpt_category_performance", "rpt_cohort_retention", "rpt_customer_lifetime_value",
    "rpt_customer_rfm", "rpt_customer_segments", "rpt_daily_revenue", "rpt_day_of_week",
    "rpt_discount_impact", "rpt_geographic_sales", "rpt_monthly_trend",
    "rpt_new_and_returning_customers", "rpt_payment_distribution", "rpt_product_abc",
    "rpt_product_profitability", "rpt_stock_cover", "rpt_top_products",
    "rpt_weekday_and_hour",
] %}
-- depends_on: {{ ref(name) }}
{%- endfor %}
with

validation_errors as (
    {{ broken_constraints() }}
)

select * from validation_errors
