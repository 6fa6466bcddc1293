{#-
    What the YAML declares against what PostgreSQL enforces. dbt applies constraints only when it creates a table: one
    that was changed in YAML, dropped by hand or lost with a rebuilt parent goes unnoticed without this comparison.
    Both sides are rows of (relation_name, kind, definition); a declared one has the list of definitions that say the
    same.
-#}

{#- The constraints of a model and of its columns, each with its columns. -#}
{% macro constraints_of(node) -%}
    {%- set found = node.constraints | list -%}
    {%- for column in node.columns.values() -%}
        {%- for constraint in column.constraints -%}
            {%- do found.append(dict(constraint, columns=[column.name])) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- YAML has "ref('customers')" before the node is compiled, a relation's full name after it. -#}
{% macro parent_of(constraint) -%} production.{{ modules.re.findall("[a-z_]+", constraint.to)[-1] }} {%- endmacro %}

{% macro declared_constraints() -%}
    {%- set declared, checks = [], [] -%}
    {%- for node in graph.nodes.values()
        if node.config.materialized == "incremental" and node.schema in ["production", "quarantine", "ops"] -%}
        {%- for constraint in constraints_of(node) -%}
            {%- set names = constraint.columns | join(", ") -%}
            {%- if constraint.type == "check" -%}
                {%- do checks.append((build_relation(node), constraint.name, constraint.expression)) -%}
            {%- elif constraint.type == "foreign_key" -%}
                {%- set definition = constraint.name ~ ": " ~ names ~ " to " ~ parent_of(constraint) -%}
                {%- do declared.append((build_relation(node), "foreign key", [definition])) -%}
            {%- else -%}
                {%- do declared.append((build_relation(node), constraint.type | replace("_", " "), [names])) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set columns = columns_of_published() -%}
    {#- one that the next publication alters is still as an older release declared it -#}
    {%- for node in published_models()
        if columns.get(mart_relation(node), []) | map(attribute=0) | sort == node.columns | sort -%}
        {%- do declared.append((mart_relation(node), "primary key", [primary_key_of(node) | join(", ")])) -%}
        {%- for key in node.config.meta.get("foreign_keys", []) -%}
            {%- set names = key.columns | join(", ") -%}
            {%- set definition = foreign_key_name(node, key) ~ ": " ~ names ~ " to mart." ~ key.to -%}
            {%- do declared.append((mart_relation(node), "foreign key", [definition])) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values() if node.resource_type == "snapshot" -%}
        {%- set relation = build_relation(node) -%}
        {%- do declared.append((relation, "unique", ["dbt_scd_id"])) -%}
        {%- do declared.append((relation, "exclusion", [node.name ~ "_no_overlap"])) -%}
        {%- do checks.append((relation, node.name ~ "_positive_length", "dbt_valid_to > dbt_valid_from")) -%}
    {%- endfor -%}
    {%- for check, definitions in printed_checks(checks).items() -%}
        {%- do declared.append((check[0], "check", definitions)) -%}
    {%- endfor -%}
    {{ return(declared) }}
{%- endmacro %}

{#-
    PostgreSQL keeps an expression as a tree and prints it in its own words, which pg_dump writes down and a restore
    reads again: `a between 1 and 2 and b` is printed one way where it was declared, and another way where it was
    restored. So a declared expression is put on an empty copy and printed, and what was printed is read again until
    nothing new comes: whatever the number of restores, the constraint that is present is printed like one of these.
-#}
{% macro printed_checks(checks) -%}
    {%- set found = {} -%}
    {%- set printing -%}
        create or replace function pg_temp.printed_checks(relation text, definition text)
        returns setof text as $printed$
        declare
            printed text;
        begin
            execute format('create temporary table probe (like %s)', relation);
            loop
                execute format('alter table pg_temp.probe add constraint probe %s', definition);
                select pg_get_constraintdef(oid) into printed
                from pg_constraint where conrelid = to_regclass('pg_temp.probe') and conname = 'probe';
                exit when printed = definition;
                return next printed;
                definition := printed;
                alter table pg_temp.probe drop constraint probe;
            end loop;
            drop table pg_temp.probe;
        end
        $printed$ language plpgsql;
        {%- for relation, name, expression in checks %}
        select '{{ relation }}' as relation_name, '{{ name }}' as check_name, printed_checks as definition
        from pg_temp.printed_checks('{{ relation }}', $check$check ({{ expression }})$check$)
        {{ "union all" if not loop.last }}
        {%- endfor %}
    {%- endset -%}
    {%- for relation, name, definition in (run_query(printing).rows if checks else []) -%}
        {%- do found.setdefault((relation, name), []).append(name ~ ": " ~ definition) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
