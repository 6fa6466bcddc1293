-- One customer owns an e-mail address: the first one keeps it. A claim is refused when
-- another customer claimed the address before, when its holder in production does not
-- move to another one in this batch, or when the holder's own move is refused, and so
-- on. Two customers may swap addresses. Who is refused keeps the address
-- held so far: to fall back on an earlier row with a third one would make the holder's
-- move, and so a second run of the day, undecided.
{%- set existing_customers = source("existing_production", "customers") %}
with

customers_validated as (
    select * from {{ ref("int_customers_validated") }}
),

holders as (
    select
        customer_id,
        email
    {%- if exists_already(existing_customers) %}
    from {{ existing_customers }}
    {%- else %}
    from customers_validated
    where 1 = 0
    {%- endif %}
),

acceptable_rows as (
    select
        customer_id,
        email,
        batch_date,
        line_number,
        row_number() over (
            partition by customer_id
            order by batch_date desc, line_number desc
        ) as place_from_last
    from customers_validated
    where {{ is_clean("reasons") }}
),

claims as (
    -- a customer claims one address, that of the last acceptable row; what rows before
    -- it say was never theirs
    select
        acceptable_rows.customer_id,
        acceptable_rows.email,
        holders.customer_id as holder_id,
        first_value(acceptable_rows.customer_id) over (
            partition by acceptable_rows.email
            order by
                case
                    when holders.customer_id = acceptable_rows.customer_id then 0
                    else 1
                end asc,
                acceptable_rows.batch_date asc,
                acceptable_rows.line_number asc
        ) as first_claimant_id
    from acceptable_rows
    left join holders
        on acceptable_rows.email = holders.email
    where acceptable_rows.place_from_last = 1
),

claims_on_held_addresses as (
    -- only who wants another's address depends on its holder: they are few
    select
        customer_id,
        email,
        holder_id
    from claims
    where holder_id <> customer_id
),

claims_refused_at_once as (
    select customer_id
    from claims
    where first_claimant_id <> customer_id

    union distinct

    select claims_on_held_addresses.customer_id
    from claims_on_held_addresses
    left join claims as holders_claims
        on claims_on_held_addresses.holder_id = holders_claims.customer_id
    where
        holders_claims.email is null
        or holders_claims.email = claims_on_held_addresses.email
),

refused_claims as (
    {{ with_all_that_follow(
        "claims_refused_at_once", "customer_id",
        links="claims_on_held_addresses", follows_from="holder_id",
    ) }}
),

refused_emails as (
    select
        refused_claims.customer_id,
        holders.email as held_email
    from refused_claims
    left join holders
        on refused_claims.customer_id = holders.customer_id
)

select * from refused_emails
