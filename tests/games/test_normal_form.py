"""Normal-form games: shapes, names, layout, errors."""

import numpy as np
import pytest

from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Status

DILEMMA = [[[3, 0], [5, 1]], [[3, 5], [0, 1]]]


@pytest.mark.parametrize(
    ("shape", "count"),
    [((2, 2, 2), 2), ((7, 2, 3, 4), 2), ((3, 2, 2, 2), 3), ((5, 6, 3, 2, 4, 5), 3), ((1, 4), 1), ((4, 3, 3, 3, 5), 4), ((0, 2, 3, 3), 2)],
)
def test_the_number_of_players_is_read_from_the_shape(shape, count):
    game = NormalFormGame(np.zeros(shape), players=[f"p{i}" for i in range(count)])
    assert len(game.players) == count
    assert game.shape == shape[len(shape) - count :]
    assert game.batch_shape == shape[: len(shape) - count - 1]
    assert game.games == int(np.prod(game.batch_shape))


def test_ambiguous_and_impossible_shapes_are_explained():
    with pytest.raises(ValueError, match="fit 2 and 3 players"):
        NormalFormGame(np.zeros((3, 2, 2, 2)))
    with pytest.raises(ValueError, match=r"got shape \(4, 2, 2\)"):
        NormalFormGame(np.zeros((4, 2, 2)))
    with pytest.raises(ValueError, match="one of size 3 for players"):
        NormalFormGame(np.zeros((2, 2, 2)), players=["a", "b", "c"])
    with pytest.raises(ValueError, match="real numbers"):
        NormalFormGame([[1, 2], [3]])
    with pytest.raises(ValueError, match="complex"):
        NormalFormGame(np.zeros((2, 2, 2), dtype=complex))
    for text in ([["1", "2"], ["3", "4"]], [[1, "2"], [3, 4]], np.array([[1, "2"], [3, 4]], dtype=object)):
        with pytest.raises(ValueError, match=r"rectangular array of real numbers; got .*text"):
            NormalFormGame.from_arrays(text, [[1, 2], [3, 4]])
    masked = np.ma.array([[9, 2], [3, 4]], mask=[[True, False], [False, False]])
    with pytest.raises(ValueError, match=r"got masked ones\. Write NaN"):
        NormalFormGame.from_arrays(masked, [[1, 2], [3, 4]])
    assert NormalFormGame.from_arrays(np.ma.array([[9, 2], [3, 4]]), [[1, 2], [3, 4]]).payoffs[0, 0, 0] == 9
    with pytest.raises(ValueError, match="at least one action"):
        NormalFormGame(np.zeros((2, 2, 0)), players=["a", "b"])


def test_wrong_names_are_explained():
    with pytest.raises(ValueError, match="different names"):
        NormalFormGame(DILEMMA, players=["a", "a"])
    with pytest.raises(ValueError, match=r"actions\[1\] \(b\) must hold 2 different names"):
        NormalFormGame(DILEMMA, players=["a", "b"], actions=[["x", "y"], ["x"]])
    with pytest.raises(ValueError, match=r"actions\[0\] .* different names"):
        NormalFormGame(DILEMMA, players=["a", "b"], actions=[["x", "x"], ["x", "y"]])
    with pytest.raises(ValueError, match="2 lists of names"):
        NormalFormGame(DILEMMA, players=["a", "b"], actions=[["x", "y"]] * 3)


def test_payoffs_are_copied_locked_and_batch_fastest():
    array = np.random.default_rng(0).random((6, 5, 2, 3, 4))
    game = NormalFormGame(array)
    array[:] = 0
    assert game.payoffs.shape == (6, 5, 2, 3, 4)
    assert game.payoffs.max() > 0
    assert not game.payoffs.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        game.payoffs[0] = 1
    assert game.tensor.shape == (2, 3, 4, 30)
    assert game.tensor.flags.c_contiguous
    assert np.shares_memory(game.tensor, game.payoffs)
    assert not game.tensor.flags.writeable
    np.testing.assert_array_equal(game.tensor[..., 7], game.payoffs[1, 2])


def test_our_own_buffers_are_adopted():
    tensor = np.zeros((2, 3, 4, 30))
    game = NormalFormGame.from_tensor(tensor, (6, 5))
    assert np.shares_memory(game.payoffs, tensor)
    assert not tensor.flags.writeable


def test_one_array_a_player():
    first, second = np.arange(6).reshape(2, 3), np.zeros((4, 2, 3))
    game = NormalFormGame.from_arrays(first, second)
    assert game.batch_shape == (4,)
    np.testing.assert_array_equal(game.payoffs[2, 0], first)
    with pytest.raises(ValueError, match="array 1 must end in the same 2 action axes"):
        NormalFormGame.from_arrays(first, second.swapaxes(1, 2))
    with pytest.raises(ValueError, match="got none"):
        NormalFormGame.from_arrays()


