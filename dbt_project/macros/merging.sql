{#-
    The batch and the line with which a row's key was accepted first, as columns. Both stay for ever, but on the very
    day of that acceptance, whose batch may come again with other lines.
-#}
{% macro first_acceptance(row, existing_row) -%}
    {%- for name, delivered in [("first_batch_date", "batch_date"), ("first_line_number", "line_number")] %}
        {%- if is_incremental() %}
        case
            when {{ existing_row }}.created_at < {{ logical_time() }} then {{ existing_row }}.{{ name }}
            else {{ row }}.{{ delivered }}
        end as {{ name }}{{ "," if not loop.last }}
        {%- else %}
        {{ row }}.{{ delivered }} as {{ name }}{{ "," if not loop.last }}
        {%- endif %}
    {%- endfor %}
{%- endmacro %}

{#-
    The last step of a production model: of its rows, those that are new or unlike what the table holds, each column
    cast to the type that the model's YAML declares (a contract does not look at precision), with the logical time of
    creation and of the last change. An unchanged row is not rewritten, so a second run of a day changes nothing. Where
    rows are few of the table's, `delivered` names a step with their keys.
-#}
{% macro only_changes(rows, key, delivered=none) -%}
    {%- set columns = model.columns.values()
        | rejectattr("name", "in", ["created_at", "updated_at"]) | list -%}
    {%- set names = columns | map(attribute="name") | list -%}
    typed_rows as (
        select
            {%- for column in columns %}
            cast({{ column.name }} as {{ declared_type(column.data_type) }})
            as {{ column.name }}{{ "," if not loop.last }}
            {%- endfor %}
        from {{ rows }}
    ),

    changed_rows as (
        select
            typed_rows.*,
            {{ "coalesce(existing_rows.created_at, " ~ logical_time() ~ ")" if is_incremental() else logical_time() }}
                as created_at,
            {{ logical_time() }} as updated_at
        from typed_rows
        {%- if is_incremental() %}
        left join {{ rows_of_keys(this, delivered, key[0]) if delivered else this }} as existing_rows
            on
                {%- for column in key %}
                {{ "and " if not loop.first }}typed_rows.{{ column }} = existing_rows.{{ column }}
                {%- endfor %}
        where
            existing_rows.{{ key[0] }} is null
            or {{ differs("typed_rows", "existing_rows", names) }}
        {%- endif %}
    )

    select * from changed_rows
    {{ laid_out_by(key) if delivered and not is_incremental() }}
{%- endmacro %}
