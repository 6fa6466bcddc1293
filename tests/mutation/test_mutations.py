"""Every rule, constraint and test of data can go red: each was broken once, on purpose."""

import json
import os
import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from factories.days import TO_MART, a_return, connect, dbt_well, run_well
from loader.config.settings import REPOSITORY
from loader.contract import TABLES
from mutation.mutated_constraints import constraints, not_nulls
from mutation.mutated_rules import DAY, MODELS_WITH_RULES, codes, rules
from mutation.mutated_tests import generic_tests, singular_tests
from mutation.mutations import DECLARED, page

VARIABLES = yaml.safe_load((REPOSITORY / "dbt_project" / "dbt_project.yml").read_text())["vars"]
NOTES = {"invisible", "nfc", "digits", "null_word", "currency", "percent", "grouped", "rounded"}
NOTES |= {"date_form", "time_form", "phone_form", "phone_text"}
PAGE = REPOSITORY / "docs" / "mutations.md"


def dimensions_with_rules(model: str) -> set[str]:
    """Return what the rules of a compiled model are about."""
    dimensions = {
        rule: dimension
        for dimension, checks in VARIABLES["quality_dimensions"].items()
        for rule in checks["rules"]
    }
    kinds = {code.split(":")[0] for code in codes(model)}
    return {dimensions[kind] for kind in kinds - NOTES}


def test_whatever_is_broken_on_purpose_goes_red_and_the_page_lists_it(
    first_day_run: tuple[str, Path],
    first_day: None,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    batch = tmp_path / "batch"
    shutil.copytree(first_day_run[1] / "batch", batch)
    returned = a_return(1, 2, DAY)  # so that each table of returns has a row
    (batch / "returns.csv").write_text(f"{','.join(returned)}\n{','.join(returned.values())}\n")
    run_well(DAY, batch, *TO_MART)
    monkeypatch.setenv("SHOP_AUDIT", "all")
    # what the day's build compiled knew another database, no mart, no quarantine and no unit test
    dbt_well("compile", "--select", "test_type:data", "staging")
    dbt_well("test", "--select", "staging,test_type:unit", "ops,test_type:unit")
    target = Path(os.environ["DBT_TARGET_PATH"])
    manifest = json.loads((target / "manifest.json").read_text())
    compiled = target / "compiled" / "shop"
    models = {path.stem: path.read_text() for path in compiled.glob("models/staging/*.sql")}
    tests = {path.stem: path.read_text() for path in compiled.glob("tests/*/*.sql")}
    with closing(connect()) as connection:
        done = [
            *rules(connection, compiled, manifest["unit_tests"], models),
            *constraints(connection, tests[DECLARED]),
            *not_nulls(connection),
            *singular_tests(connection, tests),
            *generic_tests(connection, manifest["nodes"], compiled),
        ]

    assert [one for one in done if not one.red] == []
    assert set(models) | {"row_warnings"} == set(MODELS_WITH_RULES)
    assert {one.name for one in done if one.kind == "test"} == {
        node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "test"
    }
    assert {table: dimensions_with_rules(models[f"stg_{table}"]) for table in TABLES} == {
        table: set(dimensions) for table, dimensions in VARIABLES["checked_dimensions"].items()
    }
    assert Counter(one.kind for one in done)["constraint"] > 100
    if os.environ.get("SHOP_WRITE_MUTATIONS"):
        PAGE.write_text(page(done), encoding="utf-8")
    assert page(done) == PAGE.read_text(encoding="utf-8"), "make mutations writes the page anew"
