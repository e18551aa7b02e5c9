"""ZeroSum against a linear programme for each game, exact values of known games, and the invariances of the definition."""

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from negotiation_sim.equilibria import zero_sum
from negotiation_sim.equilibria.bimatrix import AllNash
from negotiation_sim.equilibria.pivoting.simplex import Optimum, optimal_strategies
from negotiation_sim.equilibria.summary import summarise_entries
from negotiation_sim.equilibria.zero_sum import ZeroSum
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.games.staged import StagedGame
from negotiation_sim.status import Completeness, Status

NAMES = ["row", "column"]
SHAPES = [(1, 1), (1, 4), (5, 1), (2, 2), (2, 6), (3, 2), (3, 3), (4, 5), (5, 5), (7, 3)]


def constant_sum(a, total=0.0):
    """Games (..., 2, m, n) from the first player's payoffs."""
    return np.stack([a, total - a], axis=-3)


def solve(a, total=0.0, **fields):
    return ZeroSum(**fields)(NormalFormGame(constant_sum(np.asarray(a, dtype=float), total), NAMES))


def value_by_programme(a):
    """Value of one game: the most that the first player can secure."""
    m, n = a.shape
    solved = linprog(
        [*[0] * m, -1],
        A_ub=np.hstack([-a.T, np.ones((n, 1))]),
        b_ub=np.zeros(n),
        A_eq=[[1] * m + [0]],
        b_eq=[1],
        bounds=[(0, None)] * m + [(None, None)],
    )
    assert solved.status == 0
    return -solved.fun


def check(a, found, tolerance=1e-9):
    """Both strategies are optimal: what one secures, the other concedes. Returns the values."""
    assert (found.status == Status.OK).all()
    assert (found.count == 1).all()
    assert found.regret.max(initial=0) <= tolerance
    values = []
    for g, matrix in enumerate(a):
        x, y = found.profiles(g)[0]
        assert min(x.min(), y.min()) >= 0
        assert abs(x.sum() - 1) + abs(y.sum() - 1) < 1e-12
        secured = min(sum(x[i] * matrix[i][j] for i in range(len(x))) for j in range(len(y)))
        conceded = max(sum(matrix[i][j] * y[j] for j in range(len(y))) for i in range(len(x)))
        assert abs(conceded - secured) <= 2 * tolerance * (np.ptp(matrix) or 1)
        values.append((secured + conceded) / 2)
    return np.array(values)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("high", [0, 1, 3, 50])
def test_equals_a_linear_programme(shape, high):
    a = np.random.default_rng(sum(shape) + high).integers(-high, high + 1, (12, *shape)).astype(float)
    found = solve(a)
    values = check(a, found, 1e-12)
    for g in range(3):
        assert values[g] == pytest.approx(value_by_programme(a[g]), abs=1e-7 * max(high, 1))
    np.testing.assert_allclose(found.payoffs[:, 0], values, rtol=0, atol=1e-11 * max(high, 1))
    np.testing.assert_allclose(found.payoffs.sum(axis=1), 0, atol=1e-11 * max(high, 1))
    game = NormalFormGame(constant_sum(a), NAMES)
    assert (ZeroSum().value(game) == found.payoffs[:, 0]).all()


@pytest.mark.parametrize("size", [10, 30, 100, 110])
def test_large_games(size):
    rng = np.random.default_rng(size)
    for a in (rng.random((2, size, size)), rng.integers(-1, 2, (2, size, size)).astype(float), rng.random((1, size, 3 * size))):
        found = solve(a)
        values = check(a, found)
        assert values[0] == pytest.approx(value_by_programme(a[0]), abs=1e-7)


def test_exact_values_of_reference_games(conformance):
    cases = [c for c in json.loads((conformance / "expected" / "bimatrix.json").read_text()) if c.get("value_row") is not None]
    assert len(cases) > 20
    for case in cases:
        a, b = (np.array([[float(Fraction(str(v))) for v in row] for row in case[key]]) for key in "AB")
        game = NormalFormGame.from_arrays(a, b)
        exact = float(Fraction(case["value_row"]))
        found = ZeroSum()(game)
        assert found.status == Status.OK, case["id"]
        assert found.payoffs[0, 0] == pytest.approx(exact, abs=1e-9 * max(1, np.ptp(a))), case["id"]
        assert ZeroSum().value(game) == found.payoffs[0, 0]
        if found.complete == Completeness.PROVED:
            assert len(case["extreme"]) == 1, case["id"]
            x, y = ([float(Fraction(v)) for v in case["extreme"][0][side]] for side in "xy")
            np.testing.assert_allclose(found.strategies[0][0], x, atol=1e-9)
            np.testing.assert_allclose(found.strategies[1][0], y, atol=1e-9)
        elif case.get("nondegenerate"):
            assert len(case["extreme"]) > 1, case["id"]


