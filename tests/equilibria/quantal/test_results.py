"""What LogitQRE gives back: tables, labelled variables, summaries for sweeps, branches, limits."""

import numpy as np
import pytest

import negotiation_sim as ns
from negotiation_sim.equilibria.quantal.logit import LogitQRE
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.solution import Solution
from negotiation_sim.status import Completeness, Status

HAWK = NormalFormGame.from_arrays([[0, -1], [1, -5]], [[0, 1], [-1, -5]], actions=[["swerve", "dare"]] * 2, note="Stylised.")


def chicken(crash):
    return [[[0, -1], [1, -crash]], [[0, 1], [-1, -crash]]]


FAMILY = ns.GameFamily(chicken, {"crash": ns.Parameter(5.0, range=(0, 10))}, ["A", "B"], [["swerve", "dare"]] * 2)


def test_it_is_a_solution_that_shows_itself():
    found = LogitQRE(2)(HAWK)
    assert isinstance(found, Solution)
    text = str(found)
    for part in ("swerve", "dare", "0.28969", "Precision 2", "others may exist", "Stylised."):
        assert part in text
    frame = found.to_pandas()
    assert frame["probability"].tolist() == pytest.approx([0.710311, 0.289689] * 2, abs=1e-6)
    assert "dare" in found.to_markdown()
    assert "dare" in found.to_latex()
    assert "<table>" in found._repr_html_()
    assert repr(found) == "QuantalResponses(logit, simultaneous form, batch ())"
    assert "only one at this precision" in " ".join(str(LogitQRE(0.1)(HAWK)).split())
    assert "NaN or infinite" in str(LogitQRE(1)(NormalFormGame([[[np.nan, 0], [0, 1]], [[0, 1], [1, 0]]])))
    assert "raise max_iter" in str(LogitQRE(1e3, max_iter=2)(HAWK))
    many = LogitQRE([1, 5, 25])(HAWK)
    assert many.tables[0].rows == (("OK", 3, (1.0, 25.0)),)
    assert [p.shape for p in many.profile(1)] == [(2,), (2,)]
    odd = LogitQRE(1)(NormalFormGame([HAWK.payoffs, HAWK.payoffs * np.nan], HAWK.players))
    assert odd.tables[0].rows == (("OK", 1, (1.0, 1.0)), ("NOT_FINITE", 1, None))
    with pytest.raises(ValueError, match="index must pick one game"):
        many.profile()


def test_labelled_variables():
    found = LogitQRE([1, 5, 25])(HAWK)
    variables = found.variables()
    assert list(variables) == ["status", "complete", "count", "precision", "payoffs", "residual", "regret"]
    assert variables["payoffs"].dims == ("batch_0", "player")
    assert variables["precision"].values.tolist() == [1, 5, 25]
    assert list(found.variables(["regret"])) == ["regret"]
    with pytest.raises(ValueError, match="keep must name"):
        found.variables(["margin"])


def test_probability_of_outcomes():
    classes = np.array([[0, 1], [1, -1]], dtype=np.int8)
    found = LogitQRE([1, 5])(HAWK)
    chance = found.class_probability(classes, 2)
    p, q = (x[:, 0] for x in found.strategies)
    np.testing.assert_allclose(chance, np.stack([p * q, p * (1 - q) + q * (1 - p)], axis=1), atol=1e-14)


