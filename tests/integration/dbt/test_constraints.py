"""Constraints are compared with what is declared, however PostgreSQL prints them."""

import pytest

from factories.days import dbt, dbt_well, execute, query

pytestmark = pytest.mark.usefixtures("first_day")

TEST = ("test", "--select", "assert_declared_constraints_hold")
# What a restore does: the printed definition is read again.
READ_AGAIN = """
do $$
declare
    one record;
begin
    for one in
        select conrelid::regclass as relation, conname, pg_get_constraintdef(oid) as definition
        from pg_constraint
        where
            contype = 'c'
            and connamespace::regnamespace::text in ('production', 'ops', 'quarantine')
    loop
        execute format(
            'alter table %s drop constraint %I, add constraint %I %s',
            one.relation, one.conname, one.conname, one.definition
        );
    end loop;
end
$$
"""
PRINTED = """
select pg_get_constraintdef(oid) from pg_constraint
where conname = 'quality_counts_within_delivered'
"""


def test_check_that_was_restored_is_the_one_declared() -> None:
    printed = query(PRINTED)
    for _ in range(2):
        execute(READ_AGAIN)
        dbt_well(*TEST)
    assert query(PRINTED) != printed


def test_check_that_says_less_is_noticed() -> None:
    execute(
        "alter table ops.quality_counts drop constraint quality_counts_within_delivered,"
        " add constraint quality_counts_within_delivered"
        " check (accepted_count >= 0 and accepted_count <= delivered_count)"
    )
    assert "Got 2 results" in dbt(*TEST).stdout


def test_search_path_of_the_database_does_not_matter() -> None:
    execute(
        "do $$ begin execute format("
        "'alter database %I set search_path = production, mart, quarantine, ops, snapshots',"
        " current_database()); end $$"
    )
    dbt_well(*TEST)