def test_other_reference_games(conformance):
    cases = json.loads((conformance / "expected" / "misc.json").read_text())["minimax_lp"]
    assert cases
    for case in cases:
        a = np.array(case["inputs"]["row_player_payoff_matrix"], dtype=float)
        expected = np.array(case["result"])
        if len(expected) == len(a):
            check(a[None], solve(a[None]))
            assert (expected @ a).min() == pytest.approx(solve(a).payoffs[0, 0])
    bimatrix = json.loads((conformance / "expected" / "bimatrix.json").read_text())
    other = [c for c in bimatrix if not c["constant_sum"]]
    assert other
    for case in other:
        game = NormalFormGame.from_arrays(*(np.array([[float(Fraction(str(v))) for v in row] for row in case[key]]) for key in "AB"))
        assert ZeroSum()(game).status == Status.UNSUPPORTED, case["id"]


@pytest.mark.parametrize(
    ("a", "x", "y", "value"),
    [
        ([[1, -1], [-1, 1]], [1 / 2, 1 / 2], [1 / 2, 1 / 2], 0),  # matching pennies
        ([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], [1 / 3] * 3, [1 / 3] * 3, 0),  # rock, paper, scissors
        ([[0, -1, 2], [1, 0, -3], [-2, 3, 0]], [1 / 2, 1 / 3, 1 / 6], [1 / 2, 1 / 3, 1 / 6], 0),  # paper 1, scissors 2, rock 3
        ([[-2, 3], [3, -4]], [7 / 12, 5 / 12], [7 / 12, 5 / 12], 1 / 12),  # two-finger Morra (odd and even)
        ([[58, 95], [93, 70]], [23 / 60, 37 / 60], [25 / 60, 35 / 60], 58 * 23 / 60 + 93 * 37 / 60),  # penalties: Palacios-Huerta (2003)
        ([[4, 3], [2, 1]], [1, 0], [0, 1], 3),  # a saddle point
    ],
)
def test_known_games(a, x, y, value):
    found = solve(a)
    assert found.complete == Completeness.PROVED
    np.testing.assert_allclose(found.strategies[0][0], x, atol=1e-12)
    np.testing.assert_allclose(found.strategies[1][0], y, atol=1e-12)
    assert found.payoffs[0, 0] == pytest.approx(value, abs=1e-12)


def test_proved_means_the_only_equilibrium():
    a = np.random.default_rng(1).integers(0, 5, (600, 3, 3)).astype(float)
    game = NormalFormGame(constant_sum(a), NAMES)
    found, every = ZeroSum()(game), AllNash()(game)
    proved = found.complete == Completeness.PROVED
    single = (every.count == 1) & (every.complete == Completeness.PROVED)
    assert (proved == single).all()
    assert 100 < proved.sum() < 500
    for g in np.flatnonzero(proved):
        np.testing.assert_allclose(np.concatenate(found.profiles(g)[0]), np.concatenate(every.profiles(g)[0]), atol=1e-12)


def test_nearly_degenerate_games_are_not_proved():
    pennies = np.array([[1.0, -1.0], [-1.0, 1.0]])
    close = np.array([[0.0, 1.0], [1.0, 1.0 + 1e-11]])
    twin = np.vstack([pennies, pennies[0]])
    twin[2, 0] -= 1e-10
    assert solve(close).complete == Completeness.NO
    assert solve(twin).complete == Completeness.NO
    twin[2] -= 1e-3
    assert solve(twin).complete == Completeness.PROVED
    assert solve(pennies * 1e-9 + 1e6).complete == Completeness.NO  # hardly a digit is left
    assert solve(np.zeros((2, 2))).complete == Completeness.NO
    assert solve(np.zeros((1, 1))).complete == Completeness.PROVED


def test_the_sum_may_be_any_constant():
    a = np.random.default_rng(2).integers(0, 9, (20, 4, 3)).astype(float)
    base = solve(a)
    for total in (1.0, -7.0, 100.0):
        moved = solve(a, total)
        assert all((x == y).all() for x, y in zip(base.strategies, moved.strategies, strict=True))
        np.testing.assert_allclose(moved.payoffs.sum(axis=1), total, atol=1e-12 * abs(total))
    shares = np.random.default_rng(3).random((50, 5, 5))
    check(shares, solve(shares, 1.0))


