"""Normal-form games: shapes, names, layout, errors."""

import datetime as dt
import sys

import numpy as np
import pandas as pd
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
    with pytest.raises(ValueError, match=r"players must hold one name for each player; got 3, .* fit 2 players"):
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
    for wrong in (5, "a", (0, 0, 0), 1.5, slice("a"), [True, False]):
        with pytest.raises(
            IndexError, match=r"does not fit the batch \(5, 4\): expected whole numbers, one an axis \(from 0 to 4, from 0 to 3\)"
        ):
            game[wrong]
    with pytest.raises(IndexError, match=r"index 7 does not fit the batch \(\): this is a single game"):
        one[7]


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


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ([[1, None], [3, 4]], "got None at [0, 1]. Write float('nan') where a payoff is not known"),
        (np.array([[1, 2], [3, None]], dtype=object), "got None at [1, 1]"),
        (None, "got None. Write"),
        ([[1, "2"], [3, 4]], "got text '2' at [0, 1]. Turn text into numbers first"),
        ("ab", "got text 'ab'. Turn"),
        (np.array([[1, 2], [3, 4]], dtype="datetime64[ns]"), "got dates or times (datetime64[ns])"),
        (np.array([[1, 2], [3, 4]], dtype="timedelta64[D]"), "got dates or times (timedelta64[D])"),
        ([[1, dt.date(2020, 1, 1)], [3, 4]], "got datetime.date(2020, 1, 1) at [0, 1]"),
        ([[1, 2], [3]], "got a ragged list: 2 entries at [0], 1 at [1]"),
        ([[1, 2], [3, [4]]], "got a ragged list: a single number at [0][0], 1 at [1][1]"),
        ([[1, 2], 3], "got a ragged list: 2 entries at [0], a single number at [1]"),
        ([np.zeros(2), np.zeros(3)], "got a ragged list: 2 entries at [0], 3 at [1]"),
        ([[1, 2], [3, 10**400]], "got a number too large for a float"),
        ([[1, 2], [3, 1j]], "got complex numbers"),
        ({1: 2}, "got dict {1: 2}"),
        (pd.DataFrame([[1, pd.NA], [2, 3]]), "got NAType <NA> at [0, 1]"),
    ],
    ids=range(16),
)
def test_what_is_no_array_of_payoffs_is_told_where(wrong, said):
    with pytest.raises(ValueError, match="array of real numbers") as caught:
        NormalFormGame.from_arrays([[1, 2], [3, 4]], wrong)
    assert str(caught.value).startswith("array 1 must be a rectangular array of real numbers; ")
    assert said in str(caught.value)
    with pytest.raises(ValueError, match="payoffs must be a rectangular array of real numbers"):
        NormalFormGame(wrong)


def test_payoffs_that_are_numbers_of_other_kinds():
    from decimal import Decimal
    from fractions import Fraction

    game = NormalFormGame.from_arrays([[Fraction(1, 2), Decimal("0.25")], [True, np.float32(2)]], np.array([[1, 2], [3, 4]], dtype=bool))
    assert game.payoffs[0].tolist() == [[0.5, 0.25], [1, 2]]
    assert NormalFormGame([[1.0, float("nan")]], ["alone"]).finite.tolist() == [False]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"players": "Ann"}, "players must be a list of names (text), one for each player; got text 'Ann'. Write ['Ann']"),
        ({"players": 3}, "players must be a list of names (text), one for each player; got int 3"),
        ({"players": ["Ann", 3]}, "got int 3 at players[1]"),
        ({"players": ["Ann", ""]}, "got an empty one at players[1]"),
        ({"players": ["Ann"]}, "players must hold one name for each player; got 1, ['Ann'], but payoffs of shape (2, 2, 2) fit 2 players"),
        ({"players": ["Ann", "Bob", "Cid"]}, "got 3, ['Ann', 'Bob', 'Cid'], but"),
        ({"actions": 3}, "actions must hold one list of names for each player; got int 3, but payoffs of shape (2, 2, 2) fit 2 players"),
        ({"actions": [["C", "D"]]}, "actions must hold one list of names for each player; got 1, [['C', 'D']], but"),
        ({"actions": [["C", None], ["C", "D"]]}, "actions[0][1] (player 1) must be a name, text or a number; got None"),
        ({"actions": [["C", "D"], ["C", float("nan")]]}, "actions[1][1] (player 2) must be a name, text or a number; got float nan"),
        ({"actions": [["C", ["D"]], ["C", "D"]]}, "actions[0][1] (player 1) must be a name, text or a number; got list ['D']"),
        ({"actions": [["C", ""], ["C", "D"]]}, "actions[0][1] (player 1) must be a name, text or a number; got an empty one"),
        ({"actions": ["stay", "CD"]}, "actions[0] (player 1) must hold 2 different names, one for each of its actions; got str 'stay'"),
        ({"actions": "CD"}, "got str 'CD'"),
        ({"note": 3}, "note must be text; got int 3"),
        ({"form": None}, "form must be text; got None"),
    ],
    ids=range(16),
)
def test_wrong_names_are_blamed_for_what_they_are(names, said):
    with pytest.raises(ValueError, match="must") as caught:
        NormalFormGame(DILEMMA, **names)
    assert said in str(caught.value)
    with pytest.raises(ValueError, match=next(iter(names))):
        NormalFormGame.from_arrays(*DILEMMA, **names)


