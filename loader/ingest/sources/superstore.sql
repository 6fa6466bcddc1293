-- Superstore: the sample data of Tableau, CSV or Excel. A row is a line of an order; Sales is after discount, Discount a share.

create table delivered.lines (
    "Order ID" text not null,
    "Order Date" timestamp not null,
    "Customer ID" text not null,
    "Customer Name" text not null,
    "Country|Country/Region" text,
    "City" text,
    "State|State/Province" text,
    "Product ID" text not null,
    "Category" text not null,
    "Sub-Category" text not null,
    "Product Name" text not null,
    "Sales" decimal(18, 4) not null,
    "Quantity" decimal(18, 4) not null,
    "Discount" decimal(18, 4) not null,
    "Profit" decimal(18, 4),
    _file integer,
    _row bigint
);
comment on table delivered.lines is 'Orders of Sample - Superstore';

set variable sale_statuses = ['sale'];

-- Global files give the ids of some orders to several customers: each has an order of their own.
create view rows_of_orders as
with shared as (
    select
        *,
        min("Customer ID") over (partition by "Order ID") <> max("Customer ID") over (partition by "Order ID")
            as is_shared
    from delivered.lines
)

select
    *,
    case when is_shared then "Order ID" || '/' || "Customer ID" else "Order ID" end as order_id,
    row_number() over (partition by "Order ID", "Customer ID", _file order by _row) as line_number
from shared;

create view order_lines as
with priced as (
    select
        *,
        case
            when "Discount" < 1 then cast("Sales" / (1 - "Discount") as decimal(18, 4)) else "Sales"
        end as amount
    from of_last_file('rows_of_orders')
)

select
    order_id,
    line_number,
    "Product ID" as sku,
    "Product Name" as product_name,
    "Category" as category,
    "Sub-Category" as sub_category,
    "Quantity" as quantity,
    amount / nullif("Quantity", 0) as unit_price,
    amount,
    amount - "Sales" as line_discount,
    cast(("Sales" - "Profit") / nullif("Quantity", 0) as decimal(18, 4)) as cost
from priced;

create view order_heads as
with heads as (
    select
        order_id,
        of_head("Order Date", line_number) as ordered_at,
        of_head("Customer ID", line_number) as customer_ref,
        of_head("Customer Name", line_number) as full_name,
        of_head("City", line_number) as city,
        of_head("State|State/Province", line_number) as state,
        of_head("Country|Country/Region", line_number) as country
    from of_last_file('rows_of_orders')
    where order_id is not null
    group by order_id
)

select
    * exclude (full_name),
    split_part(full_name, ' ', 1) as first_name,
    nullif(trim(substr(full_name, length(split_part(full_name, ' ', 1)) + 1)), '') as last_name,
    'sale' as status,
    [0] as order_discounts
from heads;

-- The lines alone say what there is to buy; what a product costs is that of its last sale (Sales less Profit).
create view catalogue as
select "Product ID" as sku from delivered.lines
where false;
