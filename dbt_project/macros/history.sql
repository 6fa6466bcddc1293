{% macro history_columns(snapshot_name) -%}
    {%- set of_dbt = ["dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to"] -%}
    {%- for snapshot in (graph.nodes.values() if execute else []) if snapshot.name == snapshot_name -%}
        {{ return(snapshot.columns | reject("in", of_dbt) | list) }}
    {%- endfor -%}
    {{ return(["*"]) }}
{%- endmacro %}

{#- A version begins on the logical date, not when the server's clock says (dbt asks this macro for the time). -#}
{% macro snapshot_get_time() -%} {{ logical_time() }} {%- endmacro %}

{#-
    The key of a version: its number among all versions, in the order in which they began, those of a day in the order
    in which their natural keys were accepted first. Dates never go back, so no later batch changes the key of an
    earlier day; and none depends on an id, which is another one when a person is erased.
-#}
{% macro version_key(versions, production, natural_key) -%}
    cast(row_number() over (
            order by
                {{ versions }}.dbt_valid_from asc,
                {{ production }}.created_at asc,
                {{ production }}.first_batch_date asc,
                {{ production }}.first_line_number asc,
                {{ bytewise(versions ~ "." ~ natural_key) }} asc
        ) as integer)
{%- endmacro %}

{#-
    Before a snapshot: put the history back to where it stood before the logical date, so that a day that runs again
    gives the same versions. A date older than the history is refused.
-#}
{% macro rewind_history() -%}
    {%- if execute and load_relation(this) is not none -%}
        {%- call refuse_what_is_found() -%}
            select
                '{{ this }} already holds versions of ' || max(dbt_valid_from) || ', which is after the logical date. '
                || 'The past is not rewritten: load a batch of that date or a later one.'
            from {{ this }}
            where dbt_valid_from > {{ logical_time() }}
            having count(*) > 0
        {%- endcall -%}
        delete from {{ this }} where dbt_valid_from >= {{ logical_time() }}
    {%- endif -%}
{%- endmacro %}

{#- And then: what ended since is current again. -#}
{% macro reopen_history() -%}
    {%- if execute and load_relation(this) is not none -%}
        update {{ this }} set dbt_valid_to = null where dbt_valid_to >= {{ logical_time() }}
    {%- endif -%}
{%- endmacro %}

{#-
    After a snapshot: let PostgreSQL enforce what a history is: versions of positive length, none overlapping, one of
    them current. The key is compared by its hash as a range of one number, which core GiST can index without an
    extension. On other engines tests/history looks for overlaps.
-#}
{% macro guard_history(key) -%}
    {%- set name = this.identifier -%}
    {%- set existing_guards -%}
        select 1 from pg_constraint
        where conrelid = '{{ this }}'::regclass and conname = '{{ name }}_no_overlap'
    {%- endset -%}
    {%- if execute and target.type == "postgres" and run_query(existing_guards).rows | length == 0 -%}
        alter table {{ this }}
            alter column {{ key }} set not null,
            alter column dbt_valid_from set not null,
            add constraint {{ name }}_dbt_scd_id_key unique (dbt_scd_id),
            add constraint {{ name }}_positive_length check (dbt_valid_to > dbt_valid_from),
            add constraint {{ name }}_no_overlap exclude using gist (
                int8range(hashtextextended({{ key }}, 0), hashtextextended({{ key }}, 0), '[]') with &&,
                tsrange(dbt_valid_from, dbt_valid_to) with &&
            )
    {%- endif -%}
{%- endmacro %}
