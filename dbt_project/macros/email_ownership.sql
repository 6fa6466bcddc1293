{#-
    Steps that let one customer own an e-mail address: the first one keeps it. A claim is refused when another customer
    claimed the address before, when its holder in production does not move to another one in this batch, or when the
    holder's own move is refused (hence the recursion; the model says `with recursive`). Two customers may swap addresses.
    Ends in a step `judged_by_email`, the judged rows with one reason more where their claim is refused.
-#}
{% macro judged_by_email(judged) -%}
{%- set customers_so_far = source("production_so_far", "customers") -%}
holders as (
    {%- if exists_already(customers_so_far) %}
    select
        customer_id,
        email
    from {{ customers_so_far }}
    {%- else %}
    select
        customer_id,
        email
    from {{ judged }}
    where 1 = 0
    {%- endif %}
),

claims as (
    select
        {{ judged }}.customer_id,
        {{ judged }}.email,
        holders.customer_id as holder_id,
        first_value({{ judged }}.customer_id) over (
            partition by {{ judged }}.email
            order by
                case when holders.customer_id = {{ judged }}.customer_id then 0 else 1 end asc,
                {{ judged }}.batch_date asc,
                {{ judged }}.line_number asc
        ) as first_claimant_id,
        row_number() over (
            partition by {{ judged }}.customer_id
            order by {{ judged }}.batch_date desc, {{ judged }}.line_number desc
        ) = 1 as is_last
    from {{ judged }}
    left join holders
        on {{ judged }}.email = holders.email
    where {{ is_clean(judged ~ ".reasons") }}
),

refused_claims as (
    select
        claims.customer_id,
        claims.email,
        claims.is_last
    from claims
    left join claims as last_claims
        on
            claims.holder_id = last_claims.customer_id
            and last_claims.is_last
    where
        claims.first_claimant_id <> claims.customer_id
        or (
            claims.holder_id <> claims.customer_id
            and (last_claims.email is null or last_claims.email = claims.email)
        )

    union distinct

    select
        claims.customer_id,
        claims.email,
        claims.is_last
    from claims
    inner join refused_claims
        on claims.holder_id = refused_claims.customer_id
    where
        claims.holder_id <> claims.customer_id
        and refused_claims.is_last
),

refused_addresses as (
    -- a customer may claim an address in several rows
    select distinct
        customer_id,
        email
    from refused_claims
),

judged_by_email as (
    select
        {{ judged }}.batch_date,
        {{ judged }}.line_number,
        {{ judged }}.source_file,
        {{ judged }}.is_retry,
        {{ judged }}.customer_id,
        {{ judged }}.first_name,
        {{ judged }}.last_name,
        {{ judged }}.email,
        {{ judged }}.phone,
        {{ judged }}.registration_date,
        {{ judged }}.city,
        {{ judged }}.state,
        {{ judged }}.country,
        {{ judged }}.age_group,
        case
            when refused_addresses.customer_id is null then {{ judged }}.reasons
            else {{ with_reason(judged ~ ".reasons", "'unique:email'") }}
        end as reasons
    from {{ judged }}
    left join refused_addresses
        on
            {{ judged }}.customer_id = refused_addresses.customer_id
            and {{ judged }}.email = refused_addresses.email
            and {{ is_clean(judged ~ ".reasons") }}
)
{%- endmacro %}
