"""The cells of a regime map as numbers: which set of outcomes holds where, exact rectangles and borders, places for marks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["NONE", "REST", "UNSOLVED", "Case", "Cells", "borders", "classify", "edges", "mark_places", "rectangles", "ties_as_borders"]

Case = tuple[int, ...]
"""A set of outcomes supported together, by their indices in order; or one of the three special cases."""

NONE: Case = ()
UNSOLVED: Case = (-1,)
REST: Case = (-2,)


SMALLEST_MARK = 0.72
"""Marks shrink to this share of their size where room is short, and are left out where there is less."""


@dataclass(frozen=True)
class Cells:
    """A map in cells: ``codes[row, column]`` is an index into ``cases``; rows go up with y, columns with x.

    ``x_edges`` and ``y_edges`` hold one number more than there are columns and rows. The outer edges are the outermost points of
    the sweep, so that the map claims nothing outside it.
    """

    codes: NDArray[np.intp]
    cases: tuple[Case, ...]
    x_edges: NDArray[np.float64]
    y_edges: NDArray[np.float64]

    def shares(self) -> dict[Case, float]:
        """Share of the points that each case holds."""
        counts = np.bincount(self.codes.ravel(), minlength=len(self.cases))
        return {case: float(n) / self.codes.size for case, n in zip(self.cases, counts, strict=True)}

    def count(self, case: Case) -> int:
        """Count the points that hold a case."""
        return int((self.codes == self.cases.index(case)).sum()) if case in self.cases else 0

    def at(self, x: float, y: float) -> Case:
        """Return the case of the cell that holds a point."""
        column = min(max(int(np.searchsorted(self.x_edges, x, side="right")) - 1, 0), self.codes.shape[1] - 1)
        row = min(max(int(np.searchsorted(self.y_edges, y, side="right")) - 1, 0), self.codes.shape[0] - 1)
        return self.cases[self.codes[row, column]]

    def lump(self, keep: frozenset[Case]) -> Cells:
        """Replace every case that is not kept by ``REST``."""
        cases = [case if case in keep or case in (NONE, UNSOLVED) else REST for case in self.cases]
        distinct = sorted(set(cases), key=_order)
        return Cells(np.array([distinct.index(c) for c in cases], dtype=np.intp)[self.codes], tuple(distinct), self.x_edges, self.y_edges)


def _order(case: Case) -> tuple[bool, int, Case]:
    return bool(case and case[0] >= 0), len(case), case


def edges(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges of the cells around increasing points: midpoints inside, the outermost points themselves outside; shape (n + 1,)."""
    if len(points) == 1:
        half = abs(float(points[0])) / 2 or 0.5
        return np.array([points[0] - half, points[0] + half])
    return np.concatenate([points[:1], (points[1:] + points[:-1]) / 2, points[-1:]])


