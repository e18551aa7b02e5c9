"""Dominated actions against exact linear programmes in rational numbers, published games and the invariances that the definition has."""

import itertools
import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from negotiation_sim.equilibria.domination import mixed_dominance
from negotiation_sim.equilibria.domination.dominance import dominated
from negotiation_sim.equilibria.pivoting import linear_programmes
from negotiation_sim.equilibria.pivoting.linear_programmes import Optimum, maximise, maximise_exactly
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.games.staged import StagedGame
from negotiation_sim.status import Status

SHAPES = [(3, 3), (4, 3), (5, 4), (4, 6), (2, 4), (1, 3), (3, 2, 2), (3, 3, 2)]
CHOICES = list(itertools.product(("strict", "weak"), ("pure", "mixed")))


def names(count):
    return [f"p{i}" for i in range(count)]


def batch(payoffs):
    return NormalFormGame(payoffs, names(np.shape(payoffs)[1]))


def rows_of(payoffs, player):
    """Payoffs (own action, opponents' profile) of one game."""
    own = np.moveaxis(payoffs[player], player, 0)
    return own.reshape(own.shape[0], -1)


def largest(matrix, limits, gains):
    """Maximise gains x, matrix x <= limits, x >= 0, with limits >= 0; exactly, on a full tableau, by Bland's rule."""
    count, width = len(limits), len(gains)
    table = [[*map(Fraction, row), *(Fraction(r == k) for k in range(count)), Fraction(limits[r])] for r, row in enumerate(matrix)]
    cost = [-Fraction(v) for v in gains] + [Fraction(0)] * (count + 1)
    basis = list(range(width, width + count))
    while any(v < 0 for v in cost[:-1]):
        enter = next(j for j, v in enumerate(cost) if v < 0)
        leave = min((row[-1] / row[enter], basis[r], r) for r, row in enumerate(table) if row[enter] > 0)[2]
        table[leave] = [v / table[leave][enter] for v in table[leave]]
        for r, row in enumerate(table):
            if r != leave and row[enter]:
                table[r] = [v - row[enter] * w for v, w in zip(row, table[leave], strict=True)]
        cost = [v - cost[enter] * w for v, w in zip(cost, table[leave], strict=True)]
        basis[leave] = enter
    return cost[-1]


def is_dominated(own, action, kind, by):
    """The definition, for integer payoffs (own action, opponents' profile)."""
    gaps = [[int(v) for v in row - own[action]] for b, row in enumerate(own) if b != action]
    if by == "pure":
        return any(min(g) > 0 if kind == "strict" else min(g) >= 0 < max(g) for g in gaps)
    if not gaps:
        return False
    loses = [[-g[t] for g in gaps] for t in range(len(gaps[0]))]
    if kind == "weak":
        return largest([*loses, [1] * len(gaps)], [0] * len(loses) + [1], [sum(g) for g in gaps]) > 0
    return largest([*([*row, 1] for row in loses), [1] * len(gaps) + [0]], [0] * len(loses) + [1], [0] * len(gaps) + [1]) > 0


