{#-
    Steps that let one customer own an e-mail address: the first one keeps it. A claim is refused when an earlier claim on
    the address exists, when its holder in production does not give it up in this batch, or when the holder's own move to
    another address is refused (hence the recursion). Two customers may swap addresses.
    Ends in a step `classified_by_email`; the model says `with recursive`.
-#}
{% macro classified_by_email(columns) -%}
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
    from classified
    where 1 = 0
    {%- endif %}
),

claims as (
    select
        classified.customer_id,
        classified.email,
        holders.customer_id as holder_id,
        row_number() over (
            partition by classified.email
            order by
                case when holders.customer_id = classified.customer_id then 0 else 1 end asc,
                classified.batch_date asc,
                classified.line_number asc
        ) as claim_rank
    from classified
    left join holders
        on classified.email = holders.email
    where classified.verdict = 'accepted'
),

refused_claims as (
    select claims.customer_id
    from claims
    left join claims as claims_of_holder
        on
            claims.holder_id = claims_of_holder.customer_id
            and claims.email <> claims_of_holder.email
    where
        claims.claim_rank > 1
        or (claims.holder_id <> claims.customer_id and claims_of_holder.customer_id is null)

    union distinct

    select claims.customer_id
    from claims
    inner join refused_claims
        on claims.holder_id = refused_claims.customer_id
    where claims.holder_id <> claims.customer_id
),

classified_by_email as (
    select
        {%- for column in ["batch_date", "line_number", "source_file", "is_retry"] + columns %}
        classified.{{ column }},
        {%- endfor %}
        case
            when refused_claims.customer_id is null or classified.verdict <> 'accepted'
                then classified.reasons
            else {{ with_reason("classified.reasons", "'unique:email'") }}
        end as reasons,
        case
            when refused_claims.customer_id is null then classified.verdict
            else 'open'
        end as verdict
    from classified
    left join refused_claims
        on classified.customer_id = refused_claims.customer_id
)
{%- endmacro %}
