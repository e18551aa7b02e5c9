"""LogitQRE against the definition, published numbers, a differential equation for the branch, and the invariances of the definition."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import fsolve

import negotiation_sim as ns
from negotiation_sim.equilibria.quantal.logit import LogitQRE
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.games.staged import StagedGame
from negotiation_sim.status import Completeness, Status

HAWK = NormalFormGame.from_arrays([[0, -1], [1, -5]], [[0, 1], [-1, -5]])
PENNIES = NormalFormGame.from_arrays([[9, 0], [0, 1]], [[0, 1], [1, 0]])


def names(count):
    return [f"p{i}" for i in range(count)]


def random_games(seed, shape, games):
    return NormalFormGame(np.random.default_rng(seed).random((games, len(shape), *shape)), names(len(shape)))


def expected_payoffs(payoffs, profile, i):
    """Payoff of each action of player i in one game, by the definition."""
    out = np.zeros(payoffs.shape[1 + i])
    for cell in np.ndindex(*payoffs.shape[1:]):
        out[cell[i]] += payoffs[(i, *cell)] * np.prod([profile[j][a] for j, a in enumerate(cell) if j != i])
    return out


def response(values):
    w = np.exp(values - values.max())
    return w / w.sum()


def worst_residual(payoffs, profile, precision, weights=None):
    out = 0.0
    for i, p in enumerate(profile):
        rate = precision if weights is None else precision * np.asarray(weights[i])
        out = max(out, np.abs(response(rate * expected_payoffs(payoffs, profile, i)) - p).max())
    return out


def branch_by_ode(payoffs, precision):
    """First point of the principal branch with this precision: its oriented tangent, integrated (Allgower and Georg 1990, 2.1).

    The unknowns are the probabilities themselves, the derivatives differences.
    """
    sizes = payoffs.shape[1:]
    ends = np.cumsum(sizes)

    def equations(y):
        profile = [y[e - n : e] for e, n in zip(ends, sizes, strict=True)]
        return np.concatenate([p - response(y[-1] * expected_payoffs(payoffs, profile, i)) for i, p in enumerate(profile)])

    def tangent(_, y):
        h = 1e-6
        jacobian = np.array([(equations(y + h * e) - equations(y - h * e)) / (2 * h) for e in np.eye(len(y))]).T
        direction = np.linalg.svd(jacobian)[2][-1]
        return direction * np.sign(np.linalg.det(np.vstack([jacobian, direction])))

    def passed(_, y):
        return y[-1] - precision

    passed.terminal, passed.direction = True, 1
    start = np.concatenate([*(np.full(n, 1 / n) for n in sizes), [0.0]])
    solved = solve_ivp(tangent, (0, 20 * precision + 50), start, events=passed, rtol=1e-7, atol=1e-8)
    assert len(solved.y_events[0]) == 1
    return np.split(solved.y_events[0][0][:-1], ends[:-1])


def test_hawk_and_dove_on_the_symmetric_branch():
    """shared models, section 10: the branch goes straight on where the asymmetric ones branch off, at a precision of about 0.88."""
    precision = [0, 0.5, 1, 2, 5, 20]
    found = LogitQRE(precision)(HAWK)
    assert (found.status == Status.OK).all()
    for player in range(2):
        np.testing.assert_allclose(
            found.strategies[player][:, 1], [0.5, 0.385875, 0.336123, 0.289689, 0.245015, 0.213065], rtol=0, atol=5e-7
        )
    for k, one in enumerate(precision):
        np.testing.assert_allclose(LogitQRE(one)(HAWK).strategies[0], found.strategies[0][k], rtol=0, atol=1e-14)
    other = LogitQRE(1, start=[[0.9, 0.1], [0.4, 0.6]])(HAWK)
    np.testing.assert_allclose([other.strategies[0][1], other.strategies[1][1]], [0.119710, 0.599036], rtol=0, atol=5e-7)


def test_matching_pennies_with_a_nine():
    found = LogitQRE([1, 5])(PENNIES)
    np.testing.assert_allclose(found.strategies[0][:, 0], [0.893576, 0.701984], rtol=0, atol=5e-7)
    np.testing.assert_allclose(found.strategies[1][:, 0], [0.312780, 0.117135], rtol=0, atol=5e-7)


CROSSING = {"gambit_contrib/deg1.nfg": 4, "gambit_contrib/deg2.nfg": 6, "gambit_contrib/sh3.nfg": 3}
"""Branches of these games cross, and beyond this precision the stored points lie on one that branches off (or, in deg2, change from one to
the other between precision 5 and 10): they are equilibria, but not on the branch that goes straight on."""


def test_reference_points(conformance):
    cases = json.loads((conformance / "expected" / "qre.json").read_text())
    seen = left = 0
    for case in cases:
        game = ns.read_nfg(conformance / "games" / case["file"])
        precision = [point["lam"] for point in case["points"]]
        found = LogitQRE(precision)(game)
        assert (found.status == Status.OK).all(), case["file"]
        assert found.residual.max() <= 1e-10
        for k, point in enumerate(case["points"]):
            if point["lam"] > CROSSING.get(case["file"], np.inf):
                near = LogitQRE(point["lam"], start=point["profile"])(game)
                assert near.status == Status.OK
                left += 1
            else:
                near = LogitQRE(point["lam"])(game)
                for i, p in enumerate(point["profile"]):
                    np.testing.assert_allclose(found.strategies[i][k], p, rtol=0, atol=1e-8, err_msg=case["file"])
            for i, p in enumerate(point["profile"]):
                np.testing.assert_allclose(near.strategies[i], p, rtol=0, atol=1e-8, err_msg=case["file"])
            seen += 1
    assert (seen, left) == (262, 5)


def test_straight_through_the_crossing_of_a_symmetric_game():
    """One of the three games above: equal strategies of both players, followed in 3000 small steps of precision."""
    a = np.array([[0.0, 3, 0], [2, 2, 0], [3, 0, 1]])
    p = np.full(3, 1 / 3)
    for precision in np.linspace(0, 20 / 3, 3000):
        p = fsolve(lambda x, rate=precision: x - response(rate * (a @ x)), p, xtol=1e-12)
    found = LogitQRE(20 / 3)(NormalFormGame.from_arrays(a, a.T))
    np.testing.assert_allclose(found.strategies[0], p, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.strategies[1], p, rtol=0, atol=1e-9)


@pytest.mark.parametrize("precision", [2.0, 20.0])
def test_symmetric_games_have_symmetric_responses(precision):
    rng = np.random.default_rng(1)
    own = [rng.integers(0, 4, (300, 3, 3)).astype(float), rng.random((200, 4, 4))]
    for a in own:
        found = LogitQRE(precision)(NormalFormGame(np.stack([a, a.swapaxes(1, 2)], axis=1), names(2)))
        assert (found.status == Status.OK).all()
        np.testing.assert_allclose(found.strategies[0], found.strategies[1], rtol=0, atol=1e-9)
    t = rng.integers(0, 4, (60, 3, 3, 3)).astype(float)
    t += t.swapaxes(2, 3)
    three = LogitQRE(precision / 2)(NormalFormGame(np.stack([t, t.transpose(0, 2, 1, 3), t.transpose(0, 2, 3, 1)], axis=1), names(3)))
    assert (three.status == Status.OK).all()
    for other in three.strategies[1:]:
        np.testing.assert_allclose(other, three.strategies[0], rtol=0, atol=1e-9)


def test_the_crossing_itself_and_games_that_just_miss_it():
    meet = NormalFormGame.from_arrays([[1, 0], [0, 1]], [[1, 0], [0, 1]])  # branches cross at precision 2 exactly
    found = LogitQRE([1, 2, 2, 2.5, 9])(meet)
    assert (found.status == Status.OK).all()
    assert (found.strategies[0] == 0.5).all()
    assert LogitQRE(2)(meet).status == Status.OK
    for miss in (1e-3, 1e-6, 1e-9):
        a = np.array([[0, -1], [1 + miss, -5]])
        turned = LogitQRE(2)(NormalFormGame.from_arrays(a, HAWK.payoffs[1]))
        assert turned.strategies[0][1] == pytest.approx(0.8796, abs=1e-3)  # the first player, who gains a little more, dares
    same = LogitQRE(2)(NormalFormGame.from_arrays([[0, -1], [1 + 1e-14, -5]], HAWK.payoffs[1]))
    assert same.strategies[0][1] == pytest.approx(0.289689, abs=1e-6)


@pytest.mark.parametrize(("shape", "precision", "count"), [((2, 2), 30, 6), ((3, 3), 20, 3), ((2, 3, 2), 15, 2)])
def test_the_branch_by_a_differential_equation(shape, precision, count):
    game = random_games(sum(shape), shape, count)
    found = LogitQRE(precision)(game)
    assert (found.status == Status.OK).all()
    for g in range(count):
        for p, q in zip(found.profile(g), branch_by_ode(game.payoffs[g], precision), strict=True):
            np.testing.assert_allclose(p, q, rtol=0, atol=2e-5)


@pytest.mark.parametrize(
    ("shape", "folded"),
    [
        ((2, 2, 2), [141]),
        pytest.param((2, 2, 2), [46, 72], marks=pytest.mark.slow),
        pytest.param((3, 3, 3), [14, 64, 113], marks=pytest.mark.slow),
    ],
)
def test_the_branch_past_folds_by_a_differential_equation(shape, folded):
    """Games whose branch folds back before it reaches the precision, where following precision alone jumps."""
    games = random_games(5, shape, 150)
    found = LogitQRE(40)(games)
    for g in folded:
        assert len(LogitQRE().path(games[g], up_to=40).folds) == 2
        for p, q in zip(found.profile(g), branch_by_ode(games.payoffs[g], 40), strict=True):
            np.testing.assert_allclose(p, q, rtol=0, atol=2e-5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (2, 2), (4, 3), (1, 3, 2), (2, 1, 2), (2, 2, 2, 2), (5,), (3, 3, 2)])
@pytest.mark.parametrize("precision", [0.0, 0.7, 12.0, 300.0])
def test_satisfies_the_definition(shape, precision):
    game = random_games(len(shape), shape, 6)
    found = LogitQRE(precision)(game)
    assert (found.status == Status.OK).all()
    assert (found.count == 1).all()
    assert found.precision.tolist() == [precision] * 6
    for g in range(6):
        profile = found.profile(g)
        assert all(abs(p.sum() - 1) <= 1e-12 and p.min() >= 0 for p in profile)
        assert worst_residual(game.payoffs[g], profile, precision) <= 1e-10
        payoffs = [expected_payoffs(game.payoffs[g], profile, i) @ p for i, p in enumerate(profile)]
        np.testing.assert_allclose(found.payoffs[g], payoffs, atol=1e-12)
        gain = max(expected_payoffs(game.payoffs[g], profile, i).max() - payoffs[i] for i in range(len(shape)))
        span = min(np.ptp(game.payoffs[g, i]) or 1 for i in range(len(shape)))
        assert found.regret[g] <= gain / span + 1e-12
    if precision == 0:
        assert all((p == 1 / n).all() for p, n in zip(found.strategies, shape, strict=True))


def test_players_without_influence_answer_alone():
    payoffs = np.random.default_rng(3).random(4)
    found = LogitQRE(9)(NormalFormGame(payoffs[None], ["alone"]))
    np.testing.assert_allclose(found.strategies[0], response(9 * payoffs), rtol=0, atol=1e-15)
    assert found.complete == Completeness.PROVED
    flat = LogitQRE(50)(NormalFormGame(np.ones((2, 3, 2))))
    assert (flat.strategies[0] == 1 / 3).all()
    assert (flat.strategies[1] == 1 / 2).all()


@pytest.mark.parametrize("scale", [1e-300, 1e-9, 1.0, 1e9, 1e300])
def test_extreme_payoffs(scale):
    for shape in [(2, 2), (3, 2), (2, 2, 2)]:
        game = random_games(8, shape, 20)
        scaled = NormalFormGame(game.payoffs * scale, names(len(shape)))
        for precision in (1.0, 1e3, 1e6):
            base, found = LogitQRE(precision)(game), LogitQRE(precision / scale)(scaled)
            assert (found.status == Status.OK).all()
            assert (found.residual <= 1e-10).all()
            for p, q in zip(found.strategies, base.strategies, strict=True):
                np.testing.assert_allclose(p, q, rtol=0, atol=1e-10 if precision == 1e6 else 1e-12)
                assert np.abs(p.sum(axis=-1) - 1).max() <= 1e-12


def test_far_levels_of_payoffs_do_not_matter():
    payoffs = np.random.default_rng(4).integers(0, 8, (40, 2, 3, 3)).astype(float)
    base = LogitQRE(3)(NormalFormGame(payoffs, names(2)))
    far = LogitQRE(3)(NormalFormGame(payoffs + np.array([1e12, -(2.0**50)]).reshape(2, 1, 1), names(2)))
    for p, q in zip(base.strategies, far.strategies, strict=True):
        np.testing.assert_allclose(p, q, rtol=0, atol=1e-13)


def test_payoffs_across_the_whole_range_of_numbers():
    game = NormalFormGame.from_arrays([[1e307, -1e307], [-1e307, 1e307]], [[0, 1], [1, 0]])
    for precision in (1e-307, 1.0, 1e300):
        found = LogitQRE(precision, max_iter=300)(game)
        assert np.isfinite(found.strategies[0]).all()
        assert found.status == Status.OK or found.precision < precision


def test_statuses_in_one_batch():
    payoffs = np.random.default_rng(6).random((5, 2, 3, 3))
    payoffs[1, 0, 0, 0] = np.nan
    payoffs[3, 1, 2, 2] = np.inf
    game = NormalFormGame(payoffs.reshape(5, 1, 2, 3, 3), names(2))
    found = LogitQRE(np.array([0.1, 1, 40, 1, 0.2])[:, None], max_iter=3)(game)
    ok, odd, late = Status.OK, Status.NOT_FINITE, Status.MAX_ITER
    assert found.status.tolist() == [[ok], [odd], [late], [odd], [ok]]
    assert found.count.tolist() == [[1], [0], [0], [0], [1]]
    assert np.isnan(found.strategies[0][1]).all()
    assert np.isnan(found.payoffs[1]).all()
    assert np.isnan(found.residual[1])
    assert 0 < found.precision[2, 0] < 40
    np.testing.assert_allclose(found.strategies[0][2].sum(), 1, atol=1e-12)
    assert worst_residual(payoffs[2], found.profile((2, 0)), found.precision[2, 0]) < 1e-4
    alone = LogitQRE(0.2, max_iter=3)(NormalFormGame(payoffs[4]))
    np.testing.assert_allclose(alone.strategies[0], found.strategies[0][4, 0], rtol=0, atol=1e-14)
    tight = LogitQRE(5, tol=1e-300)(random_games(6, (3, 3), 20))
    assert (tight.status == late).any()


def test_batch_equals_loop_in_any_order():
    for shape in [(2, 2), (3, 3), (2, 3, 2)]:
        game = random_games(9, shape, 24)
        whole = LogitQRE(30)(game)
        turned = LogitQRE(30)(game[::-1])
        for i in range(len(shape)):
            np.testing.assert_allclose(turned.strategies[i][::-1], whole.strategies[i], rtol=0, atol=1e-12)
        for g in range(0, 24, 5):
            alone = LogitQRE(30)(game[g])
            assert alone.batch_shape == ()
            for p, q in zip(alone.strategies, whole.profile(g), strict=True):
                np.testing.assert_allclose(p, q, rtol=0, atol=1e-12)


def test_precisions_broadcast():
    game = random_games(10, (2, 3), 4)
    many = np.array([20.0, 0.5, 3.0])
    found = LogitQRE(many[:, None])(game)
    assert found.batch_shape == (3, 4)
    assert found.strategies[1].shape == (3, 4, 3)
    assert found.payoffs.shape == (3, 4, 2)
    for k, precision in enumerate(many):
        one = LogitQRE(precision)(game)
        assert (found.precision[k] == precision).all()
        np.testing.assert_allclose(found.strategies[1][k], one.strategies[1], rtol=0, atol=1e-12)
        np.testing.assert_allclose(found.payoffs[k], one.payoffs, rtol=0, atol=1e-12)
        assert (found.complete[k] == one.complete).all()
    own = LogitQRE([1.0, 2.0, 30.0, 4.0])(game)
    np.testing.assert_allclose(own.strategies[0][2], LogitQRE(30)(game[2]).strategies[0], rtol=0, atol=1e-12)
    assert LogitQRE(2)(NormalFormGame(np.zeros((0, 2, 2, 3)), names(2))).batch_shape == (0,)
    grid = NormalFormGame(np.random.default_rng(1).random((2, 3, 2, 2, 2)), names(2))
    assert LogitQRE(np.ones((5, 1, 1)))(grid).batch_shape == (5, 2, 3)


def test_the_default_precision_has_no_unit():
    found, scaled = LogitQRE()(HAWK), LogitQRE()(NormalFormGame(HAWK.payoffs * 1e5))
    assert found.precision == pytest.approx(10 / 6)
    assert scaled.precision == pytest.approx(1e-5 * 10 / 6)
    np.testing.assert_allclose(found.strategies[0], scaled.strategies[0], atol=1e-12)
    assert ns.solve(HAWK, "logit").precision == found.precision
    assert LogitQRE()(NormalFormGame(np.zeros((2, 2, 2)))).precision == 10


def test_rationality():
    game = random_games(11, (3, 2), 10)
    weights = [2.0, [0.5, 1.5]]
    found = LogitQRE(8, rationality=weights)(game)
    assert (found.status == Status.OK).all()
    for g in range(10):
        full = [np.full(3, 2.0), np.array([0.5, 1.5])]
        assert worst_residual(game.payoffs[g], found.profile(g), 8, full) <= 1e-10
    per_player = LogitQRE(8, rationality=[2, 0.25])(game)
    scaled = LogitQRE(8)(NormalFormGame(game.payoffs * np.array([2, 0.25]).reshape(2, 1, 1), names(2)))
    np.testing.assert_allclose(per_player.strategies[0], scaled.strategies[0], rtol=0, atol=1e-12)
    random_row = LogitQRE(50, rationality=[0, 1])(game)
    np.testing.assert_allclose(random_row.strategies[0], 1 / 3, atol=1e-15)


def test_uniqueness_is_proved_only_where_it_holds():
    found = LogitQRE([0.2, 0.8, 1.0, 5.0])(HAWK)
    assert found.complete[0] == Completeness.PROVED
    assert (found.complete[2:] == Completeness.NO).all()  # there are three
    game = random_games(12, (2, 2), 50)
    found = LogitQRE(8)(game)
    some = found.complete == Completeness.PROVED
    assert 5 < some.sum() < 50
    for corner in ([0.99, 0.01], [0.01, 0.99]):
        for other in ([0.99, 0.01], [0.01, 0.99]):
            near = LogitQRE(8, start=[corner, other])(game)
            same = np.abs(near.strategies[0] - found.strategies[0]).max(axis=1) < 1e-9
            assert same[some & (near.status == Status.OK)].all()


def test_the_same_branch_with_halved_steps(monkeypatch):
    _compare_with_short_steps(monkeypatch, (3, 3, 3), 150, (10.0, 50.0))


@pytest.mark.slow
def test_a_thousand_games_on_the_same_branch_with_halved_steps(monkeypatch):
    _compare_with_short_steps(monkeypatch, (3, 3, 3), 1000, (10.0, 50.0))
    _compare_with_short_steps(monkeypatch, (3, 3), 20_000, (50.0,))
    _compare_with_short_steps(monkeypatch, (2, 2), 20_000, (50.0, 1000.0))
    _compare_with_short_steps(monkeypatch, (3, 3, 3, 3), 400, (50.0,))


def _compare_with_short_steps(monkeypatch, shape, count, precisions):
    game = random_games(77, shape, count)
    for precision in precisions:
        found = LogitQRE(precision)(game)
        assert (found.status == Status.OK).all()
        with monkeypatch.context() as patch:
            for cautions in ((2.0,), (5.0,)):
                patch.setattr("negotiation_sim.equilibria.quantal.locating.CAUTIONS", cautions)
                short = LogitQRE(precision, max_iter=10_000)(game)
                same = short.status == Status.OK
                assert same.mean() > 0.995
                for p, q in zip(found.strategies, short.strategies, strict=True):
                    np.testing.assert_allclose(p[same], q[same], rtol=0, atol=1e-9)


def test_start_in_a_batch_and_failures():
    game = random_games(13, (2, 2), 3)
    base = LogitQRE(4)(game)
    near = LogitQRE(4, start=base.strategies)(game)
    np.testing.assert_allclose(near.strategies[0], base.strategies[0], atol=1e-12)
    single = LogitQRE(4, start=[[0.5, 0.5], [1, 0]])(game)
    assert (single.status == Status.OK).all()
    lost = LogitQRE(30, start=[[0.5, 0.5], [0.5, 0.5]], max_iter=1)(game)
    assert (lost.status == Status.MAX_ITER).any()


@pytest.mark.parametrize("amiss", [0.0, 1e-3, 0.01, 0.03, 0.1, 0.2])
def test_a_start_near_a_pure_equilibrium_of_chicken_finds_the_response_there(amiss):
    for start in ([[1 - amiss, amiss], [amiss, 1 - amiss]], [[amiss, 1 - amiss], [1 - amiss, amiss]]):
        found = LogitQRE(20, start=start)(HAWK)
        assert found.status == Status.OK
        assert worst_residual(HAWK.payoffs, found.profile(), 20) <= 1e-10
        np.testing.assert_allclose(found.strategies, np.round(start), atol=1e-6)


def two_by_two_responses(payoffs, precision):
    """Every logit equilibrium of a 2 x 2 game: signs of the one equation in player 1's log-odds on a fine grid, then bisection."""

    def second(z):
        p = 1 / (1 + np.exp(-z))
        return precision * ((1 - p) * (payoffs[1, 0, 1] - payoffs[1, 0, 0]) + p * (payoffs[1, 1, 1] - payoffs[1, 1, 0]))

    def miss(z):
        q = 1 / (1 + np.exp(-second(z)))
        return z - precision * ((1 - q) * (payoffs[0, 1, 0] - payoffs[0, 0, 0]) + q * (payoffs[0, 1, 1] - payoffs[0, 0, 1]))

    half = np.geomspace(1e-3, 1.01 * precision, 4000)
    grid = np.concatenate([-half[::-1], half])
    values = miss(grid)
    k = np.flatnonzero(values[:-1] * values[1:] <= 0)
    low, high = grid[k], grid[k + 1]
    for _ in range(60):
        middle = (low + high) / 2
        same = miss(middle) * values[k] > 0
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return 1 / (1 + np.exp(-np.stack([low, second(low)], axis=1)))


