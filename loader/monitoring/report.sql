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

-- name: warnings
select table_name || ': ' || code, count(*)
from ops.row_warnings
where batch_date = %s
group by table_name, code
order by count(*) desc, table_name, code;

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
