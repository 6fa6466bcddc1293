-- name: values
select distinct {column} from {table} where ops.clean_code(customer_id) = %s

-- name: count
select count(*) from {table} where ops.clean_code(customer_id) = %s

-- name: update
update {table} set {assignments} where ops.clean_code(customer_id) = %s

-- name: version_id
dbt_scd_id = md5(concat(%s, '|', cast(dbt_updated_at as string)))

-- name: delete
delete from {table} where ops.clean_code(customer_id) = %s

-- name: count_warnings
select count(*) from ops.row_warnings where table_name = 'customers' and ops.clean_code(row_key) = %s

-- name: copy_warnings
insert into ops.row_warnings (table_name, row_key, code, batch_date)
select table_name, %s, code, max(batch_date)
from ops.row_warnings
where
    table_name = 'customers'
    and ops.clean_code(row_key) = %s
    and code not in (select code from ops.row_warnings where table_name = 'customers' and row_key = %s)
group by table_name, code

-- name: delete_warnings
delete from ops.row_warnings where table_name = 'customers' and ops.clean_code(row_key) = %s