@pytest.mark.parametrize(("precision", "amiss", "share"), [(5, 0.1, 1.0), (20, 0.02, 1.0), (100, 0.02, 0.99), (100, 0.1, 0.97)])
def test_starts_find_the_nearest_response_or_say_that_they_do_not(precision, amiss, share):
    rng = np.random.default_rng(5)
    games, starts, nearest = [], [], []
    for payoffs in rng.random((150, 2, 2, 2)) * [[1, 0], [0, 1]]:  # two pure equilibria each
        every = two_by_two_responses(payoffs, precision)
        for response in every:
            start = np.clip(response + rng.uniform(-amiss, amiss, 2), 0, 1)
            games.append(payoffs)
            starts.append(start)
            nearest.append(np.abs(every - start).max(axis=1).min())
    starts = np.array(starts)
    found = LogitQRE(precision, start=[np.stack([1 - x, x], axis=1) for x in starts.T])(NormalFormGame(np.array(games), names(2)))
    away = np.abs(np.stack([p[:, 1] for p in found.strategies], axis=1) - starts).max(axis=1)
    good = found.status == Status.OK
    assert len(games) >= 180
    assert (good & (away <= np.array(nearest) + 1e-6)).mean() >= share
    assert (away[good] <= 0.5).all()


def test_no_far_answer_from_a_start():
    both = LogitQRE(20, start=[[1, 0], [1, 0]])(HAWK)  # the asymmetric equilibria are 1 away, the symmetric one 0.21
    np.testing.assert_allclose(both.strategies, LogitQRE(20)(HAWK).strategies, atol=1e-10)
    prisoners = NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    lost = LogitQRE(20, start=[[1, 0], [1, 0]])(prisoners)
    assert lost.status == Status.MAX_ITER
    assert np.isnan(lost.precision)
    np.testing.assert_allclose(lost.strategies, [[1, 0], [1, 0]], atol=1e-9)
    only = LogitQRE(0, start=[[1, 0, 0], [1, 0]])(random_games(1, (3, 2), 1)[0])
    assert only.status == Status.OK  # however far: it is proved to be the only one
    np.testing.assert_allclose(only.strategies[0], 1 / 3)


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"precision": -1}, "precision must be finite and at least 0"),
        ({"precision": np.inf}, r"For the limit use LogitQRE\(\)\.limit"),
        ({"precision": "high"}, "precision must be a number"),
        ({"precision": [1, np.nan]}, "precision must be finite"),
        ({"rationality": 2.0}, "rationality must be a list"),
        ({"rationality": [1, -2]}, r"rationality\[1\] must be"),
        ({"start": [[0.5, 0.6], [1, 0]]}, r"start\[0\] must hold probabilities"),
        ({"start": [0.5, [1, 0]]}, r"start\[0\] must hold probabilities"),
        ({"precision": "12"}, "precision must be a number or an array of numbers, in units of 1 / payoff; got '12'"),
        ({"precision": [None, 1]}, "precision must be a number or an array of numbers"),
        ({"precision": [[1, 2], [3]]}, "precision must be a number or an array of numbers"),
        ({"rationality": "12"}, "rationality must be a list with one entry for each player; got '12'"),
        ({"rationality": {0: 1, 1: 2}}, "rationality must be a list with one entry for each player"),
        ({"rationality": [1, "x"]}, r"rationality\[1\] must be a number or one number an action, finite and at least 0; got 'x'"),
        ({"rationality": [[1, [2]], 3]}, r"rationality\[0\] must be a number or one number an action"),
        ({"start": 3}, "start must be a list of strategies, one for each player, such as .*; got 3"),
        ({"start": "ab"}, "start must be a list of strategies, one for each player, such as .*; got 'ab'"),
        ({"start": [[1, 0], ["a", "b"]]}, r"start\[1\] must hold probabilities that sum to 1 along the last axis; got \['a', 'b'\]"),
        ({"start": [[1, 0], None]}, r"start\[1\] must hold probabilities that sum to 1 along the last axis; got None"),
        ({"start": [[1, 0], [np.nan, 1]]}, r"start\[1\] must hold probabilities that sum to 1"),
        ({"tol": "1e-9"}, "tol must lie between 0 and 1, as a difference of probabilities; got '1e-9'"),
        ({"tol": None}, "tol must lie between 0 and 1, as a difference of probabilities; got None"),
        ({"max_iter": 2.5}, "max_iter must be a whole number of steps, at least 1; got 2.5"),
        ({"max_iter": "9"}, "max_iter must be a whole number of steps, at least 1; got '9'"),
        ({"max_iter": np.inf}, "max_iter must be a whole number of steps, at least 1; got inf"),
        ({"tol": 0}, "tol must lie"),
        ({"max_iter": 0}, "max_iter must be a whole number of steps, at least 1; got 0"),
    ],
)
def test_wrong_choices(fields, match):
    with pytest.raises(ValueError, match=match):
        LogitQRE(**fields)


