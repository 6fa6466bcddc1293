"""The measures of the Power BI project give the mart's figures under any period and filter."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from dashboards.bi.powerbi.model.dax import DaxMeasure
from dashboards.bi.powerbi.model.measures import measures
from dashboards.bi.powerbi.model.periods import CHANGES, PERIODS
from dashboards.bi.powerbi.project import MODEL, write_project
from dashboards.catalogue import FACT, JOINS, MEASURES, STAR_MEASURES
from expectations.dax_values import Filters, compute
from expectations.powerbi import Model
from factories.days import KeptShop, execute, query

# A sale on New Year's Day, before all others: so a year to date has a whole one before it.
EARLY = """
insert into mart.fct_sales
select (
    jsonb_populate_record(
        fct_sales,
        '{"item_id": "EARLY", "date_key": 20250101, "sold_at": "2025-01-01T10:00:00"}'
    )
).*
from mart.fct_sales
order by item_id
limit 1
"""
# A return of every fifth sale, ten days later, of one unit for half of what was paid.
RETURNS = """
insert into mart.fct_returns
select
    'RET' || fct_sales.item_id, item_id, transaction_id, returned.date_key, returned.full_date,
    fct_sales.date_key, customer_key, product_key, payment_method_key, customer_id, product_id,
    1, round(revenue_amount / 2, 2), round(cost_amount / quantity, 2),
    round(revenue_amount / 2, 2) - round(cost_amount / quantity, 2), 'Too small', updated_date
from mart.fct_sales
inner join mart.dim_dates as sold on fct_sales.date_key = sold.date_key
inner join mart.dim_dates as returned on returned.full_date = sold.full_date + 10
where right(item_id, 1) in ('0', '5')
"""
Span = tuple[str, str] | None


@pytest.fixture(scope="module")
def powerbi_shop(small_shop: tuple[str, Path], kept_shop: KeptShop) -> Iterator[str]:
    """Yield the database of a small shop that has returns, too."""

    def fill(_: Path) -> None:
        execute(EARLY)
        execute(RETURNS)

    with kept_shop("powerbi_shop", fill, small_shop[0]) as (database, _):
        yield database


@pytest.fixture
def powerbi_mart(
    powerbi_shop: str, server_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Point at the database of the shop that has returns."""
    for variable, value in (server_environment | {"PGDATABASE": powerbi_shop}).items():
        monkeypatch.setenv(variable, value)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("powerbi")
    write_project("INR", folder=folder)
    return Model(folder / MODEL)


def sales(statement: str, where: str) -> Decimal | None:
    """Return an aggregate of the sales, as the catalogue's own SQL has it."""
    return _of(FACT, statement, where)


def _of(fact: str, statement: str, where: str) -> Decimal | None:
    joins = "".join(
        f" inner join mart.{name} on {fact}.{key} = {name}.{key}" for name, key in JOINS.items()
    )
    ((value,),) = query(f"select {statement} from mart.{fact}{joins} where {where}")
    return None if value is None else Decimal(value)


def expected(label: str, where: str) -> Decimal | None:
    """Return a base measure by SQL on the mart."""
    by_label = {measure.label: measure for measure in STAR_MEASURES.values()}
    if label in by_label:
        return sales(by_label[label].sql, where)
    of_returns = {
        measure.label: measure
        for measure in MEASURES.values()
        if measure.relations == {"fct_returns"}
    }
    if label in of_returns:
        return _of("fct_returns", of_returns[label].sql, where)
    units = sales("sum(quantity)", where)
    back = [
        _of("fct_returns", f"coalesce(sum({column}), 0)", where) or Decimal(0)
        for column in ("refund_amount", "returned_quantity", "lost_profit_amount")
    ]
    if label == "Net sales":
        return (sales("coalesce(sum(revenue_amount), 0)", where) or Decimal(0)) - back[0]
    if label == "Profit after returns":
        return (sales("coalesce(sum(profit_amount), 0)", where) or Decimal(0)) - back[2]
    assert label == "Return rate", label
    return 100 * back[1] / units if units else None


def check(ours: Decimal | None, theirs: Decimal | None, what: str) -> None:
    if theirs is None:
        assert ours is None, what
    else:
        # a blank is nothing, and so is 0
        assert float(ours or 0) == pytest.approx(float(theirs), rel=1e-9, abs=1e-9), what


BASE = [measure for measure in measures() if measure.folder in ("Sales", "Returns")]
OF_STAR = [measure.label for measure in BASE if not measure.label.startswith("Lifetime")]
KERALA = ("dim_customers.state = 'Kerala'",)
BOOKS = ("dim_products.category = 'Books'",)


@pytest.mark.usefixtures("powerbi_mart")
@pytest.mark.parametrize("others", [(), KERALA, BOOKS], ids=["all", "Kerala", "Books"])
@pytest.mark.parametrize("month", ["2025-02", "2025-11", "2026-03"])
def test_measures_of_both_facts_are_the_mart_s(
    model: Model, month: str, others: tuple[str, ...]
) -> None:
    within = f"dim_dates.year_month = '{month}'"
    for label in OF_STAR:
        ours = compute(model, label, Filters((within,), others))
        check(ours, expected(label, " and ".join((within, *others))), label)
    assert len(OF_STAR) > 20
    assert compute(model, "Returns", Filters((within,)))


