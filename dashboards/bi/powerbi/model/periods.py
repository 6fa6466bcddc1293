"""Measures compared with the period before and the year before, and added up since New Year.

Power BI's own functions shift whatever is selected, also months that are not over and years of
which nothing is known. The dates of a period are measures of their own here, by the rules of the
site (docs/dashboards.md): a month that is not over is compared up to the same day, and nothing is
compared with days before the first sale, or where the days selected have gaps.
"""

from collections.abc import Iterator

from dashboards.bi.powerbi.model.dax import DATE, IS_KNOWN, LAST_KNOWN, SOLD_AT, DaxMeasure
from dashboards.bi.powerbi.model.names import reference

FOLDER = "Dates of periods"
KNOWN = f"{reference(*IS_KNOWN)} = TRUE ()"
IS_MONTH_END = "[Last day] = EOMONTH ( [Last day], 0 )"


def _months_before(count: str) -> str:
    """Return the last day, so many months earlier: a month's end stays one."""
    return (
        f"IF ( {IS_MONTH_END}, EOMONTH ( [Last day], -{count} ), EDATE ( [Last day], -{count} ) )"
    )


def _of_selection(function: str) -> str:
    return f"CALCULATE ( {function}, {KNOWN} )"


# Label, expression, meaning.
DATES = (
    (
        "First sale",
        f"CALCULATE ( INT ( MIN ( {SOLD_AT} ) ), REMOVEFILTERS () )",
        "Day of the first sale of all.",
    ),
    (
        "Last known day",
        f"CALCULATE ( INT ( {LAST_KNOWN} ), REMOVEFILTERS () )",
        "Day of the last sale or return of all.",
    ),
    ("First day", _of_selection(f"MIN ( {DATE} )"), "First day that is selected and known."),
    ("Last day", _of_selection(f"MAX ( {DATE} )"), "Last day that is selected and known."),
    (
        "Days",
        "DATEDIFF ( [First day], [Last day], DAY ) + 1",
        "Days from the first to the last one that is selected.",
    ),
    (
        "Months",
        (
            "IF ( AND ( DAY ( [First day] ) = 1,"
            f" OR ( {IS_MONTH_END}, [Last day] = [Last known day] ) ),"
            " DATEDIFF ( [First day], [Last day], MONTH ) + 1 )"
        ),
        "Months that are selected, where they are whole or not over yet.",
    ),
    (
        "Days without a gap",
        f"IF ( {_of_selection("COUNTROWS ( 'Dates' )")} = [Days], [Days] )",
        "Days that are selected, blank where the selection has gaps.",
    ),
    (
        "Previous period from",
        (
            "IF ( [Days without a gap] > 0,"
            " IF ( [Months] > 0, EDATE ( [First day], -[Months] ), [First day] - [Days] ) )"
        ),
        "First day of the period before: as many months, else as many days.",
    ),
    (
        "Previous period to",
        f"IF ( [Months] > 0, {_months_before('[Months]')}, [First day] - 1 )",
        "Last day of the period before.",
    ),
    (
        "Year before from",
        "IF ( [Days without a gap] > 0, EDATE ( [First day], -12 ) )",
        "First day selected, a year earlier.",
    ),
    ("Year before to", _months_before("12"), "Last day selected, a year earlier."),
    (
        "Year to date from",
        "IF ( [Last day] > 0, DATE ( YEAR ( [Last day] ), 1, 1 ) )",
        "New Year of the last day selected.",
    ),
    (
        "Year to date a year before from",
        "IF ( [Last day] > 0, DATE ( YEAR ( [Last day] ) - 1, 1, 1 ) )",
        "New Year a year before the last day selected.",
    ),
)

# Name, first and last day, and whether it is there only where the data reaches back so far.
PERIODS = (
    ("previous period", "Previous period from", "Previous period to", True),
    ("year before", "Year before from", "Year before to", True),
    ("year to date", "Year to date from", "Last day", False),
    ("year to date a year before", "Year to date a year before from", "Year before to", True),
)
# What a period is compared with, as a reader says it.
CHANGES = (
    ("change on previous period", "", "previous period"),
    ("change on year before", "", "year before"),
    ("change of year to date", "year to date", "year to date a year before"),
)


def dates() -> list[DaxMeasure]:
    """Return the measures that say from when to when a period lasts."""
    counts = {"Days", "Months", "Days without a gap"}
    return [
        DaxMeasure(
            label, dax, "count" if label in counts else "date", words, FOLDER, is_hidden=True
        )
        for label, dax, words in DATES
    ]


def compared(measure: DaxMeasure) -> Iterator[DaxMeasure]:
    """Yield a measure of other periods, and its change in percent, or in points if it is one."""
    label = measure.label
    folder = f"Over time\\{label}"
    for name, first, last, must_reach in PERIODS:
        dax = f"CALCULATE ( [{label}], DATESBETWEEN ( {DATE}, [{first}], [{last}] ) )"
        # a blank day would be the calendar's first or last one
        since = ">= [First sale]" if must_reach else "> 0"
        dax = f"IF ( [{first}] {since}, {dax} )"
        words = f"{label}, {name}."
        yield DaxMeasure(f"{label} {name}", dax, measure.format, words, folder)
    for name, of, base in CHANGES:
        ours, theirs = f"{label} {of}".strip(), f"{label} {base}"
        if measure.format == "percent":
            unit, dax = "points", f"IF ( NOT ( ISBLANK ( [{theirs}] ) ), [{ours}] - [{theirs}] )"
        else:
            unit, dax = "change", f"100 * DIVIDE ( [{ours}] - [{theirs}], ABS ( [{theirs}] ) )"
        words = f"{ours} less {theirs}, in {'points' if unit == 'points' else 'percent'}."
        yield DaxMeasure(f"{label} {name}", dax, unit, words, folder)
