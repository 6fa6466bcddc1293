{% macro logical_date() -%}
    {%- if var("logical_date", none) -%}
        date '{{ var("logical_date") }}'
    {%- elif execute and env_var("SHOP_LOGICAL_DATE", "") -%}
        date '{{ env_var("SHOP_LOGICAL_DATE") }}'
    {%- elif not execute or load_relation(source("ops", "loads")) is none -%}
        {{ beginning_of_time() }}
    {%- else -%}
        {%- set newest = load_result("newest_load") -%}
        {%- if newest is none -%}
            {%- call statement("newest_load", fetch_result=true) -%}
                select batch_date from {{ source("ops", "loads") }} order by load_id desc limit 1
            {%- endcall -%}
            {%- set newest = load_result("newest_load") -%}
        {%- endif -%}
        {#- a result is gone once it was read; the next use in this node finds it again -#}
        {%- do store_raw_result("newest_load", agate_table=newest.table) -%}
        {{ "date '" ~ newest.data[0][0] ~ "'" if newest.data else beginning_of_time() }}
    {%- endif -%}
{%- endmacro %}

{% macro logical_time() -%} cast({{ logical_date() }} as timestamp) {%- endmacro %}

{% macro beginning_of_time() -%} date '1900-01-01' {%- endmacro %}

{% macro end_of_time() -%} date '9999-12-31' {%- endmacro %}
