"""Backups: whole, checked, turned over, and worth something because they were restored."""

import json
import os
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from conftest import ScratchDatabase
from factories.days import connect, everything, execute
from loader.backup import create, drill, restore
from loader.backup.fingerprint import Fingerprint, fingerprints
from loader.cli import loader
from loader.config.settings import Settings
from loader.contract import REQUIRED_TABLES
from loader.errors import LoaderError
from loader.monitoring.checks import problems
from loader.monitoring.collect import collect

pytestmark = pytest.mark.versions


@pytest.mark.usefixtures("first_day")
def test_backup_is_restored_in_a_drill_and_for_good(
    settings: Settings,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    scratch_database: ScratchDatabase,
) -> None:
    archived = settings.root / "archive" / "2025-03-01.000001" / "customers.csv.gz"
    content = archived.read_bytes()

    made = create.create(settings, folder, keep=7)

    assert made.batch_date == date(2025, 3, 1)
    assert create.backups(folder) == [made]
    saved = folder / made.name
    assert all(path.stat().st_mode & 0o077 == 0 for path in saved.iterdir())
    assert sorted(path.name for path in saved.iterdir()) == [
        "archive.tar", "manifest.json", "shop.dump",
    ]  # fmt: skip

    report = drill.drill(settings, folder, made)
    assert (report.differences, report.archived_files) == ((), len(REQUIRED_TABLES) + 1)
    assert report.table_count > 60
    assert report.row_count > 100
    kept = json.loads((saved / drill.REPORT).read_text())
    assert kept["seconds"] == report.seconds > 0

    state = collect(settings)
    assert state.backup
    assert (state.backup.name, state.backup.was_drilled) == (made.name, True)

    before = everything()
    with pytest.raises(LoaderError, match=r"the database holds \d+ tables, nothing was restored"):
        restore.restore(settings, folder, made)
    archived.unlink()
    with scratch_database(monkeypatch):
        restore.restore(settings, folder, made)
        assert everything() == before
        with closing(connect()) as connection:
            assert fingerprints(connection.cursor()) == made.tables
    assert archived.read_bytes() == content


def test_file_that_changed_is_not_restored(small: Settings, folder: Path) -> None:
    made = create.create(small, folder, keep=7)
    with (folder / made.name / create.DUMP).open("ab") as dump:
        dump.write(b"x")
    with pytest.raises(LoaderError, match="is not the file that was written"):
        drill.drill(small, folder, made)
    (folder / made.name / create.DUMP).unlink()
    with pytest.raises(LoaderError, match="is not the file that was written"):
        restore.restore(small, folder, made)