def games_with_ties(shape, high, count, seed):
    """Integer games; in every other one the first player's first action is the mean of two others where there are two."""
    payoffs = 2 * np.random.default_rng(seed).integers(0, high + 1, size=(count, len(shape), *shape))
    payoffs[::2, 0, 0] = (payoffs[::2, 0, shape[0] // 2] + payoffs[::2, 0, -1]) // 2
    return payoffs


# ---------------------------------------------------------------- the definition


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("high", [1, 3, 20])
def test_equals_the_definition(shape, high):
    payoffs = games_with_ties(shape, high, 10, sum(shape) + high)
    for kind, by in CHOICES:
        found = dominated(batch(payoffs), kind, by)
        assert (found.status == Status.OK).all()
        for i, n in enumerate(shape):
            expected = [[is_dominated(rows_of(p, i), a, kind, by) for a in range(n)] for p in payoffs]
            assert found.dominated[i].tolist() == expected, (kind, by, i)


@pytest.mark.parametrize("kind", ["strict", "weak"])
def test_every_verdict_has_a_reason_that_holds(kind):
    payoffs = np.concatenate([games_with_ties((4, 3), 3, 30, 1), games_with_ties((4, 3), 20, 30, 2)])
    game = batch(payoffs)
    for by in ("pure", "mixed"):
        found = dominated(game, kind, by)
        for g, i in itertools.product(range(len(payoffs)), range(2)):
            own = rows_of(payoffs[g], i)
            for a in range(len(own)):
                if not found.dominated[i][g, a]:
                    assert found.dominator[i][g, a] == -1
                    assert np.isnan(found.advantage[i][g, a])
                    continue
                witness = found.witness(i, a, g)
                gains = witness.weights @ (own - own[a])
                assert witness.weights.sum() == pytest.approx(1, abs=1e-12)
                assert witness.weights.min() >= 0
                assert witness.weights[a] == 0
                assert (gains > 1e-3).all() if kind == "strict" else (gains >= -1e-9).all() and gains.sum() > 1e-3
                assert [witness.smallest, witness.largest] == pytest.approx([gains.min(), gains.max()], abs=1e-9)
                assert witness.smallest == pytest.approx(found.advantage[i][g, a], abs=1e-12)
                pure = found.dominator[i][g, a]
                assert (pure >= 0) == ((own - own[a]).min(axis=1) > 0 if kind == "strict" else dominators(own, a)).any()
                assert pure < 0 or witness.weights[pure] == 1
                assert witness.step == 1


def dominators(own, action):
    gaps = own - own[action]
    return (gaps.min(axis=1) >= 0) & (gaps.max(axis=1) > 0)


@pytest.mark.parametrize(("kind", "shape"), [("strict", (4, 3)), ("weak", (4, 3)), ("strict", (3, 2, 2)), ("weak", (3, 2, 2))])
def test_every_undominated_action_is_a_best_reply_to_its_belief(kind, shape):
    payoffs = np.concatenate([games_with_ties(shape, 2, 20, 3), games_with_ties(shape, 20, 20, 4)])
    found = dominated(batch(payoffs), kind)
    for g, i in itertools.product(range(len(payoffs)), range(len(shape))):
        own = rows_of(payoffs[g], i)
        for a in np.flatnonzero(~found.dominated[i][g]):
            belief = found.belief(i, int(a), g)
            assert belief.weights.shape == tuple(1 if j == i else n for j, n in enumerate(shape))
            weights = belief.weights.reshape(-1)
            assert weights.sum() == pytest.approx(1, abs=1e-12)
            assert weights.min() > 1e-9 if kind == "weak" else weights.min() >= 0
            gains = np.delete(own - own[a], a, axis=0) @ weights
            assert gains.max() <= 1e-9
            assert belief.gain == pytest.approx(gains.max(), abs=1e-12)


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.sampled_from([1e-12, 1e-9, 4e-9, 1e-6]))
def test_kinds_contain_each_other_even_near_ties(seed, noise):
    payoffs = games_with_ties((4, 3), 3, 12, seed) + noise * np.random.default_rng(seed).standard_normal((12, 2, 4, 3))
    found = {choice: dominated(batch(payoffs), *choice) for choice in CHOICES}
    for i in range(2):
        marked = {choice: result.dominated[i] for choice, result in found.items()}
        for smaller, larger in [
            (("strict", "pure"), ("strict", "mixed")),
            (("strict", "pure"), ("weak", "pure")),
            (("strict", "mixed"), ("weak", "mixed")),
            (("weak", "pure"), ("weak", "mixed")),
        ]:
            assert not (marked[smaller] & ~marked[larger]).any()
    assert all((result.status == Status.OK).all() for result in found.values())


# ---------------------------------------------------------------- published games


def row_game(rows, **words):
    return NormalFormGame.from_arrays(rows, np.zeros(np.shape(rows)), **words)


def test_a_mixture_dominates_what_no_action_dominates():
    """Gibbons (1992), figure 1.2.2 and the like: half Top, half Middle beats Bottom."""
    game = row_game([[3, 0], [0, 3], [1, 1]], actions=[["Top", "Middle", "Bottom"], ["L", "R"]])
    assert not any(d.any() for d in dominated(game, "weak", "pure").dominated)
    found = dominated(game)
    assert [d.tolist() for d in found.dominated] == [[False, False, True], [False, False]]
    witness = found.witness("player 1", "Bottom")
    np.testing.assert_allclose(witness.weights, [0.5, 0.5, 0], atol=1e-15)
    assert witness.smallest == witness.largest == found.advantage[0][2] == 0.5
    assert str(witness) == "player 1: Bottom is dominated by 0.5 Top + 0.5 Middle, by at least 0.5"
    assert str(found.belief(0, "Top")) == "player 1: Top is a best reply to L"
    # Figure 1.2.3: with 2 in place of 1, Bottom is a best reply to a mixture only.
    other = dominated(row_game([[3, 0], [0, 3], [2, 2]]))
    assert not other.dominated[0].any()
    np.testing.assert_allclose(other.belief(0, 2).weights.sum(), 1)


def test_weak_dominance_by_a_mixture_only():
    game = row_game([[2, 0, 1], [0, 2, 2], [1, 1, 1]])
    assert not dominated(game).dominated[0].any()
    assert not dominated(game, "weak", "pure").dominated[0].any()
    found = dominated(game, "weak")
    assert found.dominated[0].tolist() == [False, False, True]
    witness = found.witness(0, 2)
    np.testing.assert_allclose(witness.weights, [0.5, 0.5, 0], atol=1e-9)
    assert (witness.smallest, witness.largest) == (0, 0.5)
    assert str(witness) == "player 1: 3 is dominated by 0.5 [1] + 0.5 [2], by 0 to 0.5"


def test_an_action_that_is_only_repeated_or_averaged_is_not_dominated():
    for rows in ([[1, 2], [1, 2]], [[2, 0], [0, 2], [1, 1]], [[2, 0, 3], [2, 0, 3], [0, 2, 0], [1, 1, 1.5]], [[5, 5], [5, 5], [5, 5]]):
        for kind, by in CHOICES:
            assert not dominated(row_game(rows), kind, by).dominated[0].any()
    # A repeated action dilutes no mixture, a loss next to a repeated action is not forgiven.
    rows = np.array([[1, 1], [1, 1], [0.9999, 5]])
    assert not dominated(row_game(rows), "weak").dominated[0].any()
    assert dominated(row_game(rows), "weak").belief(0, 0).weights.min() > 1e-6


def test_conformance(conformance):
    cases = json.loads((conformance / "expected" / "misc.json").read_text(encoding="utf-8"))["dominance"]
    compared = 0
    for case in cases:
        if "row_payoffs" not in case or case["kind"] == "very_weak":
            continue
        rows = np.array([[float(Fraction(v)) for v in row] for row in case["row_payoffs"]])
        found = dominated(row_game(rows), case["kind"], case["by"], rtol=case.get("tol", 1e-9 * np.ptp(rows)) / np.ptp(rows))
        assert found.dominated[0][case["action"]] == case["dominated"], case
        if "mixture" in case:
            mixture = [float(Fraction(v)) for v in case["mixture"]]
            np.testing.assert_allclose(found.witness(0, case["action"]).weights, mixture, atol=1e-9)
        compared += 1
    assert compared > 10


# ---------------------------------------------------------------- invariances


def answer(payoffs):
    found = [dominated(batch(payoffs), *choice) for choice in CHOICES]
    return [(d.tolist(), w.tolist()) for f in found for d, w in zip(f.dominated, f.dominator, strict=True)]


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.integers(-30, 30), st.integers(-1000, 1000))
def test_integer_shifts_and_powers_of_two_change_nothing(seed, power, shift):
    payoffs = games_with_ties((4, 3), 3, 6, seed).astype(float)
    moved = (payoffs + np.array([shift, -shift]).reshape(2, 1, 1)) * 2.0**power
    assert answer(moved) == answer(payoffs)
    before, after = (dominated(batch(p)) for p in (payoffs, moved))
    for x, y in zip(before.advantage, after.advantage, strict=True):
        np.testing.assert_allclose(y, x * 2.0**power, rtol=1e-9)


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.floats(1e-9, 1e9), st.floats(-10, 10))
def test_units_do_not_matter(seed, scale, shift):
    payoffs = games_with_ties((4, 3), 3, 6, seed) / 10
    assert [d for d, _ in answer((payoffs + shift) * scale)] == [d for d, _ in answer(payoffs)]


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_renaming_players_and_actions_renames_the_answer(seed):
    rng = np.random.default_rng(seed)
    payoffs = games_with_ties((4, 3, 2), 3, 3, seed)
    flips = [rng.permutation(n) for n in payoffs.shape[2:]]
    people = rng.permutation(3)
    flipped = payoffs[np.ix_(range(3), range(3), *flips)][:, people].transpose(0, 1, *(people + 2))
    for choice in CHOICES:
        before, after = dominated(batch(payoffs), *choice), dominated(batch(flipped), *choice)
        for k, i in enumerate(people):
            np.testing.assert_array_equal(after.dominated[k], before.dominated[i][:, flips[i]])
            np.testing.assert_allclose(after.advantage[k] >= 0, before.advantage[i][:, flips[i]] >= 0)


