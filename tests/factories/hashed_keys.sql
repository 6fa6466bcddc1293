-- Brings a database to where an older release left it: keys were hashes, a sale had one of its own, nothing said where a
-- row came from, and nothing came back.
drop table mart.fct_returns, mart_build.fct_returns;
alter table mart.fct_sales
    drop constraint fct_sales_customer_key_fkey, drop constraint fct_sales_product_key_fkey,
    drop constraint fct_sales_payment_method_key_fkey;
do $$
declare
    place record;
    schema text;
begin
    for place in
        select table_schema, table_name, column_name from information_schema.columns
        where table_schema in ('mart', 'mart_build')
            and column_name in ('customer_key', 'product_key', 'payment_method_key')
    loop
        execute format(
            'alter table %I.%I alter column %I type text using md5(%I::text)',
            place.table_schema, place.table_name, place.column_name, place.column_name
        );
    end loop;
    foreach schema in array array['mart', 'mart_build'] loop
        execute format(
            'alter table %1$I.fct_sales drop constraint fct_sales_pkey, add column sales_key text;'
            'update %1$I.fct_sales set sales_key = md5(item_id);'
            'alter table %1$I.fct_sales add primary key (sales_key);'
            'create index on %1$I.fct_sales (item_id)',
            schema
        );
    end loop;
end
$$;
alter table mart.fct_sales
    add constraint fct_sales_customer_key_fkey
        foreign key (customer_key) references mart.dim_customers,
    add constraint fct_sales_product_key_fkey
        foreign key (product_key) references mart.dim_products,
    add constraint fct_sales_payment_method_key_fkey
        foreign key (payment_method_key) references mart.dim_payment_methods;
alter table production.customers drop column first_batch_date, drop column first_line_number;
alter table production.products drop column first_batch_date, drop column first_line_number;
grant select on mart.fct_sales to public;
