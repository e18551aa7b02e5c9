"""An output of a sweep along one parameter, broken where the equilibrium outcomes change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from negotiation_sim.plot.cells import NONE, UNSOLVED, Case, classify, edges
from negotiation_sim.plot.page import MOST_LINES, axes_inches, axes_or_new, finish, headline, room_below, text_size, wrapped
from negotiation_sim.plot.reading import as_names, axis_label, check_dataset, concept_title, outcome_labels, swept, take, unknown
from negotiation_sim.plot.style import INK, case_mark, colour, letter
from negotiation_sim.scenario.game_evaluator import KEEP
from negotiation_sim.status import Status

__all__ = ["lines"]

_DASHES: tuple[tuple[float, ...], ...] = ((), (5, 1.6), (1.4, 1.4), (7, 1.6, 1.4, 1.6), (3, 1, 3, 3), (9, 2))
_MEANINGS = {
    "payoff": "payoff", "payoff_min": "lowest payoff", "payoff_max": "highest payoff", "count": "number of equilibria",
    "regret_max": "largest regret", "margin": "margin of the outcome",
}  # fmt: skip


@dataclass(frozen=True)
class _Series:
    label: str
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    index: int


_NEGLIGIBLE = 1e-6  # outcomes that are never more likely than this get no line


def lines(
    result: xr.Dataset,
    y: str,
    x: str,
    *,
    concept: str | None = None,
    player: str | Sequence[str] | None = None,
    outcome: str | Sequence[str] | None = None,
    fixed: Mapping[str, float | str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw an output along one swept parameter.

    The lines break where the set of supported outcomes changes between two neighbouring points: a thin line marks the change, and
    the outcomes of each stretch are named above (not for ``"probability"``, which says it itself). Points that were not solved, or
    without an equilibrium, leave gaps.

    Parameters
    ----------
    result : xarray.Dataset
        From `negotiation_sim.sweep`.
    y : str
        ``"payoff"`` for each player's payoff, with a band from the lowest to the highest where several equilibria exist; or the name
        of a variable: ``"count"``, ``"payoff_min"``, ``"regret_max"``, ``"margin"``, ...
    x : str
        A swept parameter.
    concept : str, optional
        May be left out if the sweep has one.
    player, outcome : str or sequence of str, optional
        Which players or outcomes, for an output that has one value for each; all by default.
    fixed : mapping of str to float, optional
        Values of the other swept parameters; the nearest point is taken. Without one, the point nearest to the base case.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Without it a new figure is made, 6.5 inches wide.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        For unknown names.

    Examples
    --------
    >>> import negotiation_sim as ns
    >>> result = ns.sweep(ns.load("istanbul-2025"), ns.grid(rho=ns.span(-0.02, 0.08, 51)), solvers=["subgame-perfect"])
    >>> ax = ns.plot.lines(result, y="payoff", x="rho", player=["U", "R"])
    >>> print(ns.plot.alt_text(ax))
    Lines of payoff over rho from -0.02 to 0.08. Istanbul, May 2025: Subgame-perfect paths, form “talks first”. Outcomes: Truce accepted;
    from rho = 0.029: Talks without truce, Europe sanctions alone.
    """
    names = ("payoff_min", "payoff_max") if y == "payoff" else (y, y)
    _check_output(result, y, names)
    if y == "probability" and "supported" in result:
        result = result.drop_vars("supported")  # the lines themselves say which outcomes there are
    part = take(result, (x,), concept, fixed)
    along = swept(result)[x]
    values = part.data.coords[x].values.astype(np.float64)
    order = np.argsort(values, kind="stable")
    if not np.isfinite(values).all() or len(np.unique(values)) != len(values):
        raise ValueError(f"{x} must hold finite values that all differ, to be an axis; got {values.tolist()[:6]} ...")
    points = values[order]
    cases = _cases(part.data, along, order)
    series = _series(part.data, y, names, along, order, player, outcome)
    own = ax is None
    axes = axes_or_new(ax, 6.5, 3.9)
    width, height = (5.6, 3.3) if own else axes_inches(axes)
    stretches = _stretches(cases)
    for one in series:
        _draw(axes, points, one, stretches)
    jumps = [(points[stop - 1] + points[stop]) / 2 for _, stop, _ in stretches[:-1]]
    for jump in jumps:
        axes.axvline(jump, color=INK, linewidth=0.7, zorder=1, label="_jump")
    axes.set_xlim(points[0], points[-1]) if len(points) > 1 else None
    base = result.coords[x].attrs.get("base")
    keys = _name_stretches(axes, result, stretches, [points[0], *jumps, points[-1]], width) if len(points) > 1 else []
    if part.at_base and isinstance(base, int | float) and points[0] <= base <= points[-1]:
        between = "" if part.exact else "; between the points of the sweep"
        axes.axvline(base, color=INK, linewidth=0.9, linestyle=(0, (1, 2.5)), zorder=1, label="_base case")
        keys.append(Line2D([], [], color=INK, linewidth=0.9, linestyle=(0, (1, 2.5)), label=f"Base case ({x} = {base:.4g}{between})"))
    held = part.words
    title = headline(str(result.attrs.get("title", "")), concept_title(result, part.concept), width)
    pad = 6.0 + text_size() * 1.25 * max((t.get_text().count("\n") + 1 for t in axes.texts), default=0)
    axes.set_title(title + (f"\n{held}" if held else ""), loc="left", fontsize="medium", pad=pad, parse_math=False)
    axes.set_xlabel(wrapped(axis_label(result.coords[x]), int(width * 12.5), MOST_LINES), parse_math=False)
    axes.set_ylabel(wrapped(_MEANINGS.get(y, y), int(height * 12.5), MOST_LINES), parse_math=False)
    axes.tick_params(labelsize="small")
    if y == "count":
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    handles: list[Artist] = [] if len(series) == 1 and not series[0].label else [_key(one) for one in series]
    if y == "payoff" and any((one.high > one.low).any() for one in series):
        handles.append(Patch(facecolor="#bbbbbb", edgecolor=INK, linewidth=0.7, label="range over several equilibria"))
    words = _words(result, y, x, title, held, points, stretches, jumps)
    finish([axes], [*handles, *keys], str(result.attrs.get("note", "")), own=own, alt=words, below=room_below(axes))
    return axes


