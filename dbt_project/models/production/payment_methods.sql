{{ config(unique_key="payment_method_name") }}
with

expected_payment_methods as (
    select * from {{ ref("expected_payment_methods") }}
),

known_payment_methods as (
    -- a payment method comes with each of its transactions
    select distinct payment_method as payment_method_name
    from {{ ref("stg_transactions") }}
    where status = 'accepted'
    {% if is_incremental() %}
    -- what is known already may be expected now, or no longer
    union distinct
    select payment_method_name from {{ this }}
    {% endif %}
),

payment_methods as (
    select
        coalesce(
            expected_payment_methods.payment_method_name,
            known_payment_methods.payment_method_name
        ) as payment_method_name,
        coalesce(expected_payment_methods.payment_type, 'Online') as payment_type,
        expected_payment_methods.payment_method_name is not null as is_expected
    from expected_payment_methods
    full outer join known_payment_methods
        on
            expected_payment_methods.payment_method_name
            = known_payment_methods.payment_method_name
),

{{ only_changes("payment_methods", key=["payment_method_name"]) }}
