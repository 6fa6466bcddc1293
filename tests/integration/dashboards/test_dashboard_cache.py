"""Pages are made from the months that changed, and are what they would be made from nothing."""

import shutil
import weakref
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from conftest import ScratchDatabase
from dashboards.cubes import read, rows
from dashboards.site.build import build
from factories.days import execute, query
from factories.small_shop import TODAY
from loader.config.settings import Settings

SALE = """
create temporary table sale as
select * from mart.fct_sales where customer_id = %(customer)s order by item_id limit 1;
update sale set item_id = 'ANOTHER', transaction_id = 'ANOTHER', date_key = %(day)s, quantity = 7;
insert into mart.fct_sales select * from sale;
drop table sale;
"""


@pytest.fixture(scope="module")
def built(
    small_shop: tuple[str, Path],
    scratch_database: ScratchDatabase,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Return the root of a shop with the pages of the small shop and their months."""
    settings = Settings(root=tmp_path_factory.mktemp("built"))
    with pytest.MonkeyPatch.context() as patch, scratch_database(patch, small_shop[0]):
        build(settings)
    return settings.root


@pytest.fixture
def shop(
    small_shop: tuple[str, Path],
    built: Path,
    scratch_database: ScratchDatabase,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Settings]:
    """Yield a shop whose pages were built, and whose database may be changed."""
    settings = Settings(root=tmp_path)
    shutil.copytree(built, settings.root, dirs_exist_ok=True)
    with scratch_database(monkeypatch, small_shop[0]):
        yield settings


def publish(*months: str, is_full: bool = False, day: date = TODAY) -> None:
    """Put on record that a publication changed some months."""
    execute(
        "insert into ops.publications (publication_id, logical_date, published_at, is_full)"
        f" overriding system value select max(publication_id) + 1, '{day}', now(), {is_full}"
        " from ops.publications;"
        "insert into ops.publication_relations select max(publication_id), 'fct_sales',"
        " (select count(*) from mart.fct_sales), 1, 0 from ops.publications"
    )
    for month in months:
        execute(
            "insert into ops.publication_months"
            f" select max(publication_id), '{month}' from ops.publications"
        )


def sell(customer_id: str, day: int) -> None:
    execute(SALE.replace("%(customer)s", f"'{customer_id}'").replace("%(day)s", str(day)))


def first_buyers() -> list[str]:
    """Return customers in the order in which they first bought."""
    return [
        id_
        for (id_,) in query(
            "select customer_id from mart.fct_sales group by 1 order by min(date_key), 1"
        )
    ]


def read_anew(shop: Settings) -> set[str]:
    """Build the pages, and return the months whose sales were read for it."""
    before = {path: path.stat().st_mtime_ns for path in shop.cube_cache_dir.glob("*/month.json")}
    build(shop)
    after = {path: path.stat().st_mtime_ns for path in shop.cube_cache_dir.glob("*/month.json")}
    return {path.parent.name for path in after if after[path] != before.get(path)}


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def assert_as_from_nothing(shop: Settings, tmp_path: Path) -> None:
    fresh = Settings(root=tmp_path / "fresh")
    shutil.copytree(shop.site_dir / "assets", fresh.site_dir / "assets")  # they take seconds
    shutil.copy(shop.site_dir / "publication.json", fresh.site_dir)
    build(fresh)
    assert files(shop.site_dir) == files(fresh.site_dir)
    assert {path.name for path in shop.cube_cache_dir.iterdir()} == {
        path.name for path in fresh.cube_cache_dir.iterdir()
    }


def test_nothing_is_read_where_nothing_changed(shop: Settings) -> None:
    pages = files(shop.site_dir)
    assert read_anew(shop) == set()
    assert files(shop.site_dir) == pages


def test_only_the_month_of_a_new_sale_is_read(shop: Settings, tmp_path: Path) -> None:
    pages = files(shop.site_dir)
    sell(first_buyers()[0], 20260317)
    publish("2026-03")
    assert read_anew(shop) == {"2026-03"}
    assert files(shop.site_dir) != pages
    assert_as_from_nothing(shop, tmp_path)


def test_late_sale_to_someone_known_changes_its_month_alone(shop: Settings, tmp_path: Path) -> None:
    sell(first_buyers()[0], 20250617)
    publish("2025-06")
    assert read_anew(shop) == {"2025-06"}
    assert_as_from_nothing(shop, tmp_path)


def test_late_first_purchase_moves_the_numbers_of_the_months_after_it(
    shop: Settings, tmp_path: Path
) -> None:
    sell(first_buyers()[-1], 20250218)
    publish("2025-02")
    anew = read_anew(shop)
    assert "2025-02" in anew
    assert len(anew) > 1
    assert "2025-01" not in anew
    assert_as_from_nothing(shop, tmp_path)


def test_month_is_let_go_before_the_next_is_read(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[list[weakref.ref[np.ndarray]]] = []

    def read_columns(cursor: Cursor, query: str, types: dict[str, str]) -> dict[str, np.ndarray]:
        assert [held for columns in reads for held in columns if held() is not None] == []
        columns = rows.read_columns(cursor, query, types)
        reads.append([weakref.ref(values) for values in columns.values()])
        return columns

    monkeypatch.setattr(read, "read_columns", read_columns)
    shutil.rmtree(shop.cube_cache_dir)
    build(shop)
    assert len(reads) == 2 * 15  # of sales and returns


def test_first_month_that_goes_is_removed(shop: Settings, tmp_path: Path) -> None:
    execute("delete from mart.fct_sales where date_key < 20250201")
    publish("2025-01")
    read_anew(shop)
    assert not (shop.cube_cache_dir / "2025-01").exists()
    assert_as_from_nothing(shop, tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        "update mart.dim_customers set state = 'Tripura' where customer_id = 'CUST0001'",
        "update mart.dim_customers set age_group = '60+' where customer_id = 'CUST0001'",
        "update mart.dim_products set brand = 'Other' where product_id = 'PROD0001'",
    ],
)
def test_place_or_brand_that_changes_in_its_version_is_seen(
    shop: Settings, tmp_path: Path, change: str
) -> None:
    execute(change)
    publish()
    assert len(read_anew(shop)) == 15
    assert_as_from_nothing(shop, tmp_path)


def test_day_that_goes_by_reads_the_month_that_begins(shop: Settings, tmp_path: Path) -> None:
    publish(day=date(2026, 3, 18))
    assert read_anew(shop) == set()
    publish(day=date(2026, 4, 1))
    assert read_anew(shop) == {"2026-04"}
    assert_as_from_nothing(shop, tmp_path)


def test_publication_that_compared_everything_reads_everything(shop: Settings) -> None:
    publish(is_full=True)
    assert len(read_anew(shop)) == 15
    assert read_anew(shop) == set()


def test_month_of_another_database_or_program_is_read_again(shop: Settings) -> None:
    execute("update ops.publications set published_at = published_at + interval '1 second'")
    assert len(read_anew(shop)) == 15
    note = shop.cube_cache_dir / "2025-05" / "month.json"
    note.write_text(note.read_text().replace('"made_with": "', '"made_with": "older'))
    assert read_anew(shop) == {"2025-05"}
    note.write_text("{")
    assert read_anew(shop) == {"2025-05"}
    (shop.cube_cache_dir / "2025-07" / "items.json").unlink()
    assert read_anew(shop) == {"2025-07"}