def test_tolerance_of_the_sum():
    a = np.random.default_rng(4).random((1, 3, 3))
    game = constant_sum(a)
    game[0, 1, 2, 2] += 5e-10 * np.ptp(a)
    assert ZeroSum()(NormalFormGame(game, NAMES)).status[0] == Status.OK
    game[0, 1, 2, 2] += 1e-8 * np.ptp(a)
    assert ZeroSum()(NormalFormGame(game, NAMES)).status[0] == Status.UNSUPPORTED
    loose = ZeroSum(rtol=1e-6)(NormalFormGame(game, NAMES))
    assert loose.status[0] == Status.OK
    assert loose.regret[0] < 2e-6
    one_sided = np.stack([np.zeros((2, 2)), [[0.0, 1.0], [0.0, 0.0]]])
    assert ZeroSum()(NormalFormGame(one_sided, NAMES)).status == Status.UNSUPPORTED
    assert ZeroSum()(NormalFormGame(one_sided * [[[1]], [[1e-300]]], NAMES)).status == Status.UNSUPPORTED


def test_statuses_in_one_batch(monkeypatch):
    pennies, saddle = np.array([[1.0, -1.0], [-1.0, 1.0]]), np.array([[4.0, 3.0], [2.0, 1.0]])
    payoffs = constant_sum(np.stack([pennies, saddle, pennies, pennies, saddle, pennies]))
    payoffs[2, 1, 0, 0] = np.nan
    payoffs[3, 1, 0, 0] += 1
    payoffs[4, :, 0, 0] = [np.inf, -np.inf]
    game = NormalFormGame(payoffs.reshape(2, 3, 2, 2, 2), NAMES)
    ok, late, odd, other, singular = Status.OK, Status.MAX_ITER, Status.NOT_FINITE, Status.UNSUPPORTED, Status.SINGULAR
    assert ZeroSum()(game).status.tolist() == [[ok, ok, odd], [other, odd, ok]]
    np.testing.assert_array_equal(ZeroSum().value(game), [[0, 3, np.nan], [np.nan, np.nan, 0]])
    assert ZeroSum(max_iter=1)(game).status.tolist() == [[late, ok, odd], [other, odd, late]]

    honest, asked = zero_sum.optimal_strategies, []

    def lying(payoffs, limit):
        found = honest(payoffs, limit)
        found.first[:, 0] = [0.75, 0.25]
        return found

    def helpless(payoffs, limit):
        asked.append(payoffs.shape)
        return Optimum.blank(*payoffs.shape, 1)

    monkeypatch.setattr(zero_sum, "optimal_strategies", lying)
    rescued = ZeroSum()(game)
    assert rescued.status.tolist() == [[ok, ok, odd], [other, odd, ok]]
    assert rescued.complete.tolist() == [[Completeness.NO, Completeness.PROVED, 0], [0, 0, Completeness.PROVED]]
    np.testing.assert_allclose(rescued.profiles((0, 0))[0], [[0.5, 0.5], [0.5, 0.5]])
    monkeypatch.setattr(zero_sum, "_by_highs", helpless)
    lost = ZeroSum()(game)
    assert lost.status.tolist() == [[singular, ok, odd], [other, odd, ok]]
    assert lost.count.tolist() == [[0, 1, 0], [0, 0, 1]]
    assert asked == [(2, 2)]


def test_the_other_solver_agrees(monkeypatch):
    a = np.concatenate([np.random.default_rng(5).random((10, 6, 4)), np.random.default_rng(5).integers(0, 3, (10, 6, 4))])
    ours = check(a, solve(a))
    monkeypatch.setattr(zero_sum, "LARGE", 0)
    np.testing.assert_allclose(check(a, solve(a)), ours, atol=1e-10)
    assert solve(a[0], max_iter=1).status == Status.MAX_ITER


def test_a_lane_that_loses_its_numbers_spoils_no_other():
    payoffs = 1 + np.random.default_rng(10).random((4, 3, 20))
    clean = optimal_strategies(payoffs, 100)
    payoffs[:, :, 5] = np.nan
    spoilt = optimal_strategies(payoffs, 100)
    others = np.arange(20) != 5
    assert spoilt.status.tolist() == np.where(others, Status.OK, Status.SINGULAR).tolist()
    assert (spoilt.second[:, others] == clean.second[:, others]).all()
    assert (spoilt.second[:, 5] == 0).all()


def test_batch_equals_loop_bit_for_bit():
    rng = np.random.default_rng(6)
    for shape in [(2, 2), (4, 3), (12, 15)]:
        a = np.concatenate([rng.random((10, *shape)), rng.integers(0, 3, (10, *shape))])
        batch = solve(a)
        for g, matrix in enumerate(a):
            alone = solve(matrix)
            assert all((p == q).all() for p, q in zip(alone.profiles()[0], batch.profiles(g)[0], strict=True))
            assert alone.complete == batch.complete[g]


