"""The parameters of period and comparison, and the calculated fields that follow them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from xml.etree.ElementTree import Element, SubElement

from dashboards.bi.tableau.calculation import Calculation, aggregate_of, formula_of
from dashboards.bi.tableau.formats import change_format, number_format
from dashboards.catalogue import Measure

PARAMETERS, FOLDER = "Parameters", "Period and comparison"
PERIOD, COMPARISON, LAST_DAY = (
    f"[{PARAMETERS}].[{name}]" for name in ("Period", "Comparison", "Last day")
)
ALL, NONE, PREVIOUS, YEAR_BEFORE = "All", "None", "Previous period", "Year before"
COMPARISONS = (NONE, PREVIOUS, YEAR_BEFORE)


@dataclass(frozen=True)
class Period:
    """Hold a period that ends with the last day: days of a number, or the current unit so far."""

    name: str
    unit: str
    count: int = 1

    @property
    def first_day(self) -> str:
        """Return the formula of its first day."""
        if self.unit == "day":
            return f"DATE(DATEADD('day', -{self.count - 1}, {LAST_DAY}))"
        return f"DATE(DATETRUNC('{self.unit}', {LAST_DAY}))"


PERIODS = (
    Period("Last 7 days", "day", 7),
    Period("Last 28 days", "day", 28),
    Period("Last 90 days", "day", 90),
    Period("Month to date", "month"),
    Period("Year to date", "year"),
)
# The day on which a row counts, by its relation.
DAYS = {"fct_sales": "DATE([sold_at])", "fct_returns": "[return_date]", "dim_dates": "[full_date]"}
LISTS = {
    "Period": (ALL, *(period.name for period in PERIODS)),
    "Comparison": COMPARISONS,
}


def parameters(last_day: date, version: str) -> Element:
    """Return the data source of the parameters; the last day is that of the publication."""
    element = Element(
        "datasource", hasconnection="false", inline="true", name=PARAMETERS, version=version
    )
    SubElement(element, "aliases", enabled="yes")
    element.extend(parameter_columns(last_day).values())
    return element


def parameter_columns(last_day: date) -> dict[str, Element]:
    """Return the parameters by name."""
    listed = {f"[{name}]": _listed(name, values) for name, values in LISTS.items()}
    column = _parameter("Last day", "date", "any", f"#{last_day}#")
    return listed | {"[Last day]": column}


def _listed(name: str, values: tuple[str, ...]) -> Element:
    column = _parameter(name, "string", "list", f'"{values[0]}"')
    members = SubElement(column, "members")
    for value in values:
        SubElement(members, "member", value=f'"{value}"')
    return column


def _parameter(name: str, datatype: str, domain: str, value: str) -> Element:
    column = Element(
        "column",
        {"caption": name, "datatype": datatype, "name": f"[{name}]", "role": "measure"}
        | {"param-domain-type": domain, "value": value}
        | {"type": "nominal" if datatype == "string" else "quantitative"},
    )
    SubElement(column, "calculation", {"class": "tableau", "formula": value})
    return column


def bounds() -> Iterator[Calculation]:
    """Yield the first day of the period, and both ends of what it is compared with."""
    first = " ELSE".join(f"IF {PERIOD} = '{p.name}' THEN {p.first_day}" for p in PERIODS)
    yield _day("first_day", "First day", f"{first} END")
    yield _day("compared_first_day", "Compared from", _before("[Calculation_first_day]"))
    yield _day("compared_last_day", "Compared to", _before(LAST_DAY))


def _before(day: str) -> str:
    """Return a day as long before as the comparison says; null without period or comparison."""
    found = f"IF {COMPARISON} = '{YEAR_BEFORE}' THEN DATE(DATEADD('year', -1, {day}))"
    for p in PERIODS:
        found += f" ELSEIF {COMPARISON} = '{PREVIOUS}' AND {PERIOD} = '{p.name}'"
        found += f" THEN DATE(DATEADD('{p.unit}', -{p.count}, {day}))"
    return f"{found} END"


def _day(name: str, label: str, formula: str) -> Calculation:
    return Calculation(name, label, formula, "date", FOLDER)


def is_in_period() -> Calculation:
    """Return the field by which sheets keep the days of the period."""
    formula = _in_period(DAYS["dim_dates"])
    return Calculation("is_in_period", "In the period", formula, "boolean", FOLDER)


def _in_period(day: str) -> str:
    return f"{PERIOD} = '{ALL}' OR ([Calculation_first_day] <= {day} AND {day} <= {LAST_DAY})"


def _is_compared(day: str) -> str:
    first, last = "[Calculation_compared_first_day]", "[Calculation_compared_last_day]"
    return f"{first} <= {day} AND {day} <= {last}"


def of_tile(
    measure: Measure, fields: dict[tuple[str, str], str], currency: str
) -> Iterator[Calculation]:
    """Yield what a tile shows of a measure: in the period, compared, and the change."""
    now, before = (f"{measure.name}_{part}" for part in ("in_period", "compared"))
    kind, label = measure.format, measure.label
    for name, caption, condition, format_ in (
        (now, f"{label} in the period", _in_period, number_format(kind, currency)),
        (
            before,
            f"{label} compared",
            _is_compared,
            number_format(kind, currency, "before"),
        ),
    ):
        conditions = {relation: condition(DAYS[relation]) for relation in measure.relations}
        formula = formula_of(measure, aggregate_of(fields, conditions))
        if name == before:  # else a count of none would be 0
            formula = (
                f"IF {COMPARISON} = '{NONE}' OR {PERIOD} = '{ALL}' THEN NULL ELSE {formula} END"
            )
        yield Calculation(name, caption, formula, "real", FOLDER, "measure", format_)
    change = f"[Calculation_{now}] - [Calculation_{before}]"
    if kind != "percent":
        change = f"100 * ({change}) / ABS([Calculation_{before}])"
    label = f"{measure.label}: change"
    yield Calculation(
        f"{measure.name}_change", label, change, "real", FOLDER, "measure", change_format(kind)
    )
