{%- set existing_sales = source("existing_mart_build", "fct_sales") -%}
{%- set existing_changes = source("existing_mart_build", "int_sales_changes") -%}

with sales as (
    select * from {{ ref("int_sales") }}
),

candidates as (
    select * from {{ ref("int_sales_candidates") }}
),

newest_publication as (
    select coalesce(max(publication_id), 0) as publication_id
    from {{ source("ops", "publications") }}
),

{% if exists_already(existing_sales) %}
previous_sales as (
    select * from {{ existing_sales }}
),

changed_sales as (
    select
        sales.item_id,
        sales.date_key,
        sales.customer_id,
        sales.product_id,
        previous_sales.date_key as previous_date_key,
        previous_sales.customer_id as previous_customer_id,
        previous_sales.product_id as previous_product_id
    from candidates
    inner join sales
        on candidates.item_id = sales.item_id
    left join previous_sales
        on sales.item_id = previous_sales.item_id
    where
        previous_sales.item_id is null
        or {{ differs("sales", "previous_sales", sales_columns()) }}
),

changed_keys as (
    select
        item_id,
        date_key,
        customer_id,
        product_id
    from changed_sales
    -- most items stay with their day, customer and product
    union distinct
    select
        item_id,
        previous_date_key as date_key,
        previous_customer_id as customer_id,
        previous_product_id as product_id
    from changed_sales
    where previous_date_key is not null
    {% if exists_already(existing_changes) %}
    -- what an unpublished run had found is often found again
    union distinct
    select
        existing_changes.item_id,
        existing_changes.date_key,
        existing_changes.customer_id,
        existing_changes.product_id
    from {{ existing_changes }} as existing_changes
    inner join newest_publication
        on existing_changes.since_publication >= newest_publication.publication_id
    {% endif %}
),
{% else %}
changed_keys as (
    select
        sales.item_id,
        sales.date_key,
        sales.customer_id,
        sales.product_id
    from candidates
    inner join sales
        on candidates.item_id = sales.item_id
),
{% endif %}

changes as (
    select
        changed_keys.item_id,
        changed_keys.date_key,
        changed_keys.customer_id,
        changed_keys.product_id,
        {{ year_month("changed_keys.date_key") }} as year_month,
        cast(newest_publication.publication_id as bigint) as since_publication
    from changed_keys
    cross join newest_publication
)

select * from changes
