"""Staged games: stages, owners, rules, and the simultaneous form of the same plays."""

import itertools

import numpy as np
import pytest

from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.games.staged import StagedGame


def staged(payoffs, owners, stages, players=None, **names):
    payoffs = np.asarray(payoffs, dtype=float)
    count = payoffs.shape[payoffs.ndim - 1 - len(owners)]
    return StagedGame(payoffs, players or [f"p{i}" for i in range(count)], owners, stages, **names)


def test_shapes_names_and_layout():
    payoffs = np.random.default_rng(0).random((4, 5, 2, 3, 2, 2))
    game = staged(payoffs, [0, 1, 0], [[1], [0, 2]])
    assert game.shape == (3, 2, 2)
    assert game.batch_shape == (4, 5)
    assert game.games == 20
    assert game.instruments == ("p0.1", "p1.2", "p0.3")
    assert game.stage_names == ("stage 1", "stage 2")
    assert game.tensor.shape == (2, 3, 2, 2, 20)
    assert game.tensor.flags.c_contiguous
    np.testing.assert_array_equal(game.tensor[..., 7], payoffs[1, 2])
    assert game.play(11) == ("3", "2", "2")
    assert game[1, 2].batch_shape == ()
    assert game[1, 2].stages == game.stages


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stages": [[0]]}, "exactly once"),
        ({"stages": [[0, 1], [1]]}, "exactly once"),
        ({"stages": [[0, 1], []]}, "at least one each"),
        ({"owners": [0, 2]}, "from 0 to 1"),
        ({"options": [["a", "b"], ["a"]]}, r"options\[1\] \(b\.2\) must hold 2 different names"),
        ({"feasible": [True, False]}, "shape of the plays"),
        ({"feasible": np.zeros((2, 2), dtype=bool)}, "at least one play"),
        ({"players": ["a", "b", "c"]}, "with 3 players"),
        ({"payoffs": [[[1, 2], [3]], [[1, 2], [3, 4]]]}, "rectangular array of real numbers"),
        ({"payoffs": np.zeros((2, 2, 2), dtype=complex)}, "complex numbers"),
        ({"payoffs": [[(3, 3), (0, 5)], [(5, 0), (1, 1)]]}, r"got cells \(tuples\) .* Give numpy\.moveaxis\(cells, -1, 0\)"),
        ({"note": 3}, "note must be text; got int 3"),
        ({"payoffs": np.zeros((2, 2, 0))}, "at least one option"),
        ({"stages": [0, 1]}, r"got list \[0, 1\]. Give a list of instruments for each stage, such as \[\[0\]"),
        ({"stages": [["a"], ["b"]]}, "by their position"),
        ({"owners": ["a", "b"]}, r"whole numbers from 0 to 1, one for each instrument; got str 'a': write 0 for 'a'"),
        ({"owners": [0.0, 1.0]}, "whole numbers"),
        ({"owners": 2}, "list of whole numbers"),
        ({"stage_names": ["only"]}, "stage_names must hold 2 different names"),
        ({"instruments": ["only"]}, "instruments must hold 2 different names"),
        ({"instruments": ["same", "same"]}, "instruments must hold 2 different names"),
        ({"players": ["a", "a"]}, "players must hold different names"),
        ({"players": [1, 2]}, "list of names"),
        ({"options": [["x", "x"], ["a", "b"]]}, r"options\[0\] \(a.1\) must hold 2 different names"),
        ({"options": [["x", "y"]]}, "options must hold 2 lists of names"),
    ],
)
def test_errors_are_explained(change, message):
    arguments = {"payoffs": np.zeros((2, 2, 2)), "players": ["a", "b"], "owners": [0, 1], "stages": [[0], [1]]} | change
    with pytest.raises(ValueError, match=message):
        StagedGame(**arguments)


def test_rules_may_depend_on_history_but_not_on_who_moves_at_once():
    tied = [[True, False], [True, True]]
    assert staged(np.zeros((2, 2, 2)), [0, 1], [[0], [1]], feasible=tied).feasible.sum() == 3
    assert staged(np.zeros((1, 2, 2)), [0, 0], [[0, 1]], feasible=tied).feasible.sum() == 3  # one player's combined choice
    with pytest.raises(ValueError, match=r"in stage 1 it ties those of p0, p1 \(p0\.1, p1\.2\)"):
        staged(np.zeros((2, 2, 2)), [0, 1], [[0, 1]], feasible=tied)
    late = np.ones((2, 2, 2), dtype=bool)
    late[1, 0, 0] = False
    with pytest.raises(ValueError, match="in stage 2"):
        staged(np.zeros((2, 2, 2, 2)), [0, 0, 1], [[0], [1, 2]], feasible=late)


