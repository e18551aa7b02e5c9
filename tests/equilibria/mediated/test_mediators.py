"""Correlated and CoarseCorrelated against one linear programme a game, published numbers, and the invariances of the definition."""

import itertools
import json
import warnings
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import negotiation_sim as ns
from negotiation_sim.equilibria import mediated
from negotiation_sim.equilibria.concepts import Solver, solver_for
from negotiation_sim.equilibria.mediated import optimum
from negotiation_sim.equilibria.mediated.dual_simplex import TableauRun
from negotiation_sim.equilibria.mediated.mediators import CoarseCorrelated, Correlated
from negotiation_sim.equilibria.mediated.single_programme import Plan
from negotiation_sim.equilibria.pivoting.linear_programmes import maximise_exactly
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.solution import Solution
from negotiation_sim.status import Completeness, Status

BOTH = [Correlated, CoarseCorrelated]
CHICKEN = NormalFormGame.from_arrays([[6, 2], [7, 0]], [[6, 7], [2, 0]], actions=[["yield", "dare"]] * 2)


def names(count):
    return [f"p{i}" for i in range(count)]


def game_of(payoffs, shape):
    return NormalFormGame(payoffs, names(len(shape)))


def random_games(shape, games, seed, integers=None):
    rng = np.random.default_rng(seed)
    size = (games, len(shape), *shape)
    return rng.random(size) if integers is None else rng.integers(0, integers + 1, size).astype(float)


def rows_of(u, coarse):
    """Obedience of one game ``(player, a_0, ...)`` from the definition: rows over the profiles, each at most 0."""
    shape = u.shape[1:]
    profiles = list(itertools.product(*map(range, shape)))
    rows = []
    for i, n in enumerate(shape):
        for told, taken in itertools.product([None] if coarse else range(n), range(n)):
            row = []
            for s in profiles:
                instead = (*s[:i], taken, *s[i + 1 :])
                row.append(u[(i, *instead)] - u[(i, *s)] if told in (None, s[i]) else 0.0)
            rows.append(row)
    return np.array(rows)


def programme(u, cells, coarse):
    """Largest expected value of ``cells`` over the equilibria of one game."""
    rows = rows_of(u, coarse)
    n = rows.shape[1]
    solved = linprog(-np.ravel(cells), A_ub=rows, b_ub=np.zeros(len(rows)), A_eq=np.ones((1, n)), b_eq=[1])
    assert solved.status == 0
    return -solved.fun


def least_programme(u, coarse, base=0.0):
    rows = rows_of(u, coarse)
    count, n = len(u), rows.shape[1]
    least = np.column_stack([-(u.reshape(count, -1) - np.reshape(base, (-1, 1))), np.ones(count)])
    solved = linprog(
        np.append(np.zeros(n), -1),
        A_ub=np.vstack([np.column_stack([rows, np.zeros(len(rows))]), least]),
        b_ub=np.zeros(len(rows) + count),
        A_eq=[[1] * n + [0]],
        b_eq=[1],
        bounds=[(0, None)] * n + [(None, None)],
    )
    assert solved.status == 0
    return -solved.fun


def check(found, tolerance=1e-9):
    """Everything that is claimed of a plan, from the definition, in a loop."""
    game = found.game
    coarse = found.concept != "correlated"
    u = game.payoffs.reshape((-1, len(game.players), *game.shape))
    x = found.distribution.reshape((len(u), -1))
    assert (found.status == Status.OK).all()
    assert x.min() >= 0
    assert not np.signbit(x).any()
    np.testing.assert_allclose(x.sum(axis=1), 1, atol=1e-14)
    for k in range(len(u)):
        for i in range(len(game.players)):
            own = np.zeros_like(u[k])
            own[i] = u[k, i]
            assert (rows_of(own, coarse) @ x[k]).max() <= tolerance * max(np.ptp(u[k, i]), 1e-300)
        np.testing.assert_allclose(found.payoffs.reshape(len(u), -1)[k], u[k].reshape(len(game.players), -1) @ x[k], rtol=1e-12)
    assert found.regret.max() <= tolerance
    assert found.gap.max() <= tolerance


