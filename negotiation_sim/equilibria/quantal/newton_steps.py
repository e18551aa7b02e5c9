"""Newton's step and the tangent of the curve of logit equilibria, by elimination for a whole batch at once.

The equations F(z, l) = z - l g(z) = 0 leave one degree of freedom; one more row, the border, fixes it. A player's own block of dF/dz is the
identity, so the first player's unknowns are eliminated without a division; what is left is solved by elimination with partial pivoting.
A singular system gives numbers that are not finite in its own game only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.quantal.response_system import Linearised, ResponseSystem

__all__ = ["Step", "newton_step", "solve_in_place"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """One evaluation of the equations.

    Parameters
    ----------
    change : ndarray, shape (d + 1, games)
        Newton's change of the log-odds and of the precision (last row), which keeps the product with the border.
    tangent : ndarray, shape (d + 1, games)
        Direction of the curve whose product with the border is 1, not normalised.
    orientation : ndarray, shape (games,)
        Sign of the determinant of the bordered system.
    residual : ndarray, shape (d, games)
        F at the point.
    at : Linearised
    """

    change: Array
    tangent: Array
    orientation: Array
    residual: Array
    at: Linearised


def newton_step(system: ResponseSystem, y: Array, border: Array) -> Step:
    """Evaluate and solve at ``y``, log-odds and precision ``(d + 1, games)``, with the border row ``(d + 1, games)``."""
    d, games = system.unknowns, y.shape[-1]
    first = system.sizes[0]
    rest = d - first
    at = system.linearise(y[:d])
    precision = y[d]
    residual = y[:d] - precision * at.gains
    across = np.empty((first, rest + 1, games))  # of the first player's equations by the other unknowns
    below = np.empty((rest + 1, first, games))  # of the other equations by the first player's log-odds
    square = np.zeros((rest + 1, rest + 3, games))  # the other equations, and two right-hand sides
    ends = np.cumsum(system.sizes) - first
    places = [slice(end - size, end) for end, size in zip(ends, system.sizes, strict=True)]
    for i, row in enumerate(at.slopes):
        for j, slope in enumerate(row):
            if slope is None:
                continue
            target = across[:, places[j]] if i == 0 else below[places[i]] if j == 0 else square[places[i], places[j]]
            np.multiply(slope, -precision, out=target)
    np.negative(at.gains[:first], out=across[:, rest])
    below[rest] = border[:first]
    for k in range(rest):
        square[k, k] = 1
    np.negative(at.gains[first:], out=square[:rest, rest])
    square[rest, : rest + 1] = border[first:]
    np.negative(residual[first:], out=square[:rest, rest + 1])
    square[rest, rest + 2] = 1
    for q in range(first):
        column = below[:, q]
        square[:, : rest + 1] -= column[:, None] * across[q]
        square[:, rest + 1] += column * residual[q]
    orientation = solve_in_place(square, rest + 1)
    solved = square[:, rest + 1 :]
    both = np.empty((d + 1, 2, games))
    both[first:] = solved
    own = both[:first]
    np.multiply(across[:, 0, None], solved[0], out=own)
    for q in range(1, rest + 1):
        own += across[:, q, None] * solved[q]
    np.negative(own, out=own)
    own[:, 0] -= residual[:first]
    return Step(both[:, 0], both[:, 1], orientation, residual, at)


def solve_in_place(square: Array, size: int) -> Array:
    """Solve ``(size, size + k, games)``: coefficients, then k right-hand sides, which become the solutions.

    Returns
    -------
    ndarray, shape (games,)
        Sign of the determinant.
    """
    sign = np.ones(square.shape[-1])
    for c in range(size):
        if c + 1 < size:
            column = np.abs(square[c:size, c])
            best = column.argmax(axis=0)
            swap = np.flatnonzero(column[0] < 0.1 * column.max(axis=0))
            if len(swap):
                other = best[swap] + c
                held = square[c][:, swap]
                square[c][:, swap] = square[other, :, swap].T
                square[other, :, swap] = held.T
                sign[swap] *= -1
        pivot = square[c, c]
        sign *= np.sign(pivot)
        square[c, c + 1 :] *= 1 / pivot
        if c + 1 < size:
            square[c + 1 : size, c + 1 :] -= square[c + 1 : size, c, None] * square[c, c + 1 :]
    for c in range(size - 1, 0, -1):
        square[:c, size:] -= square[:c, c, None] * square[c, size:]
    return sign
