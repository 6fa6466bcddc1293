-- Of an item no more can come back, and no more be paid back, than was sold and paid.
-- What corrects a return that came before counts first, then new ones in the order in
-- which they came, so that a second run of the day decides alike.
with

returns_with_limits as (
    select * from {{ ref("int_returns_with_limits") }}
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
    from returns_with_limits
),

summed as (
    select
        {%- for column in ["quantity", "refund_amount"] %}
        sum({{ column }}) over (
            partition by item_id, return_alone
            order by new_in_batch asc nulls first, new_on_line asc nulls first
        ) as running_{{ column }},
        {%- endfor %}
        *
    from counted
),

refused_returns as (
    select
        return_id,
        {{ reasons([
            ("total:quantity", "running_quantity > quantity_left"),
            ("total:refund_amount", "running_refund_amount > refund_amount_left"),
        ]) }} as reasons
    from summed
    where
        running_quantity > quantity_left
        or running_refund_amount > refund_amount_left
)

select * from refused_returns
