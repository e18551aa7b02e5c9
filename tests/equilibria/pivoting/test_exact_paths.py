"""Paths in integers: the same ends as in floating point where that is in no doubt, and an end where it is."""

import numpy as np
import pytest

import negotiation_sim as ns
from negotiation_sim.equilibria import lemke_howson
from negotiation_sim.equilibria.pivoting.complementary_paths import follow, groups
from negotiation_sim.equilibria.pivoting.exact_paths import exact_end
from negotiation_sim.status import Status

# Integers with differences of 1e-8: in floating point the path from the first label comes back to a basis where it has been.
CIRCLE = np.array(
    [
        [
            [1.2547658318993373e-08, 1.8108139668581615e-08, 9.112791914940263e-09],
            [0.9999999879497714, 1.9999999952387155, 1.999999993217529],
            [-6.443421569640231e-09, 2.0000000123403354, 2.0000000021289415],
            [2.0000000019595565, 1.9999999887824178, 0.9999999991570929],
        ],
        [
            [1.9999999974629012, -8.581141110562613e-09, 1.999999997825353],
            [0.9999999798199203, 1.0000000077802003, 1.9999999932282033],
            [-1.0822987680108837e-09, 2.0000000030648155, -1.0822890206588902e-08],
            [1.075705159748273e-08, 1.9999999931611034, -1.7982156947878894e-10],
        ],
    ]
)


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (3, 2), (2, 4), (4, 4), (5, 5)])
def test_the_same_ends_as_in_floating_point(shape):
    payoffs = np.random.default_rng(1).random((20, 2, *shape))
    tensor = np.moveaxis(payoffs, 0, -1)
    for label in range(sum(shape)):
        for part, systems in groups(tensor, np.arange(20)):
            ends = follow(systems, np.arange(20), np.full(20, label), 10_000)
            for g in range(20):
                x, y = exact_end(payoffs[part][g], label, 10_000)
                np.testing.assert_allclose(x, ends.first[:, g], atol=1e-9)
                np.testing.assert_allclose(y, ends.second[:, g], atol=1e-9)


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (4, 3), (2, 5)])
def test_an_end_in_every_degenerate_game(shape):
    payoffs = np.random.default_rng(2).integers(0, 3, size=(150, 2, *shape)).astype(float)
    for game in payoffs:
        for label in range(sum(shape)):
            profile = exact_end(game, label, 1000)
            assert profile is not None
            assert ns.regret(ns.NormalFormGame(game, ["A", "B"]), profile).max() < 1e-12


def test_what_would_take_too_long_is_left():
    rng = np.random.default_rng(3)
    assert exact_end(rng.random((2, 13, 12)), 0, 1000) is None
    assert exact_end(rng.random((2, 8, 8)), 0, 1) is None
    far = rng.random((2, 3, 3))
    far[0, 0, 0], far[0, 1, 1] = 1e308, 1e-308
    profile = exact_end(far, 0, 1000)  # integers of 2,000 bits
    assert profile is not None
    assert (ns.regret(ns.NormalFormGame(far, ["A", "B"]), profile) <= 1e-12 * np.ptp(far, axis=(1, 2))).all()
    x, y = exact_end(np.zeros((2, 2, 2)), 1, 10)
    assert x.sum() == y.sum() == 1


def test_a_path_that_goes_in_circles_is_found_out():
    (_, systems), *_ = groups(np.moveaxis(CIRCLE[None], 0, -1), np.arange(1))
    ends = follow(systems, np.zeros(1, dtype=int), np.zeros(1, dtype=int), 10_000_000)
    assert ends.status[0] == Status.SINGULAR  # not MAX_ITER, which would take minutes


@pytest.mark.parametrize("label", [*range(7), "all"])
def test_and_followed_to_its_end(label):
    found = ns.LemkeHowson(label, pure_first=False, capping=None)(ns.NormalFormGame(CIRCLE, ["A", "B"]))
    assert found.status == Status.OK
    assert found.count >= 1
    assert found.regret.max() < 1e-9


@pytest.mark.parametrize("noise", [1e-10, 1e-9, 1e-8])
def test_nothing_is_lost_where_payoffs_are_nearly_tied(noise):
    rng = np.random.default_rng(4)
    payoffs = rng.integers(0, 3, size=(2000, 2, 4, 3)) + noise * rng.standard_normal((2000, 2, 4, 3))
    game = ns.NormalFormGame(payoffs, ["A", "B"])
    for solver in (ns.LemkeHowson(pure_first=False, capping=None), ns.LemkeHowson("all"), ns.LemkeHowson()):
        found = solver(game)
        assert (found.status == Status.OK).all()
        assert (found.count >= 1).all()
        assert found.regret.max() <= 1e-9
    alone = ns.LemkeHowson("all")
    together = alone(game)
    for g in range(0, 2000, 191):
        profiles = together.profiles(g)
        expected = alone(game[g]).profiles()
        assert len(profiles) == len(expected)
        for a, b in zip(profiles, expected, strict=True):
            for x, y in zip(a, b, strict=True):
                np.testing.assert_allclose(x, y, atol=1e-12)


@pytest.mark.parametrize("size", [5, 13])
def test_ends_that_pass_are_listed_where_others_fail(size):
    """Games of 13 x 13 are too large for integers: what most labels give stays, and the status says that some gave nothing."""
    rng = np.random.default_rng(5)
    shape = (12, 2, size, size)
    payoffs = rng.integers(0, 3, size=shape) + rng.integers(-2, 3, size=shape) * 1e-8 * rng.random(shape)
    game = ns.NormalFormGame(payoffs, ["A", "B"])
    found = ns.LemkeHowson("all", max_iter=20_000)(game)
    assert found.regret.max() <= 1e-9
    assert (found.count >= 1).all()
    for label in range(0, 2 * size, 4):
        alone = ns.LemkeHowson(label, pure_first=False, capping=None)(game)
        for g in np.flatnonzero(alone.status == Status.OK):
            gaps = [max(np.abs(x - y).max() for x, y in zip(p, alone.profiles(g)[0], strict=True)) for p in found.profiles(g)]
            assert min(gaps) < 1e-5


def test_only_paths_that_failed_are_followed_again(monkeypatch):
    asked = []
    monkeypatch.setattr(lemke_howson, "exact_end", lambda payoffs, label, limit: asked.append(label) or exact_end(payoffs, label, limit))
    found = ns.LemkeHowson("all")(ns.NormalFormGame(CIRCLE, ["A", "B"]))
    assert found.status == Status.OK
    assert 0 < len(asked) < 7
    assert 0 in asked


def test_one_equilibrium_is_listed_once_though_rounding_grows_along_paths():
    profile = [np.array([[0.25, 0.25 + 4e-7], [0.75, 0.75 - 4e-7]]), np.array([[0.5, 0.5 - 3e-7], [0.5, 0.5 + 3e-7]])]
    first, second = (x[:, None] for x in profile)
    assert lemke_howson._distinct(first, second, np.ones((1, 2), dtype=bool)).tolist() == [[True, False]]
    pure = np.array([[[1.0, 1 - 4e-7]], [[0.0, 4e-7]]])
    assert lemke_howson._distinct(pure, second, np.ones((1, 2), dtype=bool)).tolist() == [[True, True]]  # other actions: another one
