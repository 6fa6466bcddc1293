-- A roll-up that read whole months is gone; those that took its place are made by the next build. Which months a
-- publication changed is on record from now on: schema.sql makes the table.
drop table if exists mart_build.int_sales_by_month_and_product;

-- Double orders are looked at by their code.
do $$
begin
    if to_regclass('ops.row_warnings') is not null then
        create index if not exists row_warnings_code on ops.row_warnings (code, row_key);
    end if;
end
$$;
