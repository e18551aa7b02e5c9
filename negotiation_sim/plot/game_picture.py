"""A two-player game as a picture of its bimatrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from negotiation_sim.games.bimatrix_cells import NOT_JUDGED, best_replies, payoff_texts
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.plot.fitting import fitted, text_inches
from negotiation_sim.plot.page import axes_inches, axes_or_new, drawable, finish, text_size, wrapped
from negotiation_sim.plot.style import INK, PALETTE

__all__ = ["game"]

_MOST = 12
_PAGE = 6.5
"""Inches: a figure wider than this does not fit a page."""


def game(
    game: NormalFormGame, *, labels: tuple[dict[str, str], dict[str, str]] | None = None, note: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw a two-player game as its bimatrix, with best replies circled and pure equilibria boxed.

    The row player's payoff stands at the lower left of a cell, the column player's at the upper right. A game with a payoff that is not
    finite gets no marks, and the legend says so.

    Parameters
    ----------
    game : NormalFormGame
        A single game of two players with at most 12 actions each.
    labels : (dict, dict), optional
        For each player, labels of actions to use instead of their names.
    note : str, optional
        A sentence to print below; the game's own by default.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Without it a new figure is made, at most 6.5 inches wide if the numbers allow.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the game is a batch, has not two players, or has more than 12 actions a player.

    Examples
    --------
    >>> import negotiation_sim as ns
    >>> ax = ns.plot.game(ns.NormalFormGame.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]]))
    >>> print(ns.plot.alt_text(ax))
    Bimatrix of player 1 (rows: 1, 2) and player 2 (columns: 1, 2). Pure Nash equilibria: (1, 1) with payoffs 2 and 1; (2, 2) with
    payoffs 1 and 2.
    """
    if not isinstance(game, NormalFormGame):
        raise ValueError(f"game expected a NormalFormGame; got {type(game).__name__}. Make one with NormalFormGame.from_arrays(A, B).")
    best = best_replies(game)
    if max(game.shape) > _MOST:
        raise ValueError(f"a picture shows at most {_MOST} actions a player; got {game.shape}. Print bimatrix_table(game) instead.")
    texts = payoff_texts(game)
    rows, columns = game.shape
    longest = max(len(t) for text in texts for row in text for t in row)
    names = [[(labels[p] if labels else {}).get(a, a.replace("_", " ")) for a in game.actions[p]] for p in (0, 1)]
    own = ax is None
    down, down_size = fitted(names[0], 2.0, 4, text_size())
    beside = max(text_inches(name, down_size) for name in down) + 0.7
    ems = 0.0133 * longest + 0.0375  # width of a cell in inches, for payoffs of one point
    if own:
        size, cell = _room(names[1], columns, ems, beside)
        across, across_size = fitted(names[1], cell - 0.12, 4, text_size())
        extra = max(name.count("\n") for name in across) * across_size * 1.25 / 72
        axes = axes_or_new(None, max(cell * columns + beside, 4.0), 0.68 * rows + 1.0 + extra)
    else:
        axes = axes_or_new(ax, 0.0, 0.0)
        cell = axes_inches(axes)[0] / columns
        size = min(text_size("large"), max(text_size("x-small"), cell * 72 / (1.3 * longest + 3)))
        across, across_size = fitted(names[1], cell - 0.06, 4, text_size())
    inset = max(
        0.28, (0.56 * text_inches("0" * longest, size) + 0.22 * size / 72 + 0.08) / cell
    )  # bold letters are wider, and a frame is around
    axes.set_xlim(0, columns)
    axes.set_ylim(rows, 0)
    for r in range(rows):
        for c in range(columns):
            both = best[0][r, c] and best[1][r, c]
            if both:
                box = Rectangle((c + 0.03, r + 0.05), 0.94, 0.90, facecolor="#fdf0d5", edgecolor=INK, linewidth=2.2, zorder=1)
                box.set_label("_equilibrium")
                axes.add_patch(box)
            for player, (x, y) in enumerate(((inset, 0.70), (1 - inset, 0.30))):
                mine = bool(best[player][r, c])
                frame = {
                    "boxstyle": "round,pad=0.22,rounding_size=0.5",
                    "facecolor": "white",
                    "edgecolor": PALETTE[player],
                    "linewidth": 1.6,
                }
                text = axes.text(c + x, r + y, texts[player][r][c].replace("-", "−"), ha="center", va="center", fontsize=size, color=INK)
                text.set(fontweight="bold" if mine else "normal", zorder=3, label="_best reply" if mine else "_payoff")
                if mine:
                    text.set_bbox(frame)
    grid = [[(0, r), (columns, r)] for r in range(rows + 1)] + [[(c, 0), (c, rows)] for c in range(columns + 1)]
    axes.add_collection(LineCollection(grid, colors=INK, linewidths=0.8, clip_on=False, zorder=0.5), autolim=False)
    axes.set_xticks(np.arange(columns) + 0.5, [drawable(name) for name in across], fontsize=across_size, parse_math=False)
    axes.set_yticks(np.arange(rows) + 0.5, [drawable(name) for name in down], fontsize=down_size, parse_math=False)
    axes.xaxis.set_ticks_position("top")
    axes.xaxis.set_label_position("top")
    axes.set_xlabel(wrapped(game.players[1], 40, 2), color=INK, fontweight="bold", parse_math=False)
    axes.set_ylabel(wrapped(game.players[0], 30, 2), color=INK, fontweight="bold", parse_math=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    pure = np.argwhere(best[0] & best[1])
    who = f"Bimatrix of {game.players[0]} (rows: {', '.join(names[0])}) and {game.players[1]} (columns: {', '.join(names[1])})."
    if game.finite.all():
        found = "; ".join(f"({names[0][r]}, {names[1][c]}) with payoffs {texts[0][r][c]} and {texts[1][r][c]}" for r, c in pure) or "none"
        words = f"{who} Pure Nash equilibria: {found}."
    else:
        words = f"{who} {NOT_JUDGED[:1].upper()}{NOT_JUDGED[1:]}."
    handles = _handles(game, any_pure=bool(len(pure)))
    finish([axes], handles, game.note if note is None else note, own=own, alt=words, below=0.1)
    return axes


def _room(names: Sequence[str], columns: int, ems: float, beside: float) -> tuple[float, float]:
    """Size of the payoffs in points and width of a cell in inches, so that the figure is no wider than a page if that can be."""
    fair = (_PAGE - beside) / columns
    size = min(text_size("large"), max(text_size(), fair / ems))
    words = max(text_inches(word, text_size()) for name in names for word in (name.split() or [""]))
    wanted = max(words, max(text_inches(name, text_size()) for name in names) / 2.5) + 0.15  # of a long name, three lines
    return size, max(1.1, ems * size, min(wanted, fair))


def _handles(game: NormalFormGame, *, any_pure: bool) -> list[Artist]:
    """Legend entries for what the picture marks."""
    if not game.finite.all():
        return [Line2D([], [], linestyle="none", label=NOT_JUDGED)]
    handles: list[Artist] = [
        Patch(facecolor="white", edgecolor=PALETTE[p], linewidth=1.6, label=wrapped(f"best reply of {game.players[p]} ({where})", 60))
        for p, where in enumerate(("lower left", "upper right"))
    ]
    if any_pure:
        return [*handles, Patch(facecolor="#fdf0d5", edgecolor=INK, linewidth=2.2, label="pure Nash equilibrium")]
    return [*handles, Line2D([], [], linestyle="none", label="no pure Nash equilibrium")]