def test_what_a_backup_calls_runs_in_a_drill_without_rights_and_with_no_variable_of_ours(
    small: Settings, folder: Path
) -> None:
    name = os.environ["PGDATABASE"]
    execute(
        "create function ops.is_harmless() returns boolean language sql as"
        f" 'select current_database() = ''{name}'' or not rolsuper"
        " from pg_catalog.pg_roles where rolname = current_user';"
        "create table ops.guarded (x int check (ops.is_harmless()));"
        "insert into ops.guarded values (1)"
    )
    made = create.create(small, folder, keep=7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGHOSTADDR", "127.0.0.1")
        patch.setenv("PGOPTIONS", "-c default_transaction_read_only=on")
        assert drill.drill(small, folder, made).differences == ()
        assert os.environ["PGHOSTADDR"] == "127.0.0.1"


def test_restored_database_that_differs_is_told_table_by_table(
    small: Settings, folder: Path
) -> None:
    made = create.create(small, folder, keep=7)
    manifest = folder / made.name / create.MANIFEST
    content = json.loads(manifest.read_text())
    content["tables"]["ops.migrations"]["hash_sum"] = "1"
    content["tables"]["ops.runs"]["rows"] = 1
    manifest.write_text(json.dumps(content))
    with pytest.raises(LoaderError) as caught:
        drill.drill(small, folder, create.read(folder / made.name))
    assert "ops.migrations has as many rows, but others; ops.runs has 0 rows and not 1" in str(
        caught.value
    )
    assert not drill.was_drilled(folder / made.name)
    differing = restore.differences({"a": Fingerprint(1, "1")}, {"b": Fingerprint(1, "1")})
    assert list(differing) == ["a is missing", "b was not saved"]


def test_oldest_backups_go_and_so_does_what_a_killed_one_left(
    small: Settings, folder: Path
) -> None:
    (folder / f"20250101T000000Z{create.UNFINISHED}").mkdir(parents=True)
    made = create.create(small, folder, keep=2)
    for name in ("20250101T000000Z", "20250102T000000Z"):
        (folder / made.name).rename(folder / name)
        made = create.create(small, folder, keep=2)
    assert sorted(path.name for path in folder.iterdir()) == ["20250102T000000Z", made.name]
    assert create.newest(folder).name == made.name


def test_backup_takes_no_name_of_another_of_the_same_second(small: Settings, folder: Path) -> None:
    now = datetime.now(UTC)
    for second in (now, now + timedelta(seconds=1)):
        (folder / f"{second:{create.NAME}}").mkdir(parents=True)
        (folder / f"{second:{create.NAME}}" / "dump").touch()
    made = create.create(small, folder, keep=7)
    assert made.name > f"{now + timedelta(seconds=1):{create.NAME}}"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"files": []}', None], ids=repr)
def test_backup_that_cannot_be_read_is_told_and_stops_nothing(
    small: Settings, folder: Path, content: str | None
) -> None:
    made = create.create(small, folder, keep=7)
    for name in ("20250101T000000Z", "29990101T000000Z"):
        (folder / name).mkdir()
        if content is not None:
            (folder / name / create.MANIFEST).write_text(content)
    (folder / "notes").mkdir()

    assert create.unreadable(folder) == ["29990101T000000Z", "20250101T000000Z"]
    assert create.newest(folder) == made
    listed = CliRunner().invoke(loader, ["backup", "list"])
    assert (listed.exit_code, made.name in listed.stdout) == (0, True)
    assert "29990101T000000Z is passed over: its manifest.json cannot be read" in listed.stderr
    assert drill.drill(small, folder, create.newest(folder)).differences == ()
    assert create.create(small, folder, keep=1)
    assert len(create.backups(folder)) == 1
    assert len(create.unreadable(folder)) == 2  # nobody knows what is in them

    found = collect(small)
    assert found.unreadable_backups == ("29990101T000000Z", "20250101T000000Z")
    assert "backup 29990101T000000Z cannot be read" in [
        problem.what for problem in problems(found, small)
    ]


def test_failed_backup_leaves_nothing_and_keeps_the_old_ones(
    small: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LoaderError, match="there is no backup"):
        create.newest(folder)
    made = create.create(small, folder, keep=1)
    monkeypatch.setattr(create, "client_program", lambda *_: "false")
    with pytest.raises(LoaderError, match="false failed: no message"):
        create.create(small, folder, keep=1)
    assert [path.name for path in folder.iterdir()] == [made.name]


def test_backup_that_was_encrypted_by_an_older_release_is_said_to_be(
    small: Settings, folder: Path
) -> None:
    made = create.create(small, folder, keep=1)
    manifest = folder / made.name / create.MANIFEST
    content = json.loads(manifest.read_text())
    for is_encrypted in (False, True):
        manifest.write_text(json.dumps(content | {"is_encrypted": is_encrypted}))
        if is_encrypted:
            with pytest.raises(LoaderError, match="are encrypted: restore them by the release"):
                create.newest(folder, made.name)
        else:
            assert create.newest(folder) == made


def test_programs_fit_the_server() -> None:
    assert [create.programs(version) for version in (15, 16, 17, 18)] == ["16", "16", "18", "18"]
    with pytest.raises(LoaderError, match="PostgreSQL 19 is newer"):
        create.programs(19)
