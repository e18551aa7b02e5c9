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

__all__ = ["Step", "newton_change", "newton_step", "solve_in_place"]

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
    d, first = system.unknowns, system.sizes[0]
    rest = d - first
    reduced = _Reduced.build(system, y[:d], y[d], 1)
    across, below, square, at = reduced.across, reduced.below, reduced.square, reduced.at
    np.negative(at.gains[:first], out=across[:, rest])
    below[rest] = border[:first]
    np.negative(at.gains[first:], out=square[:rest, rest])
    square[rest, : rest + 1] = border[first:]
    square[rest, rest + 1] = 0
    square[:rest, rest + 2] = 0
    square[rest, rest + 2] = 1
    both, orientation = reduced.solved(1)
    return Step(both[:, 0], both[:, 1], orientation, reduced.residual, at)


def newton_change(system: ResponseSystem, z: Array, precision: Array) -> tuple[Array, Linearised]:
    """Newton's change of log-odds ``(d, games)`` at fixed precision ``(games,)``, and the evaluation that it comes from."""
    reduced = _Reduced.build(system, z, precision, 0)
    both, _ = reduced.solved(0)
    return both[:, 0], reduced.at


@dataclass(frozen=True)
class _Reduced:
    """The equations in blocks: those of the first player, whose own block is the identity, and the others with ``extra`` more unknowns.

    Parameters
    ----------
    across : ndarray, shape (first, rest + extra, games)
        Derivatives of the first player's equations by the other unknowns.
    below : ndarray, shape (rest + extra, first, games)
        Derivatives of the other equations by the first player's log-odds.
    square : ndarray, shape (rest + extra, rest + extra + 1 + extra, games)
        The other derivatives, and right-hand sides, the first of them minus the residual.
    residual : ndarray, shape (d, games)
    at : Linearised
    """

    across: Array
    below: Array
    square: Array
    residual: Array
    at: Linearised

    @classmethod
    def build(cls, system: ResponseSystem, z: Array, precision: Array, extra: int) -> _Reduced:
        """Evaluate; the last ``extra`` rows and columns, and further right-hand sides, are left to fill in."""
        games, first = z.shape[-1], system.sizes[0]
        rest = system.unknowns - first
        at = system.linearise(z)
        residual = z - precision * at.gains
        across = np.empty((first, rest + extra, games))
        below = np.empty((rest + extra, first, games))
        square = np.empty((rest + extra, rest + 1 + 2 * extra, games))
        ends = np.cumsum(system.sizes) - first
        places = [slice(end - size, end) for end, size in zip(ends, system.sizes, strict=True)]
        rate = -precision
        for i, row in enumerate(at.slopes):
            for j, slope in enumerate(row):
                if slope is None:
                    if i > 0:
                        square[places[i], places[i]] = np.eye(system.sizes[i])[..., None]
                    continue
                target = across[:, places[j]] if i == 0 else below[places[i]] if j == 0 else square[places[i], places[j]]
                np.multiply(slope, rate, out=target)
        np.negative(residual[first:], out=square[:rest, rest + extra])
        return cls(across, below, square, residual, at)

    def solved(self, extra: int) -> tuple[Array, Array]:
        """Eliminate and solve: solutions ``(d + extra, 1 + extra, games)``, and the sign of the determinant."""
        across, square, size = self.across, self.square, len(self.square)
        first, games = len(across), across.shape[-1]
        for q in range(first):
            column = self.below[:, q]
            square[:, :size] -= column[:, None] * across[q]
            square[:, size] += column * self.residual[q]
        orientation = solve_in_place(square, size)
        both = np.empty((first + size, 1 + extra, games))
        both[first:] = square[:, size:]
        own = both[:first]
        own[:] = 0
        np.negative(self.residual[:first], out=own[:, 0])
        for q in range(size):
            own -= across[:, q, None] * both[first + q]
        return both, orientation


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
