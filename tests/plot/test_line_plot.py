import numpy as np
import pytest
from matplotlib import pyplot as plt

import negotiation_sim as ns
from negotiation_sim import plot

AT = {"tau_US": 0.03}


def by_label(ax, start):
    return {line.get_label(): line for line in ax.lines if line.get_label().startswith(start)}


def jumps(ax):
    return [float(line.get_xdata()[0]) for line in ax.lines if line.get_label() == "_jump"]


def names(ax):
    return [t.get_text().replace("\n", " ") for t in ax.texts if t.get_label() == "_stretch"]


def legend_texts(ax):
    return [t.get_text() for t in ax.get_figure(root=True).legends[0].get_texts()]


def test_lines_break_and_jumps_are_marked_where_the_outcomes_change(crisis):
    ax = plot.lines(crisis, "payoff", "a_US", concept="nash", fixed=AT)
    points = crisis.a_US.values
    last = points[points < 0.03 - 0.2 * 0.03].max()
    after = points[points > last].min()
    assert jumps(ax) == [pytest.approx((last + after) / 2)]
    low = by_label(ax, "_low")["_low Ukraine"]
    gap = np.flatnonzero(np.isnan(low.get_ydata()))
    assert low.get_xdata()[gap[0] - 1] == last
    assert low.get_xdata()[gap[0] + 1] == after
    assert names(ax) == ["Truce accepted or Talks, Europe sanctions alone", "Truce accepted"]


def test_a_band_shows_the_range_over_several_equilibria(crisis):
    ax = plot.lines(crisis, "payoff", "a_US", concept="nash", fixed=AT)
    data = crisis.sel(concept="nash", player="R").sel(tau_US=0.03, method="nearest")
    high, low = by_label(ax, "_high")["_high Russia"], by_label(ax, "_low")["_low Russia"]
    known = ~np.isnan(high.get_ydata())
    assert high.get_ydata()[known].tolist() == data.payoff_max.values.tolist()
    assert low.get_ydata()[known].tolist() == data.payoff_min.values.tolist()
    assert len(ax.collections) == 4
    assert legend_texts(ax)[:5] == ["Ukraine", "Russia", "United States", "Europe", "range over several equilibria"]
    assert legend_texts(ax)[5:] == ["Base case (a_US = 0.004; between the points of the sweep)"]


def test_points_not_solved_and_without_equilibrium_leave_gaps(crisis):
    ax = plot.lines(crisis, "payoff", "a_US", concept="subgame-perfect", player="R", fixed={"tau_US": 0.0867})
    line = by_label(ax, "_low")["_low Russia"]
    known = line.get_xdata()[~np.isnan(line.get_ydata())]
    assert known.min() > 0.0085  # no equilibrium before
    assert known.max() <= 0.035  # not solved behind
    assert names(ax) == ["no equilibrium", "Truce accepted", "not solved"]
    assert list(by_label(ax, "_low")) == ["_low Russia"]
    assert "_high Russia" not in by_label(ax, "_high")


def test_count_has_one_line_and_whole_ticks(crisis):
    ax = plot.lines(crisis, "count", "tau_US", concept="nash", fixed={"a_US": 0.0})
    ax.get_figure(root=True).canvas.draw()
    assert all(float(t).is_integer() for t in ax.get_yticks())
    assert ax.get_ylabel() == "number of equilibria"
    assert len(by_label(ax, "_low")) == 1


def test_players_are_told_apart_without_colour(crisis):
    ax = plot.lines(crisis, "payoff_min", "a_US", concept="nash", fixed=AT)
    handles = ax.get_figure(root=True).legends[0].legend_handles[:4]
    assert len({str(h._dash_pattern) for h in handles}) == 4


def test_an_output_for_each_outcome(crisis):
    margin = crisis["supported"].where(crisis["supported"]).astype(float)
    ax = plot.lines(crisis.assign(margin=margin), "margin", "a_US", concept="nash", fixed=AT)
    assert set(by_label(ax, "_low")) == {"_low Truce accepted", "_low Talks, Europe sanctions alone"}
    one = plot.lines(crisis.assign(margin=margin), "margin", "a_US", concept="nash", fixed=AT, outcome="fight")
    assert set(by_label(one, "_low")) == {"_low War goes on"}


def test_narrow_stretches_take_letters_that_the_legend_explains(dataset):
    rules = [lambda x: x < 0.1, lambda x: (x >= 0.1) & (x < 0.2), lambda x: x >= 0.2]
    long = {k: f"A rather long name for outcome {k}" for k in "abc"}
    ax = plot.lines(dataset({"x": np.linspace(0, 1, 101)}, {"nash": rules}, long, bases={}), "count", "x")
    assert names(ax) == ["A", "B", "C"]
    assert [t.replace("\n", " ") for t in legend_texts(ax)] == list(long.values())


