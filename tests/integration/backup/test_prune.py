"""What is old goes, and says so first; what a replay or the status needs stays."""

import gzip
import hashlib
import os
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from factories.days import connect, execute
from factories.loaded import Query
from loader.backup import prune as pruning
from loader.backup.prune import prune
from loader.config.settings import Settings
from loader.contract import TABLES, file_name
from loader.errors import LoaderError
from loader.history.batches import refuse_wrong_batch
from loader.ingest.archive import write_manifest


def archive(settings: Settings, day: date, load_id: int) -> None:
    """Archive a batch as a load does."""
    folder = settings.root / "archive" / f"{day}.{load_id:06}"
    folder.mkdir(parents=True)
    for table in TABLES:
        (folder / file_name(table, is_packed=True)).write_bytes(gzip.compress(b"x"))
    digest: dict[str, str | int] = {"sha256": hashlib.sha256(b"x").hexdigest()}
    write_manifest(folder, day, load_id, dict.fromkeys(TABLES, digest))


def test_prune_removes_what_is_old_archived_and_not_needed_and_says_so_first(
    small: Settings, query: Query
) -> None:
    for load, day in enumerate(("2026-11-01", "2026-11-02", "2026-11-19", "2026-11-20"), start=1):
        query(
            f"insert into ops.runs values ('r{day}', '{day}', 'load', now() - interval '500 days',"
            " now(), 'failed');"
            "insert into ops.steps (run_id, step, started_at, status)"
            f" values ('r{day}', 'load', now() - interval '500 days', 'failed');"
            f"insert into ops.loads values ({load}, 'customers', '{day}', 'f', 0, '', 0, now(), "
            f"'r{day}')"
        )
        file = small.landing_dir / day / "customers.csv"
        file.parent.mkdir(parents=True)
        file.write_text("x" * 1000)
        small.logs_dir.mkdir(exist_ok=True)
        log = small.logs_dir / f"r{day}.jsonl"
        log.touch()
        os.utime(log, (0, 0))
        if day != "2026-11-02":  # that one a replay would have to read from landing
            archive(small, date.fromisoformat(day), load)
    (small.landing_dir / "notes").mkdir()
    query(
        "insert into ops.runs values ('r0', null, 'export', now() - interval '500 days', now(),"
        " 'succeeded'), ('r1', null, 'export', now(), now(), 'succeeded')"
    )
    small = Settings(root=small.root)
    landing = small.landing_dir / "2026-11-01"

    copy = next((small.root / "archive").glob("2026-11-01*/customers.csv.gz"))
    sound = copy.read_bytes()
    copy.write_bytes(gzip.compress(b"y"))
    with pytest.raises(LoaderError, match="is not what was archived"):
        prune(small, for_good=True)
    assert landing.exists()
    copy.write_bytes(sound)

    for for_good in (False, True):
        found = prune(small, for_good=for_good)
        assert found.paths[landing] == 1000
        assert {path.name for path in found.paths} == {
            "2026-11-01", "r2026-11-01.jsonl", "r2026-11-02.jsonl", "r2026-11-19.jsonl",
        }  # fmt: skip
        assert (found.rows["ops.steps"], found.rows["ops.runs"]) == (4, 1)
        assert landing.exists() is not for_good

    assert query("select count(*) from ops.loads") == [(4,)]
    assert query("select run_id from ops.runs where run_id in ('r0', 'r1')") == [("r1",)]
    assert sorted(path.name for path in small.landing_dir.iterdir()) == [
        "2026-11-02", "2026-11-19", "2026-11-20", "notes",
    ]  # fmt: skip
    assert [path.name for path in small.logs_dir.iterdir()] == ["r2026-11-20.jsonl"]
    assert prune(small, for_good=True).paths == {}


@pytest.mark.parametrize("for_good", [False, True])
def test_prune_lets_snapshots_of_spark_expire(
    small: Settings, monkeypatch: pytest.MonkeyPatch, *, for_good: bool
) -> None:
    def found(_settings: Settings, before: datetime, *, changes: bool) -> int:
        assert changes is for_good
        assert timedelta(days=6) < datetime.now(UTC) - before < timedelta(days=8)
        return 5

    monkeypatch.setattr(pruning, "count_expired", partial(found, changes=False))
    monkeypatch.setattr(pruning, "expire", partial(found, changes=True))
    assert prune(small, for_good=for_good).snapshots is None
    on_spark = small.model_copy(update={"engine": "spark"})
    assert prune(on_spark, for_good=for_good).snapshots == 5


@pytest.mark.usefixtures("first_day")
def test_newest_batch_still_counts_as_built_when_it_is_old_itself(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(
        "update ops.loads set loaded_at = loaded_at - interval '500 days';"
        "update ops.invocations set started_at = started_at - interval '500 days',"
        " completed_at = completed_at - interval '500 days';"
        "insert into ops.invocations (invocation_id, started_at)"
        " values ('older', now() - interval '501 days')"
    )
    monkeypatch.setenv("SHOP_KEEP_RECORD_DAYS", "100")
    found = prune(settings, for_good=True)
    assert found.rows["ops.invocations"] == 1
    with closing(connect()) as connection:
        refuse_wrong_batch(connection, date(2025, 3, 2))
