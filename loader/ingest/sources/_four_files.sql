-- Run when the files are read. The four files, made of what a mapping says about orders, their lines and the catalogue:
--
--   variable sale_statuses: orders of any other status are left out, unless the user takes it, too
--   order_heads    one row per order: order_id, ordered_at, status, currency, email, phone, customer_ref, first_name,
--                  last_name, city, state, country, payment_method, shipping_address, goods (what the goods of the order
--                  cost by its head, null where the export has no such amount), order_discounts (the amounts, one of which
--                  must be what the head takes off the sum of the lines), shipping, tax, is_tax_inside (the
--                  prices), tips, refunded, paid (for goods and shipping, where the export has the payments)
--   order_lines    one row per line: order_id, line_number, sku, product_name, category, sub_category, brand, quantity,
--                  unit_price, amount (before discount), line_discount, cost, line_reason (why it is no sale of a product)
--   rows_of_orders the rows that these are made of: order_id, _file
--   catalogue      one row per product, or none: sku, product_name, category, sub_category, brand, supplier_id, price, cost,
--                  stock_quantity

-- A mapping leaves out the columns that its export has nothing for.

create table head_columns (
    order_id text, ordered_at timestamp, status text, currency text, email text, phone text, customer_ref text,
    first_name text, last_name text, city text, state text, country text, payment_method text, shipping_address text,
    goods decimal(18, 4), order_discounts decimal(18, 4) [], shipping decimal(18, 4), tax decimal(18, 4),
    is_tax_inside boolean, tips decimal(18, 4), refunded decimal(18, 4), paid decimal(18, 4)
);
create table line_columns (
    order_id text, line_number bigint, sku text, product_name text, category text, sub_category text, brand text,
    quantity decimal(18, 4), unit_price decimal(18, 4), amount decimal(18, 4), line_discount decimal(18, 4),
    cost decimal(18, 4), line_reason text
);
create table product_columns (
    sku text, product_name text, category text, sub_category text, brand text, supplier_id text, price decimal(18, 4),
    cost decimal(18, 4), stock_quantity decimal(18, 4)
);
create table all_heads as
from head_columns union all by name from order_heads;

create table all_lines as
select * replace (
    cast(unit_price as decimal(18, 4)) as unit_price,
    cast(coalesce(amount, 0) as decimal(18, 4)) as amount,
    cast(coalesce(line_discount, 0) as decimal(18, 4)) as line_discount
)
from (from line_columns union all by name from order_lines);

create table all_products as
from product_columns union all by name from catalogue;

-- Orders ---------------------------------------------------------------------------------------------------------------

create macro is_sale(status) as
    list_contains(getvariable('sale_statuses'), coalesce(status, ''));

create table orders as
with

sums as (
    select
        order_id,
        count(*) as line_count,
        cast(sum(amount - line_discount) as decimal(18, 4)) as net_amount
    from all_lines
    group by order_id
),

joined as (
    select
        all_heads.* exclude (order_id),
        coalesce(all_heads.order_id, sums.order_id) as order_id,
        all_heads.order_id is not null as has_head,
        sums.line_count,
        sums.net_amount,
        coalesce(all_heads.goods, sums.net_amount, 0) as goods_amount,
        case
            when all_heads.goods is null then 0
            else list_sort(list_transform(
                list_filter(
                    all_heads.order_discounts,
                    lambda taken_off: taken_off >= 0 and abs(sums.net_amount - taken_off - all_heads.goods)
                        <= 0.005 * (sums.line_count + 1)
                ),
                lambda taken_off: {
                    'off': abs(sums.net_amount - taken_off - all_heads.goods), 'taken_off': taken_off
                }
            ))[1].taken_off
        end as order_discount
    from all_heads
    full outer join sums
        on all_heads.order_id = sums.order_id
),

orders_classified as (
    select
        *,
        case
            when not has_head then 'lines without the order''s head'
            when currency is distinct from coalesce(getvariable('currency'), currency)
                then 'currency ' || coalesce(currency, 'unknown')
            when not is_sale(status) then coalesce(status, 'no status')
            when line_count is null then 'head without lines'
            when ordered_at is null then 'no date'
            when order_discount is null then 'head and lines disagree'
        end as reason
    from joined
)

select
    *,
    coalesce(reason in (
        'lines without the order''s head', 'head without lines', 'no date', 'head and lines disagree'
    ), false) as is_contradictory
from orders_classified;

-- Lines: what is paid for each, with its share of the order's discount -------------------------------------------------

create table lines as
with

