-- name: months
-- no month before the first row: what Spark has beside the newest months is not in mart
select distinct to_char(full_date, 'YYYY-MM') from mart.{days}
where date_key >= (select min(date_key) from mart.{relation})
order by 1;

-- name: changes
select
    %(relation)s = any(array_agg(relation_name) filter (where inserted_count + deleted_count > 0))
        or count(*) filter (where relation_name = %(relation)s) < count(distinct publication_id),
    bool_or(is_full)
from ops.publications
left join ops.publication_relations using (publication_id)
where publication_id > %(publication_id)s;

-- name: published_rows
select row_count from ops.publication_relations where publication_id = %s and relation_name = %s;
