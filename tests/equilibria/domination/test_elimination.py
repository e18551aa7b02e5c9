"""Iterated elimination against a slow loop over single games, published games, and the theorems about orders and equilibria."""

import itertools
import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation_sim.equilibria.bimatrix import AllNash
from negotiation_sim.equilibria.domination import mixed_dominance
from negotiation_sim.equilibria.domination.dominance import dominated
from negotiation_sim.equilibria.domination.elimination import eliminate, rationalizable
from negotiation_sim.equilibria.pivoting.linear_programmes import Optimum
from negotiation_sim.equilibria.pure import PureNash
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Status

CHOICES = list(itertools.product(("strict", "weak"), ("pure", "mixed")))


def names(count):
    return [f"p{i}" for i in range(count)]


def batch(payoffs):
    return NormalFormGame(payoffs, names(np.shape(payoffs)[1]))


def random_games(shape, high, count, seed):
    return np.random.default_rng(seed).integers(0, high + 1, size=(count, len(shape), *shape))


def slowly(payoffs, kind, by, order):
    """Steps of each action: judge the smaller and smaller game anew, by the definition for pure dominators."""
    sizes = payoffs.shape[1:]
    left = [list(range(n)) for n in sizes]
    step = [np.zeros(n, dtype=int) for n in sizes]
    quiet = taken = turn = 0
    turns = [range(len(sizes))] if isinstance(order, str) else [[int(name[1:])] for name in order]
    while quiet < len(turns):
        small = payoffs[np.ix_(range(len(sizes)), *left)]
        gone = [(i, a) for i in turns[turn] for a, yes in enumerate(judged(small, i, kind, by)) if yes]
        if order == "single":
            gone = gone[:1]
        taken, quiet = (taken + 1, 0) if gone else (taken, quiet + 1)
        labels = [(i, left[i][a]) for i, a in gone]
        for i, a in labels:
            step[i][a] = taken
            left[i].remove(a)
        turn = (turn + 1) % len(turns)
    return step


def judged(payoffs, player, kind, by):
    if by == "mixed":
        return dominated(NormalFormGame(payoffs, names(len(payoffs))), kind).dominated[player]
    own = np.moveaxis(payoffs[player], player, 0).reshape(payoffs.shape[player + 1], -1)
    gaps = own[:, None] - own
    better = gaps.min(axis=2) > 0 if kind == "strict" else (gaps.min(axis=2) >= 0) & (gaps.max(axis=2) > 0)
    return better.any(axis=0)


@pytest.mark.parametrize(("kind", "by"), CHOICES)
@pytest.mark.parametrize("shape", [(4, 4), (3, 2, 3), (5, 1)])
@pytest.mark.parametrize("order", ["simultaneous", "single", "turns"])
def test_equals_a_slow_loop(kind, by, shape, order):
    said = names(len(shape))[::-1] if order == "turns" else order
    payoffs = np.concatenate([random_games(shape, high, 8, high) for high in (2, 50)])
    found = eliminate(batch(payoffs), kind, by, said)
    for g, game in enumerate(payoffs):
        expected = slowly(game, kind, by, said)
        assert [s[g].tolist() for s in found.step] == [s.tolist() for s in expected]
        assert [s[g].tolist() for s in found.survives] == [(s == 0).tolist() for s in expected]
    assert found.steps.tolist() == [max(int(s[g].max()) for s in found.step) for g in range(len(payoffs))]
    assert found.solvable.tolist() == [all(s[g].sum() == 1 for s in found.survives) for g in range(len(payoffs))]
    assert found.order == (tuple(said) if order == "turns" else order)


