-- name: read_tables_only
select
    set_config('row_security', 'off', false),
    case  -- releases before August 2024 do not know it
        when current_setting('restrict_nonsystem_relation_kind', true) is not null
            then set_config('restrict_nonsystem_relation_kind', 'view, foreign-table', false)
    end;

-- name: owner_with_fewer_rights
-- Whose tables a user with more rights would work on: the functions behind them would get these.
-- While a restore is not complete they belong to its role, and nothing works on them.
select owners.rolname
from pg_namespace as schemas
inner join pg_roles as owners on owners.oid = schemas.nspowner
where
    schemas.nspname = 'ops'
    and not owners.rolsuper
    and owners.rolname <> current_user
    and pg_has_role(current_user, owners.oid, 'member')
    and to_regnamespace('shop_restoring') is null;
