"""What is said to those who give the wrong thing to a solver, or to what works on its answers."""

import numpy as np
import pytest

import negotiation_sim as ns

A, B = [[3, 0], [5, 1]], [[3, 5], [0, 1]]
GAME = ns.NormalFormGame.from_arrays(A, B, players=["Ann", "Bob"])
BATCH = ns.NormalFormGame(np.random.default_rng(1).integers(0, 3, size=(3, 4, 2, 2, 2)))
EXACT = ns.ExactGame.of([[["1/3", 0], [0, 1]], [[1, 0], [0, 1]]])


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: ns.AllNash()(A), TypeError, r"AllNash takes a NormalFormGame; got list.*from_arrays"),
        (lambda: ns.AllNash()(None), TypeError, "AllNash takes a NormalFormGame; got None"),
        (lambda: ns.NashpyVertexEnumeration()(A), TypeError, "NashpyVertexEnumeration takes a NormalFormGame"),
        (lambda: ns.LemkeHowson()(EXACT), TypeError, r"LemkeHowson takes.*give \.game"),
        (lambda: ns.PureNash()(EXACT), TypeError, r"PureNash takes.*give \.game"),
        (lambda: ns.dominated(A), TypeError, "dominated takes a NormalFormGame"),
        (lambda: ns.AllNash(GAME), TypeError, r"AllNash\(\.\.\.\) makes a solver.*AllNash\(\)\(game\)"),
        (lambda: ns.LemkeHowson(rtol=GAME), TypeError, "makes a solver"),
        (lambda: ns.AllNash("all"), ValueError, r"rtol must lie in.*got 'all'"),
        (lambda: ns.PureNash("x"), ValueError, "rtol must be a share.*got 'x'"),
        (lambda: ns.AllNash(exact=True)(ns.NormalFormGame([[1, 2]])), ValueError, "games of 2 players; got 1. Use"),
        (lambda: ns.solve(A), ValueError, "got list. Payoff matrices become a game by"),
        (lambda: ns.solve(EXACT, ns.PureNash()), ValueError, "ExactGame is solved by AllNash"),
        (lambda: ns.solve(EXACT, "nash"), ValueError, "ExactGame is solved by AllNash"),
        (lambda: ns.regret(A, [[1, 0], [1, 0]]), TypeError, "regret takes a NormalFormGame"),
        (lambda: ns.regret(GAME, None), ValueError, r"one for each player \(Ann, Bob\); got None"),
        (lambda: ns.regret(GAME, ["C", "D"]), ValueError, r"profile\[0\] \(Ann\) must hold probabilities of 1, 2; got 'C'"),
        (lambda: ns.best_replies(GAME, {"Ann": [1, 0], "Bob": [1, 0]}), ValueError, "profile must hold 2 strategies"),
        (lambda: ns.welfare(GAME), TypeError, "welfare takes Equilibria.*Solve a game first"),
        (lambda: ns.entropy(None), TypeError, "entropy takes Equilibria"),
        (lambda: ns.undominated(GAME), TypeError, "undominated takes Equilibria"),
        (lambda: ns.select(GAME), TypeError, "select takes Equilibria"),
        (lambda: ns.select(ns.solve(GAME), 3), ValueError, "by must hold names of criteria.*got 3"),
        (lambda: ns.select(ns.solve(GAME), {"welfare"}), ValueError, "by must hold names"),
        (lambda: ns.welfare(ns.solve(GAME), ["a", "b"]), ValueError, "weights must hold 2 numbers"),
        (lambda: ns.nash_product(ns.solve(GAME), "x"), ValueError, "disagreement must have shape"),
        (lambda: ns.entropy(ns.AllNash(want="count")(GAME)), ValueError, 'solve with want="all"'),
        (lambda: ns.least_loss(ns.AllNash(want="supports")(GAME)), ValueError, 'solve with want="all"'),
        (lambda: ns.proper(ns.solve(GAME), most=-1), ValueError, "most must be a whole number"),
        (lambda: ns.proper(ns.solve(GAME), most="a"), ValueError, "most must be a whole number"),
        (lambda: ns.eliminate(GAME, order=0), ValueError, "order must be 'simultaneous', 'single', or each of Ann, Bob"),
        (lambda: ns.eliminate(GAME, order={"Ann", "Bob"}), ValueError, "order must be"),
        (lambda: ns.eliminate(BATCH).reduced(1.5), ValueError, "index must pick one game"),
        (lambda: ns.dominated(BATCH).witness(0, 0, "a"), ValueError, "index must pick one game"),
        (lambda: ns.dominated(GAME).witness(None, 0), ValueError, "unknown player: expected a name or a number from 0 to 1; got None"),
        (lambda: ns.dominated(GAME).witness(0, 0.5), ValueError, "unknown action of Ann"),
        (lambda: ns.dominated(GAME, rtol="x"), ValueError, "rtol must be a share"),
        (lambda: ns.dominated(GAME, rtol=True), ValueError, "rtol must be a share"),
        (lambda: ns.solve(BATCH).profiles("a"), ValueError, r"index must pick one game of the batch \(3, 4\)"),
        (lambda: ns.solve(BATCH).profiles(slice(0, 2)), ValueError, "index must pick one game"),
        (lambda: ns.solve(BATCH).padded("a"), ValueError, "k must be a whole number"),
        (lambda: iter(ns.solve(BATCH)), TypeError, r"profiles\(index\).*to_long_frame\(\)"),
        (lambda: ns.allnash, AttributeError, "did you mean 'AllNash'"),
    ],
)
def test_mistakes_say_what_to_do(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (lambda: ns.solve(ns.NormalFormGame(np.random.default_rng(1).random((2, 40, 40)))), r"LemkeHowson\(\) finds one"),
        (lambda: ns.ZeroSum()(GAME), "do not add up to a constant"),
        (lambda: ns.AllNash(max_equilibria=1)(ns.NormalFormGame([np.eye(2), np.eye(2)])), "more equilibria than max_equilibria"),
        (lambda: ns.LemkeHowson(0, False, None, 1)(ns.NormalFormGame(np.random.default_rng(2).random((2, 6, 6)))), "another label"),
    ],
)
def test_a_status_is_explained_by_its_solver(found, said):
    text = " ".join(str(found()).split())
    assert said.replace("\\", "") in text