def test_ranges_and_finiteness_of_each_game():
    payoffs = np.array(DILEMMA, dtype=float) + np.zeros((4, 1, 1, 1))
    payoffs[1, 0, 0, 0], payoffs[2, 1, 1, 1], payoffs[3] = np.nan, -np.inf, np.inf
    game = NormalFormGame(payoffs)
    assert game.finite.tolist() == [True, False, False, False]
    assert game.payoff_range[:, 0].tolist() == [5, 5]


def test_indexing_picks_games():
    game = NormalFormGame(np.arange(5 * 4 * 8).reshape(5, 4, 2, 2, 2), ["a", "b"], [["u", "d"], ["l", "r"]], form="talks")
    one = game[3, 2]
    assert one.batch_shape == ()
    assert (one.players, one.actions, one.form) == (game.players, game.actions, "talks")
    np.testing.assert_array_equal(one.payoffs, game.payoffs[3, 2])
    assert game[1].batch_shape == (4,)
    assert game[..., 0].batch_shape == (5,)
    assert game[game.payoffs[..., 0, 0, 0] > 50].batch_shape == (13,)
    with pytest.raises(IndexError, match=r"does not fit the batch \(5, 4\)"):
        game[5]


def test_nashpy_and_back():
    game = NormalFormGame(DILEMMA)
    np.testing.assert_array_equal(NormalFormGame.from_nashpy(game.to_nashpy()).payoffs, game.payoffs)
    with pytest.raises(ValueError, match="game\\[index\\]"):
        NormalFormGame([DILEMMA, DILEMMA]).to_nashpy()


def test_too_many_indices_do_not_reach_the_players():
    with pytest.raises(IndexError, match="does not fit the batch"):
        NormalFormGame([DILEMMA, DILEMMA])[0, 0]


def test_a_forgotten_star_does_not_make_another_game():
    matrices = [[[3, 0], [5, 1]], [[3, 5], [0, 1]]]
    with pytest.raises(ValueError, match=r"one array a player: from_arrays\(A, B\)"):
        NormalFormGame.from_arrays(matrices)
    assert NormalFormGame.from_arrays(*matrices).shape == (2, 2)
    assert NormalFormGame.from_arrays([1, 2, 3]).shape == (3,)
    assert NormalFormGame.from_arrays([[1, 2, 3]] * 4, players=["alone"]).batch_shape == (4,)


def test_arrays_that_do_not_fit_are_explained():
    matrix = np.zeros((2, 2))
    with pytest.raises(ValueError, match=r"3 arrays, so 3 players; array 0 must then have 3 action axes.*got shape \(2, 2\)"):
        NormalFormGame.from_arrays(matrix, matrix, matrix)
    with pytest.raises(ValueError, match=r"broadcast against each other; got \(3,\), \(4,\)"):
        NormalFormGame.from_arrays(np.zeros((3, 2, 2)), np.zeros((4, 2, 2)))
    with pytest.raises(ValueError, match=r"use NormalFormGame.from_arrays\(A, B\)"):
        NormalFormGame(matrix, matrix)
    with pytest.raises(ValueError, match=r"use NormalFormGame.from_arrays\(A, B\)"):
        NormalFormGame([[1, 2], [3, 4]], [[1, 2], [3, 4]])
    with pytest.raises(ValueError, match="real numbers"):
        NormalFormGame.from_arrays([[1, 2], [3]], matrix)
    with pytest.raises(ValueError, match=r"actions must hold 2 lists of names, one for each player; got int 3"):
        NormalFormGame(DILEMMA, actions=3, players=["a", "b"])
    with pytest.raises(ValueError, match="real numbers"):
        NormalFormGame([[[10**400, 0], [5, 1]], [[3, 5], [0, 1]]])


def test_only_a_batch_can_be_iterated_over():
    game = NormalFormGame(DILEMMA)
    with pytest.raises(TypeError, match="only a batch of games"):
        list(game)
    batch = NormalFormGame(np.arange(24).reshape(3, 2, 2, 2), ["a", "b"])
    assert [one.payoffs.tolist() for one in batch] == [batch[k].payoffs.tolist() for k in range(3)]


def test_a_range_that_overflows_is_not_finite_and_does_not_warn():
    game = NormalFormGame.from_arrays([[1.7e308, -1.7e308]] * 2, np.zeros((2, 2)))
    assert game.finite.tolist() == [False]
    assert "huge number" in Status.NOT_FINITE.advice