def test_payoffs_of_impossible_plays_do_not_count():
    payoffs = np.array([[[1, 2], [np.nan, 3]], [[0, 0], [np.inf, 0]]])
    game = staged(payoffs, [0, 1], [[1], [0]], feasible=[[True, True], [False, True]])
    assert game.finite.tolist() == [True]
    assert game.payoff_range[:, 0].tolist() == [2, 0]


def test_simultaneous_form_joins_the_instruments_of_a_player():
    rng = np.random.default_rng(1)
    payoffs = rng.random((5, 2, 2, 3, 2, 1))
    options = [["a", "b"], ["x", "y", "z"], ["c", "d"], ["only"]]
    game = staged(payoffs, [0, 1, 0, 0], [[1], [0, 2, 3]], options=options)
    form, plays = game.normal_form()
    assert isinstance(form, NormalFormGame)
    assert form.actions == (("a+c", "a+d", "b+c", "b+d"), ("x", "y", "z"))
    assert form.batch_shape == (5,)
    for profile in itertools.product(range(4), range(3)):
        first, second = form.actions[0][profile[0]].split("+")
        play = (options[0].index(first), profile[1], options[2].index(second), 0)
        assert game.play(int(plays[profile])) == (first, form.actions[1][profile[1]], second, "only")
        np.testing.assert_array_equal(form.payoffs[(slice(None), slice(None), *profile)], payoffs[(slice(None), slice(None), *play)])


def test_simultaneous_form_with_rules():
    payoffs = np.arange(16).reshape(2, 2, 2, 2)
    feasible = np.ones((2, 2, 2), dtype=bool)
    feasible[1, 1] = False  # p0's own combination of instruments 0 and 1
    form, plays = staged(payoffs, [0, 0, 1], [[0, 1], [2]], feasible=feasible).normal_form()
    assert form.shape == (3, 2)
    assert plays.tolist() == [[0, 1], [2, 3], [4, 5]]
    np.testing.assert_array_equal(form.payoffs[0], payoffs[0].reshape(4, 2)[:3])
    tied = np.array([[True, False], [True, True]])
    with pytest.raises(ValueError, match="name a timed form"):
        staged(np.zeros((2, 2, 2)), [0, 1], [[0], [1]], feasible=tied).normal_form()


def test_order_of_moves_of_a_normal_form():
    game = NormalFormGame(np.random.default_rng(2).random((6, 3, 2, 2, 2)), ["a", "b", "c"], [["l", "r"]] * 3)
    timed = StagedGame.from_normal_form(game, [["c"], ["a", "b"]], form="c_first")
    assert timed.stages == ((2,), (0, 1))
    assert timed.form == "c_first"
    assert np.shares_memory(timed.tensor, game.tensor)
    back, plays = timed.normal_form()
    np.testing.assert_array_equal(back.payoffs, game.payoffs)
    assert plays.tolist() == np.arange(8).reshape(2, 2, 2).tolist()
    with pytest.raises(ValueError, match="unknown players"):
        StagedGame.from_normal_form(game, [["d"]])
    with pytest.raises(TypeError, match=r"StagedGame\.from_normal_form takes a NormalFormGame; got list"):
        StagedGame.from_normal_form([[1, 2]], [["a"]])
    for wrong in ("a", ["a"], 3):
        with pytest.raises(ValueError, match="order must hold a list of player names for each stage"):
            StagedGame.from_normal_form(game, wrong)


def test_a_player_without_instruments_still_has_payoffs():
    game = staged(np.arange(12).reshape(3, 2, 2), [0, 2], [[0], [1]])
    form, _ = game.normal_form()
    assert form.shape == (2, 1, 2)
    assert form.actions[1] == ("-",)
    np.testing.assert_array_equal(form.payoffs[:, :, 0], game.payoffs)


def test_indices_outside_the_batch_and_iteration():
    batch = staged(np.arange(24).reshape(3, 2, 2, 2), [0, 1], [[0], [1]])
    with pytest.raises(IndexError, match=r"index 5 does not fit the batch \(3,\)"):
        batch[5]
    assert [one.payoffs.tolist() for one in batch] == [batch[k].payoffs.tolist() for k in range(3)]
    with pytest.raises(TypeError, match="single StagedGame can't be iterated over"):
        list(batch[0])


def test_a_range_that_overflows_is_not_finite_and_does_not_warn():
    assert staged([[[1.7e308, -1.7e308]] * 2, [[0, 0]] * 2], [0, 1], [[0], [1]]).finite.tolist() == [False]
