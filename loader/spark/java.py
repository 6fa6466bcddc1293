"""Java for Spark: which one is used, and the classes of this folder that it is given."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from loader.errors import LoaderError

SUPPORTED = (11, 17)  # from, to: what Spark 3.5 runs on
WANTED = "Spark needs Java 17 with its compiler (Debian: openjdk-17-jdk-headless)"
ICEBERG = "iceberg-spark-runtime-3.5_2.12-*.jar"
FUNCTIONS = Path(__file__).with_name("Text.java")
SOURCES = (FUNCTIONS, Path(__file__).with_name("Access.java"))


def java_home() -> Path:
    """Return the folder of the Java that PATH names.

    Raises:
        LoaderError: there is none, it has no compiler, or it is too old or too new.
    """
    java, javac = shutil.which("java"), shutil.which("javac")
    if java is None or javac is None:
        raise LoaderError(f"{WANTED}; {'java' if java is None else 'javac'} was not found")
    said = subprocess.run([javac, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r"javac (?:1\.)?(\d+)", said.stdout + said.stderr)
    if version is None or not SUPPORTED[0] <= int(version[1]) <= SUPPORTED[1]:
        raise LoaderError(f"{WANTED}; found: {(said.stdout or said.stderr).strip()}")
    return Path(javac).resolve().parents[1]


def spark_home() -> Path:
    """Return the folder of Spark, which a package brings.

    Raises:
        LoaderError: it is not installed.
    """
    return _package("pyspark")


def iceberg_jar() -> Path:
    """Return the file with Iceberg for Spark, which a package brings.

    Raises:
        LoaderError: it is not installed.
    """
    return next((_package("snowpark_connect_deps_iceberg") / "jars").glob(ICEBERG))


def write_classes(path: Path) -> None:
    """Compile this folder's classes into a jar, unless it is newer than their sources.

    Raises:
        LoaderError: the compiler refuses.
    """
    newest = max(source.stat().st_mtime for source in SOURCES)
    if path.exists() and path.stat().st_mtime > newest:
        return
    with TemporaryDirectory() as folder:
        compiler = java_home() / "bin" / "javac"
        options = ("-proc:none", "-cp", str(spark_home() / "jars" / "*"), "-d", folder)
        done = subprocess.run(
            [compiler, *options, *SOURCES], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise LoaderError(f"Spark's classes were not compiled: {done.stderr.strip()}")
        aside = path.with_suffix(".new")
        with ZipFile(aside, "w") as jar:
            for compiled in sorted(Path(folder).rglob("*.class")):
                jar.write(compiled, compiled.relative_to(folder))
        aside.replace(path)


def _package(name: str) -> Path:
    found = find_spec(name)
    if found is None or found.origin is None:
        raise LoaderError("Spark is not installed: make install-spark")
    return Path(found.origin).parent
