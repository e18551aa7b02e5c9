"""Logit equilibria at a fixed precision, from a point nearby: Newton's method until rounding is all that is left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.quantal.newton_steps import newton_change
from negotiation_sim.equilibria.quantal.response_system import ResponseSystem

__all__ = ["polish", "polished_probabilities"]

Array = NDArray[np.float64]

SETTLED, ROUNDED = 1e-11, 1e-8  # the last step moves no probability by more; or, after all rounds, by more only for rounding
STILL = 1e-4  # nor log-odds by more: the probability of an unlikely action moves little until its log-odds have moved far
FAR = 5e3  # precision times log-odds above which the digits of log-odds against an unlikely action are too few


def polish(
    system: ResponseSystem, z: Array, precision: Array, rounds: int = 8, reach: float = 1.0, settled: float = SETTLED
) -> tuple[Array, Array]:
    """Solve z = l g(z) from nearby.

    Parameters
    ----------
    system : ResponseSystem
    z : ndarray, shape (d, games)
    precision : ndarray, shape (games,)
        In the unit of the system.
    rounds : int
    reach : float
        Steps that would move a probability by more are shortened.
    settled : float
        A step that moves no probability by more is the last.

    Returns
    -------
    z : ndarray, shape (d, games)
    moved : ndarray, shape (games,)
        How far the probabilities have moved in all; infinite where the method did not settle.
    """
    games = z.shape[-1]
    out, total = z.copy(), np.zeros(games)
    game = np.arange(games)
    for _ in range(rounds):
        with np.errstate(all="ignore"):
            change, at = newton_change(system, z, precision)
            way = system.moved(at.probabilities, change)
            if not way.max() <= reach:  # also where NaN
                change *= np.minimum(reach / way, 1)
                way = np.where(np.isfinite(way), np.minimum(way, reach), np.inf)
        z = z + change
        if len(game) == games:
            total += way
        else:
            total[game] += way
        unsettled = (way > settled) | (np.abs(change).max(axis=0) > STILL)
        left = np.flatnonzero(unsettled & (way < np.inf))
        if len(left) < len(game) or not len(left):
            out[:, game] = z
            if not len(left):
                break
            system, z, precision, game, way = system.take(left), z.take(left, axis=1), precision[left], game[left], way[left]
    else:
        out[:, game] = z
        total[game[way > ROUNDED]] = np.inf
    return out, total


def polished_probabilities(system: ResponseSystem, z: Array, precision: Array) -> tuple[list[Array], Array]:
    """Polish a point: probabilities ``(n_i, games)`` of each active player, and how far they have moved in all."""
    far = np.maximum(z, 0).max(axis=0) * precision > FAR
    if not far.any():
        z, moved = polish(system, z, precision)
        return system.probabilities(z), moved
    p, moved = system.probabilities(z), np.empty(len(precision))
    near = np.flatnonzero(~far)
    if len(near):
        some = system.take(near)
        there, moved[near] = polish(some, z[:, near], precision[near])
        for own, found in zip(p, some.probabilities(there), strict=True):
            own[:, near] = found
    beyond = np.flatnonzero(far)
    some, there, order = system.take(beyond).referred(z[:, beyond])
    there, moved[beyond] = polish(some, there, precision[beyond])
    for own, found, places in zip(p, some.probabilities(there), order, strict=True):
        own[:, beyond] = np.take_along_axis(found, places, axis=0)
    return p, moved
