"""Effects of a generated shop, read from the mart's tables with SQL and from nothing else.

Each function returns what was found beside what was planted. The bounds that the tests put on the
difference are those of chance in a shop of some ten thousand orders.
"""

import json
import math
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from psycopg2.extras import execute_values

from factories.days import connect, query
from loader.database.fetch import Row
from loader.generator.demand import Demand
from loader.generator.settings import ShopSettings
from loader.generator.vocabulary import Affinity

Found = dict[str, tuple[float, float]]

DAYS = """
select full_date, transaction_count::float, trim(lower(to_char(full_date, 'day'))) as weekday,
    trim(lower(to_char(full_date, 'month'))) as month
from mart.agg_daily_sales
where full_date > (select max(full_date) from mart.agg_daily_sales) - 730
"""


def day_rows() -> list[tuple[date, float, str, str]]:
    return query(DAYS)


def ordinary(demand: Demand) -> list[tuple[date, float, str, str]]:
    """Return the days that no planted holiday touches."""
    return [row for row in day_rows() if row[0] not in demand.holidays]


def by_name(rows: list[tuple[str, float]]) -> dict[str, float]:
    """Return the mean by name, of the mean of all names."""
    found: dict[str, list[float]] = {}
    for name, value in rows:
        found.setdefault(name, []).append(value)
    means = {name: sum(values) / len(values) for name, values in found.items()}
    whole = sum(means.values()) / len(means)
    return {name: mean / whole for name, mean in means.items()}


def beside(found: dict[str, float], planted: dict[str, float]) -> Found:
    """Return each value found beside the one planted, both of their means."""
    whole = sum(float(value) for value in planted.values()) / len(planted)
    return {name: (found[name], float(planted[name]) / whole) for name in planted}


def weekdays(settings: ShopSettings, demand: Demand) -> Found:
    """Orders by weekday."""
    rows = [(weekday, count) for _, count, weekday, _ in ordinary(demand)]
    return beside(by_name(rows), settings.demand["weekdays_pct"])


def months(settings: ShopSettings, demand: Demand) -> Found:
    """Orders by month, with weekdays evened out and the second year set back by the growth."""
    planted = settings.demand["weekdays_pct"]
    rows = [
        (month, count / float(planted[weekday]) / float(demand.growth(demand.number_of(day))))
        for day, count, weekday, month in ordinary(demand)
    ]
    return beside(by_name(rows), settings.demand["months_pct"])


def growth(settings: ShopSettings, demand: Demand) -> tuple[float, float]:
    """Orders of the last 52 weeks against those of the 52 before, holidays left out."""
    rows = ordinary(demand)
    last = max(day for day, *_ in rows)
    years: list[list[float]] = [[], []]
    for day, count, *_ in rows:
        age = (last - day).days // 364
        if age < 2:
            years[age].append(count)
    late, early = (sum(year) / len(year) for year in years)
    return late / early - 1, float(settings.demand["growth_pct_per_year"]) / 100


def holidays(demand: Demand) -> tuple[float, float]:
    """Orders on days near a holiday against what weekday, month and growth would give."""
    effects = [
        (count / float(demand.expected_orders(demand.number_of(day))), demand.holidays.get(day))
        for day, count, *_ in day_rows()
    ]
    plain = [ratio for ratio, percent in effects if percent is None]
    near = [(ratio * percent / 100, percent / 100) for ratio, percent in effects if percent]
    base = sum(plain) / len(plain)
    found = sum(ratio for ratio, _ in near) / len(near) / base
    return found, sum(percent for _, percent in near) / len(near)


def spend_of_best_fifth() -> float:
    """The share of revenue that the best 20 % of buyers bring."""
    ((share,),) = query(
        "select (sum(total_spent) filter (where fifth = 1) / sum(total_spent))::float from "
        "(select total_spent, ntile(5) over (order by total_spent desc) as fifth "
        "from mart.agg_customer_metrics) as buyers"
    )
    return float(share)


def orders_at_once(history_start: date) -> float:
    """The share of newcomers whose first purchase is on the day they registered."""
    ((share,),) = query(
        "select avg((metrics.first_purchase_date is not distinct from registration_date)::int)"
        "::float from mart.dim_customers left join mart.agg_customer_metrics as metrics "
        f"using (customer_id) where is_current and registration_date > '{history_start}'"
    )
    return float(share)


def payments(planted: Mapping[str, Decimal]) -> Found:
    """Shares of payment methods."""
    found: dict[str, float] = dict(
        query(
            "select payment_method, (pct_of_transactions / 100)::float "
            "from mart.rpt_payment_distribution"
        )
    )
    whole = float(sum(planted.values()))
    return {name: (found[name], float(share) / whole) for name, share in planted.items()}


BASKETS = """
with items as (
    select transaction_id, sub_category,
        row_number() over (partition by transaction_id order by item_id) as place
    from mart.fct_sales inner join mart.dim_products using (product_key)
)
select one.sub_category, two.sub_category, count(*)
from items as one inner join items as two using (transaction_id)
where one.place = 1 and two.place = 2
group by 1, 2
"""


