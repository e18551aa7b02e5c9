"""Working memory that is kept: never two users of one array, never more than is allowed."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import negotiation_sim as ns
from negotiation_sim import _scratch
from negotiation_sim._scratch import LARGE, PAGE, Scratch, fresh, kept_scratch


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch):
    monkeypatch.setattr(_scratch, "_spare", [])


def test_an_array_is_there_again():
    scratch = Scratch()
    first = scratch("a", (3, 4))
    assert scratch("a", (3, 4)) is first
    assert np.shares_memory(scratch("a", (2, 5)), first)
    assert not np.shares_memory(scratch("b", (3, 4)), scratch("a", (3, 4)))
    assert scratch("a", (3, 4), np.bool_).dtype == bool
    assert scratch("a", (3, 4)).dtype == float
    assert scratch("a", (100,)).shape == (100,)
    assert scratch.nbytes == 100 * 8 + 12 * 8 + 12


def test_blocks_in_blocks_have_scratches_of_their_own():
    with kept_scratch() as outer:
        with kept_scratch() as inner:
            assert inner is not outer
        with kept_scratch() as again:
            assert again is inner
    with kept_scratch() as last:
        assert last is outer


def test_what_is_large_or_failed_is_not_kept(monkeypatch):
    monkeypatch.setattr(_scratch, "KEPT", 1000)
    with kept_scratch() as large:
        large("a", (126,))
    assert not _scratch._spare
    with kept_scratch() as small:
        small("a", (125,))
    assert _scratch._spare == [small]
    with pytest.raises(RuntimeError), kept_scratch():
        raise RuntimeError
    assert not _scratch._spare


def test_no_more_than_some_are_kept():
    def nested(depth):
        if depth:
            with kept_scratch():
                nested(depth - 1)

    nested(10)
    assert len(_scratch._spare) == _scratch.SPARE


@pytest.mark.parametrize("size", [0, 8, LARGE - 8, LARGE, LARGE + 8, 3 * PAGE, 3 * PAGE + 8])
def test_fresh_arrays_have_the_size_asked_for(size):
    array = fresh((size // 8, 1))
    assert (array.shape, array.dtype, array.nbytes) == ((size // 8, 1), float, size)
    assert array.flags.c_contiguous
    assert array.flags.writeable
    array.fill(1)
    if size >= LARGE:
        assert array.ctypes.data % PAGE == 0


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2, 4)])
def test_answers_do_not_change_when_others_are_asked_for(shape):
    """Results share no memory with what later calls work in, in one thread or in several."""
    rng = np.random.default_rng(1)
    games = [ns.NormalFormGame(np.round(rng.normal(size=(700, 2, *shape)), 1), ("A", "B")) for _ in range(8)]

    def asked(game):
        found = ns.AllNash()(game)
        counts = ns.AllNash(want="count")(game)
        paths = ns.LemkeHowson()(game)
        return [found.start, *found.strategies, found.payoffs, found.regret, found.strict, counts.count, *paths.strategies, paths.regret]

    alone = [[array.copy() for array in asked(game)] for game in games]
    held = [asked(game) for game in games]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(asked, games))
    for expected, *others in zip(alone, held, together, strict=True):
        for found in others:
            for a, b in zip(expected, found, strict=True):
                np.testing.assert_array_equal(a, b)
