"""Read the mart into cubes, month by month."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO

import numpy as np
import pandas as pd
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from dashboards.catalogue.star import DISCOUNT_RANGES, WEEKDAYS
from dashboards.cubes import CELLS, CUBES, Cube
from dashboards.statements import DICTIONARIES, dictionary, sales
from loader.errors import LoaderError

# So many months are asked for at once: memory follows their sales, and not the history.
MONTHS_AT_ONCE = 3


@dataclass(frozen=True)
class Data:
    """Hold the cubes as columns, the dictionaries of their codes, and where each cube begins."""

    months: list[str]
    first_full_month: int
    is_open: bool  # whether the publication's month is not over
    dictionaries: dict[str, dict[str, list]]
    cubes: dict[str, dict[str, np.ndarray]]
    first_months: dict[str, int]


def read(cursor: Cursor, today: date, cells: int = CELLS) -> Data:
    """Read all sales of the mart into cubes of at most so many cells, as of the logical date.

    Raises:
        LoaderError: a sale's customer or product is not in the reports, so it would be left out.
    """
    cursor.execute("set local jit = off")  # it takes longer than these queries
    cursor.execute("select count(*), min(date_key), max(date_key) from mart.fct_sales")
    count, first_key, last_key = cursor.fetchone()
    first = _date(first_key) if first_key else today
    months = _months(first, max(_date(last_key), today) if last_key else today)
    dictionaries = {name: _dictionary(cursor, name) for name in DICTIONARIES}
    sets: dict[int, int] = {}
    parts: dict[str, list[dict[str, np.ndarray]]] = {cube.name: [] for cube in CUBES}
    read_count = 0
    for number, (month, items) in enumerate(_sales_by_month(cursor, months)):
        coded = _with_codes(items, number, month, months[0], today, sets)
        for cube in CUBES:
            parts[cube.name].append(_cells(cube, coded))
        read_count += len(items)
    if read_count != count:
        raise LoaderError(
            f"of {count:,} sales in mart {read_count:,} are of customers and products that the "
            "reports know; publish again: make publish"
        )
    dictionaries |= _calendar(months) | {"category_set": _sets(sets, dictionaries["category"])}
    kept = {cube.name: _newest(parts[cube.name], cells) for cube in CUBES}
    cubes = {cube.name: _joined(cube, parts[cube.name][kept[cube.name] :]) for cube in CUBES}
    return Data(
        [f"{month:%Y-%m}" for month in months],
        0 if first.day == 1 else 1,
        _is_open(today),
        dictionaries,
        cubes,
        kept,
    )


def _date(key: int) -> date:
    return date(key // 10000, key // 100 % 100, key % 100)


def _is_open(today: date) -> bool:
    return (today + timedelta(days=1)).day != 1


def _months(first: date, last: date) -> list[date]:
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def _dictionary(cursor: Cursor, name: str) -> dict[str, list]:
    cursor.execute(dictionary(name))
    rows = cursor.fetchall()
    names = [column.name for column in cursor.description]
    return {column: [row[index] for row in rows] for index, column in enumerate(names)}


def _calendar(months: list[date]) -> dict[str, dict[str, list]]:
    names = [f"{month:%Y-%m}" for month in months]
    next_month = months[-1] + timedelta(days=31)
    days = pd.date_range(months[0], next_month.replace(day=1), inclusive="left")
    return {
        "part": {"month": [name for name in names for _ in range(2)]},
        "day": {
            "day": [day.date().isoformat() for day in days],
            "month": [f"{day:%Y-%m}" for day in days],
        },
        "slot": {
            "weekday": [weekday for weekday in WEEKDAYS for _ in range(24)],
            "hour": [hour for _ in WEEKDAYS for hour in range(24)],
        },
        "discount_range": {"discount_range": list(DISCOUNT_RANGES)},
    }


def _sets(sets: dict[int, int], categories: dict[str, list]) -> dict[str, list]:
    """Return, by the code of a set, the categories in it."""
    names = categories["category"]
    return {
        "category": [[name for bit, name in enumerate(names) if mask >> bit & 1] for mask in sets]
    }


def _sales_by_month(cursor: Cursor, months: list[date]) -> Iterator[tuple[date, pd.DataFrame]]:
    """Give each month with its sales, in order; also months in which nothing was sold."""
    keys = [month.year * 100 + month.month for month in months]
    for start in range(0, len(months), MONTHS_AT_ONCE):
        part = keys[start : start + MONTHS_AT_ONCE]
        text = BytesIO()
        query = sales(part[0] * 100, part[-1] * 100 + 31)
        cursor.copy_expert(f"copy ({query}) to stdout with (format csv, header)", text)
        text.seek(0)
        items = pd.read_csv(text)
        for number, key in enumerate(part, start):
            of_month = items[items["year_and_month"] == key]
            yield months[number], of_month


def _with_codes(
    items: pd.DataFrame, number: int, month: date, first: date, today: date, sets: dict[int, int]
) -> dict[str, np.ndarray]:
    """Return the columns of a month's sales, completed by the codes that follow from the month."""
    names = [name for name in items.columns if name != "discount_range"]
    columns = {name: items[name].to_numpy(np.int64) for name in names}
    _, columns["transaction"] = np.unique(columns["transaction"], return_inverse=True)
    day = columns["day_of_month"].astype(np.int64)
    is_late = (day > today.day).astype(np.int64) * _is_open(today)
    weekday = (month.weekday() + day - 1) % 7
    columns["part"] = 2 * number + is_late
    columns["day"] = (month - first).days + day - 1
    columns["slot"] = weekday * 24 + columns["hour"]
    columns["discount_range"] = pd.Index(DISCOUNT_RANGES).get_indexer(items["discount_range"])
    columns["category_set"] = _category_sets(columns, sets)
    return columns


