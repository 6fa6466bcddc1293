{#-
    How the sales roll-ups stay as cheap on a long history as on a short one: they are computed anew for the keys that
    int_sales_changes names (days, months, customers, products that an item joined or left), and for nothing else.
-#}

{#- The rows of a relation whose keys were changed; all of them where the model is built from nothing. -#}
{% macro changed_rows(relation, keys) -%}
    {%- set changes = ref("int_sales_changes") -%}
    select *
    from {{ relation }}
    {%- if is_incremental() %}
    where
        ({{ keys | join(", ") }}) in (select {{ keys | join(", ") }} from {{ changes }})
    {%- endif %}
{%- endmacro %}

{#-
    Incremental strategy replace_changed: everything that the table holds for a changed key goes, what the model
    computed for these keys comes. A key that lost its last sale so disappears, which neither merge nor delete+insert
    would do. unique_key names the columns of int_sales_changes that say what is changed.
-#}
{% macro get_incremental_replace_changed_sql(arg_dict) -%}
    {%- set unique_key = arg_dict["unique_key"] -%}
    {%- set keys = [unique_key] if unique_key is string else unique_key -%}
    {%- set columns = get_quoted_csv(arg_dict["dest_columns"] | map(attribute="name")) -%}
    delete from {{ arg_dict["target_relation"] }}
    where
        ({{ keys | join(", ") }})
        in (
            select {{ keys | join(", ") }} from {{ ref("int_sales_changes") }}
            {#- a model may find more to be computed anew than the record names -#}
            union
            select {{ keys | join(", ") }} from {{ arg_dict["temp_relation"] }}
        );

    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict["temp_relation"] }}
{%- endmacro %}

{#-
    The sales of the customers and months that were changed, each with its month; all of them where the model is built
    from nothing. A customer's sales of one month are found by key: neither the customer's history nor the month's is
    read.
-#}
{% macro sales_of_changed_months() -%}
    {{ sales_with_months(is_incremental()) }}
{%- endmacro %}

{% macro sales_with_months(only_changed) -%}
    {%- set changes = ref("int_sales_changes") -%}
    {%- if only_changed -%}
    select
        sales.*,
        changed_months.year_month
    from (
        select distinct
            customer_id,
            year_month,
            cast(replace(year_month, '-', '') as integer) * 100 as first_key
        from {{ changes }}
    ) as changed_months
    inner join {{ ref("fct_sales") }} as sales
        on
            changed_months.customer_id = sales.customer_id
            and sales.date_key between changed_months.first_key and changed_months.first_key + 31
    {%- else -%}
    select
        sales.*,
        {{ year_month("sales.date_key") }} as year_month
    from {{ ref("fct_sales") }} as sales
    {%- endif -%}
{%- endmacro %}

{#- Whether the fact is published, and with the columns it has now: a former release's keys cannot be compared. -#}
{% macro is_published_as_built(published, built) -%}
    {%- if published.is_cte or not exists_already(published) -%}{{ return(exists_already(published)) }}{%- endif -%}
    {%- set columns = columns_by_relation([published | string, built | string]) -%}
    {{ return(columns[published | string] | sort == columns[built | string] | sort) }}
{%- endmacro %}

{#-
    Steps for a roll-up over all time that reads neither all sales nor all of a key's: what the last publication holds
    of a key, and what changed since. Each of the two is a row of the roll-up (since_publication is -1, or the
    publication's number), so the second can be computed again as often as a run dies. A key's figures are the sums of
    its rows; a key that nothing is left of has rows whose line_count comes to 0. `sums` are names and columns of a
    sale.

    What changed: the sales as they are, less the sales as they are published, of every transaction that an item
    joined or left. Whole transactions, so that those of a key can be counted.
-#}
{% macro since_publication(key, changed_key, sums) -%}
    {%- set sales = ref("fct_sales") -%}
    {%- set published_sales = source("existing_mart", "fct_sales") -%}
    {%- set has_published = is_published_as_built(published_sales, sales) -%}
    {%- set types = {"quantity": "bigint", "discount_pct": "numeric(38, 4)"} -%}
newest_publication as (
    select coalesce(max(publication_id), 0) as publication_id
    from {{ source("ops", "publications") }}
),

{% if is_incremental() %}
changed_items as (
    -- an item that moves has a row for each of the keys it joined or left
    select distinct item_id from {{ ref("int_sales_changes") }}
),

changed_transactions as (
    -- a transaction has as many rows as it has changed items, and is counted once
    select distinct sales.transaction_id
    from changed_items
    inner join {{ sales }} as sales
        on changed_items.item_id = sales.item_id
    {%- if has_published %}
    union distinct
    select published_sales.transaction_id
    from changed_items
    inner join {{ published_sales }} as published_sales
        on changed_items.item_id = published_sales.item_id
    {%- endif %}
),
{% endif %}
signed_sales as (
    {%- for relation, sign in [(sales, 1)] + ([(published_sales, -1)] if has_published else []) %}
    select
        sales.transaction_id,
        sales.{{ key }},
        sales.{{ changed_key }},
        {%- for expression in sums.values() %}
        sales.{{ expression }},
        {%- endfor %}
        {{ sign }} as sign
    from {{ relation }} as sales
    {%- if is_incremental() %}
    inner join changed_transactions
        on sales.transaction_id = changed_transactions.transaction_id
    {%- endif %}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

changed_keys as (
    select distinct {{ changed_key }} from {{ ref("int_sales_changes") }}
),

changes as (
    select
        signed_sales.{{ key }},
        signed_sales.{{ changed_key }},
        count(distinct case when sign = 1 then transaction_id end)
        - count(distinct case when sign = -1 then transaction_id end) as transaction_count,
        sum(sign) as line_count
        {%- for name, expression in sums.items() %},
        sum(sign * {{ expression }}) as {{ name }}
        {%- endfor %}
    from signed_sales
    {%- if is_incremental() %}
    inner join changed_keys
        on signed_sales.{{ changed_key }} = changed_keys.{{ changed_key }}
    {%- endif %}
    group by
        signed_sales.{{ key }},
        signed_sales.{{ changed_key }}
),

published as (
    {%- if is_incremental() %}
    select
        former.{{ key }},
        former.{{ changed_key }},
        sum(former.transaction_count) as transaction_count,
        sum(former.line_count) as line_count
        {%- for name in sums %},
        sum(former.{{ name }}) as {{ name }}
        {%- endfor %}
    from {{ this }} as former
    inner join changed_keys
        on former.{{ changed_key }} = changed_keys.{{ changed_key }}
    inner join newest_publication
        on former.since_publication < newest_publication.publication_id
    group by
        former.{{ key }},
        former.{{ changed_key }}
    {%- elif has_published %}
    select
        {{ key }},
        {{ changed_key }},
        count(distinct transaction_id) as transaction_count,
        count(*) as line_count
        {%- for name, expression in sums.items() %},
        sum({{ expression }}) as {{ name }}
        {%- endfor %}
    from {{ published_sales }}
    group by
        {{ key }},
        {{ changed_key }}
    {%- else %}
    select
        {{ key }},
        {{ changed_key }},
        0 as transaction_count,
        0 as line_count
        {%- for name in sums %},
        0 as {{ name }}
        {%- endfor %}
    from {{ sales }}
    where 1 = 0
    {%- endif %}
),

parts as (
    select
        published.*,
        -1 as since_publication
    from published
    where line_count <> 0
    union all
    select
        changes.*,
        newest_publication.publication_id as since_publication
    from changes
    cross join newest_publication
),

rolled_up as (
    select
        {{ key }},
        {{ changed_key }},
        cast(since_publication as bigint) as since_publication,
        cast(transaction_count as bigint) as transaction_count,
        cast(line_count as bigint) as line_count
        {%- for name, expression in sums.items() %},
        cast({{ name }} as {{ types.get(expression, "numeric(38, 2)") }}) as {{ name }}
        {%- endfor %}
    from parts
)
{%- endmacro %}

{#-
    The first and the last day on which customers bought: of each one, two looks into the index, and not all sales.
    Only where the roll-up is built from nothing all sales are read once.
-#}
{% macro first_and_last_purchases(customers) -%}
    {%- if is_incremental() -%}
    select
        customers.customer_id,
        bounds.first_key,
        bounds.last_key
    from {{ customers }} as customers
    cross join lateral (
        select
            min(sales.date_key) as first_key,
            max(sales.date_key) as last_key
        from {{ ref("fct_sales") }} as sales
        where sales.customer_id = customers.customer_id
    ) as bounds
    {%- else -%}
    select
        customer_id,
        min(date_key) as first_key,
        max(date_key) as last_key
    from {{ ref("fct_sales") }}
    group by customer_id
    {%- endif -%}
{%- endmacro %}

{#- The columns of a sale that may differ between two runs: all but its key. -#}
{% macro sales_columns() -%}
    {{ return([
        "transaction_id", "date_key", "customer_key", "product_key",
        "payment_method_key", "customer_id", "product_id", "quantity", "unit_price",
        "discount_pct", "gross_amount", "discount_amount", "revenue_amount",
        "cost_amount", "profit_amount", "sold_at", "updated_at",
    ]) }}
{%- endmacro %}

{#-
    The earliest batch since the newest publication: what changed before is in the fact that was published, whatever
    became of the runs since. Nothing where there is no fact, or it is built anew. It is asked for before the query,
    so that the planner knows how few rows are newer and takes an index.
-#}
{% macro sales_watermark() -%}
    {%- set existing_sales = source("existing_mart_build", "fct_sales") -%}
    {%- if not execute or should_full_refresh() or not exists_already(existing_sales) -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set earliest_batch -%}
        select least(min(loads.batch_date), {{ logical_date() }})
        from {{ source("ops", "loads") }} as loads
        cross join (
            select max(published_at) as published_at from {{ source("ops", "publications") }}
        ) as newest_publication
        where
            newest_publication.published_at is null
            or loads.loaded_at > newest_publication.published_at
    {%- endset -%}
    {{ return(run_query(earliest_batch).rows[0][0]) }}
{%- endmacro %}