def test_names_of_actions_may_be_numbers():
    assert NormalFormGame([[1, 2]], ["alone"], [[1, 2.5]]).actions == (("1", "2.5"),)
    assert NormalFormGame([[1, 2]], ["alone"], [np.array([1, 2])]).actions == (("1", "2"),)
    assert NormalFormGame(DILEMMA, actions=["CD", "CD"]).actions == (("C", "D"), ("C", "D"))


def test_lists_of_names_of_any_kind():
    for kind in (list, tuple, np.array, pd.Index, pd.Series):
        game = NormalFormGame(DILEMMA, kind(["Ann", "Bob"]), [kind(["stay", "leave"])] * 2)
        assert (game.players, game.actions) == (("Ann", "Bob"), (("stay", "leave"),) * 2)
    for wrong in ({"Ann": 1, "Bob": 2}, {"Ann", "Bob"}, (name for name in ("Ann", "Bob")), b"ab"):
        with pytest.raises(ValueError, match=f"players must be a list of names .* got {type(wrong).__name__} "):
            NormalFormGame(DILEMMA, wrong)


CELLS = [[(3, 3), (0, 5)], [(5, 0), (1, 1)]]


def test_cells_are_read_as_cells():
    game = NormalFormGame.from_cells(CELLS, ["Ann", "Bob"], [["stay", "leave"]] * 2, form="once", note="stylised")
    assert game.payoffs.tolist() == DILEMMA
    assert (game.players, game.actions, game.form, game.note) == (("Ann", "Bob"), (("stay", "leave"),) * 2, "once", "stylised")
    payoffs = np.random.default_rng(0).random((3, 2, 3, 4))
    np.testing.assert_array_equal(NormalFormGame.from_cells(np.moveaxis(payoffs, 0, -1)).payoffs, payoffs)
    assert NormalFormGame.from_cells([(1,), (2,)]).payoffs.tolist() == [[1, 2]]
    one = NormalFormGame.from_cells([[(1, 2)]])  # of the shape (1, 1, 2), which would fit one player too
    assert (one.shape, one.payoffs.ravel().tolist()) == ((1, 1), [1, 2])
    for wrong in ([[1, 2], [3, 4]], [1, 2], 3, [CELLS, CELLS], [[(1, 2, 3)]]):
        with pytest.raises(ValueError, match=r"cells must be nested one level a player .* got shape \("):
            NormalFormGame.from_cells(wrong)
    with pytest.raises(ValueError, match=r"cells must be .* 2 entries at \[0\]\[0\], 1 at \[0\]\[1\]"):
        NormalFormGame.from_cells([[(1, 2), (3,)]])
    with pytest.raises(ValueError, match=r"got tuple \(3, 3\) at \[0, 0\]\. A pandas frame of pairs is for from_bimatrix_frame"):
        NormalFormGame.from_cells(pd.DataFrame(CELLS))
    with pytest.raises(ValueError, match="players must hold 2 different names"):
        NormalFormGame.from_cells(CELLS, ["Ann"])


