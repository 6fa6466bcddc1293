"""The command that shows the dashboards: built when needed, served to this machine alone."""

import http.client
import socket
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from dashboards.site import build, serve
from factories.days import execute
from loader.cli import loader
from loader.config.settings import Settings
from loader.errors import LoaderError


@pytest.fixture(autouse=True)
def no_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the seconds that charts and Vega take: no page is looked at here."""
    monkeypatch.setattr(build, "draw", lambda _: None)


@pytest.mark.usefixtures("first_day")
def test_site_is_built_anew_only_for_another_publication(settings: Settings) -> None:
    assert build.build_if_needed(settings) is True
    written = (settings.site_dir / "index.html").stat().st_mtime_ns
    assert build.build_if_needed(settings) is False
    assert (settings.site_dir / "index.html").stat().st_mtime_ns == written
    execute(
        "insert into ops.publications (publication_id, logical_date) overriding system value"
        " values (2, '2025-03-01');"
        "insert into ops.publication_relations select 2, relation_name, row_count, 0, 0"
        " from ops.publication_relations"
    )
    assert build.build_if_needed(settings) is True
    assert "Publication 2 of" in (settings.site_dir / "index.html").read_text()


@pytest.mark.usefixtures("database")
def test_nothing_published_is_an_error_and_the_old_site_stays(settings: Settings) -> None:
    settings.site_dir.mkdir(parents=True)
    (settings.site_dir / "index.html").write_text("old")
    with pytest.raises(LoaderError, match="nothing was published yet"):
        build.build(settings)
    assert list(settings.site_dir.parent.glob(".*")) == []
    assert (settings.site_dir / "index.html").read_text() == "old"


def test_pages_are_served_to_this_machine_alone_and_never_stale(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<h1>Figures</h1>")
    with serve.server(tmp_path, 0) as started:
        assert started.server_address[0] == "127.0.0.1"
        threading.Thread(target=started.serve_forever, daemon=True).start()
        with urllib.request.urlopen(serve.url(started)) as answer:  # noqa: S310
            assert answer.read() == b"<h1>Figures</h1>"
            assert answer.headers["Cache-Control"] == "no-cache"
        started.shutdown()


Ask = Callable[..., tuple[int, bytes]]  # for a path, as a host; status and body


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Ask]:
    """Return a function that asks the web server of a folder for a path, as a host."""
    folder = tmp_path / "site"
    (folder / "data").mkdir(parents=True)
    (folder / "index.html").write_text("figures")
    (folder / "data" / "cube.csv").write_text("cube")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to(tmp_path)
    (folder / "linked").mkdir()
    (folder / "linked" / "index.html").symlink_to(tmp_path / "secret.txt")
    (folder / "circle").symlink_to(folder / "circle")
    with serve.server(folder, 0) as started:
        threading.Thread(target=started.serve_forever, args=(0.01,), daemon=True).start()
        port = started.server_address[1]

        def ask(path: str, host: str | None = "127.0.0.1:{port}") -> tuple[int, bytes]:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            with closing(connection):
                connection.putrequest("GET", path, skip_host=True)
                if host is not None:
                    connection.putheader("Host", host.format(port=port))
                connection.endheaders()
                answer = connection.getresponse()
                return answer.status, answer.read()

        yield ask
        started.shutdown()


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}"])
def test_own_names_of_the_machine_are_answered(asked: Ask, host: str) -> None:
    assert asked("/", host) == (200, b"figures")
    assert asked("/data/cube.csv?v=1", host) == (200, b"cube")


@pytest.mark.parametrize(
    "host", ["attacker.example:{port}", "127.0.0.1.attacker.example", "127.0.0.1:1", "", None]
)
def test_other_names_that_lead_to_this_machine_are_refused(asked: Ask, host: str | None) -> None:
    status, answer = asked("/", host)
    assert status == 421
    assert b"figures" not in answer


@pytest.mark.parametrize(
    "path",
    [
        "/link.txt",
        "/up/secret.txt",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/data/",
        "/linked/",
        "/circle",
        "/index.html%00",
        "/%00",
        "/" + "x" * 5000,
        "/nothing",
    ],
)
def test_what_is_no_file_of_the_site_is_not_there(
    asked: Ask, path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert asked(path)[0] == 404
    assert "Traceback" not in capfd.readouterr().err


def test_port_that_is_taken_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(LoaderError, match="choose one with --port"),
            serve.server(tmp_path, port),
        ):
            pass


def test_browser_is_left_shut_where_there_is_no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert serve.open_browser("http://127.0.0.1:1/") is False


@pytest.mark.usefixtures("first_day")
def test_command_can_build_and_serve_nothing(settings: Settings) -> None:
    result = CliRunner().invoke(loader, ["dashboard", "--build-only"])
    assert result.exit_code == 0, result.output
    assert result.output == f"wrote {settings.site_dir}\n"
    assert (settings.site_dir / "time_and_place.html").exists()
