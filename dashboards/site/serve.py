"""Show the site on this machine: a web server on the loopback address, and the browser."""

import os
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from loader.errors import LoaderError

HOST = "127.0.0.1"


class Handler(SimpleHTTPRequestHandler):
    """Serve files, ask the browser to look for newer ones, and be quiet."""

    def end_headers(self) -> None:
        """Let a page that was built anew be seen at once."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@contextmanager
def server(folder: Path, port: int) -> Iterator[ThreadingHTTPServer]:
    """Give a web server of a folder that only this machine can reach; port 0 takes a free one.

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
