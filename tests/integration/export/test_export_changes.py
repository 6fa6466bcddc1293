"""An export writes what publications changed since the last one, and large relations by month."""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from loader.config.settings import Settings
from loader.database import server
from loader.database.schema import ensure_schema
from loader.errors import LoaderError
from loader.export.verify import DifferenceError, verify
from loader.export.write import export

MART = """
create table mart.fct_sales (item_id text primary key, date_key integer, amount numeric(14, 2));
create table mart.agg_daily_sales (date_key integer primary key, full_date date);
create table mart.dim_dates (date_key integer primary key);
insert into mart.fct_sales values ('a', 20261030, 1.00), ('b', 20261101, 2.00), ('c', 20261122, 3);
insert into mart.agg_daily_sales values
    (20261030, '2026-10-30'), (20261101, '2026-11-01'), (20261122, '2026-11-22');
insert into mart.dim_dates values (20261122);
"""
OCTOBER, NOVEMBER = "fct_sales/2026-10.csv", "fct_sales/2026-11.csv"


@pytest.fixture
def execute(settings: Settings, database: str) -> Iterator[Callable[[str], None]]:
    assert database
    with closing(server.connect(settings)) as connection:
        ensure_schema(connection)
        connection.autocommit = True
        execute = connection.cursor().execute
        execute(MART)
        publish(execute, 1, {"fct_sales": (3, 3), "agg_daily_sales": (3, 3), "dim_dates": (1, 1)})
        yield execute


def publish(
    execute: Callable[..., None], number: int, relations: dict[str, tuple[int, int]], *months: str
) -> None:
    """Put a publication on record: rows, and rows that came, by relation."""
    execute(
        "insert into ops.publications (logical_date, published_at, is_full)"
        " values ('2026-11-22', now(), false)"
    )
    for name, (rows, came) in relations.items():
        execute(
            "insert into ops.publication_relations values (%s, %s, %s, %s, 0)",
            (number, name, rows, came),
        )
    for month in months:
        execute("insert into ops.publication_months values (%s, %s)", (number, month))


def publish_a_sale(execute: Callable[..., None]) -> None:
    execute("insert into mart.fct_sales values ('d', 20261122, 4.00)")
    counts = {"fct_sales": (4, 1), "agg_daily_sales": (3, 1), "dim_dates": (1, 0)}
    publish(execute, 2, counts, "2026-11")


def test_relation_that_did_not_change_keeps_its_file(
    settings: Settings, execute: Callable[[str], None]
) -> None:
    export(settings)
    before = (settings.exports_dir / "dim_dates.csv").stat()
    publish_a_sale(execute)

    result = export(settings)

    assert result.written == ("agg_daily_sales.csv", "fct_sales.csv")
    assert (settings.exports_dir / "dim_dates.csv").stat() == before
    verify(settings)
    assert export(settings).written == ()
    assert len(export(settings, is_full=True).written) == 3


def test_changes_of_publications_between_two_exports_are_all_written(
    settings: Settings, execute: Callable[[str], None]
) -> None:
    export(settings)
    publish_a_sale(execute)
    execute("insert into mart.dim_dates values (20261123)")
    counts = {"fct_sales": (4, 0), "agg_daily_sales": (3, 0), "dim_dates": (2, 1)}
    publish(execute, 3, counts)
    assert len(export(settings).written) == 3
    verify(settings)


@pytest.mark.usefixtures("execute")
def test_file_that_somebody_touched_is_written_anew(settings: Settings) -> None:
    export(settings)
    path = settings.exports_dir / "dim_dates.csv"
    path.write_text(path.read_text().replace("20261122", "20261123"))
    with pytest.raises(DifferenceError):
        verify(settings)
    assert export(settings).written == ("dim_dates.csv",)
    verify(settings)


def test_export_of_another_database_is_written_anew(
    settings: Settings, execute: Callable[[str], None]
) -> None:
    export(settings)
    execute("update ops.publications set published_at = published_at + interval '1 second'")
    assert len(export(settings).written) == 3


def test_column_that_changed_is_written_anew(
    settings: Settings, execute: Callable[[str], None]
) -> None:
    export(settings)
    execute("alter table mart.dim_dates rename column date_key to day_key")
    assert export(settings).written == ("dim_dates.csv",)


def test_large_relation_is_written_by_month_and_only_the_months_that_changed(
    settings: Settings, execute: Callable[[str], None]
) -> None:
    large = settings.model_copy(update={"export_rows": 2})
    assert export(settings).rows["fct_sales"] == 3
    result = export(large)
    assert set(result.written) == {OCTOBER, NOVEMBER}
    assert result.removed == ("fct_sales.csv",)
    assert (settings.exports_dir / OCTOBER).read_text() == (
        "item_id,date_key,amount\na,20261030,1.00\n"
    )

    publish_a_sale(execute)
    assert export(large).written == ("agg_daily_sales.csv", NOVEMBER)
    assert verify(large).rows[NOVEMBER] == 3

    assert set(export(settings).removed) == {OCTOBER, NOVEMBER}
    assert not (settings.exports_dir / "fct_sales").exists()


def test_publication_that_compared_whole_tables_writes_every_month(
    settings: Settings, execute: Callable[[str], None]
) -> None:
    large = settings.model_copy(update={"export_rows": 2})
    export(large)
    publish_a_sale(execute)
    execute("update ops.publications set is_full = true where publication_id = 2")
    assert export(large).written == ("agg_daily_sales.csv", OCTOBER, NOVEMBER)


def test_month_that_no_day_names_is_noticed(
    settings: Settings, execute: Callable[[str], None]
) -> None:
    execute("delete from mart.agg_daily_sales where full_date = '2026-10-30'")
    with pytest.raises(LoaderError, match="months of fct_sales have 2 rows, its publication has 3"):
        export(settings.model_copy(update={"export_rows": 2}))
    assert not list(settings.exports_dir.glob("*.csv"))
