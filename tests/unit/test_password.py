"""What a password command may be, print and fail with; nothing of it is quoted."""

import sys

import pytest

from loader import password
from loader.database.errors import is_transient_text
from loader.errors import LoaderError, TransientError
from loader.password import fresh_password


def set_command(patch: pytest.MonkeyPatch, code: str) -> None:
    patch.setenv("SHOP_PASSWORD_COMMAND", f"{sys.executable} -S -c '{code}'")


def test_command_prints_the_password_of_the_user_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_command(monkeypatch, 'import os; print("token $HOME of", os.environ["PGUSER"])')
    assert fresh_password("db.example.com", "shop_loader") == "token $HOME of shop_loader"


def test_no_command_and_a_socket_have_no_fresh_password(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fresh_password("db.example.com", "shop") is None
    monkeypatch.setenv("SHOP_PASSWORD_COMMAND", "false")
    assert fresh_password("/run/postgresql", "shop") is None


@pytest.mark.parametrize(
    ("code", "kind", "reason"),
    [
        ('print("s3cret"); sys.exit(3)', TransientError, "ended with exit code 3"),
        ('import time; print("s3cret", flush=True); time.sleep(60)', TransientError, "did not end"),
        ("", LoaderError, "must print one line"),
        ('print("s3cret"); print("s3cret")', LoaderError, "must print one line"),
    ],
)
def test_failure_is_one_line_that_quotes_nothing(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    code: str,
    kind: type[LoaderError],
    reason: str,
) -> None:
    set_command(monkeypatch, f'import sys; print("s3cret", file=sys.stderr); {code}')
    monkeypatch.setattr(password, "TIMEOUT", 0.5)
    with pytest.raises(LoaderError, match=f"^SHOP_PASSWORD_COMMAND {reason}") as caught:
        fresh_password("db.example.com", "shop")
    assert type(caught.value) is kind
    assert is_transient_text(f"Runtime Error {caught.value}") is (kind is TransientError)
    assert "\n" not in str(caught.value)
    assert "s3cret" not in str(caught.value) + "".join(capfd.readouterr())


@pytest.mark.parametrize("line", ["/no/such/program s3cret", "echo 's3cret"])
def test_command_that_cannot_be_run_is_said_to_be(
    monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD_COMMAND", line)
    with pytest.raises(LoaderError, match="SHOP_PASSWORD_COMMAND cannot be run") as caught:
        fresh_password("db.example.com", "shop")
    assert "s3cret" not in str(caught.value)
