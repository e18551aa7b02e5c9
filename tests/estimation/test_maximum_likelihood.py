"""Maximum likelihood of quantal responses: known values recovered, errors against information and bootstrap, bounds, mistakes."""

import numpy as np
import pytest

import negotiation_sim as ns
from negotiation_sim.estimation.likelihoods import Likelihood
from negotiation_sim.status import Status

PENNIES = ns.NormalFormGame.from_arrays([[9, 0], [0, 1]], [[0, 1], [1, 0]])


def chicken(crash, gain, scale):
    return [[[0, -scale], [scale * gain, -scale * crash]], [[0, scale * gain], [-scale, -scale * crash]]]


FAMILY = ns.GameFamily(
    chicken,
    {"crash": ns.Parameter(4.0, range=(1, 8), domain=(0, np.inf)), "gain": 1.0, "scale": 1.0},
    ["A", "B"],
    [["swerve", "dare"]] * 2,
)


def expected(game, precision, number):
    """Counts that are exactly what the model expects: the likelihood is then largest at the true precision."""
    return [number * p for p in ns.LogitQRE(precision)(game).strategies]


def simulated(game, precision, number, rng):
    return [np.apply_along_axis(lambda p: rng.multinomial(number, p), -1, x) for x in ns.LogitQRE(precision)(game).strategies]


@pytest.mark.parametrize("precision", [0.05, 0.7, 3.0, 9.0])
def test_the_true_precision_from_exact_frequencies(precision):
    found = ns.estimate(PENNIES, expected(PENNIES, precision, 1000))
    assert found.status == Status.OK
    assert found.precision == pytest.approx(precision, rel=1e-5)
    assert found["precision"] == found.precision
    assert found.log_likelihood == pytest.approx(found.log_likelihood_frequencies)
    assert found.pseudo_r2 == pytest.approx(1)
    low, high = found.interval[0]
    assert 0 < low < precision < high
    np.testing.assert_allclose(found.responses.strategies[0][0], ns.LogitQRE(precision)(PENNIES).strategies[0], atol=1e-5)


def test_standard_errors_are_those_of_the_information():
    """At exact frequencies the observed information is Fisher's: n times the sum of p'^2 / p."""
    precision, number = 2.0, 500
    found = ns.estimate(PENNIES, expected(PENNIES, precision, number))
    h = 1e-5
    up, here, down = (ns.LogitQRE(precision + e)(PENNIES).strategies for e in (h, 0, -h))
    information = sum((number * ((u - d) / (2 * h)) ** 2 / p).sum() for u, p, d in zip(up, here, down, strict=True))
    assert found.standard_errors[0] == pytest.approx(information**-0.5, rel=1e-4)
    wide = ns.estimate(PENNIES, expected(PENNIES, precision, number), level=0.99)
    assert np.ptp(wide.interval) > np.ptp(found.interval)


def test_recovers_a_precision_from_simulated_choices():
    rng = np.random.default_rng(1)
    games = ns.NormalFormGame(rng.random((6, 2, 3, 3)), ["a", "b"])
    precision, errors, covered, estimates = 5.0, [], 0, []
    for _ in range(40):
        found = ns.estimate(games, simulated(games, precision, 60, rng))
        assert found.status == Status.OK
        estimates.append(found.precision)
        errors.append(found.standard_errors[0])
        covered += found.interval[0, 0] < precision < found.interval[0, 1]
    assert np.mean(estimates) == pytest.approx(precision, abs=3 * np.std(estimates) / 40**0.5 + 0.05)
    assert np.std(estimates) == pytest.approx(np.mean(errors), rel=0.35)  # a parametric bootstrap of 40
    assert covered >= 33


def test_games_of_a_batch_share_one_precision():
    games = ns.NormalFormGame(np.random.default_rng(2).random((4, 2, 2, 3)), ["a", "b"])
    exact = expected(games, 6.0, 100)
    together = ns.estimate(games, exact)
    assert together.precision == pytest.approx(6, rel=1e-5)
    alone = [ns.estimate(games[g], [c[g] for c in exact]).standard_errors[0] ** -2.0 for g in range(4)]
    assert together.standard_errors[0] ** -2.0 == pytest.approx(sum(alone), rel=1e-3)
    one_sided = ns.estimate(games, [exact[0], np.zeros((4, 3))])
    assert one_sided.precision == pytest.approx(6, rel=1e-4)
    assert one_sided.standard_errors[0] > together.standard_errors[0]