@pytest.mark.parametrize("solver", BOTH)
@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (2, 2), (3, 2), (3, 3), (4, 4), (2, 2, 2), (3, 1, 2), (2, 2, 2, 2), (5,)])
@pytest.mark.parametrize("integers", [None, 3, 1])
def test_every_objective_equals_a_programme_a_game(solver, shape, integers):
    u = random_games(shape, 6, 3, integers)
    game = game_of(u, shape)
    rng = np.random.default_rng(1)
    weights, cells = rng.normal(size=len(shape)), rng.normal(size=shape)
    for objective, worth in (
        ("welfare", lambda v: v.sum(axis=0)),
        ("p0", lambda v: v[0]),
        (len(shape) - 1, lambda v: v[-1]),
        (weights, lambda v: np.tensordot(weights, v, 1)),
        (cells, lambda v: cells),
    ):
        for sense, sign in (("max", 1), ("min", -1)):
            found = solver(objective, sense=sense)(game)
            check(found)
            expected = [sign * programme(v, sign * worth(v), solver.coarse) for v in u]
            np.testing.assert_allclose(found.value, expected, atol=1e-9)
    found = solver("egalitarian")(game)
    check(found)
    np.testing.assert_allclose(found.value, [least_programme(v, solver.coarse) for v in u], atol=1e-9)
    np.testing.assert_allclose(found.value, found.payoffs.min(axis=-1))
    base = tuple(rng.random(len(shape)))
    found = solver("egalitarian", disagreement=base)(game)
    np.testing.assert_allclose(found.value, [least_programme(v, solver.coarse, base) for v in u], atol=1e-9)


@st.composite
def degenerate(draw):
    shape = draw(st.sampled_from([(2, 2), (2, 3), (3, 3), (2, 2, 2), (4, 2), (3, 2, 2)]))
    size = len(shape) * int(np.prod(shape))
    numbers = draw(st.lists(st.integers(0, 3), min_size=size, max_size=size))
    return np.array(numbers, dtype=float).reshape((len(shape), *shape))


@given(degenerate(), st.sampled_from(BOTH), st.sampled_from(["welfare", "egalitarian", 0]))
@settings(max_examples=80)
def test_games_full_of_ties(u, solver, objective):
    found = solver(objective)(game_of(u, u.shape[1:]))
    check(found)
    if objective == "egalitarian":
        expected = least_programme(u, solver.coarse)
    else:
        expected = programme(u, u.sum(axis=0) if objective == "welfare" else u[0], solver.coarse)
    assert found.value == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("solver", BOTH)
@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (4, 2), (2, 2, 2)])
def test_integer_games_in_rational_arithmetic(solver, shape):
    u = random_games(shape, 40, 19, 3)
    rows = np.stack([np.vstack([rows_of(v, solver.coarse), np.ones(v[0].size)]) for v in u], axis=-1)
    limits = np.zeros(rows.shape[::2])
    limits[-1] = 1
    for sign, sense in ((1, "max"), (-1, "min")):
        worth = sign * u.sum(axis=1).reshape(len(u), -1).T
        low = worth.min(axis=0)
        exact = maximise_exactly(rows, limits, worth - low).x
        found = solver(sense=sense)(game_of(u, shape))
        np.testing.assert_allclose(found.value, sign * (low + ((worth - low) * exact).sum(axis=0)), rtol=0, atol=2e-14)


@pytest.mark.parametrize("solver", BOTH)
@pytest.mark.parametrize("method", ["simplex", "highs"])
def test_the_methods_agree(solver, method):
    for shape in ((3, 3), (2, 2, 2)):
        for integers in (None, 2):
            game = game_of(random_games(shape, 12, 8, integers), shape)
            for objective in ("welfare", "egalitarian", [0.3] * (len(shape) - 1) + [-1.0]):
                found = solver(objective, method=method)(game)
                check(found, 1e-11)
                np.testing.assert_allclose(found.value, solver(objective)(game).value, atol=1e-12)


