"""Whose certificates a store must show: the machine's authorities, or those of SSL_CERT_FILE."""

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from factories.managed_servers import make_certificates
from loader.config.places import parse_location
from loader.errors import LoaderError
from loader.storage import filesystems
from loader.storage.store import Store

UNTRUSTED = "SSL peer certificate"
ANSWERED = "501 Unsupported method"  # by a server that is no store


@pytest.fixture
def certificates(
    google_storage: object,  # noqa: ARG001  (it needs openssl, too)
    tmp_path: Path,
) -> Path:
    make_certificates(tmp_path)
    return tmp_path


@pytest.fixture
def store(certificates: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield a place at a server with a certificate by an authority of our own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.crt", certificates / "server.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("SHOP_STORAGE_ENDPOINT", f"https://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("SHOP_ATTEMPTS", "1")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "account")
    monkeypatch.setenv("AZURE_STORAGE_KEY", "a2V5")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    yield "shop/x"
    server.shutdown()


def answer(url: str) -> str:
    with pytest.raises(LoaderError) as caught:
        Store(parse_location(url)).sizes()
    return str(caught.value)


def test_store_of_an_unknown_authority_is_refused(
    store: str, monkeypatch: pytest.MonkeyPatch, certificates: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "other_ca.crt"))
    assert UNTRUSTED in answer(f"s3://{store}")  # Azure's client would try three times more


def test_store_of_an_authority_in_ssl_cert_file_is_trusted(
    store: str, monkeypatch: pytest.MonkeyPatch, certificates: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ca.crt"))
    assert ANSWERED in answer(f"az://{store}")


def test_authorities_of_the_machine_are_found(
    store: str, monkeypatch: pytest.MonkeyPatch, certificates: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "restored afterwards")
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setattr(filesystems, "AUTHORITIES", ("/no", str(certificates / "ca.crt")))
    assert ANSWERED in answer(f"az://{store}")
