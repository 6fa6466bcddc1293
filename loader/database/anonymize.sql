-- Makes erased customers in the batch that was just copied anonymous, before anyone sees it, and says which ids they
-- had, so that the archived files can be changed as well. What their rows say instead is declared in dbt_project.yml.
create or replace function ops.anonymize_erased_customers() returns table (customer_id text, pseudonym text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    known record;
    used_salt bytea := (select erasures.salt from ops.erasures limit 1);
begin
    if used_salt is null then
        return;
    end if;
    for known in
        select distinct delivered.id, erasures.pseudonym
        from ({delivered}) as delivered
        -- an older release kept the hash of what was typed
        cross join lateral (values (ops.clean_code(delivered.id)), (delivered.id)) as written (id)
        inner join ops.erasures
            on erasures.id_hash = sha256(used_salt || convert_to(written.id, 'UTF8'))
        where erasures.erased_at is not null
    loop
        {updates}
        customer_id := ops.clean_code(known.id);
        pseudonym := known.pseudonym;
        return next;
    end loop;
    update quarantine.rejected_lines as line
    set
        code = 'erased',
        column_name = null,
        raw = 'erased'::bytea
            || decode(current_setting('loader.line_end_' || line.table_name), 'hex')
    where
        line.batch_date = current_setting('loader.batch_date')::date
        and exists (
            select
            from ops.ids_in(line.raw) as id
            inner join ops.erasures
                on erasures.id_hash = sha256(used_salt || convert_to(id, 'UTF8'))
            where erasures.erased_at is not null
        );
end
$$;

revoke all on function ops.anonymize_erased_customers() from public;
comment on function ops.anonymize_erased_customers() is 'Makes erased customers in a batch that was just loaded anonymous.';
