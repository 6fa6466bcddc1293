"""The embedded server: whose it is, what it survives, where it can live."""

import multiprocessing
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
from contextlib import closing
from datetime import date
from multiprocessing.queues import Queue
from pathlib import Path

import psutil
import psycopg2
import pytest

from factories.servers import query
from loader.config.settings import REPOSITORY, Settings
from loader.database import server
from loader.database.credentials import BI, LOADER, WITH_LOGIN, password_variable, role_name
from loader.database.embedded.cluster import SUPERUSER, Cluster
from loader.database.embedded.sockets import PORT
from loader.database.roles import set_up_roles
from loader.errors import LoaderError, TransientError
from loader.scheduling.schedule import CatchUp

IMPORTS = "from loader.database import server; from loader.config.settings import load_settings; "
START = f"{IMPORTS}server.start(load_settings())"


@pytest.fixture(autouse=True)
def without_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PG")]:
        monkeypatch.delenv(name)


def process_id(settings: Settings) -> int:
    postmaster = Cluster(settings.server_dir).postmaster()
    assert postmaster is not None
    return postmaster.process_id


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_connecting_starts_the_server_and_names_the_session(shop: Settings) -> None:
    assert not server.status(shop).is_running
    rows = query(shop, "select current_database(), current_setting('application_name')")
    assert rows == [("shop", "loader")]
    assert server.status(shop).is_running


def test_a_running_server_is_used_again(shop: Settings) -> None:
    server.start(shop)
    first = process_id(shop)
    server.start(shop)
    assert process_id(shop) == first


def test_server_outlives_the_program_that_started_it(shop: Settings) -> None:
    subprocess.run(
        [sys.executable, "-c", START], check=True, start_new_session=True, cwd=REPOSITORY
    )
    assert server.status(shop).is_running
    assert os.getsid(process_id(shop)) == process_id(shop)


def test_server_keeps_free_memory_for_the_next_match(shop: Settings) -> None:
    server.start(shop)
    environment = Path(f"/proc/{process_id(shop)}/environ").read_bytes().split(b"\0")
    assert b"MALLOC_TRIM_THRESHOLD_=67108864" in environment


def test_stopping_ends_sessions_and_tells_what_happened(shop: Settings) -> None:
    with closing(server.connect(shop)):
        assert server.stop(shop)
    assert not server.status(shop).is_running
    assert not server.stop(shop)


def test_committed_rows_survive_kill_9_of_the_server(shop: Settings) -> None:
    query(shop, "create table kept as select generate_series(1, 1000) as n")
    os.kill(process_id(shop), signal.SIGKILL)
    assert query(shop, "select count(*) from kept") == [(1000,)]


def test_server_whose_socket_was_removed_ends_a_command_at_once(shop: Settings) -> None:
    server.start(shop)
    (shop.server_dir / f".s.PGSQL.{PORT}").unlink()
    with pytest.raises(LoaderError, match=r"runs, but its socket is gone.*make down") as refusal:
        server.connect(shop)
    assert not isinstance(refusal.value, TransientError)
    assert server.stop(shop)
    assert query(shop, "select 1") == [(1,)]


def test_server_whose_folder_was_removed_is_not_made_anew_by_the_same_command(
    shop: Settings,
) -> None:
    server.start(shop)
    os.kill(process_id(shop), signal.SIGKILL)
    shutil.rmtree(shop.server_dir)
    with pytest.raises(LoaderError, match="was removed while its server was in use") as refusal:
        server.connect(shop)
    assert not isinstance(refusal.value, TransientError)
    assert not shop.server_dir.exists()
    other_command = [sys.executable, "-c", START]
    subprocess.run(other_command, check=True, cwd=REPOSITORY, start_new_session=True)
    assert query(shop, "select 1") == [(1,)]


def test_scheduler_begins_anew_where_the_folder_was_removed_since(shop: Settings) -> None:
    server.start(shop)
    os.kill(process_id(shop), signal.SIGKILL)
    shutil.rmtree(shop.server_dir)
    assert CatchUp(shop, (sys.executable, "-c", "")).run(date(2026, 11, 22))
    assert query(shop, "select count(*) from ops.loads") == [(0,)]


def test_pid_file_that_names_another_program_does_not_prevent_a_start(shop: Settings) -> None:
    server.start(shop)
    pid_file = shop.server_dir / "data" / "postmaster.pid"
    stale = pid_file.read_text().splitlines()
    os.kill(process_id(shop), signal.SIGKILL)
    pid_file.write_text("\n".join([str(os.getpid()), *stale[1:], ""]))
    assert not server.status(shop).is_running
    assert query(shop, "select 1") == [(1,)]


def test_two_programs_that_start_at_once_get_the_same_server(shop: Settings) -> None:
    starts = [subprocess.Popen([sys.executable, "-c", START], cwd=REPOSITORY) for _ in range(3)]
    assert [start.wait(timeout=60) for start in starts] == [0, 0, 0]
    assert query(shop, "select count(*) from pg_database where datname = 'shop'") == [(1,)]


def test_initdb_that_was_killed_leaves_no_half_cluster(shop: Settings) -> None:
    unfinished = shop.server_dir / "data.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    assert query(shop, "select 1") == [(1,)]
    assert not unfinished.exists()