@pytest.mark.usefixtures("powerbi_mart")
def test_net_measures_are_the_reports(model: Model) -> None:
    rows = query(
        "select year_month, sum(net_sales), sum(profit_after_returns), sum(total_returns) "
        "from mart.rpt_monthly_trend where year_month > '2025-01' group by 1 order by 1"
    )
    assert len(rows) > 12
    # the reports were built before returns and the early sale came: net sales are revenue there
    for month, net, profit, returned in rows:
        filters = Filters((f"dim_dates.year_month = '{month}'",))
        refunds = compute(model, "Returns", filters) or Decimal(0)
        lost = compute(model, "Lost profit", filters) or Decimal(0)
        assert returned == 0
        check(compute(model, "Net sales", filters), net - refunds, month)
        check(compute(model, "Profit after returns", filters), profit - lost, month)


@pytest.mark.usefixtures("small_mart")
def test_a_shop_without_returns_has_revenue_as_net_sales(model: Model) -> None:
    (found,) = query("select sum(revenue_amount), sum(profit_amount) from mart.fct_sales")
    assert compute(model, "Net sales", Filters()) == found[0]
    assert compute(model, "Profit after returns", Filters()) == found[1]
    assert compute(model, "Return rate", Filters()) == 0
    assert compute(model, "Returns", Filters()) is None


# What is selected, and the days that its periods have: by hand, from docs/dashboards.md. The first
# sale is the early one. The last sale is of March 2026, some returns come after it, and the last
# days of March have neither.
SELECTED: dict[str, tuple[str, dict[str, Span]]] = {
    "a month": (
        "dim_dates.year_month = '2026-02'",
        {
            "previous period": ("2026-01-01", "2026-01-31"),
            "year before": ("2025-02-01", "2025-02-28"),
            "year to date": ("2026-01-01", "2026-02-28"),
            "year to date a year before": ("2025-01-01", "2025-02-28"),
        },
    ),
    "three months": (
        "dim_dates.year_month between '2025-09' and '2025-11'",
        {
            "previous period": ("2025-06-01", "2025-08-31"),
            "year before": None,
            "year to date": ("2025-01-01", "2025-11-30"),
            "year to date a year before": None,
        },
    ),
    "the month that is not over": (
        "dim_dates.year_month = '2026-03'",
        {
            "previous period": ("2026-02-01", "LAST-1"),
            "year before": ("2025-03-01", "LAST-12"),
            "year to date": ("2026-01-01", "LAST"),
            "year to date a year before": ("2025-01-01", "LAST-12"),
        },
    ),
    "some days": (
        "dim_dates.full_date between '2026-02-10' and '2026-02-19'",
        {
            "previous period": ("2026-01-31", "2026-02-09"),
            "year before": ("2025-02-10", "2025-02-19"),
            "year to date": ("2026-01-01", "2026-02-19"),
            "year to date a year before": ("2025-01-01", "2025-02-19"),
        },
    ),
    "months with a gap": (
        "dim_dates.year_month in ('2026-01', '2025-11')",
        {
            "previous period": None,
            "year before": None,
            "year to date": ("2026-01-01", "2026-01-31"),
            "year to date a year before": ("2025-01-01", "2025-01-31"),
        },
    ),
    "everything": (
        "true",
        {
            "previous period": None,
            "year before": None,
            "year to date": ("2026-01-01", "LAST"),
            "year to date a year before": ("2025-01-01", "LAST-12"),
        },
    ),
    "a year in which nothing is known": (
        "dim_dates.year = 2027",
        {
            "previous period": None,
            "year before": None,
            "year to date": None,
            "year to date a year before": None,
        },
    ),
}
ALWAYS = ("a month", "the month that is not over")
COMPARED = [
    measure
    for measure in BASE
    if any(o.label == f"{measure.label} year before" for o in measures())
]


def within(span: Span) -> str:
    """Return a span's condition; LAST is the day of the last return, and LAST-12 a year before."""
    if span is None:
        return "false"
    ((last, is_last),) = query(
        "select max(return_date), max(return_date) > (select max(sold_at) from mart.fct_sales)"
        " from mart.fct_returns"
    )
    assert is_last
    days = {
        "LAST": last,
        "LAST-1": date(last.year, last.month - 1, last.day),
        "LAST-12": date(last.year - 1, last.month, last.day),
    }
    first, end = (days.get(day, day) for day in span)
    return f"dim_dates.full_date between '{first}' and '{end}'"


def changed(ours: Decimal | None, theirs: Decimal | None, *, in_points: bool) -> Decimal | None:
    """Return the change in percent, of what is a percentage in points."""
    if theirs is None or (theirs == 0 and not in_points):
        return None
    difference = (ours or Decimal(0)) - theirs
    return difference if in_points else 100 * difference / abs(theirs)


@pytest.mark.usefixtures("powerbi_mart")
@pytest.mark.parametrize(
    ("measure", "selected"),
    [
        pytest.param(measure, selected, id=f"{measure.label}, {selected}")
        for measure in COMPARED
        for selected in SELECTED
        # of each kind one under every selection: an amount, a percentage, a metric of both facts
        if measure.label in ("Revenue", "Margin", "Net sales") or selected in ALWAYS
    ],
)
def test_measures_of_other_periods_are_the_mart_s(
    model: Model, measure: DaxMeasure, selected: str
) -> None:
    label = measure.label
    condition, spans = SELECTED[selected]
    filters = Filters((condition,), BOOKS)
    values: dict[str, Decimal | None] = {}
    for name, *_ in PERIODS:
        span = spans[name]
        values[name] = span and expected(label, f"{within(span)} and {BOOKS[0]}")
        check(compute(model, f"{label} {name}", filters), values[name], name)
    values[""] = compute(model, label, filters)
    for name, of, base in CHANGES:
        ours, theirs = values[of], values[base]
        change = changed(ours, theirs, in_points=measure.format == "percent")
        check(compute(model, f"{label} {name}", filters), change, name)
