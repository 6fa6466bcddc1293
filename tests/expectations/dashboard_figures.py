"""What a visual must show under a choice of filters: by SQL on mart and by hand, from no cube."""

import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate, product
from unittest.mock import patch

from dashboards.catalogue import DIMENSIONS, MEASURES, Derived, Dimension, Visual, queries
from factories.days import query

Selection = Mapping[str, Sequence[str]]
Number = Decimal | int
Value = Number | float | str | date | None  # a boolean is a whole number, too
Row = dict[str, Value]

# How lines are drawn, too; no visual is declared by it.
OF_WEEK = "cast(date_trunc('week', dim_dates.full_date) as date)"
WEEK = Dimension("week", "Week from", "dim_dates", expression=OF_WEEK, format="date")


def expected_rows(visual: Visual, selection: Selection, today: date) -> list[Row]:
    """Return the rows of a visual as its table must list them."""
    rows = (
        [_figure(visual, selection, today)] if visual.kind == "figure" else _rows(visual, selection)
    )
    if visual.kind in COMPLETE and rows:
        rows += _unsold(visual, rows, selection, today)
    for derived in visual.derived:
        if derived.rule == "per_base":
            rows += _quiet_months(rows, today)
    rows.sort(key=lambda row: _place(visual, row))
    for derived in visual.derived:
        values = DERIVE[derived.rule](rows, derived, visual, selection, today)
        for row, value in zip(rows, values, strict=True):
            row[derived.name] = value
    if visual.kind == "delivery":
        return [row for row in rows if row["batch_date"] == rows[0]["batch_date"]]
    return rows[: visual.limit]


def _rows(visual: Visual, selection: Selection) -> list[Row]:
    if visual.period == "cohort_month":
        return _cohorts(visual, selection)
    names = [c.name for c in visual.columns] or [*visual.dimensions, *visual.measures]
    with patch.dict(DIMENSIONS, week=WEEK):
        statement = queries.query(visual, selection)
    return [dict(zip(names, row, strict=True)) for row in query(statement)]


def drawn(visual: Visual, selection: Selection, today: date) -> Visual:
    """Return a visual as it is drawn: lines by the grain that was chosen, or that fits.

    Against nothing they have no year before.
    """
    if visual.kind != "lines":
        return visual
    first, last = days_of(selection, today)
    is_whole = first.day == 1 and (_next(last).day == 1 or last == today)
    count = (last - first).days + 1
    usual = "day" if count <= 62 else "month" if is_whole or count > 200 else "week"
    [grain] = selection.get("grain", (usual,))
    derived = () if selection.get("compare") == ("none",) else visual.derived
    return replace(visual, dimensions=(grain,), sort=(grain,), derived=derived)


def days_of(selection: Selection, today: date) -> tuple[date, date]:
    """Return the first and the last day of a period, given as days or months."""
    first, last = selection["period"]
    if len(first) == len("2026-11"):
        return date.fromisoformat(f"{first}-01"), min(_end_of(f"{last}-01"), today)
    return date.fromisoformat(first), date.fromisoformat(last)


def _next(day: date) -> date:
    return day + timedelta(days=1)


def _end_of(day: date | str) -> date:
    """Return the last day of a day's month."""
    return _back(date.fromisoformat(str(day)).replace(day=1), -1) - timedelta(days=1)


