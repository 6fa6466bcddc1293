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

{#- The rows of a relation whose keys a changed sale joined or left. -#}
{% macro rows_to_test(relation, keys) -%}
    {%- set changes = ref("int_sales_changes") -%}
    select *
    from {{ relation }}
    {%- if not audits_everything() %}
    where ({{ keys | join(", ") }}) in (select distinct {{ keys | join(", ") }} from {{ changes }})
    {%- endif %}
{%- endmacro %}

{#- The rows of a relation of the items that may differ: delivered and accepted, looked at by the fact, or changed. -#}
{% macro items_to_test(relation) -%}
    {%- set delivered = ref("stg_transaction_items") -%}
    {%- set candidates = ref("int_sales_candidates") -%}
    {%- set changes = ref("int_sales_changes") -%}
    select *
    from {{ relation }}
    {%- if not audits_everything() %}
    where item_id in (
        select item_id from {{ delivered }} where verdict = 'accepted'
        union distinct
        select item_id from {{ candidates }}
        union distinct
        select item_id from {{ changes }}
    )
    {%- endif %}
{%- endmacro %}

{#-
    Some of the keys that a changed sale joined or left, others every day: a roll-up over all time is computed again
    from all sales of these.
-#}
{% macro rows_of_a_sample(relation, key) -%}
    {%- set changes = ref("int_sales_changes") -%}
    select *
    from {{ relation }}
    {%- if not audits_everything() %}
    where {{ key }} in (
        select {{ key }}
        from {{ changes }}
        group by {{ key }}
        order by {{ surrogate_key([key, logical_date()]) }} asc
        limit {{ var("audited_sample") }}
    )
    {%- endif %}
{%- endmacro %}

{#- The sales of the customers and months that a changed sale joined or left, each with its month. -#}
{% macro sales_to_test_by_month() -%}
    {{ sales_with_months(only_changed=not audits_everything()) }}
{%- endmacro %}

{#- The batches that no publication contains yet, and the one in staging. -#}
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
    dbt asks this macro for the rows that a generic test with a `where` looks at. `where: changed` says that only
    changed sales are in question. The name is written out because dbt does not know of the `where` when it parses;
    the record of changes is built before the sales are.
-#}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get("where", "") -%}
    {%- if where == "changed" and audits_everything() -%}
        {{ relation }}
    {%- elif where == "changed" -%}
        (
            select * from {{ relation }}
            where item_id in (select item_id from {{ relation.schema }}.int_sales_changes)
        ) as changed_rows
    {%- elif where -%}
        (select * from {{ relation }} where {{ where }}) as chosen_rows
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}
