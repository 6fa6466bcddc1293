"""Read an id as dbt reads it: the one normalization, for files that no database has read.

`ops.clean_code` in clean_values.sql is the same in SQL, which dbt, the load and the erasure call;
`tests/integration/dbt/test_identifiers.py` holds the two equal.
"""

import re
import unicodedata

PLAIN = re.compile(r"[!-~]*")
WHITE_SPACE = re.compile(r"[ \t\n\r\f\v]+")
SPACES = r"\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"
# As in clean_values.sql: first what is removed from any text, then what only texts need.
INVISIBLE = (
    r"\u0001-\u0008\u000E-\u001F\u007F-\u0084\u0086-\u009F\u00AD\u061C\u180E\u200B\u200E\u200F"
    r"\u202A-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF9-\uFFFB"
)
JOINING = (
    r"\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180D\u180F\u200C\u200D\uFE00-\uFE0F"
    r"\U000E0000-\U000E0FFF"
)
UNICODE_SPACE = re.compile(f"[{SPACES}]")
UNSEEN = re.compile(f"[{INVISIBLE}{JOINING}]")
VALUE_ENDS = re.compile(r'[",;]')


def clean_id(text: str) -> str:
    """Return an id without what nobody can see, composed (NFC) and trimmed."""
    if PLAIN.fullmatch(text):
        return text
    visible = UNSEEN.sub("", UNICODE_SPACE.sub(" ", text))
    return WHITE_SPACE.sub(" ", unicodedata.normalize("NFC", visible)).strip(" ")


def ids_in(line: bytes) -> set[str]:
    """Return what could be an id in a line that is no record: its values, and their words."""
    seen = line.replace(b"\0", b"")
    try:
        text = seen.decode()
    except UnicodeDecodeError:
        text = seen.decode("latin-1")
    values = {clean_id(value) for value in VALUE_ENDS.split(text)}
    return {word for value in values for word in (value, *value.split(" "))} - {""}
