"""What Spark built is copied to PostgreSQL, as tagged; Spark is played here.

`make spark-test` asks Spark itself.
"""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from factories.days import dbt_well, execute, fingerprint, query
from factories.object_stores import ObjectStore
from factories.played_spark import PlayedSpark, read_table
from loader.config.places import parse_location
from loader.config.settings import Settings
from loader.errors import LoaderError
from loader.spark import serve, tags
from loader.spark.served import ServedTable, served_tables
from loader.spark.shared import LocalFolder, shared_folder
from loader.spark.stage import STAGED, write_staging
from loader.storage.filesystems import hadoop_url

DAY = date(2025, 3, 1)


@pytest.fixture
def tables(first_day: None, settings: Settings) -> list[ServedTable]:  # noqa: ARG001
    """Return the tables to copy of a shop whose first day has run."""
    dbt_well("parse")
    return served_tables(settings.dbt_target_dir)


@pytest.fixture
def spark(tables: list[ServedTable], monkeypatch: pytest.MonkeyPatch) -> PlayedSpark:
    """Return a Spark that has what PostgreSQL has built."""
    spark = PlayedSpark(tables)
    monkeypatch.setattr(serve, "session", spark.session)
    return spark


def of(tables: list[ServedTable]) -> dict[str, object]:
    """Return the fingerprints of tables."""
    found = fingerprint("mart_build", "quarantine", "ops")
    return {table.full_name: found[table.full_name] for table in tables}


REJECTED = """
insert into quarantine.rejected_customers
    (batch_date, line_number, source_file, customer_id, reasons, status)
values
    ('2025-02-01', 2, 'f', 'A', array['not_null:email'], 'open'),
    ('2025-02-01', 3, 'f', '', array['not_null:email', 'type:x'], 'open'),
    ('2025-03-01', 2, 'f', null, array[]::text[], 'open');
insert into ops.row_warnings values
    ('customers', 'A', 'a:b', '2025-02-01'), ('customers', 'B', 'a:b', '2025-02-01');
"""
CHANGED = """
update quarantine.rejected_customers set status = 'resolved', closed_on = '2025-03-01'
where line_number = 3;
delete from quarantine.rejected_customers where batch_date = '2025-03-01';
insert into quarantine.rejected_customers
    (batch_date, line_number, source_file, reasons, status)
values ('2025-03-01', 9, 'f', array['type:x'], 'open');
update ops.row_warnings set row_key = 'C' where row_key = 'B';
"""
REJECTED_BEFORE = (
    """
delete from quarantine.rejected_customers;
delete from ops.row_warnings where row_key <> 'C';
"""
    + REJECTED
)


@pytest.mark.usefixtures("spark")
def test_tables_are_what_spark_has_whatever_they_were(
    tables: list[ServedTable], settings: Settings
) -> None:
    before = of(tables)
    execute(
        "drop table mart_build.rpt_top_products;"
        " alter table mart_build.dim_dates drop column is_weekend;"
        " alter table mart_build.rpt_day_of_week alter column day_of_week type bigint;"
        " update mart_build.fct_sales set quantity = 77;"
        " truncate quarantine.rejected_customers, ops.row_warnings"
    )
    rows = serve.serve(settings, tables, "a-run", DAY, is_full=True)
    assert of(tables) == before
    assert rows == sum(query(f"select count(*) from {name}")[0][0] for name in before)
    described = "select col_description('mart_build.dim_dates'::regclass, 1)"
    assert query(described)[0][0].startswith("Day as a number")
    assert not (settings.spark_storage_dir / "served").exists()


def test_of_sales_the_changed_days_are_copied(
    tables: list[ServedTable], spark: PlayedSpark, settings: Settings
) -> None:
    before = of(tables)
    days = "mart_build.int_changed_days"
    spark.commit(days, spark.snapshots[days][-1].filter(pa.compute.field("date_key") == 20250301))
    execute("update mart_build.fct_sales set quantity = 77")
    serve.serve(settings, tables, "a-run", DAY, is_full=False)
    assert dict(query("select date_key, quantity from mart_build.fct_sales")) == {
        20250201: 77,
        20250301: 2,
    }
    others = {
        name for name in before if name.split(".")[1] not in ("fct_sales", "int_changed_days")
    }
    after = of(tables)
    assert {name for name in others if after[name] != before[name]} == set()


def test_of_tables_that_dbt_merges_into_what_changed_since_the_last_copy_is_copied(
    tables: list[ServedTable], spark: PlayedSpark, settings: Settings
) -> None:
    execute(REJECTED)
    names = ("quarantine.rejected_customers", "ops.row_warnings")
    merged = [table for table in tables if table.full_name in names]
    spark.snapshots |= {table.full_name: [read_table(table)] for table in merged}
    assert serve.serve(settings, merged, "a-run", DAY, is_full=False) == 5
    assert serve.serve(settings, merged, "a-run", DAY, is_full=False) == 0
    execute(CHANGED)
    for table in merged:
        spark.commit(table.full_name, read_table(table))
    expected = of(merged)
    # the last of these is there already, as where an erasure came first
    execute(REJECTED_BEFORE)
    assert serve.serve(settings, merged, "a-run", DAY, is_full=False) == 6
    assert of(merged) == expected
    assert serve.serve(settings, merged, "a-run", DAY, is_full=True) == 5


