"""Ranges and polygons of payoffs against programmes in many directions, and hulls against scipy's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

import negotiation_sim as ns
from negotiation_sim.equilibria.mediated import payoff_polygon
from negotiation_sim.equilibria.mediated.mediators import CoarseCorrelated, Correlated
from negotiation_sim.equilibria.mediated.payoff_polygon import _hull, payoff_ranges, payoff_region
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Status

CHICKEN = NormalFormGame.from_arrays([[6, 2], [7, 0]], [[6, 7], [2, 0]])


def names(count):
    return [f"p{i}" for i in range(count)]


def area(points):
    x, y = points.T
    return 0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=12), st.integers(0, 5))
def test_hull(points, seed):
    cloud = np.array(points, dtype=float)
    corners = cloud[_hull(cloud)]
    order = np.random.default_rng(seed).permutation(len(cloud))
    np.testing.assert_array_equal(cloud[order][_hull(cloud[order])], corners)
    if np.linalg.matrix_rank(cloud - cloud[0]) < 2:
        assert len(corners) == min(len(np.unique(cloud, axis=0)), 2)
        ends = np.unique(cloud, axis=0)
        np.testing.assert_array_equal(corners, ends[[0, -1]][: len(corners)])
    else:
        whole = ConvexHull(cloud)
        assert area(corners) == pytest.approx(whole.volume)
        assert len(corners) <= len(whole.vertices)


def test_hull_merges_what_rounding_has_parted():
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])
    noise = np.random.default_rng(0).uniform(-1e-11, 1e-11, (5, 4, 2))
    cloud = np.concatenate([square, (square + noise).reshape(-1, 2), [[0.5, 0], [0.5, 1 + 1e-12]]])
    corners = _hull(cloud)
    np.testing.assert_allclose(cloud[corners], square, atol=1e-9)
    assert len(_hull(np.full((7, 2), 0.3) + noise.reshape(-1, 2)[:7])) == 1


@pytest.mark.parametrize("solver", [Correlated, CoarseCorrelated])
def test_ranges_are_optima(solver):
    rng = np.random.default_rng(3)
    u = rng.integers(0, 4, (25, 3, 2, 3, 2)).astype(float)
    u[4, 1] = np.nan
    u[5, 2] = 1.5
    game = NormalFormGame(u, names(3))
    found = payoff_ranges(game, coarse=solver.coarse)
    assert np.flatnonzero(found.status).tolist() == [4]
    for i in range(3):
        np.testing.assert_allclose(found.low[:, i], solver(i, sense="min")(game).value, atol=1e-12)
        np.testing.assert_allclose(found.high[:, i], solver(i)(game).value, atol=1e-12)
    assert np.isnan(found.low[4]).all()
    assert np.nanmax(found.gap) < 1e-9
    assert (found.low[5, 2], found.high[5, 2]) == (1.5, 1.5)
    assert "1 of 25 games were not solved" in str(found)
    assert payoff_ranges(game.__getitem__(0)).low.shape == (3,)


@st.composite
def games(draw):
    shape = draw(st.sampled_from([(2, 2), (3, 3), (2, 3), (2, 2, 2)]))
    size = len(shape) * int(np.prod(shape))
    top = draw(st.sampled_from([2, 4, 1000]))
    numbers = draw(st.lists(st.integers(0, top), min_size=size, max_size=size))
    return NormalFormGame(np.array(numbers, dtype=float).reshape((len(shape), *shape)), names(len(shape)))


@given(games(), st.booleans())
@settings(max_examples=30)
def test_the_region_has_the_right_support_in_every_direction(game, coarse):
    region = payoff_region(game, coarse=coarse)
    assert region.status == Status.OK
    unit = np.where(game.payoff_range[:2, 0] > 0, game.payoff_range[:2, 0], 1.0)
    solver = CoarseCorrelated if coarse else Correlated
    for angle in np.linspace(0, 2 * np.pi, 24, endpoint=False):
        weights = np.zeros(len(game.players))
        weights[:2] = np.array([np.cos(angle), np.sin(angle)]) / unit
        assert (region.vertices @ weights[:2]).max() == pytest.approx(solver(weights)(game).value, abs=4e-9)
    for corner, x in zip(region.vertices, region.distributions, strict=True):
        np.testing.assert_allclose([(game.payoffs[i] * x).sum() for i in (0, 1)], corner, atol=1e-9)
    if len(region) > 2:
        assert area(region.vertices) > 0
    ranges = payoff_ranges(game, coarse=coarse)
    np.testing.assert_allclose(region.vertices.min(axis=0), ranges.low[:2], atol=1e-8 * unit.max())
    np.testing.assert_allclose(region.vertices.max(axis=0), ranges.high[:2], atol=1e-8 * unit.max())


def test_known_regions():
    region = payoff_region(CHICKEN)
    np.testing.assert_allclose(region.vertices, [[2, 7], [3.6, 3.6], [7, 2], [5.25, 5.25]], atol=1e-12)
    np.testing.assert_allclose(region.feasible, [[0, 0], [7, 2], [6, 6], [2, 7]])
    dilemma = NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    assert payoff_region(dilemma).vertices.tolist() == [[1, 1]]
    same = NormalFormGame.from_arrays([[2, 0], [0, 1]], [[2, 0], [0, 1]])  # a segment
    np.testing.assert_allclose(payoff_region(same).vertices, [[2 / 3, 2 / 3], [2, 2]])
    flat = NormalFormGame.from_arrays([[1, 1], [0, 0]], [[5, 5], [5, 5]])
    assert payoff_region(flat).vertices.tolist() == [[1, 5]]
    assert payoff_region(flat).feasible.tolist() == [[0, 5], [1, 5]]


def test_units_do_not_matter():
    u = np.random.default_rng(2).random((2, 3, 3))
    plain = payoff_region(NormalFormGame(u, names(2)))
    for unit in (np.array([1e-300, 1e300]), np.array([1e5, 1e-5])):
        moved = payoff_region(NormalFormGame(u * unit[:, None, None], names(2)))
        np.testing.assert_allclose(moved.vertices / unit, plain.vertices, atol=1e-8)
    turned = payoff_region(NormalFormGame(u, names(2)), ("p1", 0))
    assert turned.names == ("p1", "p0")
    assert area(turned.vertices) == pytest.approx(area(plain.vertices))


def test_a_search_that_fails_says_so(monkeypatch):
    monkeypatch.setattr(payoff_polygon, "ROUNDS", 1)
    assert payoff_region(CHICKEN).status == Status.MAX_ITER
    monkeypatch.setattr(payoff_polygon, "ROUNDS", 64)
    lost = payoff_polygon.optimise

    def singular(tensor, task):
        best = lost(tensor, task)
        best.status[-1] = Status.SINGULAR
        return best

    monkeypatch.setattr(payoff_polygon, "optimise", singular)
    region = payoff_region(CHICKEN)
    assert (region.status, len(region)) == (Status.SINGULAR, 0)
    assert "singular" in str(region)
    with pytest.raises(ValueError, match="the region has no corner"):
        ns.plot.correlated(region)


def test_tables():
    region = payoff_region(CHICKEN, coarse=True)
    assert "Corners of the payoffs of coarse correlated equilibria" in str(region)
    assert repr(payoff_region(CHICKEN)) == "PayoffRegion(correlated, player 1 and player 2, 4 corners)"
    assert repr(payoff_ranges(CHICKEN)) == "PayoffRanges(correlated, batch ())"
    assert "lowest" in str(payoff_ranges(CHICKEN))
    assert ns.payoff_region is payoff_region


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: payoff_region(NormalFormGame(np.zeros((3, 2, 2, 2)), names(2))), "takes a single game"),
        (lambda: payoff_region(NormalFormGame(np.full((2, 2, 2), np.nan), names(2))), "needs finite payoffs"),
        (lambda: payoff_region(CHICKEN, ("player 1", "player 3")), "did you mean"),
        (lambda: payoff_region(CHICKEN, rtol=np.nan), "rtol must lie in"),
        (lambda: payoff_ranges(CHICKEN, rtol=5), "rtol must lie in"),
        (lambda: payoff_region(CHICKEN, (0.5, 1)), "places 0 to 1 or names; got 0.5"),
        (lambda: payoff_region(CHICKEN, (0, 2)), "places 0 to 1 or names; got 2"),
        (lambda: payoff_region(CHICKEN, (1, 1)), "two different players"),
        (lambda: payoff_region(CHICKEN, (1,)), "two different players"),
        *((lambda odd=odd: payoff_region(CHICKEN, odd), "players must be") for odd in (None, 3, "01", (0, True), (0, 1.0), [[0], [1]])),
        *((lambda odd=odd: payoff_ranges(CHICKEN, rtol=odd), "rtol must lie in .*; got") for odd in (None, "0", np.nan, [0])),
        *((lambda odd=odd: payoff_region(CHICKEN, rtol=odd), "rtol must lie in .*; got") for odd in (None, "0", np.nan, [0])),
        *((lambda odd=odd: payoff_ranges(CHICKEN, coarse=odd), "coarse must be True or False; got") for odd in (None, "no", 1)),
    ],
)
def test_mistakes_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("kind", ["constant", "large constant", "same", "opposed"])
def test_a_polygon_that_is_a_line_keeps_its_ends(kind):
    # Rounding leaves three or more points of a line next to it, in any order: the ends must not be dropped for one between them.
    rng = np.random.default_rng(8)
    for payoffs in rng.normal(size=(30, 3, 3, 2, 2)):
        payoffs[1] = {"constant": 2.0, "large constant": 2e12 / 3, "same": 0.7 * payoffs[0], "opposed": 5 - 0.7 * payoffs[0]}[kind]
        game = NormalFormGame(payoffs, names(3))
        ranges, region = payoff_ranges(game), payoff_region(game)
        assert region.status == Status.OK
        assert len(region) <= 2
        tolerance = 1e-8 * np.maximum(np.abs(payoffs[:2]).max(axis=(1, 2, 3)), 1)
        assert (np.abs(region.vertices.min(axis=0) - ranges.low[:2]) <= tolerance).all()
        assert (np.abs(region.vertices.max(axis=0) - ranges.high[:2]) <= tolerance).all()


@pytest.mark.parametrize("solve", [payoff_ranges, payoff_region])
def test_something_else_than_a_game_is_refused(solve):
    with pytest.raises(TypeError, match="expected a NormalFormGame; got Scenario"):
        solve(ns.load("istanbul-2025"))
