"""Break every rule, constraint and test of data once, on purpose, and list what goes red.

Whatever is done to the database is rolled back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extensions import cursor as Cursor  # noqa: N812

DECLARED = "assert_declared_constraints_hold"
INTRODUCTION = """# What was broken on purpose

Each rule, constraint and test of data is broken once, and something must go red. `make mutations`
does it in seconds and writes this page; `make test` does it as well, and fails when something stays
green or when this page lacks or has one too many. A rule is taken out of the compiled SQL of its
model: a unit test fails, or a row that breaks this rule is no longer told so. A constraint, alone
on its table, refuses a bad row, and lets it in when it is taken away; where dbt declares it, a test
misses it then. A test of data finds a bad row in tables without their constraints.

"""


@dataclass(frozen=True)
class Mutation:
    """Say what was broken, how, and what went red; `red` is empty where nothing did."""

    kind: str
    name: str
    how: str
    red: str


def page(done: list[Mutation]) -> str:
    """Return the list of all as Markdown."""
    parts = []
    for kind, title, columns in (
        ("rule", "Rules", ("rule", "broken by", "what goes red")),
        ("constraint", "Constraints", ("constraint", "broken by", "what goes red")),
        ("test", "Tests of data", ("test", "broken by", "what goes red")),
    ):
        rows = sorted({(one.name, one.how, one.red) for one in done if one.kind == kind})
        parts += [
            f"## {title}: {len(rows)}",
            "",
            "| " + " | ".join(columns) + " |",
            "|---|---|---|",
        ]
        parts += [f"| {name} | {how} | {red} |" for name, how, red in rows]
        parts.append("")
    return INTRODUCTION + "\n".join(parts)


@contextmanager
def rolled_back(connection: Connection) -> Iterator[Cursor]:
    with connection.cursor() as cursor:
        yield cursor
    connection.rollback()


def leave_alone(cursor: Cursor, table: str, name: str) -> None:
    """Drop the other constraints of the table, so that only this one can refuse."""
    cursor.execute(
        "select conname from pg_constraint where conrelid = %s::regclass and conname <> %s"
        " and contype in ('p', 'u', 'f', 'c', 'x')",
        (table, name),
    )
    for (other,) in cursor.fetchall():
        cursor.execute(f"alter table {table} drop constraint {other} cascade")
