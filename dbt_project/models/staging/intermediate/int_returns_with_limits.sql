-- What is left of an item before the returns of the batch: what was sold and paid, less
-- what came back before, without the returns that this batch corrects. What an earlier
-- run of the day accepted is as new as if it came now.
{%- set existing_returns = source("existing_production", "returns") %}
{%- set limits = {
    "quantity": "sold_quantity",
    "refund_amount": "paid_amount + " ~ var("refund_tolerance"),
} %}
with

returns_validated as (
    select * from {{ ref("int_returns_validated") }}
),

acceptable_rows as (
    select
        *,
        row_number() over (
            partition by return_id
            order by batch_date desc, line_number desc
        ) as place_from_last
    from returns_validated
    -- most rows are; of an equality PostgreSQL expects one in two hundred, and would
    -- compare each of the others with each
    where cardinality(reasons) < 1
),

acceptable as (
    select * from acceptable_rows
    where place_from_last < 2
),

{%- if exists_already(existing_returns) %}

existing as {{ not_materialized_step() }} (
    select * from {{ existing_returns }}
),
{%- else %}

existing as (
    select
        return_id,
        item_id,
        quantity,
        refund_amount,
        {{ logical_time() }} as created_at
    from acceptable
    where 1 = 0
),
{%- endif %}

items_returned as (
    select item_id from acceptable
    group by item_id
),

returned_before as (
    select
        existing.item_id,
        sum(existing.quantity) as quantity,
        sum(existing.refund_amount) as refund_amount
    from existing
    inner join items_returned
        on existing.item_id = items_returned.item_id
    left join acceptable
        on
            existing.return_id = acceptable.return_id
            and existing.item_id = acceptable.item_id
    where acceptable.return_id is null
    group by existing.item_id
),

returns_with_limits as (
    select
        acceptable.return_id,
        acceptable.item_id,
        {%- for column, limit in limits.items() %}
        acceptable.{{ column }},
        acceptable.{{ limit }} - coalesce(returned_before.{{ column }}, 0)
            as {{ column }}_left,
        {%- endfor %}
        case when corrected.return_id is null then acceptable.batch_date end
            as new_in_batch,
        case when corrected.return_id is null then acceptable.line_number end
            as new_on_line
    from acceptable
    left join returned_before
        on acceptable.item_id = returned_before.item_id
    left join existing as corrected
        on
            acceptable.return_id = corrected.return_id
            and corrected.created_at < {{ logical_time() }}
)

select * from returns_with_limits
