"""How Tableau writes numbers: its format strings by the catalogue's formats."""

NUMBERS = {
    "money": '"{currency} "#,##0.00',
    "count": "#,##0",
    "decimal": "#,##0.00",
    "percent": '#,##0.0"%"',
}
CHANGES = {"percent": '0.0" points"'}  # what percent changes by is no percent


def number_format(kind: str, currency: str, before: str = "") -> str:
    """Return the format of a number; words may stand before it."""
    shape = NUMBERS[kind].format(currency=currency)
    words = f'"{before} "' if before else ""
    return f"n{words}{shape};{words}-{shape}"


def change_format(kind: str) -> str:
    """Return the format of a change: an arrow, and percent or points."""
    shape = CHANGES.get(kind, '0.0"%"')
    return f'n"▲ "{shape};"▼ "{shape};"= "{shape}'
