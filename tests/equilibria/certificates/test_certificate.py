"""The certificates: right on solutions, and they catch what is not one."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import negotiation_sim as ns
from negotiation_sim.equilibria.certificates.certificate import certify_mixed, regret
from negotiation_sim.equilibria.certificates.deviations import Deviations
from negotiation_sim.equilibria.certificates.play_certificate import certify_plays
from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.pure import PureNash
from negotiation_sim.equilibria.subgame_perfect import SubgamePerfect
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.games.staged import StagedGame


def expected_payoff(payoffs, profile):
    """Sum over all pure profiles of payoff times probability; one player's payoffs."""
    return sum(
        payoffs[actions] * np.prod([x[a] for x, a in zip(profile, actions, strict=True)])
        for actions in itertools.product(*map(range, payoffs.shape))
    )


def regret_by_definition(payoffs, profile):
    gains = []
    for i, own in enumerate(payoffs):
        pure = [expected_payoff(own, [*profile[:i], np.eye(len(profile[i]))[a], *profile[i + 1 :]]) for a in range(len(profile[i]))]
        gains.append(max(pure) - expected_payoff(own, profile))
    return gains


@given(st.integers(0, 2**32), st.sampled_from([(2,), (2, 2), (3, 4), (2, 3, 2), (2, 1, 3, 2)]))
def test_regret_equals_definition(seed, shape):
    rng = np.random.default_rng(seed)
    payoffs = rng.normal(size=(3, len(shape), *shape))
    profile = [rng.dirichlet(np.ones(n), size=3) for n in shape]
    found = regret(NormalFormGame(payoffs, [f"p{i}" for i in range(len(shape))]), profile)
    assert found.shape == (3, len(shape))
    for g in range(3):
        np.testing.assert_allclose(found[g], regret_by_definition(payoffs[g], [x[g] for x in profile]), atol=1e-12)


def test_regret_broadcasts_one_profile_over_a_batch():
    payoffs = np.random.default_rng(1).random((4, 5, 2, 3, 2))
    game = NormalFormGame(payoffs, ["a", "b"])
    uniform = [np.full(3, 1 / 3), [0.5, 0.5]]
    found = regret(game, uniform)
    assert found.shape == (4, 5, 2)
    for place in np.ndindex(4, 5):
        np.testing.assert_array_equal(found[place], regret(game[place], uniform))


@pytest.mark.parametrize("strategy", [[0.5, 0.6], [1.5, -0.5], [np.nan, 1.0]])
def test_what_is_no_strategy_has_infinite_regret(strategy):
    game = NormalFormGame.from_arrays([[1, 1], [1, 1]], [[1, 1], [1, 1]])
    assert np.isinf(regret(game, [strategy, [1, 0]])).all()


def test_wrong_shapes_are_explained():
    game = NormalFormGame(np.zeros((3, 2, 2, 2)), ["a", "b"])
    with pytest.raises(ValueError, match="2 strategies"):
        regret(game, [[1, 0]])
    with pytest.raises(ValueError, match=r"profile\[1\] \(b\) must have shape \(\*batch, 2\)"):
        regret(game, [[1, 0], [1, 0, 0]])
    with pytest.raises(ValueError, match="broadcast"):
        regret(game, [np.ones((4, 2)) / 2, [1, 0]])


def test_entries_of_one_game_are_judged_separately():
    rng = np.random.default_rng(2)
    tensor = rng.random((2, 3, 3, 50))
    index = np.sort(rng.integers(0, 50, size=20000)).astype(np.intp)
    mixtures = [rng.dirichlet(np.ones(3), size=20000).T for _ in range(2)]
    verdict = certify_mixed(tensor, index, mixtures, 1e-9)
    for e in range(0, 20000, 999):
        alone = tensor[..., index[e] : index[e] + 1], np.zeros(1, dtype=np.intp), [x[:, e : e + 1] for x in mixtures]
        one = certify_mixed(*alone, 1e-9)
        for name in ("payoffs", "regret", "strict"):
            np.testing.assert_array_equal(getattr(one, name)[..., 0], getattr(verdict, name)[..., e])


