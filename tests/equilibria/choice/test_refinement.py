"""Refinements: published examples, exact references, backward induction, index sums, statuses, batches."""

import itertools
import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from negotiation_sim.equilibria.bimatrix import AllNash
from negotiation_sim.equilibria.choice import support_dominance
from negotiation_sim.equilibria.choice.exact_systems import feasible, unique_solution
from negotiation_sim.equilibria.choice.refinement import Answer, equilibrium_index, perfect, proper, undominated
from negotiation_sim.equilibria.choice.support_dominance import judge_supports
from negotiation_sim.equilibria.choice.trembles import survives
from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.equilibria.pure import PureNash
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness

NO, YES, UNDECIDED = Answer

TREMBLING = [[1.0, 0], [0, 0]]  # the second equilibrium rests on dominated strategies
MYERSON = [[1.0, 0, -9], [0, 0, -7], [-9, -7, -7]]  # Myerson (1978), section 2
PENNIES = [[[1.0, -1], [-1, 1]], [[-1, 1], [1, -1]]]


def listed(game, *profiles):
    """Profiles as a certified list of equilibria of a single game."""
    strategies = tuple(np.array([p[i] for p in profiles], dtype=float) for i in range(len(game.players)))
    found = Equilibria.from_strategies(game, "by hand", np.array([0, len(profiles)]), strategies, 0)
    assert (found.regret < 1e-12).all()
    return found


def two(first, second):
    return NormalFormGame(np.array([first, second], dtype=float), ["A", "B"])


def test_the_trembling_hand():
    found = PureNash()(two(TREMBLING, TREMBLING))
    assert found.count == 2
    assert undominated(found).tolist() == [[YES, YES], [NO, NO]]
    assert perfect(found).tolist() == proper(found).tolist() == [YES, NO]
    assert equilibrium_index(found).tolist() == [1, 0]
    assert undominated(found).dtype == perfect(found).dtype == proper(found).dtype == equilibrium_index(found).dtype == np.int8


def test_myersons_example():
    found = PureNash()(two(MYERSON, MYERSON))
    assert [tuple(int(x.argmax()) for x in p) for p in found.profiles()] == [(0, 0), (1, 1), (2, 2)]
    assert perfect(found).tolist() == [YES, YES, NO]
    assert proper(found).tolist() == [YES, NO, NO]


def test_adding_dominated_actions_makes_an_imperfect_equilibrium_perfect():
    """Myerson's example is the trembling-hand example with a dominated action a player; without it perfection rules out (1, 1)."""
    without = np.array(MYERSON)[:2, :2]
    assert perfect(PureNash()(two(without, without))).tolist() == [YES, NO]


def test_strategies_dominated_only_by_or_only_as_mixtures():
    # half of the first and half of the last row earn 3/2, 0, 3/2; the middle row 3/2, 2, 3/2
    first = [[3.0, 0, 0], [1.5, 2, 1.5], [0, 0, 3]]
    game = two(first, np.ones((3, 3)))
    found = listed(game, ([0.5, 0, 0.5], [0.5, 0, 0.5]), ([1, 0, 0], [1, 0, 0]), ([0, 1, 0], [0, 1, 0]), ([0.5, 0.5, 0], [0.5, 0, 0.5]))
    assert undominated(found)[:, 0].tolist() == [NO, YES, YES, YES]
    assert perfect(found).tolist() == [NO, YES, YES, YES]
    # a row dominated by a mixture of two others, by no pure one
    found = listed(two([[1, 1, 1], [2, 0, 1], [0, 2, 2]], np.zeros((3, 3))), ([1, 0, 0], [0.5, 0.5, 0]))
    assert undominated(found).tolist() == [[NO, YES]]


def test_the_game_of_selten_1975_figure_2():
    """B is indifferent once A takes the first row, which is a reply to every y with y_2 <= 1/2."""
    game = two([[1, 1], [0, 0], [0, 2]], [[1, 1], [2, 3], [2, 0]])
    found = listed(game, ([1, 0, 0], [1, 0]), ([1, 0, 0], [0.5, 0.5]))
    assert perfect(found).tolist() == [YES, YES]
    # the third row costs less than the second, so A errs towards it, and then B has only one reply
    assert proper(found).tolist() == [YES, NO]


