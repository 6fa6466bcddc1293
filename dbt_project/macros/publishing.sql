{#-
    Write, audit, publish. dbt builds `mart_build`, the tests audit it, and one transaction makes `mart` equal to it.
    The tables of `mart` are permanent: what differs is merged, what is gone is deleted, so grants, comments, foreign
    keys and open sessions stay, nobody waits and nobody sees half of it.
-#}

{#- What is built on Spark is recorded and published by publish_from_spark. -#}
{% macro publish_if_audited(results, is_full=flags.FULL_REFRESH) -%}
    {%- if execute and target.type == "spark" and flags.WHICH == "build" -%}
        {%- do log(
            "Built on Spark. Nothing was recorded or published: PostgreSQL holds the record and serves mart.", info=true
        ) -%}
    {%- elif execute and target.type == "postgres" and flags.WHICH in ["build", "run-operation"] -%}
        {%- set outcome = missing_nodes(results) -%}
        {%- if outcome.is_complete -%}
            {%- do log("Every node built, every test passed: publishing.", info=true) -%}
            {{ publication(is_full) }}
        {%- else -%}
            {%- set reason = outcome.failed | length ~ " nodes failed or were skipped" if outcome.failed
                else "this build left out %s of %s nodes" % (outcome.missing | length, expected_nodes() | length) -%}
            {%- do log("Not published: " ~ reason ~ ". mart stays as it was.", info=true) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro publish_from_spark(results, is_full) -%}
    {%- set found = [] -%}
    {%- for result in results -%}
        {%- set node = graph.nodes.get(result.unique_id) or graph.exposures[result.unique_id] -%}
        {%- do found.append(dict(result, node=node)) -%}
    {%- endfor -%}
    {%- set record = [record_start("build on Spark"), record_invocation(found) ~ record_quality(), "commit"] -%}
    {%- do run_query(record | join(";\n")) -%}
    {%- set publication = publish_if_audited(found, is_full) | trim -%}
    {%- if publication -%}{%- do run_query(publication) -%}{%- endif -%}
{%- endmacro %}

{#- A build here would know nothing of the batches that were built on Spark. -#}
{% macro refuse_other_engine() -%}
    {%- if execute and flags.WHICH in ["build", "run", "snapshot"] and load_relation(source("ops", "publications")) -%}
        {%- call refuse_what_is_found() -%}
            select
                'Spark has the history of this shop: make build ENGINE=spark, or build all from the archive in an '
                || 'empty database: make replay'
            from {{ source("ops", "publications") }} as publications
            inner join {{ source("ops", "invocations") }} as invocations
                on publications.invocation_id = invocations.invocation_id
            where
                publications.publication_id = (select max(publication_id) from {{ source("ops", "publications") }})
                and invocations.command = 'build on Spark'
        {%- endcall -%}
    {%- endif -%}
{%- endmacro %}

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

{% macro compare_mart() -%}
    {%- if not is_newest_build_complete() -%}
        {%- do log("The newest build was not published: mart is not compared with it.", info=true) -%}
        {{ return("") }}
    {%- endif -%}
    {%- set columns = columns_of_published() -%}
    {%- call refuse_what_is_found() -%}
        select
            'mart is not what was built and tested: '
            || string_agg(relation_name || ' (' || row_count || ' rows)', ', ' order by place)
            || '. Compare and repair: make publish'
        from (
            {%- for node in published_models() %}
            {%- set names = columns[build_relation(node)] | map(attribute=0) | join(", ") %}
            {%- set published, built = mart_relation(node), build_relation(node) %}
            select {{ loop.index }} as place, '{{ node.name }}' as relation_name, count(*) as row_count
            from (
                (select {{ names }} from {{ published }} except all select {{ names }} from {{ built }})
                union all
                (select {{ names }} from {{ built }} except all select {{ names }} from {{ published }})
            ) as differing
            {{ "union all" if not loop.last }}
            {%- endfor %}
        ) as compared
        where row_count > 0
        having count(*) > 0
    {%- endcall -%}
    {%- do log("mart equals what was built, row by row.", info=true) -%}
{%- endmacro %}

{#- What somebody else made in mart under the name of a model is not written over: no publication has it on record. -#}
{% macro refuse_unpublished(models) -%}
    {%- call refuse_what_is_found() -%}
        select
            'Not published: mart.' || string_agg(names.name, ', mart.' order by names.name)
            || ' was not made by a publication. Rename or drop it.'
        from unnest(array['{{ models | map(attribute="name") | join("', '") }}']) as names (name)
        where
            to_regclass('mart.' || names.name) is not null
            and names.name not in (select relation_name from {{ source("ops", "publication_relations") }})
        having count(*) > 0
    {%- endcall -%}
{%- endmacro %}

{% macro publication(is_full) -%}
    {%- set models = published_models() -%}
    {%- set columns = columns_of_published() -%}
    {%- do refuse_unpublished(models) -%}
    select pg_advisory_xact_lock(hashtext('mart.publication'));
    {{ lock_for_reshaping(models, columns) }}
    create temporary table published_now (
        relation_name text primary key, inserted_count bigint, deleted_count bigint, row_count bigint,
        new_count bigint
    ) on commit drop;
    {%- set without_rows = models_without_rows(models, columns) -%}
    {%- set is_reshaped = [] -%}
    {%- for node in models if node.name in without_rows or changed_columns(node, columns) %}
    {%- do is_reshaped.append(node.name) %}
    {{ reshape(node, columns, without_rows) }}
    {%- endfor %}
    {%- set compares_whole_tables = is_full or is_reshaped | length > 0 %}
    {%- for node in models %}
    {{ write_to_mart(node, columns, compares_whole_tables, is_empty=node.name in without_rows) }}
    {%- endfor %}
    {%- for node in models | reverse if node.name not in without_rows %}
    {{ delete_from_mart(node, compares_whole_tables) }}
    {%- endfor %}
    {{ foreign_keys_in_mart(without_rows) }}
    {{ comments_in_mart() }}
    {%- for name in is_reshaped %}
    analyze mart.{{ name }};
    {%- endfor %}
    {%- for node in models %}
    {{ audit_mart(node, columns, compares_whole_tables) }}
    {%- endfor %}
    with publication as (
        insert into {{ source("ops", "publications") }}
            (publication_id, invocation_id, logical_date, published_at, is_full)
        -- without gaps: tags on Spark have the number before it is on record
        overriding system value
        select
            coalesce(max(publication_id), 0) + 1,
            '{{ invocation_id }}', {{ logical_date() }}, now(), {{ compares_whole_tables }}
        from {{ source("ops", "publications") }}
        returning publication_id
    )
    insert into {{ source("ops", "publication_relations") }}
        (publication_id, relation_name, row_count, inserted_count, deleted_count)
    select publication.publication_id, relation_name, row_count, inserted_count, deleted_count
    from publication, published_now;
    {%- if not compares_whole_tables %}
    insert into {{ source("ops", "publication_months") }} (publication_id, year_month)
    select distinct newest.publication_id, changed_days.year_month
    from mart_build.int_changed_days as changed_days
    cross join (select max(publication_id) as publication_id from {{ source("ops", "publications") }}) as newest
    where exists (
        select 1 from published_now
        where relation_name in ('fct_sales', 'fct_returns') and inserted_count + deleted_count > 0
    );
    {%- endif %}
    commit;
{%- endmacro %}

