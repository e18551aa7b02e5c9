"""What games are given: a game where a game is meant, and the way to one where something else came."""

import types
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import negotiation_sim as ns
from negotiation_sim.games.arguments import the_game

GAME = ns.NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
STAGED = ns.StagedGame.from_normal_form(GAME, [["player 1"], ["player 2"]])


def of_library(name):
    """An object of a library that need not be installed."""
    return type("Game", (), {"__module__": f"{name}.game"})()


@pytest.mark.parametrize(
    ("given", "got", "advice"),
    [
        ([[3, 0], [5, 1]], "list [[3, 0], [5, 1]]", "NormalFormGame.from_arrays(A, B)"),
        (np.zeros((2, 2)), "ndarray array(", "NormalFormGame.from_arrays(A, B)"),
        (pd.DataFrame([[1, 2]]), "DataFrame ", "NormalFormGame.from_arrays(A, B)"),
        (None, "None. ", "NormalFormGame.from_arrays(A, B)"),
        (3, "int 3", "NormalFormGame.from_arrays(A, B)"),
        (types.SimpleNamespace(game=GAME), "namespace(", "NormalFormGame.from_arrays(A, B)"),
        ("game.nfg", "str 'game.nfg'", "read_nfg(path)"),
        (Path("game.nfg"), "Path('game.nfg')", "read_nfg(path)"),
        (STAGED, "StagedGame(", "game, plays = staged.normal_form()"),
        (ns.ExactGame.of([["1/3", 2]]), "ExactGame(", "It holds the game: give .game."),
        (ns.solve(GAME), "Equilibria(", "It holds the game: give .game."),
        (ns.solve(STAGED), "Paths(", "given.game.normal_form()"),
        (ns.load("istanbul-2025"), "Scenario ", "A Scenario makes its game: give .game()."),
        (of_library("nashpy"), "Game ", "NormalFormGame.from_nashpy(game)"),
        (of_library("quantecon"), "Game ", "from_quantecon(game)"),
        (of_library("pygambit"), "Game ", "from_pygambit(game).game"),
    ],
)
def test_what_is_no_game_is_told_the_way_to_one(given, got, advice):
    with pytest.raises(TypeError) as caught:
        the_game(given, "a solver")
    said = str(caught.value)
    assert said.startswith("a solver takes a NormalFormGame; got ")
    assert got in said
    assert advice in said
    assert len(said) < 260
    assert "\n" not in said


def test_a_game_is_given_back():
    assert the_game(GAME, "a solver") is GAME
