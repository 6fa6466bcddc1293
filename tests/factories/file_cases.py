"""A delivered file of transaction items, and what must become of it: what the cases are made of."""

from dataclasses import dataclass, replace

from loader.contract import TABLES

TABLE = "transaction_items"
HEADER = ",".join(TABLES[TABLE]).encode()
ROW = b"ITEM00001,TXN00001,PROD0001,2,10.00,0,20.00"

Said = tuple[int | None, str | None, str]


@dataclass(frozen=True)
class Case:
    """Hold a file's bytes, how many rows are loaded, and what is said about the rest.

    What is said is (line, column, code); `refused` means that nothing of the file is loaded.
    """

    name: str
    content: bytes
    rows: int = 0
    rejected: tuple[Said, ...] = ()
    refused: tuple[Said, ...] = ()
    warnings: int = 0
    file_name: str = f"{TABLE}.csv"


def lines(*rows: bytes, end: bytes = b"\n", header: bytes = HEADER) -> bytes:
    return b"".join(row + end for row in (header, *rows))


def with_value(index: int, value: bytes) -> bytes:
    values = ROW.split(b",")
    values[index] = value
    return b",".join(values)


def packed(case: Case) -> Case:
    """Return a case whose file is named as a packed one."""
    return replace(case, file_name=f"{TABLE}.csv.gz")
