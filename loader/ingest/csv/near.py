"""Files whose names come near to that of a file which is missing."""

import re
from difflib import get_close_matches
from pathlib import Path

from loader.contract import TABLES, file_name

NO_LETTERS = re.compile(r"[\W\d_]+")
ENDINGS = re.compile(r"(\.(csv|txt|tsv|gz|zip|xlsx?|part|tmp))+$", re.IGNORECASE)
SIMILAR = 0.75


def near_files(table: str, directory: Path) -> list[str]:
    """Return the names in a folder that mean a table's file, in order."""
    expected = {file_name(name) for name in TABLES}
    try:
        names = sorted(path.name for path in directory.iterdir())
    except OSError:
        return []
    return [
        name
        for name in names
        if name.removesuffix(".gz") not in expected and _meant_table(name) == table
    ]


def wanted_name(table: str, near: str) -> str:
    """Return the name that a file of another one should have."""
    return file_name(table, is_packed=near.lower().endswith(".gz"))


def _meant_table(name: str) -> str | None:
    """Return the table whose file a name means: written otherwise, or with a date, say."""
    if not ENDINGS.search(name):
        return None
    words = NO_LETTERS.sub("_", ENDINGS.sub("", name).lower()).strip("_")
    (table,) = get_close_matches(words, TABLES, 1, SIMILAR) or (None,)
    within = [table for table in TABLES if f"_{table}_" in f"_{words}_"]
    return table or max(within, key=len, default=None)
