"""Time zones by their rules: what the machine's clock does all year, not what it shows today."""

import os
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from loader.errors import LoaderError

LOCALTIME, TIMEZONE = Path("/etc/localtime"), Path("/etc/timezone")
FOLDER = "/zoneinfo/"


def local_zone() -> tzinfo:
    """Return the zone of this process: that of TZ, or else the machine's.

    Raises:
        LoaderError: TZ is not the name of a zone.
    """
    name = os.environ.get("TZ")
    if name is None:
        return machine_zone()
    zone = _named(name.removeprefix(":").rpartition(FOLDER)[2] or "UTC")
    if zone is None:
        raise LoaderError(
            f"TZ is {name!r}, which is no zone's name: write one such as Europe/London, or set "
            "SHOP_TIME_ZONE"
        )
    return zone


def machine_zone() -> tzinfo:
    """Return the zone that the machine's clock follows: /etc/localtime's, UTC where there is none.

    The file is a link that tells the zone's name, or a copy whose name may stand in /etc/timezone.
    """
    try:
        linked = _named(str(LOCALTIME.resolve(strict=True)).rpartition(FOLDER)[2])
        with LOCALTIME.open("rb") as file:
            copied = ZoneInfo.from_file(file)
    except (OSError, ValueError):
        return UTC
    if linked:
        return linked
    try:
        named = _named(TIMEZONE.read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        return copied
    return named if named and are_same(named, copied) else copied


def are_same(one: tzinfo, other: tzinfo) -> bool:
    """Return whether two zones' clocks show the same at every hour of the year that begins now."""
    now = datetime.now(UTC)
    return all(
        moment.astimezone(one).utcoffset() == moment.astimezone(other).utcoffset()
        for moment in (now + timedelta(hours=ahead) for ahead in range(366 * 24))
    )


def zone_name(zone: tzinfo) -> str:
    """Return the name of a zone, empty where it has none."""
    return getattr(zone, "key", None) or ("UTC" if zone is UTC else "")


def _named(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # ZoneInfo has three ways to say no
        return None
