"""The newest batch can be taken back, and a date that would lock the shop is refused."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from factories.days import (
    a_customer,
    a_product,
    a_transaction,
    an_item,
    everything,
    execute,
    fingerprint,
    loader,
    query,
    run_well,
    write_batch,
)
from factories.loaded import batch
from loader.config.settings import Settings
from loader.errors import LoaderError
from loader.export.verify import verify
from loader.ingest.csv import limits
from loader.ingest.load import load
from loader.pipeline import replay, revert
from loader.pipeline.context import Order
from loader.pipeline.revert import replace_batch, revert_batch
from loader.pipeline.run import run

OF_BATCHES = tuple(f"ops.{table}" for table in revert.OF_BATCHES if table != "loads")


def state(settings: Settings) -> dict[str, object]:
    """Return all that a batch changes; a load's own number and time are not part of it."""
    found: dict[str, object] = dict(everything())
    ops = fingerprint("ops")
    found |= {table: ops[table] for table in OF_BATCHES}
    found["loads"] = query("select distinct batch_date, table_name, sha256 from ops.loads")
    found["archive"] = sorted(path.name for path in (settings.root / "archive").iterdir())
    for path in sorted(settings.exports_dir.rglob("*.csv")):
        found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def stopped(*_: object) -> None:
    raise LoaderError("stopped")


