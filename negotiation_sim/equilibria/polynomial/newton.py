"""Newton's method on many polynomial systems at once, and the proof that what it converges to is an isolated root."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.polynomial.row_reduction import NEGLIGIBLE, reduce_rows
from negotiation_sim.equilibria.polynomial.systems import SystemShape, expected

__all__ = ["Roots", "newton", "slack"]

STEPS = 12
FINISHED = 1e-9  # length of the last step: the next would be about its square
SOLVED = 1e-10  # payoff differences at a root
ROUNDING = 1e-15  # of one expected payoff difference, times the number of profiles that it sums


class Roots(NamedTuple):
    """Where Newton's method ended.

    ``mixes[j]`` (k_j, item); ``converged`` (item,); ``isolated`` (item,): proved to be near the only root of its surroundings;
    ``singular`` (item,): converged to where the derivative has no inverse; ``weight`` (item,): how far a root moves at most if payoff
    differences change by one unit, to first order.
    """

    mixes: list[NDArray[np.float64]]
    converged: NDArray[np.bool_]
    isolated: NDArray[np.bool_]
    singular: NDArray[np.bool_]
    weight: NDArray[np.float64]


def newton(
    shape: SystemShape, payoffs: list[NDArray[np.float64]], start: list[NDArray[np.float64]], negligible: float = NEGLIGIBLE
) -> Roots:
    """Find a root near ``start[j]`` (k_j, item) of each system. ``payoffs`` as in `SystemShape`.

    Directions in which the derivative is below ``negligible`` (as a share) are left alone.
    """
    mixes = [x.copy() for x in start]
    equations = [u[1:k] - u[:1] for u, k in zip(payoffs[: shape.mixing], shape.sizes, strict=True)]
    size = np.full(payoffs[0].shape[-1], np.inf)
    for _ in range(STEPS):
        value, matrix = _linearised(shape, equations, mixes)
        rows = reduce_rows(matrix, negligible)
        step = (rows.rows * value).sum(axis=1)
        step *= rows.pivoted & (size >= FINISHED)  # each system stops by itself: what others do must not move its root
        np.clip(step, -1, 1, out=step)
        for j, x in enumerate(mixes):
            own = step[shape.rows[j]]
            x[1:] -= own
            x[0] += own.sum(axis=0)
        size = np.where(size >= FINISHED, np.abs(step).max(axis=0), size)
        if (size < FINISHED).all():
            break
    value, matrix = _linearised(shape, equations, mixes)
    error = ROUNDING * sum(shape.sizes) * np.ones_like(value)
    reduced = reduce_rows(matrix)
    weight = np.abs(reduced.rows).sum(axis=1).max(axis=0)
    regular = reduced.pivoted.all(axis=0)
    converged = (size < FINISHED) & (np.abs(value).max(axis=0) < SOLVED)
    # Payoffs differ by 1 at most, so the derivative changes by at most 2 sum(k) r within a distance r, and its preconditioned change has a
    # norm of at most `weight` * D * 2 sum(k) * r. With r such that this is 1/4, Newton's step maps the ball of radius r into itself, and
    # contracts, if the step from the centre is at most r / 2 (Krawczyk 1969; Moore 1977).
    radius = 1 / (8 * shape.unknowns * sum(shape.sizes) * weight)
    last = (np.abs(reduced.rows) * (np.abs(value) + error)).sum(axis=1).max(axis=0)
    isolated = regular & converged & (last <= radius / 2)
    return Roots(mixes, converged, isolated, converged & ~isolated, weight)


def _linearised(
    shape: SystemShape, equations: list[NDArray[np.float64]], mixes: list[NDArray[np.float64]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values (D, item) and derivatives (D, D, item) of the equations."""
    count = equations[0].shape[-1]
    value, matrix = np.zeros((shape.unknowns, count)), np.zeros((shape.unknowns, shape.unknowns, count))
    for i, gains in enumerate(equations):
        others = shape.others(i)
        for j in others:
            pair = expected(shape, i, gains, mixes, but=j)
            np.subtract(pair[:, 1:], pair[:, :1], out=matrix[shape.rows[i], shape.rows[j]])
            if j == others[-1]:
                value[shape.rows[i]] = (pair * mixes[j]).sum(axis=1)
        if not others:
            value[shape.rows[i]] = gains
    return value, matrix


def slack(shape: SystemShape, payoffs: list[NDArray[np.float64]], mixes: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """How much more the best action that is not in use pays than the first in use, for each player: (player, item); -inf without any."""
    out = np.full((len(payoffs), payoffs[0].shape[-1]), -np.inf)
    for i, own in enumerate(payoffs):
        used = shape.used[i]
        if used < len(own):
            after = expected(shape, i, own, mixes)
            np.subtract(after[used:].max(axis=0), after[0], out=out[i])
    return out
