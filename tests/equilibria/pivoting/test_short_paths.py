"""Paths without tableaux: the same ends as with tableaux, alike in any company, and given up where tableaux must decide."""

import numpy as np
import pytest

from negotiation_sim.equilibria.pivoting import short_paths
from negotiation_sim.equilibria.pivoting.complementary_paths import Systems, follow
from negotiation_sim.equilibria.pivoting.short_paths import follow_short
from negotiation_sim.status import Status


def short(tensor, label, limit=32, games=None):
    """Mixtures of all games, and the games that were given up, and those that were late."""
    _, m, n, count = tensor.shape
    mixtures = np.zeros((m, count)), np.zeros((n, count))
    unit = np.ptp(tensor.reshape((2, m * n, count)), axis=1)
    unit[unit == 0] = 1
    return mixtures, *follow_short(tensor, unit, np.arange(count) if games is None else games, label, limit, mixtures)


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (2, 2), (3, 3), (4, 2), (2, 5), (5, 5), (9, 8)])
def test_ends_are_those_of_tableaux(shape):
    m, n = shape
    tensor = np.random.default_rng(m + 10 * n).random((2, m, n, 700))
    for label in {0, m - 1, m, m + n - 1}:
        (first, second), lost, late = short(tensor, label)
        ends = follow(Systems.of(tensor, np.arange(700)), np.arange(700), np.full(700, label), 32)
        done = np.setdiff1d(np.arange(700), np.concatenate([lost, late]))
        assert len(lost) == 0
        assert late.tolist() == np.flatnonzero(ends.status == Status.MAX_ITER).tolist()
        assert np.abs(first - ends.first)[:, done].max() < 1e-11
        assert np.abs(second - ends.second)[:, done].max() < 1e-11
        assert not first[:, late].any()


def test_as_many_pivots_as_allowed_and_no_more():
    tensor = np.random.default_rng(1).random((2, 5, 5, 400))
    systems, ended = Systems.of(tensor, np.arange(400)), []
    for limit in (0, 1, 2, 3, 5, 8, 13):
        (first, _), lost, late = short(tensor, 2, limit)
        ended.append(int((first.sum(axis=0) > 0).sum()))
        assert len(lost) + len(late) + ended[-1] == 400
        if limit:
            assert len(lost) == 0
            ends = follow(systems, np.arange(400), np.full(400, 2), limit)
            assert late.tolist() == np.flatnonzero(ends.status == Status.MAX_ITER).tolist()
    assert ended == sorted(ended)
    assert ended[0] == ended[1] == 0


def test_alike_in_any_company(monkeypatch):
    tensor = np.random.default_rng(2).random((2, 4, 6, 1500))
    (first, second), lost, late = short(tensor, 1)
    for name, value in (("BLOCK", 1), ("FEW", 0), ("FEW", 10**9), ("DENSE", 0.99)):
        monkeypatch.setattr(short_paths, name, value)
        (again, other), lost_again, late_again = short(tensor, 1)
        assert (again == first).all()
        assert (other == second).all()
        assert late_again.tolist() == late.tolist()
        assert lost_again.tolist() == lost.tolist()
    some = np.array([3, 700, 41, 1499])
    (alone, _), *_ = short(tensor, 1, games=some)
    assert (alone[:, some] == first[:, some]).all()
    assert not np.delete(alone, some, axis=1).any()


def test_ties_and_lost_numbers_are_given_up_and_spoil_no_other():
    tensor = np.random.default_rng(3).random((2, 3, 3, 60))
    (clean, _), *_ = short(tensor, 0)
    spoilt = tensor.copy()
    spoilt[1, 0, :, 7] = 0.5  # the first step of the second player is a tie
    spoilt[0, :, :, 11] = 1
    spoilt[1, 2, 2, 20] = np.nan
    unit = np.ptp(tensor.reshape((2, 9, 60)), axis=1)
    mixtures = np.zeros((3, 60)), np.zeros((3, 60))
    lost, late = follow_short(spoilt, unit, np.arange(60), 0, 32, mixtures)
    assert {7, 11} <= set(lost.tolist()) <= {7, 11, 20}
    others = np.setdiff1d(np.arange(60), [7, 11, 20])
    assert len(late) == 0
    assert (mixtures[0][:, others] == clean[:, others]).all()
    assert not mixtures[0][:, [7, 11]].any()