def _check_output(result: object, y: str, names: tuple[str, str]) -> None:
    if not isinstance(result, xr.Dataset) or y == "payoff" or any(y in stored for stored in KEEP.values()):
        for name in names:
            check_dataset(result, name)
        return
    drawable = [str(n) for n, v in result.data_vars.items() if v.dtype.kind in "fiu" and n not in ("status", "complete")]
    if y not in drawable:
        raise unknown("output for y", y, (["payoff"] if "payoff_min" in drawable else []) + drawable)


def _cases(data: xr.Dataset, along: str, order: NDArray[np.intp]) -> list[Case]:
    """Outcomes supported at each point; one case for all where the Dataset does not say."""
    solved = np.ones(len(order), dtype=bool)
    if "status" in data:
        solved = (data["status"].values == Status.OK)[order]
    if "supported" not in data:
        return [(0,) if ok else UNSOLVED for ok in solved]
    supported = data["supported"].transpose("outcome", along).values.astype(bool)[:, order]
    line = np.arange(len(order), dtype=np.float64)
    cells = classify(supported[:, None, :], solved[None, :], edges(line), edges(line[:1]))
    return [cells.cases[k] for k in cells.codes[0]]


def _stretches(cases: Sequence[Case]) -> list[tuple[int, int, Case]]:
    """Runs of points with the same case: (first, last + 1, case)."""
    starts = [0, *(k for k in range(1, len(cases)) if cases[k] != cases[k - 1])]
    return [(a, b, cases[a]) for a, b in zip(starts, [*starts[1:], len(cases)], strict=True)]


def _series(
    data: xr.Dataset, y: str, names: tuple[str, str], along: str, order: NDArray[np.intp], player: str | Sequence[str] | None,
    outcome: str | Sequence[str] | None,
) -> list[_Series]:  # fmt: skip
    low, high = data[names[0]], data[names[1]]
    others = [str(d) for d in low.dims if d != along]
    for name, wanted in (("player", player), ("outcome", outcome)):
        if wanted is not None and name not in others:
            raise ValueError(f"{y} has no value for each {name}; leave {name}= out, or draw another output")
    if not others:
        return [_Series("", low.values[order].astype(float), high.values[order].astype(float), 0)]
    if others not in (["player"], ["outcome"]):
        raise ValueError(f"{y} varies along {', '.join(others)} too, which lines can't draw; select from the Dataset first")
    dim = others[0]
    keys = [str(k) for k in data.coords[dim].values]
    long = "player_name" if dim == "player" else "outcome_label"
    shown = [str(k) for k in data.coords[long].values] if long in data.coords else keys
    wanted = player if dim == "player" else outcome
    chosen = keys if wanted is None else as_names(wanted)
    for key in chosen:
        if key not in keys:
            raise unknown(dim, key, keys)
    series = []
    for key in chosen:
        k = keys.index(key)
        parts = [a.transpose(along, dim).values[order, k].astype(float) for a in (low, high)]
        unseen = np.isnan(parts[0]).all() or (y == "probability" and not (parts[0] > _NEGLIGIBLE).any())
        if not unseen or wanted is not None or dim == "player":
            series.append(_Series(shown[k] or key, parts[0], parts[1], k))
    return series


