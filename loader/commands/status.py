"""loader status."""

import json
import sys
from dataclasses import asdict
from datetime import datetime, time
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from loader.commands.parameters import TIME
from loader.config.settings import load_settings
from loader.monitoring import alerts
from loader.monitoring.checks import EXIT_CODES, Problem, health, problems
from loader.monitoring.collect import collect
from loader.monitoring.page import duration
from loader.monitoring.status import BatchScore, Status

TABLES_SHOWN = 8
REASONS_SHOWN = 8
BATCHES_SHOWN = 7
STYLES = {
    "healthy": "green",
    "degraded": "yellow",
    "critical": "red",
    "succeeded": "green",
    "failed": "red",
    "killed": "red",
    "running": "cyan",
}


@click.command(short_help="Show status: runs, freshness, quality, sizes.")
@click.option("--json", "as_json", is_flag=True, help="Write everything as JSON.")
@click.option(
    "--expect-by",
    type=TIME,
    help="Critical when no run started in the day up to this time.  [default: SHOP_EXPECT_BY]",
)
@click.option("--alert", is_flag=True, help="Send what is new or over to SHOP_ALERT_URLS.")
@click.option("--test-alert", is_flag=True, help="Send a test to SHOP_ALERT_URLS, and no more.")
def status(*, as_json: bool, expect_by: time | None, alert: bool, test_alert: bool) -> None:
    """Show the status: runs, freshness, quarantine, quality, disk and tables.

    Exit codes: 0 healthy, 4 degraded, 5 critical (1 and 2 as everywhere).
    """
    settings = load_settings()
    if test_alert:
        click.echo(f"{alerts.send_test(settings)} targets took the test")
        return
    state = collect(settings)
    found = problems(state, settings, expect_by)
    if as_json:
        click.echo(json.dumps(_as_json(state, found), indent=2, default=_plain))
    else:
        _show(state, found)
    if alert:
        for title in alerts.send(settings, found, settings.now()):
            click.echo(f"alert sent: {title}", err=as_json)
    sys.exit(EXIT_CODES[health(found)])


def _as_json(state: Status, found: list[Problem]) -> dict[str, Any]:
    return {
        "health": health(found),
        "problems": [asdict(problem) for problem in found],
        "alert_targets": [asdict(target) for target in alerts.targets(load_settings())],
        **asdict(state),
    }


def _plain(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _show(state: Status, found: list[Problem]) -> None:
    console = Console(highlight=False, emoji=False, markup=False, soft_wrap=True)
    word = health(found)
    console.print(Text(word, f"bold {STYLES[word]}"), Text(_where(state), "dim"))
    for problem in found:
        console.print(Text(f"  {problem.what}", STYLES[problem.severity]))
        console.print(f"    {problem.cause}; look closer: {problem.command}")
    if state.unreachable:
        console.print(_alert_targets(alerts.targets(load_settings()), state))
        return
    for title, table in (
        ("Runs", _runs(state)),
        ("Freshness", _layers(state)),
        ("Quality of the newest batch", _quality(state)),
        ("Quality of the last batches", _trend(state)),
        ("The newest batch beside the same weekday before", _anomalies(state)),
        ("Open in quarantine", _quarantine(state)),
        ("Largest tables", _sizes(state)),
    ):
        if table.row_count:
            console.print()
            console.print(Text(title, "bold"))
            console.print(table)
    console.print()
    console.print(_disk(state))
    console.print(_saved(state))
    console.print(_alert_targets(alerts.targets(load_settings()), state))


def _where(state: Status) -> str:
    kind = "embedded" if state.server.is_embedded else "named by PGHOST"
    version = f"PostgreSQL {state.server.version}" if state.server.version else "not running"
    return f"{version} ({kind}), host {state.server.host}, database {state.server.database}"


def _table(*columns: str) -> Table:
    """Return a table whose columns are right-aligned where their name begins with a >."""
    table = Table(
        box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0), header_style="dim"
    )
    for place, column in enumerate(columns, start=1):
        justify: JustifyMethod = "right" if column[0] == ">" else "left"
        # only the last column may take a second line
        table.add_column(column.lstrip(">"), justify=justify, no_wrap=place < len(columns))
    return table


def _runs(state: Status) -> Table:
    table = _table("day", "started", ">took", "state", "steps")
    for run in state.runs:
        took = ((run.ended_at or state.at) - run.started_at).total_seconds()
        doing = f"{run.step}: {run.error or 'at work'}" if run.step else run.command
        table.add_row(
            str(run.logical_date),
            _moment(run.started_at, state.at),
            "-" if run.status == "killed" else duration(took),
            Text(run.status, STYLES[run.status]),
            doing,
        )
    return table


