with

customers_validated as (
    select * from {{ ref("int_customers_validated") }}
),

refused_emails as (
    select * from {{ ref("int_refused_emails") }}
),

validated_with_email as (
    -- who is refused keeps the address held so far, whatever the rows before the last
    -- one say
    select
        {{ origin("customers_validated") }},
        {{ selected_columns("customers", "customers_validated") }},
        customers_validated.notes,
        case
            when refused_emails.customer_id is null then customers_validated.reasons
            else {{ with_reason("customers_validated.reasons", "'unique:email'") }}
        end as reasons
    from customers_validated
    left join refused_emails
        on
            customers_validated.customer_id = refused_emails.customer_id
            and customers_validated.email is distinct from refused_emails.held_email
            and {{ is_clean("customers_validated.reasons") }}
),

verdicts as (
    select
        validated_with_email.*,
        {{ verdict("customer_id") }} as verdict
    from validated_with_email
),

classified as (
    select
        {{ origin("verdicts") }},
        {{ selected_columns("customers", "verdicts") }},
        verdicts.notes,
        {{ reasons_with_verdict("customers", "verdicts", "accepted") }} as reasons,
        verdicts.verdict
    from verdicts
    left join verdicts as accepted
        on
            verdicts.customer_id = accepted.customer_id
            and verdicts.verdict = 'duplicate'
            and accepted.verdict = 'accepted'
)

select * from classified
