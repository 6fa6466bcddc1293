"""Let the machine start the daily run: a systemd user timer, or else lines in the crontab.

What the environment says at that time is written into them, except for secrets and what the file
.environment in the shop's folder says: the commands read that file themselves, whoever starts them.
"""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from loader.config.environment import read_environment
from loader.config.settings import REPOSITORY, Settings
from loader.config.zones import are_same, machine_zone, zone_name
from loader.errors import LoaderError

SECRETS = re.compile(r"SHOP_ALERT_URLS|\w*PASSWORD\w*|\w*SECRET\w*|\w*TOKEN\w*")
SERVER = ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE")

DAILY_SERVICE = """\
[Unit]
Description=Daily run of the shop in {root}
OnFailure={name}-watch.service

[Service]
Type=oneshot
WorkingDirectory={repository}
{environment}
ExecStart={python} -m loader schedule --once
KillMode=mixed
TimeoutStartSec=infinity
TimeoutStopSec=90
"""
DAILY_TIMER = """\
[Unit]
Description=Daily run of the shop in {root}

[Timer]
OnCalendar=*-*-* {hour}:00{zone}
Persistent=true

[Install]
WantedBy=timers.target
"""
WATCH_SERVICE = """\
[Unit]
Description=Alerts of the shop in {root}

[Service]
Type=oneshot
WorkingDirectory={repository}
{environment}
ExecStart={python} -m loader status --alert
SuccessExitStatus=4 5
"""
WATCH_TIMER = """\
[Unit]
Description=Alerts of the shop in {root}

[Timer]
OnCalendar=*:0/15
Persistent=true

[Install]
WantedBy=timers.target
"""


def install(settings: Settings) -> str:
    """Install timers, or crontab lines where there is no systemd of the user; say what was done.

    Raises:
        LoaderError: the machine has neither, or its cron does not know the shop's time zone.
    """
    if _has_user_systemd():
        folder = _unit_folder()
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in units(settings).items():
            (folder / name).write_text(text, encoding="utf-8")
        timers = [f"{unit_name(settings)}-{kind}.timer" for kind in ("daily", "watch")]
        _systemctl("daemon-reload")
        _systemctl("enable", "--now", *timers)
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
    """Take away what `install` put there, and say what that was."""
    removed = []
    if _has_user_systemd():
        names = [name for name in _unit_names(settings) if (_unit_folder() / name).exists()]
        timers = [name for name in names if name.endswith(".timer")]
        if timers:
            _systemctl("disable", "--now", *timers)
        for name in names:
            (_unit_folder() / name).unlink()
        _systemctl("daemon-reload")
        removed += names
    if shutil.which("crontab"):
        kept = _foreign_lines(settings)
        if kept != _crontab():
            _write_crontab(kept)
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
        "hour": f"{settings.schedule:%H:%M}",
        "zone": f" {given['SHOP_TIME_ZONE']}" if "SHOP_TIME_ZONE" in given else "",
    }
    templates = (DAILY_SERVICE, DAILY_TIMER, WATCH_SERVICE, WATCH_TIMER)
    return {
        name: template.format_map(values)
        for name, template in zip(_unit_names(settings), templates, strict=True)
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
    given = " ".join(
        f"{name}={shlex.quote(value)}" for name, value in environment(settings).items()
    )
    begin = f"cd {shlex.quote(str(REPOSITORY))}"
    loader = f"{given} {shlex.quote(sys.executable)} -m loader".strip()
    daily = f"{settings.schedule.minute} {settings.schedule.hour} * * *"
    commands = [
        f"{daily} {begin} && {loader} schedule --once >/dev/null",
        f"*/15 * * * * {begin} && {loader} status --alert >/dev/null",
    ]
    first, last = _marks(settings)
    return [first, *(command.replace("%", "\\%") for command in commands), last]


def environment(settings: Settings) -> dict[str, str]:
    """Return what the scheduled commands need of the environment, without secrets.

    Hour and zone are those that the timers are made for, whatever the file says later; a zone that
    TZ says is among them, because who starts timers may not know it.
    """
    in_file = read_environment(settings.root)
    names = sorted(name for name in os.environ if name.startswith("SHOP_"))
    kept = {
        name: os.environ[name]
        for name in (*names, *SERVER)
        if not SECRETS.fullmatch(name)
        and os.environ.get(name)
        and in_file.get(name) != os.environ[name]
    }
    kept["SHOP_SCHEDULE"] = f"{settings.schedule:%H:%M}"
    if os.environ.get("SHOP_TIME_ZONE") or "TZ" in os.environ:
        kept["SHOP_TIME_ZONE"] = zone_name(settings.zone)
    return kept | {"SHOP_ROOT": str(settings.root)}


def _unit_names(settings: Settings) -> list[str]:
    name = unit_name(settings)
    return [
        f"{name}-{kind}.{ending}" for kind in ("daily", "watch") for ending in ("service", "timer")
    ]


def _unit_text(value: object) -> str:
    return str(value).replace("%", "%%")


def _unit_quoted(text: str) -> str:
    escaped = _unit_text(text).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"'


def _unit_folder() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"


def _has_user_systemd() -> bool:
    if not shutil.which("systemctl"):
        return False
    asked = subprocess.run(
        ["systemctl", "--user", "show-environment"],  # noqa: S607
        capture_output=True,
        check=False,
    )
    return asked.returncode == 0


def _systemctl(*arguments: str) -> None:
    done = subprocess.run(
        ["systemctl", "--user", *arguments],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LoaderError(f"systemctl --user {' '.join(arguments)}: {done.stderr.strip()}")


def _marks(settings: Settings) -> tuple[str, str]:
    return f"# {unit_name(settings)}: begin", f"# {unit_name(settings)}: end"


def _crontab() -> list[str]:
    listed = subprocess.run(
        ["crontab", "-l"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return listed.stdout.splitlines() if listed.returncode == 0 else []


def _foreign_lines(settings: Settings) -> list[str]:
    """Return the crontab without this shop's lines."""
    first, last = _marks(settings)
    kept, is_ours = [], False
    for line in _crontab():
        is_ours = is_ours or line == first
        if not is_ours:
            kept.append(line)
        is_ours = is_ours and line != last
    return kept


def _write_crontab(lines: list[str]) -> None:
    done = subprocess.run(
        ["crontab", "-"],  # noqa: S607
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LoaderError(f"crontab: {done.stderr.strip()}")
