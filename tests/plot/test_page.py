"""Rules that every figure keeps: nothing overlaps, nothing is cut off, nothing global changes, words for all."""

import subprocess
import sys
from itertools import combinations

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from negotiation_sim import plot
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.plot.page import wrapped

LONG = "Stylised: every number is illustrative, not an estimate. " * 4


def draw(name, crisis, comparison, contrast):
    game = NormalFormGame.from_arrays(np.eye(3), -np.eye(3), players=["Russia", "Ukraine"])
    made = {
        "regimes": lambda: plot.regimes(crisis, "a_US", "tau_US", "nash"),
        "regimes with a long note": lambda: plot.regimes(crisis.assign_attrs(note=LONG), "a_US", "tau_US", "nash"),
        "regime_panels": lambda: plot.regime_panels(crisis, "a_US", "tau_US"),
        "lines": lambda: plot.lines(crisis, "payoff", "a_US", concept="nash"),
        "payoffs": lambda: plot.payoffs(comparison),
        "payoff_panels": lambda: plot.payoff_panels(comparison),
        "waterfall": lambda: plot.waterfall(contrast, "R"),
        "game": lambda: plot.game(game, note="Stylised."),
    }[name]()
    return made if isinstance(made, Figure) else made.get_figure(root=True)


FIGURES = ["regimes", "regimes with a long note", "regime_panels", "lines", "payoffs", "payoff_panels", "waterfall", "game"]


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_overlaps_or_is_cut_off(name, crisis, comparison, contrast):
    figure = draw(name, crisis, comparison, contrast)
    figure.canvas.draw()
    page = figure.bbox
    (note,) = [t for t in figure.texts if t.get_label() == "_note"]
    renderer = figure.canvas.get_renderer()
    parts = {"note": note.get_window_extent(), "legend": figure.legends[0].get_window_extent()}
    parts |= {f"axes {k}": ax.get_tightbbox(renderer) for k, ax in enumerate(figure.axes)}
    for what, box in parts.items():
        assert page.x0 - 1 <= box.x0, what
        assert box.x1 <= page.x1 + 1, what
        assert page.y0 - 1 <= box.y0, what
        assert box.y1 <= page.y1 + 1, what
    for (one, first), (other, second) in combinations(parts.items(), 2):
        shared = Bbox.intersection(first, second)
        assert shared is None or min(shared.width, shared.height) < 2 or (name == "payoff_panels" and "axes" in one + other), (one, other)
    assert note.get_fontsize() >= 8


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_words(name, crisis, comparison, contrast):
    text = plot.alt_text(draw(name, crisis, comparison, contrast))
    assert len(text) > 60
    assert "nan" not in text


def test_words_are_asked_of_our_figures_only():
    figure, ax = plt.subplots()
    for thing in (figure, ax):
        with pytest.raises(ValueError, match=r"drawn by negotiation_sim\.plot"):
            plot.alt_text(thing)


@pytest.mark.parametrize("suffix", ["pdf", "svg"])
def test_vector_files(crisis, tmp_path, suffix):
    path = tmp_path / f"map.{suffix}"
    plot.regimes(crisis, "a_US", "tau_US", "nash").get_figure(root=True).savefig(path)
    assert 5_000 < path.stat().st_size < 2_000_000


def test_relative_sizes_follow_the_reader(crisis):
    with plt.rc_context({"font.size": 14}):
        ax = plot.regimes(crisis, "a_US", "tau_US", "nash")
    assert ax.get_figure(root=True).legends[0].get_texts()[0].get_fontsize() > 11


def test_importing_the_package_does_not_load_matplotlib():
    code = "import sys, negotiation_sim as ns; assert 'matplotlib' not in sys.modules; ns.plot.regimes; assert 'matplotlib' in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_wrapped_lines_are_even_and_words_stay_whole():
    assert wrapped("one two three four five six", 20) == "one two three\nfour five six"
    assert wrapped("a constitutional question", 6) == "a\nconstitutional\nquestion"
    assert wrapped("", 10) == ""
