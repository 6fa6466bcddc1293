-- name: server
select
    current_setting('server_version_num')::int / 10000,
    (select pg_encoding_to_char(encoding) from pg_database where datname = current_database()),
    pg_is_in_recovery(),
    current_database(),
    current_user::text,
    has_database_privilege(current_database(), 'create'),
    has_database_privilege(current_database(), 'temporary');

-- name: objects
select schemas.nspname, objects.name, schemas.is_marked
from (
    select
        oid, nspname,
        coalesce(obj_description(oid, 'pg_namespace'), '') like '%%' || %(mark)s as is_marked
    from pg_namespace
    where nspname = any(%(schemas)s)
) as schemas
left join (
    select relnamespace as namespace, relname::text as name from pg_class
    where relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c')
    union all
    select pronamespace, proname || '()' from pg_proc
    union all
    select typnamespace, typname::text from pg_type where typtype in ('d', 'e', 'r')
) as objects on objects.namespace = schemas.oid
order by 1, 2;

-- name: depending
-- What PostgreSQL would have to drop together with a table that every build makes anew.
with made_anew as (
    select pg_class.oid, pg_namespace.nspname || '.' || pg_class.relname as name
    from pg_class
    inner join pg_namespace on pg_namespace.oid = pg_class.relnamespace
    where
        pg_class.relkind = 'r'
        and (
            pg_namespace.nspname in ('mart_build', 'seeds')
            or pg_namespace.nspname = 'staging' and pg_class.relname like 'stg\_%'
        )
)
select pg_namespace.nspname || '.' || pg_class.relname, depending.how, made_anew.name
from made_anew
inner join (
    select pg_depend.refobjid as oid, pg_rewrite.ev_class as by, 'reads' as how
    from pg_depend
    inner join pg_rewrite
        on pg_rewrite.oid = pg_depend.objid and pg_depend.classid = 'pg_rewrite'::regclass
    where pg_depend.refclassid = 'pg_class'::regclass
    union
    select confrelid, conrelid, 'refers to' from pg_constraint where contype = 'f'
) as depending on depending.oid = made_anew.oid
inner join pg_class on pg_class.oid = depending.by
inner join pg_namespace on pg_namespace.oid = pg_class.relnamespace
order by 1, 3;

-- name: not_owned
select nspname, nspowner::regrole::text
from pg_namespace
where nspname = any(%s) and not pg_has_role(nspowner, 'usage')
order by 1;
