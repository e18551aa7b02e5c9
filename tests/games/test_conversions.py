"""Games to and from numpy, pandas, nashpy, quantecon and pygambit; the last two only where they are installed."""

import sys
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation_sim.games.conversions import (
    from_bimatrix_frame,
    from_long_frame,
    from_pygambit,
    from_quantecon,
    to_arrays,
    to_bimatrix_frame,
    to_long_frame,
    to_pygambit,
    to_quantecon,
)
from negotiation_sim.games.exact import ExactGame
from negotiation_sim.games.gambit import read_nfg, write_nfg
from negotiation_sim.games.normal_form import NormalFormGame

CHICKEN = NormalFormGame.from_arrays([[0, 7], [2, 6]], [[0, 2], [7, 6]], players=["Ann", "Bob"], actions=[["dare", "yield"]] * 2)


def random_game(shape, batch=(), seed=0):
    payoffs = np.random.default_rng(seed).random((*batch, len(shape), *shape))
    return NormalFormGame(payoffs, [f"p{i}" for i in range(len(shape))], [[f"a{i}{k}" for k in range(n)] for i, n in enumerate(shape)])


def same(one, other):
    assert one.payoffs.shape == other.payoffs.shape
    assert one.payoffs.tobytes() == other.payoffs.tobytes()
    assert (one.players, one.actions) == (other.players, other.actions)


@settings(max_examples=25)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=4), st.lists(st.integers(1, 3), max_size=2), st.integers(0, 99))
def test_there_and_back_for_every_shape(shape, batch, seed):
    game = random_game(tuple(shape), tuple(batch), seed)
    same(NormalFormGame.from_arrays(*to_arrays(game), players=game.players, actions=game.actions), game)
    frame = to_long_frame(game)
    assert len(frame) == game.games * np.prod(shape)
    same(from_long_frame(frame), game)
    same(from_long_frame(frame.sample(frac=1, random_state=seed)), game)
    if len(shape) == 2 and not batch:
        same(from_bimatrix_frame(to_bimatrix_frame(game)), game)


def test_arrays_are_views_in_one_axis_order():
    game = random_game((2, 3), (5,))
    first, second = to_arrays(game)
    assert first.shape == second.shape == (5, 2, 3)
    np.testing.assert_array_equal(second, game.payoffs[:, 1])
    assert not first.flags.writeable


def test_the_table_of_pairs():
    frame = to_bimatrix_frame(CHICKEN)
    assert frame.loc["dare", "yield"] == (7, 2)
    assert (frame.index.name, frame.columns.name) == ("Ann", "Bob")
    plain = from_bimatrix_frame(pd.DataFrame([[(1, 2), [3, 4]], [np.array([5, 6]), (7, 8)]]))
    assert plain.payoffs.tolist() == [[[1, 3], [5, 7]], [[2, 4], [6, 8]]]
    assert plain.players == ("player 1", "player 2")
    assert plain.actions == (("0", "1"), ("0", "1"))


@pytest.mark.parametrize("cell", [5, "35", (1, 2, 3), None, (1, None), (1, "2")])
def test_cells_that_are_no_pairs(cell):
    frame = pd.DataFrame([[(1, 2), cell]], index=["up"], columns=["left", "right"])
    with pytest.raises(ValueError, match="row 'up', column 'right' must be a pair"):
        from_bimatrix_frame(frame)


def test_long_tables_written_by_hand():
    rows = [("b", "x", 2, 1.0, 5), ("b", "y", 2, 2.0, 6), ("b", "x", 1, 3.0, 7), ("b", "y", 1, 4.0, 8)]
    frame = pd.DataFrame(rows, columns=["U", "R", "year", "payoff U", "payoff R"])
    game = from_long_frame(frame)
    assert game.players == ("U", "R")
    assert game.actions == (("b",), ("x", "y"))
    assert game.batch_shape == (2,)  # the years, in ascending order
    assert game.payoffs.tolist() == [[[[3, 4]], [[7, 8]]], [[[1, 2]], [[5, 6]]]]


