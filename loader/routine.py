"""When the shop runs, what is too little, and how long things are kept: SHOP_ variables."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from loader.errors import LoaderError
from loader.settings import Settings
from loader.zones import local_zone


@dataclass(frozen=True)
class Routine:
    """Hold what the environment says about running the shop; see docs/operations.md."""

    time_zone: tzinfo
    schedule: time  # when the daily run starts
    days_back: int  # which day it is about: 1 is yesterday
    expect_by: time | None  # when a run must have started
    min_score: float  # percent of a table's rows that must be accepted
    min_disk_pct: float
    keep_days: int  # files: landing, logs
    keep_record_days: int
    keep_backups: int
    landing: str | None  # folder that others deliver to, {date} in it
    metrics_file: Path
    backup_dir: Path
    lock_wait: int  # minutes that what nobody watches waits for a run at work

    def now(self) -> datetime:
        """Return the time of day in the shop's zone."""
        return datetime.now(self.time_zone)


def load_routine(settings: Settings) -> Routine:
    """Return what the environment says, and what is usual where it says nothing.

    Raises:
        LoaderError: names the variable that cannot be read.
    """
    return Routine(
        time_zone=_read("SHOP_TIME_ZONE", None, ZoneInfo, "a zone such as Asia/Kolkata")
        or local_zone(),
        schedule=_read("SHOP_SCHEDULE", time(2, 15), time_of_day, "a time of day such as 02:15"),
        days_back=_read("SHOP_DAYS_BACK", 1, _natural, "a number of days"),
        expect_by=_read("SHOP_EXPECT_BY", None, time_of_day, "a time of day such as 04:00"),
        min_score=_read("SHOP_MIN_SCORE", 95.0, _percent, "a percentage"),
        min_disk_pct=_read("SHOP_MIN_DISK_PCT", 10.0, _percent, "a percentage"),
        keep_days=_read("SHOP_KEEP_DAYS", 7, _natural, "a number of days"),
        keep_record_days=_read("SHOP_KEEP_RECORD_DAYS", 400, _natural, "a number of days"),
        keep_backups=_read("SHOP_KEEP_BACKUPS", 7, _positive, "a number from 1"),
        landing=os.environ.get("SHOP_LANDING") or None,
        metrics_file=_read(
            "SHOP_METRICS_FILE", settings.logs_dir / "shop.prom", Path, "a file's path"
        ),
        backup_dir=_read("SHOP_BACKUP_DIR", settings.root / "backups", Path, "a folder's path"),
        lock_wait=_read("SHOP_LOCK_WAIT", 360, _natural, "a number of minutes"),
    )


def time_of_day(text: str) -> time:
    """Return the time that is written HH:MM.

    Raises:
        ValueError: it is not.
    """
    return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007


def _read[T](variable: str, usual: T, parse: Callable[[str], T], kind: str) -> T:
    text = os.environ.get(variable)
    if not text:
        return usual
    try:
        return parse(text)
    except (ValueError, OSError, KeyError):  # ZoneInfo has three ways to say no
        raise LoaderError(f"{variable} is {text!r}; write {kind}") from None


def _natural(text: str) -> int:
    if (number := int(text)) < 0:
        raise ValueError(text)
    return number


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise ValueError(text)
    return number


def _percent(text: str) -> float:
    if not 0 <= (number := float(text)) <= 100:
        raise ValueError(text)
    return number
