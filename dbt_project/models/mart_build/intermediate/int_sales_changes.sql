{%- set sales_so_far = source("mart_build_so_far", "fct_sales") -%}
{%- set changes_so_far = source("mart_build_so_far", "int_sales_changes") -%}

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

{% if exists_already(sales_so_far) %}
former_sales as (
    select * from {{ sales_so_far }}
),

changed_sales as (
    select
        sales.item_id,
        sales.date_key,
        sales.customer_id,
        sales.product_id,
        former_sales.date_key as former_date_key,
        former_sales.customer_id as former_customer_id,
        former_sales.product_id as former_product_id
    from candidates
    inner join sales
        on candidates.item_id = sales.item_id
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
    {% if exists_already(changes_so_far) %}
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
    {% endif %}
),
{% else %}
touched_keys as (
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
        touched_keys.item_id,
        touched_keys.date_key,
        touched_keys.customer_id,
        touched_keys.product_id,
        {{ year_month("touched_keys.date_key") }} as year_month,
        cast(newest_publication.publication_id as bigint) as since_publication
    from touched_keys
    cross join newest_publication
)

select * from changes
