"""Read the mart into cubes: the months that changed, the others as they were kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from psycopg2.extensions import cursor as Cursor  # noqa: N812

from dashboards.cubes.cache import Cells, Months, Note
from dashboards.cubes.calendar import Calendar
from dashboards.cubes.cells import OF_ITEM, cells, numbered, whole
from dashboards.cubes.cubes import CELLS, CELLS_COMPARED, CODES, CUBES, WANTED_BY_DAY, Cube
from dashboards.cubes.dictionary import Dictionary, Identity, NewValues, Numbers, Value
from dashboards.cubes.encoding import encode
from dashboards.cubes.rows import read_columns
from dashboards.cubes.statements import FACTS, IDENTITIES, dictionary, rows_of
from loader.database.fetch import fetch_row
from loader.errors import LoaderError
from loader.export.changes import published_rows
from loader.export.relations import Publication

BY_DAY = "{}_by_day"


@dataclass(frozen=True)
class Data:
    """Hold what pages are made of: the cubes' cells by month, and what their codes stand for."""

    calendar: Calendar
    dictionaries: dict[str, Dictionary]
    customers_by_value: list[int]
    first_months: dict[str, int]
    months_by_day: dict[str, list[int]]
    kept: Months

    def cells(self, cube: Cube) -> Iterator[str]:
        """Yield a cube's cells, a text for each month that it has."""
        by_day = self.months_by_day[cube.name]
        for number, month in list(enumerate(self.calendar.names))[self.first_months[cube.name] :]:
            name = BY_DAY.format(cube.name) if number in by_day else cube.name
            yield self.kept.cells(month, name)


def read(
    cursor: Cursor,
    publication: Publication,
    kept: Months,
    most_cells: int = CELLS,
    most_by_day: int = CELLS_COMPARED,
) -> Data:
    """Return the mart's sales and returns as cubes of at most so many cells, as of the publication.

    Only those of months that changed since they were kept are read.

    Raises:
        LoaderError: a sale's or return's customer or product is not in the reports.
    """
    cursor.execute("set local jit = off")  # it takes longer than these queries
    # a sale that was corrected may be of a later day than its return
    cursor.execute(
        "select least(min(date_key), (select min(date_key) from mart.fct_returns)), max(date_key),"
        " (select min(date_key) from mart.agg_daily_sales) from mart.fct_sales"
    )
    first, last, opened = (
        _date(key) if key else publication.logical_date for key in fetch_row(cursor)
    )
    calendar = Calendar(first, last, publication.logical_date, is_cut=opened < first)
    known = {code: _dictionary(cursor, code) for code in IDENTITIES}
    numbers = Numbers()
    notes = _notes(cursor, calendar, _identities(known), numbers, kept)
    _check(cursor, publication, notes)
    by_day = {cube.name: _months_by_day(cube, notes, most_by_day) for cube in CUBES}
    return Data(
        calendar,
        calendar.dictionaries | _in_order(known, numbers),
        _by_value(known["customer"]["customer_id"], numbers.of["customer"]),
        {cube.name: _first_month(cube, notes, by_day[cube.name], most_cells) for cube in CUBES},
        by_day,
        kept,
    )


def _by_value(customer_ids: list[Value], numbers: dict[Identity, int]) -> list[int]:
    return [numbers[(id_,)] for id_ in customer_ids if (id_,) in numbers]


