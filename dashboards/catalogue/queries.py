"""The SQL on mart that a visual stands for, derived from the catalogue and from nothing else.

Its identifiers are the catalogue's own, and values are quoted.
"""

from collections.abc import Mapping, Sequence

from dashboards.catalogue.kinds import Page, Visual
from dashboards.catalogue.star import DIMENSIONS, FACT, FILTERS, JOINS, MEASURES, STATE_OF_COUNTRY

Selection = Mapping[str, Sequence[str]]


def query(visual: Visual, selection: Selection | None = None) -> str:
    """Return the SQL of a visual's rows, in no order, before derived columns, sort and limit.

    `selection` gives values by filter: two months or days, first and last, for period, else those
    chosen; a filter that is missing or does not act on the visual restricts nothing.
    """
    chosen = {name: values for name, values in (selection or {}).items() if name in visual.filters}
    return _relation_query(visual, chosen) if visual.relation else _star_query(visual, chosen)


def relations(page: Page) -> set[str]:
    """Return every relation of mart that a page's figures come from."""
    found = set()
    for visual in page.visuals:
        if visual.report:
            found.add(visual.report.relation)
        if visual.relation:
            found.add(visual.relation)
            continue
        acting = [DIMENSIONS[f.dimension].sql for f in FILTERS if f.name in visual.filters]
        text = " ".join((_star_query(visual, {}), *acting, DIMENSIONS[visual.period].sql))
        found |= {FACT} | {relation for relation in JOINS if f"{relation}." in text}
    return found


def _star_query(visual: Visual, chosen: Selection) -> str:
    dimensions = [DIMENSIONS[name] for name in visual.dimensions]
    measures = [MEASURES[name] for name in visual.measures]
    filters = {f.name: DIMENSIONS[f.dimension].sql for f in FILTERS}
    is_by_day = visual.period == "month" and _is_of_days(chosen)
    filters |= {
        "period": DIMENSIONS["day" if is_by_day else visual.period].sql,
        "state": STATE_OF_COUNTRY,
    }
    if _is_of_days(chosen) and not is_by_day:
        chosen = {**chosen, "period": [day[: len("2026-11")] for day in chosen["period"]]}
    conditions = [_condition(filters[name], name, values) for name, values in chosen.items()]
    selected = [f"{d.sql} as {d.name}" for d in dimensions]
    selected += [f"{m.sql} as {m.name}" for m in measures]
    statement = f"select {', '.join(selected)} from {_from(visual, conditions)}"  # noqa: S608
    if conditions:
        statement += f" where {' and '.join(conditions)}"
    if dimensions:
        statement += f" group by {', '.join(d.sql for d in dimensions)}"
    return statement


def _from(visual: Visual, conditions: list[str]) -> str:
    """Return the fact joined to the relations that the visual and its filters name."""
    text = " ".join(
        (
            *(DIMENSIONS[name].sql for name in visual.dimensions),
            *(MEASURES[name].sql for name in visual.measures),
            *conditions,
        )
    )
    joins = [
        f" inner join mart.{relation} as {relation} on {FACT}.{key} = {relation}.{key}"
        for relation, key in JOINS.items()
        if f"{relation}." in text
    ]
    return f"mart.{FACT} as {FACT}" + "".join(joins)


def _relation_query(visual: Visual, chosen: Selection) -> str:
    names = [column.name for column in visual.columns]
    columns = {"category": "category", "period": "to_char(batch_date, 'YYYY-MM')"}
    if _is_of_days(chosen):
        columns["period"] = "batch_date"
    conditions = [_condition(columns[name], name, values) for name, values in chosen.items()]
    conditions += [visual.condition] if visual.condition else []
    where = f" where {' and '.join(conditions)}" if conditions else ""
    return f"select {', '.join(names)} from mart.{visual.relation}{where}"  # noqa: S608


def _is_of_days(chosen: Selection) -> bool:
    return any(len(value) == len("2026-11-25") for value in chosen.get("period", ()))


def _condition(expression: str, name: str, values: Sequence[str]) -> str:
    quoted = ["'" + value.replace("'", "''") + "'" for value in values]
    if name == "period":
        first, last = quoted
        return f"{expression} between {first} and {last}"
    return f"{expression} in ({', '.join(quoted)})"