@pytest.mark.parametrize("choice", CHOICES)
def test_batch_equals_loop_bit_for_bit(choice):
    payoffs = np.round(np.random.default_rng(7).random((1500, 2, 4, 4)), 1)
    found = dominated(batch(payoffs), *choice)
    for g in range(0, 1500, 23):
        alone = dominated(batch(payoffs)[g], *choice)
        for i in range(2):
            for name in ("dominated", "dominator", "advantage"):
                np.testing.assert_array_equal(getattr(alone, name)[i], getattr(found, name)[i][g])


def test_batch_of_two_axes_and_of_none():
    payoffs = games_with_ties((3, 3), 3, 12, 8)
    flat, square = dominated(batch(payoffs)), dominated(NormalFormGame(payoffs.reshape(3, 4, 2, 3, 3)))
    assert square.batch_shape == square.status.shape == (3, 4)
    np.testing.assert_array_equal(square.dominated[1], flat.dominated[1].reshape(3, 4, 3))
    assert str(square).startswith("Strictly dominated actions, by mixed strategies\n")
    assert "12 of 12 games solved." in str(square)
    empty = dominated(batch(np.zeros((0, 2, 3, 3))))
    assert [d.shape for d in empty.dominated] == [(0, 3), (0, 3)]


# ---------------------------------------------------------------- tolerance and trouble


