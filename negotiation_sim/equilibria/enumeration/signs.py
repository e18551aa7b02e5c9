"""Signs of minors as bits: which support pairs one player's minors allow, for 64 games to a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._scratch import Scratch
from negotiation_sim.equilibria.enumeration.minors import MinorPlan, error_bounds, fill_minors, joins, minor_plan, uniform_bounds, without

__all__ = ["WORD", "Side", "SignRows", "Verdict", "bits_to_games", "count_bits", "games_to_bits", "set_bits", "sign_rows"]

WORD = 64
ALL = ~np.uint64(0)
GREY = (0.5, 4.0)  # minors that lie between these multiples of their bound leave open whether they are clear


@dataclass(frozen=True)
class SignRows:
    """For one player and one size of support: which minors of a pair must be positive, which negative (rows of the sign planes).

    ``positive``, ``negative`` (minor, pair), pairs with the player's own set slowest; ``mix`` (k, pair): the minors that give the
    opponent's mix, as rows of the table of minors.
    """

    positive: NDArray[np.intp]
    negative: NDArray[np.intp]
    mix: NDArray[np.intp]


@lru_cache(maxsize=256)
def sign_rows(rows: int, columns: int, k: int) -> SignRows:
    """Make the table for pairs of size k of the player who chooses among ``rows``; cached."""
    plan = minor_plan(rows, columns)
    own, other = comb(rows, k), comb(columns, k)
    index, flip = [], []
    if k > 1:
        begin, width = plan.levels[k - 2].begin, comb(columns, k - 1)
        for t in range(k):
            index.append((begin + np.arange(own)[:, None] * width + without(columns, k)[:, t]).ravel())
            flip.append(np.full(own * other, t % 2 == 0))
    mix = np.array(index, dtype=np.intp).reshape(-1, own * other)
    if k < rows:
        begin = plan.levels[k - 1].begin
        union, place = joins(rows, k)
        for j in range(rows - k):
            index.append((begin + union[:, j, None] * other + np.arange(other)).ravel())
            flip.append(np.repeat(place[:, j] % 2 == 0, other))
    at = np.array(index, dtype=np.intp).reshape(-1, own * other)
    turned = np.array(flip, dtype=bool).reshape(-1, own * other)
    return SignRows(at + plan.size * turned, at + plan.size * ~turned, mix)


class Verdict(NamedTuple):
    """One player's side of all pairs of one size; three arrays (pair, words), pairs with the player's own set slowest.

    ``strict``: all minors are clear and agree; ``weak``: no two clear minors disagree; ``regular``: some minor of the mix is clear, so
    that the pair has a mix at all, and exactly one.
    """

    strict: NDArray[np.uint64]
    weak: NDArray[np.uint64]
    regular: NDArray[np.uint64]


class Side:
    """The minors of one payoff matrix of every game in a chunk, or of both players' when their shapes agree (side by side).

    They are worked out in numbers of ``kind``, float64 or float32, in memory of ``scratch``; ``name`` tells sides in one scratch apart.
    """

    def __init__(
        self, scratch: Scratch, name: str, rows: int, columns: int, length: int, kind: type[np.floating[Any]] = np.float64
    ) -> None:
        self.plan: MinorPlan = minor_plan(rows, columns)
        self.data, self.arithmetic = uniform_bounds(self.plan, float(np.finfo(kind).eps) / 2)
        self.payoffs = scratch(f"payoffs {name}", (rows, columns, length), kind)
        self.table = scratch(f"table {name}", (self.plan.size, length), kind)
        self.spare = scratch("products", (self.plan.block, length), kind)
        self.delta = scratch(f"delta {name}", (length,))
        self.flags = scratch(f"flags {name}", (2 * self.plan.size, length), np.bool_)
        self.grey = np.zeros(length, dtype=bool)

    def planes(self, sharp: bool) -> NDArray[np.uint64]:
        """Compute the minors; return sign planes (2 * size, words): minors clearly above zero, then minors clearly below.

        If ``sharp``, note in ``grey`` which games have a minor that is nearly clear, or barely.
        """
        if not sharp:
            return self._compare(self.delta * self.data[:, None] + self.arithmetic[:, None])
        size = self.plan.size
        above, below = self.flags[:size], self.flags[size:]
        self.grey[:] = False
        for _ in fill_minors(self.plan, self.payoffs, self.table, self.spare):
            pass
        if size:
            bound = error_bounds(self.plan, self.table, self.delta)
            np.greater(self.table, bound, out=above)
            np.less(self.table, -bound, out=below)
            magnitude = np.abs(self.table)
            near = magnitude > bound * GREY[0]
            near &= magnitude < bound * GREY[1]
            np.logical_or.reduce(near, axis=0, out=self.grey)
        return games_to_bits(self.flags)

    def planes_within(self, delta: float) -> NDArray[np.uint64]:
        """Compute the minors, where differences of payoffs of all games are known to within ``delta``; sign planes as from `planes`."""
        return self._compare(self.within(delta).tolist())

    def within(self, delta: float) -> NDArray[np.float64]:
        """Error of the minors of each level where differences of payoffs are known to within ``delta``, rounded up."""
        bound: NDArray[np.float64] = (delta * self.data + self.arithmetic) * (1 + 2.0**-20)
        return bound

    def _compare(self, bounds: Sequence[float] | NDArray[np.float64]) -> NDArray[np.uint64]:
        """Compute the minors, and compare those of each level with its bound."""
        above, below = self.flags[: self.plan.size], self.flags[self.plan.size :]
        negative = [-bound for bound in bounds]
        self.grey[:] = False
        for level, rows in fill_minors(self.plan, self.payoffs, self.table, self.spare):
            np.greater(self.table[rows], bounds[level], out=above[rows])
            np.less(self.table[rows], negative[level], out=below[rows])
        return games_to_bits(self.flags)

    def unclear(self, games: slice) -> NDArray[np.bool_]:
        """Which minors of these games are not clear; shape (size, games)."""
        size = self.plan.size
        out: NDArray[np.bool_] = np.logical_or(self.flags[:size, games], self.flags[size:, games])
        return np.logical_not(out, out=out)

    def rounded(self, games: slice) -> NDArray[np.bool_]:
        """Which of these games have a minor that is not clear, and not zero either."""
        out: NDArray[np.bool_] = np.logical_or.reduce(np.logical_and(self.unclear(games), self.table[:, games]), axis=0)
        return out

    def agree(self, planes: NDArray[np.uint64], k: int, sharp: bool) -> Verdict:
        """Judge the pairs of size k; ``regular`` is worked out only if ``sharp``."""
        rows, columns = self.plan.rows, self.plan.columns
        need = sign_rows(rows, columns, k)
        shape = (comb(rows, k) * comb(columns, k), planes.shape[1])
        # A pure pair has no mix to look at: the others must be worse, so it starts as if a first minor had been negative.
        all_above = np.full(shape, 0 if k == 1 else ALL, dtype=np.uint64)
        all_below = np.full(shape, ALL)
        any_above = np.zeros(shape, dtype=np.uint64)
        any_below = np.full(shape, ALL if k == 1 else 0, dtype=np.uint64)
        signs = np.empty(shape, dtype=np.uint64)
        regular = all_below if not sharp else np.full(shape, ALL)
        for j, (above, below) in enumerate(zip(need.positive, need.negative, strict=True), 1):
            planes.take(above, axis=0, out=signs, mode="clip")
            all_above &= signs
            any_above |= signs
            planes.take(below, axis=0, out=signs, mode="clip")
            all_below &= signs
            any_below |= signs
            if sharp and j == len(need.mix):
                regular = any_above | any_below
        all_above |= all_below
        any_above &= any_below
        return Verdict(all_above, np.invert(any_above, out=any_above), regular)

    def bases(self, planes: NDArray[np.uint64], k: int) -> NDArray[np.uint64]:
        """Pairs of size k with a mix on the whole of the opponent's set, and no row clearly better than the own set; (pair, words).

        Each of them fixes a vertex of the best-reply polyhedron, and each vertex is fixed by some pair whose second set is its support.
        """
        need = sign_rows(self.plan.rows, self.plan.columns, k)
        words = planes.shape[1]
        above = np.full((need.positive.shape[1], words), 0 if k == 1 else ALL, dtype=np.uint64)
        below = np.full(above.shape, ALL)
        signs = np.empty(above.shape, dtype=np.uint64)
        for j, (positive, negative) in enumerate(zip(need.positive, need.negative, strict=True)):
            mixing = j < len(need.mix)
            planes.take(positive if mixing else negative, axis=0, out=signs, mode="clip")
            above &= signs if mixing else np.invert(signs, out=signs)
            planes.take(negative if mixing else positive, axis=0, out=signs, mode="clip")
            below &= signs if mixing else np.invert(signs, out=signs)
        return np.bitwise_or(above, below, out=above)


def bits_to_games(words: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Unpack (..., words) to (..., games)."""
    return np.unpackbits(words.view(np.uint8), axis=-1, bitorder="little").view(np.bool_)


def set_bits(words: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and game of every set bit of (rows, words), in that order."""
    eights = np.ascontiguousarray(words).view(np.uint8).reshape(-1)
    some = np.flatnonzero(eights != 0)  # most are empty: look for bits in the others only
    bits = np.unpackbits(eights.take(some), bitorder="little").view(np.bool_)
    bit = np.flatnonzero(bits)
    at = some.take(bit >> 3)
    at <<= 3
    at += np.bitwise_and(bit, 7, out=bit)
    row = at // (WORD * words.shape[1])
    return row, at - row * (WORD * words.shape[1])


def count_bits(words: NDArray[np.uint64]) -> NDArray[Any]:
    """Number of set bits over the first axis, for each game; shape (games,)."""
    bits = bits_to_games(words).view(np.uint8)
    count: NDArray[Any] = bits.sum(axis=0, dtype=np.uint8 if len(bits) < 256 else np.int32)
    return count


def games_to_bits(flags: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Pack (..., games), a multiple of 64 of them, to (..., words); little end first."""
    return np.packbits(flags, axis=-1, bitorder="little").view(np.uint64)