def test_the_horse_of_selten_1975():
    """Three players: what has no dominated strategy and is not regular stays undecided, never a wrong yes or no."""
    payoffs = np.zeros((3, 2, 2, 2))  # A across or down, B across or down, C left or right
    payoffs[:, 0, 0] = 1
    payoffs[:, 1, :, 0] = np.array([3, 3, 2])[:, None]
    payoffs[:, 0, 1] = np.array([[4, 0], [4, 0], [0, 1]])
    found = PureNash()(NormalFormGame(payoffs, ["A", "B", "C"]))
    assert [tuple(int(x.argmax()) for x in p) for p in found.profiles()] == [(0, 0, 1), (1, 0, 0)]
    assert perfect(found).tolist() == proper(found).tolist() == [UNDECIDED, UNDECIDED]
    assert (undominated(found) == YES).all()


def test_known_dominance(conformance):
    cases = json.loads((conformance / "expected" / "misc.json").read_text())["dominance"]
    checked = 0
    for case in cases:
        if case["kind"] == "weak" and case.get("by") == "mixed":
            payoffs = np.array([[float(Fraction(u)) for u in row] for row in case["row_payoffs"]])
            used = np.zeros((len(payoffs), 1), dtype=bool)
            used[case["action"]] = True
            no, yes = judge_supports((payoffs / np.ptp(payoffs))[..., None], used, np.array([1e-9]))
            assert (bool(no[0]), bool(yes[0])) == (case["dominated"], not case["dominated"]), case
            checked += 1
    assert checked >= 5


SUPPORTS = st.tuples(st.integers(2, 4), st.integers(1, 4)).flatmap(
    lambda s: st.tuples(arrays(np.int64, s, elements=st.integers(0, 3)), st.lists(st.booleans(), min_size=s[0], max_size=s[0]))
)


@settings(max_examples=40)
@given(SUPPORTS)
def test_dominated_supports_equal_the_exact_answer(case):
    payoffs, used = case
    support = np.flatnonzero(used)
    assume(len(support))
    mine = payoffs[support].sum(axis=0)
    gains = [[int(len(support) * u - m) for u in column] for column, m in zip(payoffs.T, mine, strict=True)]
    dominated = feasible([(row, 0) for row in gains] + [(np.sum(gains, axis=0).tolist(), 1)])
    no, yes = judge_supports((payoffs / 3)[..., None], np.array(used)[:, None], np.array([1e-9]))
    assert (bool(no[0]), bool(yes[0])) == (dominated, not dominated)


def test_programmes_are_solved_together_and_in_pieces(monkeypatch):
    rng = np.random.default_rng(1)
    payoffs = rng.integers(0, 3, (3, 4, 300)) / 2
    used = rng.random((3, 300)) < 0.5
    used[0] |= ~used.any(axis=0)
    slack = np.full(300, 1e-9)
    together = judge_supports(payoffs, used, slack)
    assert (together[0] ^ together[1]).all()
    monkeypatch.setattr(support_dominance, "CELLS", 100)
    np.testing.assert_array_equal(together, judge_supports(payoffs, used, slack))


def test_a_programme_without_an_answer_leaves_the_question_open(monkeypatch):
    monkeypatch.setattr(support_dominance, "_programme", lambda payoffs, used: None)
    found = listed(two([[1, 1, 1], [2, 0, 1], [0, 2, 2]], np.zeros((3, 3))), ([1, 0, 0], [0.5, 0.5, 0]))
    assert undominated(found).tolist() == [[UNDECIDED, YES]]
    assert perfect(found).tolist() == [UNDECIDED]


@settings(max_examples=60)
@given(st.integers(1, 4), st.integers(1, 5), st.data())
def test_exact_feasibility_agrees_with_a_float_solver(unknowns, count, data):
    rows = data.draw(arrays(np.int64, (count, unknowns), elements=st.integers(-3, 3)))
    bounds = data.draw(arrays(np.int64, count, elements=st.integers(-3, 3)))
    found = linprog(np.zeros(unknowns), A_ub=-rows, b_ub=-bounds, method="highs")
    assert feasible([(row.tolist(), int(b)) for row, b in zip(rows, bounds, strict=True)]) == (found.status == 0)


