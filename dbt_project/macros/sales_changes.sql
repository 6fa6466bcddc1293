{#-
    How the sales roll-ups stay as cheap on a long history as on a short one: they are computed anew for the keys that
    int_sales_changes names (days, months, customers, products that an item joined or left), and for nothing else.
-#}

{#- The rows of a relation whose keys were touched; all of them where the model is built from nothing. -#}
{% macro touched_rows(relation, keys) -%}
    {%- set changes = ref("int_sales_changes") -%}
    select *
    from {{ relation }}
    {%- if is_incremental() %}
    where
        ({{ keys | join(", ") }}) in (select {{ keys | join(", ") }} from {{ changes }})
    {%- endif %}
{%- endmacro %}

{#-
    Incremental strategy replace_touched: everything that the table holds for a touched key goes, what the model computed
    for these keys comes. A key that lost its last sale so disappears, which neither merge nor delete+insert would do.
    unique_key names the columns of int_sales_changes that say what is touched.
-#}
{% macro get_incremental_replace_touched_sql(arg_dict) -%}
    {%- set unique_key = arg_dict["unique_key"] -%}
    {%- set keys = [unique_key] if unique_key is string else unique_key -%}
    {%- set columns = get_quoted_csv(arg_dict["dest_columns"] | map(attribute="name")) -%}
    delete from {{ arg_dict["target_relation"] }}
    where
        ({{ keys | join(", ") }})
        in (select {{ keys | join(", ") }} from {{ ref("int_sales_changes") }});

    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict["temp_relation"] }}
{%- endmacro %}

{#- The columns of a sale that may differ between two runs: all but its key. -#}
{% macro sales_columns() -%}
    {{ return([
        "item_id", "transaction_id", "date_key", "customer_key", "product_key",
        "payment_method_key", "customer_id", "product_id", "quantity", "unit_price",
        "discount_pct", "gross_amount", "discount_amount", "revenue_amount",
        "cost_amount", "profit_amount", "sold_at", "updated_at",
    ]) }}
{%- endmacro %}

{#-
    The earliest batch since the newest publication: what changed before is in the fact that was published, whatever became
    of the runs since. Nothing where there is no fact, or it is built anew. It is asked for before the query, so that the
    planner knows how few rows are newer and takes an index.
-#}
{% macro sales_watermark() -%}
    {%- set sales_so_far = source("mart_build_so_far", "fct_sales") -%}
    {%- if not execute or should_full_refresh() or not exists_already(sales_so_far) -%}
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
