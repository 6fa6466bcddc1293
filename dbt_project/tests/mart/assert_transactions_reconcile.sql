-- A transaction has one day, one customer and one payment method, so its counts add up
-- over these (over products and discounts they do not, and are not listed).
{%- set told_in = [
    ("agg_daily_sales", "transaction_count"),
    ("agg_customer_metrics", "transaction_count"),
    ("rpt_monthly_trend", "total_transactions"),
    ("rpt_payment_distribution", "transaction_count"),
    ("rpt_customer_lifetime_value", "transaction_count"),
] %}
with

{{ differing_totals(told_in) }}

select * from validation_errors
