-- name: false_tables
with found as (
    select relnamespace::regnamespace::text || '.' || relname as name, relowner as owner
    from pg_class
    where relnamespace::regnamespace::text || '.' || relname = any(%(tables)s)
    union
    select pronamespace::regnamespace::text || '.' || proname, proowner
    from pg_proc
    where pronamespace::regnamespace::text || '.' || proname = any(%(functions)s)
)
select found.name, owners.rolname
from found
inner join pg_roles as owners on owners.oid = found.owner
where owners.rolname = any(%(roles)s)
order by found.name;

-- name: functions_behind
-- Whatever runs with the rights of who uses a table of the loader's.
with behind as (
    select 'pg_trigger'::regclass as classid, oid as objid, tgrelid as relation from pg_trigger
    union all
    select 'pg_attrdef'::regclass, oid, adrelid from pg_attrdef
    union all
    select 'pg_constraint'::regclass, oid, conrelid from pg_constraint
    union all
    select 'pg_class'::regclass, indexrelid, indrelid from pg_index
    union all
    select 'pg_rewrite'::regclass, oid, ev_class from pg_rewrite
)
select distinct tables.name, pg_depend.refobjid::regprocedure::text
from behind
inner join (
    select oid, relnamespace::regnamespace::text || '.' || relname as name from pg_class
) as tables on tables.oid = behind.relation
inner join pg_depend using (classid, objid)
inner join pg_proc on pg_proc.oid = pg_depend.refobjid
where
    pg_depend.refclassid = 'pg_proc'::regclass
    and tables.name = any(%(tables)s)
    and pg_proc.pronamespace::regnamespace::text || '.' || pg_proc.proname <> all(%(functions)s)
order by 1, 2;

-- name: own_things
select 'table', oid::regclass::text
from pg_class
where
    relnamespace::regnamespace::text || '.' || relname = any(%(tables)s)
    and relkind in ('r', 'v', 'S')
union all
select 'function', oid::regprocedure::text
from pg_proc
where oid::regprocedure::text = any(%(signatures)s)
union all
select 'schema', quote_ident(nspname) from pg_namespace where nspname = any(%(schemas)s);

-- name: relations_to_hand_over
select
    namespace.nspname,
    relation.relname,
    relation.relkind,
    pg_get_userbyid(relation.relowner)
from pg_class as relation
inner join pg_namespace as namespace on namespace.oid = relation.relnamespace
where
    namespace.nspname = any(%(schemas)s)
    and relation.relkind in ('r', 'p', 'v', 'm', 'S')
    and (
        namespace.nspname || '.' || relation.relname = any(%(made_by_loader)s)
        or relation.relkind in ('r', 'p')  -- dbt makes tables alone
        and pg_get_userbyid(relation.relowner) = any(%(ours)s)
        and (
            namespace.nspname <> 'mart'
            or relation.relname in (select relation_name from ops.publication_relations)
        )
    )
    and not exists (  -- a sequence of a column follows its table
        select from pg_depend
        where
            pg_depend.objid = relation.oid
            and pg_depend.classid = 'pg_class'::regclass
            and pg_depend.deptype in ('a', 'i')
            and relation.relkind = 'S'
    );

-- name: open_transactions
select distinct activity.pid, activity.usename
from pg_locks as held
inner join pg_stat_activity as activity on activity.pid = held.pid
inner join pg_class as relations on relations.oid = held.relation
where
    activity.datname = current_database()
    and activity.pid <> pg_backend_pid()
    and relations.relnamespace::regnamespace::text = any(%s)
order by activity.pid;
