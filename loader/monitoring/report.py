"""Say what became of a batch: what came in, what was rejected and why, what was published."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.atomic import write_json
from loader.config.settings import Settings
from loader.contract import TABLES, VARIABLES
from loader.database import server
from loader.database.errors import database_errors
from loader.database.fetch import fetch_records, fetch_value, relation_exists, statements
from loader.errors import LoaderError
from loader.monitoring.scores import anomalies, batch_scores
from loader.monitoring.status import Anomaly, Score

REPORT = "run_report.json"
SQL = statements(Path(__file__).with_suffix(".sql"))
COUNTS = ("delivered", "accepted", "quarantined", "resolved", "open")


@dataclass(frozen=True)
class Reason:
    """Count the rows of a reason or a warning, and name the first of their lines, where known."""

    code: str
    row_count: int
    line_numbers: list[int]

    @property
    def lines(self) -> str:
        """Return the numbers of the first lines for a message; nothing where none is known."""
        more = ", …" if self.row_count > len(self.line_numbers) else ""
        return ", ".join(map(str, self.line_numbers)) + more if self.line_numbers else ""

    @property
    def counted(self) -> str:
        """Return the code, the count and the lines for a message."""
        lines_ = f" (line {self.lines})" if self.lines else ""
        return f"{self.code}: {self.row_count:,}{lines_}"


@dataclass(frozen=True)
class TableCounts:
    """Count a table's rows: delivered = accepted + quarantined.

    `resolved` are rows of earlier batches accepted now, `open` those of all batches still waiting.
    """

    table: str
    delivered: int
    accepted: int
    quarantined: int
    resolved: int
    open: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Published:
    """Describe the newest publication; rows inserted and deleted over all relations."""

    publication_id: int
    logical_date: date
    published_at: str
    inserted: int
    deleted: int


@dataclass(frozen=True)
class Totals:
    """Hold the mart's revenue and transactions: of the batch's date, and of all dates."""

    revenue_of_day: Decimal
    transactions_of_day: int
    revenue: Decimal
    transactions: int


@dataclass(frozen=True)
class Report:
    """Hold everything the report says about a batch."""

    run_id: str | None
    logical_date: date
    tables: tuple[TableCounts, ...]
    warnings: tuple[Reason, ...]
    publication: Published | None
    totals: Totals | None
    score: float | None
    scores: tuple[Score, ...]
    anomalies: tuple[Anomaly, ...]


def report(settings: Settings, day: date, run_id: str | None = None) -> Report:
    """Collect the report on a batch and write it to exports/run_report.json.

    Raises:
        LoaderError: the batch was not built yet.
    """
    with database_errors("no report"), server.snapshot(settings) as cursor:
        result = collect(cursor, day, run_id)
    write_json(settings.exports_dir / REPORT, asdict(result))
    return result


def collect(cursor: Cursor, day: date, run_id: str | None = None) -> Report:
    """Collect the report on a batch.

    Raises:
        LoaderError: the batch was not built yet.
    """
    tables = tuple(_tables(cursor, day))
    (batch,) = batch_scores(cursor, 1, day)
    return Report(
        run_id=run_id,
        logical_date=day,
        tables=tables,
        warnings=_warnings(cursor, day),
        publication=_publication(cursor),
        totals=_totals(cursor, day),
        score=batch.score,
        scores=batch.scores,
        anomalies=anomalies(cursor, day),
    )


def _tables(cursor: Cursor, day: date) -> Iterator[TableCounts]:
    rows = []
    if relation_exists(cursor, "ops.batch_counts"):
        cursor.execute(SQL["counts"], (day, list(TABLES)))
        rows = cursor.fetchall()
    if not rows:
        raise LoaderError(f"the batch of {day} was not built yet; run the build first")
    for table, delivered, accepted, quarantined, resolved in rows:
        rejected = sql.Identifier("quarantine", f"rejected_{table}")
        cursor.execute(sql.SQL(SQL["open"]).format(rejected=rejected))
        still_open = fetch_value(cursor, int)
        statement = sql.SQL(SQL["reasons"]).format(rejected=rejected).as_string(cursor)
        reasons = fetch_records(cursor, statement, Reason, {"day": day, "table": table})
        yield TableCounts(table, delivered, accepted, quarantined, resolved, still_open, reasons)


def _warnings(cursor: Cursor, day: date) -> tuple[Reason, ...]:
    """Return the warnings about rows, and those about sales that were corrected too late."""
    found: tuple[Reason, ...] = ()
    for name, relation in (("corrected", "mart.fct_returns"), ("warnings", "ops.row_warnings")):
        if relation_exists(cursor, relation):
            statement = sql.SQL(SQL[name]).format(
                delivered=_delivered(day),
                day=sql.Literal(day),
                tolerance=sql.Literal(VARIABLES["refund_tolerance"]),
            )
            found += fetch_records(cursor, statement.as_string(cursor), Reason)
    return found


def _delivered(day: date) -> sql.Composed:
    """Return a query of all lines of the batch, by file and key."""
    return sql.SQL("union all ").join(
        sql.SQL(SQL["delivered"]).format(
            name=sql.Literal(table),
            table=sql.Identifier(table),
            key=sql.Identifier(file["key"]),
            day=sql.Literal(day),
        )
        for table, file in VARIABLES["delivered_tables"].items()
    )


def _publication(cursor: Cursor) -> Published | None:
    return next(iter(fetch_records(cursor, SQL["publication"], Published)), None)


def _totals(cursor: Cursor, day: date) -> Totals | None:
    if not relation_exists(cursor, "mart.agg_daily_sales"):
        return None
    (totals,) = fetch_records(cursor, SQL["totals"], Totals, {"day": day})
    return totals


def lines(result: Report) -> Iterator[str]:
    """Yield the report as lines for a terminal."""
    yield f"Batch of {result.logical_date}"
    yield f"  {'table':<18}" + "".join(f"{name:>12}" for name in COUNTS)
    for counts in result.tables:
        yield (
            f"  {counts.table:<18}{counts.delivered:>12,}{counts.accepted:>12,}"
            f"{counts.quarantined:>12,}{counts.resolved:>12,}{counts.open:>12,}"
        )
    for counts in result.tables:
        for reason in counts.reasons:
            yield f"  quarantined  {counts.table}: {reason.counted}"
    for warning in result.warnings:
        yield f"  warning      {warning.counted}"
    yield from _quality_lines(result)
    yield from _mart_lines(result)


def _quality_lines(result: Report) -> Iterator[str]:
    for one in result.scores:
        if one.missing_count and one.dimension == "all":
            of = f"{one.missing_count} of {one.check_count}"
            yield f"  not validated   {one.table}: {of} checks did not run"
        elif one.score is not None and one.score < 100:
            yield f"  score        {one.table}: {one.dimension}: {one.score:.2f} %"
    for measured in result.anomalies:
        if measured.is_anomaly:
            usual = f"{measured.usual:,.0f} on {measured.point_count} days before"
            yield f"  unusual      {measured.measure}: {measured.amount:,.0f}, usual: {usual}"
    yield "Score of the day: " + ("none" if result.score is None else f"{result.score:.2f} %")


def _mart_lines(result: Report) -> Iterator[str]:
    if result.publication:
        last = result.publication
        yield (
            f"Publication {last.publication_id} of {last.logical_date}: "
            f"{last.inserted:,} rows in, {last.deleted:,} rows out"
        )
    else:
        yield "Nothing was published yet"
    if result.totals:
        totals = result.totals
        yield (
            f"Revenue of the day {totals.revenue_of_day:,.2f} in {totals.transactions_of_day:,} "
            f"transactions; of all days {totals.revenue:,.2f} in {totals.transactions:,}"
        )
