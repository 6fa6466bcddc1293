"""The reference of all settings, as docs/configuration.md has it."""

from datetime import time

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from loader.config.settings import REPOSITORY, Settings, form_of, variable

HEAD = """\
# Configuration

Every setting is an environment variable, or a line `NAME=value` in the file `.environment` in the
shop's folder, which every command reads ([operations](operations.md)); the environment comes first.
An empty value counts as none. A `SHOP_` variable that is no setting is named by every command and
by `loader status`, with the one that is meant. Secrets belong into the environment or that file,
which only its owner may read. `make configuration` makes this page from
`loader/config/settings.py`.

| variable | default | value | meaning |
|---|---|---|---|
"""
TAIL = """
`PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD` and `PGDATABASE` name the database, as for every program
of PostgreSQL; `PGSSLMODE` and `PGSSLROOTCERT` say whom to trust. Without `PGHOST` the embedded
server is used, and no variable of libpq counts.
`DBT_THREADS` (4) is the number of dbt's threads.
"""


def reference() -> str:
    """Return the reference as Markdown, one row per setting."""
    rows = (
        f"| `{variable(name)}` | {_default(name, field)} | {form_of(name)} "
        f"| {' '.join((field.description or '').split())} |\n"
        for name, field in Settings.model_fields.items()
    )
    return HEAD + "".join(rows) + TAIL


def _default(name: str, field: FieldInfo) -> str:
    value = field.default
    if value == REPOSITORY:
        return "the repository"
    if value is None or isinstance(value, SecretStr):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    is_counted = isinstance(value, int) and not name.endswith("_port")
    return f"{value:,}" if is_counted else f"{value}"
