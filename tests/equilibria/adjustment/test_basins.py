"""Basins: shares against an ODE solver and by hand, every kind of end, tables, and sweeps."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import negotiation_sim as ns
from negotiation_sim.solution import Solution
from negotiation_sim.status import Completeness, Status

NOTE = "Stylised."
HUNT = ns.NormalFormGame.from_arrays([[4, 0], [3, 3]], [[4, 3], [0, 3]], players=["Ann", "Bob"], actions=[["stag", "hare"]] * 2, note=NOTE)
PENNIES = [[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]]
DILEMMA = [[[3, 0], [5, 1]], [[3, 5], [0, 1]]]
COORDINATION = [[[2, 0], [0, 1]], [[1, 0], [0, 2]]]


def test_replicator_basins_equal_those_of_an_ode_solver():
    found = ns.ReplicatorDynamics(starts=60, seed=3)(HUNT)
    basins = found.basins(ns.AllNash()(HUNT))

    def rate(_, state):
        p, q = state  # how many hunt the stag
        return p * (1 - p) * (4 * q - 3) / 4, q * (1 - q) * (4 * p - 3) / 4

    ends = [solve_ivp(rate, (0, 300), (x[0], y[0]), rtol=1e-9, atol=1e-12).y[:, -1] for x, y in zip(*found.starts, strict=True)]
    wanted = np.array(ends).round(6)
    assert set(map(tuple, wanted)) == {(0.0, 0.0), (1.0, 1.0)}
    stag = [e for e, x in enumerate(basins.strategies[0]) if x[0] == 1]
    assert np.array_equal(np.isin(basins.end, stag), wanted[:, 0] == 1)
    assert basins.share[stag] == np.mean(wanted[:, 0])
    assert basins.share.sum() == 1
    assert np.allclose(basins.standard_error, np.sqrt(basins.share * (1 - basins.share) / 60))


def test_a_basin_by_hand():
    """One population of two actions tips where it is indifferent: at three quarters."""
    line = np.linspace(0, 1, 202)[1:-1]
    both = np.stack([line, 1 - line], axis=1)
    basins = ns.ReplicatorDynamics(starts=[both, both])(HUNT).basins(ns.PureNash()(HUNT))
    by_name = dict(zip([x[0] for x in basins.strategies[0]], basins.share, strict=True))
    assert by_name[1.0] == np.mean(line > 0.75)
    assert by_name[0.0] == np.mean(line < 0.75)


def test_every_kind_of_end():
    starts = [[[1, 0], [0, 1], [0.5, 0.5], [0.9, 0.1]], [[1, 0], [0, 1], [0.5, 0.5], [0.9, 0.1]]]
    batch = np.array([DILEMMA, PENNIES, COORDINATION, DILEMMA], dtype=float)
    batch[3, 0, 0, 0] = np.nan
    game = ns.NormalFormGame(batch, ["a", "b"])
    found = ns.ReplicatorDynamics(starts=starts, max_steps=300)(game)
    basins = found.basins(ns.PureNash()(game))
    # Pure starts stay: in the dilemma where defectors are absent, in pennies both. In pennies the middle is the mixed equilibrium; in the
    # coordination game it lies on the border of the two basins and ends in the mixed one.
    assert basins.elsewhere[:3].tolist() == [0.25, 0.5, 0]
    assert basins.other[:3].tolist() == [0, 0.25, 0.25]
    assert basins.unsettled[:3].tolist() == [0, 0.25, 0]
    assert np.isnan(basins.unsettled[3])
    total = np.bincount(basins.index, basins.share, 4) + basins.other + basins.elsewhere + basins.unsettled
    assert np.allclose(total[:3], 1)
    assert found.basins(ns.AllNash()(game)).other[1] == 0
    own = found.basins()
    assert own.other[:3].tolist() == [0, 0, 0]
    assert np.diff(own.start).tolist() == [1, 1, 3, 0]
    assert isinstance(found, Solution)


def test_distinct_ends_are_numbered_by_their_first_start():
    corners = np.eye(2)
    order = [1, 0, 0, 1]
    found = ns.ReplicatorDynamics(starts=[corners[order]] * 2)(ns.NormalFormGame(COORDINATION))
    own = found.basins()
    assert own.strategies[0].tolist() == [[0, 1], [1, 0]]
    assert own.end.tolist() == [0, 1, 1, 0]
    assert own.share.tolist() == [0.5, 0.5]


def test_the_nearest_equilibrium_counts():
    """Two equilibria within the tolerance of an end: no start counts twice."""
    game = ns.NormalFormGame(COORDINATION)
    basins = ns.ReplicatorDynamics(starts=50)(game).basins(ns.AllNash()(game), atol=0.9)
    assert basins.share.sum() == 1
    assert basins.share[[0 < x[0] < 1 for x in basins.strategies[0]]] == [0]


def test_tables():
    found = ns.ReplicatorDynamics(starts=100)(HUNT)
    text = str(found)
    for words in ("Where replicator dynamics ends", "Ann", "Bob", "stag", "hare", "share of starts", "standard error", "100 starts.", NOTE):
        assert words in text
    assert "does not settle" not in text
    for view in (found._repr_html_(), found.to_markdown(), found.to_latex()):
        assert "hare" in view
    assert found.basins().to_pandas()["share"].sum() == pytest.approx(1)
    assert str(found.basins(ns.AllNash()(HUNT))).count("0.75 stag + 0.25 hare") == 2
    assert "does not settle" in str(ns.BestReplyDynamics(starts=10)(ns.NormalFormGame(PENNIES)))
    batch = ns.NormalFormGame(np.array([DILEMMA, PENNIES]), ["a", "b"])
    many = ns.BestReplyDynamics(starts=10)(batch)
    assert "2 of 2 games, 10 starts each" in str(many)
    frame = many.to_pandas()
    assert frame.groupby("game")["share"].sum().tolist() == [1, 1]
    assert set(frame["end"]) == {"equilibrium", "other equilibrium", "no equilibrium", "unsettled"}
    assert repr(many) == "Adjustments(best-reply dynamics, simultaneous form, 10 starts in batch (2,))"
    assert repr(many.basins()) == "Basins(best-reply dynamics, 1 equilibria in batch (2,), 10 starts)"
    bad = ns.BestReplyDynamics(starts=10)(ns.NormalFormGame(np.full((2, 2, 2, 2), np.nan), ["a", "b"]))
    assert "0 of 2 games" in str(bad)


def test_a_path_as_a_frame():
    path = ns.FictitiousPlay(rounds=5).path(HUNT, [[0.5, 0.5], [1, 0]])
    assert repr(path) == "Trajectory(fictitious play, 6 points to 5 rounds)"
    frame = path.to_pandas()
    assert frame.shape == (6, 4)
    assert frame.index.name == "rounds"
    assert frame[("Bob", "stag")].iloc[0] == 1


def test_variables_and_errors():
    found = ns.LogitDynamics(starts=3)(ns.NormalFormGame(np.array([DILEMMA, COORDINATION]), ["a", "b"]))
    variables = found.variables()
    assert variables["status"].dims == ("batch_0",)
    assert variables["regret"].dims == ("batch_0", "start")
    assert list(found.variables(["period"])) == ["period"]
    with pytest.raises(ValueError, match="keep must name"):
        found.variables(["wrong"])
    with pytest.raises(ValueError, match="same games"):
        found.basins(ns.AllNash()(HUNT))
    with pytest.raises(ValueError, match="atol"):
        found.basins(atol=0)


def test_the_summary_of_a_sweep():
    batch = np.array([DILEMMA, PENNIES, COORDINATION, DILEMMA], dtype=float)
    batch[3, 1, 0, 0] = np.inf
    game, classes = ns.NormalFormGame(batch, ["a", "b"]), np.array([[0, -1], [-1, 1]], dtype=np.int8)
    solver = ns.ReplicatorDynamics(starts=40, max_steps=300)
    keep = frozenset({"certain", "payoff_min", "payoff_max", "regret_max"})
    summary, found = solver.summarise(game, classes, 2, keep), solver(game)
    assert summary.status.tolist() == [Status.OK, Status.OK, Status.OK, Status.NOT_FINITE]
    assert (summary.complete == Completeness.NO).all()
    assert summary.count.tolist() == [1, 0, 2, 0]
    share = np.mean(found.strategies[0][2][:, 0])
    assert np.allclose(summary.probability[:, :3], [[0, 0, share], [1, 0, 1 - share]], atol=1e-5)
    assert np.array_equal(summary.probability.T, found.class_probability(classes, 2), equal_nan=True)
    assert summary.supported[:, 2].all()
    assert not summary.supported[:, [1, 3]].any()
    assert np.allclose(summary.payoff_min[:, 2], [1, 1], atol=1e-4)
    assert np.allclose(summary.payoff_max[:, 2], [2, 2], atol=1e-4)
    assert np.isnan(summary.regret_max[[1, 3]]).all()
    assert summary.regret_max[0] == 0
    bare = solver.summarise(game, classes, 2, frozenset())
    assert bare.payoff_min is None
    assert bare.certain is None


@pytest.mark.parametrize("solver", [ns.BestReplyDynamics(starts=20), ns.LogitDynamics(starts=20), ns.FictitiousPlay(starts=20, rounds=200)])
def test_a_sweep_in_blocks_gives_what_single_games_give(solver, monkeypatch):
    from negotiation_sim.equilibria.adjustment import dynamics

    family = ns.GameFamily(lambda hare: [[[4, 0], [hare, hare]], [[4, hare], [0, hare]]], {"hare": 3.0}, ["A", "B"], [["stag", "hare"]] * 2)
    monkeypatch.setattr(dynamics, "_SUMMARY_LANES", 50)
    result = ns.sweep(family, ns.grid(hare=[0.5, 2.0, 3.5, np.nan]), solvers=[solver])
    chance = result["probability"].sel(concept=solver.concept)
    assert np.isnan(chance[3]).all()
    assert chance[:3].sum("outcome").values == pytest.approx(1)
    both = chance[:3].sel(outcome="stag+stag").values
    assert both[0] > both[1] > both[2]
    game = ns.NormalFormGame.from_arrays([[4, 0], [2, 2]], [[4, 2], [0, 2]])
    every = np.arange(4, dtype=np.int8).reshape(2, 2)
    assert solver.summarise(game, every, 4, frozenset()).probability[0, 0] == pytest.approx(both[1])
