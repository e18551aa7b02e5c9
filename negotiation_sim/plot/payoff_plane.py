"""What a mediator can give two players: the polygon of their payoffs in correlated equilibria, beside Nash equilibria."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon

from negotiation_sim.plot.page import axes_inches, axes_or_new, finish, headline, number, room_below, wrapped
from negotiation_sim.plot.style import INK, PALETTE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from negotiation_sim.games.normal_form import NormalFormGame

__all__ = ["correlated"]

_FEASIBLE = {"facecolor": "#f3f3f3", "edgecolor": "#8c8c8c", "linewidth": 1.0, "linestyle": (0, (4, 3))}
_COARSE = {"facecolor": "#cfdffe", "edgecolor": "#7d9fdc", "linewidth": 1.2, "linestyle": (0, (1, 1))}
_CORRELATED = {"facecolor": PALETTE[0], "edgecolor": INK, "linewidth": 1.4, "linestyle": "solid"}


@runtime_checkable
class _Region(Protocol):
    """What is drawn of a `PayoffRegion`."""

    @property
    def game(self) -> NormalFormGame: ...
    @property
    def players(self) -> tuple[int, int]: ...
    @property
    def coarse(self) -> bool: ...
    @property
    def vertices(self) -> NDArray[np.float64]: ...
    @property
    def feasible(self) -> NDArray[np.float64]: ...


class _Nash(Protocol):
    """What is drawn of `Equilibria`."""

    @property
    def batch_shape(self) -> tuple[int, ...]: ...
    @property
    def payoffs(self) -> NDArray[np.float64]: ...
    @property
    def strategies(self) -> tuple[NDArray[np.float64], ...]: ...
    @property
    def labels(self) -> NDArray[np.int64] | None: ...
    def components(self) -> Any: ...


class _Plan(Protocol):
    """What is drawn of `CorrelatedEquilibria`."""

    @property
    def batch_shape(self) -> tuple[int, ...]: ...
    @property
    def payoffs(self) -> NDArray[np.float64]: ...
    @property
    def solver(self) -> Any: ...


def correlated(
    region: _Region,
    *,
    coarse: _Region | None = None,
    nash: _Nash | None = None,
    optimum: _Plan | None = None,
    names: tuple[str, str] | None = None,
    note: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the payoffs that two players can get in correlated equilibria, and where the Nash equilibria lie.

    Parameters
    ----------
    region : PayoffRegion
        From `payoff_region`: its corners are drawn, and around it the payoffs of all distributions.
    coarse : PayoffRegion, optional
        The larger polygon of coarse correlated equilibria of the same game and players, drawn lighter below.
    nash : Equilibria, optional
        Nash equilibria of the same game: filled circles for pure ones, open ones for mixed ones. In a degenerate game lines join those
        that span a component (as `AllNash` lists them): every point of a line is the payoff of an equilibrium.
    optimum : CorrelatedEquilibria, optional
        A plan for the same game, drawn as a star.
    names : (str, str), optional
        Names of the two players to use on the axes.
    note : str, optional
        A sentence to print below; the game's own by default.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the regions are none, or of different games or players, or what is marked is a batch.

    Examples
    --------
    >>> import negotiation_sim as ns
    >>> chicken = ns.NormalFormGame.from_arrays([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    >>> ax = ns.plot.correlated(ns.payoff_region(chicken), nash=ns.solve(chicken), optimum=ns.solve(chicken, "correlated"))
    >>> print(ns.plot.alt_text(ax))
    Payoffs of player 1 (across) and player 2 (up). Correlated equilibria pay the polygon with corners (2, 7), (3.6, 3.6), (7, 2), (5.25,
    5.25). Nash equilibria pay (2, 7), (7, 2), (4.6667, 4.6667). The plan with the most welfare pays (5.25, 5.25).
    """
    _check(region, coarse)
    first, second = region.players
    who = names or (region.game.players[first], region.game.players[second])
    axes = axes_or_new(ax, 5.2, 4.2)
    width = 4.4 if ax is None else axes_inches(axes)[0]
    words = [f"Payoffs of {who[0]} (across) and {who[1]} (up).", _said(region)]
    handles: list[Artist] = [_area(axes, region.feasible, _FEASIBLE, "feasible payoffs", 1)]
    if coarse is not None:
        handles.append(_area(axes, coarse.vertices, _COARSE, "coarse correlated equilibria", 2))
        words.append(_said(coarse))
    handles.append(_area(axes, region.vertices, _COARSE if region.coarse else _CORRELATED, f"{_kind(region)} equilibria", 3))
    if nash is not None:
        points, pure = _nash_points(nash, region)
        joined = [pair for pair in _component_edges(nash) if not np.array_equal(*points[list(pair)])]
        if joined:
            line: dict[str, Any] = {"color": INK, "linewidth": 2.2, "solid_capstyle": "round"}
            for pair in joined:
                axes.plot(*points[list(pair)].T, zorder=5, clip_on=False, label="_component", **line)
            handles.append(Line2D([], [], label="component of Nash equilibria", **line))
        for flag, label, face in ((True, "Nash equilibrium, pure", INK), (False, "Nash equilibrium, mixed", "white")):
            if (pure == flag).any():
                mark: dict[str, Any] = {
                    "marker": "o",
                    "markersize": 8.0,
                    "markerfacecolor": face,
                    "markeredgecolor": INK,
                    "markeredgewidth": 1.5,
                }
                axes.plot(*points[pure == flag].T, linestyle="none", zorder=6, clip_on=False, label="_nash", **mark)
                handles.append(Line2D([], [], linestyle="none", label=label, **mark))
        words.append(f"Nash equilibria pay {_points(points)}." if len(points) else "No Nash equilibrium is given.")
        if joined:
            words.append("Lines between them are components of equilibria.")
    if optimum is not None:
        if optimum.batch_shape or len(optimum.payoffs) != len(region.game.players):
            raise ValueError(f"optimum must solve the single game of region; got a plan for the batch {optimum.batch_shape}")
        point = optimum.payoffs[[first, second]]
        best = _merit(optimum.solver, region.game.players)
        star: dict[str, Any] = {
            "marker": "*",
            "markersize": 17.0,
            "markerfacecolor": "#fdf0d5",
            "markeredgecolor": INK,
            "markeredgewidth": 1.1,
        }
        axes.plot(*point[:, None], linestyle="none", zorder=5, clip_on=False, label="_optimum", **star)
        handles.append(Line2D([], [], linestyle="none", label=wrapped(best, 40), **star))
        words.append(f"The {best} pays {_points(point[None])}.")
    axes.margins(0.06)
    kinds = _kind(region) if coarse is None or region.coarse else "correlated and coarse correlated"
    axes.set_title(headline("", f"Payoffs in {kinds} equilibria", width), loc="left", fontsize="medium", parse_math=False)
    axes.set_xlabel(wrapped(f"payoff of {who[0]}", 44, 2), parse_math=False)
    axes.set_ylabel(wrapped(f"payoff of {who[1]}", 34, 2), parse_math=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    said = region.game.note if note is None else note
    finish([axes], handles, said, own=ax is None, alt=" ".join(words), below=room_below(axes))
    return axes


def _check(region: _Region, coarse: _Region | None) -> None:
    if not isinstance(region, _Region):
        raise ValueError(f"correlated draws a PayoffRegion; got {type(region).__name__}. Make one with payoff_region(game).")
    if not len(region.vertices):
        raise ValueError("the region has no corner: its search failed, see region.status")
    if coarse is None:
        return
    if not coarse.coarse:
        raise ValueError("coarse must be a PayoffRegion of coarse correlated equilibria: payoff_region(game, coarse=True)")
    if coarse.players != region.players or not np.array_equal(coarse.feasible, region.feasible):
        raise ValueError("coarse must be of the same game and players as region")


def _area(axes: Axes, corners: NDArray[np.float64], look: dict[str, Any], label: str, layer: int) -> Patch:
    """Draw a polygon, or a thick line or a dot where it has shrunk to one; returns what stands for it in the legend."""
    if len(corners) > 2:
        axes.add_patch(Polygon(corners, closed=True, zorder=layer, label=f"_{label}", **look))
        axes.update_datalim(corners)
    else:
        axes.plot(
            *corners.T,
            color=look["facecolor"] if layer > 1 else look["edgecolor"],
            linewidth=5.0,
            marker="s",
            markersize=7.0,
            markeredgecolor=look["edgecolor"],
            zorder=layer,
            label=f"_{label}",
            solid_capstyle="round",
        )
    return Patch(label=label, **look)


def _nash_points(nash: _Nash, region: _Region) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Payoffs of the two players in each equilibrium, and which are pure."""
    if nash.batch_shape or nash.payoffs.shape[1] != len(region.game.players):
        raise ValueError(f"nash must hold the equilibria of the single game of region; got those of the batch {nash.batch_shape}")
    pure = np.ones(len(nash.payoffs), dtype=bool)
    for x in nash.strategies:
        pure &= x.max(axis=1) > 1 - 1e-9
    return nash.payoffs[:, list(region.players)], pure


def _component_edges(nash: _Nash) -> list[tuple[int, int]]:
    """Pairs of extreme equilibria that differ in one player's strategy within one maximal Nash subset.

    Mixing that strategy stays in the subset (Winkels 1979), and payoffs are linear in it: a straight line in the plane.
    """
    if nash.labels is None or np.isnan(nash.payoffs).any() or not nash.labels.any():
        return []
    parts = nash.components()
    pairs = set()
    for c in np.flatnonzero(parts.dimension):
        for subset in parts.subsets(int(c)):
            for k, e in enumerate(subset):
                for f in subset[k + 1 :]:
                    if sum(np.abs(x[e] - x[f]).max() > 1e-9 for x in nash.strategies) == 1:
                        pairs.add((int(e), int(f)))
    return sorted(pairs)


def _merit(solver: Any, players: tuple[str, ...]) -> str:
    """Say what the solver's plan is best at."""
    objective, most = solver.objective, solver.sense == "max"
    if objective == "egalitarian":
        return "plan with the highest least payoff"
    if objective == "welfare":
        return f"plan with the {'most' if most else 'least'} welfare"
    if isinstance(objective, str | int):
        return f"plan that is {'best' if most else 'worst'} for {objective if isinstance(objective, str) else players[objective]}"
    return f"plan that {'maximises' if most else 'minimises'} its objective"


def _kind(region: _Region) -> str:
    return "coarse correlated" if region.coarse else "correlated"


def _said(region: _Region) -> str:
    shape = {1: "the point", 2: "the line between"}.get(len(region.vertices), "the polygon with corners")
    return f"{_kind(region).capitalize()} equilibria pay {shape} {_points(region.vertices)}."


def _points(points: NDArray[np.float64]) -> str:
    return ", ".join(f"({number(float(x))}, {number(float(y))})" for x, y in points)
