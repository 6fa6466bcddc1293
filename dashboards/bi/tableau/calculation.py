"""Calculated fields of the workbook: dimensions that no relation holds, and the metrics."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from dashboards.bi.tableau.formats import number_format
from dashboards.catalogue import MEASURES, RETURNS, Aggregate, Measure
from dashboards.catalogue.star import DISCOUNT_BOUNDS, DISCOUNT_RANGES

FUNCTIONS = {"sum": "SUM", "count_distinct": "COUNTD", "max": "MAX"}
DIMENSIONS_FOLDER, MEASURES_FOLDER = "Calculated dimensions", "Measures"
Formula = Callable[[Aggregate], str]


@dataclass(frozen=True)
class Calculation:
    """Hold a calculated field: what it is called, how it is computed, shown and filed."""

    name: str
    label: str
    formula: str
    datatype: str
    folder: str
    role: str = "dimension"
    format: str = ""
    definition: str = ""

    @property
    def field(self) -> str:
        """Return the field's name, without brackets."""
        return f"Calculation_{self.name}"

    def element(self) -> Element:
        """Return the field as the workbook declares it."""
        ordered = {"integer", "date"}
        group = "ordinal" if self.datatype in ordered else "nominal"
        element = Element(
            "column",
            {
                "caption": self.label,
                "datatype": self.datatype,
                "name": f"[{self.field}]",
                "role": self.role,
                "type": "quantitative" if self.role == "measure" else group,
            },
        )
        if self.format:
            element.set("default-format", self.format)
        SubElement(element, "calculation", {"class": "tableau", "formula": self.formula})
        if self.definition:
            text = SubElement(SubElement(element, "desc"), "formatted-text")
            SubElement(text, "run").text = self.definition
        return element


# First bought in the month of the sale: both sides are of the tree of the sales.
IS_FIRST_MONTH = "LEFT(STR([date_key]), 6) = REPLACE([first_purchase_month], '-', '')"
DISCOUNT_RANGE = " ".join(
    (
        f"IF [discount_pct] = 0 THEN '{DISCOUNT_RANGES[0]}'",
        *(
            f"ELSEIF [discount_pct] <= {bound} THEN '{name}'"
            for bound, name in zip(DISCOUNT_BOUNDS, DISCOUNT_RANGES[1:], strict=False)
        ),
        f"ELSE '{DISCOUNT_RANGES[-1]}' END",
    )
)
DIMENSIONS = (
    ("hour", "Hour", "DATEPART('hour', [sold_at])", "integer"),
    ("discount_range", "Discount range", DISCOUNT_RANGE, "string"),
    ("customer_kind", "Customer kind", f"IF {IS_FIRST_MONTH} THEN 'New' ELSE 'Returning' END", ""),
)


def calculated_dimensions() -> list[Calculation]:
    """Return the dimensions that no relation holds as a column."""
    return [
        Calculation(name, label, formula, datatype or "string", DIMENSIONS_FOLDER)
        for name, label, formula, datatype in DIMENSIONS
    ]


def measures_of(relations: Iterable[str]) -> dict[str, Measure]:
    """Return the measures that relations can give."""
    known = set(relations)
    return {name: measure for name, measure in MEASURES.items() if measure.relations <= known}


def calculated_measure(measure: Measure, aggregate: Formula, currency: str) -> Calculation:
    """Return a measure as a calculated field."""
    return Calculation(
        measure.name,
        measure.label,
        formula_of(measure, aggregate),
        "integer" if measure.format == "count" else "real",
        MEASURES_FOLDER if RETURNS not in measure.relations else f"{MEASURES_FOLDER} after returns",
        "measure",
        number_format(measure.format, currency),
        measure.definition,
    )


def formula_of(measure: Measure, aggregate: Formula) -> str:
    """Return a measure's formula; a division by 0 is null in Tableau as it is."""
    terms = map(aggregate, (measure.numerator, *measure.less))
    above = " - ".join(f"ZN({term})" if measure.or_zero else term for term in terms)
    if measure.denominator is None:
        return above
    return f"{measure.scale}.0 * {above} / {aggregate(measure.denominator)}"


def aggregate_of(fields: dict[tuple[str, str], str], conditions: dict[str, str]) -> Formula:
    """Return how an aggregate is written: over all rows of a relation, or those of a condition."""

    def formula(aggregate: Aggregate) -> str:
        field = f"[{fields[aggregate.relation, aggregate.column]}]"
        condition = conditions.get(aggregate.relation)
        rows = f"IF {condition} THEN {field} END" if condition else field
        return f"{FUNCTIONS[aggregate.function]}({rows})"

    return formula
