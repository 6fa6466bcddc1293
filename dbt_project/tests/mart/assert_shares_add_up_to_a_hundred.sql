-- Shares are rounded one by one: they may be off a hundred by half a hundredth each,
-- and by no more.
with payment_distribution as (
    select * from {{ ref("rpt_payment_distribution") }}
),

totals as (
    select
        count(*) as method_count,
        sum(pct_of_transactions) as pct_of_transactions,
        sum(pct_of_revenue) as pct_of_revenue
    from payment_distribution
),

validation_errors as (
    select *
    from totals
    where
        method_count > 0
        and (
            abs(pct_of_transactions - 100) > 0.005 * method_count
            or abs(pct_of_revenue - 100) > 0.005 * method_count
        )
)

select * from validation_errors