@pytest.mark.usefixtures("two_days")
def test_reverted_batch_leaves_everything_as_it_was_before_it(
    settings: Settings, third_day: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(
        "insert into ops.erasures (pseudonym, id_hash, salt, erased_at) values ('ERASED000001',"
        " sha256('salt'::bytea || 'CUST0009'::bytea), 'salt', now())"
    )
    before = state(settings)
    runs = query("select count(*) from ops.runs")
    run_well("2025-03-03", third_day)
    assert state(settings) != before

    # stopped when the tables are empty: no run comes in between, and it goes on
    with monkeypatch.context() as patch:
        patch.setattr(revert, "replay", stopped)
        with pytest.raises(LoaderError, match="stopped"):
            revert_batch(settings, lambda _: None)
    assert query("select count(*) from production.customers") == [(0,)]
    assert query("select count(*) from mart.fct_sales")[0][0] > 0  # readers see the last
    with pytest.raises(LoaderError, match=r"not taken back to the end.*make revert-batch"):
        run(Order(("load",), date(2025, 3, 4), third_day), settings)
    with pytest.raises(LoaderError, match="not taken back to the end"):
        load(third_day, date(2025, 3, 4), settings)
    done = loader("revert-batch", "--yes")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert "took back 2025-03-03.000003; the newest batch is of 2025-03-02" in done.stdout

    assert state(settings) == before
    verify(settings)
    assert query("select count(*) from ops.runs") > runs
    assert query("select archived_batch, batch_date::text from ops.reverted_batches") == [
        ("2025-03-03.000003", "2025-03-03")
    ]
    assert query("select pseudonym from ops.erasures") == [("ERASED000001",)]

    run_well("2025-03-03", third_day)  # the next batch is the same as without the revert
    assert query("select status from quarantine.rejected_transaction_items where line_number = 4")


@pytest.mark.proof
@pytest.mark.usefixtures("two_days")
def test_replaced_batch_leaves_everything_as_if_it_had_come_that_day(
    settings: Settings,
    first_day_run: tuple[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = state(settings)
    other = write_batch(
        tmp_path / "other",
        customers=[a_customer(1, city="Agra"), a_customer(2)],
        products=[a_product(1)],
        transactions=[a_transaction(1, "2025-02-01")],
        transaction_items=[an_item(1, 1)],
    )
    with pytest.raises(LoaderError, match="no batch of 2025-02-27 was loaded"):
        replace_batch(settings, other, date(2025, 2, 27), lambda _: None)
    assert state(settings) == before

    # stopped when the delivery is in, and given up
    stop_when_loaded(settings, other, monkeypatch)
    with pytest.raises(LoaderError, match="no other can be replaced before"):
        replace_batch(settings, other, date(2025, 3, 2), lambda _: None)
    done = revert_batch(settings, lambda _: None)
    assert (done.batches, done.is_put_back) == (("2025-03-01.000001",), True)
    assert state(settings) == before
    assert query("select count(*) from ops.reverted_batches") == [(0,)]

    # stopped again, and run again with other files, which come in place of what was loaded
    stop_when_loaded(settings, other, monkeypatch)
    assert query("select city from production.customers where customer_id = 'CUST0001'") == [
        ("Agra",)
    ]
    done_again = loader(
        "replace-batch", "--yes", "--date", "2025-03-01", first_day_run[1] / "batch"
    )
    assert done_again.returncode == 0, done_again.stdout[-3000:] + done_again.stderr[-2000:]
    after = state(settings)
    archive, archive_before = after.pop("archive"), before.pop("archive")
    assert after == before
    assert days_of(archive) == days_of(archive_before) == ["2025-03-01", "2025-03-02"]
    assert query("select archived_batch, is_replaced from ops.reverted_batches") == [
        ("2025-03-01.000001", True)
    ]
    verify(settings)


def stop_when_loaded(settings: Settings, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(replay, "run", first_call_only(run))
        with pytest.raises(LoaderError, match=r"stopped\n.*make replace-batch again"):
            replace_batch(settings, files, date(2025, 3, 1), lambda _: None)


def first_call_only(function: Callable[..., str]) -> Callable[..., str]:
    calls: list[str] = []

    def call(*arguments: object) -> str:
        if calls:
            raise LoaderError("stopped")
        calls.append(function(*arguments))
        return calls[0]

    return call


def days_of(archive: object) -> list[str]:
    assert isinstance(archive, list)
    return [name.partition(".")[0] for name in archive]


@pytest.mark.usefixtures("first_day")
def test_revert_is_refused_where_the_archive_cannot_rebuild_the_rest(
    settings: Settings, tmp_path: Path
) -> None:
    before = state(settings)
    with pytest.raises(LoaderError, match="no batch before the newest one"):
        revert_batch(settings, lambda _: None)
    (settings.root / "archive").rename(tmp_path / "elsewhere")
    (settings.root / "archive").mkdir()
    with pytest.raises(LoaderError, match="differ in the batches of 2025-03-01"):
        revert_batch(settings, lambda _: None)
    (settings.root / "archive").rmdir()
    (tmp_path / "elsewhere").rename(settings.root / "archive")
    assert state(settings) == before


def test_revert_in_an_empty_shop_says_that_nothing_was_loaded(
    settings: Settings, database: str
) -> None:
    assert database
    with pytest.raises(LoaderError, match="nothing was loaded yet"):
        revert_batch(settings, lambda _: None)


def test_date_more_than_a_day_ahead_of_the_clock_is_refused_unless_days_are_simulated(
    settings: Settings, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert database
    files = batch(tmp_path / "in")
    ahead = datetime.now(UTC).date() + timedelta(days=3)
    monkeypatch.delenv(limits.ALLOW_FUTURE_DATES)
    for tried in (
        lambda: load(files, ahead, settings),
        lambda: run(Order(("load",), ahead, files), settings),
        lambda: run(Order(("generate", "load"), date(2206, 6, 3)), settings),
    ):
        with pytest.raises(LoaderError, match="more than a day ahead of the clock"):
            tried()
    assert not settings.landing_dir.exists()
    assert query("select count(*) from ops.loads") == [(0,)]
    load(files, datetime.now(UTC).date() + timedelta(days=1), settings)
    monkeypatch.setenv(limits.ALLOW_FUTURE_DATES, "yes")
    load(files, datetime.now(UTC).date() + timedelta(days=1), settings)


def test_backfill_refuses_a_last_day_to_come_before_the_first_runs(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(limits.ALLOW_FUTURE_DATES)
    done = loader("backfill", "--from", "2025-01-01", "--to", "2206-06-03")
    assert done.returncode == 1
    assert "2206-06-03 is more than a day ahead" in done.stderr
    assert not settings.landing_dir.exists()
