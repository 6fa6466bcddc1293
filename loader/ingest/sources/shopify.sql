-- Shopify: Orders > Export and Products > Export, as CSV. An order has a row per line; amounts stand on its first row.

create table delivered.orders (
    "Name" text not null,
    "Email" text not null,
    "Financial Status" text not null,
    "Currency" text not null,
    "Subtotal" decimal(18, 4) not null,
    "Shipping" decimal(18, 4),
    "Taxes" decimal(18, 4),
    "Total" decimal(18, 4) not null,
    "Discount Amount" decimal(18, 4),
    "Created at" timestamp not null,
    "Lineitem quantity" decimal(18, 4) not null,
    "Lineitem name" text not null,
    "Lineitem price" decimal(18, 4) not null,
    "Lineitem sku" text not null,
    "Lineitem discount" decimal(18, 4),
    "Billing Name" text,
    "Billing City" text,
    "Billing Province" text,
    "Billing Province Name" text,
    "Billing Country" text,
    "Billing Phone" text,
    "Shipping Name" text,
    "Shipping Street" text,
    "Shipping City" text,
    "Shipping Zip" text,
    "Shipping Province" text,
    "Shipping Province Name" text,
    "Shipping Country" text,
    "Shipping Phone" text,
    "Phone" text,
    "Cancelled at|Canceled at" timestamp,
    "Payment Method" text,
    "Refunded Amount" decimal(18, 4),
    "Vendor" text,
    _file integer,
    _row bigint
);
comment on table delivered.orders is 'Orders > Export';

create table delivered.products (
    "Handle" text not null,
    "Title" text not null,
    "Vendor" text,
    "Type" text,
    "Product Category" text,
    "Option1 Value" text not null,
    "Option2 Value" text,
    "Option3 Value" text,
    "Variant SKU" text not null,
    "Variant Price" decimal(18, 4) not null,
    "Variant Inventory Qty" decimal(18, 4),
    "Cost per item" decimal(18, 4),
    _file integer,
    _row bigint
);
comment on table delivered.products is 'optional: Products > Export; without it cost and stock are missing';

set variable sale_statuses = ['paid', 'partially_paid', 'partially_refunded', 'refunded'];

-- A blank name is that of the row above.
create view rows_of_orders as
with named as (
    select
        *,
        last_value("Name" ignore nulls) over (partition by _file order by _row rows unbounded preceding) as order_id
    from delivered.orders
)

-- a tip is a row without a SKU, and no product
select *, lower("Lineitem name") = 'tip' and "Lineitem sku" is null as is_tip
from named
where order_id is not null;

create view order_lines as
select
    order_id,
    row_number() over (partition by order_id order by _row) as line_number,
    "Lineitem sku" as sku,
    "Lineitem name" as product_name,
    "Vendor" as brand,
    "Lineitem quantity" as quantity,
    "Lineitem price" as unit_price,
    "Lineitem quantity" * "Lineitem price" as amount,
    "Lineitem discount" as line_discount
from of_last_file('rows_of_orders')
where not is_tip and ("Lineitem name" is not null or "Lineitem quantity" is not null);

create view order_heads as
with

heads as (
    select
        order_id,
        of_head("Created at", _row) as ordered_at,
        lower(of_head("Financial Status", _row)) as status,
        of_head("Cancelled at|Canceled at", _row) is not null as is_cancelled,
        of_head("Currency", _row) as currency,
        of_head("Email", _row) as email,
        of_head(coalesce("Phone", "Billing Phone", "Shipping Phone"), _row) as phone,
        of_head(coalesce("Billing Name", "Shipping Name"), _row) as full_name,
        of_head(coalesce("Shipping City", "Billing City"), _row) as city,
        of_head(coalesce(
            "Shipping Province Name", "Billing Province Name", "Shipping Province", "Billing Province"
        ), _row) as state,
        of_head(coalesce("Shipping Country", "Billing Country"), _row) as country,
        of_head("Payment Method", _row) as payment_method,
        of_head(concat_ws(', ', "Shipping Street", "Shipping Zip"), _row) as shipping_address,
        of_head("Subtotal", _row) as goods,
        of_head("Total", _row) as total,
        coalesce(of_head("Discount Amount", _row), 0) as discount,
        coalesce(sum("Lineitem discount"), 0) as line_discounts,
        coalesce(sum("Lineitem quantity" * "Lineitem price") filter (where is_tip), 0) as tips,
        coalesce(sum("Lineitem quantity" * "Lineitem price") filter (where not is_tip), 0) as goods_before_discount,
        coalesce(of_head("Shipping", _row), 0) as shipping,
        coalesce(of_head("Taxes", _row), 0) as tax,
        of_head("Refunded Amount", _row) as refunded
    from of_last_file('rows_of_orders')
    group by order_id
),

-- The discount of the head holds the lines' discounts or not, and that of the shipping or not: the subtotal says which.
with_discounts as (
    select
        *,
        [
            discount, discount - line_discounts, 0, discount - shipping, discount - line_discounts - shipping
        ] as order_discounts
    from heads
    where goods is not null or status is not null
)

-- The subtotal holds the tips or not: it does where the lines agree with the rest of it.
select
    order_id,
    ordered_at,
    case when is_cancelled then 'cancelled' else status end as status,
    currency,
    email,
    phone,
    split_part(full_name, ' ', 1) as first_name,
    nullif(trim(substr(full_name, length(split_part(full_name, ' ', 1)) + 1)), '') as last_name,
    city,
    state,
    country,
    payment_method,
    nullif(shipping_address, '') as shipping_address,
    case
        when list_contains(order_discounts, goods_before_discount - line_discounts - (goods - tips)) then goods - tips
        else goods
    end as goods,
    order_discounts,
    shipping,
    tax,
    tax > 0 and total < goods + shipping + tax as is_tax_inside,
    tips,
    refunded
from with_discounts;

-- A row of images alone is no product; title and vendor stand on a product's first row.
create view catalogue as
with

filled as (
    select
        *,
        first_value("Title" ignore nulls) over handles as product_title,
        first_value("Vendor" ignore nulls) over handles as brand,
        first_value(coalesce("Type", "Product Category") ignore nulls) over handles as category
    from delivered.products
    window handles as (
        partition by "Handle"
        order by _file, _row
        rows between unbounded preceding and unbounded following
    )
)

select
    "Variant SKU" as sku,
    case
        when coalesce("Option1 Value", 'Default Title') = 'Default Title' then product_title
        else product_title || ' - ' || concat_ws(' / ', "Option1 Value", "Option2 Value", "Option3 Value")
    end as product_name,
    category,
    brand,
    "Variant Price" as price,
    "Cost per item" as cost,
    "Variant Inventory Qty" as stock_quantity
from filled
where "Variant Price" is not null;
