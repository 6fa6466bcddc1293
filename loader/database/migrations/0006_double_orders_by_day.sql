-- A double order is looked for among the customer's transactions of the day, no longer among all of the customer's.
do $$
declare
    former regclass;
begin
    if to_regclass('production.transactions') is not null then
        create index if not exists transactions_customer_and_day
            on production.transactions (customer_id, transaction_date);
        for former in
            select indexes.indexrelid::regclass
            from pg_index as indexes
            inner join pg_attribute as columns
                on
                    columns.attrelid = indexes.indrelid
                    and indexes.indkey::text = columns.attnum::text
            where
                indexes.indrelid = to_regclass('production.transactions')
                and columns.attname = 'customer_id'
        loop
            execute format('drop index %s', former);
        end loop;
    end if;
end
$$;