def test_units_do_not_matter():
    a = np.random.default_rng(7).integers(0, 4, (100, 4, 4)).astype(float)
    base = solve(a)
    exact = solve(a * 2.0**-50 + 2.0**-20)
    assert all((x == y).all() for x, y in zip(base.strategies, exact.strategies, strict=True))
    for scale, shift in ((1e-12, 0), (1e12, 0), (0.3, 1e5)):
        moved = solve(a * scale + shift)
        assert (moved.status == Status.OK).all()
        np.testing.assert_allclose(moved.payoffs[:, 0], base.payoffs[:, 0] * scale + shift, rtol=1e-14, atol=1e-10 * scale)


def test_swapping_players_and_permuting_actions():
    rng = np.random.default_rng(8)
    a = rng.random((60, 3, 5))
    rows, columns = rng.permutation(3), rng.permutation(5)
    base = solve(a)
    assert (base.complete == Completeness.PROVED).all()
    moved = solve(a[:, rows][..., columns])
    np.testing.assert_allclose(moved.strategies[0], base.strategies[0][:, rows], atol=1e-12)
    np.testing.assert_allclose(moved.strategies[1], base.strategies[1][:, columns], atol=1e-12)
    turned = solve(-a.swapaxes(1, 2))
    np.testing.assert_allclose(turned.strategies[0], base.strategies[1], atol=1e-12)
    np.testing.assert_allclose(turned.payoffs[:, 0], -base.payoffs[:, 0], atol=1e-12)


def test_single_game_and_no_game():
    value = ZeroSum().value(NormalFormGame(constant_sum(np.array([[2.0, 0.0], [0.0, 2.0]])), NAMES))
    assert value == pytest.approx(1)
    assert np.shape(value) == ()
    empty = NormalFormGame(np.zeros((0, 2, 2, 3)), NAMES)
    assert len(ZeroSum()(empty)) == 0
    assert ZeroSum().value(empty).shape == (0,)


def test_summary_is_that_of_the_entries():
    payoffs = constant_sum(np.random.default_rng(9).random((40, 3, 3)))
    payoffs[5, 0, 0, 0] += 3
    game = NormalFormGame(payoffs, NAMES)
    classes = np.array([[0, 1, 1], [2, -1, 0], [1, 1, 2]], dtype=np.int8)
    keep = frozenset({"certain", "payoff_min", "payoff_max", "regret_max", "margin", "strict"})
    ours, theirs = ZeroSum().summarise(game, classes, 3, keep), summarise_entries(ZeroSum()(game), classes, 3, keep)
    for name in ("status", "complete", "count", "supported", *keep):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
    assert ours.status[5] == Status.UNSUPPORTED


def test_wrong_choices():
    for rtol in (-1.0, 0.5, float("nan"), "1e-9", None):
        with pytest.raises(ValueError, match="rtol must lie"):
            ZeroSum(rtol=rtol)
    for steps in (0, 2.5, None, "many"):
        with pytest.raises(ValueError, match="max_iter must be a whole number"):
            ZeroSum(max_iter=steps)
    with pytest.raises(ValueError, match="2 players; got 3"):
        ZeroSum()(NormalFormGame(np.zeros((3, 2, 2, 2)), ["a", "b", "c"]))
    with pytest.raises(TypeError, match="StagedGame"):
        ZeroSum()(StagedGame(np.zeros((2, 2, 2)), NAMES, range(2), [[0], [1]]))


@st.composite
def small_matrices(draw):
    m, n = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    cells = st.lists(st.integers(-2, 2) | st.floats(-1e3, 1e3, width=32), min_size=m * n, max_size=m * n)
    return np.array(draw(cells), dtype=float).reshape(1, m, n)


@given(small_matrices())
def test_any_small_game(a):
    check(a, solve(a))


@pytest.mark.slow
@pytest.mark.parametrize("high", [1, 2, 3, 9])
def test_many_degenerate_games(high):
    rng = np.random.default_rng(40 + high)
    for m in range(1, 7):
        for n in range(1, 7):
            a = rng.integers(0, high + 1, (1500, m, n)).astype(float)
            found = solve(a)
            assert (found.status == Status.OK).all()
            assert found.regret.max() < 1e-12
    for size, count in ((20, 200), (50, 30)):
        a = rng.integers(0, high + 1, (count, size, size)).astype(float)
        check(a, solve(a))
