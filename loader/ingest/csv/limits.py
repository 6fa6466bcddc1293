"""How much of a delivery may be wrong, how large it may be, and how far ahead its date."""

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from loader.errors import LoaderError
from loader.settings import YES

# Below this many, a share says little: one bad line of five is no reason to stop.
LINES_FOR_A_SHARE = 20
ALLOW_FUTURE_DATES = "SHOP_ALLOW_FUTURE_DATES"


@dataclass(frozen=True)
class Limits:
    """Limit the rejected lines of a file, in number and in percent, and its bytes, unpacked."""

    rejected_lines: int = 1_000
    rejected_pct: int = 5
    file_bytes: int = 8 << 30


def load_limits() -> Limits:
    """Return the limits of the environment.

    Raises:
        LoaderError: names the variable whose value is no number or out of range.
    """
    usual = Limits()
    return Limits(
        rejected_lines=_number("SHOP_MAX_REJECTED_LINES", usual.rejected_lines, 100_000),
        rejected_pct=_number("SHOP_MAX_REJECTED_PCT", usual.rejected_pct, 100),
        file_bytes=_number("SHOP_MAX_FILE_BYTES", usual.file_bytes, 1 << 50),
    )


def newest_date() -> date | None:
    """Return the newest date that a batch may have, a day ahead of the clock; None for any.

    A day ahead, because the day begins earlier in the east.
    """
    if os.environ.get(ALLOW_FUTURE_DATES, "").lower() in YES:
        return None
    now = datetime.now(UTC)
    return max(now.date(), now.astimezone().date()) + timedelta(days=1)


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


def _number(variable: str, usual: int, highest: int) -> int:
    text = os.environ.get(variable, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdigit()) or int(text) > highest:
        raise LoaderError(f"{variable} is {text!r}; give a whole number from 0 to {highest:,}")
    return int(text)
