{%- set sales_so_far = source("mart_build_so_far", "fct_sales") -%}
{%- set changes_so_far = source("mart_build_so_far", "int_sales_changes") -%}
{%- set is_comparable = exists_already(sales_so_far) and not should_full_refresh() -%}

with sales as (
    select * from {{ ref("int_sales") }}
),

transactions as (
    select * from {{ ref("transactions") }}
),

transaction_items as (
    select * from {{ ref("transaction_items") }}
),

newest_publication as (
    select coalesce(max(publication_id), 0) as publication_id
    from {{ source("ops", "publications") }}
),

{% if is_comparable -%}
former_sales as (
    select * from {{ sales_so_far }}
),

watermark as (
    select coalesce(max(updated_at), {{ beginning_of_time() }}) as updated_at
    from former_sales
),

-- A second run of a day may give a version from that day on other values or another key: whatever was sold since then is
-- looked at again.
recent_transactions as (
    select transactions.transaction_id
    from transactions
    inner join watermark
        on
            transactions.updated_at >= watermark.updated_at
            or transactions.transaction_date >= cast(watermark.updated_at as date)
),

candidates as (
    select transaction_items.item_id
    from transaction_items
    inner join watermark
        on transaction_items.updated_at >= watermark.updated_at
    -- an item may be recent itself and belong to a recent transaction
    union distinct
    select transaction_items.item_id
    from transaction_items
    inner join recent_transactions
        on transaction_items.transaction_id = recent_transactions.transaction_id
),

changed_sales as (
    select
        sales.*,
        former_sales.date_key as former_date_key,
        former_sales.customer_id as former_customer_id,
        former_sales.product_id as former_product_id
    from sales
    inner join candidates
        on sales.item_id = candidates.item_id
    left join former_sales
        on sales.sales_key = former_sales.sales_key
    where
        former_sales.sales_key is null
        or {{ differs("sales", "former_sales", sales_columns()) }}
),

touched_keys as (
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
        former_date_key as date_key,
        former_customer_id as customer_id,
        former_product_id as product_id
    from changed_sales
    where former_date_key is not null
),
{%- else -%}
touched_keys as (
    select
        item_id,
        date_key,
        customer_id,
        product_id
    from sales
),
{%- endif %}

unpublished_keys as (
    select
        item_id,
        date_key,
        customer_id,
        product_id
    from touched_keys
    {%- if exists_already(changes_so_far) %}
    -- what an unpublished run had found is often found again
    union distinct
    select
        changes_so_far.item_id,
        changes_so_far.date_key,
        changes_so_far.customer_id,
        changes_so_far.product_id
    from {{ changes_so_far }} as changes_so_far
    inner join newest_publication
        on changes_so_far.since_publication >= newest_publication.publication_id
    {%- endif %}
),

changes as (
    select
        unpublished_keys.item_id,
        unpublished_keys.date_key,
        unpublished_keys.customer_id,
        unpublished_keys.product_id,
        {{ year_month("unpublished_keys.date_key") }} as year_month,
        cast(newest_publication.publication_id as bigint) as since_publication
    from unpublished_keys
    cross join newest_publication
)

select * from changes
