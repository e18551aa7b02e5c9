"""Maps of the outcomes that equilibria support, over two parameters of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib import pyplot as plt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Bbox

from negotiation_sim.plot.cells import NONE, REST, UNSOLVED, Cells, borders, mark_places, rectangles, ties_as_borders
from negotiation_sim.plot.page import MOST_LINES, axes_inches, axes_or_new, finish, headline, room_below, text_size, wrapped
from negotiation_sim.plot.reading import as_names, check_dataset, choose_concept
from negotiation_sim.plot.regime_reading import RegimeMap, lumped, map_words, read_map
from negotiation_sim.plot.style import INK, CaseKey, case_label, case_mark, paint, stripes

__all__ = ["describe_regimes", "regime_panels", "regimes"]

_THIN = 3.0
"""Points: between the two lines of its border, a strip thinner than this shows nothing of its colours."""

_MOST_BORDERS = 30_000
"""With more border lines than this a map is noise, and the lines would hide it."""


def regimes(
    result: xr.Dataset,
    x: str,
    y: str,
    concept: str | None = None,
    *,
    fixed: Mapping[str, float | str] | None = None,
    labels: Mapping[str, str] | None = None,
    max_regimes: int = 12,
    ax: Axes | None = None,
) -> Axes:
    """Map which outcomes are supported over two swept parameters.

    Each point of the sweep colours the cell around it, up to halfway to its neighbours. One colour and letter an outcome, in the
    order of the outcomes, so that maps can be compared; stripes where equilibria with different outcomes exist side by side (or
    one mixes them); white where there is no equilibrium; grey and cross-hatched where the point was not solved. A tie between two
    parts that would be thinner than its border, such as a single line of points, is left to the border; the words count it.

    Parameters
    ----------
    result : xarray.Dataset
        From `negotiation_sim.sweep`, with ``supported`` (..., concept, outcome). Of a concept that gives outcomes a ``probability``
        (quantal responses, a mediator's plan, dynamics) the likeliest outcome is drawn.
    x, y : str
        Swept parameters that vary independently.
    concept : str, optional
        Which concept's solutions to draw; may be left out if the sweep has one.
    fixed : mapping of str to float, optional
        Values of the other swept parameters; the nearest point is taken. Without one, the point nearest to the base case.
    labels : mapping of str to str, optional
        Outcome names and the labels to use instead of the scenario's.
    max_regimes : int, default 12
        With more sets of outcomes than this, those with the fewest points share one entry.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Without it a new figure is made, 6.5 inches wide.

    Returns
    -------
    matplotlib.axes.Axes
        Its words are in ``alt_text(ax)``.

    Raises
    ------
    ValueError
        For unknown names, parameters that vary together, or a Dataset without ``supported``.

    Examples
    --------
    >>> import negotiation_sim as ns
    >>> crisis = ns.load("istanbul-2025")
    >>> result = ns.sweep(crisis, ns.grid(a_US=ns.span(0, 0.05, 11), tau_US=ns.span(0, 0.10, 11)), solvers=["nash", "subgame-perfect"])
    >>> ax = ns.plot.regimes(result, x="a_US", y="tau_US", concept="subgame-perfect")
    >>> ax.figure.legends[0].get_texts()[0].get_text()
    'A: Truce accepted'
    """
    drawn = read_map(result, x, y, concept, fixed, labels)
    drawn = lumped([drawn], max_regimes)[0]
    own = ax is None
    axes = axes_or_new(ax, 6.5, 4.1)
    title = str(result.attrs.get("title", ""))
    room = (5.6, 3.5) if own else axes_inches(axes)
    _draw(axes, drawn, title, *room)
    alt = map_words(drawn, x, y)
    finish([axes], _handles([drawn], *room), str(result.attrs.get("note", "")), own=own, alt=alt, below=room_below(axes))
    return axes


def regime_panels(
    result: xr.Dataset,
    x: str,
    y: str,
    concepts: str | Sequence[str] | None = None,
    *,
    fixed: Mapping[str, float | str] | None = None,
    labels: Mapping[str, str] | None = None,
    max_regimes: int = 12,
) -> Figure:
    """Draw the maps of several concepts side by side, with one legend.

    Parameters
    ----------
    result, x, y, fixed, labels, max_regimes
        As for `regimes`.
    concepts : str or sequence of str, optional
        Which, from left to right; all of the sweep's by default.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_dataset(result, "supported")
    every = [str(c) for c in np.atleast_1d(result.coords["concept"].values)] if "concept" in result.coords else [""]
    chosen = as_names(concepts) if concepts is not None else every
    if not chosen:
        raise ValueError(f"concepts must name at least one of {', '.join(every)}; got none")
    if "concept" in result.coords:
        chosen = [choose_concept(result, c) for c in chosen]
    drawn = lumped([read_map(result, x, y, c, fixed, labels) for c in chosen], max_regimes)
    columns = min(len(chosen), 3)
    rows = -(-len(chosen) // columns)
    width, height = {1: (6.5, 3.9), 2: (5.0, 3.9), 3: (3.7, 3.4)}[columns]
    figure = plt.figure(figsize=(width * columns, height * rows + 0.2), layout="constrained")
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    axes = list(grid.flat[: len(chosen)])
    for ax in grid.flat[len(chosen) :]:
        ax.remove()
    for k, (ax, one) in enumerate(zip(axes, drawn, strict=True)):
        _draw(ax, one, "", width - 0.7, height - 0.6, y_label=k % columns == 0, x_label=k + columns >= len(chosen))
    if result.attrs.get("title"):
        figure.suptitle(wrapped(str(result.attrs["title"]), int(width * columns * 11), MOST_LINES), fontsize="large", parse_math=False)
    words = "\n".join(map_words(one, x, y) for one in drawn)
    finish(axes, _handles(drawn, width - 0.7, height - 0.6), str(result.attrs.get("note", "")), own=True, alt=words)
    return figure


def describe_regimes(
    result: xr.Dataset,
    x: str,
    y: str,
    concept: str | None = None,
    *,
    fixed: Mapping[str, float | str] | None = None,
    labels: Mapping[str, str] | None = None,
) -> str:
    """Say in words what `regimes` draws: which outcomes hold at what share of the points, and what holds in the base case
    (or at the point nearest to it, if the base case is no point of the sweep).

    Parameters
    ----------
    result, x, y, concept, fixed, labels
        As for `regimes`.

    Returns
    -------
    str
        For the alternative text of a page, or for a terminal.

    Examples
    --------
    >>> import negotiation_sim as ns
    >>> design = ns.grid(rho=[-0.02, 0.08], tau_US=[0.0, 0.1])
    >>> result = ns.sweep(ns.load("istanbul-2025"), design, solvers=["subgame-perfect"])
    >>> print(ns.plot.describe_regimes(result, "rho", "tau_US"))
    Map of outcomes, Subgame-perfect paths, form “talks first”: rho from -0.02 to 0.08 across, tau_US from 0 to 0.1 upward. Only Truce
    accepted at 50% of the points; only Talks without truce, Europe sanctions alone at 50% of the points. The base case is no point of the
    sweep; at the nearest one (rho = 0.08, tau_US = 0): only Talks without truce, Europe sanctions alone.
    """
    return map_words(read_map(result, x, y, concept, fixed, labels), x, y)


def _draw(ax: Axes, drawn: RegimeMap, title: str, width: float, height: float, *, x_label: bool = True, y_label: bool = True) -> None:
    """Fill the cells, draw borders, marks and the base case; ``width`` and ``height`` are the rough size of the axes in inches."""
    cells = _as_drawn(drawn.cells, width, height)
    figure = ax.get_figure(root=True)
    assert figure is not None
    codes, bounds = rectangles(cells)
    left, right = cells.x_edges[bounds[:, 0]], cells.x_edges[bounds[:, 1]]
    low, high = cells.y_edges[bounds[:, 2]], cells.y_edges[bounds[:, 3]]
    corners = np.stack([np.stack([left, right, right, left, left], 1), np.stack([low, low, high, high, low], 1)], 2)
    pen = np.array([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], dtype=np.uint8)
    ax.update_datalim([(cells.x_edges[0], cells.y_edges[0]), (cells.x_edges[-1], cells.y_edges[-1])])
    ax.set_xlim(cells.x_edges[0], cells.x_edges[-1])
    ax.set_ylim(cells.y_edges[0], cells.y_edges[-1])
    for code, case in enumerate(cells.cases):
        mine = corners[codes == code]
        if not len(mine):
            continue
        # One path a case: edges that its rectangles share cancel exactly, so no seams show.
        patch = PathPatch(Path(mine.reshape(-1, 2), np.tile(pen, len(mine))), label=f"_case {case}", zorder=1, **paint(case))
        ax.add_artist(patch)  # add_patch would walk along every corner to find the limits, which are known
        if len(case) > 1:
            reach = 2 * max(figure.get_size_inches())
            for band in stripes(case, Bbox.from_bounds(0, 0, reach, reach), figure.dpi_scale_trans, patch, points=1 / 72):
                band.set_clip_box(ax.bbox)
                band.set_zorder(1.2)
                band.set_label(f"_stripes {case}")
                ax.add_artist(band)
    lines = borders(cells)
    if len(lines) <= _MOST_BORDERS:
        drawn_lines = LineCollection(list(lines), colors=INK, linewidths=0.9, capstyle="projecting", zorder=2, label="_borders")
        ax.add_collection(drawn_lines, autolim=False)
    em = text_size("medium") / 72
    needed = {case: ((0.62 * len(case_mark(case)) + 0.7) * em, 1.6 * em) for case in cells.cases if case and case[0] >= 0}
    for case, mark_x, mark_y, scale in mark_places(cells, (width, height), needed, drawn.base, 0.12):
        ax.text(
            mark_x,
            mark_y,
            case_mark(case),
            ha="center",
            va="center",
            fontsize=text_size("medium") * scale,
            fontweight="bold",
            color=INK,
            zorder=4,
            label="_mark",
            bbox={"boxstyle": "round,pad=0.22", "facecolor": "white", "edgecolor": "none", "alpha": 0.9},
        )
    if drawn.base is not None:
        ax.add_line(_base_marker(drawn.base))
    lines_above = headline(title, drawn.title, width) + (f"\n{wrapped(drawn.held, int(width * 12.5), MOST_LINES)}" if drawn.held else "")
    ax.set_title(lines_above, loc="left", fontsize="medium", parse_math=False)
    if x_label:
        ax.set_xlabel(wrapped(drawn.x_label, int(width * 12.5), MOST_LINES), parse_math=False)
    if y_label:
        ax.set_ylabel(wrapped(drawn.y_label, int(height * 12.5), MOST_LINES), parse_math=False)
    ax.tick_params(labelsize="small", direction="out")


def _as_drawn(cells: Cells, width: float, height: float) -> Cells:
    """Return the cells with ties that are too thin for colours left to the border that they lie on."""
    rows, columns = cells.codes.shape
    return ties_as_borders(cells, int(_THIN / (72 * height / rows)), int(_THIN / (72 * width / columns)))


def _base_marker(base: tuple[float, float] | None, label: str = "_base case") -> Line2D:
    where = ([base[0]], [base[1]]) if base is not None else ([], [])
    return Line2D(
        *where,
        linestyle="none",
        marker="D",
        markersize=6.5,
        markerfacecolor="white",
        markeredgecolor="black",
        markeredgewidth=1.4,
        clip_on=False,
        zorder=5,
        label=label,
    )


def _handles(maps: Sequence[RegimeMap], width: float, height: float) -> list[Artist]:
    """Legend entries for what the maps show; an outcome that appears only beside others is explained too, and a tie that is a border."""
    cases = {case for one in maps for case in one.cells.cases}
    labels = maps[0].labels
    outcomes = sorted({o for case in cases for o in case if o >= 0})
    together = sorted((c for c in cases if len(c) > 1), key=lambda c: (len(c), c))
    handles: list[Artist] = [CaseKey((o,), wrapped(case_label((o,), labels), 60)) for o in outcomes]
    shown = [_as_drawn(one.cells, width, height) for one in maps] if together else []
    for case in together:  # a set of outcomes at a few points only, often an exact tie, is hard to see on the map
        points = sum(one.cells.count(case) for one in maps)
        rare = points < 0.005 * sum(one.cells.codes.size for one in maps)
        hidden = not any(cells.count(case) for cells in shown)
        where = f" at {points} {'point' if points == 1 else 'points'}{' of a border' if hidden else ''}" if rare or hidden else ""
        handles.append(CaseKey(case, case_label(case, labels) + where))
    if REST in cases:
        handles.append(CaseKey(REST, "Other outcomes"))
    if NONE in cases:
        proved = all(one.proved for one in maps if NONE in one.cells.cases)
        ways = sorted({one.within for one in maps if NONE in one.cells.cases})
        handles.append(CaseKey(NONE, f"No equilibrium{ways[0] if len(ways) == 1 else ''}{'' if proved else ' found'}"))
    if UNSOLVED in cases:
        why = ", ".join(dict.fromkeys(one.failures for one in maps if one.failures))
        handles.append(CaseKey(UNSOLVED, f"Not solved ({why})" if why else "Not solved"))
    if any(one.base is not None for one in maps):
        between = any(one.nearest is not None for one in maps)  # the colour beneath is then that of another point
        handles.append(_base_marker(None, "Base case (between the points of the sweep)" if between else "Base case"))
    return handles