@settings(max_examples=60)
@given(arrays(np.int64, (3, 4), elements=st.integers(-3, 3)))
def test_exact_solutions(system):
    found = unique_solution([[Fraction(int(v)) for v in row] for row in system])
    if np.linalg.matrix_rank(system[:, :3]) < 3:
        assert found is None
    else:
        np.testing.assert_allclose(np.array(found, dtype=float), np.linalg.solve(system[:, :3], system[:, 3]), atol=1e-9)


def test_systems_without_one_solution():
    one = [Fraction(1), Fraction(1), Fraction(1)]
    assert unique_solution([one, one]) is None  # a line of solutions
    assert unique_solution([[Fraction(1), Fraction(1)], [Fraction(1), Fraction(2)]]) is None  # none


SMALL = st.tuples(st.integers(2, 3), st.integers(2, 3)).flatmap(lambda s: arrays(np.int64, (2, *s), elements=st.integers(0, 2)))


@settings(max_examples=60)
@given(SMALL)
def test_each_refinement_contains_the_finer_one(payoffs):
    """Regular or completely mixed means proper means perfect, also when the exact search is asked where theory has answered."""
    found = AllNash()(two(*payoffs))
    coarse, fine, index = perfect(found), proper(found), equilibrium_index(found)
    assert not ((coarse == NO) & (fine == YES)).any()
    assert (coarse != UNDECIDED).all()
    for e in range(len(found)):
        supports = tuple(np.flatnonzero(x[e] > 1e-9).tolist() for x in found.strategies)
        replies = [
            np.flatnonzero(v >= v.max() - 1e-9).tolist() for v in (payoffs[0] @ found.strategies[1][e], found.strategies[0][e] @ payoffs[1])
        ]
        exact = [[Fraction(int(u)) for u in row] for row in payoffs[0]], [[Fraction(int(u)) for u in row] for row in payoffs[1].T]
        verdict = survives(*exact, supports, tuple(replies), 3000)
        if verdict is None:
            continue
        assert not (coarse[e] == NO and verdict)
        assert not ((index[e] != 0 or all((x[e] > 0).all() for x in found.strategies)) and not verdict)


def test_backward_induction():
    """In a tree with perfect information and no ties, a proper equilibrium gives the outcome of backward induction."""
    rng = np.random.default_rng(7)
    several = 0
    for _ in range(60):
        u = np.array([rng.permutation(4), rng.permutation(4)], dtype=float)  # A may leave, then B, then A again; else the end
        payoffs = np.empty((2, 3, 2))
        payoffs[:, 0] = u[:, 0, None]
        payoffs[:, 1] = u[:, 1:3]
        payoffs[:, 2] = u[:, [1, 3]]
        third = 2 if u[0, 2] > u[0, 3] else 3
        second = 1 if u[1, 1] > u[1, third] else third
        outcome = 0 if u[0, 0] > u[0, second] else second
        found = PureNash()(two(*payoffs))
        answers = proper(found)
        assert (answers != UNDECIDED).all()
        good = found.payoffs[answers == YES]
        assert len(good)
        assert (good == u[:, outcome]).all()
        several += len(np.unique(found.payoffs, axis=0)) > 1
    assert several > 3  # there was something to refine


def test_proper_equilibria_inside_a_continuum_are_not_its_ends():
    """B is indifferent along (row 1, y); errors of A cost 1 and 2 y_2, so neither end of the continuum can be proper."""
    game = two([[2.0, 2], [1, 1], [2, 0]], [[0.0, 0], [1, 0], [0, 2]])
    ends_and_middle = listed(game, ([1, 0, 0], [1, 0]), ([1, 0, 0], [0, 1]), ([1, 0, 0], [0.5, 0.5]))
    assert perfect(ends_and_middle).tolist() == [YES, YES, YES]
    assert proper(ends_and_middle).tolist() == [NO, NO, UNDECIDED]


