{% macro published_models() -%}
    {%- set published = [] -%}
    {%- for folder in ["dimensions", "facts", "aggregates", "reports"] -%}
        {%- do published.extend(
            graph.nodes.values() | selectattr("resource_type", "equalto", "model") | sort(attribute="name")
            | selectattr("config.meta.is_published") | selectattr("fqn.2", "equalto", folder)
        ) -%}
    {%- endfor -%}
    {{ return(published) }}
{%- endmacro %}

{% macro primary_key_of(node) -%}
    {%- for constraint in node.constraints if constraint.type == "primary_key" -%}
        {{ return(constraint.columns) }}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error(node.name ~ " is published and declares no primary key.") }}
{%- endmacro %}

{% macro mart_relation(node) -%} mart.{{ node.name }} {%- endmacro %}

{% macro build_relation(node) -%} {{ node.schema }}.{{ node.name }} {%- endmacro %}

{% macro columns_of_published() -%}
    {%- set names = [] -%}
    {%- for node in published_models() -%}
        {%- do names.extend([build_relation(node), mart_relation(node)]) -%}
    {%- endfor -%}
    {{ return(columns_by_relation(names)) }}
{%- endmacro %}

{% macro models_without_rows(models, columns) -%}
    {%- set primary_keys -%}
        select pg_class.relname, pg_get_constraintdef(pg_constraint.oid)
        from pg_constraint
        inner join pg_class on pg_constraint.conrelid = pg_class.oid
        where pg_constraint.contype = 'p' and pg_constraint.connamespace = to_regnamespace('mart')
    {%- endset -%}
    {%- set found = run_query(primary_keys).columns -%}
    {%- set present = dict(zip(found[0].values(), found[1].values())) -%}
    {%- set without_rows = [] -%}
    {%- for node in models -%}
        {%- set key = primary_key_of(node) -%}
        {%- set built = columns[build_relation(node)] | selectattr(0, "in", key) | sort -%}
        {%- set published = columns.get(mart_relation(node), []) | selectattr(0, "in", key) | sort -%}
        {%- if built != published or present.get(node.name) != "PRIMARY KEY (" ~ key | join(", ") ~ ")" -%}
            {%- do without_rows.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(without_rows) }}
{%- endmacro %}

