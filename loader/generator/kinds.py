"""Every kind of defect that can be planted: what it does to a row, and what a pipeline should say.

A row is damaged in its place, or a damaged copy stands before it (the row itself, further down, is
then the one that counts) or after it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from loader.contract import REQUIRED_TABLES, TABLES
from loader.generator.spoiling import (
    AMBIGUOUS,
    LINES,
    YEAR_FIRST,
    Damage,
    in_rupees,
    increased,
    invisible,
    item_with,
    lengthened,
    lookalike,
    loose,
    negative,
    one_more,
    other_digits,
    overprecise,
    put_off,
    replaced,
    second_account,
    spaced,
    spoilt,
    tabbed,
    too_early,
    unbroken,
    unchanged,
    unknown,
    upper,
    written,
)

# Not accepted; accepted and told of; accepted as if nothing had been done to it.
QUARANTINED, WARNED, CLEANED = "quarantined", "warned", "cleaned"
LINE, FILE = "line rejected", "file refused"
INSTEAD, BEFORE, AFTER = "instead", "before", "after"


@dataclass(frozen=True)
class Kind:
    """Describe a kind of defect; `rules` are all that it breaks, and the first one names it."""

    table: str
    rules: tuple[str, ...]
    damage: Damage
    outcome: str = QUARANTINED
    place: str = INSTEAD

    @property
    def name(self) -> str:
        """Return the kind's name: table.rule."""
        return f"{self.table}.{self.rules[0]}"

    @property
    def loses_row(self) -> bool:
        """Return whether the row itself does not arrive, so that what refers to it is orphaned."""
        return self.outcome in {QUARANTINED, LINE} and self.place == INSTEAD

    @property
    def needs_lasting_email(self) -> bool:
        """Return whether it takes an address that its owner will keep."""
        return self.rules[0] == "unique:email"


def _nulls(table: str, *columns: str) -> list[Kind]:
    return [Kind(table, (f"not_null:{column}",), replaced(column, "", " ")) for column in columns]


def _types(table: str, **values: tuple[str, ...]) -> list[Kind]:
    return [
        Kind(table, (f"type:{name}",), replaced(name, *texts)) for name, texts in values.items()
    ]


def _lengths(table: str, **limits: int) -> list[Kind]:
    return [
        Kind(table, (f"length:{name}",), lengthened(name, limit)) for name, limit in limits.items()
    ]


def _copies(table: str, conflict: Damage) -> list[Kind]:
    key = TABLES[table][0]
    return [
        Kind(table, (f"duplicate:{key}",), unchanged, place=BEFORE),
        Kind(table, (f"conflict:{key}",), conflict, place=BEFORE),
    ]


def _orphan(table: str, column: str) -> Kind:
    return Kind(table, (f"orphan:{column}",), spoilt(column, unknown))


def _long_reference(table: str, column: str) -> Kind:
    """Return an id that is too long, and so one that nothing has."""
    return Kind(table, (f"length:{column}", f"orphan:{column}"), lengthened(column, 20))


def _lookalike(table: str, column: str) -> Kind:
    """Return an id with a letter of another script; what it refers to cannot be found either."""
    orphan = (f"orphan:{column}",) if column != TABLES[table][0] else ()
    return Kind(table, (f"lookalike:{column}", *orphan), spoilt(column, lookalike))


def _untidy(table: str, column: str, *ways: Callable[[str], str]) -> Kind:
    """Return format damage that cleaning undoes."""
    return Kind(table, (f"untidy:{column}",), spoilt(column, *ways), CLEANED)


def _noted(table: str, rule: str, column: str, *ways: Callable[[str], str]) -> Kind:
    """Return format damage that is undone, but told of: the value could only mean one thing."""
    return Kind(table, (f"{rule}:{column}",), spoilt(column, *ways), WARNED)


def _year_first(table: str, column: str) -> Kind:
    """Return a date in a form that is beyond doubt."""
    return Kind(table, (f"date_form:{column}",), written(column, *YEAR_FIRST), WARNED)