@pytest.mark.parametrize(("kind", "by"), CHOICES)
@pytest.mark.parametrize("order", ["simultaneous", "single", ("p1", "p0")])
def test_every_removal_has_a_witness_among_what_was_left(kind, by, order):
    payoffs = np.concatenate([random_games((4, 4), high, 12, high) for high in (2, 30)])
    found = eliminate(batch(payoffs), kind, by, order)
    assert (found.status == Status.OK).all()
    seen = 0
    for g, game in enumerate(payoffs):
        removed = found.removed(g)
        assert [w.step for w in removed] == sorted(w.step for w in removed)
        assert len(removed) == sum(int((s[g] > 0).sum()) for s in found.step)
        for witness in removed:
            i, a = int(witness.player[1:]), int(witness.action) - 1
            there = [(s[g] == 0) | (s[g] >= witness.step) for s in found.step]
            own = game[i] if i == 0 else game[i].T
            gains = (witness.weights @ own - own[a])[there[1 - i]]
            assert not witness.weights[~there[i]].any()
            assert witness.weights.sum() == pytest.approx(1)
            assert gains.min() > 1e-6 if kind == "strict" else gains.min() > -1e-9 and gains.max() > 1e-6
            assert witness.smallest == pytest.approx(gains.min(), abs=1e-9)
            assert witness.largest == pytest.approx(gains.max(), abs=1e-9)
            assert found.advantage[i][g, a] == pytest.approx(witness.smallest, abs=1e-12)
            assert (found.dominator[i][g, a] >= 0) == (witness.weights.max() == 1)
            seen += 1
        for i in range(2):
            for a in np.flatnonzero(found.survives[i][g]):
                if by == "mixed":
                    belief = found.belief(i, int(a), g).weights
                    own = game[i] if i == 0 else game[i].T
                    live = np.ix_(found.survives[i][g], found.survives[1 - i][g])
                    others = belief.reshape(-1)[found.survives[1 - i][g]]
                    assert others.sum() == pytest.approx(1)
                    assert (others > 0).all() or kind == "strict"
                    assert (own[live] @ others).max() <= own[a, found.survives[1 - i][g]] @ others + 1e-9
    assert seen > 20


# ---------------------------------------------------------------- theorems


@settings(max_examples=15)
@given(st.integers(0, 2**32), st.sampled_from([2, 5, 50]))
def test_the_order_of_strict_elimination_does_not_matter(seed, high):
    for shape in ((4, 4), (3, 3, 2)):
        game = batch(random_games(shape, high, 8, seed))
        for by in ("pure", "mixed"):
            base = eliminate(game, "strict", by)
            for order in ("single", game.players, game.players[::-1]):
                other = eliminate(game, "strict", by, order)
                for x, y in zip(base.survives, other.survives, strict=True):
                    np.testing.assert_array_equal(x, y)


def test_the_order_of_weak_elimination_does():
    """Osborne and Rubinstein (1994), figure 63.1: payoffs (2, 1) if Top goes first and then Left, (1, 1) if Bottom and then Right."""
    first, second = np.array([[1, 0], [1, 2], [0, 2]]), np.array([[1, 0], [1, 1], [0, 1]])
    for rows, left in ([0, 1, 2], (("R",), ("M", "B"))), ([2, 1, 0], (("L",), ("M", "T"))):
        labels = ["LR", ["TMB"[k] for k in rows]]  # player 2 is listed first, so that "single" comes to Left before Bottom
        game = NormalFormGame.from_arrays(second[rows].T, first[rows].T, players=["2", "1"], actions=labels)
        assert dominated(game, "weak", "pure").dominated[1].tolist() == [True, False, True]
        assert eliminate(game, "weak", "pure", "single").survivors() == left
        assert eliminate(game, "weak", "pure").survivors() == (("L", "R"), ("M",))
    game = NormalFormGame.from_arrays([[1, 1], [1, 0]], [[0, 0], [1, 0]], players=["1", "2"], actions=["TB", "LR"])
    left = [eliminate(game, "weak", order=order).survivors() for order in (["1", "2"], ["2", "1"], "simultaneous")]
    assert left == [(("T",), ("L", "R")), (("T", "B"), ("L",)), (("T",), ("L",))]
    assert "Another order" in str(eliminate(game, "weak"))
    assert "Another order" not in str(eliminate(game, "strict"))


@settings(max_examples=15)
@given(st.integers(0, 2**32), st.sampled_from([2, 6, 50]))
def test_survivors_contain_every_equilibrium(seed, high):
    game = batch(random_games((3, 4), high, 20, seed))
    game_of_three = batch(random_games((3, 2, 3), high, 20, seed))
    for solver, games in ((AllNash(), game), (PureNash(), game_of_three)):
        equilibria = solver(games)
        for by in ("pure", "mixed"):
            found = eliminate(games, "strict", by)
            for x, kept in zip(equilibria.strategies, found.survives, strict=True):
                assert not ((x > 1e-9) & ~kept[equilibria.index]).any()


