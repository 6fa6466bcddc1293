-- name: tables_to_empty
select relnamespace::regnamespace::text, relname, pg_get_userbyid(relowner) = %s
from pg_class
where
    relkind = 'r'
    and (
        relnamespace::regnamespace::text in ('staging', 'quarantine', 'production', 'snapshots')
        or (relnamespace::regnamespace::text = 'ops' and relname = any(%s))
    )
order by 1, 2;
