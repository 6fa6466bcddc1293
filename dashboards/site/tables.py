"""Rows that visuals show as a relation of the mart has them: few, and bounded by what is shown."""

from datetime import date, timedelta
from decimal import Decimal
from typing import TypedDict

from psycopg2.extensions import cursor as Cursor  # noqa: N812

from dashboards.catalogue import Page, Visual

# Deliveries older than this are left out of the pages.
DELIVERY_DAYS = 400


class Table(TypedDict):
    """Hold a relation's columns and rows, as JSON writes them, and by filter how many it has."""

    columns: list[str]
    rows: list[list[object]]
    counts: list[dict[str, object]]


def read_tables(cursor: Cursor, pages: tuple[Page, ...], today: date) -> dict[str, Table]:
    """Return columns and rows of every relation that a visual of the pages shows as it is."""
    visuals = [visual for page in pages for visual in page.visuals]
    # of two visuals of one relation, the one that shows more of it
    visuals.sort(key=lambda visual: "period" in visual.filters)
    shown = {visual.relation: visual for visual in visuals if visual.relation}
    return {relation: _table(cursor, visual, today) for relation, visual in shown.items()}


def _table(cursor: Cursor, visual: Visual, today: date) -> Table:
    columns = [column.name for column in visual.columns]
    cursor.execute(_statement(visual, columns), {"first": today - timedelta(days=DELIVERY_DAYS)})
    rows = [[_plain(value) for value in row] for row in cursor]
    return {"columns": columns, "rows": rows, "counts": _counts(cursor, visual)}


def _counts(cursor: Cursor, visual: Visual) -> list[dict[str, object]]:
    """Return by what filters tell apart how many rows each condition of `counted` holds for."""
    if not visual.counted:
        return []
    keys = ", ".join(visual.filters)
    names = [*visual.filters, *(name for name, _ in visual.counted)]
    counts = [f"count(*) filter (where {condition})" for _, condition in visual.counted]
    cursor.execute(
        f"select {', '.join([keys, *counts])} from mart.{visual.relation}"  # noqa: S608
        f" group by {keys} order by {keys}"
    )
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _statement(visual: Visual, columns: list[str]) -> str:
    """Return a query of all rows that any choice of filters can show; names are the catalogue's."""
    names = ", ".join(columns)
    if "period" in visual.filters:
        return (
            f"select {names} from mart.{visual.relation}"  # noqa: S608
            f" where batch_date > %(first)s order by {', '.join(visual.sort)}"
        )
    order = ", ".join(
        f"{field[1:]} desc" if field.startswith("-") else field for field in visual.sort
    )
    if visual.limit is None:
        return f"select {names} from mart.{visual.relation} order by {order}"  # noqa: S608
    # the first of each value of the filters hold the first of any choice of values
    return (
        f"select {names} from (select *, row_number() over"  # noqa: S608
        f" (partition by {', '.join(visual.filters)} order by {order}) as place"
        f" from mart.{visual.relation}"
        f" where {visual.condition or 'true'}) as placed"
        f" where place <= {visual.limit} order by {order}"
    )


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value
