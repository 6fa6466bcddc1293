"""What the sample shop can be told: settings, another country, defects; and what is refused."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from factories.synthetic_shop import DAY, FIRST, TINY, read, shop
from loader.config.settings import REPOSITORY
from loader.errors import LoaderError
from loader.generator.batch import Batch
from loader.generator.keys import KEYS
from loader.generator.kinds import HELD_BACK, OF_ROWS
from loader.generator.settings import SETTINGS, ShopChoice, ShopSettings, load_shop_settings
from loader.generator.spoiling import LINES
from loader.generator.vocabulary import load_vocabulary
from loader.generator.write import generate
from loader.ingest.load import check


def test_single_setting_of_a_segment_leaves_the_others_as_they_are() -> None:
    change = ("customers.segments.loyal.order_rate", 3)
    segments = load_shop_settings(ShopChoice(changes=(change,))).segments
    assert segments["loyal"].order_rate == 3
    assert {**segments, "loyal": None} == {**load_shop_settings().segments, "loyal": None}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shop.orders_per_day": 0}, "shop.orders_per_day is 0; give a number from 1 to 20000"),
        ({"shop.orders_per_day": "many"}, "shop.orders_per_day is 'many'; give a number"),
        ({"seed": -1}, "seed is -1; give a whole number from 0"),
        (
            {"shop.orders_a_day": 3},
            "no setting shop.orders_a_day; did you mean shop.orders_per_day",
        ),
        ({"demand.weekdays_pct.funday": 3}, "no setting demand.weekdays_pct.funday"),
        ({"shop.opened_on": 2024}, "shop.opened_on is 2024; give a date from 2000-01-01"),
        ({"products.price_range_pct": [110, 90]}, "price_range_pct is .110, 90.; give two whole"),
        ({"demand.hours.weekday": [0] * 24}, "demand.hours.weekday is .*; give 24 numbers"),
        ({"baskets.sizes": {"one": 1}}, "baskets.sizes is .*; give shares above 0"),
        ({"customers.segments.new": {"share": 1}}, "customers.segments.new.order_rate is missing"),
        ({"vocabulary": "mars.toml"}, "vocabulary is 'mars.toml'; there is no file"),
    ],
)
def test_wrong_settings_are_refused_with_key_and_range(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(LoaderError, match=words):
        shop(**changes)


def test_unknown_preset_and_broken_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LoaderError, match="no preset 'huge'; choose one of demo, tiny, large"):
        shop("huge")
    broken = tmp_path / "shop.toml"
    broken.write_text("seed = ")
    with pytest.raises(LoaderError, match=r"shop.toml is not TOML"):
        shop("demo", broken)


def test_shop_has_nothing_before_it_opened(tmp_path: Path) -> None:
    with pytest.raises(LoaderError, match="opened on 2024-01-01"):
        generate(tmp_path, Batch(date(2023, 12, 31)), TINY)


BAKERY = """
[people]
locale = "de_DE"
country = "Deutschland"
country_code = "DE"
address = "{street} {building}, {postal_code} {city}"
email_domains = ["example.org"]
phones = ["+49 30 23125 ###"]
[age_groups]
"18+" = [18, 1]
[payment_methods]
Bar = 1
[prices]
step = 0.5
less = 0.01
[places.Bremen]
Bremen = ["28", 1]
[brands]
"Brot, hell" = ["Backhaus"]
[[catalogue]]
category = "Brot, hell"
sub_category = "Mohn"
styles = ["Mohn"]
things = ['"Spezial"']
name = "{style} {thing}"
again = "{name} Nr. {number}"
price = [2, 9]
margin_pct = [30, 50]
demand = 1
most = 9
"""


def bakery(folder: Path, text: str) -> ShopSettings:
    """Return the settings of a shop whose words are a text."""
    (folder / "bakery.toml").write_text(text)
    (folder / "shop.toml").write_text('vocabulary = "bakery.toml"\n[shop]\norders_per_day = 9\n')
    return shop("tiny", folder / "shop.toml")


def test_another_country_and_catalogue_are_another_file(tmp_path: Path) -> None:
    """Nothing of the Indian shop is left when the data says something else."""
    settings = bakery(tmp_path, BAKERY)
    folder = generate(tmp_path / "landing", Batch(DAY, 30, is_first=True), settings)
    assert check(folder).warnings == ()
    found = read(folder)
    assert {row["category"] for row in found["products"]} == {"Brot, hell"}
    assert {(row["city"], row["state"], row["country"]) for row in found["customers"]} == {
        ("Bremen", "Bremen", "Deutschland")
    }
    assert {row["payment_method"] for row in found["transactions"]} == {"Bar"}
    assert all(re.fullmatch(r"\S.* \d+, 28\d{3} Bremen", row["shipping_address"])
               for row in found["transactions"])  # fmt: skip
    names = [row["product_name"] for row in found["products"]]
    assert names[0] == 'Mohn "Spezial"'
    assert names[1:] == [f'Mohn "Spezial" Nr. {turn}' for turn in range(2, len(names) + 1)]
    assert all(row["phone"].startswith("+49 30 23125 ") for row in found["customers"])


@pytest.mark.parametrize("again", ["{name}", "{name} {turn}"])
def test_pattern_of_names_that_cannot_tell_products_apart_is_refused(
    tmp_path: Path, again: str
) -> None:
    settings = bakery(tmp_path, BAKERY.replace("{name} Nr. {number}", again))
    with pytest.raises(LoaderError, match=r"bakery\.toml: Mohn: .*\{name\} and \{number\}"):
        load_vocabulary(settings)


@pytest.mark.parametrize("sign", [r"\n", r"\u0000", r"\t"])
def test_word_that_breaks_a_line_is_refused(tmp_path: Path, sign: str) -> None:
    text = BAKERY.replace("{street} {building}, ", "{street} {building}" + sign)
    settings = bakery(tmp_path, text)
    with pytest.raises(LoaderError, match=r"bakery\.toml: .*a line break or a control character"):
        load_vocabulary(settings)


def test_margin_that_a_cost_could_overtake_is_refused(tmp_path: Path) -> None:
    settings = bakery(tmp_path, BAKERY.replace("[30, 50]", "[5, 50]"))
    with pytest.raises(LoaderError, match="Mohn: with margin_pct from 5"):
        generate(tmp_path, Batch(DAY), settings)


def test_settings_file_stands_for_itself() -> None:
    assert shop("demo", SETTINGS) == load_shop_settings()


def test_docs_list_every_setting_and_every_rule() -> None:
    page = (REPOSITORY / "docs/generator.md").read_text()
    rows = re.findall(r"^\| `([\w.*]+)` \| [^|]*\| ([^|]+) \| ([^|]+) \|$", page, re.MULTILINE)
    assert rows == [(key.path, key.range, key.meaning) for key in KEYS]
    rules = {
        rule.split(":")[0] for kinds in OF_ROWS.values() for kind in kinds for rule in kind.rules
    }
    assert {rule for rule in {*rules, *LINES} if f"`{rule}`" not in page} == set()
    assert {name for name in HELD_BACK if f"`{name}`" not in page} == set()


def test_unknown_kind_of_defect_is_refused_with_a_hint() -> None:
    choice = ShopChoice("tiny", defects=(("customers.format:mail", Decimal("0.1")),))
    with pytest.raises(LoaderError, match=r"did you mean customers\.format:email"):
        load_shop_settings(choice)


def damaged(landing: Path, kind: str, share: Decimal) -> tuple[Path, list[dict[str, Any]]]:
    """Return a batch with one kind of defect, and its answer key."""
    choice = ShopChoice("tiny", defects=((kind, share),))
    folder = generate(landing, FIRST, load_shop_settings(choice))
    lines = (folder / "answer_key.jsonl").read_text().splitlines()
    return folder, [json.loads(line) for line in lines]


def test_one_kind_of_defect_is_planted_alone(tmp_path: Path) -> None:
    folder, answers = damaged(tmp_path, "transaction_items.range:quantity", Decimal("0.1"))
    planted = [answer for answer in answers if answer["kind"] != "consequence"]
    assert {answer["kind"] for answer in planted} == {"transaction_items.range:quantity"}
    lines = (folder / "transaction_items.csv").read_text().splitlines()
    assert 0.06 < len(planted) / len(lines) < 0.14
    for answer in planted:
        assert lines[answer["line"] - 1].split(",")[0] == answer["key"]
        assert lines[answer["line"] - 1].split(",")[3] == "0"


def test_wrong_encoding_is_planted_where_it_is_asked_for(tmp_path: Path) -> None:
    folder, answers = damaged(tmp_path, "customers.encoding", Decimal("0.1"))
    assert {(answer["file"], answer["outcome"]) for answer in answers} == {
        ("customers.csv", "file refused")
    }
    with pytest.raises(LoaderError, match=rf"customers.csv, line {answers[0]['line']}.*UTF-8"):
        check(folder)
