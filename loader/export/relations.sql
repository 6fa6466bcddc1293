-- name: relations
select
    relation.relname,
    obj_description(relation.oid, 'pg_class'),
    array_agg(attribute.attname order by attribute.attnum),
    array_agg(format_type(attribute.atttypid, attribute.atttypmod) order by attribute.attnum),
    array_agg(col_description(relation.oid, attribute.attnum) order by attribute.attnum),
    array_agg(attribute.attname) filter (
        where attribute.attcollation = 'pg_catalog."default"'::regcollation
        and (
            database.datlocprovider = 'b'
            or database.datlocprovider = 'c' and database.datcollate in ('C', 'POSIX')
        )
    )
from pg_class as relation
inner join pg_attribute as attribute on attribute.attrelid = relation.oid
inner join pg_database as database on database.datname = current_database()
where
    relation.relnamespace = to_regnamespace('mart')
    and relation.relkind = 'r'
    and relation.relname in (
        select relation_name from ops.publication_relations where publication_id = %s
    )
    and attribute.attnum > 0
    and not attribute.attisdropped
group by relation.oid, relation.relname
order by relation.relname collate "C";

-- name: primary_keys
select relation.relname, array_agg(attribute.attname order by key_column.position)
from pg_constraint as constraint_
inner join pg_class as relation on relation.oid = constraint_.conrelid
cross join lateral unnest(constraint_.conkey) with ordinality as key_column (attnum, position)
inner join pg_attribute as attribute
    on attribute.attrelid = constraint_.conrelid and attribute.attnum = key_column.attnum
where constraint_.contype = 'p' and constraint_.connamespace = to_regnamespace('mart')
group by relation.relname;

-- name: newest_publication
select
    publications.publication_id,
    publications.logical_date,
    invocations.run_id,
    publications.published_at::text
from ops.publications
left join ops.invocations using (invocation_id)
order by publications.publication_id desc
limit 1;
