"""Certificates of plays (pure equilibria and subgame-perfect paths), by code that shares nothing with the solvers.

The solvers reduce dense payoff tensors along axes. Here the supported plays are lists; for each listed play the prefixes that each
deviation leads to are looked up in a table of integers, and the worst continuation is found by scattering the next stage's list over
those prefixes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.deviations import Deviations
from negotiation_sim.equilibria.resolution import Resolution

__all__ = ["certify_plays"]


def certify_plays(
    deviations: Deviations, payoffs: NDArray[np.float64], masks: Sequence[NDArray[np.bool_]], scale: Resolution, first: int = 0
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Check that every one-shot deviation is deterred at every history, on and off the path.

    The masks are the claim: ``masks[s]`` holds the plays whose options from stage ``s`` on are supported after their own history. If
    (1) nobody gains by one change of choice followed by the deviator's worst play in ``masks[s + 1]``, (2) after every history with a
    supported play all profiles of the stage have a supported continuation, and (3) the masks are nested, then by induction from the
    last stage every play in ``masks[0]`` is the path of a subgame-perfect equilibrium in pure strategies.

    Parameters
    ----------
    deviations : Deviations
    payoffs : ndarray, shape (player, plays * games)
        All payoffs, the games of one play side by side.
    masks : sequence of ndarray of bool, one for each stage, shape (..., n)
        Claims about the games ``first`` to ``first + n - 1``.
    scale : Resolution
        Payoff ranges, the unit of gains, and the rounding, within which a gain or a loss counts as none; shapes (player, n).
    first : int
        The first game.

    Returns
    -------
    play, game : ndarray of int, shape (entry,)
        The plays in ``masks[0]`` and their games, counted from ``first``; sorted by play, then game.
    regret : ndarray, shape (entry,)
        Largest gain at any history, on the path or off it, as a share of the deviator's range; infinite if (2) or (3) fails.
    slack : ndarray, shape (entry,)
        Smallest loss from a deviation on the path, as a share of the range; infinite if nobody has another choice.
    """
    n, last = masks[0].shape[-1], len(masks) - 1
    plays = len(deviations.allowed)
    games = payoffs.shape[1] // plays
    path = _listed(masks[0], n)
    slack = np.full(len(path[0]), np.inf)
    off_path = np.zeros(n)
    gain = off_path[:0]
    later: tuple[NDArray[np.intp], NDArray[np.intp]] | None = None
    for s in range(last, -1, -1):
        play, game = _listed(masks[s], n) if s else path
        at = play * games + (game + first)
        gain = np.zeros(len(play))
        nested = deviations.allowed[play] if s == last else masks[s + 1].reshape(-1)[play * n + game]
        gain[~nested] = np.inf
        if later is not None:
            start = deviations.prefix[s][later[0]] * n + later[1]
            if len(deviations.moves[s]) > 1:
                supported = np.zeros(deviations.size[s] * n, dtype=bool)
                supported[start] = True
                for sibling in deviations.siblings[s]:
                    gain[~supported[sibling[play] * n + game]] = np.inf
        for player, target, other in deviations.moves[s]:
            own = payoffs[player]
            if later is None:
                lowest, width, offset = own, games, first
            else:
                lowest, width, offset = np.full(deviations.size[s] * n, np.inf), n, 0
                np.minimum.at(lowest, start, own[later[0] * games + (later[1] + first)])
            unit, rounding = scale.unit[player], scale.rounding[player]
            value = own[at]
            best = value
            for to in target:
                best = np.maximum(best, lowest[to[play] * width + (game + offset)])
            np.maximum(gain, _beyond(best - value, rounding[game]) / unit[game], out=gain)
            value, unit, rounding = own[path[0] * games + (path[1] + first)], unit[path[1]], rounding[path[1]]
            for to, differs in zip(target, other, strict=True):
                loss = _beyond(value - lowest[to[path[0]] * width + (path[1] + offset)], rounding) / unit
                np.minimum(slack, np.where(differs[path[0]], loss, np.inf), out=slack)
        if s:
            np.maximum.at(off_path, game, gain)
        later = play, game
    return *path, np.maximum(gain, off_path[path[1]]), slack


def _beyond(difference: NDArray[np.float64], rounding: NDArray[np.float64]) -> NDArray[np.float64]:
    """Differences of payoffs, with 0 for those that rounding explains."""
    difference[np.abs(difference) <= rounding] = 0
    return difference


def _listed(mask: NDArray[np.bool_], n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Play and game of every true element of ``(..., n)``."""
    flat = np.flatnonzero(mask)
    play = flat // n
    return play, flat - play * n
