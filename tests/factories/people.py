"""People to erase, and what tables and files still say of them."""

import gzip
from contextlib import closing
from pathlib import Path

from factories.days import (
    a_customer,
    a_product,
    a_transaction,
    an_item,
    connect,
    query,
    write_batch,
)
from loader.database.fetch import Row
from loader.ingest.identifiers import clean_id, ids_in

PERSON = ("CUST0001", "c1@example.com", "Planted Lane", "5550198765", "Plantedson")
# Six customers, most of whose ids came with what nobody can see.
WRITTEN = {
    "C1": "C1", "C2": "C2\u00a0 ", "C3": "C3\t", "C4": "C\u200b4", "C5": " C5 ", "c6": "c6",
}  # fmt: skip


def found_in_tables(person: tuple[str, ...] = PERSON) -> list[tuple[str, str]]:
    """Return every table of the database that says anything of the person."""
    with closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select format('%I.%I', nspname, relname) from pg_class inner join pg_namespace"
            " on pg_namespace.oid = relnamespace where relkind in ('r', 'v', 'm')"
            " and nspname !~ '^(pg_|information_schema)'"
        )
        found = []
        for (table,) in cursor.fetchall():
            cursor.execute(
                "select value from unnest(%s) as value where exists ("
                f"select from {table} as t where strpos(t::text, value) > 0"
                " or strpos(t::text, encode(convert_to(value, 'UTF8'), 'hex')) > 0)",
                (list(person),),
            )
            found += [(table, value) for (value,) in cursor.fetchall()]
        return found


def unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def found_in_files(root: Path, person: tuple[str, ...] = PERSON) -> list[tuple[Path, str]]:
    """Return every file below a folder that says anything of the person, packed or not.

    dbt's own files quote the project's descriptions, whose example of an id is the person's.
    """
    found = []
    for path in (path for path in root.rglob("*") if path.is_file()):
        text = unpacked(path)
        found += [(path, value) for value in person if value.encode() in text]
    return [
        (path, value) for path, value in found if "target" not in path.parts or value != PERSON[0]
    ]


def variants(folder: Path) -> Path:
    """Write a batch of the six, who bought once each, and a broken line of each."""
    people = [(n, written) for n, written in enumerate(WRITTEN.values(), start=1)]
    batch = write_batch(
        folder,
        customers=[
            a_customer(
                n,
                customer_id=written,
                first_name=f"Name{n}",
                last_name=f"Last{n}",
                email=f"person{n}@example.com",
                phone=f"+100000000{n}",
            )
            for n, written in people
        ],
        products=[a_product(1)],
        transactions=[
            a_transaction(
                n, "2026-11-20", customer_id=written, shipping_address=f"{n} Some Street Nr {n}"
            )
            for n, written in people
        ],
        transaction_items=[an_item(n, n) for n, _ in people],
    )
    with (batch / "customers.csv").open("a") as file:
        file.writelines(f"{written},Name{n},x\n" for n, written in people)
    return batch


def traces(root: Path, customer_id: str) -> list[Row]:
    """Return what a table or a file still says of one of the six; the id in any writing."""
    n = list(WRITTEN).index(customer_id) + 1
    said = (f"Name{n}", f"Last{n}", f"person{n}@example.com", f"+100000000{n}", f"{n} Some Street")
    ((ids,),) = query(
        "select string_agg(format('select distinct %L, customer_id from %I.%I', table_name,"
        " table_schema, table_name), ' union ') from information_schema.columns"
        " where column_name = 'customer_id'"
        " and table_schema in ('staging', 'quarantine', 'production', 'snapshots', 'mart')"
    )
    files = [
        *(root / "archive").rglob("*.gz"),
        *(root / "landing").rglob("*.gz"),
        *(root / "exports").rglob("*.csv"),
    ]
    return [
        *found_in_tables(said),
        *found_in_files(root, said),
        *(
            (table, customer_id)
            for table, found in query(ids)
            if clean_id(found or "") == customer_id
        ),
        *((path, customer_id) for path in files if customer_id in ids_in(unpacked(path))),
    ]
