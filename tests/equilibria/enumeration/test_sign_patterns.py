"""2 x 2 games by the signs of their differences: the same as listing their equilibria, ties and all."""

import numpy as np
import pytest

import negotiation_sim as ns
from negotiation_sim.equilibria.enumeration.sign_patterns import summarise_signs
from negotiation_sim.equilibria.summary import summarise_entries

FIELDS = ("status", "complete", "count", "supported", "certain")
CLASSES = [np.arange(4).reshape(2, 2), np.array([[0, 1], [1, -1]]), np.zeros((2, 2), dtype=int)]


def games(kind, seed, count=1500):
    rng = np.random.default_rng(seed)
    payoffs = rng.integers(0, 4, (count, 2, 2, 2)).astype(float)
    if kind == "noise near the tolerance":
        payoffs += rng.choice([0, 1e-10, 1e-9, 3e-9, 1e-6, 1e-4], payoffs.shape)
    elif kind == "scaled and shifted":
        payoffs = payoffs * 10.0 ** rng.integers(-12, 12, (count, 1, 1, 1)) + rng.choice([0, 1e3], (count, 1, 1, 1))
    elif kind == "some ties, some NaN":
        payoffs = rng.random(payoffs.shape)
        payoffs[:, :, 0] = np.where(rng.random((count, 2, 2)) < 0.5, payoffs[:, :, 1], payoffs[:, :, 0])
        payoffs[rng.random(count) < 0.02] = np.nan
    return ns.NormalFormGame(payoffs, ["a", "b"])


@pytest.mark.parametrize("kind", ["integers", "noise near the tolerance", "scaled and shifted", "some ties, some NaN"])
@pytest.mark.parametrize("classes", CLASSES, ids=["profiles", "three classes", "one class"])
def test_the_same_as_listing_every_equilibrium(kind, classes):
    game = games(kind, seed=11)
    n = int(classes.max()) + 1
    expected = summarise_entries(ns.AllNash()(game), classes, n, frozenset({"certain"}))
    found = ns.AllNash().summarise(game, classes, n, frozenset({"certain"}))
    for field in FIELDS:
        assert np.array_equal(getattr(found, field), getattr(expected, field)), field
    signs, left = summarise_signs(game.tensor, 1e-9, classes, n, True)
    own = np.setdiff1d(np.arange(game.games), left)
    if kind == "integers":
        assert len(left) == 0
    for field in FIELDS:
        assert np.array_equal(getattr(signs, field)[..., own], getattr(expected, field)[..., own]), field


def test_a_coarse_tolerance_is_left_to_the_general_path():
    game = games("integers", 1, 50)
    assert len(summarise_signs(game.tensor, 0.005, CLASSES[0], 4, False)[1]) == 50


def counts_two_ways(family, grid):
    """A sweep from payoffs on few axes, and one that writes every payoff."""
    direct, whole = ns.sweep(family, grid, keep=()), ns.sweep(family, grid, keep=("regret",))
    for name in ("status", "complete", "count", "supported", "certain"):
        assert np.array_equal(direct[name], whole[name]), name
    return direct


def test_sweeps_of_few_axes_are_those_of_whole_games():
    def chicken(crash, prize):
        return [[[0, -1], [prize, -crash]], [[0, prize], [-1, -crash]]]

    axes = {"crash": ns.span(-1, 3, 41), "prize": [0.0, 0.5, 1.0, np.nan, 1e300]}
    family = ns.GameFamily(chicken, {"crash": 2.0, "prize": 1.0}, ["A", "B"], [["swerve", "dare"]] * 2)
    result = counts_two_ways(family, ns.grid(**axes))
    assert result["count"].values.max() >= 3
    assert set(np.unique(result["status"])) == {ns.Status.OK, ns.Status.NOT_FINITE}
    counts_two_ways(family, ns.grid(crash=ns.span(-1, 3, 17)))
    counts_two_ways(family, ns.grid(ns.paired(crash=[0.0, 1.0], prize=[1.0, 2.0])))
    bounded = ns.GameFamily(chicken, {"crash": ns.Parameter(2.0, domain=(0, 5)), "prize": 1.0}, ["A", "B"], [["s", "d"]] * 2)
    assert ns.Status.OUT_OF_DOMAIN in counts_two_ways(bounded, ns.grid(crash=[-1.0, 1.0, 2.0]))["status"]


