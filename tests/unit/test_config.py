"""Settings: what is written, what is refused, and the reference that is made of them."""

import subprocess
from datetime import time
from zoneinfo import ZoneInfo

import pytest

from loader.config.environment import OTHERS, unknown_variables
from loader.config.reference import reference
from loader.config.settings import REPOSITORY, Settings, load_settings, variable
from loader.errors import LoaderError


def test_reference_is_what_the_settings_say() -> None:
    page = REPOSITORY / "docs" / "configuration.md"
    assert page.read_text(encoding="utf-8") == reference(), "make configuration writes it anew"


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_SCHEDULE", "04:30")
    monkeypatch.setenv("SHOP_TIME_ZONE", "Asia/Kolkata")
    monkeypatch.setenv("SHOP_PARQUET", "yes")
    monkeypatch.setenv("SHOP_KEEP_DAYS", "")
    settings = load_settings()
    assert (settings.schedule, settings.zone) == (time(4, 30), ZoneInfo("Asia/Kolkata"))
    assert (settings.parquet, settings.keep_days) == (True, 7)


@pytest.mark.parametrize(
    ("name", "value", "form"),
    [
        ("schedule", "25:00", "a time of day such as 02:15"),
        ("time_zone", "Nowhere", "a zone such as Asia/Kolkata"),
        ("min_score", "101", "a percentage from 0 to 100"),
        ("keep_days", "-1", "a number of days"),
        ("keep_backups", "0", "a whole number from 1"),
        ("max_rejected_lines", "many", "a whole number from 0 to 100,000"),
        ("roles", "perhaps", "yes or no"),
    ],
)
def test_value_that_cannot_be_read_is_named(
    name: str, value: str, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable(name), value)
    with pytest.raises(LoaderError, match=f"^{variable(name)} is '{value}'; write {form}$"):
        load_settings()


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("alert_urls", "loader_password"):
        monkeypatch.setenv(variable(name), "pl4nted")
    assert "pl4nted" not in repr(load_settings())


def test_misspelt_variable_is_named_with_the_one_that_is_meant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SHOP_KEEP_BACKUP", "3")
    monkeypatch.setenv("SHOP_QUITE_ANOTHER", "3")
    monkeypatch.setenv("SHOP_KEEP_DAYS", "3")
    monkeypatch.setenv("SHOP_RUN_ID", "r")
    found = unknown_variables()
    assert found["SHOP_KEEP_BACKUP"] == "SHOP_KEEP_BACKUPS"
    assert found["SHOP_QUITE_ANOTHER"] == ""
    assert not {"SHOP_KEEP_DAYS", "SHOP_RUN_ID"} & set(found)


def test_every_variable_that_is_named_anywhere_is_a_setting() -> None:
    command = ["git", "grep", "-hoE", r"\bSHOP_[A-Z_]+[A-Z]\b", "--", "loader", "docs", "Makefile"]
    found = subprocess.run(
        [*command, "docker-compose.yml", "README.md", "dbt_project"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert {*found} - OTHERS - {variable(name) for name in Settings.model_fields} == set()
