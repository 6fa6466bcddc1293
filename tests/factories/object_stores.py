"""Object storage on the loopback address: servers that speak as Google's, Amazon's and Azure's do.

Google's comes with the tools for development; the other two are large, and only `make cloud-test`
installs and starts them. Each has a bucket `shop`, and secrets that are looked for afterwards.
"""

import base64
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pyarrow.fs import S3FileSystem

from factories.managed_servers import free_port
from loader.config.places import parse_location
from loader.config.settings import REPOSITORY
from loader.storage.filesystems import filesystem
from loader.storage.store import Store

INSTALLED = REPOSITORY / ".cache" / "cloud"
BUCKET = "shop"
NAMES = ("SHOP_STORAGE_ENDPOINT", "AWS_", "AZURE_", "GOOGLE_")


@dataclass(frozen=True)
class ObjectStore:
    """Name a running server's bucket, the variables that lead to it, and the secrets in them."""

    url: str
    environment: dict[str, str]
    secrets: tuple[str, ...]

    def use(self, patch: pytest.MonkeyPatch) -> None:
        """Let this process and its children find the server, and no other."""
        for name in [name for name in os.environ if name.startswith(NAMES)]:
            patch.delenv(name)
        for name, value in self.environment.items():
            patch.setenv(name, value)

    def content(self, folder: str = "") -> dict[str, bytes]:
        """Return all objects below a folder by name, read through pyarrow."""
        store = Store(parse_location(f"{self.url}/{folder}".rstrip("/")))
        return {name: store.read(name) or b"" for name in store.sizes()}


def published(url: str) -> dict[str, bytes]:
    """Follow the pointer as a reader does and return the files, after a look at their sums."""
    store = Store(parse_location(url))
    pointer = json.loads(store.read("current.json") or b"null")
    if pointer is None:
        return {}
    listing = json.loads(store.read(f"{pointer['prefix']}/files.json") or b"")
    found: dict[str, bytes] = {}
    for name, entry in listing["files"].items():
        content = store.read(f"{pointer['prefix']}/{name}")
        assert content is not None, name
        assert len(content) == entry["bytes"], name
        assert hashlib.sha256(content).hexdigest() == entry["sha256"], name
        found[name] = content
    return found


@contextmanager
def google() -> Iterator[ObjectStore]:
    """Run Google's storage, with a key of a service account."""
    port = free_port()
    with _folder() as folder:
        key = folder / "account.json"
        private = _openssl("genrsa", "2048")
        account = {
            "type": "service_account",
            "project_id": "shop",
            "private_key_id": "1",
            "private_key": private,
            "client_email": "shop@shop.iam.gserviceaccount.com",
            "client_id": "1",
            "token_uri": "http://127.0.0.1:1/token",  # the client signs its tokens itself
        }
        key.write_text(json.dumps(account))
        command = [sys.executable, "-m", "gcp_storage_emulator", "start", "--quiet", "--in-memory"]
        options = ["--host=127.0.0.1", f"--port={port}", f"--default-bucket={BUCKET}"]
        with _server([*command, *options], port, folder):
            environment = {
                "SHOP_STORAGE_ENDPOINT": f"http://127.0.0.1:{port}",
                "GOOGLE_APPLICATION_CREDENTIALS": str(key),
            }
            yield ObjectStore(f"gs://{BUCKET}", environment, (private.splitlines()[5],))


@contextmanager
def amazon() -> Iterator[ObjectStore]:
    """Run SeaweedFS, which speaks as Amazon's S3 does."""
    access, secret = secrets.token_hex(10), secrets.token_hex(20)
    credentials = [{"accessKey": access, "secretKey": secret}]
    identity = {"name": "shop", "credentials": credentials, "actions": ["Admin", "Read", "Write"]}
    with _folder() as folder:
        (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        ports = [free_port() for _ in range(8)]
        kinds = ("s3", "master", "volume", "filer")
        options = [f"-{kind}.port={port}" for kind, port in zip(kinds, ports[:4], strict=True)]
        options += [
            f"-{kind}.port.grpc={port}" for kind, port in zip(kinds, ports[4:], strict=True)
        ]
        options += ["-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.iam=false"]
        options += ["-master.volumeSizeLimitMB=64", "-volume.max=100", "-master.telemetry=false"]
        command = [INSTALLED / "bin" / "weed", "server", f"-dir={folder}", "-ip=127.0.0.1"]
        command += ["-ip.bind=127.0.0.1", "-s3", f"-s3.config={folder / 's3.json'}", *options]
        with _server(command, ports[0], folder):
            environment = {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports[0]}",
                "AWS_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": access,
                "AWS_SECRET_ACCESS_KEY": secret,
            }
            maker = S3FileSystem(
                endpoint_override=environment["AWS_ENDPOINT_URL"],
                access_key=access,
                secret_key=secret,
                region="us-east-1",
                allow_bucket_creation=True,
            )
            _until_it_works(lambda: maker.create_dir(BUCKET))
            yield ObjectStore(f"s3://{BUCKET}", environment, (secret,))


@contextmanager
def azure() -> Iterator[ObjectStore]:
    """Run Azurite, which speaks as Azure's Blob storage does."""
    port, key = free_port(), base64.b64encode(secrets.token_bytes(64)).decode()
    program = INSTALLED / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    environment = {
        "SHOP_STORAGE_ENDPOINT": f"http://127.0.0.1:{port}",
        "AZURE_STORAGE_ACCOUNT": "shopaccount",
        "AZURE_STORAGE_KEY": key,
    }
    with _folder() as folder:
        command = ["node", program, f"--blobPort={port}", f"--location={folder}", "--silent"]
        command += ["--skipApiVersionCheck", "--disableTelemetry"]
        accounts = {"AZURITE_ACCOUNTS": f"shopaccount:{key}"}
        with _server(command, port, folder, accounts), pytest.MonkeyPatch.context() as patch:
            store = ObjectStore(f"az://{BUCKET}", environment, (key,))
            store.use(patch)
            filesystem(parse_location(store.url)).create_dir(BUCKET)
            yield store


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="shop-objects-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def _server(
    command: list[Any], port: int, folder: Path, environment: dict[str, str] | None = None
) -> Iterator[None]:
    """Run a program until the block ends, once it listens on a port."""
    with (folder / "server.log").open("wb") as log:
        running = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | {"PORT": str(port)} | (environment or {}),
            stdout=log,
            stderr=subprocess.STDOUT,
        )

        def listening() -> None:
            assert running.poll() is None, (folder / "server.log").read_text()[-2000:]
            socket.create_connection(("127.0.0.1", port), 1).close()

        try:
            _until_it_works(listening)
            yield
        finally:
            running.kill()
            running.wait()


def _until_it_works(do: Any) -> None:  # noqa: ANN401
    for _ in range(300):
        try:
            do()
        except OSError:
            time.sleep(0.1)
        else:
            return
    do()


def _openssl(*arguments: str) -> str:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="session")
def google_storage() -> Iterator[ObjectStore]:
    """Yield a running storage of Google's kind."""
    with google() as store:
        yield store


@pytest.fixture
def objects(google_storage: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    """Return an empty part of a storage that the environment names."""
    google_storage.use(monkeypatch)
    return replace(google_storage, url=f"{google_storage.url}/{secrets.token_hex(4)}")