def _layers(state: Status) -> Table:
    table = _table("layer", "shows the day", "since", ">age")
    for layer in state.layers:
        table.add_row(
            layer.name,
            str(layer.logical_date or "nothing yet"),
            _moment(layer.at, state.at) if layer.at else "-",
            duration((state.at - layer.at).total_seconds()) if layer.at else "-",
        )
    return table


def _quality(state: Status) -> Table:
    table = _table("table", ">delivered", ">accepted", ">rows", ">money", "score")
    for newest in state.batches[:1]:
        for name, delivered in newest.delivered.items():
            one = newest.of_table(name)
            shares = (one.rows_pct, one.money_pct) if one else (None, None)
            counts = (f"{delivered:,}", f"{newest.accepted[name]:,}")
            table.add_row(name, *counts, *map(_percent, shares), _score(newest, name))
        table.add_row("least", "", "", "", "", _percent(newest.score), style="bold")
    return table


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.2f} %"


def _score(batch: BatchScore, table: str) -> str:
    """Return the score of a table and its least dimension, or what it lacks for one."""
    whole = batch.of_table(table)
    if whole and whole.missing_count:
        return f"{whole.missing_count} of {whole.check_count} checks did not run"
    if whole is None or whole.score is None:
        return "-"
    if whole.failed_count:
        return f"0 %, {whole.failed_count} of {whole.check_count} checks failed"
    parts = [one for one in batch.scores if one.table == table and one is not whole]
    least = min(parts, key=lambda one: one.score or 0, default=whole)
    where = f", least in {least.dimension.replace('_', ' ')}" if (whole.score or 0) < 100 else ""
    return f"{_percent(whole.score)}{where}"


def _trend(state: Status) -> Table:
    table = _table("batch", ">score", "of", ">rows delivered")
    for batch in state.batches[:BATCHES_SHOWN]:
        worst = batch.worst.table if batch.worst and batch.score is not None else ""
        delivered = f"{sum(batch.delivered.values()):,}"
        table.add_row(str(batch.batch_date), _percent(batch.score), worst, delivered)
    return table


def _anomalies(state: Status) -> Table:
    table = _table("measure", ">newest", ">usual", ">days before", "status")
    for one in state.anomalies:
        usual = "-" if one.is_anomaly is None else f"{one.usual:,.0f}"
        word = {None: "too few days to say", False: "usual", True: "unusual"}[one.is_anomaly]
        table.add_row(one.measure, f"{one.amount:,.0f}", usual, str(one.point_count), word)
    return table


def _quarantine(state: Status) -> Table:
    table = _table("table", "reason", ">rows", "oldest batch", ">days")
    newest = state.batches[0].batch_date if state.batches else None
    for row in state.open_rows[:REASONS_SHOWN]:
        days = str((newest - row.oldest).days) if newest else "-"
        table.add_row(row.table, row.reason, f"{row.count:,}", str(row.oldest), days)
    hidden = state.open_rows[REASONS_SHOWN:]
    if hidden:
        table.add_row(f"{len(hidden)} more", "", f"{sum(row.count for row in hidden):,}", "", "")
    return table


def _sizes(state: Status) -> Table:
    table = _table("table", ">size", ">grown in a week", ">rows, about")
    for size in state.sizes[:TABLES_SHOWN]:
        grown = "-" if size.grown_bytes is None else _megabytes(size.grown_bytes)
        rows = "-" if size.row_estimate < 0 else f"{size.row_estimate:,}"
        table.add_row(size.name, _megabytes(size.total_bytes), grown, rows)
    return table


def _disk(state: Status) -> str:
    return (
        f"Database {_megabytes(state.database_bytes)}; "
        f"disk {state.disk.free_bytes / 1e9:,.0f} GB free of {state.disk.total_bytes / 1e9:,.0f} GB"
    )


def _saved(state: Status) -> str:
    if not state.backup:
        return "No backup; make backup makes one"
    age = duration((state.at - state.backup.at).total_seconds())
    proof = "restored in a drill" if state.backup.was_drilled else "never restored, make drill"
    return f"Backup of {_moment(state.backup.at, state.at)}, {age} ago: {proof}"


def _alert_targets(found: tuple[alerts.Target, ...], state: Status) -> str:
    if not found:
        return f"No alert targets: {alerts.URLS} names none, nothing is sent"
    each = (
        f"{one.place} ({one.kind}) "
        + (f"took a message on {_moment(one.at, state.at)}" if one.at else "never took a message")
        for one in found
    )
    return f"Alert targets: {len(found)}; {', '.join(each)}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _moment(moment: datetime, now: datetime) -> str:
    """Return a time in the zone of the shop."""
    return f"{moment.astimezone(now.tzinfo):%Y-%m-%d %H:%M}"