def test_published_games():
    # R. J. Aumann (1974), section 2; welfare 10.5 against 9 at the best Nash equilibrium
    best = Correlated()(CHICKEN)
    np.testing.assert_allclose(best.distribution, [[0.5, 0.25], [0.25, 0]], atol=1e-15)
    assert best.value == pytest.approx(10.5, abs=1e-12)
    assert bool(best.unique)
    # rock, paper, scissors, whose only correlated equilibrium is its Nash equilibrium
    rock = NormalFormGame.from_arrays([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], [[0, 1, -1], [-1, 0, 1], [1, -1, 0]])
    np.testing.assert_allclose(Correlated(0)(rock).distribution, np.full((3, 3), 1 / 9), atol=1e-14)
    # A dominated action is never recommended, but it may be played under commitment.
    first = np.array([[0, 2, 0], [3, 1, 0], [4, 1, 1]])
    game = NormalFormGame.from_arrays(first, first.T)
    assert Correlated()(game).value == pytest.approx(2)
    assert CoarseCorrelated()(game).value == pytest.approx(5)
    dilemma = NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    assert CoarseCorrelated()(dilemma).distribution.tolist() == [[0, 0], [0, 1]]


def number(text):
    return float(Fraction(str(text)))


def conformance_games(folder):
    for name in ("bimatrix", "nplayer"):
        for case in json.loads((folder / "expected" / f"{name}.json").read_text(encoding="utf-8")):
            raw = [case["A"], case["B"]] if name == "bimatrix" else case["payoffs"]
            yield case, np.stack([np.vectorize(number, otypes=[float])(np.array(part, dtype=object)) for part in raw])


def test_conformance(conformance):
    count = 0
    for case, u in conformance_games(conformance):
        players = names(len(u))
        game = NormalFormGame(u, players)
        for solver, key in ((Correlated, "ce"), (CoarseCorrelated, "cce")):
            for name, objective, sense in (
                ("max_welfare", "welfare", "max"),
                ("min_welfare", "welfare", "min"),
                ("max_u_row", 0, "max"),
                ("max_u_col", 1, "max"),
            ):
                if name in case[key]:
                    found = solver(objective, sense=sense)(game)
                    assert found.status == Status.OK, case["id"]
                    assert found.value == pytest.approx(case[key][name], rel=0, abs=1e-9), (case["id"], key, name)
                    count += 1
    assert count == 139 * 8 + 31 * 4


def test_every_nash_equilibrium_is_correlated_and_none_is_better(conformance):
    for case, u in conformance_games(conformance):
        if len(u) != 2 or u[0].size > 36:
            continue
        game = NormalFormGame(u, names(2))
        nash = ns.AllNash()(game)
        for x, y in nash.profiles():
            for coarse in (False, True):
                span = max(np.ptp(u[0]), np.ptp(u[1]), 1e-300)
                assert (rows_of(u, coarse) @ np.outer(x, y).ravel()).max() <= 1e-9 * span, case["id"]
        best, coarse = Correlated()(game).value, CoarseCorrelated()(game).value
        least = Correlated("egalitarian")(game).value
        slack = 1e-9 * max(np.ptp(u), 1)
        assert nash.payoffs.sum(axis=1).max() <= best + slack <= coarse + 2 * slack
        assert nash.payoffs.min(axis=1).max() <= least + slack


def test_pure_equilibria_of_many_players_are_not_better():
    game = game_of(random_games((2, 3, 2), 200, 4), (2, 3, 2))
    found, pure = Correlated()(game), ns.PureNash()(game)
    assert (pure.payoffs.sum(axis=1) <= found.value[pure.index] + 1e-12).all()


@pytest.mark.parametrize("solver", BOTH)
@pytest.mark.parametrize("integers", [None, 3])
def test_a_batch_gives_what_its_games_give_alone(solver, integers):
    game = game_of(random_games((3, 3), 300, 5, integers), (3, 3))
    for objective in ("welfare", "egalitarian"):
        found = solver(objective)(game)
        for k in range(0, 300, 23):
            alone = solver(objective)(game[k])
            np.testing.assert_array_equal(alone.distribution, found.distribution[k])
            np.testing.assert_array_equal(alone.payoffs, found.payoffs[k])
        some = np.random.default_rng(0).permutation(300)[:200]
        np.testing.assert_array_equal(solver(objective)(game[some]).distribution, found.distribution[some])


