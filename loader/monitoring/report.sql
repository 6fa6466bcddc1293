-- name: counts
select table_name, delivered_count, accepted_count, quarantined_count, resolved_count
from ops.batch_counts
where batch_date = %s
order by array_position(%s, table_name);

-- name: open
select count(*) from {rejected} where status = 'open';

-- name: reasons
select broken.code, count(*), (array_agg(line_number order by line_number))[:3]
from {rejected}
cross join lateral unnest(reasons) as broken (code)
where batch_date = %(day)s
group by broken.code
union all
select
    concat_ws(':', code, column_name), count(*),
    (array_agg(line_number order by line_number))[:3]
from quarantine.rejected_lines
where batch_date = %(day)s and table_name = %(table)s
group by 1
order by 2 desc, 1;

-- The lines of a batch that is still in staging, by file and key.
-- name: delivered
select {name} as table_name, btrim({key}) as row_key, _line_number as line_number
from staging.{table}
where (select batch_date from ops.loads order by load_id desc limit 1) = {day}

-- name: warnings
with

delivered as ({delivered}),

warned as (
    select table_name, row_key, code from ops.row_warnings
    where batch_date = {day}
),

warned_lines as (
    select
        warned.table_name,
        warned.row_key,
        warned.code,
        -- of a row that was delivered twice it is not known
        case when count(*) = 1 then max(delivered.line_number) end as line_number
    from warned
    left join delivered using (table_name, row_key)
    group by warned.table_name, warned.row_key, warned.code
)

select
    table_name || ': ' || code, count(*),
    coalesce(
        (array_agg(line_number order by line_number) filter (where line_number is not null))[:3],
        '{{}}'
    )
from warned_lines
group by table_name, code
order by count(*) desc, table_name, code;

-- Sales that the batch corrected after their return, as assert_returns_are_of_what_was_sold.
-- name: corrected
with

delivered as ({delivered}),

items as (
    select 'transaction_items' as table_name, delivered.line_number
    from mart.fct_returns as returns
    inner join mart.fct_sales as sales using (item_id)
    inner join delivered
        on delivered.table_name = 'transaction_items' and delivered.row_key = sales.item_id
    group by delivered.line_number, sales.item_id, sales.quantity, sales.revenue_amount
    having
        sum(returns.returned_quantity) > sales.quantity
        or sum(returns.refund_amount) > sales.revenue_amount + {tolerance}
),

transactions as (
    select distinct 'transactions' as table_name, delivered.line_number
    from mart.fct_returns as returns
    inner join mart.fct_sales as sales using (item_id)
    inner join delivered
        on delivered.table_name = 'transactions' and delivered.row_key = sales.transaction_id
    where returns.date_key < sales.date_key
)

select
    table_name || ': corrected_after_return', count(*),
    (array_agg(line_number order by line_number))[:3]
from (select * from items union all select * from transactions) as corrected
group by table_name
order by table_name;

-- name: publication
select
    publication_id, logical_date, published_at::text,
    coalesce(sum(inserted_count), 0)::bigint, coalesce(sum(deleted_count), 0)::bigint
from ops.publications
left join ops.publication_relations using (publication_id)
group by publication_id
order by publication_id desc
limit 1;

-- name: totals
select
    coalesce(sum(total_revenue) filter (where full_date = %(day)s), 0),
    coalesce(sum(transaction_count) filter (where full_date = %(day)s), 0)::bigint,
    coalesce(sum(total_revenue), 0),
    coalesce(sum(transaction_count), 0)::bigint
from mart.agg_daily_sales;
