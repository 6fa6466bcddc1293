"""How many rows each of dbt's nodes reads from each table: counted by PostgreSQL, not by a clock.

Run as a program it measures a build in the shop that the environment names, node by node:

    PYTHONPATH=tests python tests/expectations/rows_read.py build --exclude-resource-type unit_test
"""

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from unittest.mock import patch

import click
import psycopg2
from psycopg2.extensions import STATUS_READY, TRANSACTION_STATUS_IDLE
from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extensions import cursor as Cursor  # noqa: N812
from psycopg2.sql import Composable

from loader.config.settings import REPOSITORY

# Rows that whole scans gave, and entries that scans of indexes gave, by table.
COUNTED = """
select
    table_.relnamespace::regnamespace::text || '.' || table_.relname,
    sum(pg_stat_get_xact_tuples_returned(read_.oid))
from pg_class as read_
left join pg_index on read_.oid = pg_index.indexrelid
inner join pg_class as table_ on table_.oid = coalesce(pg_index.indrelid, read_.oid)
where
    read_.relkind in ('r', 'i')
    and pg_stat_get_xact_tuples_returned(read_.oid) > 0
    and table_.relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'
group by 1
"""
COMMENT = re.compile(r'^/\* \{"app": "dbt".*?\*/', re.DOTALL)
NODE = re.compile(r'"node_id": "([^"]+)"')
HOOKS = "hooks"  # what begins and ends a run names no node: the publication, above all
ENDS_TRANSACTION = re.compile(r"(?<=;)\s*commit;\s*$", re.IGNORECASE)

# Workers would count for themselves. And small tables are to be read as large ones are: what has
# no other way than to read a table whole still does.
PLANS = "-c max_parallel_workers_per_gather=0 " + " ".join(
    f"-c enable_{way}=off" for way in ("seqscan", "hashjoin", "mergejoin")
)

Read = dict[str, Counter[str]]
Statement = str | bytes | Composable
Variables = Sequence[object] | Mapping[str, object] | None


class _CountingCursor(Cursor):
    """Count, around each statement, what its transaction has read.

    Outside a transaction the server forgets the counts, once in a second: none is counted there.
    """

    read: Read

    def execute(self, query: Statement, variables: Variables = None) -> None:
        comment = COMMENT.match(query) if isinstance(query, str) else None
        if not comment or not isinstance(query, str):
            super().execute(query, variables)
            return
        named = NODE.search(comment[0])
        body = ENDS_TRANSACTION.sub("", query)
        is_alone = self._is_outside_transaction()
        if is_alone:
            self._execute_beside("begin")
        before = self._counted()
        super().execute(body, variables)
        self.read[named[1] if named else HOOKS].update(self._counted() - before)
        if is_alone or body != query:
            self._execute_beside("commit")

    def _is_outside_transaction(self) -> bool:
        """Return whether a statement would be a transaction of its own, as those of hooks are.

        After a commit in SQL psycopg2 begins no transaction, as it does at first.
        """
        status = self.connection.info.transaction_status
        return self.connection.status != STATUS_READY and status == TRANSACTION_STATUS_IDLE

    def _execute_beside(self, statement: str) -> None:
        """Execute a statement, and keep the result of the one before."""
        with self.connection.cursor(cursor_factory=Cursor) as other:
            other.execute(statement)

    def _counted(self) -> Counter[str]:
        with self.connection.cursor(cursor_factory=Cursor) as counting:
            counting.execute(COUNTED)
            return Counter({table: int(count) for table, count in counting.fetchall()})


@contextmanager
def counted() -> Iterator[Read]:
    """Let every connection that is opened count the rows that dbt's nodes read."""
    read: Read = defaultdict(Counter)

    class CountingCursor(_CountingCursor):
        pass

    CountingCursor.read = read
    with connections(cursor_factory=CountingCursor, options=PLANS):
        yield read


@contextmanager
def connections(**options: str | type[Cursor]) -> Iterator[None]:
    """Let every connection that is opened have some options, whatever else it asks for."""
    connect: Callable[..., Connection] = psycopg2.connect

    def connect_with_options(*arguments: str, **others: object) -> Connection:
        return connect(*arguments, **others | options)

    with patch.object(psycopg2, "connect", connect_with_options):
        yield


def rows_read(*arguments: str) -> Read:
    """Run a command of dbt's in this process and return what its nodes read.

    Raises:
        RuntimeError: a node failed.
    """
    from dbt.cli.main import dbtRunner  # noqa: PLC0415  (takes seconds)

    project = str(REPOSITORY / "dbt_project")
    with counted() as read:
        done = dbtRunner().invoke(
            [*arguments, "--threads", "1", "--project-dir", project, "--profiles-dir", project]
        )
    if not done.success:
        raise RuntimeError(f"dbt {' '.join(arguments)}: {done.exception or 'a node failed'}")
    return read


def main() -> None:
    """Print the rows that each node reads, by table."""
    for node, tables in sorted(rows_read(*sys.argv[1:]).items(), key=lambda x: -x[1].total()):
        click.echo(
            json.dumps({"node": node, "rows": tables.total(), "tables": tables.most_common()})
        )


if __name__ == "__main__":
    main()