def test_isolated_mixed_equilibria_are_decided():
    """Pennies with a copy of neither side but a third row that does as well as the others: degenerate, yet isolated in A's mixture."""
    game = two([[1, -1], [-1, 1], [0, 0]], [[-1, 1], [1, -1], [0, 0]])
    found = listed(game, ([0.5, 0.5, 0], [0.5, 0.5]), ([0, 0, 1], [0.5, 0.5]))
    assert equilibrium_index(found).tolist() == [0, 0]
    assert perfect(found).tolist() == [YES, YES]
    assert proper(found).tolist()[0] == YES


def test_too_many_ties_are_left_undecided():
    found = listed(two(np.zeros((5, 5)), np.zeros((5, 5))), (np.eye(5)[0], np.eye(5)[0]))
    assert perfect(found).tolist() == [YES]
    assert proper(found).tolist() == [UNDECIDED]
    dull = listed(two(np.zeros((3, 3)), np.zeros((3, 3))), (np.eye(3)[0], np.eye(3)[0]))
    assert proper(dull).tolist() == [YES]
    assert proper(dull, most=1).tolist() == [UNDECIDED]


def test_one_and_three_players():
    alone = PureNash()(NormalFormGame([[1.0, 3, 3]], ["A"]))
    assert undominated(alone).tolist() == [[YES], [YES]]
    assert perfect(alone).tolist() == proper(alone).tolist() == [YES, YES]
    three = NormalFormGame(np.zeros((3, 2, 2, 2)), ["a", "b", "c"])
    dull = PureNash()(three)
    assert perfect(dull).tolist() == proper(dull).tolist() == [UNDECIDED] * 8
    middle = listed(three, ([0.5, 0.5],) * 3)
    assert perfect(middle).tolist() == proper(middle).tolist() == [YES]
    assert equilibrium_index(middle).tolist() == [0]
    agree = np.zeros((3, 2, 2, 2))
    agree[:, 0, 0, 0] = 1
    found = PureNash()(NormalFormGame(agree, ["a", "b", "c"]))
    strict = found.strict
    assert perfect(found)[strict].tolist() == proper(found)[strict].tolist() == [YES]
    assert (perfect(found)[~strict] == NO).all()
    assert (undominated(found)[~strict] == NO).any(axis=1).all()


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2, 5), (4, 4)])
def test_indices_of_a_nondegenerate_game_add_up_to_one(shape):
    game = NormalFormGame(np.random.default_rng(3).random((400, 2, *shape)), ["A", "B"])
    found = AllNash()(game)
    whole = found.complete == Completeness.PROVED
    assert whole.mean() > 0.99
    index = equilibrium_index(found)
    assert (np.bincount(found.index, weights=index, minlength=400)[whole] == 1).all()
    assert (index[found.strict] == 1).all()
    assert set(index.tolist()) == {1, -1}


@settings(max_examples=40)
@given(
    st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(lambda s: arrays(np.int64, (2, *s), elements=st.integers(-20, 20))),
    st.randoms(),
)
def test_index_sums_and_invariances(payoffs, random):
    found = AllNash()(two(*payoffs))
    index = equilibrium_index(found)
    if found.complete == Completeness.PROVED and (index != 0).all():
        assert index.sum() == 1
    assert (index[found.strict] == 1).all()
    rows, columns = (random.sample(range(n), n) for n in payoffs.shape[1:])
    moved = two(*(np.array([8, 0.5]).reshape(2, 1, 1) * payoffs + np.array([3, -16]).reshape(2, 1, 1))[:, rows][:, :, columns])
    there = Equilibria.from_strategies(moved, None, found.start, (found.strategies[0][:, rows], found.strategies[1][:, columns]), 0)
    np.testing.assert_array_equal(equilibrium_index(there), index)
    np.testing.assert_array_equal(undominated(there), undominated(found))


def test_indices_for_more_than_two_players(conformance):
    """Where every equilibrium is known and regular, the indices add up to one."""
    cases = json.loads((conformance / "expected" / "nplayer.json").read_text())
    checked = 0
    for case in cases:
        search = case.get("multistart", {})
        if not search.get("all_regular") or len(search["equilibria"]) % 2 == 0:
            continue
        payoffs = np.vectorize(lambda v: float(Fraction(v)), otypes=[float])(np.array(case["payoffs"], dtype=object))
        game = NormalFormGame(payoffs, [f"p{i}" for i in range(case["n_players"])])
        profiles = [e["profile"] for e in search["equilibria"]]
        strategies = tuple(np.array([p[i] for p in profiles]) for i in range(case["n_players"]))
        found = Equilibria.from_strategies(game, None, np.array([0, len(profiles)]), strategies, 0, rtol=1e-7)
        index = equilibrium_index(found)
        assert (index != 0).all(), case["id"]
        assert index.sum() == 1, case["id"]
        checked += 1
    assert checked > 8


