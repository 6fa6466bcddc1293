-- Online Retail and Online Retail II: the UCI data sets of a British wholesaler, CSV or Excel. A row is a line of an invoice.

create table delivered.lines (
    "InvoiceNo|Invoice" text not null,
    "StockCode" text not null,
    "Description" text not null,
    "Quantity" decimal(18, 4) not null,
    "InvoiceDate" timestamp not null,
    "UnitPrice|Price" decimal(18, 4) not null,
    "CustomerID" text not null,
    "Country" text not null,
    _file integer,
    _row bigint
);
comment on table delivered.lines is 'Online Retail';

set variable sale_statuses = ['sale'];

create view rows_of_orders as
select
    plain_id("InvoiceNo|Invoice") as order_id,
    row_number() over (partition by plain_id("InvoiceNo|Invoice"), _file order by _row) as line_number,
    upper(plain_id("StockCode")) as sku,
    *
from delivered.lines;

-- Codes of products begin with five digits (or DCGS); others are postage, discounts, fees, samples, corrections by hand.
create view order_lines as
select
    order_id,
    line_number,
    sku,
    "Description" as product_name,
    "Quantity" as quantity,
    "UnitPrice|Price" as unit_price,
    "Quantity" * "UnitPrice|Price" as amount,
    case
        when not regexp_matches(sku, '^(\d{5}|DCGS)') then 'lines of no product: ' || sku
    end as line_reason
from of_last_file('rows_of_orders');

create view order_heads as
select
    order_id,
    of_head("InvoiceDate", line_number) as ordered_at,
    case
        when order_id ilike 'c%' then 'credit note'
        when order_id ilike 'a%' then 'adjustment'
        else 'sale'
    end as status,
    'GBP' as currency,
    plain_id(of_head("CustomerID", line_number)) as customer_ref,
    of_head("Country", line_number) as country,
    [0] as order_discounts
from of_last_file('rows_of_orders')
where order_id is not null
group by order_id;

-- A stock code is a product's, whatever its lines call it (damaged, wrongly coded, ...): the usual name is taken.
create view catalogue as
select
    sku,
    mode("Description") as product_name
from of_last_file('rows_of_orders')
where regexp_matches(sku, '^(\d{5}|DCGS)') and "Quantity" > 0 and "UnitPrice|Price" > 0
group by sku;
