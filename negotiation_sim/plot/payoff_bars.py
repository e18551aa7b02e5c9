"""Who gets what in each variant: bars of payoffs, one for each equilibrium outcome."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib import pyplot as plt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from negotiation_sim._table import decimals
from negotiation_sim.plot.choices import chosen_actors, chosen_concepts, outcome_order
from negotiation_sim.plot.page import axes_inches, axes_or_new, drawable, finish, headline, number, room_below, text_size, wrapped
from negotiation_sim.plot.style import INK, CaseKey, letter, paint
from negotiation_sim.scenario.comparison import Comparison, OutcomeRow

__all__ = ["payoff_panels", "payoffs"]

_WORDS = {"nash": "Nash equilibria, simultaneous form", "subgame-perfect": "Subgame-perfect paths"}
_BAR = 0.72
_NAME = 30  # characters of a variant's label before it breaks
_ROW = 0.2  # inches
_HEAD = 1.5  # rows that an actor's name takes
_PANEL = 1.75  # inches


@dataclass(frozen=True)
class _Line:
    """One horizontal place of the figure: an outcome of a variant."""

    row: OutcomeRow
    label: str
    place: float
    height: float


def payoffs(
    comparison: Comparison,
    concept: str | None = None,
    *,
    actors: str | Sequence[str] | None = None,
    outcomes: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the payoffs of each variant as bars, grouped by actor so that the variants of one actor stand side by side.

    A variant with several outcomes has a bar for each. Where several equilibria lead to the same outcome, the bar is filled up to
    the payoff nearest to zero, left open over the range between the equilibria, and the range carries a whisker.

    Parameters
    ----------
    comparison : Comparison
        From `Scenario.compare`.
    concept : str, optional
        ``"nash"`` or ``"subgame-perfect"``; the comparison's first by default. They answer two games and never share axes.
    actors : str or sequence of str, optional
        Which actors, by key; all by default.
    outcomes : sequence of str, optional
        Names of all outcomes in another order than the scenario's, which colours and letters go by.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Without it a new figure is made, 6.5 inches wide.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        For what is no comparison; an unknown concept, actor or outcome.

    Examples
    --------
    >>> import negotiation_sim as ns
    >>> crisis = ns.load("istanbul-2025")
    >>> comparison = crisis.compare(["no_threat"])
    >>> ax = ns.plot.payoffs(comparison, "subgame-perfect", outcomes=crisis.outcome_names)
    >>> [label.get_text() for label in ax.get_yticklabels()][:2]
    ['Base case  C', 'No threat  B']
    """
    chosen = chosen_concepts(comparison, None if concept is None else [concept])[0]
    players = chosen_actors(comparison, actors)
    order = outcome_order(comparison, outcomes)
    lines, depth = _lines(comparison, chosen)
    own = ax is None
    axes = axes_or_new(ax, 6.5, 0.9 + _ROW * (depth + _HEAD) * len(players))
    width = 4.2 if own else axes_inches(axes)[0]
    for group, player in enumerate(players):
        top = group * (depth + _HEAD)
        name = wrapped(comparison.player_names[player], 60, 1)
        axes.text(
            0, top - 0.2, name, transform=axes.get_yaxis_transform(), fontweight="bold", va="bottom", ha="left", fontsize="medium",
            parse_math=False, label="_actor",
        )  # fmt: skip
        _bars(axes, lines, player, order, top, depth)
    _frame(axes, lines, players, order, depth, width)
    axes.set_title(headline(comparison.title, _heading(chosen, comparison), width), loc="left", fontsize="medium", parse_math=False)
    axes.set_xlabel("payoff")
    alt = _words(comparison, chosen, lines, players)
    finish([axes], _handles(lines, order), comparison.note, own=own, alt=alt, below=room_below(axes))
    return axes


