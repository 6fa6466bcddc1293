"""A server as clouds run them: TLS, passwords, and an owner of one database who is no superuser."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg2
import pytest

SERVER_USER = "postgres"  # Debian's package makes it
OWNER, DATABASE, PASSWORD = "plain_owner", "managed", "first-password"
HOST, REPLICA = "127.0.0.1", "127.0.0.2"  # on the same port
ADMIN = "cloud_admin"  # who gets the server from a cloud: may make roles, is no superuser
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
# Gives the user a password that nobody had before, notes both, and prints it.
ROTATING = """\
#!/bin/sh
password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \\n')
echo "alter role \\"$PGUSER\\" password '$password'" |
    PGHOST={folder} PGUSER=postgres PGDATABASE=postgres {psql} --quiet --no-psqlrc || exit 1
echo "$PGUSER $password" >>{folder}/printed
echo "$password"
"""


@dataclass(frozen=True)
class ManagedServer:
    """Name a running server that listens on 127.0.0.1 only."""

    folder: Path
    port: int

    @property
    def command(self) -> Path:
        """Return the program that changes a user's password and prints it."""
        return self.folder / "password"

    def environment(self) -> dict[str, str]:
        """Return the variables by which the owner reaches the database, without a password."""
        return {
            "PGHOST": HOST,
            "PGPORT": str(self.port),
            "PGUSER": OWNER,
            "PGDATABASE": DATABASE,
            "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": str(self.folder / "ca.crt"),
        }

    def administer(self, *statements: str, folder: Path | None = None) -> None:
        """Run statements as the superuser, whom a socket that only we can reach trusts."""
        outside = psycopg2.connect(
            host=str(folder or self.folder), port=self.port, user="postgres", dbname="postgres"
        )
        with closing(outside) as connection:
            connection.autocommit = True
            for statement in statements:
                connection.cursor().execute(statement)

    def printed(self) -> list[tuple[str, str]]:
        """Return users and passwords that the command has printed."""
        path = self.folder / "printed"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(user, password) for user, password in map(str.split, lines)]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def given_away(folder: Path) -> str | None:
    """Return the user that servers run as (None: ours); root gives it the folder first."""
    if os.geteuid():
        return None
    subprocess.run(["chown", "--recursive", SERVER_USER, folder], check=True)
    return SERVER_USER


def make_certificates(folder: Path) -> None:
    """Make two authorities, and a key and certificate of both servers by the first of them."""
    for name in ("ca", "other_ca"):
        _openssl(folder, name, "-subj", f"/CN={name}")
    authority = ("-CA", str(folder / "ca.crt"), "-CAkey", str(folder / "ca.key"))
    extensions = (
        "-addext",
        f"subjectAltName=IP:{HOST},IP:{REPLICA}",
        "-addext",
        "basicConstraints=CA:FALSE",
    )
    _openssl(folder, "server", "-subj", "/CN=server", *authority, *extensions)


def _openssl(folder: Path, name: str, *arguments: str) -> None:
    files = ("-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.crt"))
    command = ["openssl", "req", "-x509", *KEY, *files, *arguments]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="session")
def managed_server(tls_programs: Path) -> Iterator[ManagedServer]:
    """Yield a server with TLS that asks for passwords, and an owner of one database."""
    folder = Path(tempfile.mkdtemp(prefix="shop-managed-"))
    server = ManagedServer(folder, free_port())
    make_certificates(folder)
    server.command.write_text(ROTATING.format(folder=folder, psql=tls_programs / "psql"))
    server.command.chmod(0o755)
    data = folder / "data"
    settings = {
        "port": server.port,
        "listen_addresses": HOST,
        "unix_socket_directories": folder,
        "ssl": "on",
        "ssl_cert_file": folder / "server.crt",
        "ssl_key_file": folder / "server.key",
        "fsync": "off",
    }
    user = given_away(folder)
    initdb = [tls_programs / "initdb", "--username=postgres", "--auth-local=trust", "--no-sync"]
    rules = ["--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
    control = [tls_programs / "pg_ctl", f"--pgdata={data}", "--silent", "--wait"]
    run = partial(subprocess.run, user=user, group=user, cwd=folder, check=True)
    run([*initdb, *rules, f"--pgdata={data}"], stdout=subprocess.DEVNULL)
    with (data / "postgresql.conf").open("a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    run([*control, "start", f"--log={data / 'log'}"])
    try:
        server.administer(
            f"create role {OWNER} login password '{PASSWORD}'",
            f"create role {ADMIN} login createrole createdb",
            f"create database {DATABASE} owner {OWNER}",
        )
        yield server
    finally:
        run([*control, "stop", "--mode=immediate"])
        shutil.rmtree(folder)


@pytest.fixture
def replica(managed_server: ManagedServer, tls_programs: Path) -> Iterator[Path]:
    """Yield the socket's folder of a replica of the managed server, which listens on REPLICA."""
    folder = Path(tempfile.mkdtemp(prefix="shop-replica-"))
    data = folder / "data"
    user = given_away(folder)
    run = partial(subprocess.run, user=user, group=user, cwd=folder, check=True)
    primary = [f"--host={managed_server.folder}", f"--port={managed_server.port}"]
    copy = [tls_programs / "pg_basebackup", "--username=postgres", "--checkpoint=fast", "--no-sync"]
    run([*copy, *primary, f"--pgdata={data}", "--write-recovery-conf"])
    control = [tls_programs / "pg_ctl", f"--pgdata={data}", "--silent", "--wait"]
    places = f"-c listen_addresses={REPLICA} -c unix_socket_directories={folder}"
    run([*control, "start", f"--log={data / 'log'}", f"--options={places}"])
    try:
        yield folder
    finally:
        run([*control, "stop", "--mode=immediate"])
        shutil.rmtree(folder)
