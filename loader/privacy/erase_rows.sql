-- name: copy_customer
insert into production.customers
select (jsonb_populate_record(customers, %s::jsonb)).*
from production.customers
where ops.clean_code(customer_id) = %s
on conflict (customer_id) do nothing;

-- name: change_history
update snapshots.customers_snapshot
set
    customer_id = %(customer_id)s,
    first_name = %(first_name)s,
    last_name = %(last_name)s,
    dbt_scd_id = md5(%(customer_id)s || '|' || dbt_updated_at::text)
where ops.clean_code(customer_id) = %(old)s;

-- A view that somebody made shows what is in the tables.
-- name: tables_with_customers
select columns.table_schema || '.' || columns.table_name, bool_or(columns.column_name = 'full_name')
from information_schema.columns
inner join information_schema.tables using (table_schema, table_name)
where
    columns.table_schema in ('mart', 'mart_build')
    and columns.column_name in ('customer_id', 'full_name')
    and tables.table_type = 'BASE TABLE'
group by 1
having bool_or(columns.column_name = 'customer_id')
order by 1;

-- name: change_warnings
with theirs as (
    delete from ops.row_warnings where table_name = 'customers' and ops.clean_code(row_key) = %s returning *
)
insert into ops.row_warnings (table_name, row_key, code, batch_date)
select table_name, %s, code, max(batch_date) from theirs group by table_name, code
on conflict do nothing;

-- name: empty_line
update quarantine.rejected_lines
set code = 'erased', column_name = null, raw = %s
where batch_date = %s and table_name = %s and line_number = %s;
