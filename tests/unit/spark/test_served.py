"""Which tables PostgreSQL gets of what Spark built: dbt's manifest says it."""

import json
from pathlib import Path
from typing import Any

from loader.spark.served import Changes, merged_tables, served_tables


def a_model(schema: str, name: str, **config: object) -> dict[str, Any]:
    """Return a model as dbt's manifest has it."""
    return {
        "resource_type": "model",
        "schema": schema,
        "name": name,
        "description": f"One row per {name}.",
        "config": {"materialized": "table", "meta": {}, "indexes": None} | config,
        "constraints": [{"type": "primary_key", "columns": ["id"]}],
        "columns": {
            "id": {"data_type": "string", "description": "Its id."},
            "amount": {"data_type": "numeric(14,4)", "description": "What was paid."},
        },
    }


def test_published_tables_their_changes_and_what_the_loader_reads_are_served(
    tmp_path: Path,
) -> None:
    sales = a_model(
        "mart_build",
        "fct_sales",
        meta={
            "is_published": True,
            "is_fact": True,
            "published_changes": {"model": "int_days", "key": "date_key"},
        },
        indexes=[{"columns": ["id"]}],
        materialized="incremental",
    )
    nodes = [
        sales,
        a_model("mart_build", "int_days"),
        a_model("mart_build", "int_sales"),
        a_model("production", "customers"),
        a_model("quarantine", "rejected_customers"),
        a_model("ops", "int_notes", materialized="ephemeral"),
        {"resource_type": "test", "name": "fct_sales_is_right", "config": {}},
        a_model("snapshots", "old_customers") | {"resource_type": "snapshot"},
    ]
    manifest = {"nodes": {str(number): node for number, node in enumerate(nodes)}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    days, served, rejected = served_tables(tmp_path)
    assert served.full_name == "mart_build.fct_sales"
    assert served.columns == {"id": "text", "amount": "numeric(14,4)"}
    assert served.primary_key == ("id",)
    assert served.indexes == (("id",),)
    assert served.descriptions == {
        "": "One row per fct_sales.",
        "id": "Its id.",
        "amount": "What was paid.",
    }
    assert served.changes == Changes("date_key", "mart_build.int_days")
    assert (days.full_name, days.changes) == ("mart_build.int_days", None)
    assert [table.is_published for table in (days, served, rejected)] == [False, True, False]
    assert [table.is_fact for table in (days, served, rejected)] == [False, True, False]
    assert [table.is_made_anew for table in (days, served, rejected)] == [True, False, True]
    assert merged_tables(tmp_path) == ["mart_build.fct_sales", "snapshots.old_customers"]
    assert rejected.full_name == "quarantine.rejected_customers"
