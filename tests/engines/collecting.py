"""How often Spark's Thrift server stopped to collect all of its garbage."""

import subprocess

from loader.config.settings import Settings
from loader.spark import cluster
from loader.spark.java import java_home

# Hive's catalogue asks for one each time that it is opened anew (loader/spark/configuration.py).
ALLOWED = 10


def full_collections(spark: Settings) -> list[str]:
    """Return a line where there were more than a server needs that keeps its catalogue open."""
    [pid] = [part.pid for part in cluster.status(spark) if part.name == cluster.THRIFT_SERVER]
    program = java_home() / "bin" / "jstat"
    done = subprocess.run(
        [program, "-gcutil", str(pid)], capture_output=True, text=True, check=True
    )
    names, values = (line.split() for line in done.stdout.splitlines())
    count = int(dict(zip(names, values, strict=True))["FGC"])
    return [f"the Thrift server collected all garbage {count} times"] if count > ALLOWED else []
