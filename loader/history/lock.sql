-- name: holder_in_database
select activity.application_name, activity.pid, activity.backend_start
from pg_locks as held
inner join pg_stat_activity as activity on activity.pid = held.pid
where
    held.locktype = 'advisory'
    and held.granted
    and held.database = (select oid from pg_database where datname = current_database())
    and held.objsubid = 1
    and ((held.classid::bigint << 32) | held.objid::bigint) = hashtextextended('shop run', 0);
