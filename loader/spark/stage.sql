-- name: types
select format_type(attribute.atttypid, attribute.atttypmod)
from unnest(%s::text[]) with ordinality as wanted (name, place)
inner join pg_attribute as attribute
    on attribute.attrelid = to_regclass(%s) and attribute.attname = wanted.name
order by wanted.place;

-- name: stage
create or replace table {table} using iceberg as
select * from parquet.`{folder}/{table}.parquet`
