"""As whom the embedded PostgreSQL runs.

PostgreSQL refuses to run as root or as a user id without a name. Instead of creating a user or
opening folders to one, its programs then run in a user namespace in which our own id bears the
number of an ordinary account: for the rest of the machine the processes and files stay ours,
private to us. Peer authentication shows us under that account's name, and everyone else as the
overflow user, who may not connect. Where the system forbids namespaces, as many containers do, root
hands the server's folder to an ordinary account, provided that it can reach it as things are.
"""

import os
import pwd
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loader.errors import LoaderError

OVERFLOW_ID = 65534  # how Linux shows ids from outside a namespace: must never be let in
KEPT_BYTES = 64 << 20  # free memory that a process of the server keeps


@dataclass(frozen=True)
class Account:
    """Describe as whom server programs run and how the server sees our connections."""

    uid: int  # who owns the server's files, as seen from outside a namespace
    gid: int
    peer_names: tuple[str, ...]  # as whom the server knows those who may connect
    switches_user: bool = False
    enter_namespace: Callable[[], None] | None = None

    def run(self, command: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
        """Run a program of PostgreSQL's in `directory` and return its result and output."""
        return subprocess.run(
            command,
            cwd=directory,
            env=_clean_environment(),
            umask=0o077,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            preexec_fn=self.enter_namespace,
            user=self.uid if self.switches_user else None,
            group=self.gid if self.switches_user else None,
            extra_groups=[] if self.switches_user else None,
        )


def account_for(owner: int | None, folder: Path, program: Path) -> Account:
    """Choose as whom `program` runs on `folder`, whose files belong to user id `owner` (None: new).

    Raises:
        LoaderError: nobody on this machine can run it without access being loosened.
    """
    me = os.geteuid()
    if owner in (None, me):
        name = _name_of(me)
        if me != 0 and name:
            # Whoever is root can act as the owner anyway.
            return Account(me, os.getegid(), (name, "root"))
        if namespace := _namespace_account():
            return namespace
    if me == 0 and (stand_in := _stand_in(owner)) and _can_reach(stand_in, folder, program):
        return stand_in
    raise LoaderError(
        f"PostgreSQL cannot run as this user (id {me}) on {folder}: "
        "run as an ordinary user who owns the folder, or set PGHOST to use another server"
    )


def _clean_environment() -> dict[str, str]:
    """Return the environment without what would steer PostgreSQL's programs, or tell a secret.

    glibc gives what is free at the end of the heap back to the system with each expression that is
    matched, and asks for it again with the next: half of the time that the rules' patterns take.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    kept = {"MALLOC_TRIM_THRESHOLD_": str(KEPT_BYTES)}
    return kept | inherited | {"LC_ALL": "C", "TZ": "UTC"}


def _name_of(uid: int) -> str | None:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


def _ordinary_account() -> pwd.struct_passwd | None:
    """Return the account with the lowest id that is neither root nor the overflow user."""
    accounts = [account for account in pwd.getpwall() if 0 < account.pw_uid < OVERFLOW_ID]
    return min(accounts, key=lambda account: account.pw_uid, default=None)


def _namespace_account() -> Account | None:
    account = _ordinary_account()
    if account is None or not hasattr(os, "unshare"):
        return None
    uid, gid = os.geteuid(), os.getegid()

    def enter() -> None:
        os.unshare(os.CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{account.pw_uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{account.pw_gid} {gid} 1")

    candidate = Account(uid, gid, (account.pw_name,), enter_namespace=enter)
    try:
        permitted = candidate.run(["/bin/sh", "-c", "id -u"], Path("/"))
    except subprocess.SubprocessError:
        return None
    return candidate if permitted.stdout.strip() == str(account.pw_uid) else None


def _stand_in(owner: int | None) -> Account | None:
    """Return as whom root may run the server: the owner of its files, else an ordinary account."""
    try:
        account = _ordinary_account() if owner is None else pwd.getpwuid(owner)
    except KeyError:
        return None
    if account is None or account.pw_uid == 0:
        return None
    names = (account.pw_name, "root")
    return Account(account.pw_uid, account.pw_gid, names, switches_user=True)


def _can_reach(account: Account, folder: Path, program: Path) -> bool:
    """Return whether `account` may start `program` and pass through to `folder` as things are."""
    test = 'test -x "$1" && test -x "$2"'
    command = ["/bin/sh", "-c", test, "sh", str(program), str(folder.parent)]
    try:
        return account.run(command, Path("/")).returncode == 0
    except OSError:
        return False