def test_a_large_batch_passes_through_several_blocks():
    u = random_games((2, 2), 40_000, 6)
    found = Correlated()(game_of(u, (2, 2)))
    assert (found.status == Status.OK).all()
    assert max(found.gap.max(), found.regret.max()) < 1e-9
    np.testing.assert_array_equal(found.distribution[-500:], Correlated()(game_of(u[-500:], (2, 2))).distribution)


@given(st.integers(0, 10_000), st.sampled_from(BOTH), st.sampled_from([(3, 3), (2, 2, 2)]))
@settings(max_examples=40)
def test_units_and_names_do_not_matter(seed, solver, shape):
    rng = np.random.default_rng(seed)
    u = random_games(shape, 1, seed, [None, 3][seed % 2])[0]
    value = solver(0)(game_of(u, shape)).payoffs[0]
    unit, shift = rng.uniform(0.1, 10, len(shape)), rng.uniform(-5, 5, len(shape))
    bend = (slice(None), *(None,) * len(shape))
    moved = solver(0)(game_of(u * unit[bend] + shift[bend], shape))
    assert moved.payoffs[0] == pytest.approx(value * unit[0] + shift[0], abs=1e-9)
    order = rng.permutation(len(shape))
    swapped = np.transpose(u, (0, *(1 + order)))[order]
    swapped = swapped[(slice(None), rng.permutation(shape[order[0]]))]
    again = solver(int(np.flatnonzero(order == 0)[0]))(game_of(swapped, swapped.shape[1:]))
    assert again.value == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("solver", BOTH)
@pytest.mark.parametrize("unit", [1e-300, 1e-200, 1e200, 1e300])
def test_payoffs_of_any_size(solver, unit):
    u = random_games((3, 3), 50, 7, 4)
    plain = solver()(game_of(u, (3, 3)))
    for scaled in (u * unit, np.stack([u[:, 0] * unit, u[:, 1]], axis=1)):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = solver("p0")(game_of(scaled, (3, 3)))
        assert (found.status == Status.OK).all()
        np.testing.assert_allclose(found.value / unit, solver("p0")(game_of(u, (3, 3))).value, atol=1e-12)
    np.testing.assert_allclose(solver()(game_of(u * unit, (3, 3))).value / unit, plain.value, atol=1e-12)
    np.testing.assert_allclose(
        solver("egalitarian")(game_of(u * unit, (3, 3))).value / unit, solver("egalitarian")(game_of(u, (3, 3))).value, atol=1e-12
    )


@pytest.mark.parametrize("solver", BOTH)
def test_payoffs_far_from_zero(solver):
    u = random_games((3, 3), 200, 9, 3)
    plain = solver()(game_of(u, (3, 3)))
    for shift in (1e6, -1e9):
        far = solver()(game_of(u + shift, (3, 3)))
        np.testing.assert_array_equal(far.distribution, plain.distribution)
    # ties that the shift has broken by rounding are still ties
    thirds = u / 3
    near, far = solver()(game_of(thirds, (3, 3))), solver()(game_of(thirds + 1e6, (3, 3)))
    np.testing.assert_allclose(far.value - 2e6, near.value, atol=1e-7)
    assert (far.status == Status.OK).all()


@pytest.mark.parametrize("solver", BOTH)
def test_gains_within_the_tolerance_are_ties(solver):
    u = random_games((3, 3), 300, 14, 2)
    rng = np.random.default_rng(1)
    plain = solver()(game_of(u, (3, 3)))
    for noise in (1e-15, 1e-12, 4e-10):
        near = game_of(u + noise * rng.random(u.shape), (3, 3))
        found = solver()(near)
        assert (found.status == Status.OK).all()
        # A few optima hang on a balance of large gains, which no rule about ties can keep.
        assert np.mean(np.abs(found.value - plain.value) < 1e-8) > 0.99
        pure = ns.PureNash()(near)
        assert (pure.payoffs.sum(axis=1) <= found.value[pure.index] + 1e-8).all()
    exact = solver(rtol=0)(game_of(u + 1e-6 * rng.random(u.shape), (3, 3)))
    assert np.mean(exact.status == Status.OK) > 0.8


