"""The closed form for 2 x 2 games says what the general path says, and leaves alone what it should not touch."""

import numpy as np
import pytest

from negotiation_sim._scratch import Scratch
from negotiation_sim.equilibria.bimatrix import AllNash
from negotiation_sim.equilibria.enumeration.two_by_two import CHUNK, ClearGames, summarise_clear
from negotiation_sim.equilibria.summary import summarise_entries
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status

FIELDS = ("status", "complete", "count", "supported", "certain")
CLASSES = [[[0, 1], [2, 3]], [[0, 0], [1, 0]], [[-1, 1], [1, -1]], [[0, 0], [0, 0]], [[3, 0], [0, 1]]]


def batch(payoffs):
    return NormalFormGame(payoffs, players=["row", "column"])


def mixture(rng, games):
    """Games of all kinds: clear, tied, nearly tied, not finite, of very different size, next to each other."""
    payoffs = rng.random((games, 2, 2, 2)) - 0.5
    kind = rng.integers(0, 8, games)
    payoffs[kind == 1] = rng.integers(0, 3, ((kind == 1).sum(), 2, 2, 2))
    payoffs[kind == 2, :, 0, 0] = payoffs[kind == 2, :, 1, 0] * (1 + 1e-10)
    payoffs[kind == 3, 1] *= 1e-5
    payoffs[kind == 4, 0, 1, 1] += 10.0 ** rng.integers(-12, 9, (kind == 4).sum())
    return payoffs


def spoiled(rng, payoffs):
    payoffs[rng.random(payoffs.shape) < 0.02] = np.nan
    payoffs[rng.random(payoffs.shape) < 0.02] = np.inf
    payoffs[rng.random(payoffs.shape) < 0.02] = -np.inf
    with np.errstate(over="ignore"):
        payoffs[rng.random(payoffs.shape) < 0.02] *= 1.7e308
    payoffs[rng.random(payoffs.shape) < 0.02] *= 1e-308
    return payoffs


@pytest.mark.parametrize("rtol", [0.0, 1e-9, 1e-3, 0.01])
@pytest.mark.parametrize("spoil", [False, True])
@pytest.mark.parametrize("scale", [1.0, 1e-300, 1e-310, 1e300])
def test_a_summary_is_that_of_the_general_path(rtol, spoil, scale):
    rng = np.random.default_rng(1)
    payoffs = mixture(rng, 3000) * scale
    game, solver = batch(spoiled(rng, payoffs) if spoil else payoffs), AllNash(rtol=rtol)
    for classes in map(np.array, CLASSES):
        fast = solver.summarise(game, classes.astype(np.int8), 4, frozenset({"certain"}))
        general = solver._from_signs(game, classes.astype(np.int8), 4, True)
        for field in FIELDS:
            assert np.array_equal(getattr(fast, field), getattr(general, field)), field


def test_a_summary_is_that_of_the_listed_equilibria():
    rng = np.random.default_rng(2)
    game = batch(spoiled(rng, mixture(rng, 3000)))
    for classes in map(np.array, CLASSES):
        fast = AllNash().summarise(game, classes.astype(np.int8), 4, frozenset({"certain"}))
        listed = summarise_entries(AllNash()(game), classes.astype(np.int8), 4, frozenset({"certain"}))
        for field in FIELDS:
            assert np.array_equal(getattr(fast, field), getattr(listed, field)), field


def test_a_summary_without_certain_has_none():
    classes = np.arange(4, dtype=np.int8).reshape(2, 2)
    assert AllNash().summarise(batch(np.random.default_rng(3).random((5, 2, 2, 2))), classes, 4, frozenset()).certain is None


def test_random_games_are_clear_and_others_are_not():
    rng = np.random.default_rng(4)
    games = ClearGames(Scratch(), 1e-9)
    payoffs = np.moveaxis(rng.random((100, 2, 2, 2)) + 2.0 * np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]]]), 0, -1)
    assert games.solve(payoffs)
    payoffs[0, 0, 0, 7] = payoffs[0, 1, 0, 7]
    payoffs[1, 0, 0, 8] = np.nan
    payoffs[1, 1, 0, 9] = -np.inf
    assert not games.solve(payoffs)
    assert np.flatnonzero(~games.clear).tolist() == [7, 8, 9]


def test_games_that_are_not_clear_are_named_across_chunks():
    payoffs = np.random.default_rng(5).random((2, 2, 2, 2 * CHUNK + 5))
    payoffs[..., [3, CHUNK, 2 * CHUNK + 4]] = 1.0
    _, left = summarise_clear(payoffs, 1e-9, np.zeros((2, 2), dtype=np.int8), 1, False)
    assert {3, CHUNK, 2 * CHUNK + 4} <= set(left.tolist())
    assert len(left) < CHUNK / 20
    summary = AllNash().summarise(
        NormalFormGame.from_tensor(payoffs, (payoffs.shape[-1],)), np.zeros((2, 2), dtype=np.int8), 1, frozenset()
    )
    assert (summary.status == Status.OK).all()
    assert (summary.complete == Completeness.PROVED).all()
    assert summary.count[[3, CHUNK, 2 * CHUNK + 4]].tolist() == [4, 4, 4]
    assert summary.supported.all()


@pytest.mark.parametrize("scale", [1.0, 1e-300, 1e-310, 1e300])
def test_listed_equilibria_are_those_of_the_general_path_bit_for_bit(scale, monkeypatch):
    rng = np.random.default_rng(6)
    game = batch(spoiled(rng, mixture(rng, 20_000) * scale))
    fast = {want: AllNash(want=want)(game) for want in ("all", "supports", "count")}
    everything = np.arange(game.games)
    monkeypatch.setattr("negotiation_sim.equilibria.bimatrix.list_clear", lambda *_: everything)
    monkeypatch.setattr("negotiation_sim.equilibria.bimatrix.count_clear", lambda *_: everything)
    for want, found in fast.items():
        general = AllNash(want=want)(game)
        for field in ("status", "complete", "start", "payoffs", "regret", "strict"):
            assert np.array_equal(getattr(found, field), getattr(general, field), equal_nan=True), field
        for x, y in zip(found.strategies, general.strategies, strict=True):
            assert np.array_equal(x, y, equal_nan=True)
        if want != "count":
            assert np.array_equal(found.labels, general.labels)
