"""The parts of the solver: equations and derivatives, elimination, uniqueness, residuals, against slow definitions."""

import itertools

import numpy as np
import pytest

from negotiation_sim.equilibria.quantal.newton_steps import newton_step, solve_in_place
from negotiation_sim.equilibria.quantal.polishing import polish
from negotiation_sim.equilibria.quantal.residuals import response_residual
from negotiation_sim.equilibria.quantal.response_system import ResponseSystem
from negotiation_sim.equilibria.quantal.tracing import follow
from negotiation_sim.equilibria.quantal.uniqueness import unique_below

SHAPES = [(2, 2), (3, 2), (2, 4), (1, 3, 2), (2, 3, 2), (2, 2, 3, 2), (4,), (5, 2), (2, 2, 2, 2, 2)]


def build(shape, games=3, seed=0):
    tensor = np.random.default_rng(seed).random((len(shape), *shape, games))
    return tensor, *ResponseSystem.build(tensor, None)


def gains(tensor, profile, i):
    """Expected payoff of each action of player i less that of the first, one game."""
    out = np.zeros(tensor.shape[1 + i])
    for cell in np.ndindex(*tensor.shape[1:]):
        out[cell[i]] += tensor[(i, *cell)] * np.prod([profile[j][a] for j, a in enumerate(cell) if j != i])
    return out[1:] - out[0]


@pytest.mark.parametrize("shape", SHAPES)
def test_gains_and_derivatives(shape):
    tensor, system, unit = build(shape)
    z = np.random.default_rng(1).normal(size=(system.unknowns, 3))
    at = system.linearise(z)
    by_player = dict(zip(system.players, at.probabilities, strict=True))
    profile = [by_player.get(i, np.ones((1, 3))) for i in range(len(shape))]
    for g in range(3):
        wanted = np.concatenate([gains(tensor[..., g], [p[:, g] for p in profile], i) for i in system.players])
        np.testing.assert_allclose(at.gains[:, g] * unit[g], wanted, atol=1e-14)
    direct, by_probability = system.payoff_slopes(at.probabilities)
    np.testing.assert_allclose(direct, at.gains, atol=1e-14)
    ends = np.cumsum(system.sizes)
    places = [slice(e - n, e) for e, n in zip(ends, system.sizes, strict=True)]
    for k in range(system.unknowns):
        up, down = z.copy(), z.copy()
        up[k] += 1e-6
        down[k] -= 1e-6
        change = (system.linearise(up).gains - system.linearise(down).gains) / 2e-6
        moved = [(a - b)[1:] / 2e-6 for a, b in zip(system.probabilities(up), system.probabilities(down), strict=True)]
        np.testing.assert_allclose(np.einsum("ijg,jg->ig", by_probability, np.concatenate(moved)), change, atol=1e-8)
        for i, j in itertools.product(range(len(places)), repeat=2):
            if places[j].start <= k < places[j].stop:
                slope = at.slopes[i][j]
                wanted = 0 if slope is None else slope[:, k - places[j].start]
                np.testing.assert_allclose(change[places[i]], wanted if slope is not None else 0 * change[places[i]], atol=1e-8)


