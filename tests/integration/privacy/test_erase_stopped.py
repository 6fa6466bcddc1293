"""An erasure that was stopped: killed, or without its session, it can be run again."""

from collections.abc import Callable
from datetime import date

import pytest

from factories.days import execute, query
from factories.people import traces, variants
from loader.config.settings import Settings
from loader.errors import LoaderError
from loader.ingest.anonymize import scrub_batch
from loader.ingest.archive import archived
from loader.ingest.load import load
from loader.privacy import erase

ENDED_SESSIONS = """
select pg_terminate_backend(pid, 5000)
from pg_stat_activity
where datname = current_database() and application_name like 'loader%'
"""


@pytest.fixture(autouse=True)
def six_customers(
    settings: Settings,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Load a batch of six customers, C1 to c6; no erasure builds the mart anew."""
    assert database
    monkeypatch.setenv("SHOP_RETRY_WAIT", "0.01")
    monkeypatch.setattr(erase, "_build_anew", lambda _: None)
    load(variants(tmp_path_factory.mktemp("outside") / "first"), date(2026, 11, 21), settings)


def erase_and_be_killed(
    settings: Settings,
    customer_id: str,
    monkeypatch: pytest.MonkeyPatch,
    at: str,
    before: Callable[..., object] = lambda *_: None,
) -> None:
    """Erase a customer, and do no more of a part of it than what comes `before` the end."""

    def killed(*given: object) -> None:
        before(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(erase, at, killed)
        with pytest.raises(KeyboardInterrupt):
            erase.erase_customer(settings, customer_id)


def test_erasure_stopped_in_the_archive_gives_the_same_pseudonym_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    erase_and_be_killed(settings, "C3", monkeypatch, "scrub_batch")
    assert erase.erase_customer(settings, "C4").pseudonym == "ERASED000002"
    assert erase.erase_customer(settings, "C3").pseudonym == "ERASED000001"
    assert traces(settings.root, "C3") == []


def test_erasure_that_lost_its_session_reports_all_that_was_changed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = erase.erase_customer(settings, "C1")
    assert undisturbed.tables["staging.customers"] == undisturbed.batches == 1

    for customer_id, losing in (("c6", "scrub_batch"), ("C3", "_vacuum")):
        with monkeypatch.context() as patch:
            patch.setattr(erase, losing, lost_once(getattr(erase, losing)))
            disturbed = erase.erase_customer(settings, customer_id)
        assert (disturbed.tables, disturbed.batches) == (undisturbed.tables, 1), losing
        assert query(
            "select count(*) from pg_stats where schemaname = 'staging' and tablename = 'customers'"
            f" and histogram_bounds::text like '%Name{customer_id[1:]}%'"
        ) == [(0,)], losing


@pytest.mark.parametrize("losing", ["erase_loaded_rows", "scrub_batch"])
def test_unknown_customer_is_not_reported_as_erased_where_a_session_was_lost(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, losing: str
) -> None:
    monkeypatch.setattr(erase, losing, lost_once(getattr(erase, losing)))
    with pytest.raises(LoaderError, match="no customer C9 is known"):
        erase.erase_customer(settings, "C9")
    assert query("select count(*) from ops.erasures") == [(0,)]


@pytest.mark.parametrize("killed_in", ["erase_loaded_rows", "scrub_batch"])
def test_unknown_customer_is_not_reported_as_erased_where_the_command_was_killed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, killed_in: str
) -> None:
    erase_and_be_killed(settings, "C9", monkeypatch, killed_in)
    assert erase.erase_customer(settings, "C4").pseudonym == "ERASED000002"
    with pytest.raises(LoaderError, match="no customer C9 is known"):
        erase.erase_customer(settings, "C9")
    assert erase.erase_customer(settings, "C5").pseudonym == "ERASED000003"
    assert query("select count(*), count(erased_at) from ops.erasures") == [(2, 2)]


def test_customer_whom_only_the_archive_knows_stays_known_where_the_command_was_killed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(
        "truncate staging.customers, staging.transactions; delete from quarantine.rejected_lines"
    )
    erase_and_be_killed(settings, "C3", monkeypatch, "scrub_batch", scrub_batch)
    assert traces(settings.root, "C3") == []
    assert erase.erase_customer(settings, "C3").pseudonym == "ERASED000001"
    assert query("select count(erased_at) from ops.erasures") == [(1,)]


def lost_once[**Given, Found](work: Callable[Given, Found]) -> Callable[Given, Found]:
    """Return what does the work, and the first time ends all sessions after it."""
    losses = iter([ENDED_SESSIONS])

    def lost(*arguments: Given.args, **named: Given.kwargs) -> Found:
        found = work(*arguments, **named)
        for loss in losses:
            execute(loss)
        return found

    return lost


def test_batch_that_a_killed_load_left_aside_is_erased_as_well(settings: Settings) -> None:
    (batch,) = archived(settings)
    batch.folder.rename(batch.folder.with_name(f".aside-{batch.folder.name}"))

    assert erase.erase_customer(settings, "C2").batches == 1

    assert traces(settings.root, "C2") == []
    assert [found.folder.name for found in archived(settings)] == [batch.folder.name]
