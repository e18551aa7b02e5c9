"""Labels of all kinds draw without a warning: long words are cut, characters that no font has become boxes."""

import warnings

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt

import negotiation_sim as ns
from negotiation_sim import plot
from negotiation_sim.plot.glyphs import drawable
from negotiation_sim.plot.page import wrapped

EMOJI, CJK = "\U0001f54a\ufe0f dove", "停戦 talks"
LONG = "x" * 390


def crisis(label: str) -> ns.Scenario:
    return ns.Scenario(
        label,
        parameters={"bite": ns.Parameter(2.0, range=(0, 4), meaning=label, unit=label), "cost": ns.Parameter(1.0, range=(0, 2))},
        actors={
            "T": ns.Actor(label, options={"comply": label, "defy": label}, payoff={"gain": "1.5 * T.defy", "loss": "-bite * hit"}),
            "S": ns.Actor("Sender", options={"sanction": label, "wait": label}, payoff={"aim": "3 * T.comply", "cost": "-cost * hit"}),
        },
        definitions={"hit": "T.defy * S.sanction"},
        forms={"threat_first": ns.Form((ns.Stage(("S",)), ns.Stage(("T",))))},
        outcomes={"hit": ns.Outcome("T.defy and S.sanction", label=label), "quiet": ns.Outcome("T.comply", label=f"{label} 2")},
        variants={"dear": ns.Variant(label=label, parameters={"cost": 2.0})},
        form="threat_first",
        note=label,
    )


@pytest.mark.parametrize(
    ("label", "own"),
    [(EMOJI, True), (CJK, True), (LONG, True), ("a\tb", True), (CJK, False), (LONG, False)],
    ids=["emoji", "cjk", "long", "tab", "cjk on given axes", "long on given axes"],
)
def test_no_label_makes_a_figure_warn(label, own, tmp_path):
    case = crisis(label)
    result = ns.sweep(case, ns.grid(bite=[0.0, 1.0, 2.0], cost=[0.0, 1.0, 2.0]), solvers=["subgame-perfect", "nash"])
    comparison = case.compare()

    def axes():
        return None if own else plt.figure(figsize=(12, 9)).add_axes((0.4, 0.5, 0.5, 0.4))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = [
            plot.regimes(result, "bite", "cost", "subgame-perfect", ax=axes()),
            plot.lines(result, "payoff", "bite", concept="subgame-perfect", ax=axes()),
            plot.payoffs(comparison, ax=axes()),
            plot.waterfall(case.contrast(["comply", "wait"], ["defy", "sanction"]), "T", ax=axes()),
            plot.game(ns.NormalFormGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], [label, "b"], [[label, "x"]] * 2, note=label), ax=axes()),
        ]
        figures = [ax.get_figure(root=True) for ax in drawn]
        if own:
            figures += [plot.regime_panels(result, "bite", "cost"), plot.payoff_panels(comparison)]
        for k, figure in enumerate(figures):
            figure.savefig(tmp_path / f"{k}.png", dpi=40)
    if label in (EMOJI, CJK):
        assert label in plot.alt_text(drawn[0])  # words keep what pictures can't show


def test_a_long_label_does_not_cover_the_map():
    case = crisis(LONG)
    ax = plot.regimes(ns.sweep(case, ns.grid(bite=[0.0, 2.0], cost=[0.0, 1.0]), solvers=["subgame-perfect"]), "bite", "cost")
    figure = ax.get_figure(root=True)
    figure.canvas.draw()
    legend = figure.legends[0].get_window_extent()
    assert legend.y1 <= ax.get_window_extent().y0
    assert legend.width <= figure.bbox.width
    assert ax.get_window_extent().height > 0.15 * figure.bbox.height


def test_only_what_no_font_has_is_replaced():
    assert drawable("Zürich – Київ, −1 “a”\nb") == "Zürich – Київ, −1 “a”\nb"
    assert drawable(CJK) == "□□ talks"
    assert drawable(EMOJI).endswith(" dove")
    assert drawable("a\U000e0001b\tc") == "ab c"
    before = list(mpl.rcParams["font.family"])
    assert drawable("停") == "□"
    assert mpl.rcParams["font.family"] == before


def test_the_readers_own_texts_stay():
    _, (left, right) = plt.subplots(1, 2, figsize=(12, 6))
    left.set_title(CJK)
    game = ns.NormalFormGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    plot.game(game, ax=right)
    assert left.get_title() == CJK


def test_long_words_are_cut_and_others_kept_whole():
    assert wrapped("y" * 70, 60).split() == ["y" * 60, "y" * 10]
    assert wrapped("a precondition", 8).split() == ["a", "precondition"]


def test_what_is_no_axes_is_refused():
    game = ns.NormalFormGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    with pytest.raises(ValueError, match=r"ax must be a single matplotlib Axes.*got Figure: give one of its axes"):
        plot.game(game, ax=plt.figure())
    with pytest.raises(ValueError, match=r"got ndarray: plt.subplots\(\) makes one"):
        plot.game(game, ax=plt.subplots(1, 2)[1])