def _draw(ax: Axes, points: NDArray[np.float64], one: _Series, stretches: Sequence[tuple[int, int, Case]]) -> None:
    """Lines with a gap at every jump; a stretch of a single point is a dot."""
    x, low, high = [], [], []
    for start, stop, case in stretches:
        known = case != UNSOLVED
        x += [*points[start:stop], np.nan]
        low += [*(one.low[start:stop] if known else np.full(stop - start, np.nan)), np.nan]
        high += [*(one.high[start:stop] if known else np.full(stop - start, np.nan)), np.nan]
    across, bottom, top = np.array(x), np.array(low), np.array(high)
    look: dict[str, Any] = {"color": colour(one.index), "dashes": _DASHES[one.index % len(_DASHES)], "linewidth": 1.8, "zorder": 3.0}
    ranged = bool((top > bottom).any())
    if ranged:
        ax.fill_between(across, bottom, top, facecolor=colour(one.index), alpha=0.3, linewidth=0, zorder=2, label=f"_band {one.label}")
        ax.plot(across, top, label=f"_high {one.label}", **look)
    ax.plot(across, bottom, label=f"_low {one.label}", **look)
    alone = np.isfinite(bottom) & np.isnan(np.append(bottom[1:], np.nan)) & np.isnan(np.insert(bottom[:-1], 0, np.nan))
    if alone.any():
        for ends in (bottom, top) if ranged else (bottom,):
            dots = Line2D(across[alone], ends[alone], linestyle="none", marker="o", markersize=4, color=colour(one.index), zorder=3)
            dots.set_label("_alone")
            ax.add_line(dots)


def _name_stretches(
    ax: Axes, result: xr.Dataset, stretches: Sequence[tuple[int, int, Case]], bounds: Sequence[float], width: float
) -> list[Artist]:
    """Write the outcomes above each stretch: in full if all fit, else as letters that the legend explains."""
    if "supported" not in result:
        return []
    _, labels = outcome_labels(result, None)
    em = text_size() / 72
    spaces = [(b - a) / (bounds[-1] - bounds[0]) * width for a, b in pairwise(bounds)]

    def full(case: Case, space: float) -> str | None:
        fits = int(space / (0.58 * em)) - 1
        parts = [labels[o] for o in case] if case and case[0] >= 0 else [_plain(case, labels)]
        parts[1:] = [f"or {part}" for part in parts[1:]]
        rows = [row for part in parts for row in wrapped(part, fits).split("\n")]
        return None if max(map(len, rows)) > fits or len(rows) > 3 else "\n".join(rows)

    texts = [full(case, space) for (_, _, case), space in zip(stretches, spaces, strict=True)]
    short = any(t is None for t in texts)
    for (_, _, case), space, text, a, b in zip(stretches, spaces, texts, bounds[:-1], bounds[1:], strict=True):
        shown = (case_mark(case) if case and case[0] >= 0 else _plain(case, labels)) if short else text
        if shown is None or (short and len(shown) * 0.6 * em > space):
            continue
        ax.annotate(
            shown, ((a + b) / 2, 1), xycoords=ax.get_xaxis_transform(), xytext=(0, 3), textcoords="offset points", fontsize="small",
            ha="center", va="bottom", color=INK, annotation_clip=False, label="_stretch", parse_math=False,
            fontweight="bold" if short else "normal",
        )  # fmt: skip
    if not short:
        return []
    outcomes = sorted({o for _, _, case in stretches for o in case if o >= 0})
    return [_letter_key(o, labels[o]) for o in outcomes]


def _letter_key(index: int, label: str) -> Line2D:
    """Legend entry whose sign is the letter of an outcome."""
    sign = f"$\\mathbf{{{letter(index)}}}$"
    return Line2D([], [], linestyle="none", marker=sign, markersize=7, markeredgewidth=0.3, color=INK, label=wrapped(label, 60))


def _plain(case: Case, labels: Sequence[str]) -> str:
    if case == UNSOLVED:
        return "not solved"
    if case == NONE:
        return "no equilibrium"
    return " or ".join(labels[o] for o in case)


def _key(one: _Series) -> Line2D:
    return Line2D([], [], color=colour(one.index), dashes=_DASHES[one.index % len(_DASHES)], linewidth=1.8, label=wrapped(one.label, 60))


def _words(
    result: xr.Dataset, y: str, x: str, title: str, held: str, points: NDArray[np.float64],
    stretches: Sequence[tuple[int, int, Case]], jumps: Sequence[float],
) -> str:  # fmt: skip
    title = title.replace("\n", ": ")
    text = f"Lines of {_MEANINGS.get(y, y)} over {x} from {points[0]:.4g} to {points[-1]:.4g}. {title}{f', with {held}' if held else ''}."
    if "supported" in result:
        _, labels = outcome_labels(result, None)
        parts = [_plain(case, labels) for _, _, case in stretches]
        text += f" Outcomes: {parts[0]}" + "".join(f"; from {x} = {j:.4g}: {p}" for j, p in zip(jumps, parts[1:], strict=True)) + "."
    return text
