"""PureNash against brute force, published games and the invariances that the definition has."""

import itertools
import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.pure import PureNash
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.games.staged import StagedGame
from negotiation_sim.status import Completeness, Status

SHAPES = [(2, 2), (3, 4), (1, 3), (5, 2), (2, 2, 2), (3, 2, 3), (2, 1, 4), (2, 2, 2, 2), (3, 3, 3, 2)]


def brute_force(payoffs):
    """All pure equilibria of one game, payoffs (player, a_0, ...), by comparing every profile with every deviation."""
    found = []
    for profile in itertools.product(*map(range, payoffs.shape[1:])):
        deviations = (
            (i, (*profile[:i], a, *profile[i + 1 :])) for i in range(len(profile)) for a in range(payoffs.shape[i + 1]) if a != profile[i]
        )
        if all(payoffs[(i, *other)] <= payoffs[(i, *profile)] for i, other in deviations):
            found.append(profile)
    return found


def names(count):
    return [f"p{i}" for i in range(count)]


def listed(mask):
    """Profiles of each game of a mask (a_0, ..., games)."""
    return [[tuple(map(int, p)) for p in np.argwhere(mask[..., g])] for g in range(mask.shape[-1])]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("high", [1, 4, 1000])
def test_equals_brute_force(shape, high):
    rng = np.random.default_rng(hash(shape) % 1000 + high)
    payoffs = rng.integers(0, high + 1, size=(75, len(shape), *shape))
    game = NormalFormGame(payoffs, names(len(shape)))
    found = PureNash()(game)
    expected = [brute_force(p) for p in payoffs]
    assert listed(PureNash().mask(game)) == expected
    assert found.count.tolist() == [len(e) for e in expected]
    assert (found.complete == Completeness.PROVED).all()
    assert (found.regret == 0).all()
    for g, profiles in enumerate(expected):
        mine = [tuple(int(x.argmax()) for x in profile) for profile in found.profiles(g)]
        assert mine == profiles
        for profile, e in zip(profiles, range(found.start[g], found.start[g + 1]), strict=True):
            assert found.payoffs[e].tolist() == [payoffs[(g, i, *profile)] for i in range(len(shape))]
            deviations = [(i, (*profile[:i], a, *profile[i + 1 :])) for i, n in enumerate(shape) for a in range(n) if a != profile[i]]
            assert found.strict[e] == all(payoffs[(g, i, *d)] < payoffs[(g, i, *profile)] for i, d in deviations)
    for x in found.strategies:
        assert set(np.unique(x)) <= {0, 1}
        assert (x.sum(axis=1) == 1).all()


def test_margin_by_definition():
    rng = np.random.default_rng(3)
    payoffs = rng.integers(0, 8, size=(200, 3, 2, 3, 2))
    classes = rng.integers(-1, 3, size=(2, 3, 2)).astype(np.int8)
    game = NormalFormGame(payoffs, names(3))
    found = PureNash()(game)
    margins = found.margin(classes)
    best = np.full((3, 200), np.nan)
    for e, g in enumerate(found.index):
        profile = tuple(int(x[e].argmax()) for x in found.strategies)
        losses = [np.inf]
        for i, n in enumerate(game.shape):
            for a in range(n):
                other = (*profile[:i], a, *profile[i + 1 :])
                if classes[other] != classes[profile]:
                    span = payoffs[g, i].max() - payoffs[g, i].min()
                    losses.append((payoffs[(g, i, *profile)] - payoffs[(g, i, *other)]) / span)
        assert margins[e] == min(losses)
        if classes[profile] >= 0:
            best[classes[profile], g] = np.fmax(best[classes[profile], g], margins[e])
    summary = PureNash().summarise(game, classes, 3, frozenset({"margin", "strict"}))
    np.testing.assert_array_equal(summary.margin, best)
    np.testing.assert_array_equal(summary.strict, best > 1e-9)
    np.testing.assert_array_equal(found.strict_between_outcomes(classes), margins > 1e-9)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param([[3, 0], [5, 1]], [[3, 5], [0, 1]], {(1, 1)}, id="prisoners' dilemma"),
        pytest.param([[3, 0], [0, 2]], [[2, 0], [0, 3]], {(0, 0), (1, 1)}, id="battle of the sexes"),
        pytest.param([[1, -1], [-1, 1]], [[-1, 1], [1, -1]], set(), id="matching pennies"),
        pytest.param([[4, 1], [3, 2]], [[4, 3], [1, 2]], {(0, 0), (1, 1)}, id="stag hunt"),
        pytest.param([[0, -1], [1, -10]], [[0, 1], [-1, -10]], {(0, 1), (1, 0)}, id="chicken"),
        pytest.param([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], [[0, 1, -1], [-1, 0, 1], [1, -1, 0]], set(), id="rock, paper, scissors"),
    ],
)
def test_published_games(first, second, expected):
    game = NormalFormGame.from_arrays(first, second)
    found = PureNash()(game)
    assert {tuple(int(x.argmax()) for x in profile) for profile in found.profiles()} == expected
    assert found.strict.all()
    assert found.complete == Completeness.PROVED
    assert found.status == Status.OK