def test_incomplete_long_tables_are_explained():
    frame = to_long_frame(CHICKEN)
    with pytest.raises(ValueError, match=r"each of the 4 combinations .* got 3 rows, none for \['yield', 'yield'\]"):
        from_long_frame(frame.iloc[:3])
    with pytest.raises(ValueError, match="got 5 rows, some combination twice"):
        from_long_frame(pd.concat([frame, frame.iloc[:1]]))
    with pytest.raises(ValueError, match=r'"payoff <player>" beside it; got \[\'x\'\]'):
        from_long_frame(pd.DataFrame({"x": [1]}))
    with pytest.raises(ValueError, match="column 'Ann' must have a value in every row; row 2 has none"):
        from_long_frame(frame.assign(Ann=["dare", "dare", None, "yield"]))
    with pytest.raises(ValueError, match="different names"):
        to_long_frame(NormalFormGame(np.zeros((2, 1, 1)), ["A", "payoff A"]))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.drop(columns="payoff Bob"), "column 'Bob' must have a column 'payoff Bob' beside it to be the actions of"),
        (lambda f: f.drop(columns="payoff Bob").assign(Bob=[1, 2, 1, 2]), "column 'Bob' must have a column 'payoff Bob' beside it"),
        (lambda f: f.rename(columns={"payoff Bob": "Payoff Bob"}), "column 'Payoff Bob' must be called 'payoff Bob'"),
        (lambda f: f.rename(columns={"payoff Bob": "payoffs_Bob"}), "column 'payoffs_Bob' must be called 'payoff Bob'"),
        (lambda f: f.rename(columns={"payoff Bob": "payoff"}), "column 'payoff' must be called 'payoff <player>'"),
        (lambda f: f.rename(columns={"payoff Bob": "payoff bob"}), "with the actions of that player; did you mean 'Bob'?"),
        (lambda f: f.drop(columns="Bob"), "column 'payoff Bob' must have a column 'Bob' beside it with"),
        (lambda f: f.assign(land="x"), "column 'land' must have a column 'payoff land' beside it"),
        (lambda f: f.assign(**{"payoff Bob": list("abcd")}), "column 'payoff Bob' must hold a number in every row; row 0 has str 'a'"),
        (lambda f: f.assign(**{"payoff Bob": [1, None, "c", 2]}), "row 1 has None"),
        (lambda f: f.assign(**{"payoff Bob": pd.to_datetime(["2020-01-01"] * 4)}), "row 0 has Timestamp('2020-01-01 00:00:00')"),
        (lambda f: f.set_axis(["Ann", "Ann", "payoff Ann", "payoff Bob"], axis="columns"), "columns of the table must have different"),
    ],
    ids=range(12),
)  # fmt: skip
def test_columns_that_do_not_match_are_explained(change, said):
    with pytest.raises(ValueError, match="column") as caught:
        from_long_frame(change(to_long_frame(CHICKEN)))
    assert said in str(caught.value)


def test_columns_named_as_places_hold_anything():
    frame = pd.concat([to_long_frame(CHICKEN).assign(batch_0=land) for land in ("Utopia", "Erewhon")])
    assert from_long_frame(frame).batch_shape == (2,)
    alone = to_long_frame(random_game((3,), (2,)))
    assert from_long_frame(alone).batch_shape == (2,)
    whole = to_long_frame(CHICKEN).assign(**{"payoff Bob": pd.array([0, None, 7, 6], dtype="Int64")})
    assert np.isnan(from_long_frame(whole).payoffs[1, 0, 1])


def test_what_is_converted_must_be_what_is_meant():
    for convert in (to_arrays, to_bimatrix_frame, to_long_frame, to_quantecon, to_pygambit):
        with pytest.raises(TypeError, match=rf"{convert.__name__} takes a NormalFormGame; got list \[\[1, 2\]\]\. Make one"):
            convert([[1, 2]])
    for convert, advice in ((from_bimatrix_frame, "from_cells"), (from_long_frame, "to_long_frame")):
        for wrong in (None, [[1, 2]], CHICKEN):
            with pytest.raises(TypeError, match=rf"{convert.__name__} takes a pandas DataFrame; got .*{advice}\(.*\)"):
                convert(wrong)
    for wrong in (3, CHICKEN):
        with pytest.raises(TypeError, match=r"from_quantecon takes a quantecon\.game_theory\.NormalFormGame; got"):
            from_quantecon(wrong)
        with pytest.raises(TypeError, match="from_pygambit takes a game of pygambit, 16 or 17; got"):
            from_pygambit(wrong)


def test_only_single_games_where_a_game_is_meant():
    for convert in (to_bimatrix_frame, to_quantecon, to_pygambit):
        with pytest.raises(ValueError, match=rf"{convert.__name__} takes a single game.* batch \(3,\)"):
            convert(random_game((2, 2), (3,)))
    with pytest.raises(ValueError, match="of 2 players; got 3 players"):
        to_bimatrix_frame(random_game((2, 2, 2)))


def test_nashpy_there_and_back():
    game = NormalFormGame.from_nashpy(CHICKEN.to_nashpy())
    assert game.payoffs.tobytes() == CHICKEN.payoffs.tobytes()


