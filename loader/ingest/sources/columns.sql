-- Our files but for names: of files, of columns (`Customer ID`), and the way dates and numbers are written.

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

create table delivered.returns (
    "return_id" text not null,
    "item_id" text not null,
    "return_date" timestamp not null,
    "quantity" decimal(18, 4) not null,
    "refund_amount" decimal(18, 4) not null,
    "reason" text,
    _file integer,
    _row bigint
);
comment on table delivered.returns is 'optional, exact: returns';

set variable sale_statuses = [];

create view customers as
select * replace (cast(registration_date as date) as registration_date)
from delivered.customers
order by _file, _row;

create view products as
select * from delivered.products
order by _file, _row;

-- Lines with a negative quantity, where these are to be returns, and the sale that each takes back: the one line of the
-- product in its own order, else the one to the same customer until that day, of as many units and as much money. Where
-- that is none or several, `reason` says so: which was meant is not in the export.
create view negative_lines as
with

known_orders as (
    select
        transaction_id,
        any_value(customer_id) as customer_id,
        any_value(cast(transaction_date as date)) as ordered_on
    from delivered.transactions
    group by transaction_id
    having count(*) = 1
),

lines_of_orders as (
    select
        items.item_id,
        items.transaction_id,
        items.product_id,
        items.quantity,
        items.line_total,
        known_orders.customer_id,
        known_orders.ordered_on,
        items.item_id is not null and count(*) over (partition by items.item_id) = 1 as is_unique
    from delivered.transaction_items as items
    left join known_orders
        on items.transaction_id = known_orders.transaction_id
),

negative as (
    select
        * exclude (quantity, line_total),
        -quantity as quantity,
        -line_total as refund_amount
    from lines_of_orders
    where quantity < 0 and getvariable('are_negative_lines_returns')
),

candidates as (
    select
        negative.item_id,
        sold.item_id as sold_item_id,
        sold.quantity as sold_quantity,
        sold.line_total as paid_amount,
        sold.transaction_id = negative.transaction_id as is_of_order,
        bool_or(sold.transaction_id = negative.transaction_id) over (partition by negative.item_id) as has_one_of_order
    from negative
    inner join lines_of_orders as sold
        on
            negative.product_id = sold.product_id
            and (negative.transaction_id = sold.transaction_id or negative.customer_id = sold.customer_id)
            and negative.ordered_on >= sold.ordered_on
            and negative.quantity <= sold.quantity
            and negative.refund_amount <= sold.line_total
    where sold.is_unique and negative.is_unique
),

matched as (
    select
        item_id,
        any_value(sold_item_id) as sold_item_id,
        any_value(sold_quantity) as sold_quantity,
        any_value(paid_amount) as paid_amount,
        count(*) as sale_count
    from candidates
    where is_of_order = has_one_of_order
    group by item_id
),

with_sums as (
    select
        negative.*,
        matched.* exclude (item_id),
        sum(negative.quantity) over sales as quantity_of_sale,
        sum(negative.refund_amount) over sales as refund_of_sale
    from negative
    left join matched
        on negative.item_id = matched.item_id
    window sales as (partition by matched.sold_item_id, matched.sale_count)
)

select
    *,
    case
        when ordered_on is null then 'of an order that is not there, or twice'
        when not is_unique then 'without an item_id of their own'
        when quantity <> floor(quantity) or refund_amount < 0 then 'that pay nothing back, or for parts of a unit'
        when sale_count is null then 'of no sale to the customer'
        when sale_count > 1 then 'of which several sales may be meant'
        when quantity_of_sale > sold_quantity or refund_of_sale > paid_amount then 'of more than was sold'
    end as reason
from with_sums;

create view returned_lines as
select
    item_id as return_id,
    sold_item_id as item_id,
    ordered_on as return_date,
    cast(quantity as bigint) as quantity,
    refund_amount
from negative_lines
where reason is null
order by return_date, return_id;

create view returns as
select
    * replace (cast(quantity as text) as quantity),
    null as reason
from returned_lines
union all by name
select * exclude (_file, _row) replace (
    cast(return_date as date) as return_date,
    case
        when quantity = floor(quantity) then cast(cast(quantity as bigint) as text)
        else cast(quantity as text)
    end as quantity
)
from (select * from delivered.returns order by _file, _row) as delivered_returns;

create view transaction_items as
select * from delivered.transaction_items
where coalesce(item_id not in (select return_id from returned_lines), true)
order by _file, _row;

-- A total that was the sum of all lines becomes that of those that stay; without any the order is no sale.
create view transactions as
with lines_of_orders as (
    select
        items.transaction_id,
        sum(items.line_total) as total_amount,
        sum(items.line_total) filter (where returned_lines.return_id is not null) as moved_amount,
        bool_and(returned_lines.return_id is not null) as is_moved
    from delivered.transaction_items as items
    left join returned_lines
        on items.item_id = returned_lines.return_id
    group by items.transaction_id
)

select orders.* replace (
    cast(orders.transaction_date as date) as transaction_date,
    one_line(orders.shipping_address) as shipping_address,
    case
        when abs(orders.total_amount - lines_of_orders.total_amount) > 0.01 then orders.total_amount
        else orders.total_amount - coalesce(lines_of_orders.moved_amount, 0)
    end as total_amount
)
from delivered.transactions as orders
left join lines_of_orders
    on orders.transaction_id = lines_of_orders.transaction_id
where not coalesce(lines_of_orders.is_moved, false)
order by orders._file, orders._row;

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
from transactions
left join (
    select transaction_id, sum(line_total) as line_total from transaction_items group by transaction_id
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
