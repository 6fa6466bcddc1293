-- Revenue, profit, units, transactions and refunds are the same, to the cent, wherever
-- they are told of everything: what production has, facts, each aggregate, each report.
-- Each comes another way, so a row lost or counted twice on one of them shows here. A
-- transaction has one day, customer and payment method, and counts add up over these
-- only. Relations with a row for each sale are added up when everything is audited;
-- else other tests compare their changed rows.
{#- a relation's columns of revenue, profit, units, transactions and refunds #}
{%- set told_in = {
    "agg_daily_sales": ["total_revenue", "total_profit", "total_units", "transaction_count", "total_returns"],
    "agg_product_performance": ["total_revenue", "total_profit", "total_quantity", none, "total_returns"],
    "agg_customer_metrics": ["total_spent", "total_profit", "total_units", "transaction_count", "total_returns"],
    "rpt_monthly_trend": ["total_revenue", none, none, "total_transactions", "total_returns"],
    "rpt_customer_segments": ["total_revenue", none, none, none, none],
    "rpt_category_performance": ["total_revenue", "total_profit", "units_sold", none, "total_returns"],
    "rpt_payment_distribution": ["total_revenue", none, none, "transaction_count", none],
    "rpt_geographic_sales": ["total_revenue", none, none, none, none],
    "rpt_customer_lifetime_value": ["total_spent", none, none, "transaction_count", none],
    "rpt_product_profitability": ["revenue", "total_profit", "units_sold", none, none],
    "rpt_day_of_week": ["total_revenue", none, none, none, none],
    "rpt_discount_impact": ["total_revenue", none, "total_quantity_sold", none, none],
    "rpt_weekday_and_hour": ["total_revenue", none, none, none, none],
    "rpt_new_and_returning_customers": ["total_revenue", none, none, none, none],
    "rpt_customer_rfm": ["total_spent", none, none, none, none],
    "rpt_product_abc": ["total_revenue", none, none, none, none],
    "rpt_daily_revenue": ["total_revenue", none, none, none, none],
} %}
{%- if audits_everything() %}
{%- do told_in.update({
    "transaction_items": ["line_total", none, "quantity", none, none],
    "fct_sales": ["revenue_amount", "profit_amount", "quantity", none, none],
    "returns": [none, none, none, none, "refund_amount"],
    "fct_returns": [none, none, none, none, "refund_amount"],
}) %}
{%- endif %}

{%- set total = {none: "null"} %}
{%- for column in told_in.values() | sum(start=[]) | select %}
{%- do total.update({column: "coalesce(sum(" ~ column ~ "), 0)"}) %}
{%- endfor %}

with totals as (
    {%- for relation, columns in told_in.items() %}
    select
        '{{ relation }}' as relation_name,
        {{ total[columns[0]] }} as revenue,
        {{ total[columns[1]] }} as profit,
        {{ total[columns[2]] }} as units,
        {{ total[columns[3]] }} as transaction_count,
        {{ total[columns[4]] }} as refunds
    from {{ ref(relation) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

expected as (
    select * from totals
    where relation_name = 'agg_daily_sales'
),

-- what a relation does not tell is null, and differs from nothing
validation_errors as (
    select totals.*
    from totals
    cross join expected
    where
        totals.revenue <> expected.revenue
        or totals.profit <> expected.profit
        or totals.units <> expected.units
        or totals.transaction_count <> expected.transaction_count
        or totals.refunds <> expected.refunds
)

select * from validation_errors
