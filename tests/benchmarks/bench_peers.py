"""Load four CSV files as others do; run by an environment of its own, see `bench_load`."""

import csv
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

TABLES = ("customers", "products", "transactions", "transaction_items")


def pandas_to_sql(files: Path) -> int:
    """Read with pandas and write with to_sql, as most tutorials do."""
    import pandas as pd  # noqa: PLC0415
    import sqlalchemy  # noqa: PLC0415

    engine = sqlalchemy.create_engine("postgresql+psycopg2://")
    for table in TABLES:
        frame = pd.read_csv(files / f"{table}.csv")
        frame.to_sql(f"p_{table}", engine, schema="bench", if_exists="replace", index=False)
    with engine.connect() as connection:
        count = sqlalchemy.text("select count(*) from bench.p_transaction_items")
        return int(connection.scalar(count))


def sqlalchemy_executemany(files: Path) -> int:
    """Insert rows as dictionaries, in one statement executed for many."""
    import sqlalchemy  # noqa: PLC0415

    engine = sqlalchemy.create_engine("postgresql+psycopg2://")
    with engine.begin() as connection:
        for table in TABLES:
            with (files / f"{table}.csv").open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            columns = ", ".join(rows[0])
            typed = ", ".join(f"{name} text" for name in rows[0])
            values = ", ".join(f":{name}" for name in rows[0])
            connection.execute(sqlalchemy.text(f"drop table if exists bench.s_{table}"))
            connection.execute(sqlalchemy.text(f"create table bench.s_{table} ({typed})"))
            connection.execute(
                sqlalchemy.text(f"insert into bench.s_{table} ({columns}) values ({values})"), rows
            )
        count = sqlalchemy.text("select count(*) from bench.s_transaction_items")
        return int(connection.scalar(count))


def dlt(files: Path) -> int:
    """Give dlt the rows and let it load them into PostgreSQL."""
    import dlt  # noqa: PLC0415
    import psycopg2  # noqa: PLC0415

    def rows(table: str) -> Iterator[dict[str, str]]:
        with (files / f"{table}.csv").open(newline="", encoding="utf-8") as file:
            yield from csv.DictReader(file)

    user = os.environ.get("PGUSER") or "postgres"
    password = os.environ.get("PGPASSWORD") or "none"  # one must be given
    pipeline = dlt.pipeline(
        "bench",
        destination=dlt.destinations.postgres(
            f"postgresql://{user}:{password}@localhost/{os.environ['PGDATABASE']}"
            f"?host={os.environ['PGHOST']}&port={os.environ.get('PGPORT') or 5432}"
        ),
        dataset_name="dlt_bench",
        pipelines_dir=str(Path.cwd() / "dlt"),
    )
    pipeline.run(
        [dlt.resource(rows(table), name=table) for table in TABLES], write_disposition="replace"
    )
    with psycopg2.connect("") as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from dlt_bench.transaction_items")
        ((items,),) = cursor.fetchall()
        return int(items)


def main() -> None:
    """Load, and print the seconds and the number of items as JSON."""
    way, files = globals()[sys.argv[1]], Path(sys.argv[2])
    started = time.monotonic()
    items = way(files)
    print(json.dumps({"seconds": time.monotonic() - started, "items": items}))  # noqa: T201


if __name__ == "__main__":
    main()
