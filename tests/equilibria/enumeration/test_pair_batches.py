"""Many games measured together, in short numbers where only signs are asked for, against the same games measured one by one."""

import numpy as np
import pytest

from negotiation_sim._scratch import Scratch
from negotiation_sim.equilibria.bimatrix import AllNash
from negotiation_sim.equilibria.enumeration import pair_batches
from negotiation_sim.equilibria.enumeration.parts import Part
from negotiation_sim.equilibria.enumeration.signs import WORD
from negotiation_sim.equilibria.enumeration.support_pairs import SupportPairs
from negotiation_sim.games.normal_form import NormalFormGame

SHAPES = [(3, 3), (2, 4), (4, 3), (4, 4), (1, 3), (5, 5)]


def uniform(rng, shape):
    return rng.random(shape)


def of_all_sizes(rng, shape):
    return rng.random(shape) * 10.0 ** rng.uniform(-12, 12, (*shape[:2], 1, 1))


def far_from_zero(rng, shape):
    return rng.random(shape) + 10.0 ** rng.integers(0, 10)


def tied(rng, shape):
    return rng.integers(0, 4, shape).astype(float)


def nearly_tied(rng, shape):
    return rng.integers(0, 3, shape) + rng.choice([-1, 1], shape) * 10.0 ** rng.uniform(-17, -3, shape)


def unlikely(rng, shape):
    return rng.random(shape) ** 20


def one_sided(rng, shape):
    payoffs = rng.random(shape)
    payoffs[:, 1] = 3.0
    return payoffs


@pytest.fixture(params=[0, 10**9], ids=["short numbers", "long numbers"])
def numbers(request, monkeypatch):
    """Run a test with either kind of numbers, however few the games."""
    monkeypatch.setattr(pair_batches, "SHORT", request.param)
    return np.float32 if request.param == 0 else np.float64


MAKERS = [uniform, of_all_sizes, far_from_zero, tied, nearly_tied, unlikely, one_sided]


def in_small_batches(payoffs):
    """The same games in batches so small that each is measured by itself."""
    return [NormalFormGame(payoffs[begin : begin + WORD], ("A", "B")) for begin in range(0, len(payoffs), WORD)]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_many_games_equal_few(make, shape, numbers):
    rng = np.random.default_rng([*shape, MAKERS.index(make)])
    payoffs = make(rng, ((3 if max(shape) > 3 else 12) * WORD, 2, *shape))
    classes = (np.arange(np.prod(shape)) % 3 - 1).astype(np.int8).reshape(shape)
    game, keep = NormalFormGame(payoffs, ("A", "B")), frozenset({"certain"})
    found, counted, summary = AllNash()(game), AllNash(want="count")(game), AllNash().summarise(game, classes, 2, keep)
    few = in_small_batches(payoffs)
    listed = [AllNash()(each) for each in few]
    for name in ("count", "status", "complete"):
        expected = np.concatenate([getattr(each, name) for each in listed])
        assert np.array_equal(getattr(found, name), expected), name
        assert np.array_equal(getattr(counted, name), expected), name
        assert np.array_equal(getattr(summary, name), expected), name
    for player in (0, 1):
        assert np.array_equal(found.strategies[player], np.concatenate([each.strategies[player] for each in listed]))
    summaries = [AllNash().summarise(each, classes, 2, keep) for each in few]
    assert np.array_equal(summary.supported, np.concatenate([each.supported for each in summaries], axis=1))
    assert np.array_equal(summary.certain, np.concatenate([each.certain for each in summaries], axis=1))


@pytest.mark.parametrize("need", ["mixes", "classes", "counts"])
@pytest.mark.parametrize("shape", [(3, 3), (3, 4)])
def test_games_of_like_size_are_decided_together(need, shape, numbers):
    """Otherwise the other tests here would prove nothing, and large batches would be slow."""
    payoffs = np.random.default_rng(3).random((2, *shape, 1000))
    first = next(iter(pair_batches.decide(payoffs, 1e-9, 1.0, need)))
    assert isinstance(first, Part)
    assert first.pairs.kind is (np.float64 if need == "mixes" else numbers)
    assert np.mean(first.complete() == 2) > 0.98


def test_chunks_that_cannot_be_measured_together_are_left_alone():
    payoffs = np.random.default_rng(4).random((2, 3, 3, WORD))
    pairs = SupportPairs(Scratch(), 3, 3, WORD, 1e-9, np.float32)
    assert pairs.solve_together(payoffs) is not None
    for spoilt in (np.nan, np.inf, 1e300, 1e-300):
        changed = payoffs.copy()
        changed[0, 1, 1, 7] = spoilt
        assert (pairs.solve_together(changed) is None) == (spoilt != 1e-300)
    assert pairs.solve_together(payoffs + 1e4) is None
    assert pairs.solve_together(payoffs * 1e-60) is None
    assert pairs.solve_together(0 * payoffs) is None


def test_games_that_are_not_finite_spoil_only_their_chunk_s_speed():
    payoffs = np.random.default_rng(5).random((400, 2, 3, 3))
    whole = AllNash()(NormalFormGame(payoffs, ("A", "B")))
    payoffs[17, 0, 1, 1], payoffs[333, 1, 0, 2] = np.nan, -np.inf
    spoilt = AllNash()(NormalFormGame(payoffs, ("A", "B")))
    others = np.setdiff1d(np.arange(400), [17, 333])
    assert np.array_equal(whole.count[others], spoilt.count[others])
    assert spoilt.count[[17, 333]].tolist() == [0, 0]
    assert np.array_equal(AllNash(want="count")(spoilt.game).count, spoilt.count)
