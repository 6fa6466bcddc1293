"""How much of a delivery may be wrong, and how large it may be."""

import os
from dataclasses import dataclass

from loader.errors import LoaderError

# Below this many, a share says little: one bad line of five is no reason to stop.
LINES_FOR_A_SHARE = 20


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


def _number(variable: str, usual: int, highest: int) -> int:
    text = os.environ.get(variable, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdigit()) or int(text) > highest:
        raise LoaderError(f"{variable} is {text!r}; give a whole number from 0 to {highest:,}")
    return int(text)
