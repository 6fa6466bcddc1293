{%- set columns = [
    "transaction_id", "customer_id", "transaction_date", "transaction_time",
    "payment_method", "shipping_address", "total_amount",
] -%}
with

candidates as (
    {{ candidates("transactions", [
        "transaction_id", "customer_id", "transaction_date", "transaction_time",
        "payment_method", "shipping_address", "total_amount",
    ]) }}
),

customers as (
    select * from {{ ref("customers") }}
),

expected_payment_methods as (
    select * from {{ ref("expected_payment_methods") }}
),

trimmed as {{ materialized_step() }} (
    select
        {{ origin() }},
        {{ clean_code("transaction_id") }} as transaction_id,
        {{ clean_code("customer_id") }} as customer_id,
        {{ clean_date("transaction_date") }} as transaction_date_text,
        {{ clean_time("transaction_time") }} as transaction_time_text,
        {{ clean_code("payment_method") }} as payment_method,
        {{ clean_block("shipping_address") }} as shipping_address,
        {{ clean_number("total_amount") }} as total_amount_text,
        {{ notes(
            texts=["shipping_address"],
            optional=["transaction_id", "customer_id", "payment_method"],
            amounts=["total_amount"],
            dates=["transaction_date"],
            times=["transaction_time"],
        ) }} as notes
    from candidates
),

cleaned as {{ materialized_step() }} (
    select
        {{ origin() }},
        trimmed.transaction_id,
        trimmed.customer_id,
        customers.customer_id as known_customer_id,
        trimmed.transaction_date_text,
        {{ try_to_date("trimmed.transaction_date_text") }} as transaction_date,
        trimmed.transaction_time_text,
        {{ try_to_time("trimmed.transaction_time_text") }} as transaction_time,
        coalesce(
            expected_payment_methods.payment_method_name, trimmed.payment_method
        ) as payment_method,
        trimmed.shipping_address,
        trimmed.total_amount_text,
        {{ try_to_decimal("trimmed.total_amount_text", 14, 2) }} as total_amount,
        trimmed.notes
    from trimmed
    left join customers
        on trimmed.customer_id = customers.customer_id
    left join expected_payment_methods
        on
            {{ lower_case("trimmed.payment_method") }}
            = {{ lower_case("expected_payment_methods.payment_method_name") }}
),

validated as {{ materialized_step() }} (
    select
        cleaned.*,
        {{ reasons(
            not_null_rules(["transaction_id", "customer_id", "payment_method"])
            + type_rules(["transaction_date", "transaction_time", "total_amount"])
            + length_rules({
                "transaction_id": 20, "customer_id": 20, "payment_method": 50,
                "shipping_address": 500,
            })
            + lookalike_rules(["transaction_id", "customer_id"])
            + [
                ("range:total_amount", as_delivered("total_amount") ~ " < 0"),
                ("future:transaction_date", "transaction_date > " ~ logical_date()),
                ("orphan:customer_id", "customer_id is not null and known_customer_id is null"),
            ]
        ) }} as reasons
    from cleaned
),

{{ classified("validated", "transaction_id", columns) }}

select * from classified
