"""Cells: products of simplices of mixes, one simplex a mixing player, with the payoffs at their corners.

In barycentric coordinates of a cell its polynomials are again linear in each player's coordinates, with the payoffs at the corners as
coefficients, so every cell looks like the whole. Halving an edge or cutting off a corner replaces payoffs by averages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.polynomial.systems import SystemShape, back, front

__all__ = ["Cells", "cut_corners", "halve", "restricted", "whole"]


@dataclass(frozen=True)
class Cells:
    """Cells of systems of one shape.

    Parameters
    ----------
    shape : SystemShape
    item : ndarray of int, shape (cell,)
        The system of each cell.
    payoffs : list of ndarray
        As in `SystemShape`, at the corners.
    corners : list of ndarray, one for each mixing player, shape (k_j corners, k_j actions, cell)
    """

    shape: SystemShape
    item: NDArray[np.intp]
    payoffs: list[NDArray[np.float64]]
    corners: list[NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.item)

    def take(self, which: NDArray[np.intp] | slice) -> Cells:
        """Some of the cells."""
        if isinstance(which, slice):
            return Cells(self.shape, self.item[which], [u[..., which] for u in self.payoffs], [v[..., which] for v in self.corners])
        if len(which) == len(self):
            return self
        return Cells(
            self.shape, self.item[which], [u.take(which, axis=-1) for u in self.payoffs], [v.take(which, axis=-1) for v in self.corners]
        )

    @classmethod
    def joined(cls, parts: Sequence[Cells]) -> Cells:
        """All cells of several lists."""
        if len(parts) == 1:
            return parts[0]
        first = parts[0]
        return cls(
            first.shape,
            np.concatenate([p.item for p in parts]),
            [np.concatenate([p.payoffs[i] for p in parts], axis=-1) for i in range(len(first.payoffs))],
            [np.concatenate([p.corners[j] for p in parts], axis=-1) for j in range(len(first.corners))],
        )

    def edges(self) -> list[tuple[int, int, int]]:
        """Every edge: player, and its two corners."""
        return [(j, p, q) for j, k in enumerate(self.shape.sizes) for p in range(k) for q in range(p + 1, k)]

    def lengths(self) -> NDArray[np.float64]:
        """Length of each edge, as the largest difference of a probability; shape (edge, cell)."""
        out = np.empty((len(self.edges()), len(self)))
        for length, (j, p, q) in zip(out, self.edges(), strict=True):
            gap = self.corners[j][p] - self.corners[j][q]
            np.abs(gap, out=gap).max(axis=0, out=length)
        return out


def whole(shape: SystemShape, payoffs: list[NDArray[np.float64]], item: NDArray[np.intp]) -> Cells:
    """The cells of all mixes."""
    corners = []
    for k in shape.sizes:
        corner = np.zeros((k, k, len(item)))
        corner[np.arange(k), np.arange(k)] = 1
        corners.append(corner)
    return Cells(shape, item, payoffs, corners)


def restricted(shape: SystemShape, payoffs: list[NDArray[np.float64]], item: NDArray[np.intp], to: dict[int, NDArray[np.float64]]) -> Cells:
    """Cells with the corners ``to[j]`` (k_j corners, k_j actions, cell) for some players, and all mixes of the others.

    ``payoffs`` are those of all systems; ``item`` (cell,) says which are meant.
    """
    cells = whole(shape, [u.take(item, axis=-1) for u in payoffs], item)
    for j, corner in to.items():
        cells.corners[j] = corner
        for i, values in enumerate(cells.payoffs):
            if i != j:
                rows = front(values, shape.axis(i, j))
                moved = np.zeros(rows.shape)
                for out, weights in zip(moved, corner, strict=True):
                    for row, weight in zip(rows, weights, strict=True):
                        out += row * weight
                cells.payoffs[i] = back(moved, shape.axis(i, j))
    return cells


def cut_corners(cells: Cells, low: Sequence[NDArray[np.float64]]) -> Cells:
    """Keep what has barycentric coordinates of at least ``low[j]``, shape (k_j, cell): a smaller cell, parallel to the old one."""
    payoffs, corners = list(cells.payoffs), list(cells.corners)
    for j, least in enumerate(low):
        if not least.any():
            continue
        left = 1 - least.sum(axis=0)
        corners[j] = _drawn(corners[j], 0, least, left)
        for i in range(len(payoffs)):
            if i != j:
                payoffs[i] = _drawn(payoffs[i], cells.shape.axis(i, j), least, left)
    return Cells(cells.shape, cells.item, payoffs, corners)


def _drawn(values: NDArray[np.float64], axis: int, least: NDArray[np.float64], left: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values at the new corners: ``left`` times the old, and the rest from the corner that all have in common."""
    rows = front(values, axis)
    common = rows[0] * least[0]
    for row, weight in zip(rows[1:], least[1:], strict=True):
        common += row * weight
    out = rows * left
    out += common
    return back(out, axis)


def halve(cells: Cells, choice: NDArray[np.intp]) -> list[Cells]:
    """Halve one edge of each cell, the edge of number ``choice`` (cell,); lists of halves."""
    shape, halves = cells.shape, []
    for number, (j, p, q) in enumerate(cells.edges()):
        some = np.flatnonzero(choice == number)
        if not len(some):
            continue
        part = cells.take(some)
        for moved in (p, q):
            payoffs = [u if i == j else _moved(u, shape.axis(i, j), p, q, moved) for i, u in enumerate(part.payoffs)]
            corners = [_moved(v, 0, p, q, moved) if i == j else v for i, v in enumerate(part.corners)]
            halves.append(Cells(shape, part.item, payoffs, corners))
    return halves


def _moved(values: NDArray[np.float64], axis: int, p: int, q: int, moved: int) -> NDArray[np.float64]:
    """Values with corner ``moved`` put in the middle of the edge."""
    out = values.copy()
    rows, old = front(out, axis), front(values, axis)
    rows[moved] = (old[p] + old[q]) * 0.5
    return out
