"""Random numbers by name: a stream's number for an entity or a day is computed, never stored.

A stream is a 64-bit key. The number it holds for an entity (and a version, a day, a place in a
basket) is a mix of key and numbers by SplitMix64's finalizer (Steele, Lea and Flood, "Fast
splittable pseudorandom number generators", 2014). Whole arrays are mixed at once.

All arithmetic on what is drawn is done on integers. Curves (a heavy tail, a hazard) are tables that
`decimal` computes, whose results its standard fixes; no float function takes part, whose last bit
differs between machines.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

GOLDEN, FIRST, SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
MASK = (1 << 64) - 1
TABLE_SIZE = 2048
PLACE_BITS = 20
EXACT = Context(prec=15, rounding=ROUND_HALF_EVEN)  # whatever context the caller works in


@dataclass(frozen=True)
class Stream:
    """Draw numbers for entities: the same key and numbers give the same bits, always."""

    key: int

    def at(self, number: int) -> "Stream":
        """Return the stream's own stream for a number: a day's, say."""
        mixed = (self.key ^ (number * GOLDEN)) & MASK
        mixed = ((mixed ^ (mixed >> 30)) * FIRST) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * SECOND) & MASK
        return Stream(mixed ^ (mixed >> 31))

    def of(self, *numbers: Integers) -> Bits:
        """Return 64 random bits for each entity, named by one number or several."""
        bits: Bits = np.array(self.key, np.uint64)
        for number in numbers:
            bits = _mixed(bits ^ (number.view(np.uint64) * np.uint64(GOLDEN)))
        return bits

    def chance(self, number: int) -> int:
        """Return 32 random bits for one number."""
        return self.at(number).key >> 32


@lru_cache(maxsize=1024)
def named(seed: int, name: str) -> Stream:
    """Return the stream of a name: of what is drawn, that is."""
    return Stream(int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8]))


def _mixed(bits: Bits) -> Bits:
    bits ^= bits >> np.uint64(30)
    bits *= np.uint64(FIRST)
    bits ^= bits >> np.uint64(27)
    bits *= np.uint64(SECOND)
    bits ^= bits >> np.uint64(31)
    return bits


def below(bits: Bits, bound: int | Integers) -> Integers:
    """Return integers from 0 to below a bound, which is at most 2**32."""
    numbers = bits >> np.uint64(32)
    numbers *= np.asarray(bound, dtype=np.uint64)
    numbers >>= np.uint64(32)
    return numbers.view(np.int64)


def happens(bits: Bits, percent: Decimal | int) -> Flags:
    """Return where something happens that does so in so many per cent of cases."""
    chances = int(Decimal(percent) * (1 << 32) / 100)  # of 2**32; only the upper bits count
    return bits <= np.uint64((chances << 32) - 1) if chances else np.zeros(len(bits), dtype=bool)


def mixed(bits: Bits) -> Integers:
    """Return the places from 0 on in an order that their bits say."""
    low = np.uint64((1 << PLACE_BITS) - 1)
    keys = (bits & ~low) | np.arange(len(bits), dtype=np.uint64)
    keys.sort()  # of different keys, and so much faster than a stable argsort
    return (keys & low).view(np.int64)


@dataclass(frozen=True)
class Choice:
    """Choose between things by their shares, which need not add up to a hundred."""

    shares: tuple[Decimal, ...]

    @classmethod
    def among(cls, shares: Iterable[Decimal | int]) -> "Choice":
        """Return the choice between things whose shares are given in order."""
        return cls(tuple(map(Decimal, shares)))

    @cached_property
    def _bounds(self) -> Bits:
        total, cumulative, bounds = sum(self.shares), Decimal(0), []
        for share in self.shares:
            cumulative += share
            bounds.append(int(cumulative * (1 << 32) / total))
        return np.array([b << 32 for b in bounds if b < 1 << 32], dtype=np.uint64)

    def of(self, bits: Bits) -> Integers:
        """Return which thing is chosen, by its place from 0."""
        return np.searchsorted(self._bounds, bits, side="right")


@lru_cache(maxsize=8)
def heavy_tail(exponent: Decimal, most: Decimal) -> Integers:
    """Return quantiles of Pareto's distribution, the least of them 1000, cut at so many times that.

    Uncut, the top share p of the draws holds about p ** (1 - 1 / exponent) of the sum.
    """
    with localcontext(EXACT):
        tail = [min((1 - level) ** (-1 / exponent), most) for level in _levels()]
        return np.array([int(1000 * weight) for weight in tail], dtype=np.int64)


@lru_cache(maxsize=1)
def waiting_times() -> Integers:
    """Return quantiles of the time until something happens by chance, in millionths of its mean."""
    with localcontext(EXACT):
        return np.array([int(-1_000_000 * (1 - level).ln()) for level in _levels()], dtype=np.int64)


def _levels() -> list[Decimal]:
    return [(Decimal(step) + Decimal("0.5")) / TABLE_SIZE for step in range(TABLE_SIZE)]


def quantile(table: Integers, bits: Bits) -> Integers:
    """Return one of a table's values by chance."""
    return table[below(bits, len(table))]