def test_summary():
    payoffs = np.random.default_rng(1).random((6, 2, 2, 2))
    payoffs[2, 0, 0, 0] = np.nan
    game = NormalFormGame(payoffs, ["a", "b"])
    classes = np.array([[0, 1], [2, -1]], dtype=np.int8)
    found = LogitQRE(900.0)(game)
    keep = frozenset({"certain", "payoff_min", "payoff_max", "regret_max", "margin", "strict"})
    summary = LogitQRE(900.0).summarise(game, classes, 3, keep)
    good = np.arange(6) != 2
    assert summary.status.tolist() == found.status.tolist()
    assert summary.count.tolist() == [1, 1, 0, 1, 1, 1]
    np.testing.assert_allclose(summary.probability[:, good], found.class_probability(classes, 3).T[:, good])
    assert np.isnan(summary.probability[:, 2]).all()
    assert not summary.supported[:, 2].any()
    np.testing.assert_array_equal(summary.supported[:, good], summary.probability[:, good] > 1e-9)
    np.testing.assert_array_equal(summary.certain[:, good], summary.probability[:, good] > 1 - 1e-9)
    np.testing.assert_array_equal(summary.payoff_min, summary.payoff_max)
    np.testing.assert_allclose(summary.payoff_min[:, good].T, found.payoffs[good])
    assert np.isnan(summary.regret_max[2])
    assert summary.margin is None
    assert summary.strict is None
    with pytest.raises(ValueError, match="one precision a solver"):
        LogitQRE([1, 2]).summarise(NormalFormGame(np.zeros((2, 2, 2))), classes, 3, keep)
    with pytest.raises(ValueError, match="classes must have the shape"):
        LogitQRE(1).summarise(game, classes[:1], 3, keep)


def test_sweeps_with_several_precisions():
    solvers = ["nash", LogitQRE(2), LogitQRE(25, max_iter=500)]
    result = ns.sweep(FAMILY, ns.grid(crash=[1.0, 5.0, np.nan]), solvers=solvers, keep=["payoffs", "regret"], progress=False)
    assert result["concept"].values.tolist() == ["nash", "logit (precision=2, max_iter=2000)", "logit (precision=25, max_iter=500)"]
    result = ns.sweep(FAMILY, ns.grid(crash=[1.0, 5.0, 7.0]), solvers=[LogitQRE(2), LogitQRE(25)], keep=["payoffs"], progress=False)
    assert result["concept"].values.tolist() == ["logit (precision=2)", "logit (precision=25)"]
    direct = LogitQRE(25)(FAMILY.replace(crash=np.array([1.0, 5.0, 7.0])).game())
    chance = result["probability"].sel(concept="logit (precision=25)", outcome="dare+dare").values
    np.testing.assert_allclose(chance, direct.strategies[0][:, 1] * direct.strategies[1][:, 1])
    assert (result["count"] == 1).all()
    np.testing.assert_allclose(result["payoff_min"].sel(concept="logit (precision=25)").values, direct.payoffs)
    with pytest.raises(ValueError, match="the same solver stands twice"):
        ns.sweep(FAMILY, ns.grid(crash=[1.0]), solvers=[LogitQRE(2), LogitQRE(2)], progress=False)
    mixed = ns.sweep(FAMILY, ns.grid(crash=[5.0]), solvers=["nash", "pure", "logit"], progress=False)
    assert mixed["concept"].values.tolist() == ["nash (AllNash)", "nash (PureNash)", "logit"]
    assert np.isnan(mixed["probability"].sel(concept="nash (AllNash)")).all()


def test_models_and_their_failures():
    bad = FAMILY.replace(crash=np.array([1.0, np.nan, 5.0])).solve(LogitQRE([[1.0], [2.0]]))
    assert bad.batch_shape == (2, 3)
    assert bad.status.tolist() == [[Status.OK, Status.NOT_FINITE, Status.OK]] * 2
    crisis = ns.load("istanbul-2025")
    found = crisis.solve(LogitQRE(200))
    assert found.status == Status.OK
    assert found.residual <= 1e-10
    assert found.complete == Completeness.NO or found.complete == Completeness.PROVED


def test_the_path_for_figures():
    branch = LogitQRE().path(HAWK, up_to=50)
    assert branch.principal
    assert branch.whole
    assert branch.precision[0] == 0
    assert branch.precision[-1] == 50
    assert len(branch) == len(branch.precision) > 60
    assert len(branch.folds) == 0
    assert branch.note == "Stylised."
    assert repr(branch) == f"LogitBranch(principal, {len(branch)} points, precision 0 to 50)"
    np.testing.assert_allclose(branch.limit[0], [0.8, 0.2])
    for k in range(0, len(branch), 9):
        here = LogitQRE(branch.precision[k])(HAWK)
        np.testing.assert_allclose(branch.strategies[0][k], here.strategies[0], rtol=0, atol=1e-8)
    frame = branch.to_pandas()
    assert frame.shape == (len(branch), 5)
    assert frame[("player 1", "dare")].iloc[-1] == branch.strategies[0][-1, 1]