@pytest.mark.parametrize("solver", BOTH)
def test_gains_just_above_the_tolerance(solver):
    """Prices of ten million: plans that pass are obeyed and no worse than the bound says, and few games are lost."""
    rng = np.random.default_rng(6)
    u = random_games((2, 2), 2000, 15, 2) + 1e-7 * rng.random((2000, 2, 2, 2))
    found = solver()(game_of(u, (2, 2)))
    solved = found.status == Status.OK
    assert set(found.status.tolist()) <= {Status.OK, Status.SINGULAR}
    assert solved.mean() > 0.99
    assert found.regret[solved].max() <= 2.1e-9
    assert found.gap[solved].max() <= 1e-6
    pure = ns.PureNash()(game_of(u, (2, 2)))
    kept = solved[pure.index]
    assert (pure.payoffs.sum(axis=1)[kept] <= found.value[pure.index][kept] + 1e-5).all()


def test_constant_payoffs_drop_out():
    u = random_games((2, 2, 2), 30, 2, 3)
    u[:, 1] = 7.0
    found = Correlated()(game_of(u, (2, 2, 2)))
    check(found)
    np.testing.assert_allclose(found.value, [programme(v, v.sum(axis=0), False) for v in u], atol=1e-9)
    nothing = Correlated()(game_of(np.full((2, 3, 3), 4.0), (3, 3)))
    check(nothing)
    assert nothing.value == 8
    assert not nothing.unique


def test_unique_is_what_it_says():
    for shape, integers in (((2, 2), 2), ((3, 2), 3), ((2, 2, 2), 2)):
        u = random_games(shape, 30, 11, integers)
        for solver in BOTH:
            found = solver()(game_of(u, shape))
            for k, v in enumerate(u):
                rows = rows_of(v, solver.coarse)
                n = rows.shape[1]
                rng, spread = np.random.default_rng(k), []
                for _ in range(3):  # the optimal face is a point if no direction stretches it
                    c = rng.normal(size=n)
                    ends = [
                        linprog(
                            sign * c,
                            A_ub=np.vstack([rows, -v.sum(axis=0).ravel()]),
                            b_ub=np.append(np.zeros(len(rows)), -found.value[k] + 1e-12),
                            A_eq=np.ones((1, n)),
                            b_eq=[1],
                        )
                        for sign in (1, -1)
                    ]
                    spread.append(abs(ends[0].fun + ends[1].fun))
                if found.unique[k]:
                    assert max(spread) < 1e-6


def test_every_status_in_one_batch():
    u = random_games((3, 3), 8, 21)
    u[1, 0, 2, 2] = np.nan
    u[2, 1, 0, 0] = np.inf
    u[3] *= 1e308
    u[3, 0, 0, 0] = -1.7e308
    found = Correlated(method="simplex", max_iter=2)(game_of(u, (3, 3)))
    assert found.status[[1, 2, 3]].tolist() == [Status.NOT_FINITE] * 3
    assert set(found.status.tolist()) == {Status.OK, Status.NOT_FINITE, Status.MAX_ITER}
    lost = found.status != Status.OK
    for values in (found.distribution, found.payoffs, found.value, found.regret, found.gap):
        assert np.isnan(values[lost]).all()
        assert np.isfinite(values[~lost]).all()
    assert not found.unique[lost].any()
    np.testing.assert_array_equal(found.count, ~lost)
    np.testing.assert_array_equal(found.distribution[~lost], Correlated()(game_of(u, (3, 3))).distribution[~lost])
    text = str(found)
    assert "NOT_FINITE" in text
    assert "MAX_ITER" in text
    assert "NOT_FINITE" not in str(found.recommendations(int(np.flatnonzero(~lost)[0])))


