-- Profit depends on the cost at each sale; from the fact to the reports it may only be
-- added up.
{%- set told_in = [
    ("fct_sales", "profit_amount"),
    ("agg_daily_sales", "total_profit"),
    ("agg_product_performance", "total_profit"),
    ("agg_customer_metrics", "total_profit"),
    ("rpt_category_performance", "total_profit"),
    ("rpt_product_profitability", "total_profit"),
] %}
with

{{ differing_totals(told_in) }}

select * from validation_errors
