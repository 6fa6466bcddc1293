"""Columns that are computed from a visual's own rows, by hand."""

import statistics
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate

from dashboards.catalogue import Derived, Visual
from expectations.dashboard_periods import (
    Selection,
    days_of,
    end_of_month,
    first_sale,
    is_cut,
    month_number,
    months_back,
    months_back_whole,
)
from expectations.dashboard_rows import (
    Number,
    Row,
    Value,
    figure_of,
    number_in,
    of_type,
    rows_of_mart,
)
from factories.days import query


def _rank(rows: list[Row], *_: object) -> Sequence[Value]:
    return list(range(1, len(rows) + 1))


def _share(rows: list[Row], derived: Derived, *_: object) -> Sequence[Value]:
    values = [number_in(row, derived.of) for row in rows]
    total = sum(values)
    return [100 * value / total if total else None for value in values]


def _running(rows: list[Row], of: str) -> list[Number]:
    return list(accumulate(number_in(row, of) for row in rows))


def _running_share(rows: list[Row], derived: Derived, *_: object) -> Sequence[Value]:
    running = _running(rows, derived.of)
    return [100 * value / running[-1] if running[-1] else None for value in running]


def _abc_class(rows: list[Row], derived: Derived, *_: object) -> Sequence[Value]:
    running = _running(rows, derived.of)
    shares = [
        (value - number_in(row, derived.of)) / running[-1]
        for value, row in zip(running, rows, strict=True)
    ]
    bounds = (Decimal("0.8"), Decimal("0.95"))
    return ["A" if share < bounds[0] else "B" if share < bounds[1] else "C" for share in shares]


def _previous_year(
    rows: list[Row], derived: Derived, visual: Visual, selection: Selection, today: date
) -> Sequence[Value]:
    """Return the same dates a year before; of days and weeks the same weekdays, 52 weeks before."""
    first, last = days_of(selection, today)
    values: list[Value] = []
    for row in rows:
        [key] = [row[name] for name in visual.dimensions]
        start = date.fromisoformat(f"{key}-01" if visual.dimensions == ("month",) else str(key))
        end = {"month": end_of_month(start), "week": start + timedelta(days=6)}.get(
            visual.dimensions[0], start
        )
        start, end = max(start, first), min(end, last)
        year = timedelta(weeks=52)
        before = (
            (months_back(start, 12), months_back_whole(end, 12))
            if visual.dimensions == ("month",)
            else (start - year, end - year)
        )
        found = figure_of(visual, selection, before, derived.of) or Decimal(0)
        values.append(None if before[0] < first_sale() else found)
    return values


def _series(visual: Visual, selection: Selection) -> dict[date, Decimal]:
    everything = {name: values for name, values in selection.items() if name != "period"}
    return {
        of_type(row, "day", date): Decimal(number_in(row, "revenue"))
        for row in rows_of_mart(visual, everything)
    }


def _known_from() -> date:
    """Return the first day whose eight weeks before are all that the shop has of them."""
    return first_sale() + timedelta(weeks=8) if is_cut() else date.min


def _before_day(series: dict[date, Decimal], day: date, known: date) -> list[Decimal]:
    if day < known:
        return []
    days = [day - timedelta(weeks=weeks) for weeks in range(1, 9)]
    return [series[one] for one in days if one in series]


def _expected(
    rows: list[Row], _: Derived, visual: Visual, selection: Selection, __: date
) -> Sequence[Value]:
    series, known = _series(visual, selection), _known_from()
    before = [_before_day(series, of_type(row, "day", date), known) for row in rows]
    return [statistics.median(values) if len(values) >= 4 else None for values in before]


def _is_anomaly(
    rows: list[Row], _: Derived, visual: Visual, selection: Selection, __: date
) -> Sequence[Value]:
    series, known = _series(visual, selection), _known_from()
    anomalies = []
    for row in rows:
        day = of_type(row, "day", date)
        before = _before_day(series, day, known)
        if len(before) < 4 or day not in series:
            anomalies.append(False)
            continue
        usual = statistics.median(before)
        deviation = statistics.median(abs(value - usual) for value in before)
        distance = abs(series[day] - usual)
        anomalies.append(distance > max(6 * Decimal("1.4826") * deviation, usual / 10))
    return anomalies


def _holiday(rows: list[Row], *_: object) -> Sequence[Value]:
    names: dict[date, str | None] = dict(
        query("select full_date, holiday_name from mart.dim_dates")
    )
    return [names[of_type(row, "day", date)] for row in rows]


def quiet_months(rows: list[Row], today: date) -> list[Row]:
    """Return the months up to the publication's in which nobody of a cohort bought."""
    found = {(row["cohort_month"], row["months_since"]) for row in rows}
    latest = month_number(f"{today:%Y-%m}")
    return [
        {"cohort_month": cohort, "months_since": since, "customers": 0}
        for cohort in _base_of(rows)
        for since in range(latest - month_number(cohort) + 1)
        if (cohort, since) not in found
    ]


def _base_of(rows: list[Row]) -> dict[str, Number]:
    return {
        of_type(row, "cohort_month", str): number_in(row, "customers")
        for row in rows
        if row["months_since"] == 0
    }


def _base(rows: list[Row], *_: object) -> Sequence[Value]:
    sizes = _base_of(rows)
    return [sizes[of_type(row, "cohort_month", str)] for row in rows]


def _per_base(
    rows: list[Row], derived: Derived, _: Visual, __: Selection, today: date
) -> Sequence[Value]:
    is_open = (today + timedelta(days=1)).day > 1
    open_month = month_number(f"{today:%Y-%m}") if is_open else None
    sizes = _base_of(rows)
    shares: list[Value] = []
    for row in rows:
        cohort = of_type(row, "cohort_month", str)
        is_in_open_month = month_number(cohort) + of_type(row, "months_since", int) == open_month
        share = 100 * number_in(row, derived.of) / sizes[cohort]
        shares.append(None if is_in_open_month else share)
    return shares


Derive = Callable[[list[Row], Derived, Visual, Selection, date], Sequence[Value]]


DERIVE: dict[str, Derive] = {
    "rank": _rank,
    "share": _share,
    "running_share": _running_share,
    "abc_class": _abc_class,
    "previous_year": _previous_year,
    "expected": _expected,
    "is_anomaly": _is_anomaly,
    "holiday": _holiday,
    "per_base": _per_base,
    "base": _base,
}
