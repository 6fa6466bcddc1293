"""See that a Power BI project and mart agree: fields, types, keys, measures."""

from pathlib import Path

import pytest

from dashboards.bi.powerbi.model.columns import data_type
from dashboards.bi.powerbi.model.names import METRICS
from dashboards.bi.powerbi.project import MODEL, REPORT
from dashboards.catalogue import STAR_MEASURES
from expectations.powerbi import Model
from expectations.powerbi_report import fields_in, title_of, visuals
from factories.days import query


def check(folder: Path) -> None:
    model = Model(folder / MODEL)
    check_fields(model, folder / REPORT)
    check_types(model)
    check_relationships(model)
    check_measures(model)


def check_fields(model: Model, report: Path) -> int:
    """See that every field that the report names is in the model, whatever names it."""
    count = 0
    for page, visual in visuals(report):
        for kind, table, name in fields_in(visual):
            what = f"{page}, {title_of(visual)}: "
            if kind == "Measure":
                assert name in model.tables[table].of("measure"), f"{what}no measure {name}"
            else:
                model.column(table, name)
            count += 1
    return count


def check_types(model: Model) -> None:
    """See that every column of the model that is not calculated is in mart, with its type."""
    types = {
        (table, column): type_
        for table, column, type_ in query(
            "select attrelid::regclass::text, attname, format_type(atttypid, atttypmod) "
            "from pg_attribute where attrelid::regclass::text like 'mart.%' and attnum > 0"
        )
    }
    for table in model.tables.values():
        for column in table.of("column").values():
            if column.expression:
                continue
            if table.name == METRICS:
                continue
            source = model.relation(table.name), column.properties["sourceColumn"]
            type_ = types.get((f"mart.{source[0]}", source[1]))
            assert type_, f"mart has no {table.name}.{column.name}"
            assert column.properties["dataType"] == data_type(type_), f"{table.name}.{column.name}"


def check_relationships(model: Model) -> None:
    """See that each relationship leads from a fact to one row, for every row of the fact."""
    for source, target in model.relationships:
        table, from_table = model.relation(target[0]), model.relation(source[0])
        key, from_key = (
            model.column(*place).properties["sourceColumn"] for place in (target, source)
        )
        ((doubled, lost),) = query(
            f"select (select count(*) - count(distinct {key}) from mart.{table}), "
            f"(select count(*) from mart.{from_table} as f left join mart.{table} as t "
            f"on f.{from_key}::text = t.{key}::text where t.{key} is null)"
        )
        assert (doubled, lost) == (0, 0), target


def check_measures(model: Model) -> None:
    """See that each measure gives what the catalogue's SQL gives."""
    for measure in STAR_MEASURES.values():
        theirs = model.measure_sql(measure.label)
        source = model.from_clause(f"{theirs} {measure.sql}")
        ((in_model, in_catalogue),) = query(f"select {theirs}, {measure.sql} from {source}")
        assert in_catalogue is not None
        assert in_model == pytest.approx(in_catalogue), measure.name