{#-
    Rows under another key cannot be told apart by the new one: they go, with all that stands on the key, and the
    publication brings all of them. Grants stay, and views that do not read a column whose type changes.
-#}
{% macro forget_keys(node) -%}
    do $forget$
    declare
        forgotten text;
    begin
        for forgotten in
            select format('alter table %s drop constraint %I', conrelid::regclass, conname)
            from pg_constraint
            where contype in ('f', 'p') and '{{ mart_relation(node) }}'::regclass in (conrelid, confrelid)
            order by contype -- a foreign key goes before the key it needs
        loop
            execute forgotten;
        end loop;
        for forgotten in
            select format('drop index %s', indexrelid::regclass)
            from pg_index where indrelid = '{{ mart_relation(node) }}'::regclass
        loop
            execute forgotten;
        end loop;
    end
    $forget$;
    delete from {{ mart_relation(node) }};
{%- endmacro %}

{% macro changed_columns(node, columns) -%}
    {%- set built = dict(columns[build_relation(node)]) -%}
    {%- set present = dict(columns.get(mart_relation(node), [])) -%}
    {%- set changed = {} -%}
    {%- for name in dict(present, **built) if present.get(name) != built.get(name) -%}
        {%- do changed.update({name: built.get(name)}) -%}
    {%- endfor -%}
    {{ return(changed) }}
{%- endmacro %}

{% macro reshape(node, columns, without_rows) -%}
    {%- set present = dict(columns.get(mart_relation(node), [])) -%}
    {%- if not present -%}
        create table {{ mart_relation(node) }} (like {{ build_relation(node) }} including comments);
    {%- else -%}
        {{ forget_keys(node) if node.name in without_rows }}
        {%- for name, type in changed_columns(node, columns).items() %}
        alter table {{ mart_relation(node) }}
            {%- if type is none %} drop column {{ name }};
            {%- elif name not in present %} add column {{ name }} {{ type }};
            {%- else %} alter column {{ name }} type {{ type }} using cast({{ name }} as {{ type }});
            {%- endif %}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{#-
    Which rows to compare: all of them, or those whose key a record of changes names (meta published_changes), so that
    the cost of a publication follows what changed.
-#}
{% macro changed_keys(node, alias, is_full) -%}
    {%- set changes = node.config.meta.get("published_changes") -%}
    {%- if changes and not is_full -%}
        and {{ alias }}.{{ changes.key }} in (select {{ changes.key }} from mart_build.{{ changes.model }})
    {%- endif -%}
{%- endmacro %}

{% macro same_key(node) -%}
    {%- for column in primary_key_of(node) -%}
        {{ "and " if not loop.first }}published.{{ column }} = built.{{ column }}{{ " " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- A day's rows lie together. An empty table gets all rows in one go, and its primary key and indexes after them. -#}
{% macro write_to_mart(node, columns, is_full, is_empty) -%}
    {%- set names = columns[build_relation(node)] | map(attribute=0) | list -%}
    {%- set key = primary_key_of(node) | join(", ") -%}
    with written as (
        insert into {{ mart_relation(node) }} ({{ names | join(", ") }})
        select {{ names | join(", ") }}
        from {{ build_relation(node) }} as built
        {%- if not is_empty %}
        where not exists (
            select 1 from {{ mart_relation(node) }} as published
            where {{ same_key(node) }} and not ({{ differs("published", "built", names) }})
        ) {{ changed_keys(node, "built", is_full) }}
        {%- endif %}
        {{ "order by date_key" if "date_key" in names }}
        {%- if not is_empty %}
        on conflict ({{ key }}) do update set
            {%- for name in names %}
            {{ name }} = excluded.{{ name }}{{ "," if not loop.last }}
            {%- endfor %}
        {%- endif %}
        returning xmax = 0 as is_new
    )
    insert into published_now
    select '{{ node.name }}', count(*), 0, 0, count(*) filter (where is_new) from written;
    {%- if is_empty %}
    alter table {{ mart_relation(node) }} add primary key ({{ key }});
    {%- for index in node.config.get("indexes", []) %}
    create index on {{ mart_relation(node) }} ({{ index.columns | join(", ") }});
    {%- endfor %}
    {%- endif %}
{%- endmacro %}

{% macro delete_from_mart(node, is_full) -%}
    with gone as (
        delete from {{ mart_relation(node) }} as published
        where not exists (
            select 1 from {{ build_relation(node) }} as built where {{ same_key(node) }}
        ) {{ changed_keys(node, "published", is_full) }}
        returning 1
    )
    update published_now set deleted_count = (select count(*) from gone)
    where relation_name = '{{ node.name }}';
{%- endmacro %}

{#-
    Inside the transaction: as many rows and the same sums on both sides, or nothing is published. Where only changed
    keys were compared, of these: what is under the others was audited by the publication that changed it.
-#}
{% macro audit_mart(node, columns, is_full) -%}
    {%- set sums = [] -%}
    {%- for name, type in columns[build_relation(node)]
        if type.startswith("numeric") or type in ["integer", "bigint"] -%}
        {%- do sums.append("sum(" ~ name ~ ")") -%}
    {%- endfor -%}
    {%- set totals = (["count(*)"] + sums) | join(", ") -%}
    do $audit$
    begin
        if (
            select row({{ totals }}) from {{ mart_relation(node) }} as published
            where true {{ changed_keys(node, "published", is_full) }}
        ) is distinct from (
            select row({{ totals }}) from {{ build_relation(node) }} as built
            where true {{ changed_keys(node, "built", is_full) }}
        )
        then
            raise exception '{{ mart_relation(node) }} would not equal {{ build_relation(node) }}'
                using hint = 'Compare whole tables: dbt run-operation publish';
        end if;
    end
    $audit$;
    update published_now
    set row_count =
        {%- if changed_keys(node, "", is_full) | trim %}
        new_count - deleted_count + (
            select row_count from {{ source("ops", "publication_relations") }}
            where relation_name = '{{ node.name }}'
            order by publication_id desc
            limit 1
        )
        {%- else %}
        (select count(*) from {{ mart_relation(node) }})
        {%- endif %}
    where relation_name = '{{ node.name }}';
{%- endmacro %}

{% macro foreign_key_name(node, foreign_key) -%}
    {{ node.name }}_{{ foreign_key.columns | join("_") }}_fkey
{%- endmacro %}

{% macro foreign_keys_in_mart(without_rows) -%}
    {%- set existing -%}
        select conname from pg_constraint where contype = 'f' and connamespace = to_regnamespace('mart')
    {%- endset -%}
    {%- set present = run_query(existing).columns[0].values() -%}
    {%- for node in published_models() -%}
        {%- for foreign_key in node.config.meta.get("foreign_keys", []) -%}
            {%- set name = foreign_key_name(node, foreign_key) -%}
            {%- if name not in present or node.name in without_rows or foreign_key.to in without_rows %}
    alter table {{ mart_relation(node) }} add constraint {{ name }}
        foreign key ({{ foreign_key.columns | join(", ") }}) references mart.{{ foreign_key.to }};
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}

{% macro comments_in_mart() -%}
    {%- set comments -%}
        {%- for schema in ["mart_build", "mart"] %}
        select pg_class.relname, pg_attribute.attname, pg_description.description
        from pg_class
        inner join pg_description
            on pg_class.oid = pg_description.objoid
            and pg_description.classoid = 'pg_class'::regclass
        left join pg_attribute
            on pg_class.oid = pg_attribute.attrelid
            and pg_description.objsubid = pg_attribute.attnum
        where
            pg_class.relnamespace = to_regnamespace('{{ schema }}')
            and pg_class.relname in ('{{ published_models() | map(attribute="name") | join("', '") }}')
        {{ "except" if not loop.last }}
        {%- endfor %}
    {%- endset -%}
    {%- for name, column, comment in run_query(comments).rows %}
    comment on {{ "column mart." ~ name ~ "." ~ column if column else "table mart." ~ name }}
        is {{ dbt.string_literal(dbt.escape_single_quotes(comment)) }};
    {%- endfor -%}
{%- endmacro %}
