{#-
    Write, audit, publish. dbt builds `mart_build`, the tests audit it, and one transaction makes `mart` equal to it. The
    tables of `mart` are permanent: what differs is merged, what is gone is deleted, so grants, comments, foreign keys and
    open sessions stay, nobody waits and nobody sees half of it.
-#}

{#- Publish at the end of an invocation that built and tested everything; say why where it did not. -#}
{% macro publish_if_audited(results) -%}
    {%- if execute and flags.WHICH == "build" -%}
        {%- set outcome = missing_nodes(results) -%}
        {%- if outcome.is_complete -%}
            {%- do log("Every node built, every test passed: publishing.", info=true) -%}
            {{ publication(is_full=flags.FULL_REFRESH) }}
        {%- elif outcome.failed -%}
            {%- do log(
                "Not published: " ~ outcome.failed | length ~ " nodes failed or were skipped. "
                ~ "mart stays as it was.", info=true) -%}
        {%- else -%}
            {%- do log(
                "Not published: this build left out " ~ outcome.missing | length ~ " of "
                ~ expected_nodes() | length ~ " nodes. mart stays as it was.", info=true) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#-
    `dbt run-operation publish`: publish what the newest build left in `mart_build`, if that build was complete and every
    test passed. Every relation is compared whole.
-#}
{% macro publish() -%}
    {%- if not is_newest_build_complete() -%}
        {{ exceptions.raise_compiler_error(
            "Not published: the newest build did not build and test everything without a failure, or another "
            ~ "batch was loaded since. Run dbt build without a selection; it publishes by itself."
        ) }}
    {%- endif -%}
    {%- do run_query(publication(is_full=true)) -%}
    {%- do log("Published.", info=true) -%}
{%- endmacro %}

{% macro is_newest_build_complete() -%}
    {#- Tests that passed since do not change what was built; anything else does, and so does a test that failed. -#}
    {%- set newest_build -%}
        select is_complete and logical_date = {{ logical_date() }}
        from {{ source("ops", "invocations") }}
        where command <> 'test' or has_failures
        order by started_at desc
        limit 1
    {%- endset -%}
    {%- set rows = run_query(newest_build).rows -%}
    {{ return(rows | length > 0 and rows[0][0]) }}
{%- endmacro %}

{#- `dbt run-operation compare_mart`: every row of what is published against what was built, or an error that says where. -#}
{% macro compare_mart() -%}
    {%- if not is_newest_build_complete() -%}
        {%- do log("The newest build was not published: mart is not compared with it.", info=true) -%}
        {{ return("") }}
    {%- endif -%}
    {%- set different = [] -%}
    {%- for node in published_models() -%}
        {%- set names = columns_of(build_relation(node)) | map(attribute=0) | join(", ") -%}
        {%- set differences -%}
            select count(*)
            from (
                (
                    select {{ names }} from {{ mart_relation(node) }}
                    except all select {{ names }} from {{ build_relation(node) }}
                )
                union all
                (
                    select {{ names }} from {{ build_relation(node) }}
                    except all select {{ names }} from {{ mart_relation(node) }}
                )
            ) as differing
        {%- endset -%}
        {%- set count = run_query(differences).rows[0][0] -%}
        {%- if count -%}{%- do different.append(node.name ~ " (" ~ count ~ " rows)") -%}{%- endif -%}
    {%- endfor -%}
    {%- if different -%}
        {{ exceptions.raise_compiler_error(
            "mart is not what was built and tested: " ~ different | join(", ") ~ ". Compare and repair: make publish"
        ) }}
    {%- endif -%}
    {%- do log("mart equals what was built, row by row.", info=true) -%}
{%- endmacro %}

{#- The models that are published, those that others refer to first. -#}
{% macro published_models() -%}
    {%- set published = [] -%}
    {%- for folder in ["dimensions", "facts", "aggregates", "reports"] -%}
        {%- for node in graph.nodes.values() | sort(attribute="name")
            if node.resource_type == "model" and folder in node.fqn
            and node.config.get("meta", {}).get("is_published") -%}
            {%- do published.append(node) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(published) }}
{%- endmacro %}

{% macro primary_key_of(node) -%}
    {%- for constraint in node.constraints if constraint.type == "primary_key" -%}
        {{ return(constraint.columns) }}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error(node.name ~ " is published and declares no primary key.") }}
{%- endmacro %}

{#- The whole publication as one transaction's SQL. -#}
{% macro publication(is_full) -%}
    {%- set models = published_models() -%}
    select pg_advisory_xact_lock(hashtext('mart.publication'));
    create temporary table published_now (
        relation_name text primary key, inserted_count bigint, deleted_count bigint, row_count bigint,
        new_count bigint
    ) on commit drop;
    {%- set is_reshaped = [] -%}
    {%- for node in models %}
    {{ reshape(node, is_reshaped) }}
    {%- endfor %}
    {%- set compares_whole_tables = is_full or is_reshaped | length > 0 %}
    {%- for node in models %}
    {{ merge_into_mart(node, compares_whole_tables) }}
    {%- endfor %}
    {%- for node in models | reverse %}
    {{ delete_from_mart(node, compares_whole_tables) }}
    {%- endfor %}
    {%- for node in models %}
    {{ foreign_keys_in_mart(node) }}
    {{ comments_in_mart(node) }}
    {%- endfor %}
    {%- for name in is_reshaped | unique %}
    analyze mart.{{ name }};
    {%- endfor %}
    {%- for node in models %}
    {{ audit_mart(node, compares_whole_tables) }}
    {%- endfor %}
    with publication as (
        insert into {{ source("ops", "publications") }}
            (invocation_id, logical_date, published_at, is_full)
        values ('{{ invocation_id }}', {{ logical_date() }}, now(), {{ compares_whole_tables }})
        returning publication_id
    )
    insert into {{ source("ops", "publication_relations") }}
        (publication_id, relation_name, row_count, inserted_count, deleted_count)
    select publication.publication_id, relation_name, row_count, inserted_count, deleted_count
    from publication, published_now;
    {%- if not compares_whole_tables %}
    insert into {{ source("ops", "publication_months") }} (publication_id, year_month)
    select distinct publication_id, year_month
    from mart_build.int_sales_changes
    cross join (select max(publication_id) as publication_id from {{ source("ops", "publications") }}) as newest;
    {%- endif %}
    commit;
{%- endmacro %}

{% macro mart_relation(node) -%} mart.{{ node.name }} {%- endmacro %}

{% macro build_relation(node) -%} {{ node.schema }}.{{ node.name }} {%- endmacro %}

{#- Name, type and place of a relation's columns; an empty list where there is no such relation. -#}
{% macro columns_of(relation_name) -%}
    {%- set columns -%}
        select attname, format_type(atttypid, atttypmod), attnotnull
        from pg_attribute
        where attrelid = to_regclass('{{ relation_name }}') and attnum > 0 and not attisdropped
        order by attnum
    {%- endset -%}
    {{ return(run_query(columns).rows | list) }}
{%- endmacro %}

{#- Give the published table the shape of the built one: created the first time, altered when a column came or went. -#}
{% macro reshape(node, is_reshaped) -%}
    {%- set wanted = columns_of(build_relation(node)) -%}
    {%- set present = columns_of(mart_relation(node)) -%}
    {%- if not present -%}
        {%- do is_reshaped.append(node.name) -%}
        create table {{ mart_relation(node) }}
            (like {{ build_relation(node) }} including comments including indexes);
    {%- else -%}
        {%- set types = {} -%}
        {%- for column in present -%}{%- do types.update({column[0]: column[1]}) -%}{%- endfor -%}
        {%- for name, type, is_required in wanted -%}
            {%- if name not in types -%}
                {%- do is_reshaped.append(node.name) -%}
                alter table {{ mart_relation(node) }} add column {{ name }} {{ type }};
            {%- elif types[name] != type -%}
                {%- do is_reshaped.append(node.name) -%}
                alter table {{ mart_relation(node) }} alter column {{ name }} type {{ type }}
                    using cast({{ name }} as {{ type }});
            {%- endif -%}
            {%- do types.pop(name, none) -%}
        {%- endfor -%}
        {%- for name in types -%}
            {%- do is_reshaped.append(node.name) -%}
            alter table {{ mart_relation(node) }} drop column {{ name }};
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{#-
    Which rows to compare: all of them, or those whose key a change record names (meta published_changes), so that the
    cost of a publication follows the rows that changed.
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

{% macro merge_into_mart(node, is_full) -%}
    {%- set names = columns_of(build_relation(node)) | map(attribute=0) | list -%}
    with merged as (
        insert into {{ mart_relation(node) }} ({{ names | join(", ") }})
        select {{ names | join(", ") }}
        from {{ build_relation(node) }} as built
        where not exists (
            select 1 from {{ mart_relation(node) }} as published
            where {{ same_key(node) }} and not ({{ differs("published", "built", names) }})
        ) {{ changed_keys(node, "built", is_full) }}
        on conflict ({{ primary_key_of(node) | join(", ") }}) do update set
            {%- for name in names %}
            {{ name }} = excluded.{{ name }}{{ "," if not loop.last }}
            {%- endfor %}
        returning xmax = 0 as is_new
    )
    insert into published_now
    select '{{ node.name }}', count(*), 0, 0, count(*) filter (where is_new) from merged;
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
    Inside the transaction: as many rows and the same sums on both sides, or nothing is published. Where only changed keys
    were compared, of these: what is under the others was audited by the publication that changed it.
-#}
{% macro audit_mart(node, is_full) -%}
    {%- set sums = [] -%}
    {%- for name, type, is_required in columns_of(build_relation(node))
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

{% macro foreign_keys_in_mart(node) -%}
    {%- for foreign_key in node.config.meta.get("foreign_keys", []) -%}
        {%- set name = foreign_key_name(node, foreign_key) -%}
        {%- set present -%}
            select 1 from pg_constraint
            where conname = '{{ name }}' and conrelid = to_regclass('{{ mart_relation(node) }}')
        {%- endset -%}
        {%- if run_query(present).rows | length == 0 -%}
            alter table {{ mart_relation(node) }} add constraint {{ name }}
                foreign key ({{ foreign_key.columns | join(", ") }}) references mart.{{ foreign_key.to }};
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- The descriptions that dbt wrote on the built relation, where the published one says something else. -#}
{% macro comments_in_mart(node) -%}
    {%- set comments -%}
        select built.attname, built.comment
        from (
            select attname, attnum, col_description(attrelid, attnum) as comment
            from pg_attribute
            where attrelid = to_regclass('{{ build_relation(node) }}') and attnum > 0 and not attisdropped
            union all
            select null, 0, obj_description(to_regclass('{{ build_relation(node) }}'), 'pg_class')
        ) as built
        left join pg_attribute as published
            on published.attrelid = to_regclass('{{ mart_relation(node) }}')
            and published.attname = built.attname
        where built.comment is distinct from case
            when built.attnum = 0 then obj_description(to_regclass('{{ mart_relation(node) }}'), 'pg_class')
            else col_description(published.attrelid, published.attnum)
        end
        order by built.attnum
    {%- endset -%}
    {%- for column, comment in run_query(comments).rows %}
    comment on {{ "column " ~ mart_relation(node) ~ "." ~ column if column else "table " ~ mart_relation(node) }}
        is {{ dbt.string_literal(dbt.escape_single_quotes(comment)) if comment else "null" }};
    {%- endfor -%}
{%- endmacro %}