@pytest.mark.parametrize("solver", BOTH)
def test_what_the_tableaux_lose_highs_finds(monkeypatch, solver):
    u = random_games((3, 3), 40, 13)
    plain = solver()(game_of(u, (3, 3)))

    def garbage(self, rest=0):
        self.prices[:] = 1 / len(self.prices)
        self.done[:] = True

    monkeypatch.setattr(TableauRun, "go", garbage)
    np.testing.assert_allclose(solver()(game_of(u, (3, 3))).value, plain.value, atol=1e-12)
    lost = solver(method="simplex")(game_of(u, (3, 3)))
    assert set(lost.status.tolist()) == {Status.OK, Status.SINGULAR}
    np.testing.assert_array_equal(lost.distribution[lost.status == 0], plain.distribution[lost.status == 0])

    blank = Plan(np.zeros(9), np.ones(1), np.zeros(6 if solver.coarse else 12), Status.MAX_ITER)
    monkeypatch.setattr(optimum, "best_plan", lambda *_: blank)
    assert set(solver()(game_of(u, (3, 3))).status.tolist()) == {Status.OK, Status.MAX_ITER}


def test_large_games_go_to_highs():
    u = random_games((14, 15), 1, 3)
    game = game_of(u, (14, 15))
    for objective in ("welfare", "egalitarian"):
        found = Correlated(objective)(game)
        assert found.status.tolist() == [Status.OK]
        assert max(found.regret.max(), found.gap.max()) < 1e-9
    assert Correlated(method="highs", max_iter=1)(game).status.tolist() == [Status.MAX_ITER]
    by_tableau = Correlated(method="simplex")(game)
    assert by_tableau.value == pytest.approx(Correlated()(game).value, abs=1e-9)


def test_summary_and_sweep():
    u = random_games((2, 3), 20, 17)
    u[4, 0, 0, 0] = np.nan
    game = game_of(u, (2, 3))
    classes = np.array([[0, 1, -1], [2, 1, 0]], dtype=np.int8)
    keep = frozenset({"certain", "payoff_min", "payoff_max", "regret_max"})
    found = Correlated()(game)
    summary = Correlated().summarise(game, classes, 3, keep)
    chance = found.class_probability(classes, 3)
    np.testing.assert_allclose(summary.probability.T, chance)
    np.testing.assert_array_equal(summary.supported, summary.probability > 1e-9)
    np.testing.assert_array_equal(summary.certain, summary.probability > 1 - 1e-9)
    np.testing.assert_array_equal(summary.payoff_min, summary.payoff_max)
    np.testing.assert_array_equal(summary.payoff_min.T, found.payoffs)
    np.testing.assert_array_equal(summary.regret_max, found.regret)
    np.testing.assert_array_equal(summary.count, np.arange(20) != 4)
    assert np.isnan(summary.probability[:, 4]).all()
    assert not summary.supported[:, 4].any()
    assert set(summary.complete.tolist()) == {Completeness.NO}
    assert Correlated().summarise(game, classes, 3, frozenset()).payoff_min is None
    with pytest.raises(ValueError, match="classes must have the shape"):
        Correlated().summarise(game, classes[:1], 3, keep)


def test_sweep_of_the_flagship():
    crisis = ns.load("istanbul-2025")
    result = ns.sweep(crisis, ns.grid(a_US=ns.span(0, 0.05, 4), rho=[0.0, 0.05]), solvers=["correlated", "coarse-correlated", "nash"])
    assert result.concept.values.tolist() == ["correlated", "coarse-correlated", "nash"]
    assert (result.status == 0).all()
    mediated = result.probability.sel(concept=["correlated", "coarse-correlated"])
    np.testing.assert_allclose(mediated.sum("outcome"), 1)
    alone = crisis.replace(a_US=0.05, rho=0.05).solve("correlated")
    assert alone.concept == "correlated"
    outcome = dict(zip(result.outcome.values.tolist(), result.probability.sel(concept="correlated").values[-1, -1], strict=True))
    assert sum(outcome.values()) == pytest.approx(1)
    lost = crisis.replace(a_US=[0.01, np.nan]).solve("correlated")
    assert lost.status.tolist() == [Status.OK, Status.NOT_FINITE]


