{#-
    How what is made of sales stays as cheap on a long history as on a short one: int_changed_days says which days'
    sales changed since the newest publication, and roll-ups are computed anew for these days or their months.
-#}

{#-
    Incremental strategy replace_changed: what the table holds for the changed days (unique_key date_key) or months
    (year_month) goes, what the model computed for them comes. A day that lost its last sale so disappears, which
    neither merge nor delete+insert would do.
-#}
{% macro get_incremental_replace_changed_sql(arg_dict) -%}
    {%- set key = arg_dict["unique_key"] -%}
    {%- set columns = get_quoted_csv(arg_dict["dest_columns"] | map(attribute="name")) -%}
    delete from {{ arg_dict["target_relation"] }}
    where {{ key }} in (select {{ key }} from {{ ref("int_changed_days") }});

    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict["temp_relation"] }}
{%- endmacro %}

{#-
    The fact as the last run left it, for models that run before it is merged; none before the first run. Not by ref(),
    which would be a cycle.
-#}
{% macro existing_sales() -%}
    {{ return(adapter.get_relation(target.database, "mart_build", "fct_sales") if execute else none) }}
{%- endmacro %}

{#-
    After a list of changed days: a condition that each of them meets. Spark leaves out the months that are not in a
    list if it looks as if only a part of the list were asked for.
-#}
{% macro each_changed_day() -%} {{ "where since_publication >= 0" if target.type == "spark" }} {%- endmacro %}

{#- What the fact's next merge reads of a relation: all rows where there is no fact, or it is built anew. -#}
{% macro rows_to_merge(relation, changed_items, column) -%}
    {{ rows_of_keys(relation, changed_items, column) if existing_sales() and not flags.FULL_REFRESH else relation }}
{%- endmacro %}

{% macro existing_returns() -%}
    {{ return(adapter.get_relation(target.database, "mart_build", "fct_returns") if execute else none) }}
{%- endmacro %}

{#-
    Sales and returns as lines, each with nothing in the other's columns: what both are added up from. A return is of
    the versions that its sale names, on its own day, and counts as no transaction. Nothing is of the column's very
    type: PostgreSQL looks into a union for a day's rows only where the types are the same.
-#}
{% macro sales_and_returns(sales, returns) -%}
    {%- set keys = ["date_key", "customer_key", "product_key", "customer_id", "product_id"] -%}
    {%- set measures = {
        sales: [
            "quantity", "discount_pct", "gross_amount", "discount_amount", "revenue_amount", "cost_amount",
            "profit_amount",
        ],
        returns: ["returned_quantity", "refund_amount", "lost_profit_amount"],
    } -%}
    {%- for relation in measures -%}
    select
        {{ keys | join(",
        ") }},
        {{ "transaction_id" if relation == sales else "cast(null as " ~ dbt.type_string() ~ ") as transaction_id" }},
        {{ "1" if relation == sales else "0" }} as line_count
        {%- for other in measures %}
        {%- for measure in measures[other] %},
        {%- set nothing = "0" if measure.endswith("quantity") else "cast(0 as numeric(22, 2))" %}
        {{ measure if relation == other else nothing ~ " as " ~ measure }}
        {%- endfor %}
        {%- endfor %}
    from {{ relation }}
    {%- if not loop.last %}

    union all

    {% endif %}
    {%- endfor -%}
{%- endmacro %}

{% macro after_returns(revenue, units, profit) -%}
    cast(sum(units_returned) as bigint) as units_returned,
        cast(sum(total_returns) as numeric(38, 2)) as total_returns,
        cast(sum({{ revenue }}) - sum(total_returns) as numeric(38, 2)) as net_sales,
        cast({{ ratio("100.0 * sum(units_returned)", "sum(" ~ units ~ ")") }} as numeric(38, 2))
            as return_rate_pct,
        cast(sum({{ profit }}) - sum(lost_profit) as numeric(38, 2)) as profit_after_returns
{%- endmacro %}

{#-
    The earliest batch since the newest publication: what changed before is in the fact that was published, whatever
    became of the runs since. Nothing where there is no fact, or it is built anew. It is asked for before the query,
    so that the planner knows how few rows are newer and takes an index.
-#}
{% macro sales_watermark() -%}
    {%- if not execute or flags.FULL_REFRESH or not existing_sales() -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set earliest_batch -%}
        select least(min(loads.batch_date), {{ logical_date() }})
        from {{ source("ops", "loads") }} as loads
        cross join (
            select max(published_at) as published_at from {{ source("ops", "publications") }}
        ) as newest_publication
        where
            newest_publication.published_at is null
            or loads.loaded_at > newest_publication.published_at
    {%- endset -%}
    {{ return(run_query(earliest_batch).rows[0][0]) }}
{%- endmacro %}
