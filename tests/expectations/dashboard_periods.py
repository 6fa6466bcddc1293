"""The days of a choice, and those they are compared with, reckoned by hand."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from factories.days import query

Selection = Mapping[str, Sequence[str]]


def days_of(selection: Selection, today: date) -> tuple[date, date]:
    """Return the first and the last day of a period, given as days or months."""
    first, last = selection["period"]
    if len(first) == len("2026-11"):
        return date.fromisoformat(f"{first}-01"), min(end_of_month(f"{last}-01"), today)
    return date.fromisoformat(first), date.fromisoformat(last)


def next_day(day: date) -> date:
    return day + timedelta(days=1)


def end_of_month(day: date | str) -> date:
    """Return the last day of a day's month."""
    return months_back(date.fromisoformat(str(day)).replace(day=1), -1) - timedelta(days=1)


def months_back(day: date, months: int) -> date:
    """Return the same day some months before, at most the last of its month."""
    number = day.year * 12 + day.month - 1 - months
    first = date(number // 12, number % 12 + 1, 1)
    following = date((number + 1) // 12, (number + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


def months_back_whole(day: date, months: int) -> date:
    """Return the same of a last day, the end of a month if it is that."""
    before = months_back(day, months)
    return end_of_month(before) if day == end_of_month(day) else before


def months_of(selection: Selection) -> tuple[str, str]:
    first, last = selection["period"]
    return first[:7], last[:7]


def first_sale() -> date:
    # mart may have days of older sales whose rows stay on Spark
    day = query(
        "select min(full_date) from mart.agg_daily_sales"
        " where date_key >= (select min(date_key) from mart.fct_sales)"
    )[0][0]
    assert isinstance(day, date)
    return day


def is_cut() -> bool:
    """Return whether the shop has older sales than mart."""
    return bool(query("select min(full_date) from mart.agg_daily_sales")[0][0] < first_sale())


def compared_days(
    first: date, last: date, today: date, comparison: str
) -> tuple[date, date] | None:
    """Return the days that a period is compared with; None where the data does not reach back."""
    if comparison == "none":
        return None
    is_whole = first.day == 1 and (last == end_of_month(last) or last == today)
    if comparison == "year" or is_whole:
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        months = 12 if comparison == "year" else months
        before = months_back(first, months), months_back_whole(last, months)
    else:
        before = first - (next_day(last) - first), first - timedelta(days=1)
    return None if before[0] < first_sale() else before


def month_number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def month_name(number: int) -> str:
    return f"{number // 12}-{number % 12 + 1:02d}"
