"""The zones of shop, machine and login, and days on which a clock changes."""

import shutil
import zoneinfo
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from loader.config import zones
from loader.config.settings import Settings
from loader.errors import LoaderError
from loader.scheduling import schedule, timers
from loader.scheduling.schedule import due_day


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return a function that gives the machine a zone, and the path of its link."""
    monkeypatch.delenv("TZ", raising=False)
    link = tmp_path / "localtime"
    monkeypatch.setattr(zones, "LOCALTIME", link)
    monkeypatch.setattr(zones, "TIMEZONE", tmp_path / "timezone")

    def set_zone(name: str) -> Path:
        link.symlink_to(zone_file(name))
        return link

    return set_zone


def zone_file(name: str) -> Path:
    return next(path for folder in zoneinfo.TZPATH if (path := Path(folder) / name).exists())


@pytest.mark.parametrize(
    ("zone", "of_machine", "is_refused"),
    [
        ("UTC", "Europe/London", True),  # the same in winter
        ("Europe/London", "Etc/UTC", True),
        ("Asia/Kolkata", "Etc/UTC", True),
        ("Europe/Lisbon", "Europe/London", False),  # the same all year
        ("UTC", "Etc/UTC", False),
        ("", "Europe/London", False),
    ],
)
def test_cron_is_refused_where_its_clock_is_another_at_some_time_of_the_year(
    settings: Settings,
    machine: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
    of_machine: str,
    *,
    is_refused: bool,
) -> None:
    machine(of_machine)
    monkeypatch.setenv("SHOP_TIME_ZONE", zone)
    settings = Settings(root=settings.root)
    if not is_refused:
        assert timers.cron_lines(settings)
        return
    with pytest.raises(LoaderError, match=f"by the machine's clock, {of_machine}, and the shop's"):
        timers.cron_lines(settings)


def test_zone_of_a_login_is_not_the_one_of_cron_and_is_told_to_systemd(
    settings: Settings, machine: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine("Etc/UTC")
    monkeypatch.delenv("SHOP_TIME_ZONE", raising=False)
    monkeypatch.setenv("TZ", "America/New_York")
    settings = Settings(root=settings.root)
    with pytest.raises(LoaderError, match="shop's, America/New_York, does not show the same"):
        timers.cron_lines(settings)
    units = "".join(timers.units(settings).values())
    assert "OnCalendar=*-*-* 02:15:00 America/New_York" in units
    assert 'Environment="SHOP_TIME_ZONE=America/New_York"' in units


def test_zone_of_the_machine_is_found_by_its_rules(
    settings: Settings,
    machine: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert zones.machine_zone() is UTC  # neither a link nor a file
    link = machine("Europe/London")
    assert zones.zone_name(zones.machine_zone()) == "Europe/London"
    link.unlink()
    shutil.copy(zone_file("Europe/London"), link)
    assert zones.are_same(zones.machine_zone(), zoneinfo.ZoneInfo("Europe/London"))
    (tmp_path / "timezone").write_text("Europe/London\n")
    assert zones.zone_name(zones.machine_zone()) == "Europe/London"
    (tmp_path / "timezone").write_text("Asia/Kolkata\n")  # left over from another zone
    assert zones.are_same(zones.machine_zone(), zoneinfo.ZoneInfo("Europe/London"))
    for name, zone in ((":Asia/Kolkata", "Asia/Kolkata"), ("", "UTC")):
        monkeypatch.setenv("TZ", name)
        assert zones.zone_name(settings.zone) == zone
    monkeypatch.setenv("TZ", "XYZ+3")
    with pytest.raises(LoaderError, match="TZ is 'XYZ\\+3', which is no zone's name"):
        _ = settings.zone


@pytest.mark.parametrize("hour", ["00:30", "01:30", "02:15"])
@pytest.mark.parametrize("change", ["2026-03-29", "2026-10-25"])
def test_every_day_runs_once_across_the_changes_of_the_clock(
    settings: Settings,
    machine: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    hour: str,
    change: str,
) -> None:
    """On 29 March 01:30 is no time in London, on 25 October it comes twice."""
    machine("Europe/London")
    monkeypatch.delenv("SHOP_TIME_ZONE", raising=False)
    monkeypatch.setenv("SHOP_SCHEDULE", hour)
    settings = Settings(root=settings.root)
    midnight = datetime.fromisoformat(f"{change}T00:00").replace(tzinfo=settings.zone)
    moment = last = (midnight - timedelta(days=2)).astimezone(settings.zone)
    due: list[date] = []
    clock = set()
    while fired := schedule.daily_trigger(settings).get_next_fire_time(last, moment):
        if fired >= midnight + timedelta(days=3):
            break
        here = fired.astimezone(zoneinfo.ZoneInfo("Europe/London"))
        if hour != "01:30" or here.date() != midnight.date():
            clock.add(f"{here:%H:%M}")
        day = due_day(settings, fired.astimezone(settings.zone))
        due += [] if due[-1:] == [day] else [day]
        last, moment = (
            fired,
            (fired.astimezone(UTC) + timedelta(seconds=1)).astimezone(settings.zone),
        )
    assert clock == {hour}  # before the change and after it
    first = date.fromisoformat(change) - timedelta(days=3)
    assert due == [first + timedelta(days=ahead) for ahead in range(5)]


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-29T00:59+00:00", "2026-03-27"),
        ("2026-03-29T01:00+00:00", "2026-03-28"),  # 02:00, and 01:30 was left out
        ("2026-10-25T00:29+00:00", "2026-10-23"),
        ("2026-10-25T00:30+00:00", "2026-10-24"),  # 01:30 for the first time
        ("2026-10-25T01:10+00:00", "2026-10-24"),  # 01:10 for the second time
    ],
)
def test_day_that_is_due_never_goes_back_at_a_change_of_the_clock(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, now: str, due: str
) -> None:
    monkeypatch.setenv("SHOP_TIME_ZONE", "Europe/London")
    monkeypatch.setenv("SHOP_SCHEDULE", "01:30")
    settings = Settings(root=settings.root)
    moment = datetime.fromisoformat(now).astimezone(settings.zone)
    assert due_day(settings, moment).isoformat() == due