def _date(key: int) -> date:
    return date(key // 10000, key // 100 % 100, key % 100)


def _dictionary(cursor: Cursor, code: str) -> Dictionary:
    cursor.execute(dictionary(code))
    rows = cursor.fetchall()
    names = [column.name for column in cursor.description or ()]
    return {column: [row[index] for row in rows] for index, column in enumerate(names)}


def _identities(known: dict[str, Dictionary]) -> dict[str, list[Identity]]:
    """Return, by code, what the numbers in a query of sales stand for."""
    return {
        code: list(zip(*list(columns.values())[: IDENTITIES[code]], strict=True))
        for code, columns in known.items()
    }


def _notes(
    cursor: Cursor,
    calendar: Calendar,
    identities: dict[str, list[Identity]],
    numbers: Numbers,
    kept: Months,
) -> dict[str, Note]:
    """Return the note of each month, in order; make the cells of those that do not hold."""
    notes = {}
    kept.keep_only(calendar.names)
    for month, name in zip(calendar.months, calendar.names, strict=True):
        note = kept.find(name, numbers.digest)
        if note:
            for code, new_values in note.new_values.items():
                numbers.add(code, map(tuple, new_values))
        else:
            note = _made(cursor, month, identities, numbers, kept)
        numbers.close_month(note.new_values)
        notes[name] = note
    return notes


def _made(
    cursor: Cursor,
    month: date,
    identities: dict[str, list[Identity]],
    numbers: Numbers,
    kept: Months,
) -> Note:
    """Make the cells of a month from its rows, of which nothing is held when they are kept."""
    before, name = numbers.digest, f"{month:%Y-%m}"
    new_values: NewValues = {}
    cubes: dict[str, Cells] = {}
    facts: dict[str, int] = {}
    for fact in FACTS:
        rows = read_columns(cursor, *rows_of(fact, month.year * 100 + month.month))
        columns = numbered(rows, month, identities, numbers, new_values)
        facts[fact] = len(columns["day"])
        for cube in CUBES:
            if cube.fact == fact:
                by_day = cells(cube, columns)
                cubes[BY_DAY.format(cube.name)] = {"month": name, **encode(by_day)}
                if "part" in cube.codes:
                    cubes[cube.name] = {"month": name, **encode(whole(cube, by_day))}
        del rows, columns, by_day  # before the next are read
    return kept.write(name, before, new_values, cubes, facts)


def _check(cursor: Cursor, publication: Publication, notes: dict[str, Note]) -> None:
    for fact, (what, _) in FACTS.items():
        count = sum(note.facts[fact] for note in notes.values())
        expected = published_rows(cursor, publication, fact)
        if count != expected:
            raise LoaderError(
                f"of {expected:,} {what} in mart {count:,} are of customers and products that the "
                "reports know; publish again: make publish"
            )


def _months_by_day(cube: Cube, notes: dict[str, Note], most: int) -> list[int]:
    """Return the months whose days fit beside what their months would take, as they are wanted.

    Days of the newest month are known in any case.
    """
    rows = [note.rows for note in notes.values()]
    newest = len(rows) - 1
    if "part" not in cube.codes:
        return list(range(len(rows)))
    months = (newest - back for back in dict.fromkeys((*WANTED_BY_DAY, *range(len(rows)))))
    known: list[int] = []
    left = min(most, cube.by_day)
    for month in (month for month in months if month >= 0):
        left -= rows[month][BY_DAY.format(cube.name)] - rows[month][cube.name]
        if known and left < 0:
            break
        known.append(month)
    return sorted(known)


def _first_month(cube: Cube, notes: dict[str, Note], by_day: list[int], most: int) -> int:
    """Return the first month from which on all cells fit; the newest month fits in any case."""
    first = len(notes) - 1
    for month, note in reversed(list(enumerate(notes.values()))):
        most -= note.rows[BY_DAY.format(cube.name) if month in by_day else cube.name]
        if most < 0:
            break
        first = month
    return first


def _in_order(known: dict[str, Dictionary], numbers: Numbers) -> dict[str, Dictionary]:
    """Return what codes stand for, in the order of their numbers.

    Raises:
        LoaderError: a customer or product that was sold to or sold is not in the reports.
    """
    found = {}
    for code, identities in _identities(known).items():
        place = {identity: number for number, identity in enumerate(identities)}
        try:
            order = [place[identity] for identity in numbers.of[code]]
        except KeyError as missing:
            raise LoaderError(
                f"{' '.join(missing.args[0])} has sales, and the reports do not know it; "
                "publish again: make publish"
            ) from missing
        found[code] = {
            name: [values[number] for number in order] for name, values in known[code].items()
        }
    for code in OF_ITEM:
        found[code] = {
            name: [identity[place] for identity in numbers.of[code]]
            for place, name in enumerate(CODES[code])
        }
    categories = found["category"]["category"]
    found["category_set"] = {
        "category": [
            [name for bit, name in enumerate(categories) if mask >> bit & 1]
            for (mask,) in numbers.of["category_set"]
        ]
    }
    return found