cumulated as (
    select
        all_lines.*,
        amount - line_discount as net_amount,
        sum(amount - line_discount) over (
            partition by order_id
            order by line_number
            rows unbounded preceding
        ) as cumulative_net_amount,
        sum(amount - line_discount) over (partition by order_id) as net_of_order
    from all_lines
),

discounted as (
    select
        cumulated.*,
        share(orders.order_discount, cumulated.cumulative_net_amount, cumulated.net_of_order)
        - share(
            orders.order_discount, cumulated.cumulative_net_amount - cumulated.net_amount, cumulated.net_of_order
        ) as order_discount,
        orders.ordered_at,
        orders.reason as order_reason
    from cumulated
    inner join orders
        on cumulated.order_id = orders.order_id
)

select
    *,
    cast(round(net_amount, 2) as decimal(18, 2)) - order_discount as line_total,
    coalesce(line_reason, case
        when quantity is null or quantity <= 0 then 'lines with a quantity that is not above 0'
        when quantity <> floor(quantity) then 'lines with a quantity that is no whole number'
        when unit_price is null or unit_price <= 0 then 'lines with a price that is not above 0'
        when net_amount - order_discount < 0 then 'lines with a discount above their price'
        when sku is null and product_name is null then 'lines without a product'
    end) as reason
from discounted;

create table sold_lines as
select * from lines
where order_reason is null and reason is null;

-- Products: a SKU is the key where it means one thing, else the name ---------------------------------------------------

create table sku_meanings as
with

-- the catalogue says what a SKU means; names on old lines are those of their day
in_catalogue as (
    select sku, count(distinct lower(product_name)) as meaning_count
    from all_products
    where sku is not null
    group by sku
),

on_lines as (
    select sku, count(distinct lower(product_name)) as meaning_count
    from all_lines
    where sku is not null
    group by sku
)

select
    coalesce(in_catalogue.sku, on_lines.sku) as sku,
    coalesce(in_catalogue.meaning_count, on_lines.meaning_count) <= 1 as is_key,
    on_lines.meaning_count > 1 as has_names
from in_catalogue
full outer join on_lines
    on in_catalogue.sku = on_lines.sku;

create macro product_key(sku, is_key, product_name) as
    case when is_key then short_id(sku) else 'P' || left(sha256(lower(product_name)), 15) end;

create table catalogue_keyed as
select
    all_products.*,
    product_key(
        all_products.sku, coalesce(sku_meanings.is_key, false),
        coalesce(all_products.product_name, all_products.sku)
    ) as product_id
from all_products
left join sku_meanings
    on all_products.sku = sku_meanings.sku
where coalesce(all_products.product_name, all_products.sku) is not null;

-- a line without a SKU is of the product in the catalogue that has its name
create table sales as
with named as (
    select lower(product_name) as product_name, any_value(product_id) as product_id
    from catalogue_keyed
    group by lower(product_name)
    having count(distinct product_id) = 1
)

select
    sold_lines.*,
    case when sold_lines.sku is null and named.product_id is not null then named.product_id
        else product_key(
            sold_lines.sku, coalesce(sku_meanings.is_key, false),
            coalesce(sold_lines.product_name, sold_lines.sku)
        )
    end as product_id
from sold_lines
left join sku_meanings
    on sold_lines.sku = sku_meanings.sku
left join named
    on lower(sold_lines.product_name) = named.product_name;

create table known_products as
with

in_catalogue as (
    select
        product_id,
        any_value(product_name) as product_name,
        any_value(category) as category,
        any_value(sub_category) as sub_category,
        any_value(brand) as brand,
        any_value(supplier_id) as supplier_id,
        any_value(price) as price,
        any_value(cost) as cost,
        any_value(stock_quantity) as stock_quantity
    from catalogue_keyed
    group by product_id
),

-- as last sold
sold as (
    select
        product_id,
        arg_max(coalesce(product_name, sku), ordered_at) as product_name,
        arg_max(category, ordered_at) as category,
        arg_max(sub_category, ordered_at) as sub_category,
        arg_max(brand, ordered_at) as brand,
        arg_max(unit_price, ordered_at) as price,
        arg_max(cost, ordered_at) as cost,
        any_value(product_name) as name_on_lines
    from sales
    group by product_id
)