def test_what_was_copied_and_is_no_snapshot_any_more_is_copied_whole(
    tables: list[ServedTable], spark: PlayedSpark, settings: Settings
) -> None:
    [counts] = [table for table in tables if table.full_name == "ops.batch_counts"]
    before = of([counts])
    assert serve.serve(settings, [counts], "a-run", DAY, is_full=False) > 0
    execute("update ops.copied_snapshots set snapshot_id = 77; truncate ops.batch_counts")
    assert serve.serve(settings, [counts], "a-run", DAY, is_full=False) > 0
    assert of([counts]) == before
    assert not any("except" in one for one in spark.asked)


def test_published_tables_are_copied_as_they_were_tagged_for_the_next_publication(
    tables: list[ServedTable], spark: PlayedSpark, settings: Settings
) -> None:
    serve.serve(settings, tables, "a-run", DAY, is_full=True)
    assert {tag for _, tag in spark.tags} == {"publication_2"}
    tagged = {name for name, _ in spark.tags}
    in_mart = "select 'mart_build.' || tablename from pg_tables where schemaname = 'mart'"
    assert tagged == {name for (name,) in query(in_mart)}
    [begun] = query("select count(*) from ops.invocations where command = 'copy from Spark'")
    assert begun == (1,)
    first_tag, *_ = (place for place, one in enumerate(spark.asked) if "tag" in one)
    assert first_tag == 0


def test_publication_once_more_has_the_tags_of_the_one_before(
    tables: list[ServedTable],
    spark: PlayedSpark,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tags, "session", spark.session)
    sales = "mart_build.fct_sales"
    with pytest.raises(LoaderError, match=r"fct_sales has no tag publication_1 on Spark: make b"):
        tags.tag_again(settings, [sales])
    spark.tags[sales, "publication_1"] = 1
    spark.commit(sales, read_table(next(table for table in tables if table.full_name == sales)))
    tags.tag_again(settings, [sales])
    assert spark.tags[sales, "publication_2"] == 1
    spark.tags[sales, "publication_2"] = 2  # of a build that was not published
    tags.tag_again(settings, [sales])
    assert spark.tags[sales, "publication_2"] == 2
    assert tags.kept_tags(settings, datetime.now(UTC)) == {"publication_1", "publication_2"}


def test_views_show_the_newest_publication(
    spark: PlayedSpark, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tags, "session", spark.session)
    tags.show_published(settings, ["mart_build.fct_sales"])
    assert "".join(spark.asked).replace("\n", "") == (
        "create schema if not exists mart"
        "drop view if exists mart.fct_sales"
        "create view mart.fct_sales"
        " as select * from mart_build.fct_sales version as of 'publication_1'"
    )


def test_copy_that_fails_changes_nothing(
    tables: list[ServedTable], spark: PlayedSpark, settings: Settings
) -> None:
    execute("update mart_build.fct_sales set quantity = 77")
    before = of(tables)
    del spark.snapshots[tables[-1].full_name]
    with pytest.raises(KeyError):
        serve.serve(settings, tables, "a-run", DAY, is_full=True)
    assert of(tables) == before
    newest = "select command, is_complete from ops.invocations order by started_at desc limit 1"
    assert query(newest) == [("copy from Spark", False)]  # so nothing else is published now
    assert {tag for _, tag in spark.tags} == {"publication_2"}


@pytest.mark.usefixtures("spark")
def test_files_may_cross_in_object_storage(
    tables: list[ServedTable],
    objects: ObjectStore,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SHOP_SPARK_STORAGE", objects.url)
    stored = Settings(root=settings.root)
    before = of(tables)
    execute("update mart_build.fct_sales set quantity = 77")
    serve.serve(stored, tables, "a-run", DAY, is_full=True)
    assert of(tables) == before
    assert objects.content() == {}
    local = LocalFolder(settings.root / "beside")
    for folder in (shared_folder(stored, "staging"), local):
        write_staging(settings, folder)
    written = {path.name: path.read_bytes() for path in local.path.iterdir()}
    assert set(written) == {f"{name}.parquet" for name in STAGED}
    assert objects.content("staging") == written
    assert not [path for path in (settings.spark_dir / "copies").rglob("*") if path.is_file()]
    with pytest.raises(LoaderError, match="SHOP_SPARK_STORAGE: a cluster on this machine needs a"):
        assert stored.spark_storage_dir


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("s3://shop/spark", "s3a://shop/spark"),
        ("gs://shop", "gs://shop"),
        ("az://shop/a/b", "abfss://shop@theirs.dfs.core.windows.net/a/b"),
    ],
)
def test_spark_names_a_place_by_hadoops_file_systems(
    url: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "theirs")
    assert hadoop_url(parse_location(url)) == address
