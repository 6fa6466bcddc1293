{#-
    Which dimension of quality a check is about. Every rule and every test has exactly one (docs/quality.md).
-#}
{% macro quality_dimensions() -%}
    {{ return([
        "completeness", "uniqueness", "validity", "consistency", "referential_integrity", "timeliness",
    ]) }}
{%- endmacro %}

{#- By the part of a code before the colon: reasons that quarantine a row, and what is odd or was normalised in one. -#}
{% macro rule_dimensions() -%}
    {{ return({
        "not_null": "completeness",
        "unique": "uniqueness",
        "duplicate": "uniqueness",
        "conflict": "uniqueness",
        "superseded": "uniqueness",
        "double_order": "uniqueness",
        "type": "validity",
        "length": "validity",
        "lookalike": "validity",
        "format": "validity",
        "range": "validity",
        "unknown": "validity",
        "invisible": "validity",
        "digits": "validity",
        "null_word": "validity",
        "currency": "validity",
        "grouped": "validity",
        "rounded": "validity",
        "date_form": "validity",
        "formula": "consistency",
        "total": "consistency",
        "before_registration": "consistency",
        "orphan": "referential_integrity",
        "future": "timeliness",
    }) }}
{%- endmacro %}

{#- A generic test has its dimension by name; a singular one says it in its YAML, and so may any test: meta, dimension. -#}
{% macro generic_test_dimensions() -%}
    {{ return({
        "not_null": "completeness",
        "unique": "uniqueness",
        "unique_combination": "uniqueness",
        "accepted_values": "validity",
        "expression_is_true": "consistency",
        "relationships": "referential_integrity",
    }) }}
{%- endmacro %}

{% macro dimension_of_rule(code) -%}
    {%- set rule = code.split(":")[0] -%}
    {%- if rule not in rule_dimensions() -%}
        {{ exceptions.raise_compiler_error(
            "The rule " ~ code ~ " has no dimension: add " ~ rule ~ " to rule_dimensions() in macros/quality.sql, as one of "
            ~ quality_dimensions() | join(", ") ~ "."
        ) }}
    {%- endif -%}
    {{ return(rule_dimensions()[rule]) }}
{%- endmacro %}

{#- None for a node that is no test of data, and for a test that nobody gave one (tests/test_quality.py insists). -#}
{% macro dimension_of_test(node) -%}
    {%- if node.resource_type != "test" -%}{{ return(none) }}{%- endif -%}
    {%- set by_name = generic_test_dimensions().get(node.test_metadata.name) if node.test_metadata else none -%}
    {{ return(node.config.meta.get("dimension", by_name)) }}
{%- endmacro %}