def test_two_objectives_in_one_sweep():
    crisis = ns.load("istanbul-2025")
    solvers = [ns.Correlated(), ns.Correlated("egalitarian"), ns.CoarseCorrelated()]
    result = ns.sweep(crisis, ns.grid(rho=[0.0, 0.05]), solvers=solvers, keep=["payoffs"])
    told = ["correlated (objective='welfare')", "correlated (objective='egalitarian')", "coarse-correlated"]
    assert result.concept.values.tolist() == told
    least = result.payoff_min.min("player").values
    assert (least[:, 1] >= least[:, 0] - 1e-12).all()
    with pytest.raises(ValueError, match="the same solver stands twice"):
        ns.sweep(crisis, ns.grid(rho=[0.0, 0.05]), solvers=[ns.Correlated(), ns.Correlated()])


def test_the_guide_names_every_module():
    folder = Path(mediated.__file__).parent
    missing = [path.stem for path in folder.glob("*.py") if path.stem != "__init__" and f"``{path.stem}``" not in str(mediated.__doc__)]
    assert not missing


def test_it_is_a_solver_and_a_solution():
    assert solver_for("correlated", 3) == Correlated()
    assert solver_for("coarse-correlated", 2) == CoarseCorrelated()
    assert isinstance(Correlated(), Solver)
    found = ns.solve(CHICKEN, "coarse-correlated")
    assert isinstance(found, Solution)
    assert (found.concept, found.form, found.batch_shape) == ("coarse-correlated", "simultaneous", ())
    assert set(found.variables()) == {"status", "payoffs", "value", "regret", "gap", "unique", "distribution"}
    assert found.variables(["distribution"])["distribution"].dims == ("action_0", "action_1")
    with pytest.raises(ValueError, match="keep must name some of"):
        found.variables(["count"])
    assert Correlated(np.array([1, 2])) == Correlated((1.0, 2.0))
    assert hash(Correlated([[1, 0], [0, 1]])) == hash(Correlated(((1.0, 0.0), (0.0, 1.0))))
    assert repr(found) == "CorrelatedEquilibria(coarse-correlated, simultaneous form, batch ())"
    assert replace(found, status=np.int8(1)).game is CHICKEN


def test_tables():
    text = str(Correlated()(CHICKEN))
    assert "Expected payoffs: player 1 5.25, player 2 5.25. Value of the objective: 10.5." in text
    assert "no other is as good" in text
    found = Correlated()(CHICKEN)
    assert found.to_pandas().shape == (3, 5)
    assert "yield" in found.to_markdown()
    assert "yield" in found.to_latex()
    assert "yield" in found._repr_html_()
    batch = Correlated()(NormalFormGame(np.stack([CHICKEN.payoffs] * 3), names(2)))
    assert "3" in str(batch)
    single = Correlated()(NormalFormGame(np.full((2, 2, 2), np.nan), names(2)))
    assert "NaN or infinite" in str(single)


