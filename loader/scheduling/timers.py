"""Let the machine start the daily run: a systemd user timer, or else lines in the crontab.

The files stand in deploy/ and are filled in here. What the environment says at that time is written
into them, except for secrets and what the file .environment in the shop's folder says: the commands
read that file themselves, whoever starts them.
"""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from string import Template

from loader.config.environment import read_environment
from loader.config.settings import REPOSITORY, Settings
from loader.config.zones import are_same, machine_zone, zone_name
from loader.errors import LoaderError

DEPLOY = REPOSITORY / "deploy"
SECRETS = re.compile(r"SHOP_ALERT_URLS|\w*PASSWORD\w*|\w*SECRET\w*|\w*TOKEN\w*")
SERVER = ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGSSLMODE", "PGSSLROOTCERT")


def install(settings: Settings) -> str:
    """Install timers, or crontab lines where there is no systemd of the user; return what was done.

    Raises:
        LoaderError: the machine has neither, or its cron does not know the shop's time zone.
    """
    if _has_user_systemd():
        folder = _unit_folder()
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in units(settings).items():
            (folder / name).write_text(text, encoding="utf-8")
        timers = [name for name in units(settings) if name.endswith(".timer")]
        _call("systemctl", "--user", "daemon-reload")
        _call("systemctl", "--user", "enable", "--now", *timers)
        return (
            f"installed {', '.join(timers)} in {folder}; to run without you being logged in: "
            "loginctl enable-linger"
        )
    if shutil.which("crontab"):
        _write_crontab([*_foreign_lines(settings), *cron_lines(settings)])
        return "installed in your crontab; crontab -l shows it"
    raise LoaderError(
        "there is no systemd of yours and no crontab here: keep .venv/bin/loader schedule running"
    )


def remove(settings: Settings) -> str:
    """Take away what `install` put there, and return what that was."""
    removed = []
    if _has_user_systemd():
        found = [path for name in units(settings) if (path := _unit_folder() / name).exists()]
        timers = [path.name for path in found if path.suffix == ".timer"]
        if timers:
            _call("systemctl", "--user", "disable", "--now", *timers)
        for path in found:
            path.unlink()
        _call("systemctl", "--user", "daemon-reload")
        removed += [path.name for path in found]
    if shutil.which("crontab"):
        foreign = _foreign_lines(settings)
        if foreign != _crontab():
            _write_crontab(foreign)
            removed.append("the lines in your crontab")
    return f"removed {', '.join(removed)}" if removed else "nothing was installed"


def unit_name(settings: Settings) -> str:
    """Return what the names of this shop's units begin with."""
    return f"shop-{hashlib.sha256(os.fsencode(settings.root)).hexdigest()[:8]}"


def units(settings: Settings) -> dict[str, str]:
    """Return systemd's unit files by name."""
    given = environment(settings)
    values = {
        "name": unit_name(settings),
        "root": _unit_text(settings.root),
        "repository": _unit_text(REPOSITORY),
        "python": _unit_quoted(sys.executable),
        "environment": "\n".join(
            f"Environment={_unit_quoted(f'{name}={value}')}" for name, value in given.items()
        ),
        "time": f"{settings.schedule:%H:%M}:00",
        "zone": f" {given['SHOP_TIME_ZONE']}" if "SHOP_TIME_ZONE" in given else "",
    }
    return {
        f"{unit_name(settings)}-{path.name}": _filled_in(path, values)
        for path in sorted((DEPLOY / "systemd").iterdir())
    }


def cron_lines(settings: Settings) -> list[str]:
    """Return the lines of the crontab between two that mark them as this shop's.

    Raises:
        LoaderError: the shop's clock and the machine's differ at some time of the year; cron knows
            the machine's.
    """
    machine = machine_zone()
    if not are_same(settings.zone, machine):
        raise LoaderError(
            f"cron starts runs by the machine's clock, {zone_name(machine) or machine}, and the "
            f"shop's, {zone_name(settings.zone)}, does not show the same all year: leave "
            "SHOP_TIME_ZONE and TZ out and give SHOP_SCHEDULE in the machine's time, or keep "
            ".venv/bin/loader schedule running"
        )
    given = [f"{name}={shlex.quote(value)}" for name, value in environment(settings).items()]
    loader = " ".join([*given, shlex.quote(sys.executable), "-m loader"])
    values = {
        "name": unit_name(settings),
        "time": f"{settings.schedule.minute} {settings.schedule.hour}",
        "loader": f"cd {shlex.quote(str(REPOSITORY))} && {loader}".replace("%", "\\%"),
    }
    return _filled_in(DEPLOY / "crontab", values).splitlines()


def environment(settings: Settings) -> dict[str, str]:
    """Return what the scheduled commands need of the environment, without secrets.

    Hour and zone are those that the timers are made for, whatever the file says later; a zone that
    TZ says is among them, because who starts timers may not know it.
    """
    in_file = read_environment(settings.root)
    names = sorted(name for name in os.environ if name.startswith("SHOP_"))
    given = {
        name: os.environ[name]
        for name in (*names, *SERVER)
        if not SECRETS.fullmatch(name)
        and os.environ.get(name)
        and in_file.get(name) != os.environ[name]
    }
    given["SHOP_SCHEDULE"] = f"{settings.schedule:%H:%M}"
    if os.environ.get("SHOP_TIME_ZONE") or "TZ" in os.environ:
        given["SHOP_TIME_ZONE"] = zone_name(settings.zone)
    return given | {"SHOP_ROOT": str(settings.root)}


def _filled_in(template: Path, values: dict[str, str]) -> str:
    return Template(template.read_text(encoding="utf-8")).substitute(values)


def _unit_text(value: object) -> str:
    return str(value).replace("%", "%%")


def _unit_quoted(text: str) -> str:
    escaped = _unit_text(text).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"'


def _unit_folder() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"


def _has_user_systemd() -> bool:
    is_there = shutil.which("systemctl") is not None
    return is_there and not _run("systemctl", "--user", "show-environment").returncode


def _crontab() -> list[str]:
    listed = _run("crontab", "-l")
    return [] if listed.returncode else listed.stdout.splitlines()


def _foreign_lines(settings: Settings) -> list[str]:
    """Return the crontab without this shop's lines."""
    first, last = (f"# {unit_name(settings)}: {mark}" for mark in ("begin", "end"))
    foreign, is_ours = [], False
    for line in _crontab():
        is_ours = is_ours or line == first
        if not is_ours:
            foreign.append(line)
        is_ours = is_ours and line != last
    return foreign


def _write_crontab(lines: list[str]) -> None:
    _call("crontab", "-", given="".join(f"{line}\n" for line in lines))


def _call(*command: str, given: str | None = None) -> None:
    """Run one of the machine's programs.

    Raises:
        LoaderError: it failed; says what it said.
    """
    done = _run(*command, given=given)
    if done.returncode:
        raise LoaderError(f"{' '.join(command)}: {done.stderr.strip()}")


def _run(*command: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False)
