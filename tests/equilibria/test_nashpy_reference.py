"""Nashpy's vertex enumeration as a second opinion."""

import numpy as np
import pytest

import negotiation_sim as ns
from negotiation_sim.equilibria.bimatrix import AllNash
from negotiation_sim.equilibria.nashpy_reference import NashpyVertexEnumeration, nashpy_learning
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status


def batch(payoffs):
    return NormalFormGame(payoffs, players=["row", "column"])


def keys(profiles):
    return sorted(tuple(np.round(np.concatenate(p), 6) + 0.0) for p in profiles)


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2, 4), (4, 3), (4, 4), (5, 2)])
def test_both_opinions_agree_on_games_without_ties(shape):
    game = batch(np.random.default_rng(1).random((20, 2, *shape)))
    ours, theirs = AllNash()(game), NashpyVertexEnumeration()(game)
    assert (theirs.status == Status.OK).all()
    assert (theirs.complete == Completeness.NO).all()
    assert (ours.complete == Completeness.PROVED).all()
    for g in range(20):
        assert keys(ours.profiles(g)) == keys(theirs.profiles(g))


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (3, 4)])
def test_both_opinions_agree_where_completeness_is_proved(shape):
    game = batch(np.random.default_rng(2).integers(0, 6, (60, 2, *shape)))
    ours, theirs = AllNash()(game), NashpyVertexEnumeration()(game)
    proved = np.flatnonzero((ours.complete == Completeness.PROVED) & (theirs.status == Status.OK))
    assert len(proved) > 10
    for g in proved:
        assert keys(ours.profiles(g)) == keys(theirs.profiles(g))


def test_units_do_not_matter():
    payoffs = np.random.default_rng(3).random((10, 2, 3, 3))
    plain, moved = NashpyVertexEnumeration()(batch(payoffs)), NashpyVertexEnumeration()(batch(payoffs * 1e-9 - 3e-7))
    assert np.array_equal(plain.count, moved.count)
    for g in range(10):
        assert keys(plain.profiles(g)) == keys(moved.profiles(g))


def test_degenerate_games_list_each_extreme_equilibrium_once():
    """The second row ties with the first against the first column: a segment of equilibria between two pure ones."""
    found = NashpyVertexEnumeration()(NormalFormGame.from_arrays([[1, 1], [1, 0]], [[1, 0], [1, 0]]))
    assert keys(found.profiles()) == [(0, 1, 1, 0), (1, 0, 1, 0)]
    assert found.complete == Completeness.NO
    assert found.regret.max() < 1e-9


def test_every_status_in_one_go(monkeypatch):
    payoffs = np.random.default_rng(4).random((4, 2, 3, 3))
    payoffs[1, 0, 0, 0] = np.nan
    payoffs[2, 1, 2, 2] = -np.inf
    found = NashpyVertexEnumeration()(batch(payoffs))
    assert found.status.tolist() == [Status.OK, Status.NOT_FINITE, Status.NOT_FINITE, Status.OK]
    assert found.count[1] == found.count[2] == 0
    assert NashpyVertexEnumeration()(NormalFormGame.from_arrays([[1, 2, 3]], [[1, 3, 2]])).status == Status.UNSUPPORTED

    def breaks(self):
        raise ValueError("flat polytope")

    monkeypatch.setattr("nashpy.Game.vertex_enumeration", breaks)
    assert NashpyVertexEnumeration()(batch(payoffs)).status.tolist() == [
        Status.SINGULAR,
        Status.NOT_FINITE,
        Status.NOT_FINITE,
        Status.SINGULAR,
    ]


def test_what_nashpy_gets_wrong_is_dropped(monkeypatch):
    def wrong(self):
        yield np.array([1.0, 0.0]), np.array([1.0, 0.0])
        yield np.array([0.7, 0.3]), np.array([1.0, 0.0])
        yield np.array([np.nan, 1.0]), np.array([1.0, 0.0])
        yield np.array([1.0, 1e-9]), np.array([1.0, 0.0])

    monkeypatch.setattr("nashpy.Game.vertex_enumeration", wrong)
    found = NashpyVertexEnumeration()(NormalFormGame.from_arrays(np.eye(2), np.eye(2)))
    assert keys(found.profiles()) == [(1, 0, 1, 0)]


def test_summary():
    game = batch(np.stack([np.eye(2), np.eye(2)])[None])
    classes = np.array([[0, 1], [1, 2]], dtype=np.int8)
    summary = NashpyVertexEnumeration().summarise(game, classes, 3, frozenset({"certain"}))
    assert summary.count.tolist() == [3]
    assert summary.supported[:, 0].tolist() == [True, True, True]
    assert summary.certain[:, 0].tolist() == [True, False, True]


def test_errors():
    with pytest.raises(ValueError, match=r"2 players; got 3.*PureNash"):
        NashpyVertexEnumeration()(NormalFormGame(np.zeros((3, 2, 2, 2)), players=["a", "b", "c"]))
    with pytest.raises(ValueError, match="rtol"):
        NashpyVertexEnumeration(rtol=0)


