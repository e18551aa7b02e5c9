"""Branches of quantal response equilibria: probability against precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from negotiation_sim._arguments import each_of
from negotiation_sim.plot.page import axes_inches, axes_or_new, finish, headline, number, room_below, wrapped
from negotiation_sim.plot.reading import unknown
from negotiation_sim.plot.style import INK, colour

__all__ = ["qre"]

Array = NDArray[np.float64]

_MARKERS = "osD^vPX*"
_EVEN = 0.005  # the axis starts where probabilities have moved by this much from even play
_MOST = 12


@runtime_checkable
class Branch(Protocol):
    """What is drawn: `LogitBranch` has it."""

    @property
    def players(self) -> tuple[str, ...]: ...
    @property
    def actions(self) -> tuple[tuple[str, ...], ...]: ...
    @property
    def note(self) -> str: ...
    @property
    def precision(self) -> Array: ...
    @property
    def strategies(self) -> tuple[Array, ...]: ...
    @property
    def principal(self) -> bool: ...
    @property
    def whole(self) -> bool: ...
    @property
    def limit(self) -> tuple[Array, ...] | None: ...
    @property
    def folds(self) -> Array: ...


@dataclass(frozen=True)
class _Line:
    player: int
    action: int
    label: str
    index: int


def qre(path: Branch, others: Sequence[Branch] = (), *, player: str | Sequence[str] | None = None, ax: Axes | None = None) -> Axes:
    """Draw the probability of each action against precision, on a logarithmic axis.

    The principal branch is solid, other branches are dashed; what the principal branch tends to as precision grows is marked at the right
    edge. Of a player with two actions only the second is drawn: the first has the rest.

    Parameters
    ----------
    path : LogitBranch
        From ``LogitQRE().path(game)``.
    others : sequence of LogitBranch, optional
        Other branches of the same game, from ``LogitQRE(precision, start=...).path(game)``.
    player : str or sequence of str, optional
        Which players to draw; all by default.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Without it a new figure is made, 6.5 inches wide.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If something else than branches of one game is given, a player is unknown, or there are more than 12 lines to draw.

    Examples
    --------
    >>> import negotiation_sim as ns
    >>> pennies = ns.NormalFormGame.from_arrays([[9, 0], [0, 1]], [[0, 1], [1, 0]])
    >>> ax = ns.plot.qre(ns.LogitQRE().path(pennies, up_to=100))
    >>> print(ns.plot.alt_text(ax))
    Logit quantal responses: probability of actions over precision from 0.005627 to 100, on a logarithmic axis. Principal branch, without
    folds: player 1 2 from 0.4944 to 0.489, limit 0.5; player 2 2 from 0.5 to 0.9, limit 0.9.
    """
    given: list[object] = [path, *others]
    for k, branch in enumerate(given):
        if not isinstance(branch, Branch):
            where = "path" if k == 0 else f"others[{k - 1}]"
            raise ValueError(f"{where} must be a branch, LogitQRE().path(game); got {type(branch).__name__}")
        if branch.actions != path.actions or branch.players != path.players:
            raise ValueError(f"others must be branches of the same game; others[{k - 1}] has other players or actions")
    lines = _lines(path, player)
    own = ax is None
    axes = axes_or_new(ax, 6.5, 3.9)
    width, height = (5.6, 3.3) if own else axes_inches(axes)
    first, last = _ends(path, others)
    inner: list[Branch] = [*others, path]
    for one in lines:
        for branch in inner:
            _draw(axes, one, branch, first, len(lines))
        if path.principal and path.limit is not None:
            size = 11 - 5 * one.index / max(len(lines) - 1, 1)  # of marks that coincide, each remains to be seen
            mark = Line2D([last], [path.limit[one.player][one.action]], linestyle="none", marker=_MARKERS[one.index % 8], markersize=size)
            mark.set(
                markerfacecolor="none", markeredgecolor=colour(one.index), markeredgewidth=1.8, clip_on=False, zorder=5, label="_limit"
            )
            axes.add_line(mark)
    axes.set_xscale("log")
    axes.set_xlim(first, last)
    axes.set_ylim(-0.03, 1.03)
    title = headline("", f"Logit quantal responses{_kept(path)}", width)
    axes.set_title(title, loc="left", fontsize="medium", parse_math=False)
    axes.set_xlabel("precision, per unit of payoff")
    axes.set_ylabel(wrapped("probability", int(height * 12.5)))
    axes.tick_params(labelsize="small")
    handles: list[Artist] = [
        Line2D([], [], color=colour(one.index), linewidth=1.8, marker=_MARKERS[one.index % 8], markersize=5, label=wrapped(one.label, 60))
        for one in lines
    ]
    if any(not branch.principal for branch in inner):
        if any(branch.principal for branch in inner):
            handles.append(Line2D([], [], color=INK, linewidth=1.4, label="principal branch"))
        handles.append(Line2D([], [], color=INK, linewidth=1.4, dashes=(4, 2), label="other branches"))
    if path.principal and path.limit is not None:
        sign = Line2D([], [], linestyle="none", marker="o", markersize=7, markerfacecolor="white", markeredgecolor=INK, markeredgewidth=1.5)
        sign.set_label("limit: a Nash equilibrium")
        handles.append(sign)
    finish([axes], handles, path.note, own=own, alt=_words(path, others, lines, first, last), below=room_below(axes))
    return axes


def _kept(path: Branch) -> str:
    return "" if path.whole else f", followed to precision {number(float(path.precision[-1]))} only"


def _lines(path: Branch, player: str | Sequence[str] | None) -> list[_Line]:
    wanted = "player must be a name, or a list of names"
    chosen = list(path.players) if player is None else [player] if isinstance(player, str) else each_of(player, wanted)
    if not chosen:
        raise ValueError(f"{wanted}, at least one; got {player!r}. Leave it out to draw all players.")
    for name in chosen:
        if name not in path.players:
            raise unknown("player", name, list(path.players))
    found: list[_Line] = []
    for i, (name, actions) in enumerate(zip(path.players, path.actions, strict=True)):
        if name in chosen:
            for a in range(1 if len(actions) == 2 else 0, len(actions)):
                found.append(_Line(i, a, f"{name}: {actions[a].replace('_', ' ')}", len(found)))
    if len(found) > _MOST:
        raise ValueError(f"a figure shows at most {_MOST} lines; got {len(found)}. Choose players: player={path.players[0]!r}.")
    return found


def _ends(path: Branch, others: Sequence[Branch]) -> tuple[float, float]:
    """Ends of the axis."""
    last = max(float(branch.precision.max()) for branch in [path, *others])
    positive = path.precision[path.precision > 0]
    moved = np.max([np.abs(p - p[0]).max(axis=1) for p in path.strategies], axis=0)
    started = path.precision[(moved > _EVEN) & (path.precision > 0)] if path.principal else positive
    first = float(started[0] if path.principal and len(started) else positive.min())
    for branch in others:  # one that comes near even play says no more there than the principal branch
        uneven = np.max([np.abs(p - 1 / p.shape[1]).max(axis=1) for p in branch.strategies], axis=0) > _EVEN
        first = min([first, *branch.precision[uneven & (branch.precision > 0)].tolist()])
    return (first, last) if first < last else (last / 10, last)


def _draw(axes: Axes, one: _Line, branch: Branch, first: float, count: int) -> None:
    shown = np.flatnonzero(branch.precision >= first * 0.5)
    x, y = branch.precision[shown], branch.strategies[one.player][shown, one.action]
    spread = np.linspace(0.08, 0.92, 5) + 0.1 * one.index / max(count, 1) - 0.05
    at = np.searchsorted(_along(x, y), spread).clip(0, len(x) - 1).tolist()
    axes.plot(
        x,
        y,
        color=colour(one.index),
        linewidth=2.6 - 1.1 * one.index / max(count - 1, 1),  # of lines that coincide, too
        dashes=() if branch.principal else (4, 2),
        marker=_MARKERS[one.index % 8],
        markersize=4.5,
        markevery=sorted(set(at)),
        zorder=3 + 0.01 * one.index,
        label=f"_{'principal' if branch.principal else 'other'} {one.label}",
    )


def _along(x: Array, y: Array) -> Array:
    """Share of the way along a curve as it is seen: marks at equal distances."""
    step = np.hypot(np.diff(np.log(x)) / max(np.ptp(np.log(x)), 1e-9), np.diff(y))
    way = np.concatenate([[0.0], np.cumsum(step)])
    out: Array = way / max(way[-1], 1e-9)
    return out


def _words(path: Branch, others: Sequence[Branch], lines: Sequence[_Line], first: float, last: float) -> str:
    kind = "Principal branch" if path.principal else "Branch"
    folds = f"with folds at {', '.join(number(float(f)) for f in path.folds)}" if len(path.folds) else "without folds"
    shown = np.flatnonzero(path.precision >= first)
    parts = []
    for one in lines:
        p = path.strategies[one.player][:, one.action]
        text = f"{one.label.replace(': ', ' ')} from {p[shown[0]]:.4g} to {p[-1]:.4g}"
        parts.append(text + (f", limit {path.limit[one.player][one.action]:.4g}" if path.limit is not None else ""))
    more = f" {len(others)} other branch{'es' if len(others) > 1 else ''} dashed." if others else ""
    return (
        f"Logit quantal responses: probability of actions over precision from {first:.4g} to {last:.4g}, on a logarithmic axis. "
        f"{kind}, {folds}: {'; '.join(parts)}.{more}"
    )
