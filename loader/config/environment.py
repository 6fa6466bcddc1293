"""The file .environment in the shop's folder: settings and secrets that every command reads.

A line is NAME=value; empty lines and lines that begin with # count for nothing. The value is what
stands behind the first =, taken literally: neither $ nor & nor a backslash has a meaning. Spaces
around it do not count, and a pair of quotes around the whole, ' or ", is removed. What the
environment of the command says already comes first.
"""

import os
import re
from difflib import get_close_matches
from pathlib import Path

from loader.config.settings import PREFIX, Settings, load_settings, variable
from loader.errors import LoaderError

ENVIRONMENT_FILE = ".environment"
OTHERS = {
    *("SHOP_RUN_ID", "SHOP_LOGICAL_DATE", "SHOP_RETRY_OF", "SHOP_AUDIT"),  # what a run tells dbt
    *("SHOP_UID", "SHOP_WRITE_MUTATIONS"),  # of docker-compose.yml and of a make target
}
CLOSE = 0.8  # how like the two names must be, of 1
LINE = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)


def read_environment(root: Path) -> dict[str, str]:
    """Return the variables that a shop's file names, none where there is no file.

    Raises:
        LoaderError: the file cannot be read, or a line is not NAME=value; says which, not what.
    """
    path = root / ENVIRONMENT_FILE
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise LoaderError(f"{path} cannot be read as UTF-8 text: {type(error).__name__}") from None
    found = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        named = LINE.fullmatch(line)
        if named is None or "\0" in line or named[1] == "SHOP_ROOT":
            raise LoaderError(
                f"{path}, line {number}: write NAME=value, without spaces before the =; "
                "SHOP_ROOT, which says where this file is, cannot stand in it"
            )
        found[named[1]] = _unquoted(named[2].strip())
    return found


def apply_environment() -> None:
    """Add what the shop's file says to the environment of this process."""
    for name, value in read_environment(load_settings().root).items():
        os.environ.setdefault(name, value)


def unknown_variables() -> dict[str, str]:
    """Return the SHOP_ variables that are no setting, each with the one that is meant, or ""."""
    known = [variable(name) for name in Settings.model_fields]
    return {
        name: next(iter(get_close_matches(name, known, 1, CLOSE)), "")
        for name in sorted(os.environ)
        if name.startswith(PREFIX) and name not in {*known, *OTHERS}
    }


def _unquoted(text: str) -> str:
    is_quoted = len(text) >= 2 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if is_quoted else text