def payoff_panels(
    comparison: Comparison,
    concepts: str | Sequence[str] | None = None,
    *,
    actors: str | Sequence[str] | None = None,
    outcomes: Sequence[str] | None = None,
) -> Figure:
    """Draw the payoffs with a column for each actor and a row of panels for each concept, the variants down the side.

    Parameters
    ----------
    comparison, actors, outcomes
        As for `payoffs`.
    concepts : str or sequence of str, optional
        Which concepts; all of the comparison's by default, each under its own heading.

    Returns
    -------
    matplotlib.figure.Figure
    """
    chosen = chosen_concepts(comparison, concepts)
    players = chosen_actors(comparison, actors)
    order = outcome_order(comparison, outcomes)
    by_concept = [_lines(comparison, name) for name in chosen]
    heights = [depth + _HEAD for _, depth in by_concept]
    figure = plt.figure(figsize=(2.4 + _PANEL * len(players), 0.9 + _ROW * sum(heights)), layout="constrained")
    grid = figure.subplots(len(chosen), len(players), squeeze=False, sharex="col", gridspec_kw={"height_ratios": heights})
    words = []
    for name, (lines, depth), row in zip(chosen, by_concept, grid, strict=True):
        for k, (player, ax) in enumerate(zip(players, row, strict=True)):
            _bars(ax, lines, player, order, 0, depth)
            _frame(ax, lines, [player], order, depth, _PANEL - 0.3, named=k == 0, headed=False)
            # The last line is empty: it leaves room for the concept's heading, which runs across the columns.
            title = wrapped(comparison.player_names[player], int(_PANEL * 11), 2) + "\n" if name == chosen[0] else " "
            ax.set_title(title, loc="left", fontsize="medium", fontweight="bold", parse_math=False)
            if name == chosen[-1]:
                ax.set_xlabel("payoff", fontsize="small")
        row[0].annotate(
            _heading(name, comparison), (0, 1), xycoords="axes fraction", xytext=(0, 4), textcoords="offset points", fontsize="medium",
            va="bottom", ha="left", annotation_clip=False, label="_heading", in_layout=False,
        )  # fmt: skip
        words.append(_words(comparison, name, lines, players))
    # Both concepts share an actor's scale, so that the one with the wider bars decides.
    for k, player in enumerate(players):
        every = [line for lines, _ in by_concept for line in lines]
        grid[0, k].set_xlim(*_limits(every, [player], _PANEL - 0.3))
    if comparison.title:
        figure.suptitle(wrapped(comparison.title, int(11 * figure.get_figwidth()), 2), fontsize="large", parse_math=False)
    handles = _handles([line for lines, _ in by_concept for line in lines], order)
    finish(list(grid.flat), handles, comparison.note, own=True, alt="\n".join(words))
    return figure


def _heading(concept: str, comparison: Comparison) -> str:
    words = _WORDS.get(concept, concept)
    return words.replace("equilibria", "equilibria in pure strategies") if len(comparison.players) > 2 else words


def _lines(comparison: Comparison, concept: str) -> tuple[list[_Line], float]:
    """Places of the rows of one concept, from 0 downward, and the height of all; a label of several lines gets the room it needs."""
    rows = [row for row in comparison.rows if row.concept == concept]
    forms = {row.form for row in rows}
    lines: list[_Line] = []
    before, place = ("", ""), 0.0
    for row in rows:
        name = row.variant_label + (f" ({row.form.replace('_', ' ')})" if len(forms) > 1 else "")
        label = "" if (row.variant, row.form) == before else wrapped(name, _NAME)
        height = max(1.0, 0.3 + 0.68 * (label.count("\n") + 1))
        lines.append(_Line(row, label, place, height))
        place += height
        before = (row.variant, row.form)
    return lines, place


def _bars(ax: Axes, lines: Sequence[_Line], player: int, order: Sequence[str], top: float, depth: float) -> None:
    places = _places(lines, player)
    for line in lines:
        row, y = line.row, top + line.place + line.height / 2
        low, high = row.payoff_min[player], row.payoff_max[player]
        if line.label:
            ax.axhline(top + line.place, color="#d0d0d0", linewidth=0.6, zorder=0, label="_rule")
        text = _value(row, player, places)
        if math.isnan(low):
            ax.annotate(
                text, (0, y), xytext=(3, 0), textcoords="offset points", fontsize="x-small", style="italic", va="center", label="_missing"
            )
            continue
        style = paint((order.index(row.outcome),))
        sure = 0.0 if low < 0 < high else low if low >= 0 else high
        ax.add_patch(Rectangle((min(sure, 0.0), y - _BAR / 2), abs(sure), _BAR, label="_bar", zorder=2, **style))
        if _ranges(low, high):
            edge = {"facecolor": "white", "edgecolor": style["facecolor"], "linewidth": 1.2}
            ax.add_patch(Rectangle((low, y - _BAR / 2), high - low, _BAR, zorder=2, label="_range", **edge))
            ax.add_line(Line2D([low, high], [y, y], color=INK, linewidth=1.1, marker="|", markersize=5, zorder=3, label="_whisker"))
        end = (max(high, 0.0), y)
        ax.annotate(
            text, end, xytext=(3, 0), textcoords="offset points", fontsize="x-small", va="center", ha="left", color=INK, label="_value"
        )
    ax.vlines(0, top, top + depth, color=INK, linewidth=0.9, zorder=4, label="_zero")


