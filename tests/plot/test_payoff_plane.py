import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.patches import Polygon

import negotiation_sim as ns
from negotiation_sim import plot

CHICKEN = ns.NormalFormGame.from_arrays([[6, 2], [7, 0]], [[6, 7], [2, 0]], players=["A", "B"], note="Stylised.")
FIRST = np.array([[0, 2, 0], [3, 1, 0], [4, 1, 1]])
TRAP = ns.NormalFormGame.from_arrays(FIRST, FIRST.T)


def legend(ax):
    return [t.get_text() for t in ax.get_figure(root=True).legends[0].get_texts()]


def marks(ax, label):
    return [line for line in ax.lines if line.get_label() == label]


def test_everything_is_drawn_and_named():
    region, coarse = ns.payoff_region(CHICKEN), ns.payoff_region(CHICKEN, coarse=True)
    ax = plot.correlated(region, coarse=coarse, nash=ns.solve(CHICKEN), optimum=ns.solve(CHICKEN, "correlated"))
    assert legend(ax) == [
        "feasible payoffs",
        "coarse correlated equilibria",
        "correlated equilibria",
        "Nash equilibrium, pure",
        "Nash equilibrium, mixed",
        "plan with the most welfare",
    ]
    areas = [p for p in ax.patches if isinstance(p, Polygon)]
    assert [len(p.get_xy()) - 1 for p in areas] == [4, 4, 4]
    pure, mixed = marks(ax, "_nash")
    assert sorted(pure.get_xydata().tolist()) == [[2, 7], [7, 2]]
    np.testing.assert_allclose(mixed.get_xydata(), [[14 / 3, 14 / 3]])
    (star,) = marks(ax, "_optimum")
    np.testing.assert_allclose(star.get_xydata(), [[5.25, 5.25]])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("payoff of A", "payoff of B")
    assert " ".join(ax.get_title(loc="left").split()) == "Payoffs in correlated and coarse correlated equilibria"
    assert plot.correlated(region).get_title(loc="left") == "Payoffs in correlated equilibria"
    assert plot.correlated(coarse).get_title(loc="left") == "Payoffs in coarse correlated equilibria"
    assert "The plan with the most welfare pays (5.25, 5.25)." in plot.alt_text(ax)
    assert [t.get_text() for t in ax.get_figure(root=True).texts if t.get_label() == "_note"] == ["Stylised."]


def test_points_and_lines():
    region = ns.payoff_region(TRAP)
    assert len(region) == 1
    ax = plot.correlated(region, coarse=ns.payoff_region(TRAP, coarse=True))
    assert "Correlated equilibria pay the point (1, 1)." in plot.alt_text(ax)
    assert "Coarse correlated equilibria pay the line between (1, 1), (2.5, 2.5)." in plot.alt_text(ax)
    assert len([p for p in ax.patches if isinstance(p, Polygon)]) == 1
    same = ns.NormalFormGame.from_arrays([[2, 0], [0, 1]], [[2, 0], [0, 1]])
    ax = plot.correlated(ns.payoff_region(same))
    assert "the line between (0.66667, 0.66667), (2, 2)" in plot.alt_text(ax)
    xmin, xmax = ax.get_xlim()
    assert xmin < 0 < 2 < xmax
    ax = plot.correlated(
        ns.payoff_region(TRAP, coarse=True), nash=ns.PureNash()(ns.NormalFormGame.from_arrays([[1, -1], [-1, 1]], [[-1, 1], [1, -1]]))
    )
    assert "No Nash equilibrium is given." in plot.alt_text(ax)
    assert legend(ax) == ["feasible payoffs", "coarse correlated equilibria"]


@pytest.mark.parametrize(
    ("solver", "said"),
    [
        (ns.Correlated("egalitarian"), "plan with the highest least payoff"),
        (ns.Correlated(sense="min"), "plan with the least welfare"),
        (ns.Correlated("B"), "plan that is best for B"),
        (ns.CoarseCorrelated(0, sense="min"), "plan that is worst for A"),
        (ns.Correlated([1, 2]), "plan that maximises its objective"),
    ],
)
def test_the_plan_says_what_it_is_best_at(solver, said):
    assert legend(plot.correlated(ns.payoff_region(CHICKEN), optimum=solver(CHICKEN)))[-1] == said


def test_given_axes_names_and_note():
    _, ax = plt.subplots()
    assert plot.correlated(ns.payoff_region(CHICKEN), names=("First", "Second"), note="Mine.", ax=ax) is ax
    assert ax.get_xlabel() == "payoff of First"
    assert [t.get_text() for t in ax.texts if t.get_label() == "_note"] == ["Mine."]


def test_errors():
    region = ns.payoff_region(CHICKEN)
    batch = ns.NormalFormGame(np.stack([CHICKEN.payoffs] * 2), ["A", "B"])
    with pytest.raises(ValueError, match="draws a PayoffRegion; got list"):
        plot.correlated([1])
    with pytest.raises(ValueError, match="payoff_region\\(game, coarse=True\\)"):
        plot.correlated(region, coarse=region)
    with pytest.raises(ValueError, match="same game and players"):
        plot.correlated(region, coarse=ns.payoff_region(TRAP, coarse=True))
    with pytest.raises(ValueError, match="nash must hold the equilibria of the single game"):
        plot.correlated(region, nash=ns.solve(batch))
    with pytest.raises(ValueError, match="optimum must solve the single game"):
        plot.correlated(region, optimum=ns.Correlated()(batch))


def test_components_of_a_degenerate_game_are_lines():
    game = ns.NormalFormGame.from_arrays([[1, 2, 0], [0, 0, 3]], [[1, 1, 0], [0, 0, 2]])
    ax = ns.plot.correlated(ns.payoff_region(game), nash=ns.solve(game))
    drawn = [sorted(map(tuple, line.get_xydata().tolist())) for line in ax.lines if line.get_label() == "_component"]
    assert [(1, 1), (2, 1)] in [[tuple(map(int, end)) for end in line] for line in drawn]
    assert "Lines between them are components" in ns.plot.alt_text(ax)
    # Payoffs at the middle of each line are those of an equilibrium: half of each strategy that differs.
    found = ns.solve(game)
    ends = [e for e in range(len(found)) if found.payoffs[e, 1] == 1 and found.strategies[0][e, 0] == 1]
    middle = [x[ends].mean(axis=0) for x in found.strategies]
    assert ns.regret(game, middle).max() <= 1e-12
    assert "component" not in ns.plot.alt_text(ns.plot.correlated(ns.payoff_region(game), nash=ns.solve(game, "pure")))
    same = ns.NormalFormGame.from_arrays([[0, 0], [-1, 2]], [[3, 3], [-1, 1]])  # a component whose payoffs do not differ: a point
    assert "component" not in ns.plot.alt_text(ns.plot.correlated(ns.payoff_region(same), nash=ns.solve(same)))
