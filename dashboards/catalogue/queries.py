"""The SQL on mart that a visual stands for, derived from the catalogue and from nothing else.

Its identifiers are the catalogue's own, and values are quoted.
"""

from collections.abc import Mapping, Sequence

from dashboards.catalogue.kinds import Aggregate, Page, Visual
from dashboards.catalogue.star import (
    ALL_FILTERS,
    DIMENSIONS,
    FACT,
    JOINS,
    MEASURES,
    RETURNS,
    STATE_OF_COUNTRY,
)

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
        acting = [DIMENSIONS[ALL_FILTERS[name].dimension].sql for name in visual.filters]
        text = " ".join((_star_query(visual, {}), *acting, DIMENSIONS[visual.period].sql))
        found |= {_fact_of(aggregate) for aggregate in _aggregates(visual)}
        found |= {relation for relation in JOINS if f"{relation}." in text}
    return found


def facts(visual: Visual) -> list[str]:
    """Return the facts whose rows a visual adds up; of cohorts no filter of rows says which."""
    if visual.relation or visual.period != "month":
        return []
    return sorted({_fact_of(aggregate) for aggregate in _aggregates(visual)}, reverse=True)


def _aggregates(visual: Visual) -> list[Aggregate]:
    """Return what a visual's measures are computed from, each once."""
    found = [one for name in visual.measures for one in MEASURES[name].aggregates]
    return list(dict.fromkeys(found))


def _fact_of(aggregate: Aggregate) -> str:
    return RETURNS if aggregate.relation == RETURNS else FACT


def _alias(aggregate: Aggregate) -> str:
    return f"{aggregate.function}_of_{aggregate.column}"


def _written(aggregate: Aggregate) -> str:
    """Return the column of an aggregate; of returns there are 0 where there is none."""
    is_of_returns = _fact_of(aggregate) == RETURNS
    return f"coalesce({_alias(aggregate)}, 0)" if is_of_returns else _alias(aggregate)


def _star_query(visual: Visual, chosen: Selection) -> str:
    """Return a query of the measures, from the aggregates of each fact by the dimensions."""
    conditions = _conditions(visual, chosen)
    facts = sorted({_fact_of(aggregate) for aggregate in _aggregates(visual)}, reverse=True)
    first, *others = (f"({_grouped(visual, fact, conditions)}) as of_{fact}" for fact in facts)
    keys = ", ".join(visual.dimensions)
    joined = (
        f" full join {one} using ({keys})" if keys else f" cross join {one}" for one in others
    )
    measures = [f"{MEASURES[name].sql_of(_written)} as {name}" for name in visual.measures]
    selected = ", ".join([*visual.dimensions, *measures])
    return f"select {selected} from {first}{''.join(joined)}"  # noqa: S608


def _grouped(visual: Visual, fact: str, conditions: list[str]) -> str:
    """Return a query of the aggregates of one fact, joined to what the visual and filters name."""
    # both facts have the columns that dimensions and conditions are made of
    dimensions = {name: _of(fact, DIMENSIONS[name].sql) for name in visual.dimensions}
    conditions = [_of(fact, condition) for condition in conditions]
    selected = [f"{sql} as {name}" for name, sql in dimensions.items()]
    aggregates = [one for one in _aggregates(visual) if _fact_of(one) == fact]
    selected += [f"{aggregate.sql} as {_alias(aggregate)}" for aggregate in aggregates]
    text = " ".join([*selected, *conditions])
    joins = [
        f" inner join mart.{relation} as {relation} on {fact}.{key} = {relation}.{key}"
        for relation, key in JOINS.items()
        if f"{relation}." in text
    ]
    statement = f"select {', '.join(selected)} from mart.{fact} as {fact}{''.join(joins)}"  # noqa: S608
    if conditions:
        statement += f" where {' and '.join(conditions)}"
    return f"{statement} group by {', '.join(dimensions.values())}" if dimensions else statement


def _of(fact: str, sql: str) -> str:
    return sql.replace(f"{FACT}.", f"{fact}.")


def _conditions(visual: Visual, chosen: Selection) -> list[str]:
    """Return what the star's rows must fulfil."""
    filters = {name: DIMENSIONS[each.dimension].sql for name, each in ALL_FILTERS.items()}
    is_by_day = visual.period == "month" and _is_of_days(chosen)
    filters |= {
        "period": DIMENSIONS["day" if is_by_day else visual.period].sql,
        "state": STATE_OF_COUNTRY,
    }
    if _is_of_days(chosen) and not is_by_day:
        chosen = {**chosen, "period": [day[: len("2026-11")] for day in chosen["period"]]}
    return [_condition(filters[name], name, values) for name, values in chosen.items()]


def _relation_query(visual: Visual, chosen: Selection) -> str:
    names = [column.name for column in visual.columns]
    period = "batch_date" if _is_of_days(chosen) else "to_char(batch_date, 'YYYY-MM')"
    columns = {name: name for name in chosen} | {"period": period}
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
