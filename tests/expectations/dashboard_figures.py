"""What a visual must show under a choice of filters: by SQL on mart and by hand, from no cube."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate, product

from dashboards.catalogue import DIMENSIONS, MEASURES, Derived, Visual, queries
from dashboards.cubes.read import CUT_MONTHS
from factories.days import query

Selection = Mapping[str, Sequence[str]]
Number = Decimal | int
Value = Number | float | str | date | None  # a boolean is a whole number, too
Row = dict[str, Value]


def expected_rows(visual: Visual, selection: Selection, today: date) -> list[Row]:
    """Return the rows of a visual as its table must list them."""
    rows = (
        [_figure(visual, selection, today)] if visual.kind == "figure" else _rows(visual, selection)
    )
    if visual.kind in COMPLETE and rows:
        rows += _unsold(visual, rows, selection, today)
    for derived in visual.derived:
        if derived.rule == "per_base":
            rows += _quiet_months(rows, selection, today)
    rows.sort(key=lambda row: _place(visual, row))
    for derived in visual.derived:
        values = DERIVE[derived.rule](rows, derived, visual, selection, today)
        for row, value in zip(rows, values, strict=True):
            row[derived.name] = value
    if visual.kind == "delivery":
        return [row for row in rows if row["batch_date"] == rows[0]["batch_date"]]
    return rows[: visual.limit]


def _rows(visual: Visual, selection: Selection) -> list[Row]:
    names = [c.name for c in visual.columns] or [*visual.dimensions, *visual.measures]
    statement = queries.query(visual, selection)
    return [dict(zip(names, row, strict=True)) for row in query(statement)]


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
    first, last = selection["period"]
    if name == "month":
        return [_month(number) for number in range(_number(first), _number(last) + 1)]
    if name == "day":
        [(opened,)] = query("select min(full_date) from mart.agg_daily_sales")
        days = [opened + timedelta(days=day) for day in range((today - opened).days + 1)]
        return [day for day in days if first <= f"{day:%Y-%m}" <= last]
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
    before = _before(visual, selection, today)
    change: Value
    if not before or row[name] is None:
        change = None
    elif MEASURES[name].format == "percent":
        change = number_in(row, name) - before
    else:
        change = 100 * (number_in(row, name) - before) / before
    return {name: row[name], "previous_period": before, "change": change}


def _before(visual: Visual, selection: Selection, today: date) -> Number | None:
    """Return the figure of the period before; None where there is none to compare with.

    The data may not reach back so far; and no month before the last twelve is cut.
    """
    first, last = (_number(month) for month in selection["period"])
    length = last - first + 1
    earliest = query("select min(full_date) from mart.agg_daily_sales")[0][0]
    earliest_full = earliest.year * 12 + earliest.month - 1 + (earliest.day > 1)
    if first - length < earliest_full:
        return None
    months = (_month(first - length), _month(last - length))
    condition = _until(months[1], selection["period"][1], today)
    if condition and length > CUT_MONTHS:
        return None
    statement = queries.query(visual, {**selection, "period": months})
    ((before,),) = query(statement + condition)
    assert before is None or isinstance(before, Decimal | int), before
    return before


def _until(month: str, compared_with: str, today: date) -> str:
    """Return a condition that ends a month where the one it is compared with ends so far."""
    is_open = compared_with == f"{today:%Y-%m}" and (today + timedelta(days=1)).day > 1
    if not is_open:
        return ""
    return f" and (dim_dates.year_month <> '{month}' or dim_dates.day <= {today.day})"


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
    earliest = query("select min(full_date) from mart.agg_daily_sales")[0][0]
    first_full = earliest.year * 12 + earliest.month - 1 + (earliest.day > 1)
    values: list[Value] = []
    for row in rows:
        this_month = _of_type(row, "month", str)
        before = _number(this_month) - 12
        month = _month(before)
        statement = queries.query(visual, {**selection, "period": (month, month)})
        statement = statement.replace(" group by", _until(month, this_month, today) + " group by")
        found = query(statement) if before >= first_full else []
        position = 1 + visual.measures.index(derived.of)
        value = found[0][position] if found else Decimal(0)
        values.append(None if before < first_full else value)
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


def _quiet_months(rows: list[Row], selection: Selection, today: date) -> list[Row]:
    """Return the months up to the publication's in which nobody of a cohort bought."""
    first, last = (_number(month) for month in selection["period"])
    found = {(row["cohort_month"], row["months_since"]) for row in rows}
    cohorts = _cohort_sizes()
    latest = _number(f"{today:%Y-%m}")
    return [
        {"cohort_month": cohort, "months_since": since, "customers": 0}
        for cohort in cohorts
        if first <= _number(cohort) <= last
        for since in range(latest - _number(cohort) + 1)
        if (cohort, since) not in found
    ]


def _cohort_sizes() -> dict[str, int]:
    return dict(
        query("select first_purchase_month, count(*) from mart.rpt_customer_rfm group by 1")
    )


def _per_base(
    rows: list[Row], derived: Derived, _: Visual, __: Selection, today: date
) -> Sequence[Value]:
    sizes = _cohort_sizes()
    is_open = (today + timedelta(days=1)).day > 1
    open_month = _number(f"{today:%Y-%m}") if is_open else None
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
}


def shown(visual: Visual, rows: list[Row]) -> list[dict[str, str]]:
    """Return rows as the CSV of a visual writes them."""
    names = _names(visual)
    return [{name: _text(row[name]) for name in names} for row in rows]


def _names(visual: Visual) -> list[str]:
    if visual.columns:
        return [column.name for column in visual.columns]
    if visual.kind == "figure":
        return [*visual.measures, "previous_period", "change"]
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