def test_tolerance_is_a_share_of_the_range():
    rows = [[0.0, 10.0], [0.05, 10.05]]
    assert dominated(row_game(rows)).dominated[0].tolist() == [True, False]
    assert not dominated(row_game(rows), rtol=0.01).dominated[0].any()
    assert not dominated(row_game(rows), "weak", rtol=0.01).dominated[0].any()
    small_loss = [[0.0, 10.0], [1.0, 9.95]]
    assert dominated(row_game(small_loss), "weak", rtol=0.01).dominated[0].tolist() == [True, False]
    assert not dominated(row_game(small_loss), "weak").dominated[0].any()


@pytest.mark.parametrize("choice", CHOICES)
def test_payoffs_equal_up_to_rounding_count_as_equal(choice):
    noise = np.array([[0.1 + 0.2, 0.3], [0.3, 0.1 + 0.2], [0.3, 0.3]])
    found = dominated(NormalFormGame.from_arrays(noise, noise + 1e6), *choice)
    assert not any(d.any() for d in found.dominated)
    # 1/3, 1/3, 1/3 of the first three rows is the last but for rounding, in thousandths far from zero.
    third = np.array([[0.3, 0, 0], [0, 0.3, 0], [0, 0, 0.3], [0.1, 0.1, 0.1]])
    for payoffs in (third, third + 1e4, third * 1e-8):
        assert not dominated(row_game(payoffs), *choice).dominated[0].any()
    third[3] -= 0.01
    assert dominated(row_game(third + 1e4), *choice).dominated[0].tolist() == [False, False, False, choice[1] == "mixed"]


def garbage(matrix, limits, gains):
    return Optimum(np.zeros(matrix.shape[1:]), np.zeros((matrix.shape[0], matrix.shape[2])))


def test_what_fails_its_check_is_solved_again_exactly(monkeypatch):
    payoffs = games_with_ties((4, 3), 3, 20, 9)
    expected = answer(payoffs)
    monkeypatch.setattr(mixed_dominance, "maximise", garbage)
    assert answer(payoffs) == expected


def test_every_status_in_one_batch(monkeypatch):
    payoffs = np.zeros((6, 2, 3, 2))
    payoffs[:, 0] = [[9, 0], [0, 1.5], [1, 1]]  # the last row needs a linear programme
    payoffs[1, 1, 0, 0] = np.nan
    payoffs[2, 0, 2, 1] = np.inf
    payoffs[3] = -np.inf
    payoffs[4, 0] = [[4, 0], [0, 4], [-1, -1]]  # does not
    ours = dominated(batch(payoffs))
    finite = [Status.OK, *[Status.NOT_FINITE] * 3, Status.OK, Status.OK]
    assert ours.status.tolist() == finite
    assert ours.dominated[0][:, 2].tolist() == [True, False, False, False, True, True]
    with pytest.raises(ValueError, match="NOT_FINITE"):
        ours.belief(0, 0, 1)
    monkeypatch.setattr(mixed_dominance, "maximise", garbage)
    monkeypatch.setattr(mixed_dominance, "maximise_exactly", garbage)
    for kind in ("strict", "weak"):
        lost = dominated(batch(payoffs), kind)
        assert lost.status.tolist() == [Status.MAX_ITER if g in {0, 5} else s for g, s in enumerate(finite)]
        assert not lost.dominated[0][0].any()
    assert "NaN or infinite" in str(dominated(batch(payoffs)[1]))


