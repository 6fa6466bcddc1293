"""A week by dates: two failed days, a late delivery, a missed night; told each time, and when over.

Not part of the suite, because it takes some minutes: make week
"""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from factories.days import (
    a_customer,
    a_product,
    a_transaction,
    an_item,
    execute,
    query,
    write_batch,
)
from factories.receivers import Webhook
from loader.config.settings import REPOSITORY, Settings

FIRST = date(2025, 3, 3)
# The night passes: everything that was recorded is a day (and an hour) older.
A_NIGHT_LATER = """
update ops.runs set started_at = started_at - shift, ended_at = ended_at - shift
from (select interval '25 hours' as shift) as night;
update ops.steps set started_at = started_at - shift, ended_at = ended_at - shift
from (select interval '25 hours' as shift) as night;
update ops.loads set loaded_at = loaded_at - shift
from (select interval '25 hours' as shift) as night;
update ops.invocations
set started_at = started_at - shift, completed_at = completed_at - shift
from (select interval '25 hours' as shift) as night;
update ops.publications set published_at = published_at - shift
from (select interval '25 hours' as shift) as night
"""


class Shop:
    """Deliver, let a night pass, and ask for the status."""

    def __init__(self, settings: Settings, webhook: Webhook) -> None:
        self.drop = settings.root / "drop"
        self.webhook = webhook
        deadline = datetime.now(UTC) - timedelta(minutes=10)
        self.environment = {
            **os.environ,
            "SHOP_ALERT_URLS": webhook.url,
            "SHOP_LANDING": str(self.drop / "{date}"),
            "SHOP_TIME_ZONE": "UTC",
            "SHOP_EXPECT_BY": f"{deadline:%H:%M}",
        }

    def deliver(self, number: int) -> Path:
        """Write the files of a day: one sale of 200."""
        day = day_of(number)
        first = number == 1
        return write_batch(
            self.drop / str(day),
            customers=[a_customer(1)] if first else [],
            products=[a_product(1)] if first else [],
            transactions=[a_transaction(number, str(day))],
            transaction_items=[an_item(number, number)],
        )

    def night(self, number: int) -> int:
        """Do what the timer does, for the day that is due, and return the exit code."""
        return self._loader("schedule", "--once", "--date", str(day_of(number)))

    def watch(self) -> int:
        """Do what the watch does every quarter of an hour."""
        return self._loader("status", "--alert")

    def sleep(self) -> None:
        execute(A_NIGHT_LATER)

    def news(self) -> list[str]:
        """Return what was told since it was last asked for."""
        titles, self.webhook.messages = self.webhook.titles, []
        for title in titles:
            print(f"  told: {title}")  # noqa: T201  (make week shows it)
        return titles

    def _loader(self, *arguments: str) -> int:
        print(f"$ loader {' '.join(arguments)}")  # noqa: T201
        command = [sys.executable, "-m", "loader", *arguments]
        done = subprocess.run(command, cwd=REPOSITORY, env=self.environment, check=False)
        return done.returncode


def day_of(number: int) -> date:
    return FIRST + timedelta(days=number - 1)


@pytest.mark.usefixtures("database", "own_dbt_target")
def test_week_with_two_failed_days_a_late_delivery_and_a_missed_night(
    settings: Settings, webhook: Webhook
) -> None:
    shop = Shop(settings, webhook)
    failed = "shop: critical: step {} of the run of {} failed"
    cleared = "shop: all clear: step {} of the run of {} failed"

    shop.deliver(1)
    assert (shop.night(1), shop.watch(), shop.news()) == (0, 0, [])

    shop.sleep()  # the second day's file is broken
    broken = shop.deliver(2) / "transactions.csv"
    sound = broken.read_text()
    broken.write_text("<html>Service unavailable</html>\n")
    assert (shop.night(2), shop.watch()) == (1, 5)
    assert shop.news() == [failed.format("load", day_of(2))]

    shop.sleep()  # it is mended, and the third day comes with it
    broken.write_text(sound)
    shop.deliver(3)
    assert (shop.night(3), shop.watch()) == (0, 0)
    assert shop.news() == [cleared.format("load", day_of(2))]
    assert published() == [day_of(1), day_of(2), day_of(3)]

    shop.sleep()  # the fourth day is not delivered
    assert shop.night(4) == 1
    assert shop.news() == [failed.format("load", day_of(4))]

    shop.sleep()  # it comes late; the fifth day does not pass the audit
    shop.deliver(4)
    shop.deliver(5)
    assert shop.night(4) == 0
    assert shop.news() == [cleared.format("load", day_of(4))]
    execute(
        "insert into ops.loads (load_id, table_name, batch_date, source_file, file_bytes, sha256,"
        " row_count, loaded_at) values (0, 'customers', '2025-02-01', 'f', 0, '', 5, now())"
    )
    assert (shop.night(5), shop.watch()) == (1, 5)
    assert shop.news() == [failed.format("build", day_of(5))]
    assert published()[-1] == day_of(4)

    shop.sleep()  # its cause is mended; both days run
    execute("delete from ops.loads where load_id = 0")
    shop.deliver(6)
    assert (shop.night(6), shop.watch()) == (0, 0)
    assert shop.news() == [cleared.format("build", day_of(5))]

    shop.sleep()  # the machine is off for a night
    shop.deliver(7)
    assert [shop.watch() for _ in range(3)] == [5, 5, 5]
    (late,) = shop.news()
    assert late.startswith("shop: critical: no run started in the day up to ")
    assert (shop.night(7), shop.watch()) == (0, 0)
    assert shop.news() == [late.replace("critical", "all clear")]

    assert published() == [day_of(number) for number in range(1, 8)]
    assert query("select count(*), sum(revenue_amount)::int from mart.fct_sales") == [(7, 1400)]
    assert query("select status, count(*) from ops.runs group by 1 order by 1") == [
        ("failed", 3),
        ("succeeded", 7),
    ]


def published() -> list[date]:
    return [
        day for (day,) in query("select distinct logical_date from ops.publications order by 1")
    ]