def test_payoff_parameters_together_with_precision():
    family = FAMILY.replace(gain=np.array([0.5, 1.0, 2.0]))
    truth = family.replace(crash=5.0)
    exact = expected(truth.game(), 1.5, 2000)
    found = ns.estimate(family, exact, ["crash"])
    assert found.status == Status.OK
    assert found.names == ("precision", "crash")
    np.testing.assert_allclose(found.values, [1.5, 5.0], rtol=1e-4)

    def strategies(precision, crash):
        return np.concatenate([p.ravel() for p in family.replace(crash=crash).solve(ns.LogitQRE(precision)).strategies])

    h = 1e-4
    p = strategies(1.5, 5.0)
    slope = [(strategies(1.5 + a, 5 + b) - strategies(1.5 - a, 5 - b)) / (2 * h) for a, b in ((h, 0), (0, h))]
    information = np.array([[2000 * (s * t / p).sum() for t in slope] for s in slope])
    np.testing.assert_allclose(found.covariance, np.linalg.inv(information), rtol=2e-3)
    assert np.isnan(found.p_value)
    again = ns.estimate(family.replace(crash=7.5), exact, ["crash"], seed=5)
    np.testing.assert_allclose(again.values, found.values, rtol=1e-3)


def test_a_scenario():
    crisis = ns.load("istanbul-2025")
    counts = [300 * p for p in crisis.solve(ns.LogitQRE(40)).strategies]
    found = ns.estimate(crisis, counts)
    assert found.precision == pytest.approx(40, rel=1e-4)
    both = ns.estimate(crisis.replace(a_US=0.02), [300 * p for p in crisis.replace(a_US=0.03).solve(ns.LogitQRE(60)).strategies], ["a_US"])
    assert both["a_US"] == pytest.approx(0.03, abs=2 * both.standard_errors[1])
    assert both.precision == pytest.approx(60, rel=0.02)


def test_the_scale_of_payoffs_is_not_told_from_precision():
    found = ns.estimate(FAMILY, expected(FAMILY.game(), 1.0, 500), ["scale"])
    assert found.status == Status.SINGULAR
    assert np.isnan(found.standard_errors).all()
    assert found.precision * found["scale"] == pytest.approx(1.0, rel=1e-3)


def test_choices_without_consequences_do_not_tell_the_precision():
    same = ns.NormalFormGame(np.ones((2, 2, 2)))
    for counts in ([[3, 4], [5, 6]], [[5, 5], [6, 6]], [[0, 9], [9, 0]]):
        found = ns.estimate(same, counts)
        assert found.status == Status.SINGULAR
        assert np.isnan(found.precision)
        assert np.isnan(found.standard_errors).all()
        assert np.isnan(found.interval).all()
        assert np.isnan(found.p_value)
        assert found.at_bound == ()
        assert found.log_likelihood == pytest.approx(found.log_likelihood_random)
        assert "as likely at every precision" in " ".join(str(found).split())
    half = ns.NormalFormGame([[[1, 1], [1, 1]], [[0, 1], [0, 2]]])  # only player 2 has something to choose
    assert ns.estimate(half, [[3, 4], [0, 0]]).status == Status.SINGULAR
    assert ns.estimate(half, [[3, 4], [1, 2]]).status == Status.OK
    level = ns.GameFamily(lambda c: [[[c, c], [c, c]]] * 2, {"c": 1.0}, ["A", "B"], [["x", "y"]] * 2)
    assert ns.estimate(level, [[3, 4], [5, 6]], ["c"]).status == Status.SINGULAR
    nearly = ns.NormalFormGame(1 + 1e-6 * PENNIES.payoffs)
    assert ns.estimate(nearly, expected(nearly, 3e6, 100)).precision == pytest.approx(3e6, rel=1e-4)


def log_likelihood(family, values, names, counts):
    """Of choices, by the definition."""
    found = family.replace(**dict(zip(names, values[1:], strict=True))).solve(ns.LogitQRE(values[0]))
    return sum((c * np.log(p)).sum() for c, p in zip(counts, found.strategies, strict=True))


