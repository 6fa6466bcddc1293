"""Parquet beside CSV: the same rows with exact types, in bounded memory."""

import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

BLOCK_BYTES = 4 << 20  # how much of the CSV is parsed at a time
ROWS_PER_GROUP = 1 << 17
DECIMAL = re.compile(r"numeric\((\d+),(\d+)\)")
TYPES: dict[str, pa.DataType] = {
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float32(),
    "double precision": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp without time zone": pa.timestamp("us"),
    "timestamp with time zone": pa.timestamp("us", tz="UTC"),
}


def write_parquet(csv: Path, types: dict[str, str], path: Path) -> Path:
    """Write what a CSV file of PostgreSQL's holds to a Parquet file, row by row in its order."""
    schema = arrow_schema(types)
    with pa.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for group in _groups(read_csv(csv, schema), ROWS_PER_GROUP):
            writer.write_table(group)
    return path


def arrow_schema(types: dict[str, str]) -> pa.Schema:
    """Return Arrow's types for PostgreSQL's: decimals and dates exact; others are text."""
    return pa.schema([(name, _arrow_type(type_)) for name, type_ in types.items()])


def read_csv(csv: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield a CSV file's rows in batches; an empty cell is null, unless it is quoted."""
    reading = pa.csv.ReadOptions(block_size=BLOCK_BYTES)
    parsing = pa.csv.ParseOptions(newlines_in_values=True)
    converting = pa.csv.ConvertOptions(
        column_types=schema,
        null_values=[""],
        true_values=["true"],
        false_values=["false"],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    with pa.csv.open_csv(csv, reading, parsing, converting) as batches:
        yield from batches


def _arrow_type(type_: str) -> pa.DataType:
    decimal = DECIMAL.fullmatch(type_)
    if decimal:
        return pa.decimal128(int(decimal[1]), int(decimal[2]))
    return TYPES.get(type_, pa.string())


def _groups(batches: Iterator[pa.RecordBatch], size: int) -> Iterator[pa.Table]:
    """Gather batches to groups of rows that a reader can skip or read at once."""
    gathered: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        gathered.append(batch)
        rows += batch.num_rows
        if rows >= size:
            yield pa.Table.from_batches(gathered)
            gathered, rows = [], 0
    if gathered:
        yield pa.Table.from_batches(gathered)


def compare_parquet(path: Path, csv: Path, types: dict[str, str]) -> str | None:
    """Compare a Parquet file with a CSV file of the same rows; say where they first differ."""
    schema = arrow_schema(types)
    with pa.parquet.ParquetFile(path) as file:
        if not file.schema_arrow.equals(schema):
            return f": its columns are {file.schema_arrow}, mart's are {schema}"
        return _first_difference(file.iter_batches(), read_csv(csv, schema), schema)


def _first_difference(
    found: Iterator[pa.RecordBatch], expected: Iterator[pa.RecordBatch], schema: pa.Schema
) -> str | None:
    row = 0
    remainder = schema.empty_table()
    for wanted in expected:
        remainder = pa.concat_tables(
            [remainder, *_at_least(found, wanted.num_rows - len(remainder))]
        )
        given = remainder.slice(0, wanted.num_rows)
        difference = _difference_of_rows(given, pa.Table.from_batches([wanted]), row)
        if difference:
            return difference
        remainder = remainder.slice(wanted.num_rows)
        row += wanted.num_rows
    if len(remainder) or any(batch.num_rows for batch in found):
        return f", row {row + 1}: the file goes on, mart does not"
    return None


def _at_least(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    while rows > 0:
        batch = next(batches, None)
        if batch is None:
            return
        rows -= batch.num_rows
        yield pa.Table.from_batches([batch])


def _difference_of_rows(found: pa.Table, expected: pa.Table, before: int) -> str | None:
    if found.equals(expected):
        return None
    for number, (in_file, in_mart) in enumerate(
        zip_longest(found.to_pylist(), expected.to_pylist()), start=before + 1
    ):
        if in_file is None:
            return f", row {number}: the file ends, mart goes on"
        for column, value in in_mart.items():
            if in_file[column] != value:
                return (
                    f", row {number}, column {column}: the file has {in_file[column]!r}, "
                    f"mart has {value!r}"
                )
    return None
