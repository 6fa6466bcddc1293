"""Read a formula of a BI tool by recursive descent and write it as SQL."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator


class Formula(ABC):
    """Hold a formula's tokens; a tool's own class says what they are and what a product is.

    What it does not know is a fault: a formula outside of the small set fails its test.
    """

    tokens: re.Pattern[str]

    def __init__(self, formula: str) -> None:
        self._tokens = list(self._split(formula))
        self._at = 0

    def _split(self, formula: str) -> Iterator[tuple[str, str]]:
        at = 0
        while at < len(formula.rstrip()):
            match = self.tokens.match(formula, at)
            assert match, f"not understood: {formula[at:]}"
            assert match.lastgroup
            yield match.lastgroup, match[match.lastgroup]
            at = match.end()

    def sql(self) -> str:
        found = self._comparison()
        assert self._at == len(self._tokens), self._tokens[self._at :]
        return found

    def _peek(self) -> str | None:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else None

    def _take(self, expected: str | None = None) -> tuple[str, str]:
        token = self._tokens[self._at]
        assert expected in (None, token[1]), f"{expected} expected, not {token[1]}"
        self._at += 1
        return token

    def _comparison(self) -> str:
        left = self._joined()
        if self._peek() in ("=", "<=", ">"):
            return f"{left} {self._take()[1]} {self._joined()}"
        return left

    def _joined(self) -> str:
        left = self._product()
        while self._peek() == "&":
            self._take()
            left = f"concat({left}, {self._product()})"
        return left

    def _product(self) -> str:
        left = self._factor()
        while self._peek() in ("*", "/"):
            sign, right = self._take()[1], self._factor()
            left = f"{left} * {right}" if sign == "*" else f"{left} * 1.0 / nullif({right}, 0)"
        return left

    @abstractmethod
    def _factor(self) -> str:
        """Return what stands between two signs, as SQL."""
