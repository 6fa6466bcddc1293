"""dbt's own command line, in a process that wastes less time.

Garbage collection is rarer: dbt keeps hundreds of thousands of objects (the manifest, the macros)
until it ends, and Python walks through them for each few hundred new ones, a tenth of a build's
time. Another tenth is Jinja's, unless it keeps what it compiled.

Each connection that dbt opens has a fresh password where SHOP_PASSWORD_COMMAND is set.
"""

import gc
from dataclasses import replace

from dbt.adapters.postgres.connections import PostgresConnectionManager, PostgresCredentials
from dbt_common.exceptions import DbtRuntimeError

from loader.config.settings import load_settings
from loader.dbt.templates import keep_compiled_templates
from loader.errors import LoaderError
from loader.password import fresh_password

OBJECTS_BETWEEN_COLLECTIONS = 50_000


def with_fresh_password(credentials: PostgresCredentials) -> PostgresCredentials:
    """Return the credentials of one new connection.

    Raises:
        DbtRuntimeError: SHOP_PASSWORD_COMMAND failed.
    """
    try:
        password = fresh_password(credentials.host, credentials.user)
    except LoaderError as error:
        raise DbtRuntimeError(str(error)) from None
    return replace(credentials, password=password) if password else credentials


if __name__ == "__main__":
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    from dbt.cli.main import cli

    settings = load_settings()
    keep_compiled_templates(settings.dbt_target_dir)
    if settings.password_command:
        # what dbt asks before it opens a connection, for adapters with tokens to override
        PostgresConnectionManager.get_credentials = with_fresh_password  # type: ignore[method-assign]
    cli()
