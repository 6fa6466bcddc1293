"""dbt's profile: how dbt, typed in its folder, finds the shop's database."""

import json
from pathlib import Path

from loader.atomic import write_text
from loader.config.settings import REPOSITORY, Settings
from loader.database.embedded.cluster import SUPERUSER, Cluster
from loader.database.embedded.sockets import PORT
from loader.database.libpq import CONNECT_TIMEOUT, DATABASE

# The password is read from the environment when dbt connects and stands in no file; loader.dbt
# replaces it where SHOP_PASSWORD_COMMAND prints one.
PROFILE = """\
# Written by the loader for this machine. PGHOST wins; the other PG* variables count only beside it.
shop:
  target: postgres
  outputs:
    postgres:
      type: postgres
      host: '{{{{ env_var("PGHOST", "") or {socket_dir} }}}}'
      port: '{{{{ (env_var("PGHOST", "") and env_var("PGPORT", "") or "{port}") | as_number }}}}'
      user: '{{{{ env_var("PGHOST", "") and env_var("PGUSER", "") or "{user}" }}}}'
      password: '{{{{ env_var("PGPASSWORD", "") }}}}'
      dbname: '{{{{ env_var("PGHOST", "") and env_var("PGDATABASE", "") or "{database}" }}}}'
      schema: mart_build
      threads: '{{{{ env_var("DBT_THREADS", "4") | as_number }}}}'
      connect_timeout: {timeout}
    spark:
      type: spark
      method: thrift
      host: '{{{{ env_var("SHOP_SPARK_HOST", "") or "127.0.0.1" }}}}'
      port: '{{{{ (env_var("SHOP_SPARK_PORT", "") or "10000") | as_number }}}}'
      auth: CUSTOM
      user: '{{{{ env_var("SHOP_SPARK_USER", "") or "shop" }}}}'
      password: '{{{{ env_var("SHOP_SPARK_PASSWORD", "") or "none" }}}}'
      schema: mart_build
      threads: '{{{{ env_var("DBT_THREADS", "4") | as_number }}}}'
      poll_interval: 0
"""


def write_profile(settings: Settings) -> Path:
    """Write the profile by which dbt, also typed by hand, finds the server; return its path."""
    path = settings.dbt_work_dir / "profiles.yml"
    text = PROFILE.format(
        socket_dir=_quoted(Cluster(Settings(root=REPOSITORY).server_dir).socket_dir),
        port=PORT,
        user=SUPERUSER,
        database=DATABASE,
        timeout=CONNECT_TIMEOUT,
    )
    if not path.exists() or path.read_text() != text:
        write_text(path, text)
    return path


def _quoted(path: Path) -> str:
    """Return a path as text for Jinja that stands between single quotes in YAML."""
    return json.dumps(str(path), ensure_ascii=False).replace("'", "''")
