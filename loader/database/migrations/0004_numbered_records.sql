-- Records bring the number of their line along, and a file's name is its table's: COPY need not work them out.
alter table if exists staging.customers
    alter column _line_number drop identity if exists,
    alter column _source_file set default 'customers.csv';
alter table if exists staging.products
    alter column _line_number drop identity if exists,
    alter column _source_file set default 'products.csv';
alter table if exists staging.transactions
    alter column _line_number drop identity if exists,
    alter column _source_file set default 'transactions.csv';
alter table if exists staging.transaction_items
    alter column _line_number drop identity if exists,
    alter column _source_file set default 'transaction_items.csv';
alter table if exists quarantine.rejected_lines
    alter column source_file set default current_setting('loader.table_name') || '.csv';