select
    coalesce(in_catalogue.product_id, sold.product_id) as product_id,
    coalesce(in_catalogue.product_name, sold.product_name, in_catalogue.product_id) as product_name,
    coalesce(in_catalogue.category, sold.category) as category,
    coalesce(in_catalogue.sub_category, sold.sub_category) as sub_category,
    coalesce(in_catalogue.brand, sold.brand) as brand,
    in_catalogue.supplier_id,
    in_catalogue.price as catalogue_price,
    coalesce(in_catalogue.price, sold.price) as price,
    coalesce(in_catalogue.cost, sold.cost) as cost,
    cast(case when in_catalogue.stock_quantity < 0 then 0 else in_catalogue.stock_quantity end as bigint)
        as stock_quantity,
    in_catalogue.stock_quantity < 0 as is_oversold,
    coalesce(in_catalogue.product_name, sold.name_on_lines) is not null as has_name
from in_catalogue
full outer join sold
    on in_catalogue.product_id = sold.product_id;

-- Customers: an e-mail whatever its case, else a phone, else the shop's own id, else a guest of one order ----------------

create table buyers as
with

contacts as (
    select
        *,
        nullif(regexp_extract(lower(email), '^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$'), '') as address,
        nullif(ltrim(regexp_replace(phone, '\D', '', 'g'), '0'), '') as digits
    from orders
    where reason is null and order_id in (select order_id from sales)
)

select
    *,
    case
        when address is not null then 'E' || left(sha256(address), 19)
        when length(digits) >= 6 then 'T' || left(sha256(digits), 19)
        when customer_ref is not null then short_id(customer_ref)
        else short_id('guest-' || order_id)
    end as customer_id,
    case
        when address is not null then 'by e-mail'
        when length(digits) >= 6 then 'by phone'
        when customer_ref is not null then 'by the shop''s own id'
        else 'guests, each of one order'
    end as known_by
from contacts;

create table known_customers as
select
    customer_id,
    arg_max(first_name, ordered_at) as first_name,
    arg_max(last_name, ordered_at) as last_name,
    any_value(address) as address,
    arg_max(phone, ordered_at) as phone,
    cast(min(ordered_at) as date) as registration_date,
    arg_max(city, ordered_at) as city,
    arg_max(state, ordered_at) as state,
    arg_max(country, ordered_at) as country,
    any_value(known_by) as known_by
from buyers
group by customer_id;

-- The four files -------------------------------------------------------------------------------------------------------

create table customers as
select
    customer_id,
    coalesce(first_name, last_name, 'Unknown') as first_name,
    coalesce(last_name, 'Unknown') as last_name,
    coalesce(address, lower(regexp_replace(customer_id, '[^A-Za-z0-9-]', '-', 'g')) || '@no-email.invalid') as email,
    phone,
    registration_date,
    city,
    state,
    country
from known_customers
order by customer_id;

create table products as
select
    product_id,
    product_name,
    coalesce(category, 'Uncategorized') as category,
    sub_category,
    price,
    cost,
    brand,
    stock_quantity,
    supplier_id
from known_products
order by product_id;

create table transactions as
select
    short_id(buyers.order_id) as transaction_id,
    any_value(buyers.customer_id) as customer_id,
    cast(any_value(buyers.ordered_at) as date) as transaction_date,
    strftime(any_value(buyers.ordered_at), '%H:%M:%S') as transaction_time,
    coalesce(any_value(buyers.payment_method), 'Unknown') as payment_method,
    one_line(any_value(buyers.shipping_address)) as shipping_address,
    sum(sales.line_total) as total_amount
from buyers
inner join sales
    on buyers.order_id = sales.order_id
group by buyers.order_id
order by transaction_date, transaction_time, transaction_id;

create table transaction_items as
select
    short_id(order_id || '-' || line_number) as item_id,
    short_id(order_id) as transaction_id,
    product_id,
    cast(quantity as bigint) as quantity,
    enough_decimals(cast(amount as double) / quantity, quantity) as unit_price,
    enough_decimals(
        100 * cast(line_discount + order_discount as double) / cast(amount as double), cast(amount as double) / 100
    ) as discount_percentage,
    line_total
from sales
order by ordered_at, order_id, line_number;

-- The report -----------------------------------------------------------------------------------------------------------

create table currencies as
select currency, count(*) as order_count, sum(goods_amount) as amount
from orders
where has_head and is_sale(status)
group by currency;

create table accounts as
select
    1 as place, 'delivered' as side, 'goods of all orders' as reason, count(*) as row_count,
    cast(coalesce(sum(goods_amount), 0) as decimal(18, 4)) as amount
