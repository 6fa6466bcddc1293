{#-
    What the tests of the sales look at. Every night: what changed since the last publication, which was tested then; so
    their cost follows the day and not the history. `make verify` sets SHOP_AUDIT=all and they look at everything.
-#}

{#-
    It is asked for when a test runs, not when it is parsed: the project need not be parsed anew for the other answer.
-#}
{% macro audits_everything() -%}
    {{ return(not execute or env_var("SHOP_AUDIT", "") == "all") }}
{%- endmacro %}

{% macro rows_to_test(relation, key) -%}
    {%- set changed_days = ref("int_changed_days") -%}
    select *
    from {{ relation }}
    {%- if not audits_everything() %}
    where {{ key }} in (select {{ key }} from {{ changed_days }} {{ each_changed_day() }})
    {%- endif %}
{%- endmacro %}

{% macro rows_of_a_sample(relation, key) -%}
    {%- set changed_days = ref("int_changed_days") -%}
    {%- set sales = ref("fct_sales") -%}
    select *
    from {{ relation }}
    {%- if not audits_everything() %}
    where {{ key }} in (
        select {{ key }}
        from {{ sales }}
        where date_key in (select date_key from {{ changed_days }} {{ each_changed_day() }})
        group by {{ key }}
        order by md5(concat({{ key }}, '|', cast({{ logical_date() }} as {{ dbt.type_string() }}))) asc
        limit {{ var("audited_sample") }}
    )
    {%- endif %}
{%- endmacro %}

{% macro batches_to_test() -%}
    {%- set publications = source("ops", "publications") -%}
    {%- if audits_everything() -%}
        1 = 1
    {%- else -%}
        batch_date in (
            select loads.batch_date
            from {{ source("ops", "loads") }} as loads
            where
                loads.batch_date = {{ logical_date() }}
                or loads.loaded_at > (
                    select coalesce(max(published_at), timestamp '1900-01-01')
                    from {{ publications }}
                )
        )
    {%- endif -%}
{%- endmacro %}

{#-
    dbt asks this macro for the rows that a generic test with a `where` looks at. `where: changed` says that only the
    sales of changed days are tested. The name is written out because dbt does not know of the `where` when it parses;
    the record of changed days is built before the sales are.
-#}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get("where", "") -%}
    {%- if where == "changed" -%}
        {%- set changed_days = relation.schema ~ ".int_changed_days" -%}
        {%- set days = "(select date_key from " ~ changed_days ~ " " ~ each_changed_day() ~ ")" -%}
        {%- set where = "date_key in " ~ days if not audits_everything() -%}
    {%- endif -%}
    {{ "(select * from " ~ relation ~ " where " ~ where ~ ") as chosen_rows" if where else relation }}
{%- endmacro %}
