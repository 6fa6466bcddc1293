"""A conversion on one page of text."""

from collections.abc import Iterator

from loader.ingest.sources.records import Conversion, quantity

SHOWN_COLUMNS = 8


def lines(made: Conversion) -> Iterator[str]:
    """Yield what was read, made and left out, and the account of all money."""
    yield f"Read as {made.source}"
    yield from _read(made)
    yield f"Made, of sales from {made.first_date} to {made.last_date}"
    yield from (f"  {table:<20}{count:>10,}" for table, count in made.row_counts.items())
    yield f"Money{f' in {made.currency}' if made.currency else ''}: goods, after discounts"
    yield from _account(made)
    missing = [
        f"{each.column} ({quantity(each.count, 'row')}): {each.value}" for each in made.substitutes
    ]
    if made.left_blank:
        missing.append(f"nothing: {', '.join(made.left_blank)}")
    yield from _section("Not in the export, and what stands there", missing)
    yield from _section("To know", made.remarks)
    yield from _section("Written, and rejected by the run", made.rejections)
    yield from _section(
        "Left out, as they contradict themselves (rows deleted from a file?)", made.contradictions
    )


def _read(made: Conversion) -> Iterator[str]:
    for file in made.files:
        yield f"  {file.name}: {file.table}, {quantity(file.row_count, 'row')} ({file.form})"
        if file.unused:
            more = len(file.unused) - SHOWN_COLUMNS
            rest = f" and {more} more" if more > 0 else ""
            yield f"    columns not used: {', '.join(file.unused[:SHOWN_COLUMNS])}{rest}"
    yield from (f"  not read: {name}" for name in made.unread)
    if made.notation.is_short:
        yield f"  dates are {made.notation.dates}"
    if made.notation.has_marks:
        yield f"  decimals stand behind a {made.notation.decimal}"


def _account(made: Conversion) -> Iterator[str]:
    for account in made.accounts:
        sign = "" if account.side in ("delivered", "written") else "- "
        what = f"{sign}{account.side}: {account.reason}"
        yield f"  {what:<58}{account.count:>10,}{account.amount:>20,.2f}"
    yield f"  {'difference':<68}{made.difference:>20,.2f}"


def _section(title: str, texts: list[str]) -> Iterator[str]:
    if texts:
        yield title
    yield from (f"  {text}" for text in texts)