def test_one_action_and_one_player():
    for kind, by in CHOICES:
        forced = dominated(NormalFormGame([[[1.0]], [[2.0]]], names(2)), kind, by)
        assert not any(d.any() for d in forced.dominated)
        alone = dominated(NormalFormGame([[1, 3, 3]], ["a"]), kind, by)
        assert alone.dominated[0].tolist() == [True, False, False]
        assert alone.dominator[0].tolist() == [1, -1, -1]
    assert str(dominated(NormalFormGame([[1, 3, 3]], ["a"])).belief("a", 1)) == "a: 2 is a best reply to no opponents"
    assert dominated(NormalFormGame([[[1.0]], [[2.0]]], names(2)), "weak").belief(0, 0).weights.tolist() == [[1]]


def test_shows_itself():
    game = row_game([[3, 0], [0, 3], [1, 1]], players=["Ann", "Bob"])
    text = str(dominated(game))
    assert "Ann" in text
    assert "0.5 [1] + 0.5 [2]" in text
    assert repr(dominated(game)) == "Dominance(strict, by mixed strategies, 1 dominated actions in batch ())"
    assert "None is dominated." in str(dominated(game, "weak", "pure"))


def test_mistakes_say_what_to_do():
    game = row_game([[3, 0], [0, 3], [1, 1]], players=["Ann", "Bob"])
    with pytest.raises(ValueError, match="did you mean 'strict'"):
        dominated(game, "strictly")
    with pytest.raises(ValueError, match="unknown by 'both'"):
        dominated(game, by="both")
    with pytest.raises(ValueError, match="rtol"):
        dominated(game, rtol=1)
    with pytest.raises(TypeError, match=r"normal_form\(\)"):
        dominated(StagedGame(np.zeros((1, 2)), ["a"], [0], [[0]]))
    found = dominated(game)
    with pytest.raises(ValueError, match=r"not dominated.*belief"):
        found.witness("Ann", "1")
    with pytest.raises(ValueError, match=r"dominated, by mixed.*witness"):
        found.belief("Ann", "3")
    with pytest.raises(ValueError, match="by='mixed'"):
        dominated(game, by="pure").belief("Ann", "1")
    with pytest.raises(ValueError, match="did you mean 'Ann'"):
        found.witness("ann", 0)
    with pytest.raises(ValueError, match=r"action of Ann.*from 0 to 2"):
        found.witness("Ann", 3)
    with pytest.raises(ValueError, match="pick one game"):
        found.witness("Ann", 2, 1)
    with pytest.raises(IndexError, match="outside"):
        dominated(batch(np.zeros((2, 2, 3, 3)))).witness(0, 0, 2)


# ---------------------------------------------------------------- linear programmes


def programmes(seed, rows, columns, count):
    rng = np.random.default_rng(seed)
    matrix = rng.integers(-2, 4, (rows, columns, count)).astype(float)
    matrix[0] = 1  # bounded
    return matrix, rng.integers(0, 3, (rows, count)).astype(float), rng.integers(-2, 4, (columns, count)).astype(float)


@pytest.mark.parametrize("greedy", [linear_programmes.GREEDY, 0])
@pytest.mark.parametrize("shape", [(3, 4), (6, 3), (1, 1), (2, 7)])
def test_linear_programmes_equal_highs(monkeypatch, shape, greedy):
    monkeypatch.setattr(linear_programmes, "GREEDY", greedy)
    matrix, limits, gains = programmes(sum(shape), *shape, 20)
    for solve in (maximise, maximise_exactly):
        x, prices = solve(matrix, limits, gains)
        for k in range(20):
            best = -linprog(-gains[:, k], matrix[..., k], limits[:, k]).fun
            assert gains[:, k] @ x[:, k] == pytest.approx(best, abs=1e-9)
            assert limits[:, k] @ prices[:, k] == pytest.approx(best, abs=1e-9)
            assert (matrix[..., k] @ x[:, k] <= limits[:, k] + 1e-9).all()
            assert (matrix[..., k].T @ prices[:, k] >= gains[:, k] - 1e-9).all()
            assert min(x[:, k].min(), prices[:, k].min()) >= -1e-12


def test_linear_programmes_that_cannot_be_solved_do_no_harm(monkeypatch):
    matrix, limits, gains = programmes(5, 3, 3, 4)
    matrix[..., 1], gains[:, 1] = -1, 1  # unbounded
    for solve in (maximise, maximise_exactly):
        x, _ = solve(matrix, limits, gains)
        for k in (0, 2, 3):
            assert gains[:, k] @ x[:, k] == pytest.approx(-linprog(-gains[:, k], matrix[..., k], limits[:, k]).fun, abs=1e-9)
    monkeypatch.setattr(linear_programmes, "PATIENCE", 0)
    for solve in (maximise, maximise_exactly):
        assert not solve(matrix, limits, gains).x.any()