def test_one_profile_a_game_is_judged_as_in_any_other_order():
    """Payoffs are then read in place, in longer runs."""
    rng = np.random.default_rng(4)
    for shape in ((2, 2), (3, 5), (2, 3, 2)):
        tensor = rng.random((len(shape), *shape, 300))
        tensor[:, ..., 17] = 2.0
        mixtures = [rng.dirichlet(np.ones(n), 300).T for n in shape]
        mixtures = [np.where(np.arange(300) % 3, x, np.eye(len(x))[:, :1]) for x in mixtures]
        mixtures[0][0, 40] = -1
        every = np.arange(300)
        in_place = certify_mixed(tensor, every, mixtures, 1e-9)
        twice = certify_mixed(tensor, np.repeat(every, 2), [np.repeat(x, 2, axis=1) for x in mixtures], 1e-9)
        for field in ("payoffs", "regret", "strict"):
            np.testing.assert_array_equal(getattr(twice, field)[..., ::2], getattr(in_place, field))
        assert in_place.regret[40] == np.inf
        assert in_place.regret[17] == 0


def test_pure_certificates_agree_with_the_contraction_of_mixtures():
    """Lists and gathers on one side, contractions on the other."""
    rng = np.random.default_rng(3)
    game = NormalFormGame(np.round(rng.random((300, 3, 2, 3, 2)), 1), ["a", "b", "c"])
    found = PureNash(rtol=0.2)(game)
    assert found.regret.max() > 0.05
    span = np.stack([np.ptp(p.reshape(3, -1), axis=1) for p in game.payoffs])
    for e, g in enumerate(found.index):
        gain = regret(game[g], [x[e] for x in found.strategies])
        assert found.regret[e] == pytest.approx((gain / span[g]).max(), abs=1e-12)


def certify(payoffs, owners, stages, masks, feasible=None):
    """Regrets by play of one game, payoffs (player, o_0, ...), for claimed masks (o_0, ...)."""
    tensor = np.asarray(payoffs, dtype=float)[..., None]
    play, _, found, _ = certify_plays(
        Deviations.build(tensor.shape[1:-1], owners, stages, feasible),
        tensor.reshape((len(tensor), -1)),
        [mask[..., None] for mask in masks],
        Resolution.of(tensor, feasible),
    )
    return dict(zip(play.tolist(), found.tolist(), strict=True))


def test_a_path_that_is_not_perfect_is_caught():
    """Keeping out by an empty threat: a Nash equilibrium, but fighting is not supported after entry."""
    payoffs = np.array([[[0, 0], [-1, 1]], [[2, 2], [-1, 1]]])
    out, fight = np.array([[False, True], [False, False]]), np.array([[True, True], [True, False]])
    assert certify(payoffs, [0, 1], [[0], [1]], [out, fight])[1] == pytest.approx(2 / 3)  # the incumbent would rather share
    share = np.array([[True, True], [False, True]])
    assert certify(payoffs, [0, 1], [[0], [1]], [out, share])[1] == 0.5  # the entrant would rather enter
    enter = np.array([[False, False], [False, True]])
    assert certify(payoffs, [0, 1], [[0], [1]], [enter, share]) == {3: 0}


def test_claims_that_hide_a_subgame_are_caught():
    payoffs = np.zeros((2, 2, 2, 2, 2))
    payoffs[:, 0, 0] = 5
    payoffs[0, 1, 1], payoffs[1, 1, 1] = [[1, -1], [-1, 1]], [[-1, 1], [1, -1]]
    later = np.ones((2, 2, 2, 2), dtype=bool)
    later[1, 1] = False  # matching pennies: nothing is supported there
    first = np.zeros((2, 2, 2, 2), dtype=bool)
    first[0, 0] = True
    found = certify(payoffs, [0, 1, 0, 1], [[0, 1], [2, 3]], [first, later])
    assert set(found.values()) == {np.inf}
    later[1, 1] = True  # claiming play there does not help
    assert min(certify(payoffs, [0, 1, 0, 1], [[0, 1], [2, 3]], [first, later]).values()) == pytest.approx(2 / 6)


