"""Load four CSV files as others do; run by an environment of its own, see `bench_load`."""

import csv
import json
import sys
import time
from pathlib import Path

TABLES = ("customers", "products", "transactions", "transaction_items")


def pandas_to_sql(files: Path) -> int:
    """Read with pandas and write with to_sql, as most tutorials do."""
    import pandas as pd
    import sqlalchemy

    engine = sqlalchemy.create_engine("postgresql+psycopg2://")
    for table in TABLES:
        frame = pd.read_csv(files / f"{table}.csv")
        frame.to_sql(f"p_{table}", engine, schema="bench", if_exists="replace", index=False)
    with engine.connect() as connection:
        return connection.scalar(sqlalchemy.text("select count(*) from bench.p_transaction_items"))


def sqlalchemy_executemany(files: Path) -> int:
    """Insert rows as dictionaries, in one statement executed for many."""
    import sqlalchemy

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
        return connection.scalar(sqlalchemy.text("select count(*) from bench.s_transaction_items"))


def dlt(files: Path) -> int:
    """Give dlt the rows and let it load them into PostgreSQL."""
    import os

    import dlt
    import psycopg2

    def rows(table: str):
        with (files / f"{table}.csv").open(newline="", encoding="utf-8") as file:
            yield from csv.DictReader(file)

    variables = os.environ
    credentials = {
        "host": variables["PGHOST"],
        "port": int(variables.get("PGPORT") or 5432),
        "username": variables.get("PGUSER") or "postgres",
        "database": variables["PGDATABASE"],
        "password": "",
    }
    pipeline = dlt.pipeline(
        "bench",
        destination=dlt.destinations.postgres(
            f"postgresql://{credentials['username']}@/{credentials['database']}"
            f"?host={credentials['host']}&port={credentials['port']}"
        ),
        dataset_name="dlt_bench",
        pipelines_dir=str(Path.cwd() / "dlt"),
    )
    pipeline.run(
        [dlt.resource(rows(table), name=table) for table in TABLES], write_disposition="replace"
    )
    with psycopg2.connect("") as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from dlt_bench.transaction_items")
        return cursor.fetchone()[0]


def main() -> None:
    """Load, and print the seconds and the number of items as JSON."""
    way, files = globals()[sys.argv[1]], Path(sys.argv[2])
    started = time.monotonic()
    items = way(files)
    print(json.dumps({"seconds": time.monotonic() - started, "items": items}))


if __name__ == "__main__":
    main()
