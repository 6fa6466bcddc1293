"""How an export writes dates and numbers: found where its values prove it, else asked for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loader.errors import LoaderError
from loader.ingest.sources.clock import ZONE

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

POINT, COMMA = "point", "comma"
DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "day-first", "month-first", "year-first"
DECIMAL_MARKS, DATE_FORMS = (POINT, COMMA), (DAY_FIRST, MONTH_FIRST)

SHORT = r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})\b"

# What only one notation can mean, and what either can: 1,234 or 1.234.
PROOF = {
    POINT: r"^[-+]?(\d{1,3}(,\d{2,3})+(,\d{3}|\.\d*)|\d*\.(\d{1,2}|\d{4,})|(0*|\d{4,})\.\d+)$",
    COMMA: r"^[-+]?(\d{1,3}(\.\d{3})+(\.\d{3}|,\d*)|\d*,(\d{1,2}|\d{4,})|(0*|\d{4,}),\d+)$",
}
EITHER = r"^[-+]?[1-9]\d{0,2}[.,]\d{3}$"


@dataclass(frozen=True)
class Notation:
    """How dates and numbers are written, and whether the values prove it."""

    dates: str
    decimal: str
    is_short: bool  # some dates do not begin with the year
    has_marks: bool  # some numbers have a comma or a point


def find_notation(
    connection: "DuckDBPyConnection",
    moments: list[str],
    numbers: list[str],
    dates: str | None,
    decimal: str | None,
) -> Notation:
    """Return how dates and numbers are written; `moments` and `numbers` are queries of values.

    Raises:
        LoaderError: the values prove both ways, prove another than was asked for, or none.
    """
    short = _counts(connection, moments, {
        DAY_FIRST: f"try_cast(regexp_extract(value, '{SHORT}', 1) as integer) > 12",
        MONTH_FIRST: f"try_cast(regexp_extract(value, '{SHORT}', 2) as integer) > 12",
        "all": f"regexp_matches(value, '{SHORT}')",
    })  # fmt: skip
    marks = _counts(connection, numbers, {
        POINT: f"regexp_matches(value, '{PROOF[POINT]}')",
        COMMA: f"regexp_matches(value, '{PROOF[COMMA]}')",
        "all": f"regexp_matches(value, '{EITHER}')",
    })  # fmt: skip
    is_short, has_marks = short.pop("all") > 0, marks.pop("all") > 0
    return Notation(
        _chosen("dates", short, dates, YEAR_FIRST, is_ambiguous=is_short),
        _chosen("decimal", marks, decimal, POINT, is_ambiguous=has_marks),
        is_short,
        has_marks or any(marks.values()),
    )


def _counts(
    connection: "DuckDBPyConnection", values: list[str], conditions: dict[str, str]
) -> dict[str, int]:
    if not values:
        return dict.fromkeys(conditions, 0)
    counts = ", ".join(f"count(*) filter (where {condition})" for condition in conditions.values())
    found = connection.execute(f"select {counts} from ({' union all '.join(values)})").fetchone()  # noqa: S608
    return dict(zip(conditions, found or (), strict=True))


def _chosen(
    option: str, proofs: dict[str, int], asked: str | None, usual: str, *, is_ambiguous: bool
) -> str:
    proven = [way for way, count in proofs.items() if count]
    seen = ", ".join(f"{proofs[way]:,} can only be {way}" for way in proven)
    if len(proven) > 1 or (asked and proven and asked not in proven):
        wanted = (
            f", not {asked}" if asked and len(proven) == 1 else ": they are written in two ways"
        )
        raise LoaderError(f"of the values that {option} decides {seen}{wanted}")
    if proven:
        return proven[0]
    if is_ambiguous and not asked:
        raise LoaderError(
            f"no value proves how {option} is meant: say --{option} {' or '.join(proofs)}"
        )
    return asked or usual


def define_parsers(connection: "DuckDBPyConnection", notation: Notation) -> None:
    """Make the macros read_text, read_number and read_moment: null where a value is none.

    read_moment is the shop's local time, by the macro of_shop (clock.py).
    """
    group, point = (".", ",") if notation.decimal == COMMA else (",", ".")
    number = rf"^[-+]?(\d+|\d{{1,3}}(\{group}\d{{2,3}})*\{group}\d{{3}})?(\{point}\d*)?$"
    orders = {DAY_FIRST: ("%d-%m-%y", "%d-%m-%Y"), MONTH_FIRST: ("%m-%d-%y", "%m-%d-%Y")}
    forms = [
        f"{form}{clock}"
        for form in (*orders.get(notation.dates, ()), "%Y-%m-%d")
        for clock in ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
    ]
    # The time as it is written, without its offset from UTC and parts of a second.
    written = rf"regexp_replace(value, '(?i)(:\d\d)(\.\d+)?\s*({ZONE})?$', '\1')"
    dashed = rf"regexp_replace({written}, '^(\d+)[-/.](\d+)[-/.](\d+)[ T]*', '\1-\2-\3 ')"
    connection.execute("""
        create macro read_text(value) as
            nullif(trim(value, ' ' || chr(9) || chr(10) || chr(13) || chr(160)), '');
    """)
    connection.execute(f"""
        create macro read_number(value) as case when regexp_matches(value, '{number}') then
            try_cast(replace(replace(value, '{group}', ''), '{point}', '.') as decimal(18, 4)) end;
    """)
    connection.execute(f"""
        create macro read_moment(value) as
            of_shop(try_strptime(trim({dashed}), {forms}), value);
    """)
