-- Of an item no more can come back, and no more be paid back, than was sold and paid.
-- What was returned before counts first, then what corrects one of these returns, then
-- new ones in the order in which they came; what an earlier run of the day accepted
-- counts as if it came now, so that a second run decides alike.
{%- set existing_returns = source("existing_production", "returns") %}
{%- set limits = {
    "quantity": "sold_quantity",
    "refund_amount": "paid_amount + " ~ var("refund_tolerance"),
} %}
with

returns_validated as (
    select * from {{ ref("int_returns_validated") }}
),

statuses as (
    select
        returns_validated.*,
        {{ row_status("return_id") }} as status
    from returns_validated
),

acceptable as (
    select * from statuses
    where status = 'accepted'
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

compared as (
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
),

counted as (
    -- a new return that is too much even alone takes nothing from those after it
    select
        *,
        case
            when
                new_in_batch is not null
                and (quantity > quantity_left or refund_amount > refund_amount_left)
                then return_id
        end as return_alone
    from compared
),

summed as (
    select
        {%- for column in limits %}
        sum({{ column }}) over (
            partition by item_id, return_alone
            order by new_in_batch asc nulls first, new_on_line asc nulls first
        ) as running_{{ column }},
        {%- endfor %}
        *
    from counted
),

exceeding as (
    select
        return_id,
        running_quantity > quantity_left as is_quantity_exceeded,
        running_refund_amount > refund_amount_left as is_refund_amount_exceeded
    from summed
),

with_sums as (
    select
        {{ origin("statuses") }},
        {{ selected_columns("returns", "statuses") }},
        statuses.notes,
        case
            when exceeding.is_quantity_exceeded and exceeding.is_refund_amount_exceeded
                then {{ with_reason(
                    with_reason("statuses.reasons", "'total:quantity'"),
                    "'total:refund_amount'",
                ) }}
            when exceeding.is_quantity_exceeded
                then {{ with_reason("statuses.reasons", "'total:quantity'") }}
            when exceeding.is_refund_amount_exceeded
                then {{ with_reason("statuses.reasons", "'total:refund_amount'") }}
            else statuses.reasons
        end as reasons,
        case
            when exceeding.is_quantity_exceeded or exceeding.is_refund_amount_exceeded
                then 'open'
            else statuses.status
        end as status
    from statuses
    left join exceeding
        on
            statuses.return_id = exceeding.return_id
            and statuses.status = 'accepted'
),

classified as (
    select
        {{ origin("with_sums") }},
        {{ selected_columns("returns", "with_sums") }},
        with_sums.notes,
        {{ reasons_with_status("returns", "with_sums", "accepted") }} as reasons,
        with_sums.status
    from with_sums
    left join with_sums as accepted
        on
            with_sums.return_id = accepted.return_id
            and with_sums.status = 'duplicate'
            and accepted.status = 'accepted'
)

select * from classified
