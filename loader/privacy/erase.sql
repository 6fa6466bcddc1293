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
