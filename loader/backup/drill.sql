-- name: is_published
select coalesce(max(publications.published_at) > max(loads.loaded_at), false)
from ops.loads
cross join ops.publications
where
    loads.load_id = (select max(load_id) from ops.loads)
    and publications.logical_date = loads.batch_date;

-- name: columns
select
    attrelid::regclass::text,
    array_agg(attname || ' ' || format_type(atttypid, atttypmod) order by attname)
from pg_attribute
inner join pg_class on pg_class.oid = attrelid
where relkind = 'r' and attnum > 0 and not attisdropped
group by attrelid;
