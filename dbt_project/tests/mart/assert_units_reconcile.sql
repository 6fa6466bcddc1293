-- Units go the same ways as money, and show a lost row even where it brought no
-- revenue.
{%- set told_in = [
    ("transaction_items", "quantity"),
    ("fct_sales", "quantity"),
    ("agg_daily_sales", "total_units"),
    ("agg_product_performance", "total_quantity"),
    ("agg_customer_metrics", "total_units"),
    ("rpt_category_performance", "units_sold"),
    ("rpt_product_profitability", "units_sold"),
    ("rpt_discount_impact", "total_quantity_sold"),
] %}
with

{{ differing_totals(told_in) }}

select * from validation_errors