def test_tables_show_no_rounding():
    """Gains of a few units in the last place are 0 in print, what is less likely than 1e-12 is left out; the numbers stay as they are."""
    chicken = NormalFormGame.from_arrays([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    found = [Correlated()(chicken)]
    for payoffs in np.random.default_rng(4).random((40, 2, 3, 3)) * 7 + 100:
        found += [solver()(NormalFormGame(payoffs)) for solver in (Correlated, CoarseCorrelated)]
    gains = np.concatenate([[row.gain for row in each.recommendations().rows] for each in found])
    assert ((gains != 0) & (np.abs(gains) < 1e-12)).any()
    for each in found:
        for row in each.recommendations().tables[0].rows:
            assert isinstance(row, str) or row[-1] is None or row[-1] == 0 or abs(row[-1]) > 1e-10
    best = Correlated()(chicken)
    noisy = replace(best, distribution=best.distribution + np.array([[0, 0], [0, 8.9e-16]]))
    assert len(noisy.tables[0].rows) == 3
    assert str(noisy.recommendations()) == str(best.recommendations())
    assert noisy.distribution[1, 1] == 8.9e-16


def test_recommendations():
    table = Correlated()(CHICKEN).recommendations()
    rows = {(row.player, row.action): row for row in table.rows}
    told = rows["player 1", "yield"]
    assert told.probability == pytest.approx(0.75)
    np.testing.assert_allclose(told.beliefs, [2 / 3, 1 / 3])
    assert (told.alternative, told.gain) == ("dare", pytest.approx(0, abs=1e-12))
    assert rows["player 1", "dare"].gain == pytest.approx(1)
    assert "0.66667 yield + 0.33333 dare" in str(table)
    assert len(table) == 4
    assert repr(table) == "Recommendations(4 to 2 players)"
    before = [row for row in CoarseCorrelated()(CHICKEN).recommendations().rows if row.action is None]
    assert [row.probability for row in before] == pytest.approx([1, 1])
    assert min(row.gain for row in before) > -1e-12
    assert "(before hearing)" in str(CoarseCorrelated()(CHICKEN).recommendations())


@pytest.mark.parametrize("solver", BOTH)
def test_recommendations_agree_with_the_regret(solver):
    u = random_games((3, 2, 2), 20, 5)
    found = solver()(game_of(u, (3, 2, 2)))
    for k in range(20):
        for row in found.recommendations(k).rows:
            if not solver.coarse or row.action is None:
                assert row.gain >= -1e-9
    single = Correlated()(game_of(random_games((1, 3), 1, 0)[0], (1, 3))).recommendations()
    assert single.rows[0].alternative is None
    assert np.isnan(single.rows[0].gain)
    assert "nan" not in str(single)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Correlated(sense="least"), "sense must be 'max' or 'min'; got 'least'"),
        (lambda: Correlated(method="ipm"), "method must be"),
        (lambda: Correlated("egalitarian", sense="min"), "can only be maximised"),
        (lambda: Correlated("egalitarian", disagreement=(0, np.nan)), "must hold finite payoffs"),
        (lambda: Correlated(disagreement=(0, 0)), "only serves objective='egalitarian'"),
        (lambda: Correlated(rtol=1), "rtol must lie in"),
        (lambda: Correlated(max_iter=0), "max_iter must be a whole number of pivots, at least 1; got 0"),
        (lambda: Correlated(max_iter=2.5), "max_iter must be a whole number of pivots, at least 1; got 2.5"),
        (lambda: Correlated(rtol="1e-9"), "rtol must lie in .*, as a share of the payoff range; got '1e-9'"),
        (lambda: Correlated("egalitarian", disagreement="12"), "disagreement must hold finite payoffs, one a player, such as .*; got '12'"),
        (lambda: Correlated("egalitarian", disagreement=[1, None]), "disagreement must hold finite payoffs.*; got None"),
        (lambda: Correlated("egalitarian", disagreement=3), "disagreement must hold finite payoffs.*; got 3"),
        (lambda: Correlated([[1, 2], [3]]), "objective must be a name, the place of a player .*, or an array of numbers; got"),
        (lambda: Correlated([1, "x"]), "objective must be a name, .*; got .1, 'x'."),
        (lambda: Correlated(None), "objective must be a name, .*; got None"),
        (lambda: CoarseCorrelated(True), "objective must be a name, .*; got True"),
        (lambda: Correlated([1, np.nan]), "finite numbers"),
        (lambda: Correlated("wellfare")(CHICKEN), "did you mean 'welfare'"),
        (lambda: Correlated(2)(CHICKEN), "0 to 1, or a name; got 2"),
        (lambda: Correlated([1, 2, 3])(CHICKEN), r"got shape \(3,\)"),
        (lambda: Correlated("egalitarian", disagreement=(1,))(CHICKEN), "one payoff for each of the 2 players"),
        (lambda: Correlated()(CHICKEN).recommendations(0), "index must pick one game"),
        (lambda: Correlated()(NormalFormGame(np.full((2, 2, 2), np.nan), names(2))).recommendations(), "NOT_FINITE"),
    ],
)
def test_mistakes_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_other_types_are_refused():
    with pytest.raises(TypeError, match="Correlated solves a NormalFormGame; got list"):
        Correlated()([1])
    with pytest.raises(ValueError, match=r"objective must be a name, the place of a player .*; got 1\.5"):
        Correlated(1.5)
