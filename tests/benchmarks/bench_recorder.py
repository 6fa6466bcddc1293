"""Build with dbt, in a process of its own, and write down the statements that it sends."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg2
from psycopg2.extensions import cursor as Cursor  # noqa: N812
from psycopg2.sql import Composable

Statement = str | bytes | Composable
Variables = Sequence[object] | Mapping[str, object] | None


class _Recorder(Cursor):
    statements: list[str] = []  # noqa: RUF012  (of all connections)

    def execute(self, query: Statement, variables: Variables = None) -> None:
        super().execute(query, variables)
        assert self.query
        self.statements.append(self.query.decode())


def main() -> None:
    """Run dbt build on one connection after the other."""
    connect = psycopg2.connect
    psycopg2.connect = lambda *arguments, **options: connect(
        *arguments, **options | {"cursor_factory": _Recorder}
    )
    from dbt.cli.main import dbtRunner  # noqa: PLC0415  (after the connections are watched)

    done = dbtRunner().invoke(["build", "--exclude-resource-type", "unit_test", "--threads", "1"])
    Path(sys.argv[1]).write_text(json.dumps(_Recorder.statements))
    sys.exit(not done.success)


if __name__ == "__main__":
    main()
