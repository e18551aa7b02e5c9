import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from negotiation_sim import plot


def boxes(ax, label):
    return [p for p in ax.patches if isinstance(p, Rectangle) and p.get_label() == label]


def words(ax, label):
    return [t.get_text() for t in ax.texts if t.get_label() == label]


def ticks(ax):
    return [t.get_text() for t in ax.get_yticklabels()]


def legend_texts(ax):
    return [t.get_text() for t in ax.get_figure(root=True).legends[0].get_texts()]


def test_one_bar_for_each_outcome_of_each_variant_and_actor(comparison):
    ax = plot.payoffs(comparison)
    assert words(ax, "_actor") == ["Ukraine", "Russia", "United States", "Europe"]
    assert len(boxes(ax, "_bar")) == 4 * 4
    assert ticks(ax)[:4] == ["Base case  A", "  B", "Credible joint threat  A", "No threat  B"]
    assert words(ax, "_value")[:2] == ["0.361", "0.274"]
    assert words(ax, "_missing") == ["no equilibrium"] * 4
    assert boxes(ax, "_bar")[0].get_width() == pytest.approx(0.36125)
    assert ax.get_title(loc="left") == "Istanbul, May 2025\nNash equilibria in pure strategies, simultaneous form"


def test_ranges_are_open_bars_with_whiskers(comparison):
    ax = plot.payoffs(comparison, actors=["U"])
    (box,) = boxes(ax, "_range")
    assert (box.get_x(), box.get_width()) == (pytest.approx(0.27375), pytest.approx(0.02))
    (whisker,) = [line for line in ax.lines if line.get_label() == "_whisker"]
    assert list(whisker.get_xdata()) == pytest.approx([0.27375, 0.29375])
    assert "0.274 to 0.294" in words(ax, "_value")
    assert "range over several equilibria" in legend_texts(ax)


def test_a_range_across_zero_has_no_filled_part_and_negative_bars_go_left(comparison):
    ax = plot.payoffs(comparison, "subgame-perfect", actors=["U", "US"])
    widths = [b.get_width() for b in boxes(ax, "_bar")]
    assert widths[2] == 0.0  # Ukraine, from -0.05 to 0.02
    third = boxes(ax, "_bar")[6]  # United States, from -0.02 to -0.01
    assert (third.get_x(), third.get_width()) == (pytest.approx(-0.01), pytest.approx(0.01))
    assert ax.get_xlim()[0] < -0.05
    assert "−0.050 to 0.020" in words(ax, "_value")


def test_forms_are_named_where_they_differ(comparison):
    assert "Truce first (truce first)  A" in ticks(plot.payoffs(comparison, "subgame-perfect"))


def test_colours_follow_the_order_of_the_outcomes(comparison):
    ax = plot.payoffs(comparison, outcomes=["truce", "talks_none", "talks_E"])
    assert [to_hex(b.get_facecolor()) for b in boxes(ax, "_bar")[:2]] == [plot.PALETTE[0], plot.PALETTE[2]]
    assert legend_texts(ax)[:2] == ["A: Truce accepted", "C: Talks, Europe sanctions alone"]
    with pytest.raises(ValueError, match=r"talks_E missing. Use scenario.outcome_names"):
        plot.payoffs(comparison, outcomes=["truce"])


def test_values_stay_inside_the_axes(comparison):
    ax = plot.payoffs(comparison)
    figure = ax.get_figure(root=True)
    figure.canvas.draw()
    right = ax.get_window_extent().x1
    assert all(t.get_window_extent().x1 <= right + 2 for t in ax.texts if t.get_label() == "_value")


def test_panels_have_a_column_for_each_actor_and_a_row_for_each_concept(comparison):
    figure = plot.payoff_panels(comparison)
    assert len(figure.axes) == 8
    headings = [t for ax in figure.axes for t in words(ax, "_heading")]
    assert headings == ["Nash equilibria in pure strategies, simultaneous form", "Subgame-perfect paths"]
    figure.canvas.draw()
    for upper, lower in zip(figure.axes[:4], figure.axes[4:], strict=True):
        assert upper.get_xlim() == lower.get_xlim()
    tops = {round(ax.get_position().y1, 6) for ax in figure.axes[:4]}
    assert len(tops) == 1
    assert "Bars of payoffs, Nash" in plot.alt_text(figure)
    assert len(plot.payoff_panels(comparison, ["nash"], actors=["R"]).axes) == 1


def test_given_axes_and_errors(comparison):
    _, ax = plt.subplots()
    assert plot.payoffs(comparison, ax=ax) is ax
    with pytest.raises(ValueError, match="unknown concept 'nsh'; did you mean 'nash'"):
        plot.payoffs(comparison, "nsh")
    with pytest.raises(ValueError, match="unknown actor 'Rus'"):
        plot.payoffs(comparison, actors=["Rus"])


def test_words_of_a_variant_without_equilibrium(comparison):
    text = plot.alt_text(plot.payoffs(comparison))
    assert "Base case, Truce accepted: Ukraine 0.36125, Russia 0.41125" in text
    assert "No equilibrium in pure strategies" in text


def test_what_is_no_comparison_is_refused(crisis, comparison):
    for draw in (plot.payoffs, plot.payoff_panels):
        with pytest.raises(ValueError, match=r"comparison must be what scenario.compare\(\) returns; got Dataset"):
            draw(crisis)
    assert len(plot.payoff_panels(comparison, "nash", actors="U").axes) == 1
