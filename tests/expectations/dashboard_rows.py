"""The rows of a visual by SQL on mart, from no cube."""

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from unittest.mock import patch

from dashboards.catalogue import DIMENSIONS, Dimension, Visual, queries
from expectations.dashboard_periods import Selection
from factories.days import query

Number = Decimal | int


Value = Number | float | str | date | None  # a boolean is a whole number, too


Row = dict[str, Value]


# How lines are drawn, too; no visual is declared by it.
OF_WEEK = "cast(date_trunc('week', dim_dates.full_date) as date)"


WEEK = Dimension("week", "Week from", "dim_dates", expression=OF_WEEK, format="date")


def of_type[T](row: Row, name: str, type_: type[T]) -> T:
    value = row[name]
    assert isinstance(value, type_), f"{name} is {value!r}"
    return value


def number_in(row: Row, name: str) -> Number:
    """Return a figure of a row that has one."""
    value = row[name]
    assert isinstance(value, Decimal | int), f"{name} is {value!r}"
    return value


def rows_of_mart(visual: Visual, selection: Selection) -> list[Row]:
    if visual.period == "cohort_month":
        return _cohorts(visual, selection)
    names = [c.name for c in visual.columns] or [*visual.dimensions, *visual.measures]
    with patch.dict(DIMENSIONS, week=WEEK):
        statement = queries.query(visual, selection)
    return [dict(zip(names, row, strict=True)) for row in query(statement)]


def _cohorts(visual: Visual, selection: Selection) -> list[Row]:
    """Return how many of those came again who bought what is chosen in their first month."""
    asked = replace(visual, dimensions=("customer_id", *visual.dimensions))
    met = {row[:3] for row in query(queries.query(asked, selection))}
    first = {customer for customer, _, since in met if since == 0}
    counts = Counter((cohort, since) for customer, cohort, since in met if customer in first)
    return [
        {"cohort_month": cohort, "months_since": since, "customers": count}
        for (cohort, since), count in counts.items()
    ]


def figure_of(
    visual: Visual, selection: Selection, period: tuple[date, date], name: str
) -> Number | None:
    days = tuple(day.isoformat() for day in period)
    [row] = rows_of_mart(replace(visual, dimensions=(), derived=()), {**selection, "period": days})
    return None if row[name] is None else number_in(row, name)