@pytest.mark.parametrize("shape", SHAPES)
def test_newton_step_against_dense_algebra(shape):
    _, system, _ = build(shape, seed=2)
    d, rng = system.unknowns, np.random.default_rng(3)
    y, border = rng.normal(size=(d + 1, 3)), rng.normal(size=(d + 1, 3))
    step = newton_step(system, y, border)

    def equations(point):
        return point[:d] - point[d] * system.linearise(point[:d]).gains

    jacobian = np.empty((d, d + 1, 3))
    for k in range(d + 1):
        e = np.zeros((d + 1, 1))
        e[k] = 1e-6
        jacobian[:, k] = (equations(y + e) - equations(y - e)) / 2e-6
    for g in range(3):
        whole = np.vstack([jacobian[..., g], border[:, g]])
        np.testing.assert_allclose(step.change[:, g], np.linalg.solve(whole, -np.append(equations(y)[:, g], 0)), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(step.tangent[:, g], np.linalg.solve(whole, np.append(np.zeros(d), 1)), rtol=1e-5, atol=1e-6)
        assert step.orientation[g] == np.sign(np.linalg.det(whole))


def test_elimination_with_a_singular_game_among_others():
    rng = np.random.default_rng(4)
    matrix, right = rng.normal(size=(20, 5, 5)), rng.normal(size=(20, 5, 2))
    matrix[:, 0, 0] = 0  # needs an exchange of rows
    matrix[7] = 1.0
    square = np.concatenate([matrix, right], axis=2).transpose(1, 2, 0).copy()
    with np.errstate(all="ignore"):
        sign = solve_in_place(square, 5)
    for g in range(20):
        if g != 7:
            np.testing.assert_allclose(square[:, 5:, g], np.linalg.solve(matrix[g], right[g]), rtol=1e-9, atol=1e-9)
            assert sign[g] == np.sign(np.linalg.det(matrix[g]))
    assert not np.isfinite(square[:, 5:, 7]).all()
    assert sign[7] == 0 or np.isnan(sign[7])


@pytest.mark.parametrize("shape", SHAPES)
def test_another_first_action_is_the_same_point(shape):
    _, system, _ = build(shape, games=6, seed=5)
    z = 5 * np.random.default_rng(6).normal(size=(system.unknowns, 6))
    other, there, order = system.referred(z)
    assert there.max() <= 0
    for p, q, places in zip(system.probabilities(z), other.probabilities(there), order, strict=True):
        np.testing.assert_allclose(np.take_along_axis(q, places, axis=0), p, atol=1e-15)
    at = other.linearise(there)
    near, moved = polish(system, z, np.full(6, 0.3), rounds=30, reach=0.3)
    far, further = polish(other, there, np.full(6, 0.3), rounds=30, reach=0.3)
    assert np.isfinite(moved + further).all()
    for p, q, places in zip(system.probabilities(near), other.probabilities(far), order, strict=True):
        np.testing.assert_allclose(np.take_along_axis(q, places, axis=0), p, atol=1e-12)
    assert at.gains.shape == z.shape


@pytest.mark.parametrize("shape", [(2, 2), (3, 4), (2, 5), (2, 3, 2), (2, 2, 2, 2)])
def test_the_bound_of_uniqueness_by_the_definition(shape):
    _, system, _ = build(shape, seed=7)
    bound, count = unique_below(system), len(shape)
    for g in range(3):
        influence = np.zeros((count, count))
        for i, difference in enumerate(system.differences):
            rows = np.concatenate([np.zeros((1, *difference.shape[1:-1])), difference[..., g]])
            for axis, j in enumerate((j for j in range(count) if j != i), start=1):
                pairs = itertools.combinations(rows, 2)
                influence[i, j] = max(np.ptp(a - b, axis=axis - 1).max() for a, b in pairs)
        radius = np.abs(np.linalg.eigvals(influence / 4)).max()
        assert bound[g] <= 1 / radius * (1 + 1e-12)
        assert bound[g] >= 1 / radius / 2
        if count == 2 and max(shape) <= 4:
            assert bound[g] == pytest.approx(1 / radius)


def test_no_second_equilibrium_below_the_bound():
    tensor, system, _ = build((2, 2), games=300, seed=8)
    bound = unique_below(system)
    found = []
    for start in itertools.product([-6.0, 0.0, 6.0], repeat=2):
        z, moved = polish(system, np.tile(np.array(start)[:, None], 300), 0.999 * bound, rounds=200, reach=0.2)
        found.append(np.where(np.isfinite(moved), z, np.nan))
    spread = np.nanmax(found, axis=0) - np.nanmin(found, axis=0)
    assert spread.max() < 1e-8
    assert tensor.shape == (2, 2, 2, 300)


def test_residuals_by_the_definition():
    rng = np.random.default_rng(9)
    tensor = rng.normal(size=(3, 2, 3, 2, 4)) + 5
    index = np.array([0, 0, 2, 3, 3])
    mixtures = [rng.dirichlet(np.ones(n), size=5).T for n in (2, 3, 2)]
    precision, weights = rng.random(5) * 3, [rng.random(n) for n in (2, 3, 2)]
    for given in (None, weights):
        found = response_residual(tensor, index, mixtures, precision, given)
        for e, g in enumerate(index):
            worst = 0.0
            for i in range(3):
                own = np.zeros(mixtures[i].shape[0])
                for cell in np.ndindex(2, 3, 2):
                    own[cell[i]] += tensor[(i, *cell, g)] * np.prod([mixtures[j][a, e] for j, a in enumerate(cell) if j != i])
                score = precision[e] * own * (1 if given is None else given[i])
                answer = np.exp(score - score.max())
                worst = max(worst, np.abs(answer / answer.sum() - mixtures[i][:, e]).max())
            assert found[e] == pytest.approx(worst, abs=1e-12)


def test_following_several_targets_and_giving_up():
    _, system, unit = build((3, 3), games=50, seed=10)
    targets = np.array([0.5, 7.0, 7.0, 60.0])[:, None] * unit
    found = follow(system, targets, 2000)
    assert found.reached.all()
    np.testing.assert_allclose(found.z[1], found.z[2], atol=1e-3)
    assert (found.precision == targets).all()
    short = follow(system, targets, 6)
    assert short.reached[0].all()
    assert not short.reached[3].any()
    assert (short.precision[3] < targets[3]).all()
    lost = ~short.reached[1]
    np.testing.assert_array_equal(short.z[1][:, lost], short.z[3][:, lost])
    seen = []
    follow(system, targets, 2000, record=lambda games, points: seen.append((len(games), points.shape[1])), stride=0.5)
    assert all(a == b for a, b in seen)
    assert len(seen) > 15
