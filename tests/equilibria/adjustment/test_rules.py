"""Adjustment dynamics: definitions by plain loops, published games, ties, batches, basins."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

import negotiation_sim as ns
from negotiation_sim.equilibria.adjustment.flows import integrate, replicator_flow
from negotiation_sim.equilibria.adjustment.starts import draw_mixes
from negotiation_sim.status import Status

PENNIES = ns.NormalFormGame.from_arrays([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
HUNT = ns.NormalFormGame.from_arrays([[4, 0], [3, 2]], [[4, 3], [0, 2]], actions=[["stag", "hare"]] * 2)
HAWK_DOVE = ns.NormalFormGame.from_arrays([[0, -1], [1, -5]], [[0, 1], [-1, -5]])
SHAPLEY = ns.NormalFormGame.from_arrays([[0, 0, 1], [1, 0, 0], [0, 1, 0]], [[0, 1, 0], [0, 0, 1], [1, 0, 0]])
ROCK = [[0, -1, 1], [1, 0, -1], [-1, 1, 0]]
EVERY_RULE = [
    ns.BestReplyDynamics(),
    ns.BestReplyDynamics("simultaneous"),
    ns.BestReplyDynamics("random", starts=9, max_rounds=50),
    ns.ReplicatorDynamics(starts=5, max_time=40),
    ns.LogitDynamics(starts=5, max_time=40),
    ns.FictitiousPlay(rounds=60, starts=5),
]


def random_games(count, shape, seed=0):
    return ns.NormalFormGame(np.random.default_rng(seed).random((count, len(shape), *shape)), [f"p{i}" for i in range(len(shape))])


# Best replies ------------------------------------------------------------------------------------------------------------------


def replies(payoffs, profile, i):
    """Payoff of each action of player i against a pure profile."""
    return payoffs[i][tuple(slice(None) if j == i else a for j, a in enumerate(profile))]


def walk_by_hand(payoffs, start, simultaneous):
    """Play on until a profile comes back: where it entered the cycle, its length, and the rounds before."""
    seen, at = {}, tuple(start)
    while at not in seen:
        seen[at] = len(seen)
        now = list(at)
        for i in range(len(payoffs)):
            values = replies(payoffs, at if simultaneous else now, i)
            if values[at[i]] < values.max():
                now[i] = int(values.argmax())
        at = tuple(now)
    return at, len(seen) - seen[at], seen[at]


@pytest.mark.parametrize("order", ["sequential", "simultaneous"])
@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (1, 3), (2, 3, 2), (4,)])
def test_best_replies_are_followed_as_by_hand(order, shape):
    rng = np.random.default_rng(3)
    payoffs = rng.integers(0, 3, (40, len(shape), *shape)).astype(float)
    found = ns.BestReplyDynamics(order)(ns.NormalFormGame(payoffs, [str(i) for i in range(len(shape))]))
    for g in range(40):
        for s, start in enumerate(itertools.product(*map(range, shape))):
            end, period, rounds = walk_by_hand(payoffs[g], start, order == "simultaneous")
            assert tuple(int(x[g, s].argmax()) for x in found.strategies) == end
            assert (found.period[g, s], found.time[g, s]) == (period, rounds)
            assert found.settled[g, s] == (period == 1)
    assert (found.regret[found.settled] == 0).all()


def test_matching_pennies_cycles():
    assert (ns.BestReplyDynamics("simultaneous")(PENNIES).period == 4).all()
    found = ns.BestReplyDynamics()(PENNIES)
    assert (found.status, found.settled.any()) == (Status.OK, False)
    assert found.basins(ns.solve(PENNIES)).unsettled == 1
    random = ns.BestReplyDynamics("random", starts=8, max_rounds=20)(PENNIES)
    assert not random.settled.any()
    assert (random.time == 20).all()


@pytest.mark.parametrize("order", ["sequential", "random"])
def test_games_with_a_potential_stop_at_a_pure_equilibrium(order):
    """Monderer and Shapley 1996, Theorem 2.5: payoffs = a common potential plus a term that does not depend on the own action."""
    rng = np.random.default_rng(5)
    shape = (3, 2, 3)
    potential = rng.random((50, 1, *shape))
    others = [rng.random([1 if j == i else n for j, n in enumerate(shape)]) for i in range(3)]
    payoffs = potential + np.stack([np.broadcast_to(o, shape) for o in others])
    game = ns.NormalFormGame(payoffs, ["a", "b", "c"])
    found = ns.BestReplyDynamics(order)(game)
    assert found.settled.all()
    assert (found.regret == 0).all()
    pure = ns.PureNash().mask(game)  # an independent check of the ends
    for g in range(50):
        for s in range(found.starts):
            assert pure[(*(x[g, s].argmax() for x in found.strategies), g)]


# Flows -------------------------------------------------------------------------------------------------------------------------


def test_replicator_conserves_the_product_in_zero_sum_games():
    """In rock-paper-scissors the sum of log probabilities of both players is constant (Hofbauer 1996): a test of accuracy."""
    game = ns.NormalFormGame.from_arrays(ROCK, -np.array(ROCK))
    first, second = ns.ReplicatorDynamics(max_time=300).path(game, [[[0.5, 0.3, 0.2]], [[0.2, 0.2, 0.6]]])
    product = np.log(first[:, 0]).sum(axis=1) + np.log(second[:, 0]).sum(axis=1)
    assert len(first) > 100
    assert np.ptp(first[:, 0, 0]) > 0.2  # it moves
    assert np.ptp(product) < 2e-4


@pytest.mark.parametrize("game", [HUNT, HAWK_DOVE, random_games(1, (3, 2))[0]])
def test_replicator_paths_are_those_of_an_independent_integrator(game):
    starts = draw_mixes(game.shape, 5, seed=2)
    payoffs = [(u - u.min()) / np.ptp(u) for u in game.payoffs]
    sizes = game.shape

    def rate(_, z):
        x, y = z[: sizes[0]], z[sizes[0] :]
        u, v = payoffs[0] @ y, x @ payoffs[1]
        return np.concatenate([x * (u - x @ u), y * (v - y @ v)])

    for step, tolerance in ((0.2, 1e-5), (0.05, 1e-7)):
        run = integrate(
            replicator_flow(), np.stack(payoffs)[..., None], np.zeros(5, dtype=int), [np.log(x) for x in starts], np.full(5, step), 8.0, 0.0
        )
        for s in range(5):
            exact = solve_ivp(rate, (0, float(run.time[s])), np.concatenate([x[:, s] for x in starts]), rtol=1e-10, atol=1e-12).y[:, -1]
            assert np.concatenate([x[:, s] for x in run.mixes]) == pytest.approx(exact, abs=tolerance)


def test_replicator_basins_of_the_stag_hunt():
    """The share is the area of starts from which an independent integrator reaches each equilibrium."""
    starts = draw_mixes((2, 2), 120, seed=0)
    found = ns.ReplicatorDynamics(starts=120)(HUNT)
    assert found.status == Status.OK
    payoffs = [(u - u.min()) / np.ptp(u) for u in HUNT.payoffs]

    def rate(_, z):  # probability of the first action
        x, y = np.array([z[0], 1 - z[0]]), np.array([z[1], 1 - z[1]])
        u, v = payoffs[0] @ y, x @ payoffs[1]
        return [z[0] * (1 - z[0]) * (u[0] - u[1]), z[1] * (1 - z[1]) * (v[0] - v[1])]

    stag = [solve_ivp(rate, (0, 200), [starts[0][0, s], starts[1][0, s]], rtol=1e-8).y[0, -1] > 0.5 for s in range(120)]
    assert (found.strategies[0][:, 0] > 0.5).tolist() == stag
    shares = found.basins(ns.solve(HUNT))
    assert shares.share == pytest.approx([np.mean(stag), 1 - np.mean(stag), 0])
    assert shares.share.sum() + shares.elsewhere + shares.no_equilibrium + shares.unsettled == pytest.approx(1)
    assert shares.standard_error[0] == pytest.approx(np.sqrt(np.mean(stag) * (1 - np.mean(stag)) / 120))


def test_replicator_rests_on_faces_without_being_an_equilibrium():
    dilemma = ns.NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    found = ns.ReplicatorDynamics(starts=[[[1, 0], [0.9, 0.1]], [[1, 0], [0.9, 0.1]]])(dilemma)
    assert found.settled.all()
    assert found.strategies[0].round(4).tolist() == [[1, 0], [0, 1]]  # nobody can imitate what nobody does
    assert found.regret == pytest.approx([0.4, 0], abs=1e-5)
    shares = found.basins(ns.solve(dilemma))
    assert (shares.share.tolist(), float(shares.no_equilibrium)) == ([0.5], 0.5)


def test_logit_dynamics_rests_at_quantal_responses():
    for precision in (0.5, 2.0):
        found = ns.LogitDynamics(starts=6, precision=precision, tol=1e-11)(HAWK_DOVE)
        assert found.settled.all()
        for s in range(6):
            x = [found.strategies[i][s] for i in (0, 1)]
            for i in (0, 1):
                u = HAWK_DOVE.payoffs[0] @ x[1] if i == 0 else x[0] @ HAWK_DOVE.payoffs[1]
                assert x[i] == pytest.approx(np.exp(precision * u) / np.exp(precision * u).sum(), abs=1e-9)
    low = ns.LogitDynamics(starts=3, precision=0.5, tol=1e-11)(HAWK_DOVE)  # one equilibrium only (it branches at 0.88)
    response = ns.solve(HAWK_DOVE, ns.LogitQRE(0.5))
    assert low.strategies[0][0] == pytest.approx(response.strategies[0], abs=1e-9)
    high = ns.LogitDynamics(starts=64, precision=8)(HAWK_DOVE)
    shares = high.basins(ns.solve(HAWK_DOVE))
    assert shares.share[:2].sum() == pytest.approx(1)  # the two pure ones; the mixed one repels
    sharp = ns.LogitDynamics(starts=8, precision=40)(HAWK_DOVE)
    assert sharp.settled.all()
    assert sharp.regret.max() < 1e-3


def test_logit_dynamics_gives_up_in_time(monkeypatch):
    monkeypatch.setattr("negotiation_sim.equilibria.adjustment.flows.MOST", 80)
    found = ns.LogitDynamics(starts=3, precision=1e9)(PENNIES)
    assert not found.settled.any()
    assert np.isfinite(found.strategies[0]).all()


# Fictitious play ---------------------------------------------------------------------------------------------------------------


def fictitious_by_hand(game, first, rounds):
    tally = [np.array(x, dtype=float) for x in first]
    for played in range(rounds):
        x, y = (t / (1 + played) for t in tally)
        a, b = int((game.payoffs[0] @ y).argmax()), int((x @ game.payoffs[1]).argmax())
        tally[0][a] += 1
        tally[1][b] += 1
    return [t / (1 + rounds) for t in tally]


@pytest.mark.parametrize("game", [PENNIES, HUNT, SHAPLEY, random_games(1, (3, 4), 8)[0]])
def test_fictitious_play_as_by_hand(game):
    starts = draw_mixes(game.shape, 4, seed=0)
    found = ns.FictitiousPlay(rounds=200, starts=4)(game)
    path = ns.FictitiousPlay(rounds=200).path(game, 4)
    for s in range(4):
        by_hand = fictitious_by_hand(game, [x[:, s] for x in starts], 200)
        for i in (0, 1):
            assert found.strategies[i][s] == pytest.approx(by_hand[i], abs=1e-12)
            assert path[i][-1, s] == pytest.approx(by_hand[i], abs=1e-12)


def test_fictitious_play_converges_in_zero_sum_games_and_not_in_shapleys():
    found = ns.FictitiousPlay(rounds=20000, starts=2)(PENNIES)  # Robinson 1951
    assert found.settled.all()
    assert found.strategies[0][:, 0] == pytest.approx([0.5, 0.5], abs=0.02)
    path, _ = ns.FictitiousPlay(rounds=4000).path(SHAPLEY, [[[0.8, 0.1, 0.1]], [[0.1, 0.8, 0.1]]])  # Shapley 1964
    assert np.abs(path[1000:, 0] - 1 / 3).max() > 0.15
    assert np.abs(path[2000:, 0] - 1 / 3).max() > 0.15
    assert not ns.FictitiousPlay(rounds=3000, starts=8)(SHAPLEY).settled.any()


def test_nashpys_algorithms():
    plays = ns.nashpy_learning(HUNT, "fictitious_play", iterations=50, play_counts=[np.array([9, 1]), np.array([9, 1])])
    assert [int(x[-1].argmax()) for x in plays] == [0, 0]
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    again = [ns.nashpy_learning(PENNIES, "stochastic_fictitious_play", seed=4, iterations=30)[0] for _ in range(2)]
    assert np.array_equal(*again)
    assert np.array_equal(state, np.random.get_state()[1])  # noqa: NPY002
    (shares,) = ns.nashpy_learning(HUNT, "replicator_dynamics", y0=np.array([0.9, 0.1]))
    assert shares[-1] == pytest.approx([1, 0], abs=1e-3)
    rows, columns = ns.nashpy_learning(HUNT, "asymmetric_replicator_dynamics", x0=np.array([0.9, 0.1]), y0=np.array([0.8, 0.2]))
    assert rows[-1, 0] == pytest.approx(1, abs=1e-3)
    assert columns[-1, 0] == pytest.approx(1, abs=1e-3)
    with pytest.raises(ValueError, match=r"unknown algorithm 'fictitous_play'.*did you mean"):
        ns.nashpy_learning(HUNT, "fictitous_play")
    with pytest.raises(ValueError, match="single game of 2 players"):
        ns.nashpy_learning(random_games(2, (2, 2)), "fictitious_play")


# What all rules share ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", EVERY_RULE, ids=repr)
@pytest.mark.parametrize("shape", [(2, 2), (2, 3, 2)])
def test_a_batch_is_a_loop(rule, shape):
    games = random_games(7, shape)
    whole = rule(games)
    for g in (0, 3, 6):
        one = rule(games[g])
        for x, y in zip(whole.strategies, one.strategies, strict=True):
            assert x[g] == pytest.approx(y, abs=1e-12)
        assert (whole.settled[g] == one.settled).all()
        assert (whole.time[g] == one.time).all()
    turned = rule(games[::-1])
    assert turned.strategies[0][::-1] == pytest.approx(whole.strategies[0], abs=1e-12)


@pytest.mark.parametrize("rule", EVERY_RULE, ids=repr)
def test_a_bad_game_spoils_only_itself(rule):
    payoffs = np.array(random_games(3, (2, 2)).payoffs)
    payoffs[1, 0, 0, 0] = np.nan
    found = rule(ns.NormalFormGame(payoffs, ["a", "b"]))
    assert found.status[1] == Status.NOT_FINITE
    assert np.isnan(found.strategies[0][1]).all()
    assert not found.settled[1].any()
    alone = rule(random_games(3, (2, 2)))
    for g in (0, 2):
        assert found.strategies[1][g] == pytest.approx(alone.strategies[1][g], abs=1e-12)
    basins = found.basins(ns.solve(found.game))
    assert np.isnan(basins.unsettled[1])
    assert np.isfinite(basins.unsettled[[0, 2]]).all()
    assert "NOT_FINITE" in str(found)
    assert "3 games" not in str(basins)


@pytest.mark.parametrize("rule", EVERY_RULE, ids=repr)
@settings(max_examples=8, deadline=None)
@given(
    scale=st.sampled_from([2.0**-900, 2.0**-40, 1.0, 2.0**30, 2.0**900]), shift=st.sampled_from([0.0, -8.0, 64.0]), seed=st.integers(0, 99)
)
def test_units_of_payoffs_do_not_matter(rule, scale, shift, seed):
    if isinstance(rule, ns.LogitDynamics) and rule.precision is not None:
        return
    payoffs = np.random.default_rng(seed).integers(0, 5, (2, 2, 3)).astype(float)
    plain = rule(ns.NormalFormGame(payoffs, ["a", "b"]))
    other = rule(ns.NormalFormGame((payoffs + shift) * scale, ["a", "b"]))
    for x, y in zip(plain.strategies, other.strategies, strict=True):
        assert x == pytest.approx(y, abs=1e-9)


@pytest.mark.parametrize("rule", EVERY_RULE, ids=repr)
def test_empty_batches(rule):
    empty = rule(ns.NormalFormGame(np.zeros((0, 2, 2, 3)), ["a", "b"]))
    assert empty.class_probability(np.zeros((2, 3), dtype=int), 1).shape == (0, 1)
    assert empty.basins(ns.solve(empty.game)).share.shape == (0,)
    assert rule.summarise(empty.game, np.zeros((2, 3), dtype=int), 1, frozenset({"payoff_min"})).count.shape == (0,)
    assert str(empty)


def test_constant_payoffs_and_single_actions():
    constant = ns.NormalFormGame(np.full((2, 1, 3), 7.0), ["a", "b"])
    for rule in EVERY_RULE:
        found = rule(constant)
        assert found.status == Status.OK
        assert (found.regret == 0).all()


def test_starts():
    fewer, more = draw_mixes((2, 3), 5, 1), draw_mixes((2, 3), 9, 1)
    assert all(np.array_equal(a, b[:, :5]) for a, b in zip(fewer, more, strict=True))
    assert not np.array_equal(fewer[0], draw_mixes((2, 3), 5, 2)[0])
    assert more[1].sum(axis=0) == pytest.approx(np.ones(9))
    many = draw_mixes((3, 2), 40000, 0)[0]  # uniform on the simplex: means 1/3, variances 1/18
    assert many.mean(axis=1) == pytest.approx(np.full(3, 1 / 3), abs=5e-3)
    assert many.var(axis=1) == pytest.approx(np.full(3, 1 / 18), abs=2e-3)
    chosen = ns.BestReplyDynamics(starts=[[0, 1], [1, 1]])(HUNT)
    assert chosen.starts == 2


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (lambda: ns.BestReplyDynamics("backwards"), "order must be"),
        (lambda: ns.BestReplyDynamics(starts="most"), 'starts must be "all"'),
        (lambda: ns.BestReplyDynamics(starts=0), "starts must be an integer of at least 1; got 0"),
        (lambda: ns.BestReplyDynamics(starts=[[0, 2]])(HUNT), "action numbers from 0 to one less"),
        (lambda: ns.BestReplyDynamics(starts=[[0.5, 0.5]])(HUNT), "must be integers of shape"),
        (lambda: ns.BestReplyDynamics(rtol=2), "rtol must be a share"),
        (lambda: ns.BestReplyDynamics(max_rounds=0), "max_rounds must be an integer"),
        (lambda: ns.ReplicatorDynamics(starts=2.5), "starts must be an integer"),
        (lambda: ns.ReplicatorDynamics(step=0), "step must be a positive number"),
        (lambda: ns.ReplicatorDynamics(starts="many")(HUNT), "got the text 'many'"),
        (lambda: ns.ReplicatorDynamics(starts=[[[1, 0]]])(HUNT), "one array of strategies for each of the 2 players; got 1"),
        (lambda: ns.ReplicatorDynamics(starts=[[[1, 0, 0]], [[1, 0]]])(HUNT), r"starts\[0\] must have shape \(start, 2\)"),
        (lambda: ns.ReplicatorDynamics(starts=[[[1, 1]], [[1, 0]]])(HUNT), "probabilities that sum to 1"),
        (lambda: ns.ReplicatorDynamics(starts=[[[1, 0]], [[1, 0], [0, 1]]])(HUNT), "equally many"),
        (lambda: ns.LogitDynamics(precision=-1), "precision must be finite and at least 0"),
        (lambda: ns.FictitiousPlay(rounds=0), "rounds must be an integer"),
        (lambda: ns.FictitiousPlay(starts=-2), "starts must be an integer"),
        (lambda: ns.FictitiousPlay(rtol=1), "rtol must be a share"),
        (lambda: ns.FictitiousPlay(weight=np.inf), "weight must be a positive number"),
        (lambda: ns.FictitiousPlay().path(random_games(2, (2, 2))), "single game; got a batch"),
        (lambda: ns.ReplicatorDynamics().path(ns.NormalFormGame([[[np.nan, 0], [0, 1]]] * 2)), "path needs finite payoffs"),
        (lambda: ns.BestReplyDynamics()(HUNT).basins(ns.solve(PENNIES)), "equilibria of the games that were played"),
        (lambda: ns.BestReplyDynamics()(HUNT).basins(ns.solve(HUNT), within=2), "within must lie between 0 and 1"),
        (lambda: ns.BestReplyDynamics()(HUNT).variables(["payoffs"]), "keep must name some of"),
    ],
)
def test_mistakes(rule, said):
    with pytest.raises(ValueError, match=said):
        rule()


def test_only_normal_forms():
    with pytest.raises(TypeError, match="plays a NormalFormGame; got Scenario"):
        ns.ReplicatorDynamics()(ns.load("istanbul-2025"))


def test_tables_and_variables():
    found = ns.BestReplyDynamics()(HUNT)
    assert "stag, stag" in str(found)
    assert found.to_pandas().shape == (2, 4)
    assert set(found.variables()) == {"status", "settled", "regret", "time", "period"}
    assert repr(found) == "Adjustments(best-reply dynamics, 4 starts, simultaneous form, batch ())"
    shares = found.basins(ns.solve(HUNT))
    assert shares.standard_error.tolist() == [0, 0, 0]  # every profile was a start
    assert shares.to_pandas().shape[0] == 3
    assert repr(shares) == "Basins(4 starts, batch ())"
    batch = ns.BestReplyDynamics()(random_games(5, (2, 2)))
    assert "share of starts settled" in str(batch)
    assert "mean share" in str(batch.basins(ns.solve(batch.game)))
    threat = ns.NormalFormGame.from_arrays([[0, 0], [-1, 2]], [[3, 3], [-1, 1]])
    ends = ns.FictitiousPlay(starts=[[[0.9, 0.1]], [[0.8, 0.2]]])(threat)  # in the middle of a component
    assert ends.basins(ns.solve(threat)).share.sum() + ends.basins(ns.solve(threat)).elsewhere == pytest.approx(1)


def test_sweeps_keep_the_share_of_each_outcome():
    def hunt(safe):
        return [[[4, 0], [safe, safe]], [[4, safe], [0, safe]]]

    family = ns.GameFamily(hunt, {"safe": 2.0}, ["A", "B"], [["stag", "hare"]] * 2)
    rules = [ns.ReplicatorDynamics(starts=50), ns.BestReplyDynamics(), "nash"]
    result = ns.sweep(family, ns.grid(safe=[0.5, 2.0, 3.5]), solvers=rules)
    share = result["probability"].sel(concept="replicator dynamics")
    assert share.sel(outcome="stag+stag").values.tolist() == sorted(share.sel(outcome="stag+stag").values, reverse=True)
    assert share.sum("outcome").values == pytest.approx([1, 1, 1], abs=1e-6)
    assert result["probability"].sel(concept="best-reply dynamics", outcome="hare+hare").values.tolist() == [0.5, 0.5, 0.5]
    assert np.isnan(result["probability"].sel(concept="nash")).all()
    assert (result["count"].sel(concept="replicator dynamics") == 50).all()
    high = result["payoff_max"].sel(concept="best-reply dynamics", player="A")
    assert high.values.tolist() == [4, 4, 4]
    assert float(result["regret_max"].sel(concept="replicator dynamics").max()) <= 1e-6
