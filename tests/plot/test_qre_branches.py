import numpy as np
import pytest
from matplotlib import pyplot as plt

import negotiation_sim as ns
from negotiation_sim import plot
from negotiation_sim.games.normal_form import NormalFormGame

HAWK = NormalFormGame.from_arrays(
    [[0, -1], [1, -5]], [[0, 1], [-1, -5]], players=["A", "B"], actions=[["give_way", "dare"]] * 2, note="Stylised."
)


def drawn(ax, label):
    return [line for line in ax.lines if line.get_label() == label]


@pytest.fixture(scope="module")
def branches():
    return ns.LogitQRE().path(HAWK, up_to=50), ns.LogitQRE(2, start=[[0.95, 0.05], [0.05, 0.95]]).path(HAWK, up_to=50)


def test_solid_principal_dashed_others_and_limits(branches):
    principal, other = branches
    ax = plot.qre(principal, [other])
    assert ax.get_xscale() == "log"
    for i, name in enumerate("AB"):
        (solid,) = drawn(ax, f"_principal {name}: dare")
        (dashed,) = drawn(ax, f"_other {name}: dare")
        assert solid.get_linestyle() == "-"
        assert dashed.get_linestyle() == "--"
        shown = principal.precision >= solid.get_xdata()[0]
        np.testing.assert_array_equal(solid.get_xdata(), principal.precision[shown])
        np.testing.assert_array_equal(solid.get_ydata(), principal.strategies[i][shown, 1])
        assert solid.get_marker() == dashed.get_marker()
    marks = drawn(ax, "_limit")
    assert [float(m.get_ydata()[0]) for m in marks] == pytest.approx([0.2, 0.2])
    assert marks[0].get_markersize() > marks[1].get_markersize()
    assert {m.get_xdata()[0] for m in marks} == {50}
    (legend,) = ax.get_figure(root=True).legends
    assert [t.get_text() for t in legend.get_texts()] == [
        "A: dare",
        "B: dare",
        "principal branch",
        "other branches",
        "limit: a Nash equilibrium",
    ]
    words = plot.alt_text(ax)
    assert "without folds: A dare from 0.49" in words
    assert words.endswith("1 other branch dashed.")
    assert "Stylised." in [t.get_text() for t in ax.get_figure(root=True).texts]


def test_folds_all_actions_and_a_choice_of_players():
    game = NormalFormGame(np.random.default_rng(5).random((150, 3, 3, 3, 3)), ["U", "R", "E"])[64]
    branch = ns.LogitQRE().path(game)
    ax = plot.qre(branch, player=["U", "E"])
    assert len([line for line in ax.lines if line.get_label().startswith("_principal")]) == 6
    assert "with folds at 14.2, 6.98" in plot.alt_text(ax) or "with folds at 14.16" in plot.alt_text(ax)
    assert "other branches" not in [t.get_text() for t in ax.get_figure(root=True).legends[0].get_texts()]


def test_branches_alone_cut_or_without_choices(branches):
    _, ax = plt.subplots()
    assert plot.qre(branches[1], player="A", ax=ax) is ax
    assert not drawn(ax, "_limit")
    assert "Branch, with folds" in plot.alt_text(ax)
    cut = ns.LogitQRE(max_iter=30).path(HAWK, up_to=50)
    assert "followed to precision" in plot.qre(cut).get_title(loc="left")
    still = plot.qre(ns.LogitQRE().path(NormalFormGame(np.ones((2, 2, 2))), up_to=5))
    assert still.get_xlim()[1] == 5


def test_errors(branches):
    with pytest.raises(ValueError, match="path must be a branch"):
        plot.qre(HAWK)
    with pytest.raises(ValueError, match=r"others\[0\] must be a branch"):
        plot.qre(branches[0], [3])
    with pytest.raises(ValueError, match="same game"):
        plot.qre(branches[0], [ns.LogitQRE().path(NormalFormGame(np.ones((2, 2, 2))))])
    with pytest.raises(ValueError, match="unknown player 'C'"):
        plot.qre(branches[0], player="C")
    with pytest.raises(ValueError, match=r"player must be a name, or a list of names, at least one; got \[\]\. Leave it out to draw all"):
        plot.qre(branches[0], player=[])
    with pytest.raises(ValueError, match="player must be a name, or a list of names; got 3"):
        plot.qre(branches[0], player=3)
    with pytest.raises(ValueError, match="at most 12 lines"):
        plot.qre(ns.LogitQRE().path(NormalFormGame(np.random.default_rng(1).random((2, 7, 7)), ["a", "b"]), up_to=1))


def test_a_branch_that_runs_back_to_even_play_does_not_stretch_the_axis():
    chicken = ns.NormalFormGame.from_arrays([[0, -1], [1, -5]], [[0, 1], [-1, -5]])
    alone = ns.plot.qre(ns.LogitQRE().path(chicken))
    same = ns.LogitQRE(2, start=[[0.7, 0.3], [0.7, 0.3]]).path(chicken)  # the principal branch itself, found from within
    assert same.precision.min() < 1e-6
    assert ns.plot.qre(ns.LogitQRE().path(chicken), [same]).get_xlim()[0] >= alone.get_xlim()[0] / 100