def test_every_status_in_one_batch():
    payoffs = np.tile(np.array([[[3.0, 0], [5, 1]], [[3, 5], [0, 1]]]), (6, 1, 1, 1))
    payoffs[1, 0, 0, 1] = np.nan  # away from the equilibrium
    payoffs[2, 1, 1, 1] = np.inf
    payoffs[3] = [[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]]
    payoffs[4] = -np.inf
    found = PureNash()(NormalFormGame(payoffs))
    assert found.status.tolist() == [Status.OK, Status.NOT_FINITE, Status.NOT_FINITE, Status.OK, Status.NOT_FINITE, Status.OK]
    assert found.count.tolist() == [1, 0, 0, 0, 0, 1]
    assert found.complete.tolist() == [2, 0, 0, 2, 0, 2]
    keep = frozenset({"payoff_min", "payoff_max", "regret_max", "certain", "margin", "strict"})
    summary = PureNash().summarise(found.game, np.array([[0, 1], [2, 3]], dtype=np.int8), 4, keep)
    none = np.array([False, True, True, True, True, False])
    assert (np.isnan(summary.payoff_min).all(axis=0) == none).all()
    assert (np.isnan(summary.regret_max) == none).all()
    assert summary.supported[3].tolist() == (~none).tolist()
    assert not summary.supported[:3].any()
    np.testing.assert_array_equal(summary.certain, summary.supported)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_broken_payoff_leaves_no_equilibrium_anywhere_in_its_game(value):
    payoffs = np.zeros((3, 2, 2, 2))
    payoffs[1, 0, 0, 0] = value
    assert PureNash()(NormalFormGame(payoffs, names(2))).count.tolist() == [4, 0, 4]


def answer(payoffs):
    found = PureNash()(NormalFormGame(payoffs, names(payoffs.shape[1])))
    return found.start.tolist(), [x.tolist() for x in found.strategies], found.strict.tolist()


@given(st.integers(0, 2**32), st.integers(-30, 30), st.integers(-(10**6), 10**6))
def test_integer_shifts_and_powers_of_two_change_nothing(seed, power, shift):
    rng = np.random.default_rng(seed)
    payoffs = rng.integers(0, 6, size=(5, 3, 2, 3, 2)).astype(float)
    moved = (payoffs + np.array([shift, 0, -shift]).reshape(3, 1, 1, 1)) * 2.0**power
    assert answer(moved) == answer(payoffs)
    before, after = (PureNash()(NormalFormGame(p, names(3))) for p in (payoffs, moved))
    np.testing.assert_array_equal(before.regret, after.regret)
    classes = np.arange(12, dtype=np.int8).reshape(2, 3, 2)
    np.testing.assert_array_equal(before.margin(classes), after.margin(classes))


@given(st.integers(0, 2**32), st.floats(1e-12, 1e12), st.floats(-100, 100))
def test_units_do_not_matter(seed, scale, shift):
    payoffs = np.random.default_rng(seed).integers(0, 6, size=(5, 2, 3, 3)) / 10
    assert answer((payoffs + shift) * scale) == answer(payoffs)


@given(st.integers(0, 2**32))
def test_renaming_players_and_actions_renames_the_answer(seed):
    rng = np.random.default_rng(seed)
    payoffs = rng.integers(0, 4, size=(3, 2, 3, 4))
    mask = PureNash().mask(NormalFormGame(payoffs, names(3)))[..., 0]
    flips = [rng.permutation(n) for n in mask.shape]
    flipped = PureNash().mask(NormalFormGame(payoffs[np.ix_(range(3), *flips)], names(3)))[..., 0]
    np.testing.assert_array_equal(flipped, mask[np.ix_(*flips)])
    people = rng.permutation(3)
    moved = PureNash().mask(NormalFormGame(payoffs[people].transpose(0, *(people + 1)), names(3)))[..., 0]
    np.testing.assert_array_equal(moved, mask.transpose(people))


def test_batch_equals_loop_bit_for_bit():
    rng = np.random.default_rng(4)
    payoffs = np.round(rng.random((5000, 3, 2, 3, 2)), 1)
    game = NormalFormGame(payoffs, names(3))
    found = PureNash()(game)
    classes = rng.integers(0, 3, size=(2, 3, 2)).astype(np.int8)
    keep = frozenset({"payoff_min", "payoff_max", "regret_max", "margin", "strict", "certain"})
    summary = PureNash().summarise(game, classes, 3, keep)
    for g in range(0, 5000, 17):
        one = PureNash()(game[g])
        entries = slice(found.start[g], found.start[g + 1])
        for name in ("payoffs", "regret", "strict"):
            np.testing.assert_array_equal(getattr(one, name), getattr(found, name)[entries])
        alone = PureNash().summarise(game[g], classes, 3, keep)
        for name in ("status", "complete", "count", "supported", *keep):
            np.testing.assert_array_equal(getattr(alone, name)[..., 0], getattr(summary, name)[..., g])
    for parts in (2, 9):
        pieces = [PureNash().mask(NormalFormGame(p, names(3))) for p in np.array_split(payoffs, parts)]
        np.testing.assert_array_equal(np.concatenate(pieces, axis=-1), PureNash().mask(game))


