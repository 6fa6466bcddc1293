"""Alert people to what is wrong: once for each problem, and once more when it is over.

SHOP_ALERT_URLS names where to, as Apprise writes it (mail, Slack, Teams, webhooks, …), or a file
as file:///path. The URLs hold secrets: they are read from the environment and never written.
What was sent is kept in .alerts.json, and when each target last took a message in
.alert-targets.json, by a part of the URL's hash: so it needs no database, and tells no secret.
"""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from loader.atomic import read_json, write_json
from loader.config.settings import Settings, load_settings
from loader.errors import LoaderError
from loader.monitoring.checks import Problem

ALERTS_FILE = ".alerts.json"
TARGETS_FILE = ".alert-targets.json"
URLS = "SHOP_ALERT_URLS"


@dataclass(frozen=True)
class Target:
    """Name a target of alerts by its place in the list and its kind; it last took one `at`."""

    place: int
    kind: str
    at: datetime | None


@dataclass(frozen=True)
class Message:
    """Hold what is sent: one line, and what stands below it."""

    title: str
    body: str


def targets(settings: Settings) -> tuple[Target, ...]:
    """Return whom alerts go to, and when each last took a message."""
    taken: dict[str, str] = read_json(settings.root / TARGETS_FILE, {})
    return tuple(
        Target(
            place,
            urlsplit(url).scheme or "not a URL",
            datetime.fromisoformat(taken[_short_hash(url)]) if _short_hash(url) in taken else None,
        )
        for place, url in enumerate(_urls(), start=1)
    )


def send(settings: Settings, found: list[Problem], now: datetime) -> list[str]:
    """Send what is new and what is over; return the titles that went out.

    What could not be sent anywhere counts as not sent, and is sent the next time.

    Raises:
        LoaderError: a target did not take a message; says how many, not which.
    """
    urls = _urls()
    if not urls:
        return []
    path = settings.root / ALERTS_FILE
    open_alerts: dict[str, dict[str, str]] = read_json(path, {})
    sent, failures = [], 0
    for key, problem, message in _messages(open_alerts, found, now, settings.root):
        refused = sum(not _send(settings, url, message) for url in urls)
        failures += refused
        if refused == len(urls):
            continue
        sent.append(message.title)
        if problem:
            open_alerts[key] = {**asdict(problem), "since": now.isoformat(timespec="seconds")}
        else:
            del open_alerts[key]
        write_json(path, open_alerts)
    if failures:
        raise LoaderError(
            f"{failures} alerts could not be sent; .venv/bin/loader status --test-alert says to "
            f"which of the targets in {URLS}"
        )
    return sent


def send_test(settings: Settings) -> int:
    """Send a test to every target and return how many there are.

    Raises:
        LoaderError: there is none, or one did not take it; says which by its place in the list.
    """
    urls = _urls()
    if not urls:
        raise LoaderError(f"{URLS} names no target; write Apprise URLs there, separated by spaces")
    message = Message("shop: test of the alerts", f"Nothing is wrong with {settings.root}.")
    refused = [
        str(place) for place, url in enumerate(urls, start=1) if not _send(settings, url, message)
    ]
    if refused:
        raise LoaderError(f"target {', '.join(refused)} of {len(urls)} in {URLS} took no message")
    return len(urls)


def _messages(
    open_alerts: dict[str, dict[str, str]], found: list[Problem], now: datetime, root: Path
) -> Iterator[tuple[str, Problem | None, Message]]:
    """Yield what is to be sent: new problems, then those that are over."""
    for problem in found:
        if problem.key not in open_alerts:
            yield (
                problem.key,
                problem,
                Message(
                    f"shop: {problem.severity}: {problem.what}",
                    f"Where: {os.uname().nodename}, {root}\n"
                    f"Cause: {problem.cause}\nLook closer: {problem.command}",
                ),
            )
    keys = {problem.key for problem in found}
    # Without the database nothing can be said about the rest.
    over = () if "server" in keys else [key for key in open_alerts if key not in keys]
    for key in over:
        yield (
            key,
            None,
            Message(
                f"shop: all clear: {open_alerts[key]['what']}",
                f"Where: {os.uname().nodename}, {root}\n"
                f"From {open_alerts[key]['since']} to {now.isoformat(timespec='seconds')}",
            ),
        )


def _urls() -> list[str]:
    return load_settings().alert_urls.get_secret_value().split()


def _short_hash(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:8]


def _send(settings: Settings, url: str, message: Message) -> bool:
    """Send a message to a target, note when it was taken, and return whether it was."""
    parts = urlsplit(url)
    send: Callable[[str, Message], bool] = _append if parts.scheme == "file" else _notify
    is_taken = send(url, message)
    if is_taken:
        path = settings.root / TARGETS_FILE
        now = datetime.now(UTC).isoformat(timespec="seconds")
        known = {_short_hash(one) for one in _urls()}
        taken: dict[str, str] = read_json(path, {})
        before = {name: at for name, at in taken.items() if name in known}
        write_json(path, before | {_short_hash(url): now})
    return is_taken


def _append(url: str, message: Message) -> bool:
    try:
        path = Path(url2pathname(urlsplit(url).path))
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(message), ensure_ascii=False) + "\n")
    except OSError:
        return False
    return True


def _notify(url: str, message: Message) -> bool:
    import apprise  # noqa: PLC0415  (takes half a second, and most commands send nothing)

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # it would name the URL
    target = apprise.Apprise()
    return bool(
        target.add(url)
        and target.notify(
            title=message.title, body=message.body, body_format=apprise.NotifyFormat.TEXT
        )
    )
