"""What a visual must show under a choice of filters: by SQL on mart and by hand, from no cube."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

from dashboards.catalogue import DIMENSIONS, MEASURES, Visual
from expectations.dashboard_derived import DERIVE, quiet_months
from expectations.dashboard_periods import (
    Selection,
    compared_days,
    days_of,
    first_sale,
    month_name,
    month_number,
    months_of,
    next_day,
)
from expectations.dashboard_rows import Row, Value, figure_of, number_in, of_type, rows_of_mart
from factories.days import query


def expected_rows(visual: Visual, selection: Selection, today: date) -> list[Row]:
    """Return the rows of a visual as its table must list them."""
    rows = (
        [_figure(visual, selection, today)]
        if visual.kind == "figure"
        else rows_of_mart(visual, selection)
    )
    if visual.kind in COMPLETE and rows:
        rows += _unsold(visual, rows, selection, today)
    for derived in visual.derived:
        if derived.rule == "per_base":
            rows += quiet_months(rows, today)
    rows.sort(key=lambda row: _place(visual, row))
    for derived in visual.derived:
        values = DERIVE[derived.rule](rows, derived, visual, selection, today)
        for row, value in zip(rows, values, strict=True):
            row[derived.name] = value
    if visual.kind == "delivery":
        return [row for row in rows if row["batch_date"] == rows[0]["batch_date"]]
    return rows[: visual.limit]


def drawn(visual: Visual, selection: Selection, today: date) -> Visual:
    """Return a visual as it is drawn: lines by the grain that was chosen, or that fits.

    Against nothing they have no year before.
    """
    if visual.kind != "lines":
        return visual
    first, last = days_of(selection, today)
    is_whole = first.day == 1 and (next_day(last).day == 1 or last == today)
    count = (last - first).days + 1
    usual = "day" if count <= 62 else "month" if is_whole or count > 200 else "week"
    [grain] = selection.get("grain", (usual,))
    derived = () if selection.get("compare") == ("none",) else visual.derived
    return replace(visual, dimensions=(grain,), sort=(grain,), derived=derived)


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
        first, last = months_of(selection)
        return [month_name(number) for number in range(month_number(first), month_number(last) + 1)]
    if name in ("day", "week"):
        start, end = days_of(selection, today)
        opened = first_sale()
        days = [opened + timedelta(days=day) for day in range((today - opened).days + 1)]
        days = [day for day in days if start <= day <= end]
        if name == "day":
            return days
        return sorted({day - timedelta(days=day.weekday()) for day in days})
    if name == "value_band":
        bands = query("select distinct value_band_from from mart.rpt_customer_rfm")
        return [band for (band,) in bands]
    return DIMENSIONS[name].values


def _place(visual: Visual, row: Row) -> list[tuple[bool, Value]]:
    """Return a key that sorts as the catalogue says: last where there is no value."""
    place: list[tuple[bool, Value]] = []
    for field in visual.sort:
        name = field.lstrip("-")
        value = row[name]
        known = DIMENSIONS[name].values if name in DIMENSIONS else ()
        if known:
            value = known.index(of_type(row, name, str))
        if field.startswith("-"):
            value = -value.toordinal() if isinstance(value, date) else -number_in(row, name)
        place.append((value is None, value))
    return place


def _figure(visual: Visual, selection: Selection, today: date) -> Row:
    [name] = visual.measures
    [row] = rows_of_mart(visual, selection)
    [comparison] = selection.get("compare", ("previous",))
    period = compared_days(*days_of(selection, today), today, comparison)
    first, last = period or (None, None)
    before = figure_of(visual, selection, period, name) if period else None
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
