-- name: period
select
    '{table}.{column}',
    {is_event},
    min({column}) filter (where {column} <= %(day)s),
    max({column}) filter (where {column} <= %(day)s),
    count(*) filter (where {column} > %(day)s),
    count(*)
from staging.stg_{table}
where batch_date = %(day)s
