"""A real PostgreSQL for the tests: the one PGHOST names, else an embedded one of their own."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import sql

from factories.days import KeptShop
from loader.config.settings import REPOSITORY, Settings
from loader.database import server
from loader.database.embedded.cluster import SUPERUSER
from loader.database.embedded.sockets import PORT
from loader.dbt import templates

# Tests have dates of their own, whatever the clock says.
os.environ["SHOP_ALLOW_FUTURE_DATES"] = "yes"

pytest_plugins = [
    "factories.first_days",
    "factories.managed_servers",
    "factories.object_stores",
    "factories.receivers",
    "factories.role_shop",
    "factories.shops",
    "factories.sites",
    "factories.small_shop",
    "factories.stored_days",
]

# Files that take a minute or more: begun last, one of them would keep a single process busy.
LONGEST = {
    *("test_audit", "test_dashboard_returns", "test_dashboards", "test_days", "test_erase"),
    *("test_generated_days", "test_planted", "test_restore"),
    *("test_retry", "test_returns", "test_revert", "test_roles", "test_sample", "test_upgrades"),
}

# Empty: the tests of the sample data are left out, in CI too.
SAMPLES_DIR = os.environ.get("SAMPLES_DIR", str(REPOSITORY.parent / "shared" / "samples"))
SAMPLE = Path(SAMPLES_DIR) / "marketplace-2024"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PROMTOOL = shutil.which("promtool")
# the embedded programs have no TLS
TLS_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if shutil.which("openssl") else []
PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")

# What some tests need beside the packages, by the fixture that gives it; None where it is there.
MISSING = {
    "sample_dir": None
    if SAMPLE.is_dir()
    else f"sample data: none at {SAMPLE} (SAMPLES_DIR, empty to do without)",
    "chromium": None if CHROMIUM else "browser: no chromium in PATH",
    "promtool": None if PROMTOOL else "Prometheus: no promtool in PATH",
    "tls_programs": None
    if TLS_PROGRAMS
    else "PostgreSQL with TLS: none in /usr/lib/postgresql, or no openssl in PATH",
    "google_storage": None if shutil.which("openssl") else "object storage: no openssl in PATH",
    "pgbouncer": None if PGBOUNCER else "PgBouncer: none in PATH or /usr/sbin",
}


def pytest_configure() -> None:
    """End in CI where anything is missing: here, because pytest-xdist's workers show a traceback.

    Raises:
        pytest.UsageError: says what, where it is looked for, and how to do without samples.
    """
    needed = {**MISSING, "sample_dir": MISSING["sample_dir"] if SAMPLES_DIR else None}
    if os.environ.get("CI") and (missing := [text for text in needed.values() if text]):
        raise pytest.UsageError(f"CI lacks {'; '.join(missing)}")


def pytest_report_header() -> list[str]:
    """Say why tests are missing."""
    return [f"{missing}, its tests are deselected" for missing in MISSING.values() if missing]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let the longest files begin; leave out proofs, and the tests of what is not there."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)
    if "PROOF_DAYS" not in os.environ:
        proofs = [item for item in items if item.get_closest_marker("proof")]
        config.hook.pytest_deselected(items=proofs)
        items[:] = [item for item in items if item not in proofs]
    for fixture, missing in MISSING.items():
        needing = [item for item in items if fixture in getattr(item, "fixturenames", ())]
        if missing and needing:
            config.hook.pytest_deselected(items=needing)
            items[:] = [item for item in items if item not in needing]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the browser."""
    assert CHROMIUM
    return CHROMIUM


@pytest.fixture(scope="session")
def promtool() -> str:
    """Return the path of Prometheus' checker."""
    assert PROMTOOL
    return PROMTOOL


@pytest.fixture(scope="session")
def tls_programs() -> Path:
    """Return the folder of a PostgreSQL's programs that have TLS."""
    return TLS_PROGRAMS[0]


@pytest.fixture(scope="session")
def pgbouncer() -> str:
    """Return the path of the pool of connections."""
    assert PGBOUNCER
    return PGBOUNCER


@pytest.fixture(scope="session")
def sample_dir() -> Path:
    """Return the folder of the sample's four CSV files and expected.json."""
    return SAMPLE


