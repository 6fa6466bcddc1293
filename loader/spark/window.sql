-- name: has_facts
select bool_and(to_regclass(relation.name) is not null)
from unnest(array[
    'mart_build.agg_daily_sales', 'mart_build.fct_returns', 'mart_build.fct_sales',
    'mart.fct_returns', 'mart.fct_sales'
]) as relation (name);

-- name: is_wider
-- whether a day of the window had sales or returns when all that PostgreSQL has was copied, and is not there
select exists (
    select 1 from mart_build.agg_daily_sales
    where
        date_key >= %s
        and date_key < coalesce(
            least(
                (select min(date_key) from mart_build.fct_sales),
                (select min(date_key) from mart_build.fct_returns)
            ),
            99999999
        )
        and (transaction_count > 0 or units_returned > 0)
);

-- name: note_moves
with first_days as (
    select
        coalesce((select min(date_key) from mart_build.fct_sales), 99999999) as sales_built,
        coalesce((select min(date_key) from mart_build.fct_returns), 99999999) as returns_built,
        coalesce((select min(date_key) from mart.fct_sales), 99999999) as sales_published,
        coalesce((select min(date_key) from mart.fct_returns), 99999999) as returns_published
),

moved_days as (
    select date_key from mart_build.fct_sales where date_key < (select sales_published from first_days)
    union
    select date_key from mart_build.fct_returns where date_key < (select returns_published from first_days)
    union
    select date_key from mart.fct_sales where date_key < (select sales_built from first_days)
    union
    select date_key from mart.fct_returns where date_key < (select returns_built from first_days)
)

insert into mart_build.int_changed_days (date_key, year_month, since_publication)
select
    date_key,
    to_char(to_date(date_key::text, 'YYYYMMDD'), 'YYYY-MM'),
    (select coalesce(max(publication_id), 0) from ops.publications)
from moved_days
on conflict (date_key) do nothing;
