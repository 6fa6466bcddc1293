-- name: tables
select relnamespace::regnamespace || '.' || relname
from pg_class
where relkind = 'r' and relpersistence = 'p' and relnamespace::regnamespace::text = any(%s);

-- As a nameless row: for the table's own type its owner may have made a cast, a function.
-- name: fingerprint
select count(*), coalesce(sum(hashtextextended(row(counted.*)::text, 0)::numeric), 0)::text
from {} as counted;
