"""One map of regimes as numbers and words, read from a sweep's Dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from negotiation_sim.plot.cells import NONE, REST, UNSOLVED, Case, Cells, classify, edges
from negotiation_sim.plot.reading import axis_label, check_dataset, concept_title, outcome_labels, swept, take, within
from negotiation_sim.status import Completeness, Status

__all__ = ["RegimeMap", "lumped", "map_words", "read_map"]


@dataclass(frozen=True)
class RegimeMap:
    """All that one map needs, read from the Dataset."""

    cells: Cells
    labels: tuple[str, ...]
    title: str
    held: str
    x_label: str
    y_label: str
    base: tuple[float, float] | None
    """Where the base case lies."""
    nearest: tuple[float, float] | None
    """The point of the sweep next to it, which the colour under it belongs to; None if the base case itself is a point of the sweep."""
    failures: str
    proved: bool
    within: str
    likeliest: bool = False
    """Each point shows its likeliest outcome: where a concept gives every outcome a chance, all are supported nearly everywhere."""


def read_map(
    result: xr.Dataset,
    x: str,
    y: str,
    concept: str | None,
    fixed: Mapping[str, float | str] | None,
    labels: Mapping[str, str] | None,
) -> RegimeMap:
    """Read one map; the arguments and errors are those of `regimes`."""
    check_dataset(result, "supported")
    _, shown = outcome_labels(result, labels)
    part = take(result, (x, y), concept, fixed)
    along = swept(result)
    points = {}
    for name in (x, y):
        values = part.data.coords[name].values.astype(np.float64)
        if not np.isfinite(values).all() or len(np.unique(values)) != len(values):
            raise ValueError(f"{name} must hold finite values that all differ, to be an axis of a map; got {values.tolist()[:6]} ...")
        points[name] = values
    by_x, by_y = np.argsort(points[x]), np.argsort(points[y])
    order = np.ix_(by_y, by_x)
    supported = part.data["supported"].transpose("outcome", along[y], along[x]).values.astype(bool)[:, by_y][:, :, by_x]
    likeliest = "probability" in part.data and bool(np.isfinite(part.data["probability"].values).any())
    if likeliest:
        chance = part.data["probability"].transpose("outcome", along[y], along[x]).values[:, by_y][:, :, by_x]
        chance = np.nan_to_num(chance, nan=0.0)
        supported = (np.arange(len(chance))[:, None, None] == chance.argmax(axis=0)) & (chance > 0)
    status = _values(part.data, "status", (along[y], along[x]), Status.OK)[order]
    complete = _values(part.data, "complete", (along[y], along[x]), Completeness.NO)[order]
    solved = status == Status.OK
    failures = ", ".join(Status(int(s)).name.lower().replace("_", " ") for s in np.unique(status[~solved]))
    proved = bool((complete[solved & ~supported.any(axis=0)] == Completeness.PROVED).all())
    cells = classify(supported, solved, edges(points[x][by_x]), edges(points[y][by_y]))
    bases = [result.coords[n].attrs.get("base") for n in (x, y)]
    base = nearest = None
    if part.at_base and None not in bases:
        there = (float(str(bases[0])), float(str(bases[1])))
        if cells.x_edges[0] <= there[0] <= cells.x_edges[-1] and cells.y_edges[0] <= there[1] <= cells.y_edges[-1]:
            base = there
            if not part.exact:
                nearest = (_closest(points[x], there[0]), _closest(points[y], there[1]))
    return RegimeMap(
        cells=cells,
        labels=shown,
        title=concept_title(result, part.concept) + (", likeliest outcome" if likeliest else ""),
        held=part.words,
        x_label=axis_label(result.coords[x]),
        y_label=axis_label(result.coords[y]),
        base=base,
        nearest=nearest,
        failures=failures,
        proved=proved,
        within=within(result, part.concept),
        likeliest=likeliest,
    )


def _closest(points: NDArray[np.float64], value: float) -> float:
    return float(points[np.abs(points - value).argmin()])


def _values(data: xr.Dataset, name: str, dims: tuple[str, str], default: int) -> NDArray[np.int8]:
    if name not in data:
        return np.full([data.sizes[d] for d in dims], default, dtype=np.int8)
    return np.asarray(data[name].transpose(*dims).values)


def lumped(maps: Sequence[RegimeMap], most: int) -> list[RegimeMap]:
    """Keep the ``most`` cases with the most points over all maps; the rest become one case."""
    if most < 1:
        raise ValueError(f"max_regimes must be at least 1; got {most}")
    total: dict[Case, float] = {}
    for one in maps:
        for case, share in one.cells.shares().items():
            if case not in (NONE, UNSOLVED):
                total[case] = total.get(case, 0.0) + share
    if len(total) <= most:
        return list(maps)
    keep = frozenset(sorted(total, key=lambda case: -total[case])[: most - 1])
    return [replace(one, cells=one.cells.lump(keep)) for one in maps]


def map_words(drawn: RegimeMap, x: str, y: str) -> str:
    """Say what the map shows: every case with its share of the points, the largest first, and the case at or next to the base."""
    cells = drawn.cells

    def say(case: Case) -> str:
        if case == UNSOLVED:
            return f"not solved ({drawn.failures})" if drawn.failures else "not solved"
        if case == NONE:
            return f"no equilibrium{drawn.within}" if drawn.proved else f"no equilibrium{drawn.within} found"
        if case == REST:
            return "other outcomes"
        names = [drawn.labels[o] for o in case]
        if drawn.likeliest:
            return f"{names[0]} likeliest"
        return f"only {names[0]}" if len(names) == 1 else f"{' or '.join(names)} ({'both' if len(names) == 2 else 'all'} supported)"

    shares = sorted(cells.shares().items(), key=lambda item: -item[1])
    parts = "; ".join(f"{say(case)} at {_percent(share)} of the points" for case, share in shares)
    text = (
        f"Map of outcomes, {drawn.title}: {x} from {cells.x_edges[0]:.4g} to {cells.x_edges[-1]:.4g} across, "
        f"{y} from {cells.y_edges[0]:.4g} to {cells.y_edges[-1]:.4g} upward{f', with {drawn.held}' if drawn.held else ''}. "
        f"{parts[0].upper()}{parts[1:]}."
    )
    if drawn.nearest is not None:
        text += (
            f" The base case is no point of the sweep; at the nearest one ({x} = {drawn.nearest[0]:.4g}, {y} = {drawn.nearest[1]:.4g}"
            f"{f', {drawn.held}' if drawn.held else ''}): {say(cells.at(*drawn.nearest))}."
        )
    elif drawn.base is not None:
        text += f" In the base case ({x} = {drawn.base[0]:.4g}, {y} = {drawn.base[1]:.4g}): {say(cells.at(*drawn.base))}."
    return text


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%" if 0.01 <= share <= 0.99 or share in (0.0, 1.0) else f"{100 * share:.2g}%" if share < 0.01 else "over 99%"
