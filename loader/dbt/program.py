"""How dbt is started, so that it says what it does as JSON events."""

import sys
from collections.abc import Mapping, Sequence

from loader.child import Program
from loader.config.settings import Settings

DBT = (sys.executable, "-m", "loader.dbt")
# Unit tests check code, not data: `dbt build` typed by hand runs them, and so does CI.
BUILD = ("build", "--exclude-resource-type", "unit_test")


def dbt_program(
    settings: Settings,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    command: tuple[str, ...] = DBT,
) -> Program:
    """Return dbt with arguments and an environment, which names the server and wins over ours."""
    ours = {
        "DBT_PROFILES_DIR": str(settings.dbt_work_dir),
        "DBT_TARGET_PATH": str(settings.dbt_target_dir),
        "DBT_LOG_PATH": str(settings.dbt_log_dir),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_USE_COLORS": "false",
        "DBT_LOG_FORMAT": "json",
        "DBT_LOG_FORMAT_FILE": "debug",
        "PYTHONUNBUFFERED": "1",
    }
    return Program((*command, *arguments), settings.dbt_dir, {**ours, **environment})
