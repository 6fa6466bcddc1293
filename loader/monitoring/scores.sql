-- name: batches
select batch_date, jsonb_object_agg(table_name, array[delivered_count, accepted_count])
from ops.batch_counts
where batch_date <= coalesce(%s::date, 'infinity')
group by batch_date
order by batch_date desc
limit %s;

-- name: scores
select
    batch_date, table_name, dimension, rows_pct::float, money_pct::float, check_count, failed_count, missing_count,
    score::float
from ops.quality_scores
where batch_date = any(%s)
order by batch_date, array_position(%s, table_name), dimension <> 'all', dimension;

-- name: anomalies
select
    batch_date, measure, amount::float, point_count, usual_amount::float, usual_deviation::float, is_anomaly
from ops.batch_anomalies
where batch_date = %s
order by measure;
