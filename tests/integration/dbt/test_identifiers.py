"""An id is read the same way by PostgreSQL, which dbt and the load ask, and by Python, in files."""

import random
import sys
import unicodedata
from contextlib import closing

import pytest

from loader.config.settings import Settings
from loader.database import server
from loader.database.fetch import Row
from loader.database.schema import ensure_schema
from loader.ingest.identifiers import clean_id, ids_in

pytestmark = pytest.mark.versions

NO_CHARACTERS = {"Cs", "Cn"}  # surrogates; what this Python's Unicode does not know
SURROUNDINGS = ("{}", "A{}B", "{}A", " A {} \t", "e{}", "\u1100{}", "{0}{0}")
SPOKEN = "A1 e\u0301\u00e9\u0327\u0323\u0661\t\n\r\x0b\x0c\x00\x01\x1f\x7f\u0085\u00a0\u061c"
SPOKEN += "\u200b\u200d\u2028\u3000\ufeff\u212b\u0419\u0438\u0306\u1112\u1161\u11ab\ufe0f\\\",;|'"


def characters() -> list[str]:
    every = map(chr, range(1, sys.maxunicode + 1))
    return [one for one in every if unicodedata.category(one) not in NO_CHARACTERS]


def lines(rng: random.Random) -> list[bytes]:
    """Return lines of characters that are easily taken for others, some of them no UTF-8."""
    texts = ["".join(rng.choices(SPOKEN, k=rng.randint(1, 12))) for _ in range(3000)]
    texts += ["C1\\000,\0x", "\\\\000\0", "C\0001;\0 x", '"C1"x', "C 1,\\", "\U0010ffff\0\\"]
    return [
        text.encode() + (b"\xe9" if number % 9 == 0 else b"") for number, text in enumerate(texts)
    ]


def asked(settings: Settings, statement: str, values: list[str] | list[bytes]) -> list[Row]:
    with closing(server.connect(settings)) as connection:
        ensure_schema(connection)
        cursor = connection.cursor()
        cursor.execute(statement, (values,))
        return cursor.fetchall()


@pytest.mark.usefixtures("database")
def test_python_reads_every_character_of_an_id_as_postgresql_does(settings: Settings) -> None:
    values = [around.format(one) for one in characters() for around in SURROUNDINGS]
    rng = random.Random(5)  # noqa: S311
    spoken = SPOKEN.replace("\0", "")
    values += ["".join(rng.choices(spoken, k=rng.randint(1, 9))) for _ in range(50_000)]
    said = asked(
        settings,
        "select coalesce(ops.clean_code(value), '') from unnest(%s) with ordinality as t (value, n)"
        " order by n",
        values,
    )
    assert len(values) > 1_500_000
    assert [
        (value, theirs, ours)
        for value, (theirs,) in zip(values, said, strict=True)
        if (ours := clean_id(value)) != theirs
    ] == []


@pytest.mark.usefixtures("database")
def test_python_finds_the_ids_in_a_broken_line_that_postgresql_does(settings: Settings) -> None:
    broken = lines(random.Random(7))  # noqa: S311
    said = asked(
        settings,
        "select array(select ops.ids_in(line)) from unnest(%s::bytea[]) with ordinality"
        " as t (line, n) order by n",
        broken,
    )
    assert [set(ids) for (ids,) in said] == [ids_in(line) for line in broken]


@pytest.mark.parametrize(
    ("delivered", "meant"),
    [
        ("C2\u00a0", "C2"),
        ("C3\t", "C3"),
        ("C\u200b4", "C4"),
        (" C5 ", "C5"),
        ("c6", "c6"),
        ("A\u0085\tB", "A B"),
        ("\u061cA\x01\x7f", "A"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("10k\u2126", "10k\u03a9"),
        ("\u200d \u3164", ""),
    ],
)
def test_id_is_what_a_reader_sees(delivered: str, meant: str) -> None:
    assert clean_id(delivered) == meant
    assert clean_id(meant) == meant
