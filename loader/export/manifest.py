"""What manifest.json says of an export."""

from typing import NotRequired, TypedDict


class ParquetEntry(TypedDict):
    """Say what a Parquet file is, which holds the same rows as the CSV file."""

    file: str
    bytes: int
    sha256: str


class FileEntry(TypedDict):
    """Say what a CSV file holds: rows, exact sums, neutralised cells, and columns with types."""

    rows: int
    bytes: int
    sha256: str
    sums: dict[str, str | None]
    neutralised: dict[str, int]
    columns: dict[str, str]
    parquet: NotRequired[ParquetEntry]


class Manifest(TypedDict):
    """Say which publication was exported, in which currency, and what each file holds."""

    publication_id: int
    logical_date: str
    run_id: str | None
    published_at: str | None
    currency: str
    files: dict[str, FileEntry]
