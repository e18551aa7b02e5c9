"""Adjustment dynamics against plain loops from the definition, an ODE solver, published games, and the invariances of the definition."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

import negotiation_sim as ns
from negotiation_sim.equilibria.adjustment import dynamics
from negotiation_sim.equilibria.adjustment.starts import orders
from negotiation_sim.status import Status

SHAPES = [(2, 2), (3, 2), (2, 2, 2), (1, 3), (4,), (2, 3, 2)]
ORDERS = ["sequential", "simultaneous", "random"]
SOLVERS = [
    ns.BestReplyDynamics(starts=5),
    ns.BestReplyDynamics(order="simultaneous", starts=5),
    ns.BestReplyDynamics(order="random", starts=5, max_rounds=50),
    ns.LogitDynamics(starts=5, max_time=30),
    ns.ReplicatorDynamics(starts=5, max_time=30),
    ns.FictitiousPlay(starts=5, rounds=80),
]
PENNIES = ns.NormalFormGame.from_arrays([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
SHAPLEY = ns.NormalFormGame.from_arrays(np.eye(3), np.roll(np.eye(3), 1, axis=1))
HUNT = ns.NormalFormGame.from_arrays([[4, 0], [3, 3]], [[4, 3], [0, 3]])
HAWK = ns.NormalFormGame.from_arrays([[-1, 4], [0, 2]], [[-1, 0], [4, 2]])


def names(solver):
    return type(solver).__name__ + getattr(solver, "order", "")


def games(seed, shape, count, levels=None):
    rng = np.random.default_rng(seed)
    size = (count, len(shape), *shape)
    payoffs = rng.random(size) if levels is None else rng.integers(0, levels, size)
    return ns.NormalFormGame(payoffs, [f"p{i}" for i in range(len(shape))])


def values_of(payoffs, profile, i):
    """Expected payoff of each action of player i in one game, by the definition."""
    out = np.zeros(payoffs.shape[1 + i])
    for cell in np.ndindex(*payoffs.shape[1:]):
        out[cell[i]] += payoffs[(i, *cell)] * np.prod([profile[j][a] for j, a in enumerate(cell) if j != i])
    return out


def normalised(payoffs):
    out = []
    for own in payoffs:
        span = own.max() - own.min()
        out.append((own - own.min()) / span if span else np.zeros_like(own))
    return np.array(out)


def pure(action, size):
    return np.eye(size)[action]


def reply_to(payoffs, profile, i, current):
    values = values_of(payoffs, profile, i)
    floor = values.max() - 1e-9
    return current if current is not None and values[current] >= floor else int(np.flatnonzero(values >= floor)[0])


def play_best_replies(payoffs, start, order, number, max_rounds):
    """Profile at the end, whether it settled, rounds, and the period of the cycle: one start, by the definition."""
    payoffs, shape = normalised(payoffs), payoffs.shape[1:]
    now = [int(x.argmax()) if x.max() == 1 else None for x in start]
    profile, seen = [np.array(x) for x in start], {}
    for turn in range(1, max_rounds + 1):
        before, frozen = list(now), list(profile)
        movers = range(len(shape)) if order != "random" else orders(0, turn, number + 1, len(shape))[number]
        for i in movers:
            now[i] = reply_to(payoffs, frozen if order == "simultaneous" else profile, i, now[i])
            profile[i] = pure(now[i], shape[i])
        if now == before:
            return profile, True, turn - 1, 0
        if order != "random" and tuple(now) in seen:
            return profile, False, turn, turn - seen[tuple(now)]
        seen[tuple(now)] = turn
    return profile, False, max_rounds, 0


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_best_replies_equal_a_plain_loop(shape, order):
    game = games(1, shape, 12, levels=4)
    found = ns.BestReplyDynamics(order=order, starts=6, max_rounds=40)(game)
    for g, s in itertools.product(range(12), range(6)):
        end, settled, rounds, period = play_best_replies(game.payoffs[g], [x[s] for x in found.starts], order, s, 40)
        assert (found.start_status[g, s] == Status.OK) == settled
        assert found.period[g, s] == period
        if settled:
            assert found.duration[g, s] == rounds
            assert all(np.array_equal(x[g, s], y) for x, y in zip(found.strategies, end, strict=True))
            assert found.regret[g, s] == 0


@pytest.mark.parametrize("shape", SHAPES)
def test_fictitious_play_equals_a_plain_loop(shape):
    game, rounds = games(2, shape, 6), 60
    found = ns.FictitiousPlay(starts=4, rounds=rounds, weight=1.5)(game)
    locked = 0
    for g, s in itertools.product(range(6), range(4)):
        payoffs = normalised(game.payoffs[g])
        beliefs, now, history = [x[s].copy() for x in found.starts], [None] * len(shape), []
        for turn in range(1, rounds + 1):
            now = [reply_to(payoffs, beliefs, i, now[i]) for i in range(len(shape))]
            beliefs = [x + (pure(a, n) - x) / (1.5 + turn) for x, a, n in zip(beliefs, now, shape, strict=True)]
            history.append(tuple(now))
        end = [x[g, s] for x in found.strategies]
        if all(x.max() == 1 for x in end):
            locked += 1
            assert set(history[rounds // 2 :]) == {tuple(int(x.argmax()) for x in end)}
            assert found.regret[g, s] <= 1e-9
        else:
            assert max(np.abs(x - y).max() for x, y in zip(end, beliefs, strict=True)) < 1e-12
            gain = max(v.max() - v @ x for x, v in zip(beliefs, (values_of(payoffs, beliefs, i) for i in range(len(shape))), strict=True))
            assert (found.start_status[g, s] == Status.OK) == (gain <= 0.01)
    assert locked


def flow_by_scipy(payoffs, start, field, time):
    cuts = np.cumsum([len(x) for x in start])[:-1]

    def rate(_, state):
        profile = np.split(state, cuts)
        return np.concatenate([field(x, values_of(payoffs, profile, i), i) for i, x in enumerate(profile)])

    return solve_ivp(rate, (0, time), np.concatenate(start), rtol=1e-10, atol=1e-12, method="DOP853").y[:, -1]


def softmax(values):
    out = np.exp(values - values.max())
    return out / out.sum()


@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (2, 2, 2), (3,)])
def test_flows_equal_those_of_scipy(shape):
    game = games(3, shape, 3)
    grown = ns.ReplicatorDynamics(starts=2, max_time=12, tol=1e-14)(game)
    drifted = ns.LogitDynamics(precision=4, starts=2, max_time=3, tol=1e-14)(game)
    for g, s in itertools.product(range(3), range(2)):
        start, scaled = [x[s] for x in grown.starts], normalised(game.payoffs[g])
        wanted = flow_by_scipy(scaled, start, lambda x, v, i: x * (v - x @ v), 12)
        assert np.abs(np.concatenate([x[g, s] for x in grown.strategies]) - wanted).max() < 1e-6
        wanted = flow_by_scipy(game.payoffs[g], start, lambda x, v, i: softmax(4 * v) - x, 3)
        assert np.abs(np.concatenate([x[g, s] for x in drifted.strategies]) - wanted).max() < 1e-6


@pytest.mark.parametrize("solver", SOLVERS, ids=names)
@pytest.mark.parametrize("shape", [(2, 2), (2, 3, 2), (9, 2)])
def test_a_game_gives_the_same_answer_in_any_batch_order_and_chunk(solver, shape, monkeypatch):
    game = games(4, shape, 7)
    whole, back, alone = solver(game), solver(game[::-1]), solver(game[3])
    monkeypatch.setattr(dynamics, "_size", lambda shape: 3)
    small = solver(game)
    for name in ("duration", "period", "regret", "residual", "start_status"):
        full = getattr(whole, name)
        assert np.array_equal(full[::-1], getattr(back, name))
        assert np.array_equal(full, getattr(small, name))
        assert np.array_equal(full[3], getattr(alone, name))
    for x, y, z, w in zip(whole.strategies, back.strategies, small.strategies, alone.strategies, strict=True):
        assert np.array_equal(x[::-1], y)
        assert np.array_equal(x, z)
        assert np.array_equal(x[3], w)


@pytest.mark.parametrize("solver", SOLVERS, ids=names)
def test_bad_games_spoil_no_other(solver):
    payoffs = np.random.default_rng(5).random((4, 2, 2, 3))
    clean = solver(ns.NormalFormGame(payoffs, ["a", "b"]))
    spoilt = payoffs.copy()
    spoilt[1, 0, 0, 0], spoilt[2, 1, 1, 1] = np.nan, np.inf
    found = solver(ns.NormalFormGame(spoilt, ["a", "b"]))
    assert found.status.tolist() == [Status.OK, Status.NOT_FINITE, Status.NOT_FINITE, Status.OK]
    assert (found.start_status[1:3] == Status.NOT_FINITE).all()
    assert np.isnan(found.strategies[0][1:3]).all()
    assert np.isnan(found.duration[1:3]).all()
    for x, y in zip(clean.strategies, found.strategies, strict=True):
        assert np.array_equal(x[[0, 3]], y[[0, 3]])


@pytest.mark.parametrize("solver", SOLVERS, ids=names)
def test_constant_payoffs_and_single_actions(solver):
    found = solver(ns.NormalFormGame.from_arrays(np.full((2, 2), 7.0), np.full((2, 2), 1 / 3)))
    assert found.settled.all()
    assert (found.regret == 0).all()
    if isinstance(solver, ns.ReplicatorDynamics):
        assert np.allclose(found.strategies[0], found.starts[0], atol=1e-15)
    one = solver(ns.NormalFormGame.from_arrays([[2.0]], [[3.0]]))
    assert one.settled.all()
    assert (one.strategies[1] == 1).all()


@pytest.mark.parametrize("solver", SOLVERS, ids=names)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000), scale=st.sampled_from([1e-300, 1e-6, 3.0, 1e300]), shift=st.sampled_from([0.0, -1.0, 17.0]))
def test_units_names_and_order_do_not_matter(solver, seed, scale, shift):
    """With given starts: payoffs in other units, players and actions in another order."""
    rng = np.random.default_rng(seed)
    payoffs = rng.random((2, 3, 2))
    starts = [rng.dirichlet(np.ones(n), size=4) for n in (3, 2)]
    same = type(solver)(
        **{name: getattr(solver, name) for name in ("order", "max_time", "rounds", "max_rounds") if hasattr(solver, name)}, starts=starts
    )
    plain = same(ns.NormalFormGame(payoffs))
    moved = payoffs.copy()
    moved[0] = scale * (payoffs[0] + shift)
    moved[1] = scale * payoffs[1]
    again = same(ns.NormalFormGame(moved))
    atol = 1e-6 if "Dynamics" in type(solver).__name__ and not isinstance(solver, ns.BestReplyDynamics) else 1e-12
    if not isinstance(solver, ns.LogitDynamics):  # whose usual precision is set by the larger range: units of players are not free
        for x, y in zip(plain.strategies, again.strategies, strict=True):
            assert np.allclose(x, y, atol=atol, rtol=0)
    if getattr(solver, "order", "") in ("sequential", "random"):
        return  # who moves first does matter
    order = [2, 0, 1]
    swapped = ns.NormalFormGame(payoffs[::-1].transpose(0, 2, 1)[:, :, order])
    turned = type(same)(**{**same.__dict__, "starts": [starts[1], starts[0][:, order]]})(swapped)
    assert np.allclose(turned.strategies[1], plain.strategies[0][:, order], atol=atol, rtol=0)
    assert np.allclose(turned.strategies[0], plain.strategies[1], atol=atol, rtol=0)


def test_draws_are_uniform_and_depend_on_seed_and_number_only():
    few, many, other = (ns.BestReplyDynamics(starts=n, seed=s)(HUNT).starts[0] for n, s in ((10, 1), (4000, 1), (10, 2)))
    assert np.array_equal(few, many[:10])
    assert not np.array_equal(few, other)
    assert abs(many[:, 0].mean() - 0.5) < 0.02
    assert abs((many[:, 0] < 0.25).mean() - 0.25) < 0.03


def test_best_replies_to_matching_pennies_go_round():
    """Four profiles in turn: four rounds if both move at once, two if each round moves both in turn."""
    assert (ns.BestReplyDynamics(order="simultaneous", starts=20)(PENNIES).period == 4).all()
    assert (ns.BestReplyDynamics(starts=20)(PENNIES).period == 2).all()
    found = ns.BestReplyDynamics(order="random", starts=20, max_rounds=30)(PENNIES)
    assert (found.start_status == Status.MAX_ITER).all()
    assert (found.period == 0).all()
    assert (found.duration == 30).all()


def test_best_replies_climb_potentials():
    """Monderer and Shapley (1996): in turn or at random they end in a pure equilibrium of every game with a potential."""
    rng = np.random.default_rng(6)
    shape = (3, 2, 4)
    potential = rng.random((40, *shape))
    payoffs = np.stack([potential + rng.random((40, *(1 if j == i else n for j, n in enumerate(shape)))) for i in range(3)], axis=1)
    game = ns.NormalFormGame(payoffs, ["a", "b", "c"])
    for order in ("sequential", "random"):
        found = ns.BestReplyDynamics(order=order, starts=30)(game)
        assert found.certified.all()
        basins = found.basins(ns.PureNash()(game))
        assert np.allclose(np.bincount(basins.index, basins.share), 1)


def test_fictitious_play_of_matching_pennies_converges():
    """Robinson (1951): frequencies converge in zero-sum games."""
    regrets = [ns.FictitiousPlay(starts=4, rounds=n)(PENNIES).regret.max() for n in (100, 1000, 10_000)]
    assert regrets[0] > 2 * regrets[1] > 4 * regrets[2]
    found = ns.FictitiousPlay(starts=4, rounds=10_000)(PENNIES)
    assert found.certified.all()
    assert np.abs(found.strategies[0] - 0.5).max() < 0.01


def test_fictitious_play_of_shapleys_game_does_not_converge():
    """Shapley (1964): from a pure start the frequencies go round in ever longer runs, with a regret that stays large."""
    start = [[[1, 0, 0]], [[0, 1, 0]]]
    found = [ns.FictitiousPlay(starts=start, rounds=n)(SHAPLEY) for n in (300, 3000, 10_000)]
    assert all(f.start_status[0] == Status.MAX_ITER and f.regret[0] > 0.1 for f in found)
    # A third of the profiles pays 1 to one player, and no profile of the cycle pays nothing: payoffs are above the equilibrium's 1/3.
    path = ns.FictitiousPlay(starts=start, rounds=2000).path(SHAPLEY)
    runs = np.flatnonzero(np.diff(np.diff(path.strategies[0], axis=0).argmax(axis=1)))
    lengths = np.diff(runs)
    assert len(lengths) < 20
    assert lengths[-1] > 3 * lengths[-3] > 3 * lengths[-5]


def test_the_replicator_keeps_the_product_in_rock_paper_scissors():
    """The constant of motion of zero-sum games with an interior equilibrium (Hofbauer and Sigmund 1998, 11.2)."""
    first = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    game = ns.NormalFormGame.from_arrays(first, -first)
    solver = ns.ReplicatorDynamics(starts=3, max_time=200, accuracy=1e-10)
    found = solver(game)
    assert (found.start_status == Status.MAX_ITER).all()
    level = [sum(np.log(x).sum(axis=1) for x in parts) for parts in (found.starts, found.strategies)]
    assert np.abs(level[0] - level[1]).max() < 1e-6
    path = solver.path(game, 1)
    logs = sum(np.log(x).sum(axis=1) for x in path.strategies)
    assert np.ptp(logs) < 1e-6
    assert path.time[-1] == 200
    assert all(np.array_equal(x[-1], y[1]) for x, y in zip(path.strategies, found.strategies, strict=True))


def test_hawks_and_doves():
    """Two populations part: each pure equilibrium takes half of the starts, by symmetry; equal mixtures stay equal."""
    found = ns.ReplicatorDynamics(starts=400)(HAWK)
    assert found.certified.all()
    basins = found.basins(ns.AllNash()(HAWK))
    assert basins.share[[x[0] in (0, 1) for x in basins.strategies[0]]] == pytest.approx([0.5, 0.5], abs=0.08)
    for x, y in zip(found.starts[0][:, 0], found.starts[1][:, 0], strict=True):
        assert x != y
    assert np.array_equal(found.strategies[0][:, 0] > 0.5, found.starts[0][:, 0] > found.starts[1][:, 0])
    even = ns.ReplicatorDynamics(starts=[[[0.2, 0.8]]] * 2)(HAWK)
    assert even.strategies[0][0] == pytest.approx([2 / 3, 1 / 3], abs=1e-5)


def test_an_absent_action_stays_absent():
    found = ns.ReplicatorDynamics(starts=[[[0, 1]], [[0, 1]]])(ns.NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]]))
    assert found.certified.all()
    stuck = ns.ReplicatorDynamics(starts=[[[1, 0]], [[1, 0]]])(ns.NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]]))
    assert stuck.settled.all()
    assert not stuck.certified.any()
    assert stuck.regret[0] == pytest.approx(0.4)


def test_vanishing_shares_are_left_out_but_small_ones_stay():
    found = ns.ReplicatorDynamics(starts=20)(HUNT)
    assert set(found.strategies[0].ravel()) == {0, 1}
    assert (found.regret == 0).all()
    rare = ns.NormalFormGame.from_arrays([[-1999, 1], [0, 0]], [[-1999, 0], [1, 0]])  # one hawk in 2000
    mixed = ns.ReplicatorDynamics(starts=[[[0.2, 0.8]]] * 2, max_time=1e6, tol=1e-9)(rare)
    assert mixed.strategies[0][0] == pytest.approx([0.0005, 0.9995], abs=1e-5)


@pytest.mark.parametrize("precision", [0, 0.5, 1.5, None])
def test_logit_dynamics_end_in_the_quantal_response(precision):
    game = games(8, (2, 3), 20) if precision is not None else PENNIES
    found = ns.LogitDynamics(precision=precision, starts=4)(game)
    wanted = ns.LogitQRE(precision)(game)
    assert found.certified.all()
    for x, y in zip(found.strategies, wanted.strategies, strict=True):
        assert np.abs(x - y[..., None, :]).max() < 1e-6
    assert (found.basins(wanted).share == 1).all()
    if precision is None:
        path = ns.LogitDynamics(starts=4).path(PENNIES, 2)
        assert all(np.array_equal(x[-1], y[2]) for x, y in zip(path.strategies, found.strategies, strict=True))


def test_slow_games_get_there():
    """Gains of a ten-thousandth of the payoff range decide."""
    slow = ns.NormalFormGame.from_arrays([[1, 1e-4, 0], [1 - 1e-4, 0, 0]], [[1e-4, 0, -1], [1e-4, 0, -1]])
    found = ns.ReplicatorDynamics(starts=30)(slow)
    assert found.certified.all()
    assert (found.strategies[0] == [1, 0]).all()
    assert found.duration.max() > 1e4


def test_errors():
    with pytest.raises(ValueError, match="order must be"):
        ns.BestReplyDynamics(order="both")
    for wrong in (
        *({"max_rounds": odd} for odd in (0, 2.5, "9", None, np.nan, True)),
        *({"rtol": odd} for odd in (1.0, -1, "0", None, np.nan)),
        *({"starts": odd} for odd in (0, 2.5, "ab", None, np.nan, True, {}, [])),
        *({"seed": odd} for odd in (-1, 2.5, "x", None)),
    ):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            ns.BestReplyDynamics(**wrong)
    for wrong in (
        {"max_time": np.inf},
        {"max_time": "1"},
        {"max_steps": 0},
        {"max_steps": 2.5},
        {"tol": 0},
        {"tol": None},
        {"accuracy": 2},
    ):
        for solver in (ns.ReplicatorDynamics, ns.LogitDynamics):
            with pytest.raises(ValueError, match=f"{next(iter(wrong))} must .*; got"):
                solver(**wrong)
    for wrong in ({"rounds": 0}, {"rounds": 2.5}, {"weight": 0}, {"weight": "1"}, {"tol": 0}, {"rtol": -1}, {"rtol": "1"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            ns.FictitiousPlay(**wrong)
    for odd in (-1, "2", np.nan, np.inf, [1, 2], True):
        with pytest.raises(ValueError, match="precision must be a number, at least 0 and finite, in units of 1 / payoff; got"):
            ns.LogitDynamics(precision=odd)
    with pytest.raises(ValueError, match="starts must be a number"):
        ns.FictitiousPlay(starts=2.5)
    for wrong in ([[0.5, 0.5]], [[[0.5, 0.4]]], [[[1.5, -0.5]]], [[["a", "b"]]], [None], [[[1, [0]]]]):
        with pytest.raises(ValueError, match=r"starts\[0\]"):
            ns.FictitiousPlay(starts=wrong)
    with pytest.raises(ValueError, match="same number of starts"):
        ns.FictitiousPlay(starts=[[[1, 0]], [[1, 0], [0, 1]]])
    with pytest.raises(ValueError, match="actions"):
        ns.FictitiousPlay(starts=[[[1, 0]], [[1, 0, 0]]])(HUNT)
    with pytest.raises(TypeError, match="NormalFormGame"):
        ns.FictitiousPlay()("hunt")
    with pytest.raises(ValueError, match="single game"):
        ns.FictitiousPlay().path(games(1, (2, 2), 3))
    for odd in (256, -1, 2.5, None):
        with pytest.raises(ValueError, match="start must be from 0 to 255"):
            ns.FictitiousPlay().path(HUNT, odd)
    with pytest.raises(ValueError, match="start must be the number of a start, or a list of one strategy a player; got 'first'"):
        ns.FictitiousPlay().path(HUNT, "first")
    with pytest.raises(ValueError, match=r"start\[1\] must hold one probability an action; got 'hare'"):
        ns.FictitiousPlay().path(HUNT, [[1, 0], "hare"])
    np.testing.assert_array_equal(ns.FictitiousPlay().path(HUNT, np.eye(2)).strategies[0][0], [1, 0])
    with pytest.raises(TypeError, match="equilibria must be Equilibria or QuantalResponses, solutions of the same games; got str"):
        ns.FictitiousPlay(starts=2)(HUNT).basins("nash")
    with pytest.raises(ValueError, match="atol must lie between 0 and 1, as a difference of probabilities; got 'all'"):
        ns.FictitiousPlay(starts=2)(HUNT).basins(atol="all")
    with pytest.raises(ValueError, match="finite"):
        ns.FictitiousPlay().path(ns.NormalFormGame.from_arrays([[np.nan, 0], [0, 0]], np.eye(2)))
