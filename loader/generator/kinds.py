"""Every kind of defect that can be planted: what it does to a row, and what a pipeline should say.

A row is damaged in its place, or a damaged copy stands before it (the row itself, further down, is
then the one that counts) or after it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from loader.contract import TABLES

Row = dict[str, str]
Damage = Callable[[Row, int], Row]

# Not accepted; accepted and told of; accepted as if nothing had been done to it.
QUARANTINED, WARNED, CLEANED = "quarantined", "warned", "cleaned"
LINE, FILE = "line rejected", "file refused"
INSTEAD, BEFORE, AFTER = "instead", "before", "after"
CENT = Decimal("0.01")
AMBIGUOUS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d %b %Y")
YEAR_FIRST = ("%Y/%m/%d", "%Y%m%d", "%Y-%m-%dT00:00:00")
LOOKALIKES = str.maketrans("CTPI", "\u0421\u0422\u0420\u0406")  # Cyrillic, to the eye the same
OTHER_DIGITS = str.maketrans("0123456789", "".join(map(chr, range(0x966, 0x970))))
FAR_OFF_DAYS = 3652  # a row that says it comes from the future stays refused for ten years


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
        """Tell whether the row itself does not arrive, so that what refers to it is orphaned."""
        return self.outcome in {QUARANTINED, LINE} and self.place == INSTEAD

    @property
    def needs_lasting_email(self) -> bool:
        """Tell whether it takes an address that its owner will keep."""
        return self.rules[0] == "unique:email"


def _set(column: str, *values: str) -> Damage:
    return lambda row, number: row | {column: values[number % len(values)]}


def _change(column: str, change: Callable[[str], str]) -> Damage:
    return lambda row, _: row | {column: change(row[column])}


def _long(column: str, length: int) -> Damage:
    return _change(column, lambda text: (text + "x" * length)[: length + 1])


def _amounts(row: Row) -> tuple[int, Decimal, Decimal]:
    return int(row["quantity"]), Decimal(row["unit_price"]), Decimal(row["discount_percentage"])


def _line(row: Row, **changes: str) -> Row:
    """Return an item with a line total that fits what else was changed."""
    changed = row | changes
    quantity, price, discount = _amounts(changed)
    total = (quantity * price * (100 - discount) / 100).quantize(CENT, ROUND_HALF_UP)
    return changed | {"line_total": str(total)}


def _later(column: str) -> Damage:
    return _change(column, lambda day: str(date.fromisoformat(day) + timedelta(FAR_OFF_DAYS)))


def _written(column: str, *formats: str) -> Damage:
    def damage(row: Row, number: int) -> Row:
        day = date.fromisoformat(row[column])
        return row | {column: day.strftime(formats[number % len(formats)])}

    return damage


def _too_early(row: Row, number: int) -> Row:
    """Return an order from before its customer registered, of which the row itself cannot know."""
    registered = date.fromisoformat(row["registered_on"])
    return row | {"transaction_date": str(registered - timedelta(1 + number % 20))}


def _add(column: str, amount: str) -> Damage:
    return _change(column, lambda text: str(Decimal(text) + Decimal(amount)))


def _nulls(table: str, *columns: str) -> list[Kind]:
    return [Kind(table, (f"not_null:{column}",), _set(column, "", " ")) for column in columns]


def _types(table: str, **values: tuple[str, ...]) -> list[Kind]:
    return [Kind(table, (f"type:{name}",), _set(name, *texts)) for name, texts in values.items()]


def _lengths(table: str, **limits: int) -> list[Kind]:
    return [Kind(table, (f"length:{name}",), _long(name, limit)) for name, limit in limits.items()]


def _copies(table: str, conflict: Damage) -> list[Kind]:
    key = TABLES[table][0]
    return [
        Kind(table, (f"duplicate:{key}",), lambda row, _: row, place=BEFORE),
        Kind(table, (f"conflict:{key}",), conflict, place=BEFORE),
    ]


def _untidy(table: str, column: str, *spoilt: Callable[[str], str]) -> Kind:
    """Return format damage that cleaning undoes."""

    def damage(row: Row, number: int) -> Row:
        return row | {column: spoilt[number % len(spoilt)](row[column])}

    return Kind(table, (f"untidy:{column}",), damage, CLEANED)


def _spaced(text: str) -> str:
    return f"  {text} "


def _tabbed(text: str) -> str:
    return f"\t{text.replace(' ', '  ')} "


def _upper(name: str) -> str:
    """Return a name in capitals, if title case makes the same name of it again."""
    return name.upper() if name == name.title() and not name.startswith("Mc") else _spaced(name)


def _dotted(phone: str) -> str:
    return f" {phone.replace('-', ' ')} "


def _noted(table: str, rule: str, column: str, *spoilt: Callable[[str], str]) -> Kind:
    """Return format damage that is undone, but told of: the value could only mean one thing."""
    return Kind(
        table,
        (f"{rule}:{column}",),
        lambda row, number: row | {column: spoilt[number % len(spoilt)](row[column])},
        WARNED,
    )


def _lookalike(table: str, column: str) -> Kind:
    """Return an id with a letter of another script; what it refers to cannot be found either."""
    rules = [f"lookalike:{column}"]
    if column != TABLES[table][0]:
        rules.append(f"orphan:{column}")
    change = _change(column, lambda text: text[:1].translate(LOOKALIKES) + text[1:])
    return Kind(table, tuple(rules), change)


def _unbroken(text: str) -> str:
    return f"{text}\u00a0"


def _invisible(text: str) -> str:
    return f"{text[:1]}\u200b{text[1:]}"


def _rounded(text: str) -> str:
    return f"{text}4"


def _in_rupees(text: str) -> str:
    return f"\u20b9 {text}"


def _other_digits(text: str) -> str:
    return text.translate(OTHER_DIGITS)


def _second_account(row: Row, _: int) -> Row:
    return row | {"customer_id": f"{row['customer_id']}-2", "first_name": f"{row['first_name']} R"}


CUSTOMERS = [
    *_nulls("customers", "customer_id", "first_name", "last_name", "email", "registration_date"),
    Kind("customers", ("type:registration_date",), _written("registration_date", *AMBIGUOUS)),
    Kind("customers", ("future:registration_date",), _later("registration_date")),
    Kind("customers", ("format:email",), _change("email", lambda text: text.replace("@", " at "))),
    Kind("customers", ("unique:email",), _second_account, place=AFTER),
    *_lengths("customers", customer_id=20, first_name=100, last_name=100, city=100, state=100),
    *_lengths("customers", country=100, age_group=20),
    Kind("customers", ("length:phone",), _set("phone", "+1" + "5550100" * 8)),
    Kind("customers", ("length:email",), _change("email", lambda text: "x" * 250 + text)),
    *_copies("customers", _set("city", "Elsewhere")),
    Kind("customers", ("unknown:age_group",), _set("age_group", "50+", "36-50"), WARNED),
    _lookalike("customers", "customer_id"),
    Kind("customers", ("lookalike:email",), _change("email", lambda text: "\u0430" + text)),
    Kind("customers", ("null_word:age_group",), _set("age_group", "N/A", "NULL", "None"), WARNED),
    Kind(
        "customers",
        ("date_form:registration_date",),
        _written("registration_date", *YEAR_FIRST),
        WARNED,
    ),
    _noted("customers", "invisible", "city", _unbroken, _invisible),
    _untidy("customers", "first_name", _upper, _spaced, str.lower),
    _untidy("customers", "email", str.upper, _spaced),
    _untidy("customers", "phone", _dotted),
    _untidy("customers", "city", _spaced, _tabbed),
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
    Kind("products", ("range:price",), _set("price", "0.00", "-5.00")),
    Kind("products", ("range:cost",), lambda row, _: row | {"cost": row["price"]}),
    Kind("products", ("range:stock_quantity",), _set("stock_quantity", "-3")),
    *_lengths("products", product_id=20, product_name=200, category=100, sub_category=100),
    *_lengths("products", brand=100, supplier_id=20),
    *_copies("products", _set("brand", "Somebody Else")),
    Kind("products", ("unknown:category",), _set("category", "Miscellaneous"), WARNED),
    _lookalike("products", "product_id"),
    Kind("products", ("lookalike:supplier_id",), _set("supplier_id", "S\u0423P001")),
    _noted("products", "currency", "price", _in_rupees),
    _noted("products", "rounded", "cost", _rounded),
    _noted("products", "invisible", "product_name", _unbroken, _invisible),
    _untidy("products", "product_name", _spaced, _tabbed),
    _untidy("products", "category", str.upper, str.lower, _spaced),
]
TRANSACTIONS = [
    *_nulls("transactions", "transaction_id", "customer_id", "transaction_date"),
    *_nulls("transactions", "transaction_time", "payment_method", "total_amount"),
    Kind("transactions", ("type:transaction_date",), _written("transaction_date", *AMBIGUOUS)),
    *_types(
        "transactions", transaction_time=("25:61:00", "9 pm"), total_amount=("$500", "1.299,00")
    ),
    Kind("transactions", ("range:total_amount",), _change("total_amount", lambda text: f"-{text}")),
    Kind("transactions", ("future:transaction_date",), _later("transaction_date")),
    Kind("transactions", ("orphan:customer_id",), _change("customer_id", lambda text: f"{text}-X")),
    *_lengths("transactions", transaction_id=20, payment_method=50, shipping_address=500),
    Kind("transactions", ("length:customer_id", "orphan:customer_id"), _long("customer_id", 20)),
    *_copies("transactions", _set("transaction_time", "00:00:01")),
    Kind(
        "transactions",
        ("unknown:payment_method",),
        _set("payment_method", "Barter", "Cheque"),
        WARNED,
    ),
    Kind("transactions", ("before_registration:transaction_date",), _too_early, WARNED),
    Kind("transactions", ("total:total_amount",), _add("total_amount", "10.00"), WARNED),
    Kind(
        "transactions",
        ("double_order:transaction_id", "total:total_amount"),
        _change("transaction_id", lambda text: f"{text}-2"),
        WARNED,
        AFTER,
    ),
    _lookalike("transactions", "transaction_id"),
    _lookalike("transactions", "customer_id"),
    Kind(
        "transactions",
        ("date_form:transaction_date",),
        _written("transaction_date", *YEAR_FIRST),
        WARNED,
    ),
    _noted("transactions", "currency", "total_amount", _in_rupees),
    _noted("transactions", "invisible", "payment_method", _unbroken, _invisible),
    _untidy("transactions", "payment_method", str.lower, str.upper, _spaced),
    _untidy("transactions", "shipping_address", _spaced),
]
ITEMS = [
    *_nulls("transaction_items", "item_id", "transaction_id", "product_id", "quantity"),
    *_nulls("transaction_items", "unit_price", "discount_percentage", "line_total"),
    *_types(
        "transaction_items",
        quantity=("two", "1.5"),
        unit_price=("five", "NaN"),
        discount_percentage=("10%",),
        line_total=("1.299,00", "?"),
    ),
    *_lengths("transaction_items", item_id=20),
    Kind(
        "transaction_items",
        ("length:transaction_id", "orphan:transaction_id"),
        _long("transaction_id", 20),
    ),
    Kind("transaction_items", ("length:product_id", "orphan:product_id"), _long("product_id", 20)),
    Kind("transaction_items", ("range:quantity",), lambda row, _: _line(row, quantity="0")),
    Kind("transaction_items", ("range:unit_price",), lambda row, _: _line(row, unit_price="0.00")),
    Kind(
        "transaction_items",
        ("range:discount_percentage",),
        lambda row, _: _line(row, discount_percentage="-10"),
    ),
    Kind(
        "transaction_items",
        ("range:line_total", "formula:line_total"),
        _change("line_total", lambda text: f"-{text}"),
    ),
    Kind("transaction_items", ("formula:line_total",), _add("line_total", "1.00")),
    Kind(
        "transaction_items",
        ("orphan:transaction_id",),
        _change("transaction_id", lambda text: f"{text}-X"),
    ),
    Kind(
        "transaction_items", ("orphan:product_id",), _change("product_id", lambda text: f"{text}-X")
    ),
    *_copies(
        "transaction_items", lambda row, _: _line(row, quantity=str(int(row["quantity"]) + 1))
    ),
    _lookalike("transaction_items", "item_id"),
    _lookalike("transaction_items", "transaction_id"),
    _lookalike("transaction_items", "product_id"),
    _noted("transaction_items", "digits", "quantity", _other_digits),
    _noted("transaction_items", "rounded", "line_total", _rounded),
    _untidy("transaction_items", "quantity", _spaced),
]
# Damage to a line as such, by rule: only where it is asked for by name.
LINES: dict[str, Callable[[bytes], bytes]] = {
    "field_count": lambda line: line[: line.rfind(b",")],
    "quote_in_value": lambda line: line.replace(b",", b'a"b"c,', 1),
    "text_after_quote": lambda line: b'"' + line.replace(b",", b'"x,', 1),
    "nul_byte": lambda line: line.replace(b",", b"\0,", 1),
    "carriage_return": lambda line: line.replace(b",", b"\r,", 1),
    "line_end": lambda line: line + b"\r",
    "empty_line": lambda _: b"",
    "end_marker": lambda _: rb"\.",
    "encoding": lambda line: line.replace(b",", b"\xe9,", 1),
}
OF_ROWS: dict[str, list[Kind]] = {
    "customers": CUSTOMERS,
    "products": PRODUCTS,
    "transactions": TRANSACTIONS,
    "transaction_items": ITEMS,
}
OF_LINES: dict[str, list[Kind]] = {
    table: [
        Kind(table, (rule,), lambda row, _: row, FILE if rule == "encoding" else LINE)
        for rule in LINES
    ]
    for table in TABLES
}
# Rows that arrive a day after those that refer to them.
HELD_BACK = ("customers.late", "transactions.late")
NAMES = (
    *(kind.name for kinds in (OF_ROWS, OF_LINES) for table in kinds.values() for kind in table),
    *HELD_BACK,
)
