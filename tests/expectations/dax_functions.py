"""Functions of DAX that take values and no filters: days are ordinal numbers, a blank is None."""

from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

Value = Decimal | None


def number(found: object) -> Value:
    """Return what a query found as DAX has it."""
    if isinstance(found, datetime):
        seconds = (found - datetime.combine(found, datetime.min.time())).seconds
        return Decimal(found.toordinal()) + Decimal(seconds) / 86_400
    if isinstance(found, date):
        return Decimal(found.toordinal())
    if found is None:
        return None
    assert isinstance(found, int | Decimal), found
    return Decimal(found)


def day_of(value: Decimal) -> date:
    """Return the day that a number stands for."""
    return date.fromordinal(int(value))


def _divide(above: Value, below: Value) -> Value:
    return above / below if above is not None and below else None


def _edate(day: Value, months: Value, *, is_end: bool = False) -> Value:
    if day is None:
        return None  # before any day that is known
    begin = day_of(day)
    year, month = divmod(begin.year * 12 + begin.month - 1 + int(months or 0), 12)
    last = monthrange(year, month + 1)[1]
    number = last if is_end else min(begin.day, last)
    return Decimal(date(year, month + 1, number).toordinal())


def _part(name: str) -> Callable[[Value], Value]:
    return lambda day: Decimal(getattr(day_of(day), name)) if day is not None else None


SCALARS: dict[str, Callable[..., Value]] = {
    "DIVIDE": _divide,
    "ABS": lambda value: value if value is None else abs(value),
    "AND": lambda one, other: Decimal(bool(one) and bool(other)),
    "OR": lambda one, other: Decimal(bool(one) or bool(other)),
    "NOT": lambda value: Decimal(not value),
    "ISBLANK": lambda value: Decimal(value is None),
    "INT": lambda value: value if value is None else Decimal(int(value)),
    "DAY": _part("day"),
    "YEAR": _part("year"),
    "DATE": lambda *parts: None if None in parts else Decimal(date(*map(int, parts)).toordinal()),
    "EDATE": _edate,
    "EOMONTH": lambda day, months: _edate(day, months, is_end=True),
}
