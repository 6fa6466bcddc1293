"""The files of an export as rows of text: CSV in any usual form, Excel, Parquet."""

import codecs
import csv
import gzip
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from loader.atomic import file_hash
from loader.errors import LoaderError
from loader.ingest.sources.mapping import connect

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TEXTS = (".csv", ".txt", ".tsv")
BOOKS = (".xlsx", ".xls", ".xlsb", ".ods")
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
CHUNK = 1 << 20
FIELD_LIMIT = 1 << 24
BATCH_ROWS = 50_000

Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Sheet:
    """A table in a delivered file: its name, its header and how it is written."""

    path: Path
    name: str
    header: list[str]
    form: str
    encoding: str = ""
    delimiter: str = ""

    def rows(self) -> Iterator[Row]:
        """Yield line number and values of each row that is not blank.

        Raises:
            LoaderError: a row has more or fewer values than the header, or the file is damaged.
        """
        for line, values in _readable(self.name, self._all_rows()):
            if not any(value.strip() for value in values):
                continue
            if len(values) > len(self.header) and not any(values[len(self.header) :]):
                values = values[: len(self.header)]  # noqa: PLW2901
            if len(values) != len(self.header):
                raise LoaderError(
                    f"{self.name} line {line} has {len(values)} values, its header "
                    f"{len(self.header)}; nothing was converted"
                )
            yield line, values

    def _all_rows(self) -> Iterator[Row]:
        if self.encoding:
            with _text(self.path, self.encoding) as file:
                reader = csv.reader(file, delimiter=self.delimiter)
                next(reader)
                for values in reader:
                    yield reader.line_num, values
        elif self.path.suffix.lower() == ".parquet":
            with closing(connect()) as connection:
                found = connection.execute("select * from read_parquet(?)", [str(self.path)])
                yield from enumerate(_fetched(found), start=1)
        else:
            sheet = self.name.removeprefix(f"{self.path.name} [").removesuffix("]")
            rows = _book(self.path)[sheet]
            yield from enumerate(rows[1:], start=2)


def _readable[Read](name: str, rows: Iterator[Read]) -> Iterator[Read]:
    """Yield what is read of a file, and say its name where it is damaged."""
    try:
        yield from rows
    except LoaderError:
        raise
    except Exception as error:  # noqa: BLE001 -- each library has its own; all say the file is bad
        raise LoaderError(f"{name} cannot be read: {type(error).__name__}: {error}") from None


def _fetched(found: "DuckDBPyConnection") -> Iterator[list[str]]:
    while rows := found.fetchmany(BATCH_ROWS):
        for row in rows:
            yield [_written(value) for value in row]


def find_sheets(directory: Path, encoding: str | None) -> tuple[list[Sheet], list[str]]:
    """Return the tables in a folder's files, and what is to be said about files that were not read.

    Raises:
        LoaderError: the encoding of a file cannot be found out.
    """
    if not directory.is_dir():
        raise LoaderError(f"{directory} is not a folder; give the one with the export's files")
    sheets: list[Sheet] = []
    said: list[str] = []
    seen: dict[str, Path] = {}
    for path in sorted(directory.iterdir()):
        suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
        if not path.is_file() or suffix not in (*TEXTS, *BOOKS, ".parquet"):
            continue
        digest = file_hash(path)
        if digest in seen:
            said.append(
                f"{path.name} is the same as {seen[digest].name}, byte for byte: not read twice"
            )
            continue
        seen[digest] = path
        sheets += _readable(path.name, _sheets(path, suffix, encoding))
    return sheets, said


def _sheets(path: Path, suffix: str, encoding: str | None) -> Iterator[Sheet]:
    if suffix in TEXTS:
        yield _text_sheet(path, encoding)
    elif suffix == ".parquet":
        yield _parquet_sheet(path)
    else:
        for name, rows in _book(path).items():
            if rows:
                yield Sheet(path, f"{path.name} [{name}]", rows[0], "a spreadsheet")


def _bytes(path: Path) -> gzip.GzipFile | BufferedReader:
    return gzip.GzipFile(path) if path.suffix == ".gz" else path.open("rb")


def _text(path: Path, encoding: str) -> TextIOWrapper:
    csv.field_size_limit(FIELD_LIMIT)
    return TextIOWrapper(_bytes(path), encoding, newline="")  # the csv module ends the lines


def _text_sheet(path: Path, asked: str | None) -> Sheet:
    encoding = _encoding(path, asked)
    headers: dict[str, list[str]] = {}
    for delimiter in DELIMITERS:
        with _text(path, encoding) as file:
            headers[delimiter] = next(csv.reader(file, delimiter=delimiter), [])
    delimiter = max(headers, key=lambda each: len(headers[each]))
    with _bytes(path) as file:
        first = file.read(CHUNK)
    ends = "CRLF" if b"\r\n" in first else "LF" if b"\n" in first else "CR"
    form = f"{encoding}, {DELIMITERS[delimiter]}, {ends}"
    return Sheet(path, path.name, headers[delimiter], form, encoding, delimiter)


def _encoding(path: Path, asked: str | None) -> str:
    """Return the encoding that a mark or every byte proves, else the one asked for."""
    with _bytes(path) as file:
        start = file.read(4)
    for mark, name in MARKS.items():
        if start.startswith(mark):
            return name
    decoder = codecs.getincrementaldecoder("utf-8")()
    with _bytes(path) as file:
        try:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            if asked:
                return asked
            raise LoaderError(
                f"{path.name} is not UTF-8, and its bytes do not say what else: give its encoding, "
                "--encoding cp1252 (Windows, Western Europe) or another that Python knows"
            ) from None
    return "utf-8"


def _parquet_sheet(path: Path) -> Sheet:
    with closing(connect()) as connection:
        found = connection.execute("select * from read_parquet(?) limit 0", [str(path)])
        header = [column[0] for column in found.description or []]
    return Sheet(path, path.name, header, "Parquet")


def _book(path: Path) -> dict[str, list[list[str]]]:
    try:
        from python_calamine import CalamineWorkbook  # noqa: PLC0415 -- an extra, needed here alone
    except ModuleNotFoundError:
        raise LoaderError(
            f"{path.name} needs python-calamine, which is not installed: make install-convert"
        ) from None
    book = CalamineWorkbook.from_path(str(path))
    return {
        name: [list(map(_written, row)) for row in book.get_sheet_by_name(name).to_python()]
        for name in book.sheet_names
    }


def _written(value: object) -> str:
    """Return a value of a spreadsheet or Parquet file as CSV would have it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.10f}".rstrip("0")
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)