def test_other_branches_from_a_start():
    solver = LogitQRE(2, start=[[0.95, 0.05], [0.05, 0.95]])
    branch = solver.path(HAWK, up_to=50)
    assert not branch.principal
    assert branch.limit is None
    assert branch.precision[0] == pytest.approx(50)
    assert branch.precision[-1] == pytest.approx(50)
    assert 0.88 < branch.precision.min() < 0.89  # where it crosses the symmetric one
    np.testing.assert_allclose(branch.strategies[0][0], branch.strategies[1][-1], rtol=0, atol=1e-8)
    away = LogitQRE(60, start=[[0.99, 0.01], [0.01, 0.99]]).path(HAWK, up_to=50)
    assert away.precision[0] == pytest.approx(60)
    with pytest.raises(ValueError, match="one precision"):
        LogitQRE([1, 2], start=[[1, 0], [1, 0]]).path(HAWK)
    with pytest.raises(ValueError, match="no equilibrium of precision"):
        LogitQRE(50, start=[[0.5, 0.5], [0.5, 0.5]], max_iter=1).path(HAWK)


def test_paths_of_games_without_choices_and_wrong_paths():
    still = LogitQRE().path(NormalFormGame(np.zeros((2, 1, 1)), ["a", "b"]), up_to=5)
    assert still.precision.tolist() == [0, 5]
    alone = LogitQRE().path(NormalFormGame([[1.0, 2.0]], ["a"]), up_to=5)
    np.testing.assert_allclose(alone.strategies[0][-1], [1 / (1 + np.exp(5)), 1 / (1 + np.exp(-5))])
    one = LogitQRE().path(NormalFormGame([[[1.0, 2.0]], [[0.0, 4.0]]], ["a", "b"]), up_to=1)
    assert (one.strategies[0] == 1).all()
    cut = LogitQRE(max_iter=10).path(HAWK, up_to=50)
    assert not cut.whole
    with pytest.raises(ValueError, match="single game"):
        LogitQRE().path(NormalFormGame(np.zeros((3, 2, 2, 2)), ["a", "b"]))
    with pytest.raises(ValueError, match="finite payoffs"):
        LogitQRE().path(NormalFormGame([[[np.nan, 0], [0, 1]], [[0, 1], [1, 0]]]))
    for wrong in (0, "9", np.nan, [1]):
        with pytest.raises(ValueError, match="up_to must be a positive precision"):
            LogitQRE().path(HAWK, up_to=wrong)


def test_limits():
    for shape in [(2, 2), (3, 3), (2, 2, 2)]:
        game = NormalFormGame(np.random.default_rng(2).random((100, len(shape), *shape)), [f"p{i}" for i in range(len(shape))])
        found = LogitQRE().limit(game)
        assert (found.status == Status.OK).all()
        assert (found.count == 1).all()
        assert found.regret.max() <= 1e-9
        assert (found.complete == Completeness.NO).all()
        far = LogitQRE(1e5)(game)
        for p, q in zip(found.strategies, far.strategies, strict=True):
            assert np.abs(p - q).max() < 2e-3
        if len(shape) == 2:  # it is one of the equilibria
            every = ns.AllNash()(game)
            for g in range(100):
                one = np.concatenate(found.profiles(g)[0])
                assert min(np.abs(np.concatenate(other) - one).max() for other in every.profiles(g)) < 1e-9
    hunt = NormalFormGame.from_arrays([[4, 1], [3, 3]], [[4, 3], [1, 3]])
    assert LogitQRE().limit(hunt).profiles()[0][0].tolist() == [0, 1]  # risk-dominant


