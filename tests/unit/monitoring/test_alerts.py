"""Alerts: once for each problem, an all-clear, and no secret anywhere."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from factories.days import loader
from factories.receivers import MailServer, Webhook
from loader.config.settings import REPOSITORY, Settings
from loader.errors import LoaderError
from loader.monitoring import alerts
from loader.monitoring.checks import Problem

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
FAILED = Problem("step build", "critical", "step build failed", "dbt ended", "less logs/x.jsonl")
DISK = Problem("disk", "degraded", "3 % are free", "the database takes 9 GB", "make prune")
SERVER = Problem("server", "critical", "no database", "it does not run", "make up")


def test_problem_is_told_once_until_it_is_over_and_then_once_more(
    settings: Settings, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_ALERT_URLS", webhook.url)
    for found in ([FAILED], [FAILED, DISK], [FAILED, DISK], [DISK], [], []):
        alerts.send(settings, found, NOW)
    assert webhook.titles == [
        "shop: critical: step build failed",
        "shop: degraded: 3 % are free",
        "shop: all clear: step build failed",
        "shop: all clear: 3 % are free",
    ]
    told = webhook.messages[0]["message"]
    for part in (str(settings.root), "Cause: dbt ended", "Look closer: less logs/x.jsonl"):
        assert part in told
    assert "From 2026-11-22T04:00:00+00:00" in webhook.messages[2]["message"]
    alerts.send(settings, [FAILED], NOW)  # again is told again
    assert webhook.titles[-1] == "shop: critical: step build failed"


def test_nothing_is_called_over_while_the_database_is_silent(
    settings: Settings, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_ALERT_URLS", webhook.url)
    for found in ([FAILED], [SERVER], [FAILED]):
        alerts.send(settings, found, NOW)
    assert webhook.titles == [
        "shop: critical: step build failed",
        "shop: critical: no database",
        "shop: all clear: no database",
    ]


def test_what_nobody_took_is_sent_again_and_the_url_is_not_told(
    settings: Settings,
    webhook: Webhook,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SHOP_ALERT_URLS", webhook.url.replace("//", "//user:s3cret@"))
    webhook.status = 500
    with pytest.raises(LoaderError, match="1 alerts could not be sent") as caught:
        alerts.send(settings, [FAILED], NOW)
    assert webhook.titles == []
    webhook.status = 200
    alerts.send(settings, [FAILED], NOW)
    assert webhook.titles == ["shop: critical: step build failed"]
    kept = (settings.root / alerts.ALERTS_FILE).read_text()
    assert "s3cret" not in kept + str(caught.value) + "".join(capfd.readouterr())


def test_mail_and_file_take_alerts(
    settings: Settings, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "alerts.jsonl"
    mail = f"mailto://{mail_server.address}/?from=shop@example.com&to=ops@example.com"
    monkeypatch.setenv("SHOP_ALERT_URLS", f"{mail}&mode=insecure\n{file.as_uri()}")
    alerts.send(settings, [DISK], NOW)
    (sent,) = mail_server.mails
    assert (sent["To"], sent["Subject"]) == ("ops@example.com", "shop: degraded: 3 % are free")
    body = sent.get_body()
    assert body
    assert "Look closer: make prune" in body.get_content()
    assert json.loads(file.read_text())["title"] == "shop: degraded: 3 % are free"


def test_status_says_how_many_targets_there_are_and_when_each_last_took_a_message(
    settings: Settings, webhook: Webhook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def said() -> str:
        return loader("status").stdout.splitlines()[-1]

    monkeypatch.delenv("SHOP_ALERT_URLS", raising=False)
    assert said() == "No alert targets: SHOP_ALERT_URLS names none, nothing is sent"
    broken = (tmp_path / "no" / "file").as_uri()
    url = webhook.url.replace("//", "//user:s3cret@")
    (settings.root / ".environment").write_text(f"SHOP_ALERT_URLS={url} {broken}\n")
    assert (
        said() == "Alert targets: 2; 1 (json) never took a message, 2 (file) never took a message"
    )
    monkeypatch.setenv("SHOP_ALERT_URLS", f"{url} {broken}")
    with pytest.raises(LoaderError, match="target 2 of 2"):
        alerts.send_test(settings)
    assert f"1 (json) took a message on {datetime.now(UTC):%Y-%m-%d}" in said()
    assert said().endswith("2 (file) never took a message")
    assert "s3cret" not in (settings.root / alerts.TARGETS_FILE).read_text() + said()


def test_command_tests_every_target(settings: Settings, webhook: Webhook, tmp_path: Path) -> None:
    def test_alert(urls: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "loader", "status", "--test-alert"]
        environment = {"SHOP_ROOT": str(settings.root), "PATH": "/usr/bin", "SHOP_ALERT_URLS": urls}
        return subprocess.run(
            command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False
        )

    done = test_alert(webhook.url)
    assert (done.returncode, done.stdout) == (0, "1 targets took the test\n")
    assert webhook.titles == ["shop: test of the alerts"]
    nowhere = (tmp_path / "no" / "such" / "file").as_uri()
    refused = test_alert(f"{webhook.url} {nowhere}")
    assert refused.returncode == 1
    assert "target 2 of 2 in SHOP_ALERT_URLS took no message" in refused.stderr
    assert "names no target" in test_alert("").stderr
