"""Best replies against the definition, published games, and the equilibria that they make up."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation_sim.equilibria.certificates.certificate import regret
from negotiation_sim.equilibria.domination.replies import best_replies
from negotiation_sim.equilibria.pure import PureNash
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.games.staged import StagedGame
from negotiation_sim.status import Status

SHAPES = [(3, 4), (1, 3), (2, 3, 2), (2, 2, 2, 2)]


def names(count):
    return [f"p{i}" for i in range(count)]


def batch(payoffs):
    return NormalFormGame(payoffs, names(np.shape(payoffs)[1]))


def random_profile(rng, shape, *lead):
    return [rng.dirichlet(np.ones(n), lead) if lead else rng.dirichlet(np.ones(n)) for n in shape]


@pytest.mark.parametrize("shape", SHAPES)
def test_pure_replies_equal_the_definition(shape):
    payoffs = np.random.default_rng(1).integers(0, 4, size=(40, len(shape), *shape))
    found = best_replies(batch(payoffs))
    assert found.mask.shape == payoffs.shape
    np.testing.assert_array_equal(found.payoffs, payoffs)
    for g, i in itertools.product(range(40), range(len(shape))):
        for profile in itertools.product(*map(range, shape)):
            others = [(*profile[:i], a, *profile[i + 1 :]) for a in range(shape[i])]
            assert found.mask[(g, i, *profile)] == (payoffs[(g, i, *profile)] == max(payoffs[(g, i, *o)] for o in others))
    np.testing.assert_array_equal(np.moveaxis(found.mask.all(axis=1), 0, -1), PureNash().mask(batch(payoffs)))


@pytest.mark.parametrize("shape", SHAPES)
def test_replies_to_a_profile_equal_the_definition(shape):
    rng = np.random.default_rng(2)
    payoffs = rng.integers(0, 4, size=(30, len(shape), *shape))
    game, profile = batch(payoffs), random_profile(rng, shape, 30)
    found = best_replies(game, profile)
    assert found.mask.shape == found.payoffs.shape == (30, len(shape), max(shape))
    for g, (i, n) in itertools.product(range(30), enumerate(shape)):
        expected = np.zeros(n)
        for cell in itertools.product(*map(range, shape)):
            expected[cell[i]] += payoffs[(g, i, *cell)] * np.prod([profile[j][g, k] for j, k in enumerate(cell) if j != i])
        np.testing.assert_allclose(found.payoffs[g, i, :n], expected, atol=1e-12)
        assert np.isnan(found.payoffs[g, i, n:]).all()
        assert found.mask[g, i].tolist() == [*(expected >= expected.max() - 1e-10), *[False] * (max(shape) - n)]
        value = profile[i][g] @ expected
        assert regret(game, profile)[g, i] == pytest.approx(expected.max() - value, abs=1e-12)


def test_a_pure_profile_gives_the_same_replies_both_ways():
    payoffs = np.random.default_rng(3).integers(0, 4, size=(3, 2, 3, 2))
    game = NormalFormGame(payoffs, names(3))
    table = best_replies(game)
    for cell in np.ndindex(2, 3, 2):
        found = best_replies(game, [np.eye(n)[k] for n, k in zip(game.shape, cell, strict=True)])
        for i in range(3):
            others = [k for j, k in enumerate(cell) if j != i]
            assert found.actions(i) == table.actions(i, others)


@pytest.mark.parametrize("index", [0, 7])
def test_ties_in_mixed_equilibria(index):
    """Against the equilibrium of rock, paper, scissors everything is a best reply, in whatever units."""
    shift, scale = [(0, 1), (1, 1), (10, 0.1), (0.3, 1e-9), (-5, 3), (1e4, 1), (1e5, 0.7), (0, 1e12)][index]
    rows = scale * (np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) + shift)
    found = best_replies(NormalFormGame.from_arrays(rows, rows), [np.full(3, 1 / 3)] * 2)
    assert found.mask.all()


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.floats(1e-9, 1e9), st.floats(-10, 10))
def test_units_do_not_matter(seed, scale, shift):
    payoffs = np.random.default_rng(seed).integers(0, 5, size=(5, 2, 3, 4)) / 10
    profile = [[0.5, 0.25, 0.25], [0.25, 0.25, 0.5, 0]]
    for given_profile in (None, profile):
        before, after = (best_replies(batch(p), given_profile) for p in (payoffs, (payoffs + shift) * scale))
        np.testing.assert_array_equal(before.mask, after.mask)


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_renaming_players_and_actions_renames_the_answer(seed):
    rng = np.random.default_rng(seed)
    shape = (4, 3, 2)
    payoffs = rng.integers(0, 4, size=(3, *shape))
    flips, people = [rng.permutation(n) for n in shape], rng.permutation(3)
    flipped = payoffs[np.ix_(range(3), *flips)][people].transpose(0, *(people + 1))
    expected = best_replies(NormalFormGame(payoffs, names(3))).mask[np.ix_(range(3), *flips)][people].transpose(0, *(people + 1))
    np.testing.assert_array_equal(best_replies(NormalFormGame(flipped, names(3))).mask, expected)


def test_batch_equals_loop_bit_for_bit():
    rng = np.random.default_rng(4)
    payoffs = np.round(rng.random((9000, 2, 3, 3)), 1)
    game, profile = batch(payoffs), random_profile(rng, (3, 3), 9000)
    pure, mixed = best_replies(game), best_replies(game, profile)
    for g in range(0, 9000, 131):
        np.testing.assert_array_equal(best_replies(game[g]).mask, pure.mask[g])
        alone = best_replies(game[g], [x[g] for x in profile])
        np.testing.assert_array_equal(alone.mask, mixed.mask[g])
        np.testing.assert_array_equal(alone.payoffs, mixed.payoffs[g])


def test_strategies_broadcast_against_the_batch():
    rng = np.random.default_rng(5)
    payoffs = rng.random((3, 4, 2, 2, 3))
    first, second = rng.dirichlet(np.ones(2), (3, 1)), rng.dirichlet(np.ones(3))
    found = best_replies(NormalFormGame(payoffs), [first, second])
    assert found.mask.shape == (3, 4, 2, 3)
    assert [x.shape for x in found.profile] == [(3, 4, 2), (3, 4, 3)]
    for place in np.ndindex(3, 4):
        alone = best_replies(NormalFormGame(payoffs[place]), [first[place[0], 0], second])
        np.testing.assert_array_equal(alone.mask, found.mask[place])
        assert found.actions(1, index=place) == alone.actions(1)
    assert best_replies(NormalFormGame(np.zeros((0, 2, 2, 2)), names(2))).mask.shape == (0, 2, 2, 2)


def test_every_status_in_one_batch():
    payoffs = np.tile(np.array([[[3.0, 0], [5, 1]], [[3, 5], [0, 1]]]), (5, 1, 1, 1))
    payoffs[1, 0, 0, 1] = np.nan
    payoffs[2, 1, 1, 1] = np.inf
    first = np.tile([0.5, 0.5], (5, 1))
    first[2], first[3] = [0.5, 0.6], [np.nan, 1]
    pure, mixed = best_replies(batch(payoffs)), best_replies(batch(payoffs), [first, [1, 0]])
    broken = [Status.OK, Status.NOT_FINITE, Status.NOT_FINITE]
    assert pure.status.tolist() == [*broken, Status.OK, Status.OK]
    assert mixed.status.tolist() == [*broken, Status.OUT_OF_DOMAIN, Status.OK]
    assert mixed.mask[:, 0].tolist() == [[False, True], *[[False, False]] * 3, [False, True]]
    assert np.isnan(mixed.payoffs[1:4]).all()
    assert not pure.mask[1:3].any()
    assert pure.mask[0].tolist() == pure.mask[4].tolist()
    assert "2 of 5 games solved." in str(mixed)
    assert "NaN or infinite" in str(best_replies(batch(payoffs)[1]))


def test_tolerance_is_a_share_of_the_range():
    game = NormalFormGame([[100.0, 99.0, 0.0]], ["a"])
    assert best_replies(game).actions("a") == ("1",)
    assert best_replies(game, rtol=0.02).actions("a") == ("1", "2")
    noise = np.array([[0.1 + 0.2, 0.3], [0.3, 0.1 + 0.2]])
    assert best_replies(NormalFormGame.from_arrays(noise, noise + 1e6)).mask.all()


def test_conformance(conformance):
    """A strategy is a best response when its whole support is."""
    cases = json.loads((conformance / "expected" / "misc.json").read_text(encoding="utf-8"))["best_response"]
    for case in cases:
        given_case = case["inputs"]
        rows = np.array(given_case["A"], dtype=float)
        found = best_replies(NormalFormGame.from_arrays(rows, -rows), [given_case["sigma_r"], given_case["sigma_c"]])
        support = np.array(given_case["sigma_r"]) > 0
        assert (not (support & ~found.mask[0]).any()) == case["result"], case["test"]
    assert cases


def test_shows_itself():
    game = NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]], players=["Ann", "Bob"], actions=["CD", "CD"])
    pure, mixed = best_replies(game), best_replies(game, [[0.5, 0.5], [1, 0]])
    assert pure.actions("Ann", ["C"]) == mixed.actions("Ann") == ("D",)
    assert [row[2] for row in pure.tables[0].rows] == ["D"] * 4
    assert [row[4] for row in mixed.tables[0].rows] == [False, True, False, True]
    assert repr(pure) == "BestReplies(to every pure profile, batch ())"
    assert repr(mixed) == "BestReplies(to a profile, batch ())"
    assert [row[2] for row in best_replies(batch(np.zeros((6, 2, 2, 2)))).tables[0].rows] == [6] * 4


def test_mistakes_say_what_to_do():
    game = NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]], players=["Ann", "Bob"])
    with pytest.raises(ValueError, match=r"2 strategies, one for each player \(Ann, Bob\); got 1"):
        best_replies(game, [[1, 0]])
    for wrong in ([1, 0, 0], 1.0, [[1, 0], [0, 1]]):
        with pytest.raises(ValueError, match=r"strategy of Bob must have shape \(\*batch, 2\)"):
            best_replies(game, [[1, 0], wrong])
    with pytest.raises(ValueError, match="strategy of Ann must hold probabilities"):
        best_replies(game, [[0.5, 0.6], [1, 0]])
    with pytest.raises(ValueError, match="one action for each of Bob"):
        best_replies(game).actions("Ann")
    with pytest.raises(ValueError, match="nothing, the profile is given"):
        best_replies(game, [[1, 0], [1, 0]]).actions("Ann", ["1"])
    with pytest.raises(TypeError, match=r"normal_form\(\)"):
        best_replies(StagedGame(np.zeros((1, 2)), ["a"], [0], [[0]]))
    with pytest.raises(ValueError, match="rtol"):
        best_replies(game, rtol=-1)
