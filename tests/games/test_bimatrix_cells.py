import numpy as np
import pytest

from negotiation_sim.games.bimatrix_cells import best_replies, bimatrix_table
from negotiation_sim.games.exact import ExactGame
from negotiation_sim.games.normal_form import NormalFormGame


def test_cells_mark_best_replies_and_equilibria():
    game = NormalFormGame.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]], players=["he", "she"], actions=[["opera", "match"]] * 2)
    table = bimatrix_table(game)
    assert table.columns == ("he \\ she", "opera", "match")
    assert table.rows == (("opera", "[2*, 1*]", "0, 0"), ("match", "0, 0", "[1*, 2*]"))
    assert "*" in table.note
    assert "[2*, 1*]" in table._repr_html_()


def test_best_replies_agree_with_the_definition():
    rng = np.random.default_rng(3)
    payoffs = rng.integers(-2, 3, (2, 4, 5)).astype(float)
    first, second = best_replies(NormalFormGame(payoffs, players=["a", "b"]))
    for r, c in np.ndindex(4, 5):
        assert first[r, c] == all(payoffs[0, r, c] >= payoffs[0, k, c] for k in range(4))
        assert second[r, c] == all(payoffs[1, r, c] >= payoffs[1, r, k] for k in range(5))


def test_best_replies_do_not_depend_on_units():
    game = NormalFormGame.from_arrays(np.array([[0.1 + 0.2, 0], [0.3, 1]]) * 1e9, np.eye(2) * 1e-9)
    first, second = best_replies(game)
    assert first.tolist() == [[True, False], [True, True]]
    assert second.tolist() == [[True, False], [False, True]]


@pytest.mark.parametrize("lost", [np.nan, np.inf, -np.inf])
def test_a_game_that_solvers_refuse_gets_no_marks(lost):
    game = NormalFormGame.from_arrays([[lost, 1], [1, 0]], [[1, 1], [1, 1]], note="Stylised.")
    assert not np.any(best_replies(game))
    table = bimatrix_table(game)
    assert "*" not in str(table)
    assert "[" not in str(table)
    assert table.note == "Payoffs are not finite: no best replies are marked.\nStylised."


def test_numbers_line_up():
    table = bimatrix_table(NormalFormGame.from_arrays([[0.25, 1]], [[3, 4]]))
    assert table.rows[0][1:] == ("0.25*, 3", "[1.00*, 4*]")


def test_payoffs_with_a_large_common_part_look_different():
    table = bimatrix_table(NormalFormGame.from_arrays([[1e9 + 2, 1e9], [1e9, 1e9 + 1]], [[1, 0], [0, 2]]))
    assert table.rows[0][1:] == ("[1000000002*, 1*]", "1000000000, 0")
    assert table.rows[1][1:] == ("1000000000, 0", "[1000000001*, 2*]")
    assert "1000000001" in table.to_latex()


@pytest.mark.parametrize(("shape", "got"), [((3, 2, 2, 2), "got 3 players"), ((7, 2, 2, 2), r"batch \(7,\)")])
def test_only_single_games_of_two_players(shape, got):
    players = ["a", "b", "c"][: 3 if shape[0] == 3 else 2]
    with pytest.raises(ValueError, match=got):
        bimatrix_table(NormalFormGame(np.zeros(shape), players=players))


def test_only_a_game_has_a_table():
    with pytest.raises(TypeError, match=r"bimatrix_table takes a NormalFormGame; got list .*from_arrays\(A, B\)"):
        bimatrix_table([[1, 2]])
    with pytest.raises(TypeError, match=r"got ExactGame\(.* It holds the game: give \.game"):
        bimatrix_table(ExactGame.of([[[1, 2]], [[3, 4]]], ["a", "b"]))
