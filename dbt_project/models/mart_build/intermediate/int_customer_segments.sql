with customers as (
    select * from {{ ref("int_customer_versions") }}
    -- of a customer's versions, the first: every customer has one
    where valid_from = {{ beginning_of_time() }}
),

customer_metrics as (
    select * from {{ ref("agg_customer_metrics") }}
),

buyers_ranked as (
    select
        customer_id,
        transaction_count,
        first_purchase_date,
        -- equal spenders share a rank, so a tie at the edge is decided alike
        rank() over (order by total_spent desc nulls last) as spending_rank,
        count(*) over () as buyer_count
    from customer_metrics
),

customers_segmented as (
    select
        customers.customer_id,
        case
            when
                100 * (buyers_ranked.spending_rank - 1)
                < {{ var("vip_share_pct") }} * buyers_ranked.buyer_count
                and buyers_ranked.transaction_count >= {{ var("vip_min_transactions") }}
                then 'VIP'
            when
                buyers_ranked.customer_id is null
                or buyers_ranked.first_purchase_date
                > {{ add_days(logical_date(), "-" ~ var("new_customer_days")) }}
                then 'New'
            else 'Regular'
        end as customer_segment
    from customers
    left join buyers_ranked
        on customers.customer_id = buyers_ranked.customer_id
)

select * from customers_segmented
