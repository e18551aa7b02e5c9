"""The parts of AllNash that carry its proofs: minors, their error bounds, refuted pairs."""

from fractions import Fraction
from itertools import combinations, permutations
from math import comb, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import linprog

from negotiation_sim.equilibria.enumeration.minors import (
    error_bounds,
    fill_minors,
    joins,
    minor_count,
    minor_plan,
    subsets,
    uniform_bounds,
    without,
)
from negotiation_sim.equilibria.enumeration.refutation import refuted


def determinant(matrix):
    """By the definition, in whatever arithmetic the entries have."""
    size = range(len(matrix))
    total = 0
    for p in permutations(size):
        sign = (-1) ** sum(p[i] > p[j] for i, j in combinations(size, 2))
        total += sign * prod(matrix[i][p[i]] for i in size)
    return total


def table_of(payoffs):
    plan = minor_plan(*payoffs.shape[:2])
    table = np.full((plan.size, payoffs.shape[2]), np.nan)
    for _ in fill_minors(plan, payoffs, table, np.empty((plan.block, payoffs.shape[2]))):
        pass
    return plan, table


def every_minor(plan):
    """(row of the table, level, rows S, columns U)."""
    for level in plan.levels:
        sets = [(s, u) for s in subsets(plan.rows, level.k) for u in subsets(plan.columns, level.k - 1)]
        assert level.end - level.begin == len(sets)
        for row, (s, u) in enumerate(sets, level.begin):
            yield row, level.k, s, u


def test_sets_are_in_colexicographic_order():
    for n in range(1, 7):
        for k in range(1, n + 1):
            sets = subsets(n, k).tolist()
            assert len(sets) == comb(n, k)
            assert sets == sorted(sets, key=lambda s: s[::-1])
            smaller = subsets(n, k - 1).tolist()
            for s, ranks in zip(sets, without(n, k), strict=True):
                assert [smaller[r] for r in ranks] == [s[:j] + s[j + 1 :] for j in range(k)]
            if k < n:
                larger = subsets(n, k + 1).tolist()
                for s, ranks, places in zip(sets, *joins(n, k), strict=True):
                    outside = [i for i in range(n) if i not in s]
                    assert [larger[r] for r in ranks] == [sorted([*s, i]) for i in outside]
                    assert [sorted([*s, i]).index(i) for i in outside] == places.tolist()


@pytest.mark.parametrize("shape", [(1, 3), (3, 1), (2, 2), (3, 3), (2, 5), (5, 2), (4, 4), (5, 5)])
def test_minors_are_determinants(shape):
    payoffs = np.random.default_rng(1).integers(-9, 10, (*shape, 3)).astype(float)
    plan, table = table_of(payoffs)
    assert plan.size == minor_count(*shape) == len(table)
    for row, k, s, u in every_minor(plan):
        for game in range(3):
            matrix = [[1, *(int(payoffs[i, j, game]) for j in u)] for i in s]
            assert table[row, game] == determinant(matrix), (k, s, u)


@given(st.sampled_from([(3, 3), (4, 3), (4, 4)]), st.integers(0, 10**6), st.sampled_from([1e-15, 1e-9, 1e-4, 1e-2]))
def test_bounds_hold_for_every_game_within_rounding(shape, seed, delta):
    rng = np.random.default_rng(seed)
    payoffs = rng.random((*shape, 2)) * 10.0 ** rng.integers(-6, 1, (*shape, 2))  # within a range of 1, of very different sizes
    plan, table = table_of(payoffs)
    sharp = error_bounds(plan, table, np.full(2, delta))
    data, arithmetic = uniform_bounds(plan)
    off = rng.choice([-1, 1], (*shape, 2))
    for row, k, s, u in every_minor(plan):
        for game in range(2):
            moved = [[Fraction(1), *(Fraction(payoffs[i, j, game]) + int(off[i, j, game]) * Fraction(delta) / 2 for j in u)] for i in s]
            error = abs(float(determinant(moved) - Fraction(table[row, game])))
            assert error <= sharp[row, game] * (1 + 1e-9)
            assert error <= (data[k - 2] * delta + arithmetic[k - 2]) * (1 + 1e-9)
            assert sharp[row, game] <= (data[k - 2] * delta + arithmetic[k - 2]) * (1 + 1e-9)


@given(st.sampled_from([(3, 3), (4, 3), (4, 4), (5, 5)]), st.integers(0, 10**6))
def test_bounds_hold_for_short_numbers(shape, seed):
    rng = np.random.default_rng(seed)
    payoffs = (rng.random((*shape, 2)) * 10.0 ** rng.integers(-6, 1, (*shape, 2))).astype(np.float32)
    plan = minor_plan(*shape)
    table = np.empty((plan.size, 2), dtype=np.float32)
    for _ in fill_minors(plan, payoffs, table, np.empty((plan.block, 2), dtype=np.float32)):
        pass
    _, exact = table_of(payoffs.astype(np.float64))
    _, arithmetic = uniform_bounds(plan, 2.0**-24)
    for level in plan.levels:
        rows = slice(level.begin, level.end)
        assert (np.abs(table[rows] - exact[rows]) <= arithmetic[level.k - 2] * (1 + 1e-6)).all()


def feasible(payoffs, own, other):
    """Whether some mix on `other` makes every row of `own` a best reply, by linear programming: the largest loss at best."""
    k = len(other)
    rows = [[*(payoffs[i, t] - payoffs[s, t] for t in other), -1] for s in own for i in range(len(payoffs))]
    best = linprog([0] * k + [1], A_ub=rows, b_ub=[0] * len(rows), A_eq=[[1] * k + [0]], b_eq=[1], bounds=[(0, None)] * k + [(None, None)])
    return best.fun


@given(hnp.arrays(np.int64, (4, 4), elements=st.integers(0, 2)), st.integers(1, 3))
def test_refuted_pairs_are_impossible(payoffs, k):
    items = [(s, t) for s in subsets(4, k) for t in subsets(4, k)]
    own, other = (np.array(sets) for sets in zip(*items, strict=True))
    scaled = np.repeat((payoffs / 4)[..., None], len(items), axis=2)
    verdict = refuted(scaled, own, other, np.full(len(items), 1e-9))
    for (s, t), no in list(zip(items, verdict, strict=True))[::5]:
        gain = feasible(payoffs / 4, s, t)
        if no:
            assert gain > 0
        else:
            assert gain < 0.05  # what is impossible by a wide margin is found out
