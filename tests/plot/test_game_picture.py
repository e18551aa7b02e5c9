import numpy as np
import pytest
from matplotlib import pyplot as plt

from negotiation_sim import plot
from negotiation_sim.games.normal_form import NormalFormGame

DILEMMA = NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]], players=["R", "U"], actions=[["stay_put", "leave"]] * 2)


def texts(ax, label):
    return [t.get_text() for t in ax.texts if t.get_label() == label]


def test_best_replies_are_circled_and_equilibria_boxed():
    ax = plot.game(DILEMMA)
    assert texts(ax, "_best reply") == ["5", "5", "1", "1"]
    assert texts(ax, "_payoff") == ["3", "3", "0", "0"]
    (box,) = [p for p in ax.patches if p.get_label() == "_equilibrium"]
    assert (int(box.get_x()), int(box.get_y())) == (1, 1)
    assert [t.get_text() for t in ax.get_xticklabels()] == ["stay put", "leave"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("U", "R")
    assert plot.alt_text(ax).endswith("Pure Nash equilibria: (leave, leave) with payoffs 1 and 1.")


def test_a_game_without_pure_equilibrium_says_so():
    ax = plot.game(NormalFormGame.from_arrays([[1, -1], [-1, 1]], [[-1, 1], [1, -1]]))
    assert not [p for p in ax.patches if p.get_label() == "_equilibrium"]
    assert "no pure Nash equilibrium" in [t.get_text() for t in ax.get_figure(root=True).legends[0].get_texts()]
    assert "−1" in texts(ax, "_payoff")


def test_ties_and_missing_payoffs():
    ax = plot.game(NormalFormGame.from_arrays([[1, 1], [1, 1]], [[2, 2], [2, 2]]))
    assert len([p for p in ax.patches if p.get_label() == "_equilibrium"]) == 4
    lost = plot.game(NormalFormGame.from_arrays([[np.nan, 1], [1, 0]], [[1, 1], [1, 1]]))
    assert "nan" in texts(lost, "_payoff")


def test_labels_note_and_given_axes():
    _, ax = plt.subplots()
    assert plot.game(DILEMMA, labels=({"stay_put": "Stays"}, {}), note="Stylised.", ax=ax) is ax
    assert ax.get_yticklabels()[0].get_text() == "Stays"
    assert [t.get_text() for t in ax.texts if t.get_label() == "_note"] == ["Stylised."]


def test_errors():
    with pytest.raises(ValueError, match="got list"):
        plot.game([[1]])
    with pytest.raises(ValueError, match="single game of 2 players; got 3 players"):
        plot.game(NormalFormGame(np.zeros((3, 2, 2, 2)), players=["a", "b", "c"]))
    with pytest.raises(ValueError, match="at most 12 actions"):
        plot.game(NormalFormGame.from_arrays(np.zeros((2, 13)), np.zeros((2, 13))))