@settings(max_examples=15)
@given(st.integers(0, 2**32))
def test_renaming_players_and_actions_renames_the_answer(seed):
    rng = np.random.default_rng(seed)
    payoffs = random_games((4, 3, 2), 6, 4, seed)
    flips = [rng.permutation(n) for n in payoffs.shape[2:]]
    people = rng.permutation(3)
    flipped = payoffs[np.ix_(range(4), range(3), *flips)][:, people].transpose(0, 1, *(people + 2))
    for kind, by in CHOICES:
        before, after = eliminate(batch(payoffs), kind, by), eliminate(batch(flipped), kind, by)
        for k, i in enumerate(people):
            np.testing.assert_array_equal(after.step[k], before.step[i][:, flips[i]])


@settings(max_examples=15)
@given(st.integers(0, 2**32), st.floats(1e-9, 1e9), st.floats(-10, 10))
def test_units_do_not_matter(seed, scale, shift):
    payoffs = random_games((4, 4), 5, 6, seed) / 10
    for kind, by in CHOICES:
        before, after = (eliminate(batch(p), kind, by) for p in (payoffs, (payoffs + shift) * scale))
        for x, y in zip(before.step, after.step, strict=True):
            np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize(("kind", "by"), CHOICES)
def test_batch_equals_loop_bit_for_bit(kind, by):
    payoffs = np.round(np.random.default_rng(7).random((2500, 2, 4, 4)), 1)
    found = eliminate(batch(payoffs), kind, by)
    assert found.steps.max() > 3
    for g in range(0, 2500, 71):
        alone = eliminate(batch(payoffs)[g], kind, by)
        for name, i in itertools.product(("survives", "step", "dominator", "advantage"), range(2)):
            np.testing.assert_array_equal(getattr(alone, name)[i], getattr(found, name)[i][g])


# ---------------------------------------------------------------- published games


def test_rationalizable_actions_of_bernheim():
    """Bernheim (1984), as in Osborne and Rubinstein (1994), figure 57.1."""
    first = [[0, 2, 7, 0], [5, 3, 5, 0], [7, 2, 0, 0], [0, 0, 0, 10]]
    second = [[7, 5, 0, 1], [2, 3, 2, 1], [0, 5, 7, 1], [0, -2, 0, -1]]
    game = NormalFormGame.from_arrays(first, second, actions=[["a1", "a2", "a3", "a4"], ["b1", "b2", "b3", "b4"]])
    found = rationalizable(game)
    assert found.concept == "rationalizable"
    assert found.survivors() == (("a1", "a2", "a3"), ("b1", "b2", "b3"))
    gone = found.removed()
    assert [(w.step, w.action) for w in gone] == [(1, "b4"), (2, "a4")]
    assert "b1" in gone[0].text
    assert "b3" in gone[0].text
    assert gone[1].text == "a2"
    assert not eliminate(game, by="pure").removed()
    left = found.reduced()
    assert left.actions == found.survivors()
    np.testing.assert_array_equal(left.payoffs[0], np.array(first)[:3, :3])
    assert not rationalizable(left).removed()
    assert "None is dominated." in str(rationalizable(left))
    assert "rationalizable" in str(found)


def test_with_three_players_beliefs_may_be_correlated():
    """Osborne and Rubinstein (1994), figure 58.1: M2 is a best reply only to a belief that correlates the others' actions."""
    boxes = np.array([[[8, 0], [0, 0]], [[4, 0], [0, 4]], [[0, 0], [0, 8]], [[3, 3], [3, 3]]], dtype=float)
    payoffs = np.broadcast_to(np.moveaxis(boxes, 0, -1), (3, 2, 2, 4))
    game = NormalFormGame(payoffs, ["one", "two", "three"], [["U", "D"], ["L", "R"], ["M1", "M2", "M3", "M4"]])
    found = rationalizable(game)
    assert found.concept == "correlated rationalizable"
    assert "None is dominated. Beliefs may correlate" in str(found)
    assert found.survivors()[2] == ("M1", "M2", "M3", "M4")
    belief = found.belief("three", "M2").weights
    assert belief.shape == (2, 2, 1)
    np.testing.assert_allclose(belief[..., 0], [[0.5, 0], [0, 0.5]], atol=1e-12)


def test_conformance(conformance):
    """Exact survivors and numbers of steps."""
    compared = 0
    for case in json.loads((conformance / "expected" / "bimatrix.json").read_text(encoding="utf-8")):
        tables = [np.array([[float(Fraction(v)) for v in row] for row in case[key]]) for key in ("A", "B")]
        game = NormalFormGame.from_arrays(*tables)
        for by in ("pure", "mixed"):
            found = eliminate(game, "strict", by)
            expected = case[f"iesds_strict_{by}"]
            assert [np.flatnonzero(s).tolist() for s in found.survives] == [expected["rows"], expected["cols"]], case["id"]
            assert found.steps == expected["rounds"], case["id"]
            compared += 1
    assert compared > 200


