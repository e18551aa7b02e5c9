"""Any number of threads gives the same answers, bit for bit."""

import threading
from dataclasses import fields

import numpy as np
import pytest

from negotiation_sim.equilibria import slabs
from negotiation_sim.equilibria.bimatrix import AllNash
from negotiation_sim.equilibria.summary import Summary
from negotiation_sim.games.normal_form import NormalFormGame


def mixed_batch(shape, games=40 * 6):
    rng = np.random.default_rng(len(shape))
    payoffs = rng.integers(0, 3, (games // 6, 6, len(shape), *shape)) + rng.choice([0.0, 0.5], (games // 6, 6, 1, *shape))
    payoffs[3, 2] = np.nan
    return NormalFormGame(payoffs, ("A", "B", "C")[: len(shape)])


def same(one, other):
    return (one is None and other is None) or np.array_equal(one, other, equal_nan=one.dtype.kind == "f")


@pytest.fixture
def small_slabs(monkeypatch):
    monkeypatch.setattr(slabs, "SLAB", 32)


@pytest.mark.parametrize("threads", [2, 3, None])
@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2, 4), (2, 2, 2)])
def test_equilibria_are_those_of_one_thread(shape, threads, small_slabs):
    game = mixed_batch(shape)
    for want in ("all", "supports", "count"):
        alone, shared = AllNash(want=want)(game), AllNash(want=want, threads=threads)(game)
        assert shared.solver == alone.solver
        assert shared.batch_shape == alone.batch_shape == (40, 6)
        for name in ("status", "complete", "start", "payoffs", "regret", "strict", "labels"):
            assert same(getattr(alone, name), getattr(shared, name)), name
        assert all(same(x, y) for x, y in zip(alone.strategies, shared.strategies, strict=True))


@pytest.mark.parametrize("keep", [frozenset({"certain"}), frozenset({"payoff_min", "regret_max", "margin"})])
@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2, 2, 2)])
def test_summaries_are_those_of_one_thread(shape, keep, small_slabs):
    game, classes = mixed_batch(shape), (np.arange(np.prod(shape)) % 3 - 1).astype(np.int8).reshape(shape)
    alone, shared = (AllNash(threads=threads).summarise(game, classes, 2, keep) for threads in (1, 2))
    for field in fields(Summary):
        assert same(getattr(alone, field.name), getattr(shared, field.name)), field.name


def test_the_work_is_shared(small_slabs):
    """Otherwise the other tests here would prove nothing."""
    seen, gate = set(), threading.Barrier(2, timeout=20)

    def solve(part):
        if threading.get_ident() not in seen:
            seen.add(threading.get_ident())
            gate.wait()  # passes only if two threads come here
        return part.games

    game = mixed_batch((3, 3))
    parts = slabs.slabs(game.games, 2)
    assert len(parts) == 7
    assert sum(slabs.in_threads(solve, game, parts, 2)) == game.games
    assert len(seen) == 2


def test_small_batches_and_one_thread_are_not_divided():
    assert slabs.slabs(slabs.SLAB, None) == [slice(0, slabs.SLAB)]
    assert slabs.slabs(10**7, 1) == [slice(0, 10**7)]
    assert slabs.slabs(0, 4) == [slice(0, 0)]
    assert len(slabs.slabs(10**7, 3)) == 3 * slabs.EACH
    assert slabs.workers(5) == 5
    assert slabs.workers(None) >= 1


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2", float("inf")])
def test_wrong_numbers_of_threads(threads):
    with pytest.raises(ValueError, match="threads"):
        AllNash(threads=threads)