def test_a_batch_is_its_games_one_by_one():
    payoffs = np.random.default_rng(11).integers(0, 3, (30, 2, 3, 3)).astype(float)
    payoffs[4, 0, 0, 0] = np.nan
    found = AllNash()(NormalFormGame(payoffs, ["A", "B"]))
    assert found.count[4] == 0
    for check in (undominated, perfect, proper, equilibrium_index):
        alone = [check(AllNash()(two(*p))) for p in payoffs]
        np.testing.assert_array_equal(check(found), np.concatenate(alone))


def test_lists_without_equilibria_or_strategies():
    for game in (NormalFormGame(PENNIES), NormalFormGame(np.zeros((0, 2, 2, 2)))):
        none = PureNash()(game)
        assert undominated(none).shape == (0, 2)
        assert [len(check(none)) for check in (perfect, proper, equilibrium_index)] == [0, 0, 0]
    counted = AllNash(want="supports")(NormalFormGame(PENNIES))
    for check in (undominated, perfect, proper, equilibrium_index):
        with pytest.raises(ValueError, match='solve with want="all"'):
            check(counted)


def test_ties_within_the_rounding_of_the_payoffs_are_ties():
    noisy = np.array(MYERSON) * 0.1 + np.array([[0, 1e-17, 0], [0, 0, 5e-17], [1e-16, 0, 0]])
    found = PureNash()(two(noisy, noisy))
    assert proper(found).tolist() == [YES, NO, NO]


def test_answers_have_flags():
    assert Answer.flag_attributes() == {"flag_values": [0, 1, 2], "flag_meanings": "no yes undecided"}


def test_pure_equilibria_of_two_players_are_nearly_always_decided():
    payoffs = np.random.default_rng(0).integers(0, 4, (150, 2, 3, 3)).astype(float)
    found = PureNash()(NormalFormGame(payoffs, ["A", "B"]))
    assert (proper(found) != UNDECIDED).all()


def test_gambits_examples_of_imperfect_equilibria(conformance):
    """Games without dominated pure strategies, with equilibria that mix into something dominated."""
    from negotiation_sim.games.gambit import read_nfg

    for name in ("perfect1", "perfect2"):
        found = AllNash()(read_nfg(conformance / "games" / "gambit_contrib" / f"{name}.nfg"))
        pure = PureNash()(found.game)
        assert (undominated(pure) == YES).all()
        answers = perfect(found)
        dominated = [e for e in range(len(found)) if found.strategies[0][e][[0, 2]].min() > 0]
        assert all(answers[e] == NO for e in dominated)


def test_larger_trees():
    """Three stages with eight ends, where errors of both matter: only backward induction is proper."""
    rng = np.random.default_rng(2)
    for _ in range(2):
        u = np.array([rng.permutation(8), rng.permutation(8)], dtype=float).reshape(2, 2, 2, 2)  # player, A, B, A again
        payoffs = np.empty((2, 8, 4))
        for (r, (a, *reply)), (c, answer) in itertools.product(
            enumerate(itertools.product(range(2), repeat=3)), enumerate(itertools.product(range(2), repeat=2))
        ):
            payoffs[:, r, c] = u[:, a, answer[a], reply[answer[a]]]
        last = u[0].argmax(axis=-1)
        value = np.take_along_axis(u, last[None, ..., None], axis=-1)[..., 0]
        middle = value[1].argmax(axis=1)
        first = int(value[0, [0, 1], middle].argmax())
        found = PureNash()(two(*payoffs))
        answers = proper(found)
        assert (answers != UNDECIDED).all()
        assert (answers == YES).any()
        assert (found.payoffs[answers == YES] == value[:, first, middle[first]]).all()
