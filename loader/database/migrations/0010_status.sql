-- What became of a row in quarantine is its status, and what is off the usual an anomaly, as everybody calls them.
do $$
declare
    renamed record;
begin
    for renamed in
        select
            attribute.attrelid::regclass as relation,
            attribute.attname as old_name,
            case attribute.attname when 'verdict' then 'status' else 'is_anomaly' end as new_name
        from pg_attribute as attribute
        inner join pg_class as relation on attribute.attrelid = relation.oid
        where
            relation.relkind = 'r'
            and (
                (relation.relnamespace::regnamespace::text = 'quarantine' and attribute.attname = 'verdict')
                or (attribute.attrelid = to_regclass('ops.batch_anomalies') and attribute.attname = 'is_unusual')
            )
    loop
        execute format('alter table %s rename column %I to %I', renamed.relation, renamed.old_name, renamed.new_name);
    end loop;
    for renamed in
        select conrelid::regclass as relation, conname as old_name, replace(conname, '_verdict_', '_status_') as new_name
        from pg_constraint
        where connamespace::regnamespace::text = 'quarantine' and conname like '%\_verdict\_check'
    loop
        execute format('alter table %s rename constraint %I to %I', renamed.relation, renamed.old_name, renamed.new_name);
    end loop;
end
$$;