def test_limits_of_games_of_small_integers():
    """Ties, twin actions and continua of equilibria: rounding stops some branches at 1e4, others only in log-odds against action 1."""
    hard = [1020, 1070, 1679, 1823, 1842, 1909, 2314, 3064, 3185, 3826, 8694, 9716]  # of 20,000 games of 3 x 3
    for shape, which in (((2, 2), range(200)), ((3, 3), [*range(200), *hard]), ((2, 2, 2), range(200)), ((4, 4), range(200))):
        payoffs = np.random.default_rng(1).integers(0, 4, (max(which) + 1, len(shape), *shape))[list(which)].astype(float)
        found = LogitQRE().limit(NormalFormGame(payoffs, [f"p{i}" for i in range(len(shape))]))
        assert (found.status == Status.OK).all()
        assert (found.count == 1).all()
        assert found.regret.max() < 2e-6
    rows = [[0, 1, 3], [0, 3, 1], [0, 2, 1]], [[0, 0, 0], [1, 2, 2], [3, 2, 2]]  # got stuck in log-odds against action 1
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        game = NormalFormGame(np.array(rows, dtype=float)[:, order][:, :, order])
        far = LogitQRE(1e5)(game)
        assert far.status == Status.OK
        np.testing.assert_allclose(far.strategies[0][np.argsort(order)], [0.5, 0.5, 0], atol=1e-12)
        limit = LogitQRE().limit(game).profiles()[0]
        np.testing.assert_allclose([p[np.argsort(order)] for p in limit], [[0.5, 0.5, 0], [0, 0.5, 0.5]], atol=1e-12)
    stopped = NormalFormGame([[[0, 0, 0], [1, 3, 3], [3, 2, 2]], [[0, 1, 2], [1, 0, 2], [1, 2, 0]]])  # rounding, at 7e4
    np.testing.assert_allclose(LogitQRE().limit(stopped).profiles()[0], [[0, 0.5, 0.5], [1 / 3] * 3], atol=1e-6)
    assert LogitQRE(max_iter=5).limit(stopped).status == Status.MAX_ITER  # far from the end


def test_limits_of_odd_games():
    indifferent = NormalFormGame.from_arrays([[1, 1], [1, 1]], [[2, 0], [1, 3]])
    found = LogitQRE().limit(indifferent)
    assert found.status == Status.OK
    assert found.regret[0] < 1e-5
    payoffs = np.random.default_rng(3).random((3, 2, 2, 2))
    payoffs[1, 0, 1, 1] = np.inf
    some = LogitQRE().limit(NormalFormGame(payoffs, ["a", "b"]))
    assert some.status.tolist() == [Status.OK, Status.NOT_FINITE, Status.OK]
    assert some.count.tolist() == [1, 0, 1]
    short = LogitQRE(max_iter=2).limit(NormalFormGame(payoffs[:1], ["a", "b"]))
    assert short.status.tolist() == [Status.MAX_ITER]
    assert LogitQRE().limit(NormalFormGame(np.zeros((2, 1, 1)), ["a", "b"])).count == 1
    for solver in (LogitQRE(rationality=[1, 2]), LogitQRE(1, start=[[1, 0], [1, 0]])):
        with pytest.raises(ValueError, match="limit follows the principal branch"):
            solver.limit(HAWK)


def test_words_say_on_which_branch_a_response_lies():
    branch = "On the branch that starts at precision 0; others may exist."
    assert branch in " ".join(str(LogitQRE(20)(HAWK)).split())
    near = LogitQRE(20, start=[[1, 0], [0, 1]])(HAWK)
    assert near.strategies[0][0] > 0.99
    assert not near.principal
    assert "Near the start given; others may exist." in " ".join(str(near).split())
    prisoners = NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    lost = LogitQRE(20, start=[[1, 0], [1, 0]])(prisoners)
    assert lost.status == Status.MAX_ITER
    assert "found near the start" in str(lost)