def affinities(planted: tuple[Affinity, ...]) -> dict[str, tuple[float, float, int]]:
    """How many orders go on from one sub-category to the other, beyond those that would anyway.

    The third number says of how many orders that is.
    """
    pairs = query(BASKETS)
    partners = {pair["first"]: pair["then"] for pair in planted}
    found = {}
    for pair in planted:
        first, then = pair["first"], pair["then"]
        others = [(two, n) for one, two, n in pairs if one not in partners]
        base = sum(n for two, n in others if two == then) / sum(n for _, n in others)
        own = [(two, n) for one, two, n in pairs if one == first]
        orders = sum(n for _, n in own)
        share = sum(n for two, n in own if two == then) / orders
        found[f"{first} > {then}"] = ((share - base) / (1 - base), pair["pct"] / 100, orders)
    return found


SALES_OF_SEGMENTS = """
with sales as (
    select segment, customer_id, registration_date, lapsed_on, full_date, transaction_id, item_id,
        discount_pct::int as discount_pct,
        full_date - min(full_date) over () as day, max(full_date) over () as last_date
    from labels
    inner join mart.fct_sales using (customer_id)
    inner join mart.dim_dates using (date_key)
    inner join mart.dim_customers using (customer_id)
    where dim_customers.is_current
        and full_date > (select max(full_date) from mart.agg_daily_sales) - 730
)
"""


class Segments:
    """Ask the mart by segment: which customer is of which is the one thing that the truth adds."""

    def __init__(self, truth: Path) -> None:
        self._connection = connect()
        labels = [json.loads(line) for line in truth.read_text(encoding="utf-8").splitlines()]
        with self._connection.cursor() as cursor:
            cursor.execute(
                "create temporary table labels (customer_id text, segment text, lapsed_on date)"
            )
            execute_values(
                cursor,
                "insert into labels values %s",
                labels,
                "(%(customer_id)s, %(segment)s, %(lapsed_on)s)",
            )

    def _ask(self, select: str, *values: object) -> list[Row]:
        with self._connection.cursor() as cursor:
            cursor.execute(SALES_OF_SEGMENTS + select, values or None)
            return cursor.fetchall()

    def discount_response(self, settings: ShopSettings, campaigns: list[date]) -> Found:
        """Items at depths from 20 % against items at full price, outside of campaigns."""
        select = """
            select segment,
                count(*) filter (where discount_pct >= 20)::float
                / count(*) filter (where discount_pct = 0)
            from sales where full_date <> all(%s) group by 1
        """
        found: dict[str, float] = dict(self._ask(select, campaigns))
        shares, promoted = settings.discounts["depths"], settings.discounts["promoted_pct"]
        response = Decimal(settings.discounts["response_pct"]) / 100
        planted: Found = {}
        for name, segment in settings.segments.items():
            deep = sum(
                share * (1 + response * segment.discount_appetite * depth)
                for depth, share in shares.items()
                if depth >= 20
            )
            odds = Decimal(promoted) / (100 - promoted) * deep / sum(shares.values())
            planted[name] = (found[name], float(odds))
        return planted

    def basket_sizes(self) -> dict[str, float]:
        """Items of an order."""
        return dict(
            self._ask(
                "select segment, count(*)::float / count(distinct transaction_id) from sales "
                "group by 1"
            )
        )

    def sales_after_lapse(self) -> int:
        """Orders of customers who were to order no more."""
        ((count,),) = self._ask("select count(*) from sales where full_date >= lapsed_on")
        return int(count)

    def lapse(self, settings: ShopSettings) -> Found:
        """Lapse per 30 days, from how the orders of those who bought at first become fewer.

        Demand as a whole moves as well; the loyal, whose lapse is taken as planted, measure that.
        """
        select = """
            , cohort as (select distinct customer_id from sales where day < 90),
            orders as (
                select segment, (day - 90) / 30 as period, count(distinct transaction_id) as orders
                from sales inner join cohort using (customer_id)
                where day between 90 and 719 group by 1, 2
            )
            select others.segment,
                regr_slope(ln(others.orders::float / loyal.orders), others.period)::float
            from orders as others inner join orders as loyal using (period)
            where loyal.segment = 'loyal' group by 1
        """
        planted = {
            name: float(segment.lapse_pct_per_30_days) / 100
            for name, segment in settings.segments.items()
        }
        loyal = 1 - planted["loyal"]
        return {
            name: (1 - loyal * math.exp(slope), planted[name]) for name, slope in self._ask(select)
        }

    def order_rates(self) -> dict[str, float]:
        """Orders per year and customer while active, over those who ordered at all."""
        select = """
            , customers as (
                select segment, count(distinct transaction_id) as orders,
                    least(min(lapsed_on), min(last_date)) - min(full_date) + 1 as days
                from sales group by segment, customer_id
            )
            select segment, 365 * sum(orders)::float / sum(days) from customers group by 1
        """
        return dict(self._ask(select))

    def close(self) -> None:
        """Let go of the connection and the labels."""
        self._connection.close()
