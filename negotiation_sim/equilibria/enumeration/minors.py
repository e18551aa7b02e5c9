r"""Shared minors of a payoff matrix: the numbers whose signs decide every support pair.

For a matrix ``A`` of shape (rows, columns), a set of rows ``S`` and a set of columns ``U`` with ``|S| = |U| + 1``, the minor is

.. math:: G(S, U) = \det [\,1 \mid A_{S,U}\,].

It depends on payoff differences only. For a support pair ``(S, T)`` with ``|S| = |T|`` the mixed strategy on ``T`` that makes the rows
``S`` indifferent is proportional to :math:`(-1)^t G(S, T \setminus t)`, and :math:`G(S \cup i, T)` has, up to a known sign, the sign of
what row ``i`` would gain against it (Cramer's rule). All support pairs share the same minors, and each one follows from the level below
by expanding along its last column,

.. math:: G(S, U) = \sum_{p \ge 1} \pm (A_{S_p u} - A_{S_0 u}) \, G(S \setminus S_p, U \setminus u), \qquad u = \max U.

Sets are kept in colexicographic order, so that sources and results are contiguous blocks of the table.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Level",
    "MinorPlan",
    "error_bounds",
    "fill_minors",
    "joins",
    "largest_minor",
    "minor_count",
    "minor_plan",
    "subsets",
    "uniform_bounds",
    "without",
]

UNIT = 2.0**-53  # rounding of one operation


@lru_cache(maxsize=256)
def subsets(n: int, k: int) -> NDArray[np.intp]:
    """Subsets of size ``k`` of ``range(n)`` in colexicographic order; shape (C(n, k), k), each row increasing."""
    listed = sorted(combinations(range(n), k), key=lambda s: s[::-1])
    return _locked(np.array(listed, dtype=np.intp).reshape(comb(n, k), k))


def _ranks(sets: NDArray[np.intp], n: int) -> NDArray[np.intp]:
    """Place of each increasing row of ``sets`` (..., k) in the colexicographic order: the sum of C(s_j, j + 1)."""
    k = sets.shape[-1]
    table = np.array([[comb(s, j + 1) for j in range(k)] for s in range(n + 1)], dtype=np.intp).reshape(n + 1, k)
    rank: NDArray[np.intp] = table[sets, np.arange(k)].sum(axis=-1)
    return rank


@lru_cache(maxsize=256)
def without(n: int, k: int) -> NDArray[np.intp]:
    """Rank of each k-subset less its j-th element; shape (C(n, k), k)."""
    sets = subsets(n, k)
    columns = [_ranks(np.delete(sets, j, axis=1), n) for j in range(k)]
    return _locked(np.stack(columns, axis=1) if columns else np.empty((1, 0), dtype=np.intp))


@lru_cache(maxsize=256)
def joins(n: int, k: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For each k-subset and each element outside it: rank of their union, and the element's place in it; two arrays (C(n, k), n - k)."""
    sets = subsets(n, k)
    member = np.zeros((len(sets), n), dtype=bool)
    np.put_along_axis(member, sets, True, axis=1)
    outside = np.nonzero(~member)[1].reshape(len(sets), n - k)
    place = (sets[:, None, :] < outside[:, :, None]).sum(axis=-1)
    union = np.sort(np.concatenate([np.broadcast_to(sets[:, None, :], (len(sets), n - k, k)), outside[:, :, None]], axis=-1), axis=-1)
    return _locked(_ranks(union, n)), _locked(place.astype(np.intp))


@dataclass(frozen=True)
class Level:
    """All minors with ``|S| = k``: the rows ``begin:end`` of the table, ``S`` slowest, and the steps that compute them.

    A step ``(begin, end, terms)`` writes one block; a term ``(sign, factor, source begin, source end)`` adds a difference times a block.
    """

    k: int
    begin: int
    end: int
    steps: tuple[tuple[int, int, tuple[tuple[int, int, int, int], ...]], ...]


@dataclass(frozen=True)
class MinorPlan:
    """Where each minor of a (rows, columns) matrix lies in the table, and in which order they are computed.

    ``levels[k - 2]`` holds the minors with ``|S| = k``; ``G(S, U)`` is in row ``begin + rank(S) * C(columns, k - 1) + rank(U)``.
    ``block`` is the size of the largest block that a step writes.
    """

    rows: int
    columns: int
    size: int
    block: int
    levels: tuple[Level, ...]


def minor_count(rows: int, columns: int) -> int:
    """Number of minors of a (rows, columns) matrix that support pairs need."""
    return sum(comb(rows, k) * comb(columns, k - 1) for k in range(2, min(rows, columns + 1) + 1))


@lru_cache(maxsize=32)
def minor_plan(rows: int, columns: int) -> MinorPlan:
    """Make the plan of a (rows, columns) matrix; cached."""
    levels: list[Level] = []
    begin, block = 0, 1
    for k in range(2, min(rows, columns + 1) + 1):
        width = comb(columns, k - 1)
        end = begin + comb(rows, k) * width
        steps = []
        if k > 2:
            below, below_width = levels[-1].begin, comb(columns, k - 2)
            less = without(rows, k)
            for a, chosen in enumerate(subsets(rows, k).tolist()):
                for u in range(k - 2, columns):
                    terms = []
                    for p in range(k - 1, 0, -1):
                        factor = (comb(chosen[p], 2) + chosen[0]) * columns + u
                        source = below + int(less[a, p]) * below_width
                        terms.append(((-1) ** (p + k - 1), factor, source, source + comb(u, k - 2)))
                    target = begin + a * width
                    steps.append((target + comb(u, k - 1), target + comb(u + 1, k - 1), tuple(terms)))
                    block = max(block, comb(u, k - 2))
        levels.append(Level(k, begin, end, tuple(steps)))
        begin = end
    return MinorPlan(rows, columns, begin, block, tuple(levels))