def _places(lines: Sequence[_Line], player: int) -> int:
    ends = [v for line in lines for v in (line.row.payoff_min[player], line.row.payoff_max[player]) if math.isfinite(v)]
    return min(decimals(ends, 3), 4)


def _ranges(low: float, high: float) -> bool:
    return high - low > 1e-12 * max(abs(low), abs(high))


def _value(row: OutcomeRow, player: int, places: int) -> str:
    low, high = row.payoff_min[player], row.payoff_max[player]
    if math.isnan(low):
        return "not solved" if row.status != "OK" else "no equilibrium"
    return f"{number(low, places)} to {number(high, places)}" if _ranges(low, high) else number(low, places)


def _limits(lines: Sequence[_Line], players: Sequence[int], width: float) -> tuple[float, float]:
    """Limits of the payoff axis that leave room for the values written behind the bars, on axes of ``width`` inches."""
    low = min([0.0, *(line.row.payoff_min[p] for line in lines for p in players if math.isfinite(line.row.payoff_min[p]))])
    ends = []
    for player in players:
        places = _places(lines, player)
        for line in lines:
            high = line.row.payoff_max[player]
            share = (len(_value(line.row, player, places)) * 0.62 * text_size("x-small") + 8) / 72 / width
            ends.append((0.0 if math.isnan(high) else max(high, 0.0), min(share, 0.7)))
    left = low
    # A value that ends at e and takes the share s of the axis fits if right - e >= s * (right - left).
    right = max(((end - share * left) / (1 - share) for end, share in ends), default=0.0)
    size = (right - left) or 1.0
    return left - 0.02 * size, left + size


def _frame(
    ax: Axes,
    lines: Sequence[_Line],
    players: Sequence[int],
    order: Sequence[str],
    depth: float,
    width: float,
    *,
    named: bool = True,
    headed: bool = True,
) -> None:
    ax.set_xlim(*_limits(lines, players, width))
    ax.set_ylim((depth + _HEAD) * len(players) - _HEAD + 0.15, -_HEAD + 0.3 if headed else -0.15)
    ticks, names = [], []
    for group in range(len(players)):
        for line in lines:
            ticks.append(group * (depth + _HEAD) + line.place + line.height / 2)
            label = drawable(line.label)
            names.append(f"{label}  {letter(order.index(line.row.outcome))}" if line.row.outcome else label)
    ax.set_yticks(ticks, names if named else [""] * len(names), fontsize="small", parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", labelsize="small")
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.locator_params(axis="x", nbins=max(4, int(width * 1.8)))


def _handles(lines: Sequence[_Line], order: Sequence[str]) -> list[Artist]:
    labels = {line.row.outcome: line.row.outcome_label for line in lines if line.row.outcome}
    handles: list[Artist] = [CaseKey((k,), wrapped(f"{letter(k)}: {labels[name]}", 60)) for k, name in enumerate(order) if name in labels]
    if any(low < high - 1e-12 for line in lines for low, high in zip(line.row.payoff_min, line.row.payoff_max, strict=True)):
        handles.append(Patch(facecolor="white", edgecolor=INK, label="range over several equilibria"))
    return handles


def _words(comparison: Comparison, concept: str, lines: Sequence[_Line], players: Sequence[int]) -> str:
    said = []
    for line in lines:
        row = line.row
        if not row.outcome:
            said.append(f"{row.variant_label}: {row.outcome_label.rstrip('.')}")
            continue
        parts = []
        for p in players:
            low, high = number(round(row.payoff_min[p], 5)), number(round(row.payoff_max[p], 5))
            parts.append(f"{comparison.player_names[p]} {low}" + (f" to {high}" if high != low else ""))
        said.append(f"{row.variant_label}, {row.outcome_label}: {', '.join(parts)}")
    return f"Bars of payoffs, {_WORDS.get(concept, concept)}. {'. '.join(said)}."