def classify(supported: NDArray[np.bool_], solved: NDArray[np.bool_], x_edges: NDArray[np.float64], y_edges: NDArray[np.float64]) -> Cells:
    """Give each point the set of outcomes supported there.

    Parameters
    ----------
    supported : ndarray of bool, shape (outcome, rows, columns)
    solved : ndarray of bool, shape (rows, columns)
        False where nothing can be said.
    x_edges, y_edges : ndarray, shapes (columns + 1,) and (rows + 1,)
    """
    cases: list[Case] = [NONE]
    codes = np.zeros(solved.shape, dtype=np.intp)
    for outcome, here in enumerate(supported):  # one outcome at a time, so that any number fits
        codes = 2 * codes + (here & solved)
        present = np.flatnonzero(np.bincount(codes.ravel(), minlength=2 * len(cases)))
        cases = [(*cases[k // 2], outcome) if k % 2 else cases[k // 2] for k in present]
        renumbered = np.zeros(int(present[-1]) + 1, dtype=np.intp)
        renumbered[present] = np.arange(len(present))
        codes = renumbered[codes]
    codes = np.where(solved, codes, len(cases))
    cases.append(UNSOLVED)
    order = sorted(np.unique(codes).tolist(), key=lambda k: _order(cases[k]))
    rank = np.zeros(len(cases), dtype=np.intp)
    rank[order] = np.arange(len(order))
    return Cells(rank[codes], tuple(cases[k] for k in order), x_edges, y_edges)


def ties_as_borders(cells: Cells, rows: int, columns: int) -> Cells:
    """Give thin strips between two parts to one of them, where nothing is supported in the strip but what the two support.

    Such a strip is a tie, often at a single line of points. Too thin to show its colours, it would look like a border drawn too thick.

    Parameters
    ----------
    rows, columns : int
        A strip of as many rows, or as many columns, is thin.
    """
    codes = cells.codes.copy()
    for flat, most in ((codes, rows), (codes.T, columns)):  # both are views of the same memory
        for thick in range(1, min(most, len(flat) - 2) + 1):
            below, strip, above = flat[: -thick - 1], flat[1:-thick], flat[thick + 1 :]
            between = (strip != below) & (strip != above) & (below != above)
            for k in range(2, thick + 1):
                between &= flat[k : len(flat) - thick - 1 + k] == strip
            triples = np.stack([below[between], strip[between], above[between]], 1)
            kinds, which = np.unique(triples, axis=0, return_inverse=True)
            tied = np.array([_is_tie(*(cells.cases[int(code)] for code in kind)) for kind in kinds], dtype=bool)
            if tied.any():
                row, column = (place[tied[which.reshape(-1)]] for place in np.nonzero(between))
                for k in range(1, thick + 1):
                    flat[row + k, column] = flat[row, column]
    return Cells(codes, cells.cases, cells.x_edges, cells.y_edges)


def _is_tie(below: Case, strip: Case, above: Case) -> bool:
    """Whether a set of several outcomes holds but those of its two neighbours."""
    return len(strip) > 1 and strip[0] >= 0 and set(strip) <= {*below, *above}


def rectangles(cells: Cells) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Cover the map with few rectangles.

    Returns
    -------
    codes : ndarray of int, shape (rectangle,)
    bounds : ndarray of int, shape (rectangle, 4)
        First and last-plus-one column, first and last-plus-one row, as indices into the edges.
    """
    codes = cells.codes
    columns = codes.shape[1]
    starts = np.ones(codes.shape, dtype=bool)
    starts[:, 1:] = codes[:, 1:] != codes[:, :-1]
    row, left = np.nonzero(starts)
    right = np.append(left[1:], columns)
    right[right == 0] = columns  # a run that ends a row is followed by one that starts the next
    code = codes[row, left]
    order = np.lexsort((row, right, left, code))
    row, left, right, code = row[order], left[order], right[order], code[order]
    joins = np.zeros(len(row), dtype=bool)
    joins[1:] = (row[1:] == row[:-1] + 1) & (left[1:] == left[:-1]) & (right[1:] == right[:-1]) & (code[1:] == code[:-1])
    first = np.flatnonzero(~joins)
    last = np.append(first[1:], len(row)) - 1
    return code[first], np.stack([left[first], right[first], row[first], row[last] + 1], axis=1)


def borders(cells: Cells) -> NDArray[np.float64]:
    """Lines between cells of different cases, pieces on one line joined; shape (line, 2, 2): two ends, x and y."""
    down = _joined(cells.codes[:, 1:] != cells.codes[:, :-1])
    across = _joined((cells.codes[1:] != cells.codes[:-1]).T)
    x, y = cells.x_edges, cells.y_edges
    vertical = np.stack([np.stack([x[down[:, 0] + 1], y[down[:, 1]]], 1), np.stack([x[down[:, 0] + 1], y[down[:, 2]]], 1)], 1)
    level = np.stack([np.stack([x[across[:, 1]], y[across[:, 0] + 1]], 1), np.stack([x[across[:, 2]], y[across[:, 0] + 1]], 1)], 1)
    return np.concatenate([vertical, level])


def _joined(differs: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Runs of True down each column: (column, first row, last row + 1)."""
    padded = np.zeros((differs.shape[1], differs.shape[0] + 2), dtype=np.int8)
    padded[:, 1:-1] = differs.T
    step = np.diff(padded, axis=1)
    column, first = np.nonzero(step == 1)
    _, last = np.nonzero(step == -1)
    return np.stack([column, first, last], axis=1)


def mark_places(
    cells: Cells,
    size: tuple[float, float],
    needed: dict[Case, tuple[float, float]],
    avoid: tuple[float, float] | None = None,
    avoid_radius: float = 0.0,
) -> list[tuple[Case, float, float, float]]:
    """Find a place for a mark in every connected part of the map that has room for it, if need be in a smaller size.

    Parameters
    ----------
    size : (float, float)
        Width and height of the map on paper, any unit.
    needed : dict
        Width and height of each case's mark, same unit.
    avoid, avoid_radius
        A point in data coordinates that no mark may cover, and the room it takes on paper.

    Returns
    -------
    list of (case, x, y, scale)
        Centres in data coordinates: the points farthest from any border, measured in the shape of the mark; and the size to take.
    """
    columns, rows = 160, 120
    x = cells.x_edges[0] + (np.arange(columns) + 0.5) / columns * (cells.x_edges[-1] - cells.x_edges[0])
    y = cells.y_edges[0] + (np.arange(rows) + 0.5) / rows * (cells.y_edges[-1] - cells.y_edges[0])
    column = np.clip(np.searchsorted(cells.x_edges, x, side="right") - 1, 0, cells.codes.shape[1] - 1)
    row = np.clip(np.searchsorted(cells.y_edges, y, side="right") - 1, 0, cells.codes.shape[0] - 1)
    seen = cells.codes[np.ix_(row, column)]
    free = np.ones(seen.shape, dtype=bool)
    if avoid is not None:
        across = (x - avoid[0]) / (cells.x_edges[-1] - cells.x_edges[0]) * size[0]
        up = (y - avoid[1]) / (cells.y_edges[-1] - cells.y_edges[0]) * size[1]
        free = np.hypot(across[None, :], up[:, None]) > avoid_radius
    places = []
    for code, case in enumerate(cells.cases):
        if case not in needed:
            continue
        width, height = needed[case]
        parts, _ = ndimage.label((seen == code) & free)
        room = SMALLEST_MARK**2 * width * height / (size[0] * size[1]) * seen.size
        for part in np.flatnonzero(np.bincount(parts.ravel()) >= room):
            if part == 0:  # not this case
                continue
            inside = np.pad(parts == part, 1)  # the frame of the map counts as a border
            # In units of half the mark: 1 on both axes is just enough room for an ellipse, 1.3 nearly for the box.
            distance = ndimage.distance_transform_edt(inside, sampling=(2 * size[1] / rows / height, 2 * size[0] / columns / width))
            scale = min(float(distance.max()) / 1.25, 1.0)
            if scale < SMALLEST_MARK:
                continue
            high = np.argwhere(distance >= 0.97 * distance.max())  # often a ridge: take its middle
            r, c = high[np.square(high - high.mean(axis=0)).sum(axis=1).argmin()]
            places.append((case, float(x[c - 1]), float(y[r - 1]), scale))
    return places
