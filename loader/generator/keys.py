"""Every key of the generator's settings: its range and what it means."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip

Limit = Decimal | int | date


@dataclass(frozen=True)
class Key:
    """Describe a key: `*` in its path stands for any name; a pair is two numbers, in order.

    `kind` is one of text, whole, number, date, pair (of whole numbers), hours (24 numbers), defects
    (a table of per cent by kind) and shares (a table of shares whose keys are whole numbers within
    the limits).
    """

    path: str
    kind: str
    low: Limit
    high: Limit
    meaning: str

    @property
    def range(self) -> str:
        """Say what may stand there."""
        if self.kind == "text":
            return "text"
        words = {
            "whole": "a whole number from {} to {}",
            "number": "a number from {} to {}",
            "date": "a date from {} to {}",
            "pair": "two whole numbers, the lower first, from {} to {}",
            "hours": "24 numbers from {} to {}, not all 0",
            "defects": "per cent from {} to {} of kinds of defects",
            "shares": "shares above 0 of whole numbers from {} to {}",
        }
        return words[self.kind].format(self.low, self.high)

    def fits(self, value: Any) -> bool:  # noqa: ANN401, PLR0911
        """Return whether a value is of the kind, and within the limits."""
        match self.kind:
            case "text":
                return isinstance(value, str) and bool(value)
            case "date":
                is_date = isinstance(value, date) and not isinstance(value, datetime)
                return is_date and self._is_within(value)
            case "whole":
                return _is_whole(value) and self._is_within(value)
            case "number":
                return _is_number(value) and self._is_within(value)
            case "pair":
                is_pair = isinstance(value, list) and len(value) == 2 and all(map(_is_whole, value))
                return is_pair and self.low <= value[0] <= value[1] <= self.high
            case "hours":
                is_day = isinstance(value, list) and len(value) == 24
                return is_day and all(map(self._is_number_within, value)) and any(value)
            case "defects":
                is_table = isinstance(value, dict)
                return is_table and all(map(self._is_number_within, value.values()))
            case _:
                return self._are_shares(value)

    def _is_within(self, value: Any) -> bool:  # noqa: ANN401
        return bool(self.low <= value <= self.high)

    def _is_number_within(self, value: Any) -> bool:  # noqa: ANN401
        return _is_number(value) and self._is_within(value)

    def _are_shares(self, value: Any) -> bool:  # noqa: ANN401
        return (
            isinstance(value, dict)
            and bool(value)
            and all(name.isdecimal() and self._is_within(int(name)) for name in value)
            and all(_is_number(share) and 0 < share < 1_000_000 for share in value.values())
        )


def _is_whole(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:  # noqa: ANN401
    return _is_whole(value) or (isinstance(value, Decimal) and value.is_finite())


FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
MOST_ORDERS = 20_000  # items of a day are numbered with six digits, orders with five
FEW, MANY = Decimal("0.01"), Decimal(10)

KEYS = (
    Key("seed", "whole", 0, 2**63 - 1, "another seed, another shop"),
    Key("vocabulary", "text", 0, 0, "file with words, places and catalogue"),
    Key("shop.opened_on", "date", FIRST_DAY, LAST_DAY, "day of the first orders"),
    Key("shop.customers_at_opening", "whole", 1, 5_000_000, "registered in the year before"),
    Key("shop.new_customers_per_day", "number", 0, 5000, "at the opening; grows as demand does"),
    Key("shop.products_at_opening", "whole", 10, 200_000, "on sale from the first day"),
    Key("shop.new_products_per_day", "number", 0, 500, "that come later"),
    Key("shop.orders_per_day", "number", 1, MOST_ORDERS, "on an average day of the opening"),
    Key("demand.growth_pct_per_year", "number", -50, 200, "of orders and newcomers, compound"),
    Key("demand.noise_pct", "number", 0, 50, "how far a day may be off the effects' product"),
    Key("demand.weekdays_pct.*", "number", 0, 500, "orders on that weekday, of an average day"),
    Key("demand.months_pct.*", "number", 1, 500, "orders in that month, of an average month"),
    Key("demand.hours.weekday", "hours", 0, 1000, "orders by hour, Monday to Friday"),
    Key("demand.hours.weekend", "hours", 0, 1000, "orders by hour, Saturday and Sunday"),
    Key("customers.tail", "number", Decimal("1.05"), MANY, "Pareto's exponent of order rates"),
    Key("customers.tail_most", "number", 1, 1000, "the largest rate of a segment, of its least"),
    Key("customers.first_order_at_once_pct", "number", 0, 100, "order when they register"),
    Key("customers.move_every_days", "whole", 30, 100_000, "days between two moves"),
    Key("customers.new_email_every_days", "whole", 30, 100_000, "days between two addresses"),
    Key("customers.new_phone_every_days", "whole", 30, 100_000, "days between two numbers"),
    Key("customers.segments.*.share", "number", FEW, 1000, "share of the customers"),
    Key("customers.segments.*.order_rate", "number", FEW, 100, "how often they order"),
    Key("customers.segments.*.lapse_pct_per_30_days", "number", FEW, 90, "who stop for good"),
    Key("customers.segments.*.larger_basket_pct", "number", 0, 100, "orders with an item more"),
    Key("customers.segments.*.discount_appetite", "number", 0, 20, "times response_pct"),
    Key("products.tail", "number", Decimal("1.05"), MANY, "Pareto's exponent of what sells"),
    Key("products.tail_most", "number", 1, 1000, "the largest of what sells, of the least"),
    Key("products.lifetime_days", "whole", 100, 100_000, "on average, until discontinued"),
    Key("products.price_change_every_days", "whole", 14, 100_000, "days between two prices"),
    Key("products.price_range_pct", "pair", 80, 200, "prices, of the base price"),
    Key("products.cost_change_every_days", "whole", 14, 100_000, "days between two costs"),
    Key("products.cost_range_pct", "pair", 50, 120, "costs, of the base cost"),
    Key("stock.reorder_point_days", "whole", 1, 60, "ordered when the stock lasts so long"),
    Key("stock.order_days", "whole", 7, 365, "order quantity: what usually sells in so many days"),
    Key("stock.lead_time_days", "whole", 1, 60, "from the order to its delivery"),
    Key("stock.late_pct", "number", 0, 50, "orders that come late, so that products run out"),
    Key("stock.late_days", "whole", 1, 60, "how late at most"),
    Key("discounts.promoted_pct", "number", 0, 100, "products reduced in any week"),
    Key("discounts.response_pct", "number", 0, 20, "more demand for each per cent off"),
    Key("discounts.depths", "shares", 1, 90, "per cent off, and how often"),
    Key("baskets.sizes", "shares", 1, 12, "items of an order, and how often"),
    Key("baskets.quantities", "shares", 1, 100, "pieces of an item, and how often"),
    Key("files.late_pct", "number", 0, 50, "orders that are delivered late"),
    Key("files.late_days", "whole", 1, 7, "how late at most"),
    Key("files.corrected_pct", "number", 0, 50, "orders delivered again, corrected"),
    Key("files.corrected_days", "whole", 1, 7, "how much later at most"),
    Key("returns.pct", "number", 0, 50, "items that come back; 0: no returns.csv"),
    Key("returns.days", "whole", 1, 60, "days after the sale, at most"),
    Key("defects.pct", "number", 0, 50, "rows that are damaged, all kinds in turn"),
    Key("defects.kinds", "defects", 0, 50, "rows damaged in one way, besides"),
)
