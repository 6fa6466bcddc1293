-- Our four files but for names: of files, of columns (`Customer ID`), and the way dates and numbers are written.

create table delivered.customers (
    "customer_id" text not null,
    "first_name" text not null,
    "last_name" text not null,
    "email" text not null,
    "phone" text,
    "registration_date" timestamp not null,
    "city" text,
    "state" text,
    "country" text,
    "age_group" text,
    _file integer,
    _row bigint
);
comment on table delivered.customers is 'exact: customers';

create table delivered.products (
    "product_id" text not null,
    "product_name" text not null,
    "category" text not null,
    "sub_category" text,
    "price" decimal(18, 4) not null,
    "cost" decimal(18, 4) not null,
    "brand" text,
    "stock_quantity" decimal(18, 4) not null,
    "supplier_id" text,
    _file integer,
    _row bigint
);
comment on table delivered.products is 'exact: products';

create table delivered.transactions (
    "transaction_id" text not null,
    "customer_id" text not null,
    "transaction_date" timestamp not null,
    "transaction_time" text not null,
    "payment_method" text not null,
    "shipping_address" text,
    "total_amount" decimal(18, 4) not null,
    _file integer,
    _row bigint
);
comment on table delivered.transactions is 'exact: transactions';

create table delivered.transaction_items (
    "item_id" text not null,
    "transaction_id" text not null,
    "product_id" text not null,
    "quantity" decimal(18, 4) not null,
    "unit_price" decimal(18, 4) not null,
    "discount_percentage" decimal(18, 4) not null,
    "line_total" decimal(18, 4) not null,
    _file integer,
    _row bigint
);
comment on table delivered.transaction_items is 'exact: lines of transactions';

set variable sale_statuses = [];

create view customers as
select * replace (cast(registration_date as date) as registration_date)
from delivered.customers
order by _file, _row;

create view products as
select * from delivered.products
order by _file, _row;

create view transactions as
select * replace (
    cast(transaction_date as date) as transaction_date,
    one_line(shipping_address) as shipping_address
)
from delivered.transactions
order by _file, _row;

create view transaction_items as
select * from delivered.transaction_items
order by _file, _row;

create view currencies as
select cast(null as text) as currency, 0 as order_count, 0 as amount
where false;

create view accounts as
select
    1 as place, 'delivered' as side, 'sum of line_total' as reason,
    (select count(*) from delivered.transactions) as row_count, coalesce(sum(line_total), 0) as amount
from delivered.transaction_items;

create view not_delivered as
select cast(null as text) as column_name, 0 as row_count, cast(null as text) as instead
where false;

create view remarks as
select
    1 as place,
    format(
        'transactions whose total_amount is not the sum of their lines: {}, by {:.2f} in all',
        count(*), cast(sum(transactions.total_amount - coalesce(sums.line_total, 0)) as double)
    ) as remark
from delivered.transactions as transactions
left join (
    select transaction_id, sum(line_total) as line_total from delivered.transaction_items group by transaction_id
) as sums
    on transactions.transaction_id = sums.transaction_id
where abs(transactions.total_amount - coalesce(sums.line_total, 0)) > 0.01
having count(*) > 0;

create view faults as
select cast(null as text) as fault
where false;

create view examples as
select cast(null as text) as reason, cast([] as text []) as orders
where false;