def test_cells_are_not_read_as_another_game():
    for cells in (CELLS, [CELLS, CELLS], [[(1, 2), (3, 4), (5, 6)]] * 2):
        with pytest.raises(ValueError, match=r"got cells \(tuples\) such as .* another game\. Give cells to NormalFormGame\.from_cells"):
            NormalFormGame(cells)
    with pytest.raises(ValueError, match="from_cells"):
        NormalFormGame(CELLS, ["Ann", "Bob"])
    for rows in (np.array(CELLS), tuple(tuple(tuple(cell) for cell in row) for row in CELLS), [list(map(list, row)) for row in CELLS]):
        assert NormalFormGame(rows).payoffs.tolist() == [[[3, 3], [0, 5]], [[5, 0], [1, 1]]]  # nothing says that these are cells
    three = NormalFormGame([[[(1, 2), (3, 4)]] * 2] * 3, ["a", "b", "c"])  # rows of two, in a game of three
    assert three.shape == (2, 2, 2)


def frames(order=("C", "D"), columns=("C", "D")):
    first = pd.DataFrame(DILEMMA[0], index=["C", "D"], columns=["C", "D"])
    return first, pd.DataFrame(DILEMMA[1], index=["C", "D"], columns=["C", "D"]).loc[list(order), list(columns)]


def test_frames_name_the_actions():
    first, second = frames()
    for game in (NormalFormGame.from_arrays(first, second), NormalFormGame([first, second])):
        assert game.payoffs.tolist() == DILEMMA
        assert game.actions == (("C", "D"), ("C", "D"))
    given = NormalFormGame.from_arrays(first, second, actions=[["u", "d"], ["l", "r"]])
    assert given.actions == (("u", "d"), ("l", "r"))
    for other in (pd.DataFrame(DILEMMA[1]), DILEMMA[1]):  # labels of one only say nothing of the other
        assert NormalFormGame.from_arrays(first, other).actions == (("1", "2"), ("1", "2"))
    prices = pd.DataFrame(DILEMMA[0], index=[10, 20], columns=[5, 6])
    assert NormalFormGame.from_arrays(prices, prices).actions == (("10", "20"), ("5", "6"))


def test_frames_in_another_order_are_not_read_by_position():
    for names in ({}, {"actions": [["C", "D"]] * 2}):
        with pytest.raises(ValueError, match=r"array 1 must have the index of array 0.*got \['D', 'C'\]\. .*B\.reindex\(index=A\.index\)"):
            NormalFormGame.from_arrays(*frames(order="DC"), **names)
        with pytest.raises(ValueError, match=r"the columns of array 0.*B\.reindex\(columns=A\.columns\)"):
            NormalFormGame(list(frames(columns="DC")), **names)
    first, second = frames()
    with pytest.raises(ValueError, match=r"got \['C', 'E'\]\. Give both the same labels"):
        NormalFormGame.from_arrays(first, second.rename(index={"D": "E"}))


def test_frames_are_known_without_importing_pandas(monkeypatch):
    first, second = frames(order="DC")
    monkeypatch.delitem(sys.modules, "pandas")
    assert NormalFormGame.from_arrays(first.to_numpy(), second.to_numpy()).actions == (("1", "2"), ("1", "2"))
    assert "pandas" not in sys.modules


def test_nothing_but_a_game_of_nashpy_is_one(monkeypatch):
    with pytest.raises(TypeError, match=r"from_nashpy takes a nashpy\.Game; got int 3\. From payoffs: NormalFormGame\.from_arrays"):
        NormalFormGame.from_nashpy(3)
    monkeypatch.delitem(sys.modules, "nashpy", raising=False)
    with pytest.raises(TypeError, match=r"from_nashpy takes a nashpy\.Game; got NormalFormGame\("):
        NormalFormGame.from_nashpy(NormalFormGame(DILEMMA))


def test_frames_with_the_same_numbers_in_another_order_are_refused():
    first = pd.DataFrame([[1, 2], [3, 4]])
    for second in (first.loc[[1, 0]], first[[1, 0]]):
        with pytest.raises(ValueError, match="in the same order"):
            NormalFormGame.from_arrays(first, second)
    assert NormalFormGame.from_arrays(first, pd.DataFrame([[5, 6], [7, 8]], index=["C", "D"])).payoffs[1].tolist() == [[5, 6], [7, 8]]
