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

statuses as (
    select
        validated_with_email.*,
        {{ row_status("customer_id") }} as status
    from validated_with_email
),

classified as (
    select
        {{ origin("statuses") }},
        {{ selected_columns("customers", "statuses") }},
        statuses.notes,
        {{ reasons_with_status("customers", "statuses", "accepted") }} as reasons,
        statuses.status
    from statuses
    left join statuses as accepted
        on
            statuses.customer_id = accepted.customer_id
            and statuses.status = 'duplicate'
            and accepted.status = 'accepted'
)

select * from classified
