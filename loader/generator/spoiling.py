"""What damage makes of a row's values, and of a line; the kinds say where it is done, and why.

What can be done in several ways takes them in turn, by a number that goes with the row.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

Row = dict[str, str]
Damage = Callable[[Row, int], Row]

CENT = Decimal("0.01")
AMBIGUOUS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d %b %Y")
YEAR_FIRST = ("%Y/%m/%d", "%Y%m%d", "%Y-%m-%dT00:00:00")
LOOKALIKES = str.maketrans("CTPI", "\u0421\u0422\u0420\u0406")  # Cyrillic, to the eye the same
OTHER_DIGITS = str.maketrans("0123456789", "".join(map(chr, range(0x966, 0x970))))
FAR_OFF_DAYS = 3652  # a row that says it comes from the future stays refused for ten years


def replaced(column: str, *values: str) -> Damage:
    """Put another value in the place of a column's."""
    return lambda row, number: row | {column: values[number % len(values)]}


def spoilt(column: str, *ways: Callable[[str], str]) -> Damage:
    """Make something else of a column's value."""
    return lambda row, number: row | {column: ways[number % len(ways)](row[column])}


def lengthened(column: str, limit: int) -> Damage:
    """Make a value one character longer than its column holds."""
    return spoilt(column, lambda text: (text + "x" * limit)[: limit + 1])


def increased(column: str, amount: str) -> Damage:
    """Add to an amount."""
    return spoilt(column, lambda text: str(Decimal(text) + Decimal(amount)))


def put_off(column: str) -> Damage:
    """Move a date into the future."""
    return spoilt(column, lambda day: str(date.fromisoformat(day) + timedelta(FAR_OFF_DAYS)))


def written(column: str, *formats: str) -> Damage:
    """Write a date in another form."""

    def damage(row: Row, number: int) -> Row:
        day = date.fromisoformat(row[column])
        return row | {column: day.strftime(formats[number % len(formats)])}

    return damage


def unchanged(row: Row, _: int) -> Row:
    """Leave a row as it is: that it stands twice is the damage, or its line is damaged."""
    return row


def item_with(**changes: str) -> Damage:
    """Change an item, with a line total that fits the change."""
    return lambda row, _: _with_line_total(row | changes)


def one_more(row: Row, _: int) -> Row:
    """Return an item with another quantity and a line total that fits it."""
    return _with_line_total(row | {"quantity": str(int(row["quantity"]) + 1)})


def _with_line_total(row: Row) -> Row:
    quantity, price = int(row["quantity"]), Decimal(row["unit_price"])
    paid_pct = 100 - Decimal(row["discount_percentage"])
    total = (quantity * price * paid_pct / 100).quantize(CENT, ROUND_HALF_UP)
    return row | {"line_total": str(total)}


def too_early(row: Row, number: int) -> Row:
    """Return an order from before its customer registered, of which the row itself cannot know."""
    registered = date.fromisoformat(row["registered_on"])
    return row | {"transaction_date": str(registered - timedelta(1 + number % 20))}


def second_account(row: Row, _: int) -> Row:
    """Return another customer of the same e-mail address."""
    return row | {"customer_id": f"{row['customer_id']}-2", "first_name": f"{row['first_name']} R"}


def spaced(text: str) -> str:
    """Put spaces around a text."""
    return f"  {text} "


def tabbed(text: str) -> str:
    """Put white space around a text and double the spaces in it."""
    return f"\t{text.replace(' ', '  ')} "


def upper(name: str) -> str:
    """Return a name in capitals, if title case makes the same name of it again."""
    return name.upper() if name == name.title() and not name.startswith("Mc") else spaced(name)


def loose(phone: str) -> str:
    """Write a phone number with spaces."""
    return f" {phone.replace('-', ' ')} "


def unbroken(text: str) -> str:
    """Put a space that does not break behind a text."""
    return f"{text}\u00a0"


def invisible(text: str) -> str:
    """Put a space of no width into a text."""
    return f"{text[:1]}\u200b{text[1:]}"


def lookalike(text: str) -> str:
    """Write an id's first letter once more, in another script: digits alone go with any."""
    return text[:1].translate(LOOKALIKES) + text


def overprecise(text: str) -> str:
    """Add decimals to an amount or a cost, more than are kept, which change nothing."""
    return f"{text}004"


def in_rupees(text: str) -> str:
    """Write a currency's sign before an amount."""
    return f"\u20b9 {text}"


def other_digits(text: str) -> str:
    """Write a number in Devanagari."""
    return text.translate(OTHER_DIGITS)


def negative(text: str) -> str:
    """Turn an amount's sign."""
    return f"-{text}"


def unknown(text: str) -> str:
    """Make an id of it that nothing has."""
    return f"{text}-X"


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
