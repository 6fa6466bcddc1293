"""Read a query of whole numbers into columns, a piece at a time.

As text, or all rows at once, they would take several times the memory of their numbers.
"""

import numpy as np
from psycopg2.extensions import cursor as Cursor  # noqa: N812

# Rows that are held as they came; COPY's binary form has a header, and a count before the columns.
PIECE = 20_000
HEADER = 19


def read_columns(cursor: Cursor, query: str, types: dict[str, str]) -> dict[str, np.ndarray]:
    """Return the columns of a query as arrays of their types: i2, i4 or i8, as int2 is in SQL.

    Raises:
        ValueError: a column is of another type, or null.
    """
    pieces = _Pieces(types)
    cursor.copy_expert(f"copy ({query}) to stdout with (format binary)", pieces)
    return pieces.columns()


class _Pieces:
    """Take what COPY writes, and add the numbers to columns whenever a piece is full."""

    def __init__(self, types: dict[str, str]) -> None:
        fields = [("count", ">i2")]
        for name, type_ in types.items():
            fields += [(f"length of {name}", ">i4"), (name, f">{type_}")]
        self._row = np.dtype(fields)
        self._types = types
        self._columns = {name: bytearray() for name in types}
        self._held = bytearray()
        self._full = HEADER + PIECE * self._row.itemsize
        self._start = HEADER

    def write(self, data: bytes) -> None:
        self._held += data
        if len(self._held) >= self._full:
            self._take()

    def _take(self) -> None:
        count = (len(self._held) - self._start) // self._row.itemsize
        rows = np.frombuffer(self._held, self._row, count, self._start)
        for name, type_ in self._types.items():
            if (rows[f"length of {name}"] != np.dtype(type_).itemsize).any():
                raise ValueError(f"{name} is null or not of type {type_}")
            self._columns[name] += rows[name].astype(type_).tobytes()
        self._held = self._held[self._start + count * self._row.itemsize :]
        self._start = 0

    def columns(self) -> dict[str, np.ndarray]:
        self._take()
        return {
            name: np.frombuffer(self._columns.pop(name), type_)
            for name, type_ in self._types.items()
        }
