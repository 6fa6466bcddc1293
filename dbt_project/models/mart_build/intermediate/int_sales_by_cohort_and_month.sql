{{
    config(
        materialized="incremental",
        incremental_strategy="replace_changed",
        unique_key="year_month",
        on_schema_change="fail",
    )
}}

{%- set changes = ref("int_sales_changes") -%}
{%- set published_metrics = source("existing_mart", "agg_customer_metrics") -%}
{%- set follows = is_incremental() and exists_already(published_metrics) %}

with sales_by_customer_and_month as {{ not_materialized_step() }} (
    select * from {{ ref("int_sales_by_customer_and_month") }}
),

customer_metrics as (
    select * from {{ ref("agg_customer_metrics") }}
),

{% if follows %}
published_metrics as (
    {{ changed_rows(published_metrics, ["customer_id"]) }}
),

-- An earlier sale that arrives late moves a customer to another cohort, and with the
-- customer all the months in which they bought.
customers_who_moved as (
    select published_metrics.customer_id
    from published_metrics
    inner join customer_metrics
        on published_metrics.customer_id = customer_metrics.customer_id
    where
        published_metrics.first_purchase_date
        <> customer_metrics.first_purchase_date
),

changed_months as (
    select year_month
    from {{ changes }}
    -- who moves was in a month that others changed, too
    union distinct
    select sales_by_customer_and_month.year_month
    from sales_by_customer_and_month
    inner join customers_who_moved
        on
            sales_by_customer_and_month.customer_id
            = customers_who_moved.customer_id
),

sales as (
    select sales_of_month.*
    from changed_months
    cross join {{ lateral_lookup(
        "sales_by_customer_and_month",
        "sales_by_customer_and_month.year_month = changed_months.year_month",
    ) }} as sales_of_month
),
{% else %}
sales as (
    select * from sales_by_customer_and_month
),
{% endif %}

sales_in_cohorts as (
    select
        sales.*,
        {{ year_month(date_key("customer_metrics.first_purchase_date")) }}
            as cohort_month
    from sales
    inner join customer_metrics
        on sales.customer_id = customer_metrics.customer_id
),

sales_by_cohort_and_month as (
    select
        cohort_month,
        year_month,
        count(*) as active_customers,
        cast(sum(transaction_count) as bigint) as transaction_count,
        cast(sum(total_revenue) as numeric(38, 2)) as total_revenue
    from sales_in_cohorts
    group by
        cohort_month,
        year_month
)

select * from sales_by_cohort_and_month
