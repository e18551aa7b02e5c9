from dataclasses import replace

import pytest
from matplotlib import pyplot as plt

import negotiation_sim as ns
from negotiation_sim import plot


def steps(ax):
    return [(round(p.get_x(), 9), round(p.get_width(), 9)) for p in ax.patches if p.get_label() == "_step"]


def values(ax):
    return [t.get_text() for t in ax.texts if t.get_label() == "_value"]


def test_steps_lead_from_one_payoff_to_the_other(contrast):
    ax = plot.waterfall(contrast, "R")
    assert steps(ax) == [(0.34625, 0.0415), (0.34625, 0.06)]
    assert values(ax) == ["0.3878", "0.4062", "−0.0415", "+0.0600"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["Talks, joint sanctions", "war or deal", "sanctions", "Truce accepted"]
    assert "axis does not start at 0" in ax.get_xlabel()
    assert [bool(p.get_hatch()) for p in ax.patches if p.get_label() == "_step"] == [True, False]  # down is hatched


def test_large_changes_keep_zero_on_the_axis(contrast):
    ax = plot.waterfall(contrast, "U")
    totals = [(p.get_x(), p.get_width()) for p in ax.patches if p.get_label() == "_total"]
    assert totals == [(pytest.approx(-0.2), pytest.approx(0.2)), (pytest.approx(0.0), pytest.approx(0.25))]
    assert ax.get_xlim()[0] < 0 < ax.get_xlim()[1]
    assert "axis does not start" not in ax.get_xlabel()


def test_an_actor_for_whom_nothing_changes(contrast):
    ax = plot.waterfall(contrast, "E")
    assert steps(ax) == []
    assert "no term changes" in plot.alt_text(ax)


def test_plays_with_one_outcome_are_told_apart_by_their_options(contrast):
    ax = plot.waterfall(replace(contrast, second_label=contrast.first_label), "R")
    labels = [t.get_text() for t in ax.get_yticklabels()]
    assert (labels[0], labels[-1]) == ("R talk no truce", "R accept truce")


def test_words_given_axes_and_errors(contrast):
    _, ax = plt.subplots()
    assert plot.waterfall(contrast, "R", ax=ax) is ax
    assert plot.alt_text(ax) == (
        "Payoff of Russia from “Talks, joint sanctions” (0.3878) to “Truce accepted” (0.4062): war or deal −0.0415, sanctions +0.0600."
    )
    with pytest.raises(ValueError, match=r"unknown actor 'Russia'; .*U, R, US, E"):
        plot.waterfall(contrast, "Russia")


def test_what_is_no_contrast_is_refused():
    told = ns.load("istanbul-2025").explain(["talk_now", "talk_no_truce", "no_commit", "cond_sanction"])
    with pytest.raises(ValueError, match=r"got Explanation. Make one with scenario.contrast\("):
        plot.waterfall(told, "U")
