"""Translate the small set of Tableau's formulas that the workbook uses to Hyper's SQL."""

import re
from collections.abc import Callable, Iterator

from expectations.formulas import Formula

TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^']*')|(?P<number>\d+(?:\.\d+)?)|(?P<field>\[[^\]]+\](?:\.\[[^\]]+\])?)"
    r"|(?P<word>[A-Z]+)|(?P<sign><=|[(),*/=+-]))"
)
AGGREGATES = {"SUM": "sum(", "COUNTD": "count(distinct ", "MAX": "max("}
# What functions of rows are in SQL, by their arguments.
FUNCTIONS = {
    "ABS": "abs({0})",
    "DATE": "cast({0} as date)",
    "DATETRUNC": "date_trunc({0}, {1})",
    "LEFT": "substring({0} from 1 for {1})",
    "REPLACE": "replace({0}, {1}, {2})",
    "STR": "cast({0} as text)",
    "ZN": "coalesce({0}, 0)",
}


def aggregates_in(sql: str) -> Iterator[str]:
    """Give the calls of aggregates in SQL, each with all that its parentheses hold."""
    for call in re.finditer(r"\b(?:sum|max|count)\(", sql):
        depth, end = 1, call.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(sql[end], 0)
            end += 1
        yield sql[call.start() : end]


class Calculation(Formula):
    """Translate one formula; `field` says what a field or a parameter is in SQL."""

    tokens = TOKEN

    def __init__(self, formula: str, field: Callable[[str], str]) -> None:
        super().__init__(formula)
        self._field = field

    def _comparison(self) -> str:
        left = self._all()
        while self._peek() == "OR":
            self._take()
            left = f"({left} or {self._all()})"
        return left

    def _all(self) -> str:
        left = super()._comparison()
        while self._peek() == "AND":
            self._take()
            left = f"{left} and {super()._comparison()}"
        return left

    def _joined(self) -> str:
        left = self._product()
        while self._peek() in ("+", "-"):
            left = f"{left} {self._take()[1]} {self._product()}"
        return left

    def _factor(self) -> str:
        kind, value = self._take()
        if kind in ("text", "number"):
            return value
        if kind == "field":
            return self._field(value)
        if value == "NULL":
            return "null"
        if value == "-":
            return f"-{self._factor()}"
        if value == "(":
            found = f"({self._comparison()})"
            self._take(")")
            return found
        return self._cases() if value == "IF" else self._call(value)

    def _call(self, name: str) -> str:
        arguments = self._arguments()
        if name in AGGREGATES:
            (of,) = arguments
            return f"{AGGREGATES[name]}{of})"
        if name == "DATEADD":
            unit, count, day = arguments
            return f"cast({day} + interval '{count} {unit[1:-1]}' as date)"
        if name == "DATEPART":
            unit, moment = arguments
            return f"cast(extract({unit[1:-1]} from {moment}) as integer)"
        return FUNCTIONS[name].format(*arguments)

    def _arguments(self) -> list[str]:
        self._take("(")
        found = [self._comparison()]
        while self._peek() == ",":
            self._take()
            found.append(self._comparison())
        self._take(")")
        return found

    def _cases(self) -> str:
        found, word = "case", "ELSEIF"
        while word == "ELSEIF":
            found += f" when {self._comparison()}"
            self._take("THEN")
            found += f" then {self._comparison()}"
            _, word = self._take()
        if word == "ELSE":
            found += f" else {self._comparison()}"
            _, word = self._take()
        assert word == "END", word
        return f"{found} end"
