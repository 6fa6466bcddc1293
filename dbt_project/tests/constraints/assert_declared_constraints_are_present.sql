{{ config(enabled=target.type == "postgres") }}
-- What the YAML promises is what PostgreSQL enforces, and nothing was added by hand.
-- dbt creates constraints with a table and never looks again (macros/constraints.sql).
-- mart is looked at as the last publication left it. It reads the catalogue, so dbt has
-- to be told what to build before it:
{%- for table in var("delivered_tables") %}
-- depends_on: {{ ref(table) }}, {{ ref("rejected_" ~ table) }}
{%- endfor %}
{%- for name in [
    "categories", "sub_categories", "suppliers", "payment_methods", "batch_counts",
    "row_warnings", "quality_counts", "batch_anomalies", "customers_snapshot",
    "products_snapshot",
] %}
-- depends_on: {{ ref(name) }}
{%- endfor %}
{%- set declared = declared_constraints() if execute else [("", "", [""])] %}
with

declared_constraints as (
    select
        declared.relation_name,
        declared.kind,
        declared.definitions
    from (
        values
        {%- for relation_name, kind, definitions in declared %}
        ('{{ relation_name }}', '{{ kind }}', array[
            {%- for definition in definitions -%}
            {{ dbt.string_literal(dbt.escape_single_quotes(definition)) }}{{ ", " if not loop.last }}
            {%- endfor -%}
        ]){{ "," if not loop.last }}
        {%- endfor %}
    ) as declared (relation_name, kind, definitions)
),

present_constraints as (
    {{ present_constraints(declared | map(attribute=0) | unique | list) }}
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
            and present_constraints.definition = any(declared_constraints.definitions)
    where
        present_constraints.relation_name is null
        -- a primary key makes its columns not null without a word in the YAML
        or (
            declared_constraints.relation_name is null
            and present_constraints.kind <> 'not null'
        )
)

select * from validation_errors