from orders
where currency is not distinct from coalesce(getvariable('currency'), currency)
union all
select 2, 'left out', 'orders: ' || reason, count(*), cast(sum(goods_amount) as decimal(18, 4))
from orders
where reason is not null and reason not like 'currency %'
group by reason
union all
select 3, 'left out', reason, count(*), cast(sum(line_total) as decimal(18, 4))
from lines
where order_reason is null and reason is not null
group by reason
union all
select 4, 'rounded', 'to cents', count(*), cast(sum(orders.goods_amount - paid.line_total) as decimal(18, 4))
from orders
inner join (select order_id, sum(line_total) as line_total from lines group by order_id) as paid
    on orders.order_id = paid.order_id
where orders.reason is null and orders.goods_amount <> paid.line_total
having count(*) > 0;

create table not_delivered as
select 'customers.' || column_name as column_name, row_count, instead
from (
    select 'first_name' as column_name, count(*) filter (where first_name is null) as row_count, 'Unknown' as instead
    from known_customers
    union all
    select 'last_name', count(*) filter (where last_name is null), 'Unknown' from known_customers
    union all
    select 'email', count(*) filter (where address is null), '<customer_id>@no-email.invalid' from known_customers
    union all
    select 'registration_date', count(*), 'the date of the first order in the export' from known_customers
)
union all
select 'products.category', count(*) filter (where category is null), 'Uncategorized' from known_products
union all
select 'products.product_name', count(*) filter (where not has_name), 'the id' from known_products
union all
select
    'products.price', count(*) filter (where catalogue_price is null and price is not null),
    'the price of the last sale'
from known_products
union all
select
    'transactions.payment_method', count(*) filter (where payment_method = 'Unknown'), 'Unknown' from transactions
union all
select
    'transactions.transaction_time',
    case when count(*) filter (where transaction_time <> '00:00:00') = 0 then count(*) else 0 end, '00:00:00'
from transactions;

create table repeated_rows as
select count(*) - (select count(*) from of_last_file('rows_of_orders')) as row_count
from rows_of_orders;

create table remarks as
select 0 as place, format('orders in several files are taken from the last: {} left out', quantity(row_count, 'row')) as remark
from repeated_rows
where row_count > 0
union all
select 1, quantity(count(*), 'customer') || ' ' || known_by
from known_customers
group by known_by
union all
select 2, format('currency {}: {} of {:.2f} left out', currency, quantity(count(*), 'order'), cast(sum(goods_amount) as double))
from orders
where reason like 'currency %'
group by currency
union all
select
    3,
    format(
        'no goods, so in no file: shipping {:.2f}, tax {:.2f}, tips {:.2f}',
        cast(coalesce(sum(shipping), 0) as double),
        cast(coalesce(sum(tax), 0) as double),
        cast(coalesce(sum(tips), 0) as double)
    )
from orders
where reason is null
having sum(shipping) is not null or sum(tax) is not null
union all
select 3, format('prices include tax in {}, and so do sales', quantity(count(*), 'order'))
from orders
where reason is null and is_tax_inside
having count(*) > 0
union all
select
    4,
    format(
        'refunds of {}, {:.2f}: known by the order alone, so on no line; sales are before refunds',
        quantity(count(*), 'order'), cast(sum(refunded) as double)
    )
from orders
where reason is null and refunded > 0
having count(*) > 0
union all
select
    4,
    format(
        'orders whose payments are not goods and shipping: {}, by {:.2f} in all (interest, vouchers, deleted rows?)',
        count(*), cast(sum(paid - goods_amount - shipping) as double)
    )
from orders
where reason is null and abs(paid - goods_amount - shipping) > 0.01
having count(*) > 0
union all
select 5, format('SKUs that stand for several products, so names are the keys: {}', count(*))
from sku_meanings
where not is_key
having count(*) > 0
union all
select 6, format('SKUs with several names over time: {}', count(*))
from sku_meanings
where is_key and has_names
having count(*) > 0
union all
select 7, format('products sold beyond their stock, which is written as 0: {}', count(*))
from known_products
where is_oversold
having count(*) > 0;

-- What must never be: keys that are not unique.
create table faults as
select 'transaction_id is not unique' as fault from transactions
having count(*) > count(distinct transaction_id)
union all
select 'item_id is not unique' from transaction_items
having count(*) > count(distinct item_id)
union all
select 'product_id is not unique' from products
having count(*) > count(distinct product_id)
union all
select 'customer_id is not unique' from customers
having count(*) > count(distinct customer_id);

create table examples as
select reason, list(order_id order by order_id)[1:3] as orders
from orders
where is_contradictory
group by reason;