def test_batch_of_two_axes():
    payoffs = np.random.default_rng(5).random((3, 4, 2, 2, 2))
    found = PureNash()(NormalFormGame(payoffs, names(2)))
    assert found.count.shape == found.status.shape == (3, 4)
    for place in np.ndindex(3, 4):
        assert [tuple(int(x.argmax()) for x in p) for p in found.profiles(place)] == brute_force(payoffs[place])


def test_payoffs_equal_up_to_rounding_count_as_equal():
    noise = np.array([[0.1 + 0.2, 0.3], [0.3, 0.1 + 0.2]])
    found = PureNash()(NormalFormGame.from_arrays(noise, noise + 1e6))
    assert found.count == 4
    assert (found.regret == 0).all()
    assert not found.strict.any()
    assert (found.margin(np.array([[0, 1], [1, 0]], dtype=np.int8)) == 0).all()


def test_constant_payoffs_and_single_actions():
    constant = PureNash()(NormalFormGame(np.full((3, 2, 2, 2), 5.0), names(3)))
    assert constant.count == 8
    assert not constant.strict.any()
    forced = PureNash()(NormalFormGame([[[1.0]], [[2.0]]], names(2)))
    assert forced.count == 1
    assert forced.strict.all()
    assert forced.margin(np.zeros((1, 1), dtype=np.int8)).tolist() == [np.inf]
    alone = PureNash()(NormalFormGame([[1, 3, 3]], ["a"]))
    assert [int(x[0].argmax()) for x in alone.profiles()] == [1, 2]


def test_tolerance_is_a_share_of_the_range():
    game = NormalFormGame([[100.0, 99.0, 0.0]], ["a"])
    assert PureNash()(game).count == 1
    loose = PureNash(rtol=0.02)(game)
    assert loose.count == 2
    np.testing.assert_allclose(loose.regret, [0, 0.01])
    with pytest.raises(ValueError, match="rtol"):
        PureNash(rtol=-1)


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (11, 11), (9, 14), (8, 16), (13, 10), (17, 16), (2, 3, 2)])
def test_the_first_is_that_of_the_mask(shape):
    rng = np.random.default_rng(6)
    payoffs = rng.integers(0, 9, (900, len(shape), *shape)).astype(float)
    payoffs[:200] = rng.random((200, len(shape), *shape))
    payoffs[5, 0, ..., 0] = np.nan
    game = NormalFormGame(payoffs, names(len(shape)))
    mask = PureNash().mask(game).reshape((-1, 900))
    profile, scale = PureNash().first(game)
    assert profile.tolist() == np.where(mask.any(axis=0), mask.argmax(axis=0), -1).tolist()
    assert profile[5] == -1
    expected = Resolution.of(game.tensor)
    np.testing.assert_array_equal(scale.span, expected.span)
    np.testing.assert_array_equal(scale.rounding, expected.rounding)


def test_wrong_game_says_what_to_do():
    with pytest.raises(TypeError, match=r"normal_form\(\)"):
        PureNash()(StagedGame(np.zeros((1, 2)), ["a"], [0], [[0]]))


def test_empty_batch():
    found = PureNash()(NormalFormGame(np.zeros((0, 2, 2, 2)), names(2)))
    assert len(found) == 0
    assert found.payoffs.shape == (0, 2)
    assert [x.shape for x in found.strategies] == [(0, 2), (0, 2)]


def test_conformance(conformance):
    """Exact pure equilibria of published and reported games."""
    compared = 0
    for file in ("bimatrix", "nplayer"):
        for case in json.loads((conformance / "expected" / f"{file}.json").read_text(encoding="utf-8")):
            if "pure" not in case:
                continue
            tables = [case["A"], case["B"]] if file == "bimatrix" else case["payoffs"]
            exact = np.array([np.vectorize(Fraction, otypes=[object])(np.array(t, dtype=object)) for t in tables])
            game = NormalFormGame(exact.astype(float), names(len(tables)))
            assert listed(PureNash().mask(game)) == [sorted(map(tuple, case["pure"]))], case["id"]
            compared += 1
    assert compared > 100


def test_an_empty_batch_has_margins_too():
    game = NormalFormGame(np.zeros((0, 3, 2, 2, 3)), players=["a", "b", "c"])
    found = PureNash()(game)
    classes = np.arange(12, dtype=np.int8).reshape(2, 2, 3)
    assert found.margin(classes).shape == (0,)
    assert found.class_probability(classes, 12).shape == (0, 12)