def test_numbers_of_any_kind_are_read():
    found = LogitQRE(np.float32(2), max_iter=np.int32(50), tol=np.float64(1e-9), start=np.array([[1, 0], [0, 1]]))
    assert (found.precision, found.max_iter, found.tol) == (2.0, 50, 1e-9)
    assert type(LogitQRE(max_iter=1e4).max_iter) is int


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"precision": [1.0, 2.0]}, r"broadcast against the batch \(3,\)"),
        ({"precision": np.zeros((0, 1))}, r"at least one number a game; got an array of shape \(0, 1\)"),
        ({"precision": 1, "rationality": [1]}, "2 entries, one for each player; got 1"),
        ({"precision": 1, "rationality": [[1, 2, 3], 1]}, r"rationality\[0\] \(p0\) must be a number or 2 numbers"),
        ({"precision": 1, "start": [[1, 0]]}, "2 strategies, one for each player; got 1"),
        ({"precision": 1, "start": [[1, 0, 0], [1, 0]]}, r"start\[0\] \(p0\) must have shape"),
        ({"precision": 1, "start": [[[1, 0]] * 2, [1, 0]]}, r"start\[0\] \(p0\) must have shape"),
    ],
)
def test_choices_that_do_not_fit_the_game(fields, match):
    with pytest.raises(ValueError, match=match):
        LogitQRE(**fields)(random_games(1, (2, 2), 3))


