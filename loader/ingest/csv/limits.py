"""How much of a delivery may be wrong, how large it may be, and how far ahead its date."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from loader.config.settings import load_settings, variable
from loader.errors import LoaderError

# Below this many, a share says little: one bad line of five is no reason to stop.
LINES_FOR_A_SHARE = 20
ALLOW_FUTURE_DATES = variable("allow_future_dates")


@dataclass(frozen=True)
class Limits:
    """Limit the rejected lines of a file, in number and in percent, and its bytes, unpacked.

    `may_lack_columns` is for files of the archive, which are older than a column that came since.
    """

    rejected_lines: int
    rejected_pct: int
    file_bytes: int
    may_lack_columns: bool = False


def load_limits() -> Limits:
    """Return the limits of the settings."""
    settings = load_settings()
    return Limits(
        rejected_lines=settings.max_rejected_lines,
        rejected_pct=settings.max_rejected_pct,
        file_bytes=settings.max_file_bytes,
    )


def newest_date() -> date | None:
    """Return the newest date that a batch may have, a day ahead of the clock; None for any.

    A day ahead, because the day begins earlier in the east.
    """
    settings = load_settings()
    if settings.allow_future_dates:
        return None
    return max(datetime.now(UTC).date(), settings.now().date()) + timedelta(days=1)


def refuse_future_date(day: date) -> None:
    """Stop before a batch whose date would have every later one refused.

    Raises:
        LoaderError: the date is more than a day ahead of the clock.
    """
    newest = newest_date()
    if newest and day > newest:
        raise LoaderError(
            f"{day} is more than a day ahead of the clock, and every batch until then would be "
            f"refused: check the date, or set {ALLOW_FUTURE_DATES}=yes to simulate days to come"
        )
