"""From one play's payoff to another's, term by term."""

from __future__ import annotations

from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from negotiation_sim._table import decimals
from negotiation_sim.plot.page import MOST_LINES, axes_inches, axes_or_new, drawable, finish, headline, number, room_below, wrapped
from negotiation_sim.plot.reading import unknown
from negotiation_sim.plot.style import INK, PALETTE
from negotiation_sim.scenario.term_contrast import Contrast

__all__ = ["waterfall"]

_UP: dict[str, Any] = {"facecolor": PALETTE[0], "edgecolor": INK, "linewidth": 0.8}
_DOWN: dict[str, Any] = {"facecolor": PALETTE[1], "edgecolor": INK, "linewidth": 0.8, "hatch": "///"}
_TOTAL: dict[str, Any] = {"facecolor": "#cfcfd4", "edgecolor": INK, "linewidth": 0.8}
_BAR = 0.66


def waterfall(contrast: Contrast, actor: str, *, ax: Axes | None = None) -> Axes:
    """Draw how an actor's payoff in one play becomes its payoff in another: a step for each term that changes.

    Read it downward: the payoff in the first play, the terms that raise or lower it, the payoff in the second. Where the changes
    are small beside the payoffs, the axis is cut off and says so, and the two payoffs are lines instead of bars.

    Parameters
    ----------
    contrast : Contrast
        From ``scenario.contrast(first, second)``.
    actor : str
        Key of the actor.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Without it a new figure is made, 6.5 inches wide.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If it is no contrast, or there is no such actor.

    Examples
    --------
    >>> import negotiation_sim as ns
    >>> crisis = ns.load("istanbul-2025")
    >>> truce = {"U": "truce_first", "R": "accept_truce", "US.pressure": "none", "US.stance": "no_commit", "E": "no_commit"}
    >>> ax = ns.plot.waterfall(crisis.contrast({**truce, "U": "talk_now", "R": "talk_no_truce"}, truce), "R")
    >>> print(ns.plot.alt_text(ax))
    Payoff of Russia from “Talks without truce, no sanctions” (0.4528) to “Truce accepted” (0.4112): war or deal −0.0415.
    """
    if not isinstance(contrast, Contrast):
        raise ValueError(
            f"contrast must compare two plays; got {type(contrast).__name__}. Make one with scenario.contrast(first_play, second_play)."
        )
    players = dict(contrast.players)
    if actor not in players:
        raise unknown("actor", actor, players)
    start, end = contrast.totals[list(players).index(actor)]
    scale = max(abs(start), abs(end), *(abs(r.first) + abs(r.second) for r in contrast.rows), 1e-300)
    steps = [(term, change) for term, change in contrast.changes(actor) if abs(change) > 1e-12 * scale]
    levels = [start]
    for _, change in steps:
        levels.append(levels[-1] + change)
    own = ax is None
    count = len(steps) + 2
    axes = axes_or_new(ax, 6.5, 1.1 + 0.42 * count)
    low, high = min(levels), max(levels)
    spread = (high - low) or abs(start) or 1.0
    cut = spread < 0.3 * max(low, -high)  # far from zero for what happens
    places = min(max(decimals([c for _, c in steps] + [start, end], 4), 1), 5)
    left, right = (low, high) if cut else (min(low, 0.0), max(high, 0.0))
    room = 0.16 * ((right - left) or 1.0)  # for the values written beside the bars
    left, right = left - room, right + room
    for row, value in ((0, start), (count - 1, end)):
        if cut:
            axes.vlines(value, row - _BAR / 2, row + _BAR / 2, color=INK, linewidth=3.5, label="_total", zorder=3)
        else:
            bar = Rectangle((min(value, 0), row - _BAR / 2), abs(value), _BAR, label="_total", zorder=2, **_TOTAL)
            axes.add_patch(bar)
        _write(axes, value, row, number(value, places), ahead=value >= 0 or cut, bold=True)
    for k, (_, change) in enumerate(steps, start=1):
        before, after = levels[k - 1], levels[k]
        style = _UP if change > 0 else _DOWN
        axes.add_patch(Rectangle((min(before, after), k - _BAR / 2), abs(change), _BAR, label="_step", zorder=2, **style))
        _write(axes, after, k, _signed(change, places), ahead=change > 0)
    for k, level in enumerate(levels):
        axes.vlines(level, k - _BAR / 2, k + 1 + _BAR / 2, color=INK, linewidth=0.7, linestyle=(0, (2, 2)), zorder=1, label="_link")
    first, second = _plays(contrast)
    width = axes_inches(axes)[0] if not own else 4.6
    names = [wrapped(first, 34, 3), *(wrapped(term.replace("_", " "), 30, 2) for term, _ in steps), wrapped(second, 34, 3)]
    axes.set_yticks(range(count), [drawable(name) for name in names], fontsize="small", parse_math=False)
    for k in (0, count - 1):
        axes.get_yticklabels()[k].set_fontweight("bold")
    axes.set_ylim(count - 0.4, -0.6)
    axes.set_xlim(left, right)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize="small")
    axes.locator_params(axis="x", nbins=7)
    if left < 0 < right:
        axes.axvline(0, color=INK, linewidth=0.9, zorder=0.5, label="_zero")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    measure = f"payoff of {players[actor]}" + (" (axis does not start at 0)" if cut else "")
    axes.set_xlabel(wrapped(measure, int(width * 12.5), MOST_LINES), parse_math=False)
    what = f"what changes for {players[actor]}"
    axes.set_title(
        headline(contrast.title, what if contrast.title else what.capitalize(), width), loc="left", fontsize="medium", parse_math=False
    )
    handles: list[Artist] = []
    if any(c > 0 for _, c in steps):
        handles.append(Patch(label="raises the payoff", **_UP))
    if any(c < 0 for _, c in steps):
        handles.append(Patch(label="lowers the payoff", **_DOWN))
    parts = ", ".join(f"{term.replace('_', ' ')} {_signed(c, places)}" for term, c in steps) or "no term changes"
    words = f"Payoff of {players[actor]} from “{first}” ({number(start, places)}) to “{second}” ({number(end, places)}): {parts}."
    finish([axes], handles, contrast.note, own=own, alt=words.replace("\n", " "), below=room_below(axes))
    return axes


def _signed(value: float, places: int) -> str:
    return ("+" if value > 0 else "") + number(value, places)


def _write(ax: Axes, x: float, y: float, text: str, *, ahead: bool, bold: bool = False) -> None:
    ax.annotate(
        text, (x, y), xytext=(4 if ahead else -4, 0), textcoords="offset points", ha="left" if ahead else "right", va="center",
        fontsize="small", fontweight="bold" if bold else "normal", color=INK, label="_value", zorder=4,
        bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"},
    )  # fmt: skip


def _plays(contrast: Contrast) -> tuple[str, str]:
    """Outcome of each play; with the options that differ where the outcomes have the same label."""
    if contrast.first_label != contrast.second_label:
        return contrast.first_label, contrast.second_label
    other = dict(contrast.second)
    differ = [key for key, option in contrast.first if other.get(key) != option]
    texts = [
        ", ".join(f"{key} {dict(play)[key].replace('_', ' ')}" for key in differ) or contrast.first_label
        for play in (contrast.first, contrast.second)
    ]
    return texts[0], texts[1]