def test_two_parameters_of_payoffs_from_simulated_choices():
    """Estimates maximise the likelihood, and the covariance is the inverse of its second derivatives, extrapolated from other steps."""
    family = ns.GameFamily(
        lambda crash, gain, prize: [[[0, -1], [gain, -crash]], [[0, prize], [-1, -crash]]],
        {"crash": ns.Parameter(3.0, range=(1, 8)), "gain": ns.Parameter(1.0, range=(0.2, 3)), "prize": np.array([0.5, 1.0, 2.0, 4.0])},
        ["A", "B"],
        [["swerve", "dare"]] * 2,
    )
    truth = np.array([1.2, 5.0, 1.5])
    names = ["crash", "gain"]
    game = family.replace(crash=truth[1], gain=truth[2]).game()
    counts = simulated(game, truth[0], 3000, np.random.default_rng(8))
    found = ns.estimate(family, counts, names)
    assert found.status == Status.OK
    assert (np.abs(found.values - truth) < 4 * found.standard_errors).all()
    assert found.log_likelihood == pytest.approx(log_likelihood(family, found.values, names, counts))

    def derivatives(h):
        def value(*moves):
            return log_likelihood(family, found.values + h * sum(moves, np.zeros(3)), names, counts)

        e = np.eye(3)
        slope = np.array([(value(a) - value(-a)) / (2 * h) for a in e])
        curve = np.array([[(value(a, b) - value(a, -b) - value(-a, b) + value(-a, -b)) / (4 * h * h) for b in e] for a in e])
        return slope, curve

    (slope, curve), (coarse_slope, coarse) = derivatives(0.01), derivatives(0.02)
    slope, curve = (4 * slope - coarse_slope) / 3, (4 * curve - coarse) / 3  # Richardson
    np.testing.assert_allclose(slope * found.standard_errors, 0, atol=1e-2)
    np.testing.assert_allclose(found.covariance, np.linalg.inv(-curve), rtol=5e-3)
    for k in range(3):  # no better values nearby
        for sign in (-1, 1):
            moved = found.values + 0.05 * sign * np.eye(3)[k] * found.standard_errors[k]
            assert log_likelihood(family, moved, names, counts) < found.log_likelihood


def test_the_order_of_players_and_actions_does_not_matter():
    rng = np.random.default_rng(6)
    payoffs = rng.random((5, 2, 2, 3))
    counts = simulated(ns.NormalFormGame(payoffs, ["a", "b"]), 4.0, 40, rng)
    base = ns.estimate(ns.NormalFormGame(payoffs, ["a", "b"]), counts)
    orders = [np.array([1, 0]), np.array([2, 0, 1])]
    permuted = ns.NormalFormGame(payoffs[:, :, orders[0]][:, :, :, orders[1]], ["a", "b"])
    swapped = ns.NormalFormGame(payoffs[:, ::-1].swapaxes(2, 3), ["b", "a"])
    others = [
        ns.estimate(permuted, [c[:, order] for c, order in zip(counts, orders, strict=True)]),
        ns.estimate(swapped, counts[::-1]),
        ns.estimate(ns.NormalFormGame(payoffs[::-1], ["a", "b"]), [c[::-1] for c in counts]),
    ]
    for other in others:
        assert other.status == base.status == Status.OK
        assert other.precision == pytest.approx(base.precision, rel=1e-5)
        assert other.standard_errors[0] == pytest.approx(base.standard_errors[0], rel=1e-4)
        assert other.log_likelihood == pytest.approx(base.log_likelihood, rel=1e-10)
    scaled = ns.estimate(ns.NormalFormGame(payoffs * 1e6 - 3, ["a", "b"]), counts)
    assert scaled.precision == pytest.approx(base.precision / 1e6, rel=1e-5)


def test_bounds():
    dominated = ns.NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    sure = ns.estimate(dominated, [[0, 50], [0, 50]])
    assert sure.precision == np.inf
    assert sure.at_bound == ("precision",)
    assert np.isnan(sure.standard_errors[0])
    assert sure.log_likelihood == pytest.approx(0, abs=1e-6)
    assert sure.p_value < 1e-20
    backwards = ns.estimate(dominated, [[60, 40], [55, 45]])
    assert backwards.precision == 0
    assert backwards.at_bound == ("precision",)
    assert backwards.log_likelihood == backwards.log_likelihood_random
    assert backwards.p_value == 1
    even = ns.estimate(dominated, [[50, 50], [50, 50]])
    assert even.precision == 0
    assert np.isnan(even.pseudo_r2)
    limited = ns.GameFamily(
        lambda crash: chicken(crash, 1.0, 1.0), {"crash": ns.Parameter(4.0, domain=(3, 4.5))}, ["A", "B"], [["swerve", "dare"]] * 2
    )
    truth = FAMILY.replace(crash=8.0).game()
    found = ns.estimate(limited, expected(truth, 0.5, 500), ["crash"])
    assert found["crash"] == pytest.approx(4.5, abs=0.1) or found.status == Status.SINGULAR


def test_the_result_shows_itself():
    found = ns.estimate(PENNIES, [[640, 360], [110, 890]])
    text = str(found)
    for part in ("precision", "7.51", "0.864", "95% interval", "even play", "2000 choices"):
        assert part in text
    frame = found.to_pandas()
    assert frame.loc["precision", "estimate"] == found.precision
    assert not frame.loc["precision", "at_bound"]
    assert repr(found).startswith("Estimate(precision=7.517")
    with pytest.raises(KeyError, match="unknown estimate 'rate'"):
        found["rate"]
    dominated = ns.NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    assert "yes" in str(ns.estimate(dominated, [[60, 40], [55, 45]]))
    assert "singular" in str(ns.estimate(FAMILY, expected(FAMILY.game(), 1.0, 500), ["scale"]))