def _category_sets(columns: dict[str, np.ndarray], sets: dict[int, int]) -> np.ndarray:
    """Return the set of categories of each row's transaction, numbered as they are met."""
    if not len(columns["category"]):
        return np.zeros(0, np.int64)
    width = int(columns["category"].max()) + 1
    pairs = np.unique(columns["transaction"].astype(np.int64) * width + columns["category"])
    transaction, category = np.divmod(pairs, width)
    starts = np.flatnonzero(np.diff(transaction, prepend=-1))
    bits = np.array([1 << bit for bit in range(width)], np.int64 if width < 63 else object)
    masks = np.bitwise_or.reduceat(bits[category], starts)
    numbers = np.array([sets.setdefault(int(mask), len(sets)) for mask in masks], np.int64)
    return numbers[columns["transaction"]]


def _cells(cube: Cube, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Add up a month's rows that the cube does not tell apart."""
    rows = columns
    if cube.name == "orders":
        _, firsts = np.unique(columns["transaction"], return_index=True)
        rows = {name: columns[name][firsts] for name in cube.codes} | {
            "transactions": np.ones(len(firsts), np.int64)
        }
    key = np.zeros(len(rows[cube.codes[0]]), np.int64)
    widths = {code: int(rows[code].max(initial=0)) + 1 for code in cube.codes}
    for code in cube.codes:
        key = key * widths[code] + rows[code]
    cells, inverse = np.unique(key, return_inverse=True)
    found = {
        name: np.rint(np.bincount(inverse, weights=rows[name], minlength=len(cells))).astype(
            np.int64
        )
        for name in cube.sums
    }
    for code in reversed(cube.codes):
        cells, found[code] = np.divmod(cells, widths[code])
    return found


def _newest(parts: list[dict[str, np.ndarray]], cells: int) -> int:
    """Return the first month from which on all fit; the newest fits in any case."""
    counts = [len(next(iter(part.values()))) for part in parts]
    first, total = len(parts) - 1, counts[-1]
    while first and total + counts[first - 1] <= cells:
        first -= 1
        total += counts[first]
    return first


def _joined(cube: Cube, parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    names = (*cube.codes, *cube.sums)
    columns = {name: np.concatenate([part[name] for part in parts]) for name in names}
    order = np.lexsort(tuple(columns[code] for code in reversed(cube.codes)))
    return {name: values[order] for name, values in columns.items()}
