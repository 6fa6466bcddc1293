"""What a page is made of: pure data that the site, Tableau, Power BI and the tests read alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Format = Literal["money", "count", "percent", "decimal", "text", "date", "month"]


@dataclass(frozen=True)
class Dimension:
    """Name what figures are grouped or filtered by: a column of a relation of mart.

    `expression` is SQL over the star for what no relation holds as a column (`column` is then
    empty); it names its relations as they are in mart. `values` are the possible values in their
    natural order; without them they stand in the order of the values themselves.
    """

    name: str
    label: str
    relation: str
    column: str = ""
    expression: str | None = None
    values: tuple[str, ...] = ()
    format: Format = "text"

    @property
    def sql(self) -> str:
        """Return the SQL expression over the star."""
        return self.expression or f"{self.relation}.{self.column}"

    def values_from(self, week_start: str) -> tuple[str, ...]:
        """Return the values in order; those that are days of the week from its first day on."""
        first = self.values.index(week_start) if week_start in self.values else 0
        return self.values[first:] + self.values[:first]


@dataclass(frozen=True)
class Aggregate:
    """Aggregate one column of a relation of mart over the rows of the star."""

    function: Literal["sum", "count_distinct", "max"]
    relation: str
    column: str

    @property
    def sql(self) -> str:
        """Return the SQL expression over the star."""
        column = f"{self.relation}.{self.column}"
        return (
            f"count(distinct {column})"
            if self.function == "count_distinct"
            else (f"{self.function}({column})")
        )


@dataclass(frozen=True)
class Measure:
    """Define a figure once: an aggregate, or `scale` times a ratio of two (a ratio of sums).

    `less` are aggregates that are subtracted from the numerator; with `or_zero` these and the
    numerator count 0 where there are no rows.
    """

    name: str
    label: str
    definition: str
    numerator: Aggregate
    denominator: Aggregate | None = None
    scale: int = 1
    less: tuple[Aggregate, ...] = ()
    or_zero: bool = False
    format: Format = "money"

    @property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """Return all that the figure is computed from."""
        return (self.numerator, *self.less, *filter(None, (self.denominator,)))

    @property
    def relations(self) -> set[str]:
        """Return the relations that the figure takes."""
        return {aggregate.relation for aggregate in self.aggregates}

    @property
    def sql(self) -> str:
        """Return the SQL expression over the star; null where the denominator is 0."""
        return self.sql_of(lambda aggregate: aggregate.sql)

    def sql_of(self, written: Callable[[Aggregate], str]) -> str:
        """Return the SQL expression, given that of an aggregate."""
        terms = map(written, (self.numerator, *self.less))
        above = " - ".join(f"coalesce({term}, 0)" if self.or_zero else term for term in terms)
        if self.denominator is None:
            return above
        return f"{self.scale}.0 * {above} / nullif({written(self.denominator)}, 0)"


@dataclass(frozen=True)
class Derived:
    """Name a column computed from the visual's own rows, after grouping: how, and from which one.

    rank, share (percent of the total), running_share (from the first row down), abc_class (A to
    80 %, B to 95 %, C), previous_year (the value of the same month a year before, up to the same
    day in a month that is not over), expected and is_anomaly (see docs/dashboards.md), per_base
    (percent of base: the column's group total at the beginning, for cohorts).
    """

    name: str
    label: str
    rule: str
    of: str
    format: Format = "percent"


@dataclass(frozen=True)
class Report:
    """Name the relation of mart that gives a visual's figures unfiltered, column by field."""

    relation: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Column:
    """Name a column that a visual shows as its relation has it, without aggregating."""

    name: str
    label: str
    format: Format = "text"


@dataclass(frozen=True)
class Visual:
    """Describe one chart or table: its title in the field's words, and the question it answers.

    It either groups the star (`dimensions`, `measures`, `derived`) or shows a relation of mart as
    it is (`relation`, `columns`). The filters of all pages act on it unless `filters` says which,
    and `note` then tells the reader why; `period` is the dimension that the period acts on.
    `kind` is the function in dashboards/charts that draws it. `sort` are fields, with a minus
    where they descend; `limit` keeps the first rows. `condition` is SQL over the relation:
    which rows are shown; `counted` are conditions by name, and how many rows fulfil them is said.
    `line` is a value that a line marks. `look` is a note on the picture alone. `wide` is as wide as
    the page, `tall` as high as two others.
    """

    id: str
    title: str
    question: str
    kind: str
    dimensions: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    derived: tuple[Derived, ...] = ()
    relation: str | None = None
    columns: tuple[Column, ...] = ()
    report: Report | None = None
    sort: tuple[str, ...] = ()
    limit: int | None = None
    condition: str = ""
    counted: tuple[tuple[str, str], ...] = ()
    line: int | None = None
    filters: tuple[str, ...] = ("period", "category", "country", "state", "payment_method")
    period: str = "month"
    note: str = ""
    look: str = ""
    wide: bool = False
    tall: bool = False


@dataclass(frozen=True)
class Filter:
    """Name a filter and the dimension it acts on; period is a first and a last day or month."""

    name: str
    label: str
    dimension: str


@dataclass(frozen=True)
class Drill:
    """Describe what a page shows of one product or customer, named by the dimension `of`.

    `name` is the dimension that is its name, `facts` are dimensions and measures that its
    dictionary has; `last` is what its last sale is called. The visuals follow the page's filters.
    """

    of: str
    name: str
    facts: tuple[str, ...]
    last: str
    visuals: tuple[Visual, ...]


@dataclass(frozen=True)
class Page:
    """Describe a page: its key figures, then its visuals in reading order."""

    id: str
    title: str
    intro: str
    visuals: tuple[Visual, ...]
    drill: Drill | None = None
