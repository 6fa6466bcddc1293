"""Spark's own configuration for the cluster on this machine."""

from pathlib import Path

from loader.config.settings import Settings
from loader.spark.java import iceberg_jar

# The catalogue is the Thrift server's own: nothing else writes, so Iceberg needs no lock of Hive's.
FIXED = {
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.spark_catalog": "org.apache.iceberg.spark.SparkSessionCatalog",
    "spark.sql.catalog.spark_catalog.type": "hive",
    "spark.sql.catalogImplementation": "hive",
    "spark.hadoop.iceberg.engine.hive.lock-enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}
LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.stdout.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd'T'HH:mm:ss'Z'}{UTC} %p %c{1}: %m%n
"""


def functions_jar(settings: Settings) -> Path:
    """Return the file with the functions of schema ops, which all workers see."""
    return settings.spark_storage_dir / "functions.jar"


def write_configuration(settings: Settings) -> Path:
    """Write Spark's files of configuration; return their folder."""
    storage = settings.spark_storage_dir
    jars = f"{iceberg_jar()}:{functions_jar(settings)}"
    cores = settings.spark_workers * settings.spark_worker_cores
    chosen = {
        "spark.sql.warehouse.dir": str(storage / "warehouse"),
        "spark.hadoop.javax.jdo.option.ConnectionURL": (
            f"jdbc:derby:;databaseName={storage / 'catalogue'};create=true"
        ),
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={settings.spark_dir}",
        "spark.driver.extraClassPath": jars,
        "spark.executor.extraClassPath": jars,
        "spark.driver.memory": f"{settings.spark_driver_memory}m",
        "spark.executor.memory": f"{settings.spark_worker_memory}m",
        "spark.executor.cores": str(settings.spark_worker_cores),
        "spark.sql.shuffle.partitions": str(cores),
    }
    folder = settings.spark_dir / "conf"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{name} {value}\n" for name, value in (FIXED | chosen).items()]
    (folder / "spark-defaults.conf").write_text("".join(lines), encoding="utf-8")
    (folder / "log4j2.properties").write_text(LOGGING, encoding="utf-8")
    return folder
