"""Support profiles that the signs of payoff differences alone rule out.

A difference of expected payoffs is linear in each other player's mix, so over all mixes on given supports it takes its extremes where
everybody plays a pure action. Two actions that are both in use pay the same somewhere in the middle: their difference has both signs
among those extremes, or is zero at all of them. And no action in use pays less than another everywhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["possible_supports"]


def possible_supports(tensor: NDArray[np.float64], tolerance: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which support profiles may have an equilibrium in their middle.

    Parameters
    ----------
    tensor : ndarray, shape (player, a_0, ..., a_{N-1}, games)
    tolerance : ndarray, shape (player, games)
        Differences up to this are ties.

    Returns
    -------
    ndarray of bool, shape (2 ** a_0 - 1, ..., games)
        Index plus one is the set of actions in use, as bits.
    """
    actions, games = tensor.shape[1:-1], tensor.shape[-1]
    sets = [(1 << n) - 1 for n in actions]
    out = np.ones((*sets, games), dtype=bool)
    for i, own in enumerate(tensor):
        payoffs, n = np.moveaxis(own, i, 0), actions[i]
        others = [m for j, m in enumerate(sets) if j != i]
        barred = np.zeros((sets[i], *others, games), dtype=bool)
        masks = np.arange(1, sets[i] + 1)
        for a in range(n):
            for b in range(a + 1, n):
                gain = payoffs[b] - payoffs[a]
                sign = (gain > tolerance[i]).view(np.uint8) | (gain < -tolerance[i]).view(np.uint8) << 1
                some, every = _over_subsets(sign, np.bitwise_or), _over_subsets(sign, np.bitwise_and)
                first, second = masks >> a & 1 == 1, masks >> b & 1 == 1
                barred[first & second] |= (some == 1) | (some == 2)
                barred[first & ~second] |= every & 1 == 1
                barred[second & ~first] |= every & 2 == 2
        out &= ~np.moveaxis(barred, 0, i)
    return out


def _over_subsets(sign: NDArray[np.uint8], join: np.ufunc) -> NDArray[np.uint8]:
    """Join the values over every product of nonempty sets of actions; an axis of n becomes one of 2 ** n - 1."""
    for axis in range(sign.ndim - 1):
        rows = np.moveaxis(sign, axis, 0)
        joined = np.empty(((1 << len(rows)) - 1, *rows.shape[1:]), dtype=np.uint8)
        for a, row in enumerate(rows):
            begin = 1 << a  # the sets whose highest action is a
            joined[begin - 1] = row
            join(joined[: begin - 1], row, out=joined[begin : 2 * begin - 1])
        sign = np.moveaxis(joined, 0, axis)
    return sign
