"""Tests of cells: is there no equilibrium in it, at most one, and where could it be?

Everything rests on one fact: a polynomial that is linear in each player's mix takes its extremes over a cell at the corners. That holds for
every payoff difference, for any combination of differences with constant weights, for the derivative of either, and for the coordinates
that Newton's step from the centre leads to: interval arithmetic without any overestimation of its own (Krawczyk 1969, with the exact range
in place of the interval extension). Margins allow for the rounding of the payoffs at the corners.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.polynomial.cells import Cells
from negotiation_sim.equilibria.polynomial.row_reduction import Reduced, reduce_rows
from negotiation_sim.equilibria.polynomial.systems import front

__all__ = ["Located", "locate", "may_tie", "slopes"]

ROUNDING = 1e-13  # error of a payoff at a corner, as a share of the player's range; averages do not add any


def may_tie(cells: Cells, tolerance: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether, in each cell, no action in use must earn less than another action; ``tolerance`` has shape (player, cell)."""
    good = np.ones(len(cells), dtype=bool)
    for i, payoffs in enumerate(cells.payoffs):
        rows, used, limit = payoffs.reshape((len(payoffs), -1, len(cells))), cells.shape.used[i], tolerance[i]
        for a in range(used):
            for b in range(a + 1, len(rows)):
                gain = rows[b] - rows[a]
                good &= gain.min(axis=0) <= limit
                if b < used:
                    good &= gain.max(axis=0) >= -limit
    return good


def slopes(cells: Cells) -> tuple[list[NDArray[np.float64]], NDArray[np.float64]]:
    """The equations of each player, and their derivatives at the centre, shape (equation, unknown, cell).

    Equations have the shape of the payoffs, the first action's subtracted from the others in use. Unknowns are the barycentric
    coordinates but the first of each player.
    """
    shape = cells.shape
    equations = [u[1:k] - u[:1] for u, k in zip(cells.payoffs[: shape.mixing], shape.sizes, strict=True)]
    matrix = np.zeros((shape.unknowns, shape.unknowns, len(cells)))
    for i, gains in enumerate(equations):
        for j in shape.others(i):
            among = tuple(shape.axis(i, other) for other in shape.others(i) if other != j)
            mean = gains.mean(axis=among) if among else gains
            np.subtract(mean[:, 1:], mean[:, :1], out=matrix[shape.rows[i], shape.rows[j]])
    return equations, matrix


@dataclass(frozen=True)
class Located:
    """Where the roots of the equations of each cell could be.

    ``possible`` (cell,): not excluded; ``single`` (cell,): at most one root; ``low[j]`` (k_j, cell): lower bounds of the barycentric
    coordinates of every root; ``bends`` (edge, cell): how far the equations are from linear along each edge, 0 where not ``pivoted``
    (cell,).
    """

    possible: NDArray[np.bool_]
    single: NDArray[np.bool_]
    low: list[NDArray[np.float64]]
    bends: NDArray[np.float64]
    pivoted: NDArray[np.bool_]


def locate(cells: Cells) -> Located:
    """Bound the roots of each cell by the range of Newton's step, with the derivatives at the centre."""
    shape, count = cells.shape, len(cells)
    equations, matrix = slopes(cells)
    reduced = reduce_rows(matrix)
    step = _combined(cells, equations, reduced.rows)
    error = ROUNDING * (np.abs(reduced.rows).sum(axis=1) + 1)
    possible = np.ones(count, dtype=bool)
    spread = np.zeros((shape.unknowns, count))
    low, bends = [], []
    for j, k in enumerate(shape.sizes):
        rows = shape.rows[j]
        along = front(step, 1 + j).reshape((k, shape.unknowns, -1, count))
        ends = along.min(axis=2), along.max(axis=2)  # (corner, equation, cell)
        possible &= (ends[0].min(axis=0) <= error).all(axis=0) & (ends[1].max(axis=0) >= -error).all(axis=0)
        least, most = _coordinates(along[:, rows], (ends[0][:, rows], ends[1][:, rows]), error[rows], reduced, rows)
        possible &= (most.min(axis=0) >= 0) & (least.max(axis=0) <= 1)
        np.clip(least, 0, None, out=least)
        total = least.sum(axis=0)
        possible &= total <= 1 + 1e-9
        least[:, total > 1 - 1e-9] = 0  # nearly a point: its size is not worth the rounding
        low.append(least)
        for p in range(k):
            for q in range(p + 1, k):
                slope = along[q] - along[p]
                top, bottom = slope.max(axis=1), slope.min(axis=1)
                bends.append((top - bottom).sum(axis=0))
                if p == 0:
                    top[rows.start + q - 1] -= 1
                    bottom[rows.start + q - 1] -= 1
                    spread += np.maximum(top, -bottom)
    pivoted: NDArray[np.bool_] = np.logical_and.reduce(reduced.pivoted, axis=0)
    # If the derivative of x - step(x) has norm below 1 everywhere in the cell, which is convex, no two points have the same step.
    single = pivoted & np.logical_and.reduce(spread + error * shape.unknowns < 1, axis=0)
    return Located(possible, single, low, np.stack(bends) * pivoted, pivoted)


def _combined(cells: Cells, equations: list[NDArray[np.float64]], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Combine the equations with the weights ``rows`` (D, equation, cell), at all corners: shape (D, k_0, k_1, ..., cell)."""
    shape, count = cells.shape, len(cells)
    out = np.zeros((shape.unknowns, *shape.sizes, count))
    for i, gains in enumerate(equations):
        weights = rows[:, shape.rows[i]].reshape((shape.unknowns, len(gains), *(1,) * (shape.mixing - 1), count))
        part = weights[:, 0] * gains[0]
        for a in range(1, len(gains)):
            part += weights[:, a] * gains[a]
        out += np.expand_dims(part, 1 + i)
    return out


def _coordinates(
    along: NDArray[np.float64],
    ends: tuple[NDArray[np.float64], NDArray[np.float64]],
    error: NDArray[np.float64],
    reduced: Reduced,
    rows: slice,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bounds of one player's barycentric coordinates at a root, two arrays (k, cell): coordinate minus step, at all corners.

    ``along`` (corner, k - 1, other corners, cell): the steps; ``ends``: their extremes over the other corners.
    """
    k, count = len(along), along.shape[-1]
    least, most = np.zeros((k, count)), np.ones((k, count))
    for b in range(1, k):
        own = np.zeros((k, 1))
        own[b] = 1
        known = reduced.pivoted[rows][b - 1]
        least[b] = np.where(known, (own - ends[1][:, b - 1]).min(axis=0) - error[b - 1], 0)
        most[b] = np.where(known, (own - ends[0][:, b - 1]).max(axis=0) + error[b - 1], 1)
    total = along[:, 0] if k == 2 else along.sum(axis=1)
    own = np.zeros((k, 1))
    own[0] = 1
    known = reduced.pivoted[rows].all(axis=0)
    least[0] = np.where(known, (own + total.min(axis=1)).min(axis=0) - error.sum(axis=0), 0)
    most[0] = np.where(known, (own + total.max(axis=1)).max(axis=0) + error.sum(axis=0), 1)
    return least, most
