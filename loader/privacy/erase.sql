-- A number once given is not given again while a customer bears it.
-- name: begin
insert into ops.erasures (pseudonym, id_hash, salt)
select
    'ERASED' || lpad(newest.number::text, greatest(6, length(newest.number::text)), '0'),
    %(id_hash)s,
    %(salt)s
from (select coalesce(max(substr(pseudonym, 7)::int), 0) + 1 as number from ops.erasures) as newest
on conflict (id_hash) do nothing;

-- name: begun
select pseudonym, erased_at is not null from ops.erasures where id_hash = %s;

-- From now on the customer counts as erased, and is made anonymous in later deliveries.
-- name: found
update ops.erasures set erased_at = coalesce(erased_at, now()) where pseudonym = %s;

-- name: forget
delete from ops.erasures where pseudonym = %s;

-- name: complete
update ops.erasures set completed_at = now() where pseudonym = %s;

-- Rows that wait because the person owns their e-mail address: the next build would accept them. For both engines.
-- name: released
select distinct ops.clean_code(rejected.customer_id)
from quarantine.rejected_customers as rejected
inner join production.customers as owner
    on lower(ops.clean_code(rejected.email)) = owner.email
where
    owner.customer_id = %s
    and rejected.status = 'open'
    and ops.clean_code(rejected.customer_id) <> owner.customer_id
order by 1;