def _back(day: date, months: int) -> date:
    """Return the same day some months before, at most the last of its month."""
    number = day.year * 12 + day.month - 1 - months
    first = date(number // 12, number % 12 + 1, 1)
    following = date((number + 1) // 12, (number + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


def _back_whole(day: date, months: int) -> date:
    """Return the same of a last day, the end of a month if it is that."""
    before = _back(day, months)
    return _end_of(before) if day == _end_of(day) else before


def _months(selection: Selection) -> tuple[str, str]:
    first, last = selection["period"]
    return first[:7], last[:7]


def _opened() -> date:
    day = query("select min(full_date) from mart.agg_daily_sales")[0][0]
    assert isinstance(day, date)
    return day


# What these draw along their axis is there whether it sold or not.
COMPLETE = {"lines", "columns", "stacked_columns", "daily"}


def _unsold(visual: Visual, rows: list[Row], selection: Selection, today: date) -> list[Row]:
    """Return rows of what sold nothing: no money and no number, and no ratio."""
    nothing: Row = {
        name: None if MEASURES[name].denominator else Decimal(0) for name in visual.measures
    }
    axes = [_axis(name, selection, today) for name in visual.dimensions]
    known = {tuple(row[name] for name in visual.dimensions) for row in rows}
    return [
        dict(zip(visual.dimensions, values, strict=True)) | nothing
        for values in product(*axes)
        if values not in known
    ]


def _axis(name: str, selection: Selection, today: date) -> Sequence[Value]:
    if name == "month":
        first, last = _months(selection)
        return [_month(number) for number in range(_number(first), _number(last) + 1)]
    if name in ("day", "week"):
        start, end = days_of(selection, today)
        opened = _opened()
        days = [opened + timedelta(days=day) for day in range((today - opened).days + 1)]
        days = [day for day in days if start <= day <= end]
        if name == "day":
            return days
        return sorted({day - timedelta(days=day.weekday()) for day in days})
    if name == "value_band":
        bands = query("select distinct value_band_from from mart.rpt_customer_rfm")
        return [band for (band,) in bands]
    return DIMENSIONS[name].values


def _of_type[T](row: Row, name: str, type_: type[T]) -> T:
    value = row[name]
    assert isinstance(value, type_), f"{name} is {value!r}"
    return value


def number_in(row: Row, name: str) -> Number:
    """Return a figure of a row that has one."""
    value = row[name]
    assert isinstance(value, Decimal | int), f"{name} is {value!r}"
    return value


def _place(visual: Visual, row: Row) -> list[tuple[bool, Value]]:
    """Return a key that sorts as the catalogue says: last where there is no value."""
    place: list[tuple[bool, Value]] = []
    for field in visual.sort:
        name = field.lstrip("-")
        value = row[name]
        known = DIMENSIONS[name].values if name in DIMENSIONS else ()
        if known:
            value = known.index(_of_type(row, name, str))
        if field.startswith("-"):
            value = -value.toordinal() if isinstance(value, date) else -number_in(row, name)
        place.append((value is None, value))
    return place


def _figure(visual: Visual, selection: Selection, today: date) -> Row:
    [name] = visual.measures
    [row] = _rows(visual, selection)
    [comparison] = selection.get("compare", ("previous",))
    period = _compared(*days_of(selection, today), today, comparison)
    first, last = period or (None, None)
    before = _figure_of(visual, selection, period, name) if period else None
    change: Value
    if not before or row[name] is None:
        change = None
    elif MEASURES[name].format == "percent":
        change = number_in(row, name) - before
    else:
        change = 100 * (number_in(row, name) - before) / abs(Decimal(before))
    return {
        name: row[name],
        "compared_from": first,
        "compared_to": last,
        "previous_period": before,
        "change": change,
    }


def _compared(first: date, last: date, today: date, comparison: str) -> tuple[date, date] | None:
    """Return the days that a period is compared with; None where the data does not reach back."""
    if comparison == "none":
        return None
    is_whole = first.day == 1 and (last == _end_of(last) or last == today)
    if comparison == "year" or is_whole:
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        months = 12 if comparison == "year" else months
        before = _back(first, months), _back_whole(last, months)
    else:
        before = first - (_next(last) - first), first - timedelta(days=1)
    return None if before[0] < _opened() else before


def _figure_of(
    visual: Visual, selection: Selection, period: tuple[date, date], name: str
) -> Number | None:
    days = tuple(day.isoformat() for day in period)
    [row] = _rows(replace(visual, dimensions=(), derived=()), {**selection, "period": days})
    return None if row[name] is None else number_in(row, name)


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def _month(number: int) -> str:
    return f"{number // 12}-{number % 12 + 1:02d}"


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
        end = {"month": _end_of(start), "week": start + timedelta(days=6)}.get(
            visual.dimensions[0], start
        )
        start, end = max(start, first), min(end, last)
        year = timedelta(weeks=52)
        before = (
            (_back(start, 12), _back_whole(end, 12))
            if visual.dimensions == ("month",)
            else (start - year, end - year)
        )
        found = _figure_of(visual, selection, before, derived.of) or Decimal(0)
        values.append(None if before[0] < _opened() else found)
    return values


def _series(visual: Visual, selection: Selection) -> dict[date, Decimal]:
    everything = {name: values for name, values in selection.items() if name != "period"}
    return {
        _of_type(row, "day", date): Decimal(number_in(row, "revenue"))
        for row in _rows(visual, everything)
    }


def _before_day(series: dict[date, Decimal], day: date) -> list[Decimal]:
    days = [day - timedelta(weeks=weeks) for weeks in range(1, 9)]
    return [series[one] for one in days if one in series]


def _expected(
    rows: list[Row], _: Derived, visual: Visual, selection: Selection, __: date
) -> Sequence[Value]:
    series = _series(visual, selection)
    before = [_before_day(series, _of_type(row, "day", date)) for row in rows]
    return [statistics.median(values) if len(values) >= 4 else None for values in before]


def _is_anomaly(
    rows: list[Row], _: Derived, visual: Visual, selection: Selection, __: date
) -> Sequence[Value]:
    series = _series(visual, selection)
    anomalies = []
    for row in rows:
        day = _of_type(row, "day", date)
        before = _before_day(series, day)
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
    return [names[_of_type(row, "day", date)] for row in rows]


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


def _quiet_months(rows: list[Row], today: date) -> list[Row]:
    """Return the months up to the publication's in which nobody of a cohort bought."""
    found = {(row["cohort_month"], row["months_since"]) for row in rows}
    latest = _number(f"{today:%Y-%m}")
    return [
        {"cohort_month": cohort, "months_since": since, "customers": 0}
        for cohort in _base_of(rows)
        for since in range(latest - _number(cohort) + 1)
        if (cohort, since) not in found
    ]


def _base_of(rows: list[Row]) -> dict[str, Number]:
    return {
        _of_type(row, "cohort_month", str): number_in(row, "customers")
        for row in rows
        if row["months_since"] == 0
    }


def _base(rows: list[Row], *_: object) -> Sequence[Value]:
    sizes = _base_of(rows)
    return [sizes[_of_type(row, "cohort_month", str)] for row in rows]


def _per_base(
    rows: list[Row], derived: Derived, _: Visual, __: Selection, today: date
) -> Sequence[Value]:
    is_open = (today + timedelta(days=1)).day > 1
    open_month = _number(f"{today:%Y-%m}") if is_open else None
    sizes = _base_of(rows)
    shares: list[Value] = []
    for row in rows:
        cohort = _of_type(row, "cohort_month", str)
        is_in_open_month = _number(cohort) + _of_type(row, "months_since", int) == open_month
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


def shown(visual: Visual, rows: list[Row]) -> list[dict[str, str]]:
    """Return rows as the CSV of a visual writes them."""
    names = _names(visual)
    return [{name: _text(row[name]) for name in names} for row in rows]


def _names(visual: Visual) -> list[str]:
    if visual.columns:
        return [column.name for column in visual.columns]
    if visual.kind == "figure":
        return [*visual.measures, "compared_from", "compared_to", "previous_period", "change"]
    return [*visual.dimensions, *visual.measures, *(derived.name for derived in visual.derived)]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal | float):
        return f"{value:.2f}".removesuffix(".00")
    return str(value)


def is_same(left: str, right: str) -> bool:
    """Tell whether two cells are equal; figures may differ by the rounding of the last digit."""
    if left == right:
        return True
    try:
        return abs(float(left) - float(right)) < 0.0100001 and "." in left + right
    except ValueError:
        return False