@pytest.mark.parametrize(("convert", "package"), [(to_quantecon, "quantecon"), (to_pygambit, "pygambit")])
def test_missing_libraries_are_explained(convert, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setitem(sys.modules, f"{package}.game_theory", None)
    with pytest.raises(ImportError, match=f"{convert.__name__} needs {package}, .* pip install {package}"):
        convert(CHICKEN)


class Player:
    def __init__(self, payoff_array):
        self.payoff_array = payoff_array


class Library:
    """As much of quantecon and of pygambit as is used."""

    Player = Player

    @staticmethod
    def NormalFormGame(players):
        return type("Game", (), {"players": players})

    @staticmethod
    def read_nfg(stream):
        text = stream.read().decode()
        return type("Game", (), {"to_nfg": lambda self: text})()


def test_the_axes_of_quantecon(monkeypatch):
    monkeypatch.setitem(sys.modules, "quantecon", Library)
    monkeypatch.setitem(sys.modules, "quantecon.game_theory", Library)
    game = random_game((2, 3, 4))
    there = to_quantecon(game)
    # a player's own axis first, then the next player's, and so on around
    assert [p.payoff_array.shape for p in there.players] == [(2, 3, 4), (3, 4, 2), (4, 2, 3)]
    for a, b, c in np.ndindex(2, 3, 4):
        assert there.players[1].payoff_array[b, c, a] == game.payoffs[1, a, b, c]
        assert there.players[2].payoff_array[c, a, b] == game.payoffs[2, a, b, c]
    np.testing.assert_array_equal(from_quantecon(there).payoffs, game.payoffs)


def test_pygambit_gets_names_and_exact_numbers(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygambit", Library)
    same(from_pygambit(to_pygambit(CHICKEN)).game, CHICKEN)
    exact = ExactGame.of([[["1/3", "0.52"]], [[1, "1e3"]]], ["A", "B"], title="thirds")
    back = from_pygambit(to_pygambit(exact))
    assert (back.exact.tolist(), back.title) == (exact.exact.tolist(), "thirds")


def test_quantecon_there_and_back():
    pytest.importorskip("quantecon")
    game = random_game((2, 3, 4))
    there = to_quantecon(game)
    np.testing.assert_array_equal(np.moveaxis(there.payoff_profile_array, -1, 0), game.payoffs)
    np.testing.assert_array_equal(from_quantecon(there).payoffs, game.payoffs)
    assert from_quantecon(to_quantecon(random_game((3,)))).shape == (3,)


def test_pygambit_there_and_back():
    pytest.importorskip("pygambit")
    game = random_game((2, 3, 2))
    back = from_pygambit(to_pygambit(game, title="there"))
    same(back.game, game)
    assert back.title == "there"
    exact = ExactGame.of([[["1/3", "0.52"]], [[1, "1e3"]]], ["Ann", 'B "b"'], [["only"], ["é", "2"]], title="thirds")
    again = from_pygambit(to_pygambit(exact))
    assert again.exact.tolist() == exact.exact.tolist()
    assert again.exact[0, 0, 0] == Fraction(1, 3)
    assert (again.game.players, again.game.actions, again.title) == (exact.game.players, exact.game.actions, "thirds")


def test_pygambit_reads_what_we_write(conformance, tmp_path):
    pygambit = pytest.importorskip("pygambit")
    for path in sorted((conformance / "games").rglob("*.nfg")):
        game = read_nfg(path)
        np.testing.assert_array_equal(from_pygambit(pygambit.read_nfg(path)).game.payoffs, game.payoffs)
        for version in ("payoff", "outcome"):
            write_nfg(game, tmp_path / "ours.nfg", version=version)
            same(from_pygambit(pygambit.read_nfg(tmp_path / "ours.nfg")).game, game)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.assign(**{"payoff player 1": [10**400, 1, 2, 3]}), "must hold numbers up to 1.8e308"),
        (lambda f: f.assign(**{"player 1": [["a"], ["a"], ["b"], ["b"]]}), "column 'player 1' must hold names or numbers; got list"),
        (lambda f: f.assign(**{f"batch_{k}": range(4) for k in range(12)}), "combinations of .* got 4 rows, none for"),
    ],
)
def test_long_tables_that_cannot_be_read(change, said):
    frame = to_long_frame(NormalFormGame.from_arrays([[0, 7], [2, 6]], [[0, 2], [7, 6]]))
    with pytest.raises(ValueError, match=said):
        from_long_frame(change(frame))


def test_players_may_be_numbers_in_a_long_table():
    frame = to_long_frame(NormalFormGame.from_arrays([[0, 7], [2, 6]], [[0, 2], [7, 6]], players=["0", "1"])).rename(
        columns={"0": 0, "1": 1}
    )
    assert from_long_frame(frame).players == ("0", "1")
