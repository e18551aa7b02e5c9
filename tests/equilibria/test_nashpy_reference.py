"""Nashpy's vertex enumeration as a second opinion."""

import numpy as np
import pytest

from negotiation_sim.equilibria.bimatrix import AllNash
from negotiation_sim.equilibria.nashpy_reference import NashpyVertexEnumeration
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
