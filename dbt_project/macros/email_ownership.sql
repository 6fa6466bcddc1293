{#-
    Steps that let one customer own an e-mail address: the first one keeps it. A customer claims one address, that of the
    last acceptable row. The claim is refused when another customer claimed the address before, when its holder in
    production does not move to another one in this batch, or when the holder's own move is refused (hence the recursion;
    the model says `with recursive`). Two customers may swap addresses. Who is refused keeps the address held so far: to fall
    back on an earlier row with a third one would make the holder's move, and so a second run of the day, undecided.
    Ends in a step `validated_by_email`, the validated rows with one reason more where their claim is refused.
-#}
{% macro validated_by_email(validated) -%}
{%- set existing_customers = source("existing_production", "customers") -%}
holders as (
    {%- if exists_already(existing_customers) %}
    select
        customer_id,
        email
    from {{ existing_customers }}
    {%- else %}
    select
        customer_id,
        email
    from {{ validated }}
    where 1 = 0
    {%- endif %}
),

last_rows as (
    select
        {{ validated }}.customer_id,
        {{ validated }}.email,
        {{ validated }}.batch_date,
        {{ validated }}.line_number,
        row_number() over (
            partition by {{ validated }}.customer_id
            order by {{ validated }}.batch_date desc, {{ validated }}.line_number desc
        ) as place_from_last
    from {{ validated }}
    where {{ is_clean(validated ~ ".reasons") }}
),

claims as (
    -- a customer claims one address, that of the last acceptable row; what rows before it say was never theirs
    select
        last_rows.customer_id,
        last_rows.email,
        holders.customer_id as holder_id,
        first_value(last_rows.customer_id) over (
            partition by last_rows.email
            order by
                case when holders.customer_id = last_rows.customer_id then 0 else 1 end asc,
                last_rows.batch_date asc,
                last_rows.line_number asc
        ) as first_claimant_id
    from last_rows
    left join holders
        on last_rows.email = holders.email
    where last_rows.place_from_last = 1
),

refused_claims as (
    select customer_id
    from claims
    where first_claimant_id <> customer_id

    union distinct

    -- only who wants another's address is compared with its holder: they are few
    select claims.customer_id
    from claims
    left join claims as holders_claims
        on claims.holder_id = holders_claims.customer_id
    where
        claims.holder_id <> claims.customer_id
        and (holders_claims.email is null or holders_claims.email = claims.email)

    union distinct

    select claims.customer_id
    from claims
    inner join refused_claims
        on claims.holder_id = refused_claims.customer_id
    where claims.holder_id <> claims.customer_id
),

refused_customers as (
    -- who is refused keeps the address held so far, whatever the rows before the last one say
    select
        refused_claims.customer_id,
        holders.email as held_email
    from refused_claims
    left join holders
        on refused_claims.customer_id = holders.customer_id
),

validated_by_email as (
    select
        {{ validated }}.batch_date,
        {{ validated }}.line_number,
        {{ validated }}.source_file,
        {{ validated }}.is_retry,
        {{ validated }}.customer_id,
        {{ validated }}.first_name,
        {{ validated }}.last_name,
        {{ validated }}.email,
        {{ validated }}.phone,
        {{ validated }}.registration_date,
        {{ validated }}.city,
        {{ validated }}.state,
        {{ validated }}.country,
        {{ validated }}.age_group,
        {{ validated }}.notes,
        case
            when refused_customers.customer_id is null then {{ validated }}.reasons
            else {{ with_reason(validated ~ ".reasons", "'unique:email'") }}
        end as reasons
    from {{ validated }}
    left join refused_customers
        on
            {{ validated }}.customer_id = refused_customers.customer_id
            and {{ validated }}.email is distinct from refused_customers.held_email
            and {{ is_clean(validated ~ ".reasons") }}
)
{%- endmacro %}
