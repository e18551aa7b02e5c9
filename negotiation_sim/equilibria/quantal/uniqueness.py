"""Precisions at which a logit equilibrium is the only one, proved by a contraction.

Let d_j be the distance in total variation between two strategies of player j. A difference of payoffs u_i(a, .) - u_i(b, .) then
changes by at most the sum of d_j osc_ij, where osc_ij is the most it can change when j alone changes action; and a logit response of
precision l by a distance of at most l / 4 times that, since the probability p of any set of actions moves at a rate of at most
l p (1 - p) <= l / 4. So two equilibria satisfy d <= l M d with M = osc / 4, and are the same if l times the spectral radius of M is
below 1.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.quantal.response_system import ResponseSystem

__all__ = ["unique_below"]

Array = NDArray[np.float64]


def unique_below(system: ResponseSystem) -> Array:
    """Precision, in the unit of the system, below which each game has one equilibrium; shape ``(games,)``."""
    count, games = len(system.differences), system.differences[0].shape[-1]
    if count == 1:
        return np.full(games, np.inf)
    influence = np.zeros((count, count, games))
    for i, difference in enumerate(system.differences):
        for axis, j in enumerate((j for j in range(count) if j != i), start=1):
            influence[i, j] = _oscillation(difference, axis)
    influence /= 4
    with np.errstate(divide="ignore", invalid="ignore"):
        if count == 2:
            limit: Array = 1 / np.sqrt(influence[0, 1] * influence[1, 0])
            return limit
        once = influence.sum(axis=1)
        ratio = (influence * once).sum(axis=1) / once  # Collatz and Wielandt: the radius is at most the largest (M x)_i / x_i, x > 0
        radius = np.minimum(once.max(axis=0), np.where((once > 0).all(axis=0), ratio.max(axis=0), np.inf))
        bound: Array = 1 / np.minimum(radius, influence.sum(axis=0).max(axis=0))
        return bound


def _oscillation(difference: Array, axis: int) -> Array:
    """The most by which a difference of payoffs of two actions changes along one axis of ``(n_i - 1, ..., games)``."""

    def spread(x: Array, along: int) -> Array:
        change = x.max(axis=along) - x.min(axis=along)
        out: Array = change.reshape((-1, change.shape[-1])).max(axis=0)
        return out

    if len(difference) > 3:  # the triangle inequality instead of each pair
        each = np.sort([spread(row, axis - 1) for row in difference], axis=0)
        total: Array = each[-1] + each[-2]
        return total
    most = spread(difference, axis)
    for a, b in itertools.combinations(difference, 2):
        np.maximum(most, spread(a - b, axis - 1), out=most)
    return most
