-- What the YAML promises is what PostgreSQL enforces, and nothing was added by hand:
-- dbt creates constraints with a table and never looks again (macros/constraints.sql).
-- mart is looked at as the last publication left it. Where no engine enforces anything,
-- each constraint is asked for. dbt has to be told what to build before:
{%- for table in var("delivered_tables") %}
-- depends_on: {{ ref(table) }}, {{ ref("rejected_" ~ table) }}
{%- endfor %}
{%- for name in [
    "agg_customer_metrics", "agg_daily_sales", "agg_product_performance",
    "batch_anomalies", "batch_counts", "categories", "customers_snapshot",
    "dim_customers", "dim_dates", "dim_payment_methods", "dim_products", "fct_returns",
    "fct_sales", "payment_methods", "products_snapshot", "quality_counts",
    "row_warnings", "rpt_batch_quality", "rpt_category_performance",
    "rpt_cohort_retention", "rpt_customer_lifetime_value", "rpt_customer_rfm",
    "rpt_customer_segments", "rpt_daily_revenue", "rpt_day_of_week",
    "rpt_discount_impact", "rpt_geographic_sales", "rpt_monthly_trend",
    "rpt_new_and_returning_customers", "rpt_payment_distribution", "rpt_product_abc",
    "rpt_product_profitability", "rpt_return_reasons", "rpt_stock_cover",
    "rpt_top_products", "rpt_weekday_and_hour", "stock_levels", "sub_categories",
    "suppliers",
] %}
-- depends_on: {{ ref(name) }}
{%- endfor %}
with

{% if target.type == "postgres" %}
{%- set declared = declared_constraints() if execute else [] %}
declared_constraints as (
    select
        relation_name,
        kind,
        definitions
    from (
        values
        {%- for relation, kind, definitions in declared or [("", "", [""])] %}
        {%- set texts = definitions | map("replace", "'", "''") | join("', '") %}
        (
            '{{ relation }}',
            '{{ kind }}',
            array['{{ texts }}']
        ){{ "," if not loop.last }}
        {%- endfor %}
    ) as declared (relation_name, kind, definitions)
),

relations as (
    select
        relation_name,
        to_regclass(relation_name) as relation
    from declared_constraints
    group by relation_name
),

printed_constraints as (
    select
        relations.relation_name,
        pg_constraint.contype,
        pg_constraint.conname,
        pg_get_constraintdef(pg_constraint.oid) as definition,
        substring(
            pg_get_constraintdef(pg_constraint.oid) from '[(]([^)]*)[)]'
        ) as column_names,
        concat(pg_class.relnamespace::regnamespace, '.', pg_class.relname) as parent
    from relations
    inner join pg_constraint
        on relations.relation = pg_constraint.conrelid
    left join pg_class
        on pg_constraint.confrelid = pg_class.oid
    where
        pg_constraint.contype in ('p', 'u', 'f', 'c', 'x')
        and pg_constraint.convalidated
),

present_constraints as (
    select
        relation_name,
        case contype
            when 'p' then 'primary key'
            when 'u' then 'unique'
            when 'f' then 'foreign key'
            when 'c' then 'check'
            when 'x' then 'exclusion'
        end as kind,
        case contype
            when 'c' then concat(conname, ': ', definition)
            when 'x' then conname
            when 'f' then concat(conname, ': ', column_names, ' to ', parent)
            else column_names
        end as definition
    from printed_constraints

    union all

    select
        relations.relation_name,
        'not null' as kind,
        pg_attribute.attname as definition
    from relations
    inner join pg_attribute
        on relations.relation = pg_attribute.attrelid
    where
        pg_attribute.attnotnull
        and pg_attribute.attnum > 0
        and not pg_attribute.attisdropped
),

validation_errors as (
    select
        coalesce(
            declared_constraints.relation_name, present_constraints.relation_name
        ) as relation_name,
        coalesce(declared_constraints.kind, present_constraints.kind) as kind,
        declared_constraints.definitions as declared_definitions,
        present_constraints.definition as present_definition
    from declared_constraints
    full outer join present_constraints
        on
            declared_constraints.relation_name = present_constraints.relation_name
            and declared_constraints.kind = present_constraints.kind
            and present_constraints.definition
            = any(declared_constraints.definitions)
    where
        present_constraints.relation_name is null
        -- a primary key makes its columns not null without a word in the YAML
        or (
            declared_constraints.relation_name is null
            and present_constraints.kind <> 'not null'
        )
)
{% else %}
validation_errors as (
    {{ constraints_that_do_not_hold() }}
)
{% endif %}

select * from validation_errors