def test_masks_that_are_not_nested_or_not_allowed_are_caught():
    payoffs = np.zeros((2, 2, 2))
    every, some = np.ones((2, 2), dtype=bool), np.array([[True, False], [True, True]])
    assert certify(payoffs, [0, 1], [[0], [1]], [every, some]) == {0: 0, 1: np.inf, 2: 0, 3: 0}
    assert np.inf in certify(payoffs, [0, 1], [[0], [1]], [every, every], feasible=some).values()


@given(st.integers(0, 2**32))
def test_adding_any_play_to_an_answer_is_caught(seed):
    """The masks hold every supported play, so a first mask with one more must show a gain."""
    rng = np.random.default_rng(seed)
    payoffs = rng.integers(0, 6, size=(3, 2, 2, 3))
    owners, stages = [0, 1, 2], [[1], [0, 2]]
    masks = [m[..., 0] for m in SubgamePerfect().masks(StagedGame(payoffs, ["a", "b", "c"], owners, stages))]
    assert all(gain == 0 for gain in certify(payoffs, owners, stages, masks).values())
    for play in np.argwhere(~masks[0]):
        claim = masks[0].copy()
        claim[tuple(play)] = True
        flat = int(np.ravel_multi_index(play, claim.shape))
        assert certify(payoffs, owners, stages, [claim, masks[1]])[flat] > 0
        both = [claim, masks[1] | claim]
        assert max(certify(payoffs, owners, stages, both).values()) > 0


def test_games_are_kept_apart():
    rng = np.random.default_rng(4)
    tensor = np.ascontiguousarray(rng.integers(0, 5, size=(3, 2, 3, 2, 40)).astype(float))
    owners, stages = [0, 1, 2], [[1], [0, 2]]
    masks = rng.random((2, 2, 3, 2, 40)) < 0.5
    masks[1] |= masks[0]
    deviations = Deviations.build((2, 3, 2), owners, stages)
    flat = tensor.reshape((3, -1))
    whole = certify_plays(deviations, flat, masks, Resolution.of(tensor))
    for first, size in ((0, 7), (7, 20), (27, 13)):
        part = slice(first, first + size)
        play, game, gain, slack = certify_plays(deviations, flat, masks[..., part], Resolution.of(tensor[..., part]), first)
        inside = (whole[1] >= first) & (whole[1] < first + size)
        for mine, theirs in zip((play, game + first, gain, slack), whole, strict=True):
            np.testing.assert_array_equal(mine, theirs[inside])


@pytest.mark.parametrize("scale", [2.0**-970, 2.0**-1030, 2.0**-1050, 2.0**-1070, 5e-324])
@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2, 3)])
def test_nothing_is_lost_where_payoffs_are_the_smallest_numbers_there_are(scale, shape):
    payoffs = np.random.default_rng(5).integers(0, 4, size=(200, 2, *shape)).astype(float)
    usual, faint = (ns.NormalFormGame(payoffs * s, ("A", "B")) for s in (1.0, scale))
    for solver in (ns.AllNash(), ns.AllNash(exact=True), ns.LemkeHowson()):
        expected, found = solver(usual), solver(faint)
        np.testing.assert_array_equal(found.count, expected.count)
        np.testing.assert_array_equal(found.complete, expected.complete)
        for x, y in zip(found.strategies, expected.strategies, strict=True):
            np.testing.assert_allclose(x, y, atol=1e-12)
        assert found.regret.max() < 1e-12


def test_a_gain_of_the_smallest_numbers_is_told_from_none():
    game = ns.NormalFormGame(np.array([[[4.0, 0], [0, 2]], [[4, 0], [0, 2]]]) * 5e-324, ("A", "B"))
    tensor, index = game.tensor, np.zeros(2, dtype=np.intp)
    mixes = [np.array([[1 / 3, 0.5], [2 / 3, 0.5]])] * 2
    np.testing.assert_allclose(certify_mixed(tensor, index, mixes, 1e-9).regret, [0, 0.125], atol=1e-12)