def test_likelihood_by_the_definition():
    games = ns.NormalFormGame(np.random.default_rng(4).random((3, 2, 2, 2)), ["a", "b"])
    counts = [np.array([[1, 2], [0, 4], [5, 5]]), np.array([[3, 0], [2, 2], [1, 9]])]
    likelihood = Likelihood(games, (), tuple(c.astype(float) for c in counts), None)
    value = likelihood([2.0, 0.0], np.empty((1, 0)))
    p = ns.LogitQRE(2.0)(games).strategies
    assert value[0] == pytest.approx(sum((c * np.log(x)).sum() for c, x in zip(counts, p, strict=True)))
    assert value[1] == pytest.approx(likelihood.of_even_play())
    assert likelihood.of_frequencies() >= value.max()
    broken = Likelihood(ns.NormalFormGame([[[np.nan, 0], [0, 1]], [[0, 1], [1, 0]]]), (), (np.ones(2), np.ones(2)), None)
    assert broken([1.0], np.empty((1, 0)))[0] == -np.inf


@pytest.mark.parametrize(
    ("counts", "match"),
    [
        ([[1, 2]], "counts must hold 2 arrays"),
        ([[1, 2, 3], [1, 2]], r"counts\[0\] \(player 1\) must have shape \(2,\)"),
        ([[1, -2], [1, 2]], r"counts\[0\] \(player 1\) must be finite and at least 0"),
        ([[0, 0], [0, 0]], "at least one choice"),
        (None, "counts must hold 2 arrays, one for each player; got None"),
        ("ab", "counts must hold 2 arrays, one for each player; got 'ab'"),
        ([[1, 2], ["a", "b"]], r"counts\[1\] \(player 2\) must hold 2 numbers, how often each action was chosen; got \['a', 'b'\]"),
        ([[1, [2]], [1, 2]], r"counts\[0\] \(player 1\) must hold 2 numbers"),
        ([[1, 2], [1, np.nan]], r"counts\[1\] \(player 2\) must be finite and at least 0"),
        ([[1j, 2], [1, 2]], r"counts\[0\] \(player 1\) must hold 2 numbers"),
    ],
)
def test_wrong_counts(counts, match):
    with pytest.raises(ValueError, match=match):
        ns.estimate(PENNIES, counts)


def test_wrong_choices():
    good = [[1, 2], [2, 1]]
    with pytest.raises(ValueError, match="a game has no named parameters"):
        ns.estimate(PENNIES, good, ["crash"])
    with pytest.raises(ValueError, match="unknown 'crsh'"):
        ns.estimate(FAMILY, good, ["crsh"])
    with pytest.raises(ValueError, match="varies over the batch"):
        ns.estimate(FAMILY.replace(crash=np.array([1.0, 2.0])), [[[1, 2]] * 2] * 2, ["crash"])
    for wrong in (95, "0.9", None, np.nan):
        with pytest.raises(ValueError, match="level must lie between 0 and 1; got"):
            ns.estimate(PENNIES, good, level=wrong)
    for wrong in (-1, 2.5, "x", None):
        with pytest.raises(ValueError, match="seed must be a whole number, at least 0; got"):
            ns.estimate(FAMILY, good, ["crash"], seed=wrong)
    with pytest.raises(ValueError, match=r"parameters must be a list of names; got the text 'crash': write \['crash'\]"):
        ns.estimate(FAMILY, good, "crash")
    for names in (3, [3], [None], ["crash", "crash"]):
        with pytest.raises(ValueError, match="parameters must"):
            ns.estimate(FAMILY, good, names)
    with pytest.raises(ValueError, match=r"rationality\[0\] must be a number"):
        ns.estimate(PENNIES, good, rationality=["x", 1])
    with pytest.raises(TypeError, match="model must be a NormalFormGame, a GameFamily or a Scenario; got str"):
        ns.estimate("PENNIES", good)
    broken = PENNIES.payoffs.copy()
    broken[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="finite payoffs: this game held NaN"):
        ns.estimate(ns.NormalFormGame(broken), good)
    with pytest.raises(ValueError, match="finite payoffs: 1 of 2 games held NaN"):
        ns.estimate(ns.NormalFormGame([PENNIES.payoffs, broken]), [[[1, 2], [1, 2]]] * 2)
