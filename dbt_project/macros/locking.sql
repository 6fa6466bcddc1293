{#-
    A publication that brings another shape needs tables of mart for itself. Who reads meanwhile would wait behind it,
    and it behind transactions that are open: it waits for seconds, and then says whose they are.
-#}
{% macro lock_for_reshaping(models, columns) -%}
    {%- set names, changed = [], [] -%}
    {%- for node in models if mart_relation(node) in columns and changed_columns(node, columns) -%}
        {%- do names.append(mart_relation(node)) -%}
        {%- for name in changed_columns(node, columns) if name in dict(columns[mart_relation(node)]) -%}
            {%- do changed.append("('" ~ mart_relation(node) ~ "', '" ~ name ~ "')") -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if changed -%}{%- do refuse_dependent_views(changed) -%}{%- endif -%}
    {%- if names %}
    do $lock$
    declare
        holders text;
    begin
        set local lock_timeout = '5s';
        lock table {{ names | join(", ") }} in access exclusive mode;
        set local lock_timeout = 0;
    exception when lock_not_available then
        select string_agg(distinct format('server process %s of user %s', pid, usename), ', ')
        into holders
        from pg_locks
        inner join pg_stat_activity using (pid)
        where
            relation = any(array['{{ names | join("', '") }}']::regclass [])
            and granted
            and pid <> pg_backend_pid();
        raise exception using message = format(
            'Not published, lock timeout: {{ names | join(", ") }} get other columns, and %s read them in open '
            'transactions. End these, then: make publish',
            coalesce(holders, 'sessions that have just ended')
        );
    end
    $lock$;
    {%- endif -%}
{%- endmacro %}

{#- PostgreSQL changes no column that a view reads, and dropping somebody's view is not for a publication. -#}
{% macro refuse_dependent_views(changed) -%}
    {%- call refuse_what_is_found() -%}
        select
            'Not published: columns get another type or go, and views that somebody made stand on them: '
            || string_agg(
                distinct pg_rewrite.ev_class::regclass || ' reads ' || relation_name || '.' || column_name, ', '
            )
            || '. Save their definitions (pg_get_viewdef), drop them, publish (make publish), and make them again. '
            || 'Nothing was changed.'
        from (values {{ changed | join(", ") }}) as changed (relation_name, column_name)
        inner join pg_attribute
            on pg_attribute.attrelid = changed.relation_name::regclass
            and pg_attribute.attname = changed.column_name
        inner join pg_depend
            on pg_depend.refclassid = 'pg_class'::regclass
            and pg_depend.refobjid = pg_attribute.attrelid
            and pg_depend.refobjsubid = pg_attribute.attnum
            and pg_depend.classid = 'pg_rewrite'::regclass
        inner join pg_rewrite on pg_depend.objid = pg_rewrite.oid
        having count(*) > 0
    {%- endcall -%}
{%- endmacro %}
