"""A Spark cluster on this machine: what it asks for, and whom it takes for its parts."""

import os
import re
from pathlib import Path

import psutil
import pytest
from pydantic import SecretStr

from loader.config.settings import REPOSITORY, Settings
from loader.errors import LoaderError
from loader.spark import cluster, configuration, java

CHARACTERS = re.compile(r"\\(?:[uU]0*|x\{)([0-9A-F]{4,5})")


def a_program(folder: Path, name: str, says: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("programs", "said"),
    [
        ({}, "java was not found"),
        ({"java": ""}, "javac was not found"),
        ({"java": "", "javac": "javac 1.8.0_392"}, "found: javac 1.8.0_392"),
        ({"java": "", "javac": "javac 21.0.1"}, "found: javac 21.0.1"),
    ],
)
def test_java_that_is_missing_or_of_another_age_is_said_in_one_line(
    programs: dict[str, str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, says in programs.items():
        a_program(tmp_path, name, says)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LoaderError, match=re.escape(said)) as error:
        java.java_home()
    assert str(error.value).startswith("Spark needs Java 17")
    assert "\n" not in str(error.value)


def test_java_17_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("java", "javac"):
        a_program(tmp_path / "bin", name, "javac 17.0.15")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert java.java_home() == tmp_path


def test_spark_that_is_not_installed_names_the_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java, "find_spec", lambda _name: None)
    with pytest.raises(LoaderError, match="make install-spark"):
        java.spark_home()


def test_parts_start_in_order_on_ports_beside_each_other(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path, spark_port=20_000, spark_workers=2)
    found = [(part.name, part.port) for part in cluster.parts(settings)]
    assert found == [
        ("master", 20_001),
        ("worker-1", None),
        ("worker-2", None),
        ("thrift-server", 20_000),
    ]


def test_process_that_only_has_the_number_of_a_part_is_left_alone(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path)
    settings.spark_dir.mkdir()
    ours = psutil.Process(os.getpid()).create_time()
    (settings.spark_dir / "master.pid").write_text(f"{os.getpid()} {ours - 60}")
    assert [part.pid for part in cluster.status(settings)] == [None, None, None]
    assert cluster.stop(settings) == []


def test_functions_on_spark_know_the_same_characters_as_those_of_postgresql() -> None:
    sql = (REPOSITORY / "loader/database/clean_values.sql").read_text()
    functions = sql[sql.index("function ops.visible_text") : sql.index("function ops.clean_block")]
    theirs = java.FUNCTIONS.read_text().replace("\\\\", "\\")
    patterns = theirs[theirs.index("SPACES") : theirs.index("RUNS")]
    assert CHARACTERS.findall(functions) == CHARACTERS.findall(patterns) != []


def test_secret_is_generated_once_and_nobody_else_can_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "iceberg_jar", lambda: tmp_path / "iceberg.jar")
    settings = Settings(root=tmp_path)
    with pytest.raises(LoaderError, match="make spark-up"):
        configuration.password(settings)
    folder = configuration.write_configuration(settings)
    secret = configuration.password(settings)
    configuration.write_configuration(settings)
    assert configuration.password(settings) == secret
    assert len(secret) == 64
    written = folder / "spark-defaults.conf"
    assert f"spark.authenticate.secret {secret}\n" in written.read_text()
    private = (settings.spark_dir, settings.spark_dir / "secret", written)
    assert [path.stat().st_mode & 0o077 for path in private] == [0, 0, 0]


def test_password_that_is_set_takes_the_place_of_a_generated_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "iceberg_jar", lambda: tmp_path / "iceberg.jar")
    settings = Settings(root=tmp_path, spark_password=SecretStr("of one's \\ own"))
    folder = configuration.write_configuration(settings)
    assert "secret of one's \\\\ own\n" in (folder / "spark-defaults.conf").read_text()
    assert configuration.password(settings) == "of one's \\ own"
    assert not (settings.spark_dir / "secret").exists()
