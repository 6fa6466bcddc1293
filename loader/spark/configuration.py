"""Spark's own configuration for the cluster on this machine, and the secret that opens it."""

import secrets
from pathlib import Path

from loader.config.settings import Settings
from loader.errors import LoaderError
from loader.spark.java import iceberg_jar

FILE_BYTES = 16 * 2**20
NEW_TABLES = "spark.sql.catalog.spark_catalog.table-default"
# The catalogue is the Thrift server's own: nothing else writes, so Iceberg needs no lock of Hive's.
FIXED = {
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.spark_catalog": "org.apache.iceberg.spark.SparkSessionCatalog",
    "spark.sql.catalog.spark_catalog.type": "hive",
    # each commit writes a table's list of snapshots anew, into another file
    f"{NEW_TABLES}.write.metadata.delete-after-commit.enabled": "true",
    # a merge writes whole files anew, so they are small
    f"{NEW_TABLES}.write.target-file-size-bytes": str(FILE_BYTES),
    "spark.sql.catalogImplementation": "hive",
    "spark.hadoop.iceberg.engine.hive.lock-enabled": "false",
    # Hive compares columns by their place: a release may put a new one between others
    "spark.hadoop.hive.metastore.disallow.incompatible.col.type.changes": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.authenticate": "true",
    "spark.ui.enabled": "false",
    "spark.ui.filters": "shop.Access$NoPages",  # those of master and workers
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}
# What Spark sets for its own sessions of Hive's catalogue, for Iceberg's, too: where they differ,
# Hive opens the catalogue anew each time that the two alternate, and collects all garbage.
CATALOGUE = "-Dhive.metastore.schema.verification=false -Ddatanucleus.schema.autoCreateAll=true"
LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.stdout.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd'T'HH:mm:ss'Z'}{UTC} %p %c{1}: %m%n
"""


def classes_jar(settings: Settings) -> Path:
    """Return the file with the classes of this folder, which the parts of the cluster load."""
    return settings.spark_dir / "classes.jar"


def temporary_dir(settings: Settings) -> Path:
    """Return the folder for what the parts write aside; the system's is open to everybody."""
    return settings.spark_dir / "tmp"


def password(settings: Settings) -> str:
    """Return the secret that opens the cluster: as set, or as `make spark-up` generated it.

    Raises:
        LoaderError: there is none.
    """
    if settings.spark_password:
        return settings.spark_password.get_secret_value()
    try:
        return _secret_path(settings).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise LoaderError("no password for Spark: make spark-up, or SHOP_SPARK_PASSWORD") from error


def _secret_path(settings: Settings) -> Path:
    return settings.spark_dir / "secret"


def write_configuration(settings: Settings) -> Path:
    """Write Spark's files of configuration, and a secret where there is none; return their folder.

    Only the owner can read or change them: each part runs what they say.
    """
    settings.spark_dir.mkdir(parents=True, exist_ok=True)
    settings.spark_dir.chmod(0o700)
    if not settings.spark_password and not _secret_path(settings).exists():
        _write_private(_secret_path(settings), secrets.token_hex(32))
    temporary = temporary_dir(settings)
    temporary.mkdir(exist_ok=True)
    storage = settings.spark_storage_dir
    storage.mkdir(mode=0o700, parents=True, exist_ok=True)
    jars = f"{iceberg_jar()}:{classes_jar(settings)}"
    cores = settings.spark_workers * settings.spark_worker_cores
    chosen = {
        "spark.sql.warehouse.dir": str(storage / "warehouse"),
        "spark.hadoop.javax.jdo.option.ConnectionURL": (
            f"jdbc:derby:;databaseName={storage / 'catalogue'};create=true"
        ),
        "spark.authenticate.secret": password(settings),
        "spark.driver.extraJavaOptions": (
            f"{CATALOGUE} -Dderby.system.home={settings.spark_dir} -Djava.io.tmpdir={temporary}"
        ),
        "spark.driver.extraClassPath": jars,
        "spark.executor.extraClassPath": jars,
        "spark.driver.memory": f"{settings.spark_driver_memory}m",
        "spark.executor.memory": f"{settings.spark_worker_memory}m",
        "spark.executor.cores": str(settings.spark_worker_cores),
        "spark.sql.shuffle.partitions": str(cores),
    }
    folder = settings.spark_dir / "conf"
    folder.mkdir(exist_ok=True)
    escaped = {name: value.replace("\\", "\\\\") for name, value in (FIXED | chosen).items()}
    lines = [f"{name} {value}\n" for name, value in escaped.items()]
    _write_private(folder / "spark-defaults.conf", "".join(lines))
    (folder / "log4j2.properties").write_text(LOGGING, encoding="utf-8")
    return folder


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