def fill_minors(plan: MinorPlan, payoffs: NDArray[Any], table: NDArray[Any], spare: NDArray[Any]) -> Iterator[tuple[int, slice]]:
    """Fill ``table`` (size, games) with the minors of ``payoffs`` (rows, columns, games); ``spare`` (block, games) is working space.

    Yields each stretch of rows when it is done, while it is still in the cache: the place of its level, and the rows.
    """
    row = 0
    for second in range(1, plan.rows):
        part = slice(row, row + second * plan.columns)
        np.subtract(payoffs[second], payoffs[:second], out=table[part].reshape(second, plan.columns, -1))
        row = part.stop
        yield 0, part
    multiply, add, subtract = np.multiply, np.add, np.subtract
    for place, level in enumerate(plan.levels[1:], 1):
        width = comb(plan.columns, level.k - 1)
        done = level.begin
        for begin, end, terms in level.steps:
            out, product = table[begin:end], spare[: end - begin]
            _, factor, source, stop = terms[0]
            multiply(table[source:stop], table[factor], out=out)
            for sign, factor, source, stop in terms[1:]:
                multiply(table[source:stop], table[factor], out=product)
                (add if sign > 0 else subtract)(out, product, out=out)
            if end == done + width:
                yield place, slice(done, end)
                done = end


def uniform_bounds(plan: MinorPlan, unit: float = UNIT) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Bound the error of every minor of a level at once, for payoffs within a range of 1; ``unit``: rounding of one operation.

    Returns ``(data, arithmetic)``, one number a level: when every difference of two payoffs is known to within ``delta <= 1/64``, the
    computed minors of the level are off by at most ``data * delta + arithmetic``.

    Notes
    -----
    By Hadamard's inequality a minor of order k is at most :math:`H_k = k^{k/2} / 2^{k-1}`; its derivative in a payoff is a minor of
    order k - 1, so ``data`` is :math:`k (k - 1) / 2 \cdot H_{k-1}`, times 5/4 for terms of higher order in ``delta``.
    """
    data, arithmetic = [1.0], [unit]
    for k in range(3, len(plan.levels) + 2):
        below = largest_minor(k - 1)
        data.append(1.25 * k * (k - 1) / 2 * below)
        arithmetic.append((k - 1) * (arithmetic[-1] + (k + 2) * unit * below))
    return np.array(data), np.array(arithmetic)


def largest_minor(k: int) -> float:
    """Largest absolute value of a minor of order k of payoffs within a range of 1 (Hadamard)."""
    return math.sqrt(k) ** k / 2.0 ** (k - 1)


def error_bounds(plan: MinorPlan, table: NDArray[np.float64], delta: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Bound the error of each minor by itself; shape of ``table`` (size, games).

    ``delta`` (games,) is the uncertainty of a difference of two payoffs. The bound is :math:`\tfrac12 \delta \sum_{s, u}
    (|G| + \text{bound})(S \setminus s, U \setminus u)` for the payoffs (derivatives of a minor are minors of the level below, bounded
    on the whole way) plus a running error analysis of the arithmetic. Unlike `uniform_bounds` it stays sharp when one payoff is
    thousands of times larger than the differences between the others.
    """
    magnitude = np.abs(table)
    bound, arithmetic = np.empty_like(table), np.empty_like(table)
    first = plan.levels[0] if plan.levels else Level(2, 0, 0, ())
    np.multiply(magnitude[: first.end], UNIT, out=arithmetic[: first.end])
    np.add(arithmetic[: first.end], delta, out=bound[: first.end])
    for below, level in zip(plan.levels, plan.levels[1:], strict=False):
        k, source = level.k, slice(below.begin, below.end)
        weight = arithmetic[source] + (k + 2) * UNIT * magnitude[source]
        for begin, end, terms in level.steps:
            arithmetic[begin:end] = 0.0
            for _, factor, start, stop in terms:
                arithmetic[begin:end] += weight[start - below.begin : stop - below.begin] * magnitude[factor]
        reach = (magnitude[source] + bound[source]).reshape(comb(plan.rows, k - 1), comb(plan.columns, k - 2), -1)
        less_row, less_column = without(plan.rows, k), without(plan.columns, k - 1)
        fewer = _sum_of_rows(reach, less_row)
        for j in range(k - 1):
            part = fewer[:, less_column[:, j]].reshape(level.end - level.begin, -1)
            if j:
                bound[level.begin : level.end] += part
            else:
                bound[level.begin : level.end] = part
        bound[level.begin : level.end] *= delta / 2
        bound[level.begin : level.end] += arithmetic[level.begin : level.end]
    return bound


def _sum_of_rows(values: NDArray[np.float64], index: NDArray[np.intp]) -> NDArray[np.float64]:
    """Sum ``values[index[:, j]]`` over j."""
    total = values[index[:, 0]]
    for j in range(1, index.shape[1]):
        total += values[index[:, j]]
    return total


def _locked(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array
