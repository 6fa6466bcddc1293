"""A forecast says what the run then does, and changes nothing."""

import shutil
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from factories.days import (
    a_customer,
    a_transaction,
    an_item,
    connect,
    everything,
    run_well,
    write_batch,
)
from loader.cli import loader
from loader.config.settings import Settings
from loader.errors import LoaderError
from loader.monitoring.report import collect, lines

pytestmark = pytest.mark.usefixtures("first_day")


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    """Return a batch with rows that rules reject: no name, no parent, off the formula."""
    return write_batch(
        tmp_path / "next",
        customers=[a_customer(3), a_customer(4, first_name="")],
        transactions=[
            a_transaction(3, "2025-03-02"),
            a_transaction(4, "2025-03-02", customer_id="CUST0099"),
        ],
        transaction_items=[an_item(3, 3), an_item(4, 3, line_total="1.00"), an_item(5, 4)],
    )


def check(batch: Path, day: str) -> Result:
    return CliRunner().invoke(loader, ["check", str(batch), "--date", day])


def test_forecast_is_what_the_run_reports(settings: Settings, batch: Path) -> None:
    assert settings
    before = everything()
    done = check(batch, "2025-03-02")
    assert everything() == before
    assert done.exit_code == 0, done.output
    run_well("2025-03-02", batch, "load", "build")
    with closing(connect()) as connection, connection.cursor() as cursor:
        reported = list(lines(collect(cursor, date(2025, 3, 2))))
    said = done.output.splitlines()
    assert said == [
        *(line for line in said if " columns, " in line),
        "customers.registration_date: 2025-01-01 to 2025-01-01",
        "transactions.transaction_date: 2025-03-02 to 2025-03-02",
        *reported,
        "A run of 2025-03-02 would publish this batch.",
        "Nothing was loaded.",
    ]
    assert len([line for line in said if " columns, " in line]) == 4
    assert "  quarantined  transaction_items: formula:line_total: 1 (line 3)" in said


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2025-02-28", "of 2025-02-28 is older"),
        ("2206-06-03", "more than a day ahead of the clock"),
    ],
)
def test_date_that_a_run_would_refuse_is_refused_before_anything_is_copied(
    settings: Settings, batch: Path, monkeypatch: pytest.MonkeyPatch, day: str, said: str
) -> None:
    assert settings
    monkeypatch.delenv("SHOP_ALLOW_FUTURE_DATES")
    done = check(batch, day)
    assert isinstance(done.exception, LoaderError)
    assert said in str(done.exception)


def test_refused_file_is_named_before_anything_is_copied(settings: Settings, batch: Path) -> None:
    assert settings
    shutil.copy(batch / "customers.csv", batch / "products.csv")
    done = check(batch, "2025-03-02")
    assert isinstance(done.exception, LoaderError)
    assert "products.csv, line 1" in str(done.exception)
