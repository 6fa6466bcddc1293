with payment_methods as (
    select * from {{ ref("payment_methods") }}
),

keyed_payment_methods as (
    select
        -- in the order of first acceptance, so that a new one changes no key
        cast(row_number() over (
            order by created_at asc, {{ bytewise("payment_method_name") }} asc
        ) as integer) as payment_method_key,
        payment_method_name,
        payment_type
    from payment_methods
)

select * from keyed_payment_methods
