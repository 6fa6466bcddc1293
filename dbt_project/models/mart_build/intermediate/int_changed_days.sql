{%- set is_every_day = not sales_watermark() or not exists_already(this) -%}
{%- set sales_before_merge = existing_sales() -%}
{%- set returns_before_merge = existing_returns() -%}

with changed_items as (
    select * from {{ ref("int_changed_items") }}
),

transactions as (
    select * from {{ ref("transactions") }}
),

changed_returns as (
    select * from {{ ref("int_changed_returns") }}
),

returns as (
    select * from {{ ref("returns") }}
),

newest_publication as (
    select coalesce(max(publication_id), 0) as publication_id
    from {{ source("ops", "publications") }}
),

days as (
    select {{ date_key("transactions.transaction_date") }} as date_key
    from transactions
    {% if not is_every_day %}
    inner join changed_items
        on transactions.transaction_id = changed_items.transaction_id
    {% endif %}
    {% if sales_before_merge %}
    -- the days that items leave: only the fact knows them, and only until it is merged
    union all
    select sales_before_merge.date_key
    from {{ sales_before_merge }} as sales_before_merge
    {% if not is_every_day %}
    inner join changed_items
        on sales_before_merge.item_id = changed_items.item_id
    {% endif %}
    {% endif %}
    union all
    select {{ date_key("returns.return_date") }} as date_key
    from returns
    {% if not is_every_day %}
    inner join changed_returns
        on returns.return_id = changed_returns.return_id
    {% endif %}
    {% if returns_before_merge %}
    union all
    select returns_before_merge.date_key
    from {{ returns_before_merge }} as returns_before_merge
    {% if not is_every_day %}
    inner join changed_returns
        on returns_before_merge.return_id = changed_returns.return_id
    {% endif %}
    {% endif %}
),

days_of_this_run as (
    -- a day has many sales and returns
    select distinct
        days.date_key,
        {{ year_month("days.date_key") }} as year_month,
        cast(newest_publication.publication_id as bigint) as since_publication
    from days
    cross join newest_publication
),

changed_days as (
    select * from days_of_this_run
    {% if exists_already(this) %}
    -- what an unpublished run had found is often found again
    union distinct
    select
        unpublished_days.date_key,
        unpublished_days.year_month,
        unpublished_days.since_publication
    from {{ this }} as unpublished_days
    inner join newest_publication
        on unpublished_days.since_publication = newest_publication.publication_id
    {% endif %}
)

select * from changed_days
