{#-
    How Spark SQL (with Iceberg's tables) spells what engines spell differently; each macro stands for the one without
    spark__.
-#}

{#- Text and patterns -#}

{#- Java's $ also matches before a last line feed, and in Spark's literals a backslash escapes. -#}
{% macro java_pattern(pattern) -%}
    {{ return(modules.re.sub("(?<!\\[)[$]", "\\\\z", pattern) | replace("\\", "\\\\")) }}
{%- endmacro %}

{% macro spark__matches(column, pattern) -%}
    regexp_like({{ column }}, '{{ java_pattern(pattern) }}')
{%- endmacro %}

{% macro spark__replaced(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ java_pattern(pattern) }}', '{{ replacement | replace("\\", "$") }}')
{%- endmacro %}

{% macro spark__bytewise(text) -%} {{ text }} {%- endmacro %}

{% macro spark__comparable(text) -%} ({{ text }}) {%- endmacro %}

{% macro spark__is_not_composed(text) -%} ops.is_not_composed({{ text }}) {%- endmacro %}

{% macro spark__capitalised(text) -%}
    array_join(
        transform(
            regexp_extract_all(
                {{ text }}, '{{ java_pattern("[" ~ between_words() ~ "]+|[^" ~ between_words() ~ "]+") }}', 0
            ),
            word -> concat({{ upper_case("substr(word, 1, 1)") }}, {{ lower_case("substr(word, 2)") }})
        ),
        ''
    )
{%- endmacro %}

{#- Numbers -#}

{#- Spark keeps six decimals of a quotient of wide numbers; of these it keeps twelve. -#}
{% macro spark__ratio(dividend, divisor) -%}
    cast({{ dividend }} as decimal(28, 4)) / cast(nullif({{ divisor }}, 0) as decimal(28, 2))
{%- endmacro %}

{% macro spark__exact_decimal(text) -%} try_cast({{ text }} as decimal(20, 8)) {%- endmacro %}

{% macro spark__try_to_decimal(text, precision, scale) -%}
    case
        when char_length({{ text }}) <= 100 and {{ matches(text, decimal_pattern()) }}
            then try_cast({{ text }} as decimal({{ precision }}, {{ scale }}))
    end
{%- endmacro %}

{% macro spark__median(expression) -%}
    cast(
        element_at(array_sort(collect_list({{ expression }})), cast((count({{ expression }}) + 1) div 2 as integer))
        + element_at(array_sort(collect_list({{ expression }})), cast(count({{ expression }}) div 2 + 1 as integer))
        as decimal(30, 4)
    ) / 2
{%- endmacro %}

{#- Dates and times -#}

{% macro spark__try_to_date(text) -%}
    case when {{ matches(text, date_pattern()) }} then try_cast({{ text }} as date) end
{%- endmacro %}

{#- Spark has no type for a time of day: it is text as PostgreSQL writes it, with seconds and no zeros behind these. -#}
{% macro spark__try_to_time(text) -%}
    case
        when not {{ matches(text, time_pattern()) }} then null
        when {{ matches(text, "^[0-9]{2}:[0-9]{2}$") }} then {{ text }} || ':00'
        when {{ matches(text, "[.]") }} then {{ replaced(text, "[.]?0+$", "") }}
        else {{ text }}
    end
{%- endmacro %}

{% macro spark__days_between(first_day, last_day) -%} datediff({{ last_day }}, {{ first_day }}) {%- endmacro %}

{% macro spark__at_time(day, time_of_day) -%}
    cast(concat(cast({{ day }} as string), ' ', {{ time_of_day }}) as timestamp)
{%- endmacro %}

{% macro spark__every_day(bounds) -%}
    select explode(sequence({{ bounds }}.first_day, {{ bounds }}.last_day, interval 1 day)) as full_date
    from {{ bounds }}
{%- endmacro %}

{#- Lists of reasons -#}

{% macro spark__no_reasons() -%} cast(array() as array<string>) {%- endmacro %}

{% macro spark__list_without_nulls(values) -%}
    array_compact(
        array(
            {{ values | join(",\n            ") }}
        )
    )
{%- endmacro %}

{% macro spark__each_of(column) -%} explode({{ column }}) {%- endmacro %}

{% macro spark__joined(column) -%} array_join({{ column }}, ' ') {%- endmacro %}

{% macro spark__reason_list(text) -%}
    filter(split(btrim({{ text }}, '{}'), ','), reason -> reason <> '')
{%- endmacro %}

{#- Queries and tables -#}

{% macro spark__declared_type(data_type) -%}
    {{ {"text[]": "array<string>", "time": "string"}.get(data_type, api.Column.translate_type(data_type)) }}
{%- endmacro %}

{#- Spark 3.5 has no recursion: the few links are followed in one array, as often as there are links. -#}
{% macro spark__with_all_that_follow(relation, column, links, follows_from) -%}
    select explode(
        aggregate(
            all_links.pairs,
            first_values.found,
            (found, any_pair) -> array_union(
                found,
                transform(
                    filter(all_links.pairs, pair -> array_contains(found, pair.{{ follows_from }})),
                    pair -> pair.{{ column }}
                )
            )
        )
    ) as {{ column }}
    from (select collect_set({{ column }}) as found from {{ relation }}) as first_values
    cross join (
        select collect_list(struct({{ column }}, {{ follows_from }})) as pairs from {{ links }}
    ) as all_links
{%- endmacro %}

{#- dbt's own -#}

{#- The Hive catalogue calls a table of Iceberg's `hive`; dbt merges into tables that it knows to be Iceberg's only. -#}
{% macro spark__list_relations_without_caching(relation) -%}
    {%- call statement("list_relations", fetch_result=true) -%}
        show table extended in {{ relation.schema }} like '*'
    {%- endcall -%}
    {%- set relations = [] -%}
    {%- for schema, name, is_temporary, information in load_result("list_relations").table.rows if schema -%}
        {%- if "table_type=ICEBERG" in information -%}
            {%- set information = information | replace("Provider: hive", "Provider: iceberg") -%}
        {%- endif -%}
        {%- do relations.append([schema, name, is_temporary, information]) -%}
    {%- endfor -%}
    {{ return(relations) }}
{%- endmacro %}

{% macro dbt_spark_validate_get_incremental_strategy(raw_strategy, file_format) -%}
    {{ return(raw_strategy) }}
{%- endmacro %}

{#- The changed days or months as a list of literals, by which Spark skips files; a merge takes no subquery. -#}
{% macro list_of_changed(key) -%}
    {%- set changed = ["null"] -%}
    {%- for row in run_query("select distinct " ~ key ~ " from " ~ ref("int_changed_days")).rows -%}
        {%- do changed.append(row[0] if row[0] is number else "'" ~ row[0] ~ "'") -%}
    {%- endfor -%}
    {{ return(changed | join(", ")) }}
{%- endmacro %}

{#-
    One statement and so one commit: what dbt calls a temporary table is a view here, which would read the table again
    between a delete and an insert, and a run that died between them would have lost what was there.
-#}
{% macro dbt_spark_get_incremental_sql(strategy, source, target, existing, unique_key, incremental_predicates) -%}
    {%- if strategy == "replace_changed" -%}
        {%- set names = adapter.get_columns_in_relation(target) | map(attribute="name") | list -%}
        {%- set of_changed = unique_key ~ " in (" ~ list_of_changed(unique_key) ~ ")" -%}
        {%- set same_row = [] -%}
        {%- for column in primary_key_of(model) -%}
            {%- do same_row.append("existing." ~ column ~ " <=> computed." ~ column) -%}
        {%- endfor -%}
        merge into {{ target }} as existing
        using (
            select {{ names | join(", ") }}, false as is_gone
            from {{ source }}
            union all
            select {{ names | join(", ") }}, true as is_gone
            from {{ target }} as existing
            where
                {{ of_changed }}
                and not exists (select 1 from {{ source }} as computed where {{ same_row | join(" and ") }})
        ) as computed
        on existing.{{ of_changed }} and {{ same_row | join(" and ") }}
        when matched and computed.is_gone then delete
        when matched then update set
            {%- for name in names %} {{ name }} = computed.{{ name }}{{ "," if not loop.last }}{% endfor %}
        when not matched and not computed.is_gone then insert ({{ names | join(", ") }})
            values (computed.{{ names | join(", computed.") }})
    {%- else -%}
        {#- a fact's changed rows are on changed days, before and after -#}
        {%- set changes = config.get("meta").get("published_changes") -%}
        {%- set predicates = incremental_predicates or [] -%}
        {%- if changes -%}
            {%- set changed = list_of_changed(changes.key) -%}
            {%- do predicates.append("DBT_INTERNAL_DEST." ~ changes.key ~ " in (" ~ changed ~ ")") -%}
        {%- endif -%}
        {{ get_merge_sql(target, source, unique_key, dest_columns=none, incremental_predicates=predicates) }}
    {%- endif -%}
{%- endmacro %}

{#- dbt's own leaves the files of a table that is dropped, which may name a person who is erased. -#}
{% macro spark__drop_relation(relation) -%}
    {%- call statement("drop_relation", auto_begin=false) -%}
        drop {{ relation.type }} if exists {{ relation }} {{ "purge" if relation.type == "table" }}
    {%- endcall -%}
{%- endmacro %}

{#- A list of reasons in the rows of a unit test is text as PostgreSQL reads it. -#}
{% macro spark__safe_cast(field, type) -%}
    {%- if type.startswith("array") -%}
        {{ reason_list("cast(" ~ field ~ " as string)") }}
    {%- else -%}
        cast({{ field }} as {{ type }})
    {%- endif -%}
{%- endmacro %}

{#- A unit test asks for the rows of this statement, which has none. -#}
{% macro spark__get_create_table_as_sql(temporary, relation, sql) -%}
    {%- call statement("create_table") -%} {{ create_table_as(temporary, relation, sql) }} {%- endcall -%}
    select 1
{%- endmacro %}

{#-
    What PostgreSQL enforces and Spark does not: a row for each broken constraint of the models that a test names. Of
    tables that say when a row changed, the rows are asked that changed since the newest publication.
-#}
{% macro constraints_that_do_not_hold() -%}
    {%- set questions = [] -%}
    {%- set since = none if audits_everything() else sales_watermark() -%}
    {%- for node in (graph.nodes.values() if execute else []) if node.unique_id in model.depends_on.nodes -%}
        {%- set relation = build_relation(node) -%}
        {%- set when = ["updated_at", "updated_date"] | select("in", node.columns) | first -%}
        {%- set changed = when ~ " >= timestamp '" ~ since ~ "'" if since and when -%}
        {%- set rows = "(select * from " ~ relation ~ " where " ~ changed ~ ")" if changed else relation -%}
        {%- set missing = [] -%}
        {%- for constraint in constraints_of(node) -%}
            {%- set names = constraint.columns | join(", ") -%}
            {%- set given = constraint.columns | join(" is not null and ") ~ " is not null" -%}
            {%- if constraint.type == "not_null" -%}
                {%- do missing.append(names ~ " is null") -%}
            {%- elif constraint.type == "check" -%}
                {%- do questions.append((relation, "check " ~ constraint.name,
                    rows ~ " where not (" ~ constraint.expression ~ ")")) -%}
            {%- elif constraint.type == "foreign_key" -%}
                {%- set same = [] -%}
                {%- for name, key in zip(constraint.columns, constraint.to_columns) -%}
                    {%- do same.append("child." ~ name ~ " = parent." ~ key) -%}
                {%- endfor -%}
                {%- do questions.append((relation, "foreign key " ~ constraint.name,
                    rows ~ " as child left anti join " ~ parent_of(constraint) ~ " as parent on "
                    ~ same | join(" and ") ~ " where " ~ given)) -%}
            {%- else -%}
                {%- set of_changed = " where (" ~ names ~ ") in (select " ~ names ~ " from " ~ rows ~ ")" -%}
                {%- do questions.append((relation, constraint.type ~ " " ~ names,
                    "(select * from " ~ relation ~ (of_changed if changed else "") ~ ")"
                    ~ (" where " ~ given if constraint.type == "unique" else "")
                    ~ " group by " ~ names ~ " having count(*) > 1")) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if missing -%}
            {%- do questions.append((relation, "not null", rows ~ " where " ~ missing | join(" or "))) -%}
        {%- endif -%}
    {%- endfor -%}
    select
        '' as relation_name,
        '' as constraint_name,
        0 as row_count
    where 1 = 0
    {%- for relation, constraint, broken in questions %}
    union all
    select
        '{{ relation }}' as relation_name,
        '{{ constraint }}' as constraint_name,
        count(*) as row_count
    from (select 1 from {{ broken }})
    having count(*) > 0
    {%- endfor %}
{%- endmacro %}
