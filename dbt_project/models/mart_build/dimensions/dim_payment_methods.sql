with payment_methods as (
    select * from {{ ref("payment_methods") }}
),

keyed_payment_methods as (
    select
        {{ surrogate_key(["'payment_method'", "payment_method_name"]) }}
            as payment_method_key,
        payment_method_name,
        payment_type
    from payment_methods
)

select * from keyed_payment_methods