def test_other_games_are_refused():
    with pytest.raises(TypeError, match="StagedGame"):
        LogitQRE(1)(StagedGame(np.zeros((2, 2, 2)), ["a", "b"], range(2), [[0], [1]]))


@st.composite
def games(draw):
    shape = draw(st.sampled_from([(2, 2), (2, 3), (3, 3), (2, 2, 2)]))
    size = len(shape) * int(np.prod(shape))
    cells = draw(st.lists(st.integers(-4, 4) | st.floats(-4, 4, width=32), min_size=size, max_size=size))
    return np.array(cells, dtype=float).reshape(1, len(shape), *shape)


@settings(max_examples=30)
@given(games(), st.floats(0.01, 5), st.integers(0, 2**31))
def test_units_players_and_actions_do_not_matter(payoffs, precision, seed):
    rng = np.random.default_rng(seed)
    count, shape = payoffs.shape[1], payoffs.shape[2:]
    base = LogitQRE(precision)(NormalFormGame(payoffs, names(count)))
    assert np.abs(np.concatenate([p.sum(axis=-1) - 1 for p in base.strategies])).max() <= 1e-12
    if base.status[0] != Status.OK:
        return
    assert worst_residual(payoffs[0], base.profile(0), precision) <= 1e-10
    scale = 2.0 ** rng.integers(-300, 300)
    shift = rng.integers(-1000, 1000, count).reshape((count, *(1,) * count)) * 0.5
    moved = LogitQRE(precision / scale)(NormalFormGame(payoffs * scale, names(count)))
    raised = LogitQRE(precision)(NormalFormGame(payoffs + shift, names(count)))
    orders = [rng.permutation(n) for n in shape]
    permuted = LogitQRE(precision)(NormalFormGame(payoffs[np.ix_([0], range(count), *orders)], names(count)))
    players = rng.permutation(count)
    axes = [0, 1, *(2 + players)]
    swapped = LogitQRE(precision)(NormalFormGame(payoffs[:, players].transpose(axes), names(count)))
    for i in range(count):
        p = base.strategies[i][0]
        for q in (moved.strategies[i][0], raised.strategies[i][0]):
            np.testing.assert_allclose(q, p, rtol=0, atol=1e-8)
        np.testing.assert_allclose(permuted.strategies[i][0], p[orders[i]], rtol=0, atol=1e-8)
        np.testing.assert_allclose(swapped.strategies[i][0], base.strategies[players[i]][0], rtol=0, atol=1e-8)
