"""A Spark that is played: it has what PostgreSQL built, and writes it as Spark would."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
from pyarrow.fs import LocalFileSystem

from factories.days import query
from loader.config.places import Location, parse_place
from loader.config.settings import Settings
from loader.export.parquet import arrow_schema
from loader.spark.served import ServedTable
from loader.storage.filesystems import filesystem

WRITTEN = re.compile(r"insert overwrite directory '(.+?)' using parquet\s+(.+)", re.DOTALL)
ROWS = re.compile(r"select .+?\sfrom (\S+)(?: version as of '(\S+)')?\s*where (.+)", re.DOTALL)
FIRST_DAY = re.compile(r"date_key >= (\d+)")
DIFFERENCE = re.compile(r"from (\S+) version as of (\d+)\s+except")
TAGGED = re.compile(
    r"alter table (\S+) create (?:or replace )?tag `(\S+)`(?: as of version (\d+))?\s*"
)


class PlayedSpark:
    """Write tables that were read from PostgreSQL as Spark would write its own."""

    def __init__(self, tables: list[ServedTable]) -> None:
        self.tables = tables
        self.snapshots = {table.full_name: [read_table(table)] for table in tables}
        self.tags: dict[tuple[str, str], int] = {}
        self.asked: list[str] = []
        self.found: list[tuple[object, ...]] = []

    @contextmanager
    def session(self, _settings: Settings) -> Iterator["PlayedSpark"]:
        """Yield itself."""
        yield self

    def commit(self, name: str, rows: pa.Table) -> None:
        """Bring a table into another state."""
        self.snapshots[name].append(rows)

    def execute(self, statement: str) -> None:
        """Write rows, tag a table, or list snapshots, which are numbered from 1."""
        self.asked.append(statement)
        if tagged := TAGGED.fullmatch(statement):
            name, tag, snapshot = tagged.groups()
            self.tags[name, tag] = int(snapshot or len(self.snapshots[name]))
        elif written := WRITTEN.fullmatch(statement):
            self._write(parse_place(written[1]), self._query(written[2]))
        else:
            self.found = [
                *self._committed(re.findall(r"from (\S+)[.]snapshots", statement)),
                *self._named(re.findall(r"from (\S+)[.]refs", statement)),
            ]

    def fetchall(self) -> list[tuple[object, ...]]:
        """Return the snapshots, branches and tags that were asked for."""
        return self.found

    def _write(self, place: Path | Location, rows: pa.Table) -> None:
        if isinstance(place, Location):
            files, path = filesystem(place), place.path
        else:
            files, path = LocalFileSystem(), str(place)
            place.mkdir(parents=True)
        pa.parquet.write_table(rows, f"{path}/part-0.parquet", filesystem=files)
        files.open_output_stream(f"{path}/_SUCCESS").close()

    def _query(self, query: str) -> pa.Table:
        if compared := DIFFERENCE.search(query):
            return self._difference(compared[1], int(compared[2]))
        asked = ROWS.fullmatch(query)
        assert asked, query
        name, tag, where = asked.groups()
        rows = self.snapshots[name][self.tags[name, tag] - 1 if tag else -1]
        if first_day := FIRST_DAY.search(where):
            rows = rows.filter(pa.compute.field("date_key") >= int(first_day[1]))
        if " in (" in where:
            keys = self.snapshots["mart_build.int_changed_days"][-1]["date_key"]
            rows = rows.filter(pa.compute.is_in(rows["date_key"], keys))
        return rows

    def _difference(self, name: str, snapshot: int) -> pa.Table:
        old, new = self.snapshots[name][snapshot - 1], self.snapshots[name][-1]
        known, present = old.to_pylist(), new.to_pylist()
        rows = [row | {"is_gone": False} for row in present if row not in known]
        rows += [row | {"is_gone": True} for row in known if row not in present]
        return pa.Table.from_pylist(rows, new.schema.append(pa.field("is_gone", pa.bool_())))

    def _committed(self, names: list[str]) -> Iterator[tuple[object, ...]]:
        for name in names:
            for number in range(1, len(self.snapshots[name]) + 1):
                yield name, number, number, 1, 1

    def _named(self, names: list[str]) -> Iterator[tuple[object, ...]]:
        for name in names:
            yield name, "BRANCH", "main", len(self.snapshots[name])
            for (table, tag), number in self.tags.items():
                if table == name:
                    yield name, "TAG", tag, number


def read_table(table: ServedTable) -> pa.Table:
    """Return the rows of a table as PostgreSQL has them."""
    names = ", ".join(
        f"{name}::text" if type_.endswith("[]") else name for name, type_ in table.columns.items()
    )
    rows = query(f"select {names} from {table.full_name}")
    columns = zip(*rows, strict=True) if rows else ([] for _ in table.columns)
    schema = arrow_schema(table.columns)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
