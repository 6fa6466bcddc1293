"""A session of Spark's Thrift server, for what is no node of dbt's."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from loader.config.settings import Settings
from loader.errors import LoaderError
from loader.spark.configuration import password

if TYPE_CHECKING:
    from pyhive import hive


@contextmanager
def session(settings: Settings) -> Iterator["hive.Cursor"]:
    """Yield a cursor on Spark.

    Raises:
        LoaderError: Spark's packages are missing, nothing answers, or Spark refuses a statement.
    """
    try:
        from pyhive import exc, hive  # noqa: PLC0415 -- installed where Spark is used
        from thrift.Thrift import TException  # noqa: PLC0415
    except ImportError as error:
        raise LoaderError("Spark is not installed: make install-spark") from error
    where = f"Spark at {settings.spark_host}:{settings.spark_port}"
    try:
        connection = hive.connect(
            host=settings.spark_host,
            port=settings.spark_port,
            auth="CUSTOM",
            username=settings.spark_user,
            password=password(settings),
        )
    except (TException, OSError, EOFError) as error:
        raise LoaderError(
            f"{where} does not answer, or refuses the password: make spark-status, make spark-up "
            f"({error})"
        ) from error
    try:
        with closing(connection), closing(connection.cursor()) as cursor:
            yield cursor
    except (exc.Error, TException, OSError, EOFError) as error:
        # its message may quote a row
        raise LoaderError(
            f"{where} failed ({type(error).__name__}): logs/spark-thrift-server.log says why"
        ) from error
