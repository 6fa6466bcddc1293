{#-
    The steps of a test that one figure is the same wherever it is told. The first relation of the list is the one
    that the others must equal; nothing at all counts as 0, so an empty relation is not left out. Relations with a row
    for each sale are added up when everything is audited; else other tests compare their changed rows, and what is
    made of them with these (macros/auditing.sql).
-#}
{% macro differing_totals(told_in) -%}
    {%- if not audits_everything() -%}
        {%- set told_in = told_in | rejectattr(0, "in", ["transaction_items", "fct_sales"]) | list -%}
    {%- endif -%}
    totals as (
        {%- for relation, column in told_in %}
        select
            '{{ relation }}' as relation_name,
            coalesce(sum({{ column }}), 0) as total
        from {{ ref(relation) }}
        {%- if not loop.last %}
        union all
        {%- endif %}
        {%- endfor %}
    ),

    expected as (
        select total
        from totals
        where relation_name = '{{ told_in[0][0] }}'
    ),

    validation_errors as (
        select
            totals.relation_name,
            totals.total,
            expected.total as expected_total
        from totals
        cross join expected
        where totals.total <> expected.total
    )
{%- endmacro %}
