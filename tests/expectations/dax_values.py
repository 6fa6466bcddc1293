"""Compute a measure of the semantic model as Power BI does, under filters, from the mart's rows.

Days are their ordinal numbers, as they are numbers in DAX, and a blank is None. What is not known
here is a fault: a measure outside of the small set fails its test.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from expectations.dax_functions import SCALARS, Value, day_of, number
from expectations.powerbi import TOKEN, Model
from factories.days import query

CALENDAR = "dim_dates"


@dataclass(frozen=True)
class Filters:
    """Hold SQL conditions: on the table of dates, and on the other tables beside the facts."""

    dates: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.dates, *self.others)


class Computed:
    """Compute one expression: a recursive descent over its tokens, left to right."""

    def __init__(self, model: Model, expression: str, filters: Filters) -> None:
        self._model, self._filters = model, filters
        self._tokens = [
            (match.lastgroup or "", match[match.lastgroup or 0])
            for match in TOKEN.finditer(expression)
        ]
        assert "".join(expression.split()) == "".join("".join(t.split()) for _, t in self._tokens)
        self._at = 0

    def value(self) -> Value:
        found = self._comparison()
        assert self._at == len(self._tokens), self._tokens[self._at :]
        return found

    def _peek(self) -> str | None:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else None

    def _take(self, *expected: str) -> str:
        kind, text = self._tokens[self._at]
        assert not expected or text in expected or kind in expected, f"{expected}, not {text}"
        self._at += 1
        return text

    def _comparison(self) -> Value:
        left = self._sum_of()
        if self._peek() in ("=", ">", ">="):
            sign, right = self._take(), self._sum_of()
            # a blank is 0 where it is compared
            ours, theirs = left or Decimal(0), right or Decimal(0)
            is_true = {"=": ours == theirs, ">": ours > theirs, ">=": ours >= theirs}[sign]
            return Decimal(is_true)
        return left

    def _sum_of(self) -> Value:
        left = self._product()
        while self._peek() in ("+", "-"):
            sign, right = self._take(), self._product()
            if left is None and right is None:
                continue  # two blanks are a blank, one is 0
            ours, theirs = left or Decimal(0), right or Decimal(0)
            left = ours + theirs if sign == "+" else ours - theirs
        return left

    def _product(self) -> Value:
        left = self._factor()
        while self._peek() == "*":
            self._take()
            right = self._factor()
            left = None if left is None or right is None else left * right
        return left

    def _factor(self) -> Value:
        kind, text = self._tokens[self._at]
        self._at += 1
        if text == "-":
            value = self._factor()
            return None if value is None else -value
        if text == "(":
            value = self._comparison()
            self._take(")")
            return value
        if kind == "number":
            return Decimal(text)
        if kind == "measure":
            return compute(self._model, text[1:-1], self._filters)
        assert kind == "word", text
        return self._called(text)

    def _called(self, function: str) -> Value:
        self._take("(")
        own = self._own(function)
        if own:
            value = own()
        else:
            assert function in SCALARS, f"no function {function} in the small set"
            arguments = [self._comparison()]
            while self._peek() == ",":
                self._take()
                arguments.append(self._comparison())
            value = SCALARS[function](*arguments)
        self._take(")")
        return value

    def _own(self, function: str) -> Callable[[], Value] | None:
        """Return the method that computes a function of more than values."""
        method: Callable[[], Value] | None = getattr(self, f"_{function.lower()}", None)
        return method

    def _aggregate(self, sql: str) -> Value:
        table, name = self._take("column")[1:-1].split("'[")
        return self._select(table, sql.format(self._model.column_sql(table, name)))

    def _select(self, table: str, selected: str) -> Value:
        if table in self._model.facts:
            filters = self._filters.all
            source = self._model.from_clause(" ".join(filters), table)
        else:
            assert self._model.relation(table) == CALENDAR, f"a fact does not filter {table}"
            filters = self._filters.dates
            source = f"mart.{CALENDAR}"
        where = f" where {' and '.join(filters)}" if filters else ""
        return _selected(os.environ["PGDATABASE"], f"select {selected} from {source}{where}")

    def _sum(self) -> Value:
        return self._aggregate("sum({})")

    def _distinctcount(self) -> Value:
        return self._aggregate("nullif(count(distinct {}), 0)")

    def _min(self) -> Value:
        return self._aggregate("min({})")

    def _max(self) -> Value:
        if self._peek() != "MAX":
            return self._aggregate("max({})")
        found = self._comparison()  # of two values: a blank is 0
        self._take(",")
        return max(found or Decimal(0), self._comparison() or Decimal(0))

    def _countrows(self) -> Value:
        return self._select(self._take("table")[1:-1], "nullif(count(*), 0)")

    def _if(self) -> Value:
        """Compute what is returned and nothing else: the other branch may have no days."""
        test = self._comparison()
        self._take(",")
        if test:
            found = self._comparison()
            if self._peek() == ",":
                self._take()
                self._skip()
            return found
        self._skip()
        if self._peek() != ",":
            return None
        self._take(",")
        return self._comparison()

    def _datediff(self) -> Value:
        """Count the bounds of days or months between two days."""
        first = self._comparison()
        self._take(",")
        last = self._comparison()
        self._take(",")
        unit = self._take("DAY", "MONTH")
        if first is None or last is None:
            return None if first is last else Decimal(-1)
        if unit == "DAY":
            return last - first
        ours, theirs = day_of(last), day_of(first)
        return Decimal((ours.year - theirs.year) * 12 + ours.month - theirs.month)

    def _calculate(self) -> Value:
        """Compute the first argument under filters that are read first: they come after it."""
        begin = self._at
        self._skip()
        filters = self._filters
        while self._peek() == ",":
            self._take()
            filters = self._filtered(filters)
        end, self._at = self._at, begin
        outer, self._filters = self._filters, filters
        value = self._comparison()
        self._filters, self._at = outer, end
        return value

    def _skip(self) -> None:
        """Pass over one argument."""
        depth = 0
        while depth or self._peek() not in (",", ")"):
            depth += {"(": 1, ")": -1}.get(self._take(), 0)

    def _filtered(self, filters: Filters) -> Filters:
        kind, text = self._tokens[self._at]
        if kind == "column":
            self._take()
            for expected in ("=", "TRUE", "(", ")"):
                self._take(expected)
            condition = self._model.column_sql(*text[1:-1].split("'["))
            return replace(filters, dates=(*filters.dates, condition))
        function = self._take("REMOVEFILTERS", "ALLSELECTED", "DATESBETWEEN")
        self._take("(")
        if function != "DATESBETWEEN":
            self._take(")")
            return Filters()
        column = self._model.column_sql(*self._take("column")[1:-1].split("'["))
        self._take(",")
        first = self._comparison()
        self._take(",")
        last = self._comparison()
        self._take(")")
        # dates take the place of all filters on a table that is marked as one of dates
        assert self._model.tables["Dates"].properties["dataCategory"] == "Time"
        bounds = [(">=", first), ("<=", last)]
        found = [f"{column} {sign} '{day_of(day)}'" for sign, day in bounds if day is not None]
        return replace(filters, dates=tuple(found))


def compute(model: Model, measure: str, filters: Filters) -> Value:
    """Return a measure's value under filters; None where Power BI shows a blank."""
    assert measure in model.measures, f"no measure {measure}"
    return Computed(model, model.measures[measure], filters).value()


@cache
def _selected(_database: str, statement: str) -> Value:
    """Return the one value of a query, asked once: dates of a period come up in every measure."""
    ((found,),) = query(statement)
    return number(found)
