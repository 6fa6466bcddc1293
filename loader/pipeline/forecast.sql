-- name: periods
select
    'customers.registration_date', false,
    min(registration_date) filter (where registration_date <= %(day)s),
    max(registration_date) filter (where registration_date <= %(day)s),
    count(*) filter (where registration_date > %(day)s), count(*)
from staging.stg_customers
where batch_date = %(day)s
union all
select
    'transactions.transaction_date', true,
    min(transaction_date) filter (where transaction_date <= %(day)s),
    max(transaction_date) filter (where transaction_date <= %(day)s),
    count(*) filter (where transaction_date > %(day)s), count(*)
from staging.stg_transactions
where batch_date = %(day)s
union all
select
    'returns.return_date', false,
    min(return_date) filter (where return_date <= %(day)s),
    max(return_date) filter (where return_date <= %(day)s),
    count(*) filter (where return_date > %(day)s), count(*)
from staging.stg_returns
where batch_date = %(day)s
having count(*) > 0
order by 1;