@pytest.fixture(scope="session")
def server_environment() -> Iterator[dict[str, str]]:
    """Yield the PG* variables of a server that scratch databases may be made on."""
    if os.environ.get("PGHOST"):
        yield {name: value for name, value in os.environ.items() if name.startswith("PG")}
        return
    root = Path(tempfile.mkdtemp(prefix="shop-"))
    settings = Settings(root=root)
    yield server.dbt_environment(settings)
    server.stop(settings)
    shutil.rmtree(root)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return settings of a shop with nothing in it, which the environment names too."""
    monkeypatch.setenv("SHOP_ROOT", str(tmp_path))
    return Settings(root=tmp_path)


ScratchDatabase = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="session")
def scratch_database(server_environment: dict[str, str]) -> ScratchDatabase:
    """Return a context that makes a database, empty or a copy, for the PG* variables to name.

    `rules` are its own for order and case, beside template0.

    One after the other, they have one name: dbt parses a project anew for another database.
    """
    prefix = f"shop_test_{secrets.token_hex(6)}"
    in_use: list[str] = []

    @contextmanager
    def scratch(
        patch: pytest.MonkeyPatch, template: str = "template1", rules: str = ""
    ) -> Iterator[str]:
        for variable, value in server_environment.items():
            patch.setenv(variable, value)
        name = f"{prefix}_{len(in_use)}"
        patch.setenv("PGDATABASE", name)
        _maintain(server_environment, f"create database {{}} template {{}} {rules}", name, template)
        in_use.append(name)
        try:
            yield name
        finally:
            in_use.remove(name)
            _maintain(server_environment, "drop database if exists {} with (force)", name)

    return scratch


@pytest.fixture
def database(scratch_database: ScratchDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the name of an empty database that the PG* variables point at."""
    with scratch_database(monkeypatch) as name:
        yield name


@pytest.fixture(scope="session")
def parsed_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file that keeps what dbt has parsed, beside what it has compiled."""
    return tmp_path_factory.mktemp("parsed") / "partial_parse.msgpack"


@contextmanager
def _own_dbt_target(patch: pytest.MonkeyPatch, folder: Path, parsed: Path) -> Iterator[None]:
    target = folder / "target"
    target.mkdir()
    (target / templates.FOLDER).symlink_to(parsed.parent)
    patch.setenv("DBT_TARGET_PATH", str(target))
    patch.setenv("DBT_LOG_PATH", str(folder / "dbt_logs"))
    patch.setenv("DBT_LOG_LEVEL_FILE", "info")  # to write all is a sixteenth of a build
    if parsed.exists():
        shutil.copy(parsed, target)
    yield
    if (target / parsed.name).exists():
        shutil.copy(target / parsed.name, parsed)


@pytest.fixture
def own_dbt_target(
    tmp_path: Path, parsed_project: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Keep dbt's files out of the project folder, where a user may be working."""
    with _own_dbt_target(monkeypatch, tmp_path, parsed_project):
        yield


@pytest.fixture(scope="session")
def kept_shop(
    server_environment: dict[str, str],
    scratch_database: ScratchDatabase,
    tmp_path_factory: pytest.TempPathFactory,
    parsed_project: Path,
) -> KeptShop:
    """Return a context that fills a shop once, for many tests to read or to copy."""

    @contextmanager
    def keep(
        name: str, fill: Callable[[Path], None], template: str = "template1"
    ) -> Iterator[tuple[str, Path]]:
        root = tmp_path_factory.mktemp(name)
        with (
            pytest.MonkeyPatch.context() as patch,
            scratch_database(patch, template) as scratch,
            _own_dbt_target(patch, root, parsed_project),
        ):
            patch.setenv("SHOP_ROOT", str(root))
            fill(root)
            kept = f"{scratch}_{name}"
            _maintain(server_environment, "alter database {} rename to {}", scratch, kept)
        yield kept, root
        _maintain(server_environment, "drop database {} with (force)", kept)

    return keep


def _maintain(environment: dict[str, str], statement: str, *names: str) -> None:
    """Run a statement about a database from outside of it."""
    outside = psycopg2.connect(
        host=environment["PGHOST"],
        port=environment.get("PGPORT") or PORT,
        user=environment.get("PGUSER") or SUPERUSER,
        dbname="postgres",
    )
    with closing(outside) as connection:
        connection.autocommit = True
        connection.cursor().execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
