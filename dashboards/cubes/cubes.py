"""Which aggregated cubes the site ships, and which of them answers which figure.

A cube is what is left of the sales when rows that no filter and no visual can tell apart are added
up. Its size is bounded by its dimensions, and by CELLS: what is older than fits is left out of this
cube, newest months first, and the pages say so.
"""

from dataclasses import dataclass

from dashboards.catalogue import (
    ALL_FILTERS,
    FACT,
    MEASURES,
    RETURNS,
    Aggregate,
    Measure,
    Visual,
)

# The most cells that a cube may have.
CELLS = 1_000_000
# How many more it may have by day than by month; of what tiles compare, a year of days is wanted.
CELLS_BY_DAY, CELLS_COMPARED = 100_000, 350_000
# Which months are known by day as long as they fit, in months before the newest: where the periods
# that a page offers begin and end, and those that they are compared with. Then the others.
WANTED_BY_DAY = (0, 1, 12, 3, 2, 6, 13, 4, 5, 15, 14)

# What a stored code stands for. A part is a day, or a whole month of which no days are shipped.
CODES: dict[str, tuple[str, ...]] = {
    "part": ("month",),
    "day": ("day", "month"),
    "place": ("country", "state"),
    "payment_method": ("payment_method",),
    "category": ("category",),
    "category_set": ("category",),
    "age_group": ("age_group",),
    "brand": ("category", "brand"),
    "item": (
        *("product_id", "product_name", "product_category", "product_brand"),
        *("category", "brand"),
    ),
    "discount_range": ("discount_range",),
    "reason": ("reason",),
    "slot": ("weekday", "hour"),
    "customer": (
        "customer_id",
        "full_name",
        "segment",
        "cohort_month",
        "recency_score",
        "frequency_score",
        "value_band",
    ),
}

# Gross is revenue and discount, which is often 0 and so takes half the room.
SUMS = ("revenue", "discount", "cost", "units")
RETURN_SUMS = ("returns", "returned_cost", "units_returned")


@dataclass(frozen=True)
class Cube:
    """Name the codes that tell a cube's cells apart, and what of a fact is added up in them."""

    name: str
    codes: tuple[str, ...]
    sums: tuple[str, ...]
    by_day: int = CELLS_BY_DAY
    fact: str = FACT

    @property
    def dimensions(self) -> set[str]:
        """Return the dimensions of the catalogue that the cube knows."""
        known = {dimension for code in self.codes for dimension in CODES[code]}
        if {"customer", "part"} <= set(self.codes):
            known |= {"months_since", "customer_kind"}
        return known


# The smallest that knows what a visual asks for answers it.
CUBES = (
    Cube("sales", ("part", "place", "payment_method", "category"), SUMS, CELLS_COMPARED),
    Cube("brands", ("part", "place", "payment_method", "brand"), SUMS, 2 * CELLS_BY_DAY),
    Cube(
        "discounts",
        ("part", "place", "payment_method", "brand", "discount_range"),
        ("revenue", "cost", "units", "lines"),
    ),
    Cube("days", ("day", "place", "payment_method", "category"), ("revenue",)),
    Cube("hours", ("part", "place", "payment_method", "category", "slot"), ("revenue",)),
    Cube("items", ("part", "place", "payment_method", "item"), SUMS),
    # a transaction has one place, time and payment method, and a set of categories
    Cube(
        "orders",
        ("part", "place", "payment_method", "category_set"),
        ("transactions",),
        CELLS_COMPARED,
    ),
    # where customers are told apart; a segment is not that of a sale, but of a customer today
    Cube(
        "customer_orders",
        ("part", "place", "payment_method", "category_set", "age_group", "customer"),
        ("transactions",),
        CELLS_COMPARED,
    ),
    # in order of customers, so that different ones can be counted in one pass
    Cube(
        "activity",
        ("customer", "place", "part", "payment_method", "category", "age_group"),
        ("revenue",),
        CELLS_COMPARED,
    ),
    # returns on their day, of the place, method and product of their sale
    Cube(
        "returns",
        ("part", "place", "payment_method", "category"),
        RETURN_SUMS,
        CELLS_COMPARED,
        RETURNS,
    ),
    Cube(
        "returned_items",
        ("part", "place", "payment_method", "item", "reason"),
        RETURN_SUMS,
        CELLS_COMPARED,
        RETURNS,
    ),
)

