"""A restored database goes on as if nothing had been, and half of one is not taken for whole."""

import json
import os
import secrets
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from conftest import ScratchDatabase
from factories.days import TO_MART, dbt, everything, execute, loader, query, run, run_well
from loader.backup import create, drill, restore
from loader.config.settings import REPOSITORY, Settings
from loader.database import server
from loader.database.preflight import RESTORING
from loader.errors import LoaderError
from loader.history.lock import RESTORE, run_lock
from loader.monitoring.checks import health, problems
from loader.monitoring.collect import collect

# A relation of each kind that somebody may have made, with values that a restore writes otherwise.
MADE_BY_OTHERS = """
create view mart.as_json as select to_json(d) as day from mart.dim_dates as d;
create table mart.tables (which regclass);
insert into mart.tables values ('mart.fct_sales'), ('ops.runs');
create schema elsewhere;
create table elsewhere.places (at_table oid);
insert into elsewhere.places values ('mart.fct_sales'::regclass);
"""


@pytest.mark.usefixtures("first_day")
def test_next_day_on_a_restored_database_equals_the_undisturbed_one(
    settings: Settings,
    folder: Path,
    second_day: Path,
    second_day_run: tuple[str, Path],
    scratch_database: ScratchDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    execute(MADE_BY_OTHERS)
    made = create.create(settings, folder, keep=7)
    assert not {"mart.tables", "elsewhere.places"} & set(made.tables)
    with scratch_database(monkeypatch, second_day_run[0]):
        undisturbed = everything()

    with scratch_database(monkeypatch):
        restore.restore(settings, folder, made)
        execute("drop schema elsewhere cascade; drop table mart.tables; drop view mart.as_json")
        run_well("2025-03-02", second_day, *TO_MART)
        assert everything() == undisturbed
        assert query("select count(*) from ops.publications") == [(2,)]


@pytest.mark.proof
@pytest.mark.usefixtures("first_day")
def test_drill_builds_on_the_restored_copy(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = drill.drill(settings, folder, create.create(settings, folder, keep=7))
    assert (report.is_built, report.differences) == (True, ())
    assert report.build_seconds > 0

    execute("alter table production.products drop constraint products_price_check")
    made = create.create(settings, folder, keep=7)
    with pytest.raises(LoaderError, match=r"(?s)its next build failed:.*assert_declared"):
        drill.drill(settings, folder, made)

    monkeypatch.setattr(drill, "_build", empty_dates)
    with pytest.raises(LoaderError, match=r"after its next build mart\.dim_dates has 0 rows"):
        drill.drill(settings, folder, made)


def empty_dates(_: Settings, parameters: dict[str, str | int]) -> None:
    with closing(server.open_session(parameters)) as connection, connection:
        connection.cursor().execute("truncate mart.dim_dates cascade")


@pytest.mark.versions
@pytest.mark.usefixtures("first_day")
def test_drill_of_a_batch_that_was_not_published_builds_nothing(
    settings: Settings, folder: Path, second_day: Path
) -> None:
    run_well("2025-03-02", second_day, "load")
    report = drill.drill(settings, folder, create.create(settings, folder, keep=7))
    assert (report.is_built, report.differences) == (False, ())


@pytest.mark.versions
@pytest.mark.usefixtures("first_day")
def test_killed_restore_is_told_respected_and_completed_by_the_next(
    settings: Settings,
    folder: Path,
    second_day: Path,
    scratch_database: ScratchDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = create.create(settings, folder, keep=7)
    before = everything()
    with scratch_database(monkeypatch):
        kill_restore_when("select to_regclass('ops.runs') is not null")

        state = collect(settings)
        found = problems(state, settings)
        assert health(found) == "critical"
        assert f"holds a part of backup {made.name}, whose restore is not" in found[0].what
        done = run("2025-03-02", second_day)
        assert done.returncode == 1
        assert "whose restore is not complete: run the restore again" in done.stderr
        for command in (("backup", "create"), ("export",), ("load", str(second_day), "--date")):
            assert not_complete(*command, *(["2025-03-02"] if command[-1] == "--date" else []))
        assert "The database holds a part of a backup" in dbt("build").stdout

        wait_for_the_lock(settings)
        restore.restore(settings, folder, made)
        assert everything() == before
        assert query(f"select to_regnamespace('{RESTORING}')") == [(None,)]
        assert collect(settings).restoring is None
        run_well("2025-03-02", second_day, "load")


@pytest.mark.versions
@pytest.mark.usefixtures("first_day")
def test_restore_that_is_not_what_was_saved_stays_marked(
    settings: Settings,
    folder: Path,
    scratch_database: ScratchDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = create.create(settings, folder, keep=7)
    manifest = folder / made.name / create.MANIFEST
    content = json.loads(manifest.read_text())
    content["tables"]["mart.fct_sales"]["rows"] = 3
    manifest.write_text(json.dumps(content))
    with scratch_database(monkeypatch):
        with pytest.raises(LoaderError, match=r"mart\.fct_sales has 2 rows and not 3"):
            restore.restore(settings, folder, create.read(folder / made.name))
        with (
            pytest.raises(LoaderError, match="whose restore is not complete"),
            run_lock(settings, "r", "export"),
        ):
            pass


@pytest.mark.versions
@pytest.mark.usefixtures("first_day")
def test_what_a_backup_calls_runs_in_a_restore_without_rights(
    settings: Settings,
    folder: Path,
    scratch_database: ScratchDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ((owner,),) = query("select current_user::text")
    execute(
        "create function ops.is_harmless() returns boolean language sql immutable as"
        f" 'select current_database() = ''{os.environ['PGDATABASE']}'' or not rolsuper"
        " from pg_catalog.pg_roles where rolname = session_user';"
        "create table ops.guarded (x int check (ops.is_harmless()));"
        "insert into ops.guarded values (1);"
        "create unique index on ops.guarded ((x / ops.is_harmless()::int))"
    )
    made = create.create(settings, folder, keep=7)
    with scratch_database(monkeypatch):
        restore.restore(settings, folder, made)
        assert query("select x from ops.guarded") == [(1,)]
        assert query("select distinct tableowner from pg_tables where schemaname = 'ops'") == [
            (owner,)
        ]
        assert (
            query(
                "select from pg_roles inner join pg_database"
                " on rolname ~ ('restorer_' || pg_database.oid)"
                " where datname = current_database()"
            )
            == []
        )


@pytest.mark.versions
@pytest.mark.usefixtures("database")
def test_role_of_a_stopped_restore_whose_database_was_dropped_goes_with_the_next(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create.create(settings, folder, keep=7)
    monkeypatch.setenv("SHOP_ROLE_PREFIX", prefix := f"test_{secrets.token_hex(4)}")
    of_a_database, of_none, of_a_person = (
        f"{prefix}_restorer_{end}" for end in ("1", "4294967295", "ana")
    )
    execute(f"create role {of_a_database}; create role {of_none}; create role {of_a_person}")
    restore.restore(settings, folder, made)
    left = [name for (name,) in query(f"select rolname from pg_roles where rolname ~ '^{prefix}'")]
    execute("".join(f"drop role {name};" for name in left))
    assert sorted(left) == [of_a_database, of_a_person]


@pytest.mark.versions
@pytest.mark.usefixtures("database")
def test_restore_into_a_database_with_a_schema_of_ours_changes_nothing(
    settings: Settings, folder: Path
) -> None:
    execute("create schema mart")
    made = create.create(settings, folder, keep=7)
    with pytest.raises(LoaderError, match="the database holds schema mart, nothing was restored"):
        restore.restore(settings, folder, made)
    assert query(f"select to_regnamespace('{RESTORING}')") == [(None,)]


def kill_restore_when(condition: str) -> None:
    """Kill the command, and not what it started, as soon as the database says so."""
    command = [sys.executable, "-m", "loader", "backup", "restore"]
    process = subprocess.Popen(command, cwd=REPOSITORY)
    until = time.monotonic() + 60
    while query(condition) != [(True,)]:
        assert process.poll() is None
        assert time.monotonic() < until
    process.kill()
    process.wait()
    assert query(f"select to_regnamespace('{RESTORING}') is not null") == [(True,)]


def not_complete(*arguments: str) -> bool:
    done = loader(*arguments)
    return done.returncode == 1 and "whose restore is not complete" in done.stderr


def wait_for_the_lock(settings: Settings) -> None:
    """Wait until what the killed restore had started is gone."""
    for _ in range(50):
        try:
            with run_lock(settings, "r", RESTORE):
                return
        except LoaderError:
            time.sleep(0.2)
    raise AssertionError
