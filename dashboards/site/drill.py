"""What leads from a figure further: to one product or customer, and to the sales behind it."""

from pathlib import Path

from dashboards.catalogue import DIMENSIONS, FACT, MEASURES, Dimension, Drill, Measure
from loader.database.fetch import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
# By fact: the query of its rows, into which the page writes what is chosen.
QUERIES = {fact: SQL[fact].strip() for fact in ("fct_sales", "fct_returns")}
JOINED = {"dim_customers", "dim_products", "dim_payment_methods"}


def columns() -> dict[str, str]:
    """Return, by dimension, the column of those queries that rows are chosen by."""
    return {"date_key": f"{FACT}.date_key"} | {
        name: one.sql
        for name, one in DIMENSIONS.items()
        if one.relation in JOINED or (one.relation == FACT and one.column)
    }


def facts_of(drill: Drill) -> list[dict[str, str]]:
    """Return what is said of one product or customer beside its figures."""
    known: dict[str, Dimension | Measure] = {**DIMENSIONS, **MEASURES}
    found = (known[name] for name in drill.facts)
    return [{"name": one.name, "label": one.label, "format": one.format} for one in found]
