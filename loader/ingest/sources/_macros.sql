-- What every mapping may use. A mapping (shopify.sql, ...) first declares the files of the export as tables of the schema
-- `delivered`: a column `not null` is in every such export, another may be missing; a table's comment says where the shop
-- system writes the file, and begins with `optional` where one can do without it. Blank values
-- arrive as null; `_file` and `_row` say from which file and line.

set variable are_negative_lines_returns = false;

create schema delivered;
create schema raw;
create schema made;

-- An id longer than the declared length (dbt_project.yml) becomes a digest of it.
create macro short_id(value) as
    case
        when length(value) <= getvariable('id_length') then value
        else left(sha256(value), getvariable('id_length'))
    end;

-- Numbers in ids come out of spreadsheets as 17850.0.
create macro plain_id(value) as regexp_replace(value, '^(\d+)\.0+$', '\1');

-- A count and what it counts, in the plural unless it is one.
create macro quantity(number, noun) as number || ' ' || noun || if(number = 1, '', 's');

create macro one_line(value) as trim(regexp_replace(value, '\s*[\r\n]+\s*', ', ', 'g'));

-- The first value that is not blank, in the order of the file: an order's head stands on one of its lines.
create macro of_head(value, place) as arg_min(value, place) filter (where value is not null);

-- The part of an order's discount that falls on a line: sums over the lines are exact, to the cent.
create macro share(amount, part, whole) as
    coalesce(cast(round(cast(amount as double) * part / nullif(whole, 0), 2) as decimal(18, 2)), 0);

-- Four decimals where they give the amount back, else as many as it takes: rules of the run see what is delivered.
create macro enough_decimals(value, amount_per_unit) as
    case
        when abs(round(value, 4) - value) * amount_per_unit < 0.004
            then cast(cast(round(value, 4) as decimal(24, 4)) as text)
        else cast(cast(round(value, 10) as decimal(28, 10)) as text)
    end;

-- The rows of an order in several files (exports overlap) are taken from the last of them.
create macro of_last_file(rows_of_orders) as table
select * from query_table(rows_of_orders)
qualify _file = max(_file) over (partition by order_id);
