"""How a server is found: by libpq's variables, dbt's profile, psql; and servers elsewhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from factories.servers import query
from loader.config.settings import REPOSITORY, Settings
from loader.database import server
from loader.database.profile import write_profile
from loader.errors import LoaderError


@pytest.fixture(autouse=True)
def without_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PG")]:
        monkeypatch.delenv(name)


# What would lead a connection elsewhere, or change what it says; libpq reads it by itself.
LIBPQ = {
    "PGHOSTADDR": "127.0.0.1",
    "PGPORT": "1",
    "PGDATABASE": "nowhere",
    "PGUSER": "nobody",
    "PGPASSWORD": "s3cret-word",
    "PGPASSFILE": "/nowhere/pgpass",
    "PGSERVICE": "elsewhere",
    "PGSERVICEFILE": "/nowhere/services",
    "PGOPTIONS": "-c statement_timeout=1 -c search_path=nowhere",
    "PGSSLMODE": "verify-full",
    "PGREQUIREPEER": "nobody",
    "PGTARGETSESSIONATTRS": "standby",
    "PGCHANNELBINDING": "require",
    "PGGSSENCMODE": "require",
    "PGCLIENTENCODING": "LATIN1",
    "PGTZ": "Asia/Kolkata",
    "PGDATESTYLE": "SQL, DMY",
    "PGCONNECT_TIMEOUT": "x",
}
SHOWN = (
    "select current_database(), current_user, current_setting('client_encoding'),"
    " current_setting('statement_timeout'), current_setting('timezone')"
)


def test_embedded_server_is_reached_whatever_libpq_reads_in_the_environment(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in LIBPQ.items():
        monkeypatch.setenv(name, value)
    assert server.start(shop).is_running
    for name, value in LIBPQ.items():
        monkeypatch.setenv(name, value)
    assert query(shop, SHOWN) == [("shop", "postgres", "UTF8", "0", "UTC")]


@pytest.mark.parametrize("variable", LIBPQ)
def test_status_and_psql_reach_the_embedded_server_beside_each_variable(
    shop: Settings, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    server.start(shop)
    monkeypatch.setenv(variable, LIBPQ[variable])
    assert server.status(shop).is_running
    monkeypatch.setenv(variable, LIBPQ[variable])
    done = run_psql(f"{SHOWN};")
    assert done == "shop|postgres|UTF8|0|UTC\n"


def test_dbt_reaches_the_embedded_server_whatever_libpq_reads_in_the_environment(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in LIBPQ.items():
        monkeypatch.setenv(name, value)
    environment = server.dbt_environment(shop)
    assert {name for name in os.environ if name.startswith("PG")} == set()
    assert sorted(environment) == ["PGCLIENTENCODING", "PGDATABASE", "PGHOST", "PGPORT", "PGUSER"]


@pytest.mark.usefixtures("database")
def test_libpq_variables_work_beside_pghost_but_for_the_encoding(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c statement_timeout=12345ms -c client_encoding=LATIN1")
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    monkeypatch.setenv("PGTZ", "Asia/Kolkata")
    assert query(settings, SHOWN)[0][2:] == ("UTF8", "12345ms", "Asia/Kolkata")
    assert query(settings, "select 'Zoë, 東京'") == [("Zoë, 東京",)]


@pytest.mark.usefixtures("database")
def test_service_gives_what_stands_in_no_variable(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = tmp_path / "services"
    services.write_text("[shop]\noptions=-c statement_timeout=54321ms\n")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    monkeypatch.setenv("PGSERVICE", "shop")
    assert query(settings, SHOWN)[0][3] == "54321ms"


def test_unreachable_server_is_named_without_the_password(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {
        "PGHOST": "127.0.0.1",
        "PGPORT": "1",
        "PGDATABASE": "shop_x",
        "PGPASSWORD": "s3cret-word",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(
        LoaderError, match=r"database shop_x on host 127\.0\.0\.1, port 1, as user postgres"
    ) as caught:
        server.connect(settings)
    assert "s3cret-word" not in str(caught.value)
    assert not settings.server_dir.exists()


def test_server_elsewhere_is_not_stopped(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    with pytest.raises(LoaderError, match="stop it where it runs"):
        server.stop(settings)


def test_profile_holds_no_password_and_leads_dbt_to_the_server(
    database: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = os.environ.get("PGPASSWORD") or "s3cret-word"
    monkeypatch.setenv("PGPASSWORD", password)
    environment = os.environ | server.dbt_environment(settings)
    assert password not in write_profile(settings).read_text()
    command = [
        sys.executable,
        "-m",
        "dbt.cli.main",
        "--no-use-colors",
        "debug",
        "--connection",
        "--log-path",
        str(settings.logs_dir),
    ]
    result = subprocess.run(
        command, cwd=settings.dbt_dir, env=environment, capture_output=True, text=True, check=False
    )
    assert "Connection test: [OK connection ok]" in result.stdout, result.stdout
    assert f"database: {database}" in result.stdout
    assert password not in result.stdout


@pytest.mark.usefixtures("shop")
def test_psql_reads_queries_from_standard_input() -> None:
    assert run_psql("select current_database() || ' ' || current_user") == "shop postgres\n"


def run_psql(statements: str) -> str:
    imports = "from loader.database import server; from loader.config.settings import load_settings"
    program = f"{imports}; server.psql(load_settings(), ['-At'])"
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        input=statements,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_program_finds_the_shops_database_from_any_folder(shop: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "of the program"
    folder.mkdir()
    asked = "import os; print(os.environ['PGHOST'], os.environ['PGDATABASE'], os.getcwd())"
    command = ("-m", "loader", "server", "exec", "--folder", folder, sys.executable, "-c", asked)
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, cwd=REPOSITORY, check=True
    )
    assert done.stdout.strip() == f"{server.status(shop).host} shop {folder}"
