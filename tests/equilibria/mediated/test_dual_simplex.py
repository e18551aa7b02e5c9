"""Runs of tableaux: programmes with known optima, cycling examples, lanes that join late, limits."""

import numpy as np
import pytest
from scipy.optimize import linprog

from negotiation_sim.equilibria.mediated import dual_simplex
from negotiation_sim.equilibria.mediated.dual_simplex import TableauRun, lanes_in_cache

# E. M. L. Beale (1955): the largest gain with the first row among ties returns to the first basis after six pivots; the optimum is 1/20.
BEALE = ([[0.25, -60, -0.04, 9], [0.5, -90, -0.02, 3], [0, 0, 1, 0]], [0, 0, 1], [0.75, -150, 0.02, -6])


def table_of(matrix, limits, gains):
    """One tableau a lane, from arrays with the lanes last."""
    rows, columns, lanes = matrix.shape
    table = np.zeros((rows + 1, columns + 1, lanes))
    table[:rows, :columns], table[:rows, columns], table[rows, :columns] = matrix, limits, -gains
    return table


def random_programmes(rows, columns, lanes, seed):
    """Bounded ones: every limit is there for a positive row of the matrix."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 4, (rows, columns, lanes)) + 0.25, rng.integers(0, 3, (rows, lanes)) * 0.5, rng.normal(size=(columns, lanes))


@pytest.mark.parametrize("greedy", [0, 3])
def test_optima_and_prices(monkeypatch, greedy):
    monkeypatch.setattr(dual_simplex, "GREEDY", greedy)
    matrix, limits, gains = random_programmes(5, 4, 60, 1)
    run = TableauRun(5, 4, 60, 1000)
    for part in (slice(0, 25), slice(25, 60)):
        run.add(table_of(matrix[..., part], limits[:, part], gains[:, part]), np.arange(60)[part])
        run.go(5)
    run.go()
    assert run.done.all()
    for k in range(60):
        solved = linprog(-gains[:, k], A_ub=matrix[..., k], b_ub=limits[:, k])
        assert gains[:, k] @ run.levels[:, k] == pytest.approx(-solved.fun, abs=1e-12)
        assert limits[:, k] @ run.prices[:, k] == pytest.approx(-solved.fun, abs=1e-12)
        assert (matrix[..., k] @ run.levels[:, k] <= limits[:, k] + 1e-12).all()
        assert (run.prices[:, k] @ matrix[..., k] >= gains[:, k] - 1e-12).all()
        assert min(run.levels[:, k].min(), run.prices[:, k].min()) >= -1e-12


@pytest.mark.parametrize("greedy", [0, 3])
def test_the_example_that_cycles(monkeypatch, greedy):
    monkeypatch.setattr(dual_simplex, "GREEDY", greedy)
    matrix, limits, gains = (np.array(part, dtype=float)[..., None] for part in BEALE)
    run = TableauRun(3, 4, 1, 1000)
    run.add(table_of(matrix, limits, gains), np.arange(1))
    run.go()
    assert run.done.all()
    assert gains[:, 0] @ run.levels[:, 0] == pytest.approx(0.05)


def test_a_limit_leaves_the_rest_undone():
    matrix, limits, gains = random_programmes(6, 6, 200, 2)
    run, whole = TableauRun(6, 6, 200, 1), TableauRun(6, 6, 200, 1000)
    for each in (run, whole):
        each.add(table_of(matrix, limits, gains), np.arange(200))
        each.go()
    assert 0 < run.done.sum() < 200
    assert whole.done.all()
    assert not run.levels[:, ~run.done].any()
    np.testing.assert_array_equal(run.levels[:, run.done], whole.levels[:, run.done])


def test_a_gain_that_nothing_limits_is_rounding():
    table = table_of(np.array([[[1.0], [-1.0]]]), np.array([[2.0]]), np.array([[1.0], [1e-12]]))
    run = TableauRun(1, 2, 1, 100)
    run.add(table, np.arange(1))
    run.go()
    assert run.done.all()
    assert run.levels[:, 0].tolist() == [2, 0]


def test_lanes_fill_a_cache():
    assert lanes_in_cache(2, 2) == 2048
    assert lanes_in_cache(1000, 1000) == 16
    assert 16 < lanes_in_cache(25, 42) < 2048
