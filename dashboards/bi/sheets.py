"""The catalogue's visuals as sheets: what a BI tool can group and sum by itself, without the site.

A sheet groups the star, or one relation of the mart that has the figures ready. The catalogue's
fields stay what they are; only three things are decided here, alike for Tableau and Power BI:

- what takes more than grouping (running shares, cohorts, usual revenue) comes from the report that
  has it; filters on the star do not reach it, and the sheet's note says so;
- a month beside the same month a year before is drawn as months by year;
- ranks are left to the order of the rows.
"""

from dataclasses import dataclass

from dashboards.catalogue import (
    DIMENSIONS,
    FACT,
    JOINS,
    MEASURES,
    PAGES,
    Aggregate,
    Column,
    Derived,
    Dimension,
    Measure,
    Page,
    Visual,
)

RULES_OF_REPORTS = {"running_share", "abc_class", "per_base", "expected", "is_anomaly", "holiday"}
# What is drawn in another way than on the site needs other words.
NOTES = {"tiles": "An area is a state's revenue."}
UNFILTERED = "Of everything: the filters do not act on it."
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
MONTH_OF_YEAR = Dimension("month_name", "Month", "dim_dates", "month_name", values=MONTHS)
YEAR = Dimension("year", "Year", "dim_dates", "year", format="count")
TEXTS = {"text", "date", "month"}


@dataclass(frozen=True)
class Sheet:
    """Hold what a BI tool shows for a visual: the source it reads, its groups and its figures."""

    visual: Visual
    source: str
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]

    @property
    def id(self) -> str:
        """Return the visual's id."""
        return self.visual.id

    @property
    def fields(self) -> tuple[Dimension | Measure, ...]:
        """Return the groups, and after them the figures."""
        return (*self.dimensions, *self.measures)

    @property
    def is_of_star(self) -> bool:
        """Return whether the sheet groups the star, so that all filters act on it."""
        return self.source == FACT

    @property
    def note(self) -> str:
        """Return what the reader must know."""
        note = self.visual.note if self.is_of_star or self.visual.report else ""
        look = self.visual.look if self.is_of_star else ""
        note = NOTES.get(self.visual.kind, f"{note} {look}".strip())
        return " ".join(filter(None, (note, "" if self.is_of_star else UNFILTERED)))

    @property
    def relations(self) -> list[str]:
        """Return the relations that the sheet's fields stand in, joined ones included."""
        text = " ".join(field.sql for field in self.fields)
        joined = [name for name in JOINS if f"{name}." in text and name != self.source]
        return [self.source, *joined]


def sheets(page: Page) -> list[Sheet]:
    """Return a page's sheets in reading order."""
    return [sheet(visual) for visual in page.visuals]


def sheet(visual: Visual) -> Sheet:
    """Return the sheet of a visual."""
    if visual.relation:
        return _of_relation(visual, visual.relation, [(c, c.name) for c in visual.columns])
    rules = {derived.rule for derived in visual.derived}
    if rules & RULES_OF_REPORTS:
        return _of_report(visual)
    dimensions = tuple(DIMENSIONS[name] for name in visual.dimensions)
    if "previous_year" in rules:
        dimensions = (MONTH_OF_YEAR, YEAR)
    return Sheet(visual, FACT, dimensions, tuple(MEASURES[name] for name in visual.measures))


def sources() -> list[str]:
    """Return every relation that a sheet or a filter reads: the fact and what it joins first."""
    read = [name for page in PAGES for of in sheets(page) for name in of.relations]
    star = [FACT, *(name for name in JOINS if name in read or name.startswith("dim_"))]
    return [*star, *sorted(set(read) - set(star))]


def query(of: Sheet, schema: str = "mart") -> str:
    """Return the SQL of a sheet's rows, in no order, from the catalogue's own expressions."""
    selected = ", ".join(f"{field.sql} as {field.name}" for field in of.fields)
    joins = "".join(
        f" inner join {schema}.{name} as {name} on {of.source}.{JOINS[name]} = {name}.{JOINS[name]}"
        for name in of.relations[1:]
    )
    statement = f"select {selected} from {schema}.{of.source} as {of.source}{joins}"  # noqa: S608
    groups = ", ".join(dimension.sql for dimension in of.dimensions)
    return f"{statement} group by {groups}" if groups else statement


def _of_report(visual: Visual) -> Sheet:
    if visual.report is None:
        raise LookupError(f"{visual.id} takes more than grouping, and names no report")
    derived = {rule.name: rule for rule in visual.derived}
    known: dict[str, Dimension | Measure | Derived] = {**DIMENSIONS, **MEASURES, **derived}
    columns = [
        (_column(known[name]), column) for name, column in visual.report.columns if name in known
    ]
    return _of_relation(visual, visual.report.relation, columns)


def _column(field: Dimension | Measure | Derived) -> Column:
    is_text = isinstance(field, Dimension) and field.format not in ("date", "month")
    # A score or a number of months groups, and is not added up.
    return Column(field.name, field.label, "text" if is_text else field.format)


def _of_relation(visual: Visual, relation: str, columns: list[tuple[Column, str]]) -> Sheet:
    dimensions = tuple(
        Dimension(column.name, column.label, relation, name, format=column.format)
        for column, name in columns
        if column.format in TEXTS
    )
    measures = tuple(
        Measure(
            column.name,
            column.label,
            "As the report has it.",
            Aggregate("sum", relation, name),
            format=column.format,
        )
        for column, name in columns
        if column.format not in TEXTS
    )
    return Sheet(visual, relation, dimensions, measures)