def test_a_batch_is_told_by_status_and_completeness():
    payoffs = np.zeros((5, 2, 2, 2))
    payoffs[0] = np.nan
    payoffs[1:] = [A, B]
    found = ns.solve(ns.NormalFormGame(payoffs))
    assert found.to_pandas().to_dict("records") == [
        {"status": "OK", "complete": "proved", "solutions": 1, "games": 4},
        {"status": "NOT_FINITE", "complete": "no", "solutions": 0, "games": 1},
    ]
    assert "NOT_FINITE: A payoff or a parameter is NaN" in str(found)


def test_what_is_not_known_is_not_shown_as_if_it_were():
    game = ns.NormalFormGame.from_arrays([[3, 0], [0, 2]], [[2, 0], [0, 3]], actions=[["a", "b"], ["c", "d"]])
    supports = ns.AllNash(want="supports")(game).to_pandas()
    assert supports.iloc[2].tolist() == [3, "{a, b}", "{c, d}", "?", "?", "?"]
    assert supports.iloc[0].tolist() == [1, "a", "c", "?", "?", "?"]
    assert ns.AllNash(want="count")(game).to_pandas().iloc[1].tolist() == [2, *"?????"]


def test_an_exact_game_is_solved_exactly():
    found = ns.solve(EXACT)
    assert found.solver == ns.AllNash(exact=True)
    assert len(found) == 3
    assert len(ns.solve(EXACT, ns.AllNash(exact=True, want="count"))) == 3


def test_equilibria_of_one_game_can_be_gone_through():
    assert [[x.tolist() for x in profile] for profile in ns.solve(GAME)] == [[[0, 1], [0, 1]]]


@pytest.mark.parametrize("shape", [(2, 2), (2, 3, 2)])
def test_all_equilibria_of_a_batch_in_one_table(shape):
    game = ns.NormalFormGame(np.random.default_rng(3).integers(0, 3, size=(4, 3, len(shape), *shape)), players=list("ABC"[: len(shape)]))
    found = ns.PureNash()(game)
    frame = found.to_long_frame()
    assert len(frame) == len(found) * sum(shape)
    for place in np.ndindex(4, 3):
        mine = frame[(frame.batch_0 == place[0]) & (frame.batch_1 == place[1])]
        profiles = found.profiles(place)
        assert mine.equilibrium.nunique() == len(profiles)
        for number, profile in enumerate(profiles, 1):
            rows = mine[mine.equilibrium == number]
            for i, (name, strategy) in enumerate(zip(game.players, profile, strict=True)):
                own = rows[rows.player == name]
                assert own.action.tolist() == list(game.actions[i])
                np.testing.assert_array_equal(own.probability, strategy)
                cell = tuple(int(x.argmax()) for x in profile)
                assert (own.payoff == game.payoffs[(*place, i, *cell)]).all()
    assert "batch_0" not in ns.solve(GAME).to_long_frame()
    counted = ns.AllNash(want="count")(GAME).to_long_frame()
    assert "strict" not in counted
    assert counted.probability.isna().all()
