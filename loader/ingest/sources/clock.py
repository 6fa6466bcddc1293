"""Whose clock an order's time is of: the shop's, where a time says its offset from UTC."""

from typing import TYPE_CHECKING

from loader.errors import LoaderError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CLOCK = r"\d:\d\d"
ZONE = r"Z|UTC|GMT|[+-]\d\d(?::?\d\d)?"
OFFSET = rf"(?i):\d\d(?:\.\d+)?\s*({ZONE})$"
OF_UTC = r"(?i)(Z|UTC|GMT)$"
IS_ZERO = r"(?i)(Z|UTC|GMT|[+-]00(:?00)?)$"
ASKED = "set SHOP_TIME_ZONE to the shop's zone in .environment, such as America/New_York"


def find_clock(
    connection: "DuckDBPyConnection", moments: list[str], zone: str, *, is_utc: bool
) -> str | None:
    """Return what to know about the export's times; `moments` are queries of values.

    Raises:
        LoaderError: times are in UTC, and which zone the shop's days are of was not said.
    """
    with_offset, of_utc, of_zero, without = _counts(connection, moments)
    if zone:
        how = "as UTC" if is_utc else "as written"
        others = f"; without one, {how}: {without:,}" if without else ""
        return f"times are those of {zone}, by their offset from UTC: {with_offset:,}{others}"
    if of_zero == with_offset:  # a shop's own clock is rarely that of UTC in summer and winter
        of_utc = of_zero
    if is_utc or of_utc:
        what = f"times written in UTC: {of_utc:,}" if of_utc else "--utc"
        raise LoaderError(f"{what}; days are to be the shop's: {ASKED}")
    written = f"times taken as written, without their offset from UTC: {with_offset:,}"
    return written if with_offset else None


def _counts(connection: "DuckDBPyConnection", moments: list[str]) -> tuple[int, int, int, int]:
    """Return how many times have an offset, are written as UTC, have one of 0, and have none."""
    if not moments:
        return 0, 0, 0, 0
    has_offset = f"regexp_matches(value, '{OFFSET}')"
    (found,) = connection.execute(
        f"select count(*) filter (where {has_offset}),"  # noqa: S608
        f" count(*) filter (where {has_offset} and regexp_matches(value, '{OF_UTC}')),"
        f" count(*) filter (where {has_offset} and regexp_matches(value, '{IS_ZERO}')),"
        f" count(*) filter (where regexp_matches(value, '{CLOCK}') and not {has_offset})"
        f" from ({' union all '.join(moments)})"
    ).fetchall()
    return found


def define_clock(connection: "DuckDBPyConnection", zone: str, *, is_utc: bool) -> None:
    """Make the macro of_shop: the shop's local time of a value, given the time that it writes.

    An offset is taken from the time, which gives UTC, and the zone's rules of that day do the rest:
    every instant has one local time, on days when clocks change, too. What has no offset is the
    shop's own time, unless all such times are of UTC; a date without a time of day is a date.
    """
    if not zone:
        connection.execute("create macro of_shop(written, value) as written")
        return
    bare = f"regexp_matches(value, '{CLOCK}')" if is_utc else "false"
    connection.execute(f"""
        create macro minutes_of(digits, sign) as
            if(sign = '-', -1, 1) * (
                60 * coalesce(try_cast(left(digits, 2) as integer), 0)
                + coalesce(try_cast(nullif(substr(digits, 3, 2), '') as integer), 0)
            );
        create macro offset_minutes(offset_of_time) as
            minutes_of(regexp_replace(offset_of_time, '\\D', '', 'g'), left(offset_of_time, 1));
        create macro in_utc(written, value) as
            written - to_minutes(offset_minutes(regexp_extract(value, '{OFFSET}', 1)));
        create macro of_shop(written, value) as
            case
                when regexp_matches(value, '{OFFSET}') or {bare}
                    then timezone('{zone}', timezone('UTC', in_utc(written, value)))
                else written
            end;
    """)
