"""Fixtures of a shop whose first day, or its first and second, have run: once for many tests."""

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from conftest import ScratchDatabase
from factories.days import (
    WITH_FILES,
    KeptShop,
    a_customer,
    a_product,
    a_transaction,
    an_item,
    run_well,
    write_batch,
)
from loader.config.settings import Settings
from loader.contract import TABLES
from loader.database import server
from loader.history.batches import processing_nodes


@pytest.fixture(scope="session")
def first_day_run(kept_shop: KeptShop) -> Iterator[tuple[str, Path]]:
    """Yield the database and the folder of a shop whose first day, 1 March, has run.

    Its batch has two sales, one of them from before the batch.
    """

    def fill(root: Path) -> None:
        batch = write_batch(
            root / "batch",
            customers=[a_customer(1), a_customer(2)],
            products=[a_product(1), a_product(2, price="10.00", cost="4.00")],
            transactions=[a_transaction(1, "2025-02-01"), a_transaction(2, "2025-03-01")],
            transaction_items=[an_item(1, 1), an_item(2, 2)],
        )
        run_well("2025-03-01", batch, *WITH_FILES)

    with kept_shop("first_day", fill) as shop:
        yield shop


@pytest.fixture(scope="session")
def second_day_run(
    kept_shop: KeptShop, first_day_run: tuple[str, Path]
) -> Iterator[tuple[str, Path]]:
    """Yield the database and the folder of that shop when its second day, 2 March, has run too."""
    database, first = first_day_run

    def fill(root: Path) -> None:
        _copy_files(first, root)
        run_well("2025-03-02", _second_batch(root / "batch"), *WITH_FILES)

    with kept_shop("second_day", fill, database) as shop:
        yield shop


def _copy_files(kept: Path, root: Path) -> None:
    for name in ("archive", "exports"):
        shutil.copytree(kept / name, root / name)


@pytest.fixture
def first_day(
    first_day_run: tuple[str, Path],
    scratch_database: ScratchDatabase,
    settings: Settings,
    own_dbt_target: None,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """Give the test a copy of the shop whose first day has run."""
    _copy_files(first_day_run[1], settings.root)
    with scratch_database(monkeypatch, first_day_run[0]):
        yield


@pytest.fixture
def two_days(
    second_day_run: tuple[str, Path],
    scratch_database: ScratchDatabase,
    settings: Settings,
    own_dbt_target: None,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """Give the test a copy of the shop whose first and second day have run."""
    _copy_files(second_day_run[1], settings.root)
    with scratch_database(monkeypatch, second_day_run[0]):
        yield


@pytest.fixture
def second_day(tmp_path: Path) -> Path:
    """Return a batch of 2 March: a move, another cost, a new customer, an orphan, two bad rows."""
    return _second_batch(tmp_path / "day2")


def _second_batch(folder: Path) -> Path:
    return write_batch(
        folder,
        customers=[
            a_customer(1, city="Delhi"),
            a_customer(3),
            a_customer(4, email="c2@example.com"),
        ],
        products=[a_product(1, cost="70.00")],
        transactions=[
            a_transaction(3, "2025-03-02", payment_method="Barter"),
            a_transaction(4, "2025-03-01", payment_method="upi"),
        ],
        transaction_items=[
            an_item(3, 3),
            an_item(4, 4),
            an_item(5, 5),
            an_item(6, 3, quantity="0", line_total="0"),
        ],
    )


@pytest.fixture
def third_day(tmp_path: Path) -> Path:
    """Return a batch of 3 March: the transaction that the orphan item belongs to."""
    return write_batch(tmp_path / "day3", transactions=[a_transaction(5, "2025-03-02")])


@pytest.fixture
def take_in(settings: Settings) -> Callable[[], None]:
    """Return a function that records, as dbt's hooks do, that a build took the batch in."""

    def record() -> None:
        with closing(server.connect(settings)) as connection, connection:
            cursor = connection.cursor()
            invocation = secrets.token_hex(6)
            cursor.execute(
                "insert into ops.invocations (invocation_id, completed_at) values (%s, now())",
                (invocation,),
            )
            cursor.executemany(
                "insert into ops.node_results values (%s, %s, 'model', 'success', null, 0)",
                [(invocation, node) for node in processing_nodes(TABLES)],
            )

    return record