PENNIES = NormalFormGame.from_arrays([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
WIDE = NormalFormGame(np.random.default_rng(9).random((2, 2, 3)))


def test_fictitious_play_agrees_with_ours():
    """On a game without ties Nashpy draws nothing; payoffs are ours."""
    start = [[0.3, 0.7], [0.2, 0.2, 0.6]]
    theirs = nashpy_learning(WIDE, "fictitious_play", rounds=40, start=start)
    ours = ns.FictitiousPlay(rounds=40).path(WIDE, start)
    steps = len(ours)  # ours stops as soon as nothing can change any more
    assert steps > 5
    for x, y in zip(theirs, ours.strategies, strict=True):
        assert np.allclose(x[:steps], y, atol=1e-12)


def test_the_two_population_replicator_agrees_with_ours():
    """Time runs in payoffs there, in payoff ranges here: the same if the ranges are 1."""
    payoffs = WIDE.payoffs - WIDE.payoffs.min(axis=(1, 2), keepdims=True)
    game = NormalFormGame(payoffs / payoffs.max(axis=(1, 2), keepdims=True))
    start = [[0.3, 0.7], [0.2, 0.2, 0.6]]
    theirs = nashpy_learning(game, "asymmetric_replicator_dynamics", time=[0, 5, 10], start=start)
    ours = ns.ReplicatorDynamics(starts=[[x] for x in start], max_time=10, tol=1e-12)(game)
    for x, y in zip(theirs, ours.strategies, strict=True):
        assert np.allclose(x[-1], y[0], atol=1e-5)
    even = nashpy_learning(game, "asymmetric_replicator_dynamics")
    assert even[1].shape == (1000, 3)


def test_the_other_ways_to_learn():
    symmetric = NormalFormGame.from_arrays([[-1, 4], [0, 2]], [[-1, 0], [4, 2]])
    doves = nashpy_learning(symmetric, "replicator_dynamics", time=[0, 50], start=[[0.1, 0.9]] * 2)
    assert doves[0][-1] == pytest.approx([2 / 3, 1 / 3], abs=1e-5)
    assert nashpy_learning(symmetric, "replicator_dynamics")[0].shape == (1000, 2)
    noisy = nashpy_learning(PENNIES, "stochastic_fictitious_play", rounds=300)
    assert noisy[0].shape == (301, 2)
    assert noisy[0][-1] == pytest.approx([0.5, 0.5], abs=0.1)
    thinking = nashpy_learning(WIDE, "introspection_dynamics", rounds=50, start=[[1, 0], [0, 0, 1]])
    assert thinking[1].shape == (51, 3)
    assert thinking[1][0].tolist() == [0, 0, 1]
    assert set(np.concatenate(thinking, axis=1).sum(axis=1)) == {2}
    assert nashpy_learning(WIDE, "introspection_dynamics", rounds=5)[0].shape == (6, 2)


def test_learning_has_a_seed_and_leaves_the_global_generator_alone():
    before = np.random.get_state()  # noqa: NPY002
    first, again, other = (nashpy_learning(PENNIES, "stochastic_fictitious_play", rounds=50, seed=s)[0] for s in (1, 1, 2))
    after = np.random.get_state()  # noqa: NPY002
    assert all(np.array_equal(x, y) for x, y in zip(before, after, strict=True))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("game", "arguments", "message"),
    [
        (WIDE, {"algorithm": "guessing"}, "algorithm must be one of fictitious_play"),
        (WIDE, {"algorithm": "replicator_dynamics"}, "symmetric game"),
        (PENNIES, {"algorithm": "replicator_dynamics"}, "symmetric game"),
        (WIDE, {"algorithm": "fictitious_play", "rounds": 0}, "rounds"),
        (WIDE, {"algorithm": "fictitious_play", "start": [[1, 0], [1, 0]]}, "start must hold"),
        (WIDE, {"algorithm": "stochastic_fictitious_play", "noise": 0}, "noise"),
        (WIDE, {"algorithm": "stochastic_fictitious_play", "perturbation": -1}, "perturbation"),
        (WIDE, {"algorithm": "introspection_dynamics", "start": [[0.5, 0.5], [1, 0, 0]]}, "pure strategies"),
        (NormalFormGame.from_arrays([[1, 2]], [[1, 2]]), {"algorithm": "introspection_dynamics"}, "two actions"),
        (NormalFormGame(np.zeros((4, 2, 2, 2)), ["a", "b"]), {"algorithm": "fictitious_play"}, "single game of 2 players"),
        (NormalFormGame.from_arrays([[np.nan]], [[1]]), {"algorithm": "fictitious_play"}, "finite"),
    ],
)
def test_errors_of_learning(game, arguments, message):
    with pytest.raises(ValueError, match=message):
        nashpy_learning(game, **arguments)
