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
    assert not texts(lost, "_best reply")
    assert [t.get_text() for t in lost.get_figure(root=True).legends[0].get_texts()] == [
        "payoffs are not finite: no best replies are marked"
    ]
    assert plot.alt_text(lost).endswith("Payoffs are not finite: no best replies are marked.")


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


LONG = ["Recognise the annexation of the four regions in full", "Donaudampfschifffahrtsgesellschaftskapitaensmuetze", "Wait"]


@pytest.mark.parametrize("own", [True, False])
def test_long_names_keep_to_their_columns_and_are_whole(own):
    game = NormalFormGame.from_arrays(np.eye(3), np.eye(3), players=["R", "U"], actions=[LONG, LONG])
    ax = plot.game(game, ax=None if own else plt.subplots(figsize=(6, 5))[1])
    figure = ax.get_figure(root=True)
    figure.canvas.draw()
    boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
    width = ax.get_window_extent().width / 3
    for k, box in enumerate(boxes):
        assert box.x0 >= ax.get_window_extent().x0 + k * width - 1
        assert box.x1 <= ax.get_window_extent().x0 + (k + 1) * width + 1
    for label, name in zip(ax.get_xticklabels(), LONG, strict=True):
        assert label.get_text().replace("-\n", "").replace("\n", " ") == name
    if own:
        assert figure.get_size_inches()[0] <= 6.5


def test_long_payoffs_stay_inside_their_cells():
    ax = plot.game(NormalFormGame.from_arrays([[1e9 + 2, 1e9], [1e9, 1e9 + 1]], [[1, 0], [0, 2]]))
    ax.get_figure(root=True).canvas.draw()
    to_data = ax.transData.inverted()
    payoffs = [t for t in ax.texts if t.get_label() in ("_payoff", "_best reply")]
    assert "1000000002" in [t.get_text() for t in payoffs]
    for text in payoffs:
        patch = text.get_bbox_patch()
        box = to_data.transform_bbox((patch or text).get_window_extent())
        assert int(box.x0) == int(box.x1) == int(text.get_position()[0])
