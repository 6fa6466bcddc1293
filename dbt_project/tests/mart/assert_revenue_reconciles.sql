-- Revenue is the same to the cent wherever it is told: what production charged, the
-- fact, each aggregate, and each report whose rows cover all sales. Each comes another
-- way, so a row lost or counted twice on one of them shows here.
{%- set told_in = [
    ("transaction_items", "line_total"),
    ("fct_sales", "revenue_amount"),
    ("agg_daily_sales", "total_revenue"),
    ("agg_product_performance", "total_revenue"),
    ("agg_customer_metrics", "total_spent"),
    ("rpt_monthly_trend", "total_revenue"),
    ("rpt_customer_segments", "total_revenue"),
    ("rpt_category_performance", "total_revenue"),
    ("rpt_payment_distribution", "total_revenue"),
    ("rpt_geographic_sales", "total_revenue"),
    ("rpt_customer_lifetime_value", "total_spent"),
    ("rpt_product_profitability", "revenue"),
    ("rpt_day_of_week", "total_revenue"),
    ("rpt_discount_impact", "total_revenue"),
    ("rpt_weekday_and_hour", "total_revenue"),
    ("rpt_new_and_returning_customers", "total_revenue"),
    ("rpt_customer_rfm", "total_spent"),
    ("rpt_product_abc", "total_revenue"),
    ("rpt_daily_revenue", "total_revenue"),
] %}
with

{{ differing_totals(told_in) }}

select * from validation_errors
