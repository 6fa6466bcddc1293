"""Show the site on this machine: a web server on the loopback address, and the browser."""

import os
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO

from loader.errors import LoaderError

HOST = "127.0.0.1"
INDEX = "index.html"  # what stands for a folder


class Handler(SimpleHTTPRequestHandler):
    """Serve the files of a folder and nothing beside it, and be quiet.

    A request for another host than this one is refused: a page elsewhere whose name was pointed at
    this machine (DNS rebinding) could read the figures otherwise.
    """

    index_pages = (INDEX,)
    server: ThreadingHTTPServer

    def send_head(self) -> BinaryIO | None:
        """Answer with a file, or refuse; folders and links out of this one are not shown."""
        if self.headers.get("Host") not in self._own_names():
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST, "Ask for http://127.0.0.1 by this name")
            return None
        if not self._is_inside():
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        return super().send_head()

    def list_directory(self, path: str | os.PathLike[str]) -> None:  # noqa: ARG002
        """Show no list of files."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def _own_names(self) -> set[str]:
        port = self.server.server_address[1]
        return {f"{HOST}:{port}", f"localhost:{port}"}

    def _is_inside(self) -> bool:
        """Return whether a request leads to a path of the folder, and no link away from it."""
        folder = Path(self.directory).resolve()
        asked = Path(self.translate_path(self.path))
        try:
            found = [path.resolve() for path in (asked, asked / INDEX)]
        except (ValueError, OSError, RuntimeError):  # a NUL byte, a long name, links in a circle
            return False
        return all(path.is_relative_to(folder) for path in found)

    def end_headers(self) -> None:
        """Let a page that was built anew be seen at once."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@contextmanager
def server(folder: Path, port: int) -> Iterator[ThreadingHTTPServer]:
    """Yield a web server of a folder that only this machine can reach; port 0 takes a free one.

    Raises:
        LoaderError: the port is taken.
    """
    try:
        started = ThreadingHTTPServer((HOST, port), partial(Handler, directory=folder))
    except OSError as error:
        raise LoaderError(
            f"nothing can be served on port {port}: {error.strerror}; choose one with --port"
        ) from None
    with started:
        yield started


def url(started: ThreadingHTTPServer) -> str:
    """Return the address of a web server."""
    return f"http://{HOST}:{started.server_address[1]}/"


def open_browser(address: str) -> bool:
    """Open the browser where there is a screen to show it on; say whether it was."""
    has_screen = sys.platform in ("darwin", "win32") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    )
    return has_screen and webbrowser.open(address)