def test_functions_that_return_arrays():
    def stacked(gain):
        one = np.stack([np.stack([gain, 0 * gain], -1), np.stack([1 - gain, 2 + 0 * gain], -1)], -2)
        return np.stack([one, one.swapaxes(-1, -2)], -3)

    counts_two_ways(ns.GameFamily(stacked, {"gain": 1.0}, ["A", "B"], [["x", "y"]] * 2), ns.grid(gain=ns.span(-1, 4, 31)))


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda gain: [[[gain, 0], [0]], [[0, 0], [0, 0]]], "must be a list with one entry an action"),
        (lambda gain: [[[gain, "x"], [0, 1]], [[0, 0], [0, 0]]], "must be a number or an array"),
        (lambda gain: [[[np.zeros(7), 1], [0, 1]], [[0, 0], [0, 0]]], "must be a number or an array"),
        (lambda gain: [[[[gain, [gain]], 1], [0, 1]], [[0, 0], [0, 0]]], "must be a number or an array"),
        (lambda gain: 1 / 0, "raised ZeroDivisionError"),
    ],
)
def test_wrong_functions_are_told_as_ever(function, said):
    with pytest.raises(ValueError, match=said):
        ns.sweep(
            ns.GameFamily(lambda gain: function(gain), {"gain": 1.0}, ["A", "B"], [["x", "y"]] * 2), ns.grid(gain=[0.0, 1.0, 2.0]), keep=()
        )


def test_scenarios_of_two_actors():
    scenario = ns.Scenario(
        "Threat",
        parameters={"bite": ns.Parameter(2.0, range=(0, 4)), "cost": 1.0},
        actors={
            "T": ns.Actor("Target", options=["comply", "defy"], payoff={"gain": "1.5 * T.defy", "loss": "-bite * hit"}),
            "S": ns.Actor(
                "Sender", options=["sanction", "wait"], payoff={"aim": "3 * T.comply", "cost": "-cost * hit", "envy": "-0.1 * payoff.T"}
            ),
        },
        definitions={"hit": "T.defy * S.sanction"},
    )
    result = counts_two_ways(scenario, ns.grid(bite=ns.span(0, 4, 33), cost=[-0.5, 0.0, 0.5]))
    assert len(np.unique(result["count"])) > 1
    apart = ns.Scenario(  # each parameter moves one actor's payoffs only
        "Threat",
        parameters={"gain": 1.0, "cost": 1.0},
        actors={
            "T": ns.Actor("Target", options=["comply", "defy"], payoff={"gain": "gain * T.defy - 2 * T.defy * S.sanction"}),
            "S": ns.Actor("Sender", options=["sanction", "wait"], payoff={"aim": "3 * T.comply - cost * S.sanction * T.defy"}),
        },
    )
    assert len(np.unique(counts_two_ways(apart, ns.grid(gain=ns.span(-1, 3, 9), cost=[-1.0, 0.0, 1.0]))["count"])) > 1


@pytest.mark.parametrize("first", [np.nan, np.inf])
@pytest.mark.parametrize("cell", range(8))
def test_a_payoff_that_is_not_finite_hides_no_other_in_a_sweep(cell, first):
    """One NaN in the block, in any cell of either player, and infinite payoffs beside it."""

    def payoffs(x):
        flat = [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0]
        flat[cell] = np.select([x == 1, x == 2, x == 3], [first, np.inf, -np.inf], x)
        return [[flat[:2], flat[2:4]], [flat[4:6], flat[6:]]]

    family = ns.GameFamily(payoffs, {"x": 5.0}, ["A", "B"], [["a", "b"]] * 2)
    found = counts_two_ways(family, ns.grid(x=[0.0, 1, 2, 3, 4, 1000]))
    assert (found.status.values.ravel() == ns.Status.NOT_FINITE).tolist() == [False, True, True, True, False, False]


def test_mixed_equilibria_with_profiles_around_the_threshold_of_support():
    """Probabilities of profiles from 1e-12 to 1: those of 1e-9 or less support nothing, and no game needs the general path."""
    rng = np.random.default_rng(21)
    payoffs = np.zeros((2000, 2, 2, 2))
    payoffs[:, 0, 0, 0], payoffs[:, 0, 1, 1] = 10.0 ** -rng.uniform(0, 6, (2, 2000))
    payoffs[:, 1, 0, 0], payoffs[:, 1, 1, 1] = 10.0 ** -rng.uniform(0, 6, (2, 2000)) * rng.choice([-1, 1], 2000)
    game = ns.NormalFormGame(payoffs, ["a", "b"])
    for classes in CLASSES:
        n = int(classes.max()) + 1
        expected = summarise_entries(ns.AllNash()(game), classes, n, frozenset({"certain"}))
        found, left = summarise_signs(game.tensor, 1e-9, classes, n, True)
        assert len(left) == 0
        for field in FIELDS:
            assert np.array_equal(getattr(found, field), getattr(expected, field)), field
        assert n < 4 or not expected.supported.all()  # each of these games has a mixed equilibrium