CUSTOMERS = [
    *_nulls("customers", "customer_id", "first_name", "last_name", "email", "registration_date"),
    Kind("customers", ("type:registration_date",), written("registration_date", *AMBIGUOUS)),
    Kind("customers", ("future:registration_date",), put_off("registration_date")),
    Kind("customers", ("format:email",), spoilt("email", lambda text: text.replace("@", " at "))),
    Kind("customers", ("unique:email",), second_account, place=AFTER),
    *_lengths("customers", customer_id=20, first_name=100, last_name=100, city=100, state=100),
    *_lengths("customers", country=100, age_group=20),
    Kind("customers", ("length:phone",), replaced("phone", "+1" + "5550100" * 8)),
    Kind("customers", ("length:email",), spoilt("email", lambda text: "x" * 250 + text)),
    *_copies("customers", replaced("city", "Elsewhere")),
    Kind("customers", ("unknown:age_group",), replaced("age_group", "50+", "36-50"), WARNED),
    _lookalike("customers", "customer_id"),
    Kind("customers", ("lookalike:email",), spoilt("email", lambda text: "\u0430" + text)),
    Kind(
        "customers", ("null_word:age_group",), replaced("age_group", "N/A", "NULL", "None"), WARNED
    ),
    _year_first("customers", "registration_date"),
    _noted("customers", "invisible", "city", unbroken, invisible),
    _untidy("customers", "first_name", upper, spaced, str.lower),
    _untidy("customers", "email", str.upper, spaced),
    _untidy("customers", "phone", loose),
    _untidy("customers", "city", spaced, tabbed),
]
PRODUCTS = [
    *_nulls("products", "product_id", "product_name", "category", "price", "cost"),
    *_nulls("products", "stock_quantity"),
    *_types(
        "products",
        price=("five", "1.299,00", "1e3"),
        cost=("free", "12,50"),
        stock_quantity=("many", "2.5"),
    ),
    Kind("products", ("range:price",), replaced("price", "0.00", "-5.00")),
    Kind("products", ("range:cost",), lambda row, _: row | {"cost": row["price"]}),
    Kind("products", ("range:stock_quantity",), replaced("stock_quantity", "-3")),
    *_lengths("products", product_id=20, product_name=200, category=100, sub_category=100),
    *_lengths("products", brand=100, supplier_id=20),
    *_copies("products", replaced("brand", "Somebody Else")),
    Kind("products", ("unknown:category",), replaced("category", "Miscellaneous"), WARNED),
    _lookalike("products", "product_id"),
    Kind("products", ("lookalike:supplier_id",), replaced("supplier_id", "S\u0423P001")),
    _noted("products", "currency", "price", in_rupees),
    _noted("products", "rounded", "cost", overprecise),
    _noted("products", "invisible", "product_name", unbroken, invisible),
    _untidy("products", "product_name", spaced, tabbed),
    _untidy("products", "category", str.upper, str.lower, spaced),
]
TRANSACTIONS = [
    *_nulls("transactions", "transaction_id", "customer_id", "transaction_date"),
    *_nulls("transactions", "transaction_time", "payment_method", "total_amount"),
    Kind("transactions", ("type:transaction_date",), written("transaction_date", *AMBIGUOUS)),
    *_types(
        "transactions", transaction_time=("25:61:00", "9 pm"), total_amount=("$500", "1.299,00")
    ),
    Kind("transactions", ("range:total_amount",), spoilt("total_amount", negative)),
    Kind("transactions", ("future:transaction_date",), put_off("transaction_date")),
    _orphan("transactions", "customer_id"),
    *_lengths("transactions", transaction_id=20, payment_method=50, shipping_address=500),
    _long_reference("transactions", "customer_id"),
    *_copies("transactions", replaced("transaction_time", "00:00:01")),
    Kind(
        "transactions",
        ("unknown:payment_method",),
        replaced("payment_method", "Barter", "Cheque"),
        WARNED,
    ),
    Kind("transactions", ("before_registration:transaction_date",), too_early, WARNED),
    Kind("transactions", ("total:total_amount",), increased("total_amount", "10.00"), WARNED),
    Kind(
        "transactions",
        ("double_order:transaction_id", "total:total_amount"),
        spoilt("transaction_id", lambda text: f"{text}-2"),
        WARNED,
        AFTER,
    ),
    _lookalike("transactions", "transaction_id"),
    _lookalike("transactions", "customer_id"),
    _year_first("transactions", "transaction_date"),
    _noted("transactions", "currency", "total_amount", in_rupees),
    _noted("transactions", "invisible", "payment_method", unbroken, invisible),
    _untidy("transactions", "payment_method", str.lower, str.upper, spaced),
    _untidy("transactions", "shipping_address", spaced),
]
ITEMS = [
    *_nulls("transaction_items", "item_id", "transaction_id", "product_id", "quantity"),
    *_nulls("transaction_items", "unit_price", "discount_percentage", "line_total"),
    *_types(
        "transaction_items",
        quantity=("two", "1.5"),
        unit_price=("five", "NaN"),
        discount_percentage=("10 pct",),
        line_total=("1.299,00", "?"),
    ),
    *_lengths("transaction_items", item_id=20),
    _long_reference("transaction_items", "transaction_id"),
    _long_reference("transaction_items", "product_id"),
    Kind("transaction_items", ("range:quantity",), item_with(quantity="0")),
    Kind("transaction_items", ("range:unit_price",), item_with(unit_price="0.00")),
    Kind(
        "transaction_items",
        ("range:discount_percentage",),
        item_with(discount_percentage="-10"),
    ),
    Kind(
        "transaction_items",
        ("range:line_total", "formula:line_total"),
        spoilt("line_total", negative),
    ),
    Kind("transaction_items", ("formula:line_total",), increased("line_total", "1.00")),
    _orphan("transaction_items", "transaction_id"),
    _orphan("transaction_items", "product_id"),
    *_copies("transaction_items", one_more),
    _lookalike("transaction_items", "item_id"),
    _lookalike("transaction_items", "transaction_id"),
    _lookalike("transaction_items", "product_id"),
    _noted("transaction_items", "digits", "quantity", other_digits),
    _noted("transaction_items", "rounded", "line_total", overprecise),
    _untidy("transaction_items", "quantity", spaced),
]
OF_ROWS: dict[str, list[Kind]] = {
    "customers": CUSTOMERS,
    "products": PRODUCTS,
    "transactions": TRANSACTIONS,
    "transaction_items": ITEMS,
}
OF_LINES: dict[str, list[Kind]] = {
    table: [Kind(table, (rule,), unchanged, FILE if rule == "encoding" else LINE) for rule in LINES]
    for table in REQUIRED_TABLES
}
# Rows that arrive a day after those that refer to them.
HELD_BACK = ("customers.late", "transactions.late")
NAMES = (
    *(kind.name for kinds in (OF_ROWS, OF_LINES) for table in kinds.values() for kind in table),
    *HELD_BACK,
)