@pytest.mark.parametrize(
    "name", ["with space", "it's 100% {{ odd }}", "Käse", "a,b", "long/" + "/".join(["x" * 60] * 8)]
)
def test_server_runs_in_any_folder(tmp_path: Path, name: str) -> None:
    settings = Settings(root=tmp_path / name)
    assert query(settings, "select 1") == [(1,)]
    socket_dir = Cluster(settings.server_dir).socket_dir
    assert mode(socket_dir) == stat.S_IRWXU
    assert socket_dir.stat().st_uid == os.geteuid()
    assert server.stop(settings)


def test_socket_folder_of_another_user_is_refused(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    settings = Settings(root=tmp_path / ("x" * 120))
    Cluster(settings.server_dir).socket_dir.symlink_to(tmp_path_factory.mktemp("elsewhere"))
    with pytest.raises(LoaderError, match="belongs to another user or is not a folder"):
        server.start(settings)


def test_nobody_is_trusted_and_nothing_listens_on_the_network(shop: Settings) -> None:
    assert query(shop, "select type, auth_method, options from pg_hba_file_rules") == [
        ("local", "peer", ["map=owner"])
    ]
    assert query(shop, "show listen_addresses") == [("",)]
    assert query(shop, "show fsync") == [("on",)]


def test_files_are_private(shop: Settings) -> None:
    server.start(shop)
    folders = [shop.server_dir, shop.server_dir / "data", shop.server_dir / "log"]
    assert [mode(folder) for folder in folders] == [stat.S_IRWXU] * 3
    logs = list((shop.server_dir / "log").iterdir())
    assert logs
    assert {mode(log) for log in logs} == {stat.S_IRUSR | stat.S_IWUSR}
    assert {path.stat().st_uid for path in shop.server_dir.rglob("*")} == {os.geteuid()}


def _connect_as(uid: int, host: str, answer: Queue[str]) -> None:
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    try:
        psycopg2.connect(host=host, port=PORT, user=SUPERUSER, dbname="shop").close()
    except psycopg2.OperationalError as error:
        answer.put(str(error))
    else:
        answer.put("connected")


def connect_as(uid: int, host: Path) -> str:
    context = multiprocessing.get_context("fork")
    answer: Queue[str] = context.Queue()
    child = context.Process(target=_connect_as, args=(uid, str(host), answer))
    child.start()
    result = answer.get(timeout=30)
    child.join()
    return result


def test_readers_with_a_password_come_in_by_tcp_where_that_is_asked_for(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    for module in ("embedded.cluster", "libpq"):
        monkeypatch.setattr(f"loader.database.{module}.PORT", port)
    passwords = {role: f"of {role}, by this test" for role in WITH_LOGIN}
    for role, password in passwords.items():
        monkeypatch.setenv(password_variable(role), password)
    server.start(shop)
    set_up_roles(shop)

    def come_in(role: str, password: str) -> str:
        try:
            psycopg2.connect(
                host="127.0.0.1", port=port, dbname="shop", user=role_name(role), password=password
            ).close()
        except psycopg2.OperationalError as error:
            return str(error)
        return "came in"

    assert "Connection refused" in come_in(BI, passwords[BI])
    server.stop(shop)
    monkeypatch.setenv("SHOP_ROLES", "yes")
    server.start(shop.model_copy(update={"server_tcp": True}))
    assert come_in(BI, passwords[BI]) == "came in"
    assert "password authentication failed" in come_in(BI, passwords[LOADER])
    assert "no pg_hba.conf entry" in come_in(LOADER, passwords[LOADER])
    listening = psutil.Process(process_id(shop)).net_connections("tcp")
    assert {found.laddr.ip for found in listening} == {"127.0.0.1"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become other users")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_other_users_are_refused_even_where_folders_stand_open(
    shop: Settings, tmp_path: Path
) -> None:
    server.start(shop)
    others = [account.pw_uid for account in pwd.getpwall() if account.pw_uid != 0]
    assert "Permission denied" in connect_as(others[0], shop.server_dir)
    for folder in [tmp_path, *tmp_path.parents, shop.server_dir]:
        if folder != Path("/") and folder.stat().st_uid == 0 and not mode(folder) & stat.S_IXOTH:
            folder.chmod(0o711)
    (shop.server_dir / f".s.PGSQL.{PORT}").chmod(0o777)
    assert "connected" not in {connect_as(uid, shop.server_dir) for uid in others}
    assert "Peer authentication failed" in connect_as(others[0], shop.server_dir)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has other users' files")
def test_folder_of_another_user_is_refused_and_left_as_it_is(settings: Settings) -> None:
    settings.server_dir.mkdir(mode=0o750)
    os.chown(settings.server_dir, 12345, 12345)
    with pytest.raises(LoaderError, match="belongs to another user"):
        server.start(settings)
    assert mode(settings.server_dir) == 0o750


def test_a_cluster_keeps_its_version(shop: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PG_VERSION", "16")
    assert query(shop, "select initcap('élan vital'), 'Z' < 'a'") == [("Élan Vital", True)]
    server.stop(shop)
    monkeypatch.setenv("SHOP_PG_VERSION", "18")
    assert str(server.start(shop).version).startswith("16.")


def test_upper_and_lower_case_follow_unicode_and_sorting_follows_bytes(shop: Settings) -> None:
    assert query(shop, "select initcap('élan vital'), 'Z' < 'a'") == [("Élan Vital", True)]


def test_a_version_that_is_not_embedded_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PG_VERSION", "9")
    with pytest.raises(
        LoaderError, match="PostgreSQL 9 is not embedded: set SHOP_PG_VERSION to one of 16, 18"
    ):
        server.start(settings)
