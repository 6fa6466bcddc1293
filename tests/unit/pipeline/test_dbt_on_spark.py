"""A command of dbt's that failed on Spark says whether Spark is still there."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from unittest.mock import Mock

import pytest

from loader.config.settings import Settings
from loader.errors import LoaderError
from loader.pipeline import spark
from loader.pipeline.context import Run

FAILED = "dbt build ended with exit code 1: dim_dates: error (and 2 more)"
GONE = "Spark at 127.0.0.1:10000 does not answer: make spark-up"


@contextmanager
def gone(_settings: Settings) -> Iterator[None]:
    raise LoaderError(GONE)
    yield


@pytest.mark.parametrize(("session", "said"), [(nullcontext, FAILED), (gone, GONE)])
def test_what_dbt_says_gives_way_to_spark_being_gone(
    session: object, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_SPARK_PASSWORD", "secret")
    monkeypatch.setattr(spark, "run_dbt", Mock(side_effect=LoaderError(FAILED)))
    monkeypatch.setattr(spark, "session", session)
    run = Mock(spec=Run, settings=Settings(root=tmp_path))
    with pytest.raises(LoaderError) as raised:
        spark.run_on_spark(run, "build")
    assert str(raised.value) == said