def test_a_stretch_of_one_point_is_a_dot(dataset):
    rules = [lambda x: x != 2, lambda x: x == 2]
    ax = plot.lines(dataset({"x": np.arange(5.0)}, {"nash": rules}, {"a": "A", "b": "B"}, bases={}), "count", "x")
    (dot,) = [line for line in ax.lines if line.get_label() == "_alone"]
    assert dot.get_xdata().tolist() == [2.0]
    assert jumps(ax) == [1.5, 2.5]


def test_descending_and_single_points(dataset):
    rules = [lambda x: x < 2, lambda x: x >= 2]
    falling = plot.lines(dataset({"x": np.arange(5.0)[::-1]}, {"nash": rules}, {"a": "A", "b": "B"}, bases={}), "count", "x")
    assert jumps(falling) == [1.5]
    alone = plot.lines(dataset({"x": np.array([1.0])}, {"nash": rules}, {"a": "A", "b": "B"}, bases={}), "count", "x")
    assert jumps(alone) == []


def test_words(crisis):
    ax = plot.lines(crisis, "payoff", "a_US", concept="nash", fixed=AT)
    assert "Outcomes: Truce accepted or Talks, Europe sanctions alone; from a_US = 0.02" in plot.alt_text(ax)


def test_given_axes(crisis):
    _, ax = plt.subplots()
    assert plot.lines(crisis, "count", "a_US", concept="nash", ax=ax) is ax


@pytest.mark.parametrize(
    ("y", "options", "message"),
    [
        ("payof", {}, "unknown output for y 'payof'; did you mean 'payoff'"),
        ("payoff", {"player": "Rus"}, "unknown player 'Rus'; .*R, US"),
        ("count", {"player": "R"}, "count has no value for each player"),
        ("payoff", {"fixed": {"tau": 0.1}}, "unknown parameter in fixed 'tau'"),
    ],
)
def test_errors(crisis, y, options, message):
    with pytest.raises(ValueError, match=message):
        plot.lines(crisis, y, "a_US", concept="nash", **options)
    with pytest.raises(ValueError, match="must hold the variable 'payoff_min'"):
        plot.lines(crisis.drop_vars("payoff_min"), "payoff", "a_US", concept="nash")


def test_a_base_case_on_a_point_is_just_the_base_case(crisis):
    result = crisis.assign_coords(a_US=crisis.a_US.assign_attrs(base=0.005), tau_US=crisis.tau_US.assign_attrs(base=0.03))
    assert "Base case (a_US = 0.005)" in legend_texts(plot.lines(result, "count", "a_US", concept="nash"))


@pytest.mark.parametrize(("y", "word"), [("payoff", "payoffs"), ("payoff_max", "payoffs"), ("regret_max", "regret"), ("margin", "margin")])
def test_the_advice_for_what_was_not_kept_names_what_keep_takes(y, word):
    result = ns.sweep(ns.load("istanbul-2025"), ns.grid(rho=[0.0, 0.05]), solvers=["nash"], keep=())
    with pytest.raises(ValueError, match=rf"keep=\(\.\.\., '{word}'\)"):
        plot.lines(result, y, "rho")
    again = ns.sweep(ns.load("istanbul-2025"), ns.grid(rho=[0.0, 0.05]), solvers=["nash"], keep=(word,))
    plot.lines(again, y, "rho")


def test_probabilities_need_no_letters_and_no_empty_lines():
    def hunt(safe):
        return [[[4, 0], [safe, safe]], [[4, safe], [0, safe]]]

    family = ns.GameFamily(hunt, {"safe": 2.0}, ["A", "B"], [["stag", "hare"]] * 2)
    result = ns.sweep(family, ns.grid(safe=ns.span(0.5, 3.5, 5)), solvers=[ns.BestReplyDynamics(), ns.LogitQRE(1)])
    ax = ns.plot.lines(result, x="safe", y="probability", concept="best-reply dynamics")
    assert sorted(t.get_text() for t in ax.figure.legends[0].get_texts() if "+" in t.get_text()) == ["hare+hare", "stag+stag"]
    assert not [t for t in ax.texts if t.get_text()]
    every = ns.plot.lines(result, x="safe", y="probability", concept="logit")
    assert sum("+" in t.get_text() for t in every.figure.legends[0].get_texts()) == 4
