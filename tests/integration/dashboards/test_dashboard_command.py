"""The command that shows the dashboards: built when needed, served to this machine alone."""

import socket
import threading
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from dashboards.site import build, serve
from factories.days import execute
from loader.cli import loader
from loader.errors import LoaderError
from loader.settings import Settings


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
        "insert into ops.publications (logical_date) values ('2025-03-01');"
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
    monkeypatch.setattr(serve.sys, "platform", "linux")
    assert serve.open_browser("http://127.0.0.1:1/") is False


@pytest.mark.usefixtures("first_day")
def test_command_can_build_and_serve_nothing(settings: Settings) -> None:
    result = CliRunner().invoke(loader, ["dashboard", "--build-only"])
    assert result.exit_code == 0, result.output
    assert result.output == f"wrote {settings.site_dir}\n"
    assert (settings.site_dir / "time_and_place.html").exists()
