{%- set earliest_date -%}
    coalesce(
        least(earliest_transaction.event_date, earliest_registration.event_date),
        {{ logical_date() }}
    )
{%- endset -%}
{%- set year_after_next = date_part("year", logical_date()) ~ " + 2" -%}

with transactions as (
    select * from {{ ref("transactions") }}
),

customers as (
    select * from {{ ref("customers") }}
),

earliest_transaction as (
    select min(transaction_date) as event_date
    from transactions
),

earliest_registration as (
    select min(registration_date) as event_date
    from customers
),

bounds as (
    select
        make_date({{ date_part("year", earliest_date) }}, 1, 1) as first_day,
        {{ add_days("make_date(" ~ year_after_next ~ ", 1, 1)", "-1") }} as last_day
    from earliest_transaction
    cross join earliest_registration
),

days as (
    {{ every_day("bounds") }}
)

select * from days
