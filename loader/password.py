"""A password that a command prints: of managed databases, whose tokens are valid for minutes."""

import os
import shlex
import subprocess

from loader.config.settings import load_settings, variable
from loader.errors import LoaderError, TransientError

COMMAND = variable("password_command")
TIMEOUT = 30  # seconds


def fresh_password(host: str, user: str) -> str | None:
    """Return what SHOP_PASSWORD_COMMAND prints for a new connection of a user.

    The command runs without a shell and reads in PGUSER and PGHOST whom the password is for, and
    where. None where there is no command, and for a server's socket in a folder, as the embedded
    server's: it asks for no token.

    Raises:
        TransientError: the command failed, or took too long.
        LoaderError: it cannot be started, or prints no password. Neither quotes what it printed.
    """
    command = load_settings().password_command
    if command is None or host.startswith("/"):
        return None
    try:
        done = subprocess.run(
            shlex.split(command.get_secret_value()),
            env=os.environ | {"PGHOST": host, "PGUSER": user},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=False,
        )
        printed = done.stdout.decode().strip()
    except subprocess.TimeoutExpired:
        raise TransientError(f"{COMMAND} did not end within {TIMEOUT} seconds") from None
    except (OSError, ValueError) as error:
        raise LoaderError(
            f"{COMMAND} cannot be run ({type(error).__name__}): write a program and its arguments, "
            "in quotes where they contain spaces, as in a shell; nothing else of a shell works"
        ) from None
    if done.returncode:
        raise TransientError(
            f"{COMMAND} ended with exit code {done.returncode}: run it by hand to see what it says"
        )
    if len(printed.splitlines()) != 1:
        raise LoaderError(f"{COMMAND} must print one line, the password, and nothing else")
    return printed