# ---------------------------------------------------------------- trouble


def test_every_status_in_one_batch(monkeypatch):
    payoffs = np.zeros((4, 2, 3, 2))
    payoffs[:, 0] = [[9, 0], [0, 1.5], [1, 1]]  # the last row needs a linear programme
    payoffs[:, 1] = [[1, 0], [1, 0], [0, 1]]
    payoffs[1, 0, 0, 0] = np.nan
    payoffs[2, 0] = [[9, 0], [0, 2], [-1, -1]]  # does not
    found = eliminate(batch(payoffs))
    assert found.status.tolist() == [Status.OK, Status.NOT_FINITE, Status.OK, Status.OK]
    assert found.solvable.tolist() == [True, False, True, True]
    assert found.steps.tolist() == [3, 0, 3, 3]
    assert found.survivors(1) == (("1", "2", "3"), ("1", "2"))
    assert not found.removed(1)
    assert "3 of 4 games solved." in str(found)
    assert "NaN or infinite" in str(eliminate(batch(payoffs)[1]))

    def garbage(matrix, limits, gains):
        return Optimum(np.zeros(matrix.shape[1:]), np.zeros((matrix.shape[0], matrix.shape[2])))

    monkeypatch.setattr(mixed_dominance, "maximise", garbage)
    monkeypatch.setattr(mixed_dominance, "maximise_exactly", garbage)
    lost = eliminate(batch(payoffs))
    assert lost.status.tolist() == [Status.MAX_ITER, Status.NOT_FINITE, Status.OK, Status.MAX_ITER]
    assert lost.steps.tolist() == [0, 0, 3, 0]


def test_a_circle_of_ties_within_tolerance_loses_nobody():
    rows = [[0, 1, 2], [2, 0, 1], [1, 2, 0]]  # each row is better than the one before by 2, -1, -1 in some order
    game = NormalFormGame.from_arrays(rows, np.zeros((3, 3)))
    assert dominated(game, "weak", "pure", rtol=0.6).dominated[0].all()
    found = eliminate(game, "weak", "pure", rtol=0.6)
    assert found.survives[0].all()
    assert eliminate(game, "weak", "pure", "single", rtol=0.6).survives[0].all()


def test_batch_of_two_axes_and_of_none():
    payoffs = random_games((3, 3), 20, 12, 8)
    flat, square = eliminate(batch(payoffs)), eliminate(NormalFormGame(payoffs.reshape(3, 4, 2, 3, 3)))
    assert square.batch_shape == square.status.shape == square.steps.shape == (3, 4)
    np.testing.assert_array_equal(square.step[1], flat.step[1].reshape(3, 4, 3))
    assert square.survivors((1, 2)) == flat.survivors(6)
    np.testing.assert_array_equal(square.reduced((-1, 3)).payoffs, flat.reduced(11).payoffs)
    empty = eliminate(batch(np.zeros((0, 2, 3, 3))))
    assert empty.steps.shape == empty.solvable.shape == (0,)
    assert "0 of 0 games solved." in str(empty)


def test_shows_itself():
    game = NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]], players=["Ann", "Bob"], actions=["CD", "CD"])
    found = eliminate(game, order=["Bob", "Ann"])
    text = str(found)
    assert "in turn Bob, Ann" in text
    assert [w.player for w in found.removed()] == ["Bob", "Ann"]
    assert repr(found) == "Elimination(strict, by mixed strategies, 2 actions removed in batch ())"
    assert [len(t.rows) for t in found.tables] == [2, 2]


def test_mistakes_say_what_to_do():
    game = NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]], players=["Ann", "Bob"])
    with pytest.raises(ValueError, match="did you mean 'single'"):
        eliminate(game, order="singel")
    with pytest.raises(ValueError, match="once; got"):
        eliminate(game, order=["Ann", "Ann"])
    with pytest.raises(ValueError, match="unknown kind"):
        eliminate(game, "very weak")
    found = eliminate(game)
    with pytest.raises(ValueError, match=r"not dominated.*belief"):
        found.witness("Ann", "2")
    with pytest.raises(ValueError, match=r"got dominated.*witness"):
        found.belief("Ann", "1")
