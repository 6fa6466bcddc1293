{#- Fails for each combination of the columns that more than one row holds. -#}
{% test unique_combination(model, columns) %}
with

validation_errors as (
    select
        {{ columns | join(",\n        ") }},
        count(*) as row_count
    from {{ model }}
    group by
        {{ columns | join(",\n        ") }}
    having count(*) > 1
)

select * from validation_errors
{% endtest %}
