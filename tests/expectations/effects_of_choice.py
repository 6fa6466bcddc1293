"""What is drawn by planted shares, read from the mart's tables with SQL and from nothing else.

Each thing has three numbers: what was found, what was planted, and how far chance may part them
(four standard errors).
"""

import math
from datetime import date
from typing import Any

from factories.days import query
from loader.generator.demand import Demand
from loader.generator.vocabulary import Vocabulary

Found = dict[str, tuple[float, float, float]]


def beside(counts: dict[Any, float], planted: dict[Any, Any]) -> Found:
    """Return each thing's share of all of them beside the one planted."""
    all_counts, whole = float(sum(counts.values())), float(sum(planted.values()))
    found = {}
    for name, weight in planted.items():
        share = float(weight) / whole
        error = math.sqrt(share * (1 - share) / all_counts)
        found[str(name)] = (float(counts.get(name, 0)) / all_counts, share, 4 * error)
    assert set(counts) <= set(planted), set(counts) - set(planted)
    return found


def hours(weekdays: str, planted: list[Any]) -> Found:
    """Orders by hour, on weekdays that a condition names."""
    counts = query(
        "select hour_of_day, sum(total_transactions) from mart.rpt_weekday_and_hour "
        f"where day_of_week {weekdays} group by 1"
    )
    return beside(dict(counts), {hour: weight for hour, weight in enumerate(planted) if weight})


def quantities(kinds: list[str], planted: dict[int, Any]) -> Found:
    """Pieces of an item, in sub-categories of which an order takes as many as anybody wants."""
    counts = query(
        "select quantity, count(*) from mart.fct_sales inner join mart.dim_products "
        f"using (product_key) where sub_category in ('{"', '".join(kinds)}') group by 1"
    )
    return beside(dict(counts), planted)


def cities(words: Vocabulary) -> Found:
    """Customers by the city they live in."""
    counts = query(
        "select city || ', ' || state, count(*) from mart.dim_customers where is_current group by 1"
    )
    return beside(dict(counts), {f"{one.city}, {one.state}": one.people for one in words.places})


def ages(words: Vocabulary, since: date) -> Found:
    """Age groups of those who registered lately; the others have grown older."""
    counts = query(
        "select age_group, count(*) from mart.dim_customers "
        f"where is_current and registration_date >= '{since}' group by 1"
    )
    planted = {name: share for name, (_, share) in words.age_groups.items()}
    undamaged = {name: count for name, count in counts if name in planted}
    return beside(undamaged, planted)


FIRST_ITEMS = """
with items as (
    select full_date, category,
        row_number() over (partition by transaction_id order by item_id) as place
    from mart.fct_sales
    inner join mart.dim_products using (product_key)
    inner join mart.dim_dates using (date_key)
)
select trim(lower(to_char(full_date, 'month'))), category, count(*)::float from items
where place = 1 and full_date <> all(array[{days}]::date[]) group by 1, 2
"""


def seasons(words: Vocabulary, campaigns: list[date]) -> Found:
    """Odds of a category against those without a season in that month, beside months of none."""
    days = ", ".join(f"'{day}'" for day in campaigns)
    counts = {
        (month, category): count for month, category, count in query(FIRST_ITEMS.format(days=days))
    }
    months = {month for month, _ in counts}
    quiet = months - {month for season in words.seasons.values() for month in season}
    found = {}
    for category, season in words.seasons.items():
        for month, percent in season.items():
            others = [name for name in words.categories if month not in words.seasons.get(name, {})]
            orders = [
                sum(counts[one, name] for one in some for name in names)
                for some in ({month}, quiet)
                for names in ([category], others)
            ]
            ratio = orders[0] / orders[1] / (orders[2] / orders[3])
            error = ratio * math.sqrt(sum(1 / count for count in orders))
            found[f"{category} in {month}"] = (ratio, percent / 100, 4 * error)
    return found


def margins(words: Vocabulary, price_pct: float, cost_pct: float) -> Found:
    """Mean margin of a sub-category's products; prices and costs vary around those planted."""
    rows = query(
        "select sub_category, avg(1 - cost / price)::float, count(*)::float from mart.dim_products "
        "where is_current group by 1"
    )
    found = {}
    for kind in words.kinds:
        low, high = kind.margin_pct
        planted = 1 - (1 - (low + high) / 200) * cost_pct / price_pct
        (share, count), *_ = [(mean, n) for name, mean, n in rows if name == kind.sub_category]
        error = (high - low) / 100 / math.sqrt(12 * count)
        found[kind.sub_category] = (share, planted, 0.01 + 4 * error)
    return found


def campaigns_kept(demand: Demand) -> dict[str, float]:
    """How many of a campaign's items were reduced by as much as it says."""
    found = {}
    for campaign in demand.vocabulary.campaigns:
        days = "', '".join(map(str, demand.days_around(campaign, campaign["holiday"])))
        categories = "', '".join(campaign["categories"])
        ((share,),) = query(
            f"select avg((discount_pct >= {campaign['discount_pct']})::int)::float "
            "from mart.fct_sales inner join mart.dim_products using (product_key) "
            "inner join mart.dim_dates using (date_key) "
            f"where full_date in ('{days}') and category in ('{categories}')"
        )
        found[campaign["name"]] = share
    return found


def units_of_best_fifth() -> float:
    """The share of pieces that the best-selling 20 % of products bring."""
    ((share,),) = query(
        "select (sum(quantity) filter (where fifth = 1) / sum(quantity))::float from "
        "(select quantity, ntile(5) over (order by quantity desc) as fifth from "
        "(select product_id, sum(quantity) as quantity from mart.fct_sales group by 1) as sold) "
        "as products"
    )
    return float(share)