Source = dict[str, object]  # what the site computes a figure from, as JSON

# What an aggregate of the fact is, in sums of a cube.
TERMS: dict[str, dict[str, int]] = {
    "revenue_amount": {"revenue": 1},
    "gross_amount": {"revenue": 1, "discount": 1},
    "discount_amount": {"discount": 1},
    "cost_amount": {"cost": 1},
    "profit_amount": {"revenue": 1, "cost": -1},
    "quantity": {"units": 1},
    "item_id": {"lines": 1},  # an item is one line, so that different ones add up
    "refund_amount": {"returns": 1},
    "returned_quantity": {"units_returned": 1},
    "lost_profit_amount": {"returns": 1, "returned_cost": -1},
}
LIFETIME = {"total_spent": "lifetime_value", "transaction_count": "lifetime_transactions"}


# What is counted: a sum of those whose cells tell them apart, or in the cube of customers.
COUNTED = {"transaction_id": ({"transactions"}, None), "customer_id": (set[str](), "activity")}


def asked_of(visual: Visual) -> tuple[str, ...]:
    """Return the dimensions that a visual's cubes must know: what it groups and is filtered by."""
    filters = (ALL_FILTERS[name].dimension for name in visual.filters)
    return (*visual.dimensions, *filters)


def source(aggregate: Aggregate, dimensions: tuple[str, ...]) -> Source:
    """Return how the site computes an aggregate of the catalogue: from which cube, which terms.

    Raises:
        LookupError: no cube knows all the dimensions together.
    """
    if aggregate.column in LIFETIME and aggregate.relation != FACT:
        return {"cube": "activity", "attribute": LIFETIME[aggregate.column]}
    if aggregate.function == "count_distinct" and aggregate.column not in TERMS:
        cube = _first(dimensions, *COUNTED[aggregate.column])
        return {"cube": cube.name, "count": aggregate.column}
    terms = TERMS[aggregate.column]
    found: Source = {"cube": _first(dimensions, set(terms)).name, "terms": terms}
    return found | ({"none": 0} if aggregate.relation == RETURNS else {})


def numerator(measure: Measure, dimensions: tuple[str, ...]) -> Source | list[Source]:
    """Return how the site computes a measure's numerator: the sum of a list, where it is one.

    It comes from the cube of the denominator where that has it: a page may then need one less.
    """
    first = source(measure.numerator, dimensions)
    terms = set(TERMS.get(measure.numerator.column, ()))
    if measure.denominator and terms:
        beside = source(measure.denominator, dimensions)["cube"]
        if any(cube.name == beside and terms <= set(cube.sums) for cube in CUBES):
            first["cube"] = beside
    if not measure.less:
        return first
    others = [source(aggregate, dimensions) for aggregate in measure.less]
    negated = [
        one | {"terms": {term: -sign for term, sign in TERMS[aggregate.column].items()}}
        for aggregate, one in zip(measure.less, others, strict=True)
    ]
    return [first, *negated]


def cubes_of(visual: Visual) -> set[str]:
    """Return the cubes that answer a visual."""
    found = []
    for measure in (MEASURES[name] for name in visual.measures):
        above = numerator(measure, asked_of(visual))
        found += above if isinstance(above, list) else [above]
        if measure.denominator:
            found.append(source(measure.denominator, asked_of(visual)))
    return {str(one["cube"]) for one in found}


def _first(dimensions: tuple[str, ...], sums: set[str], name: str | None = None) -> Cube:
    for cube in CUBES:
        fits = cube.name == name if name else bool(sums) and sums <= set(cube.sums)
        if fits and set(dimensions) <= cube.dimensions:
            return cube
    raise LookupError(f"no cube has {sorted(sums) or name} by {', '.join(dimensions)}")
