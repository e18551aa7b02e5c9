"""Certificates of plays (pure equilibria and subgame-perfect paths), by code that shares nothing with the solvers.

The solvers reduce dense payoff tensors along axes. Here the supported plays are lists; for each listed play the prefixes that each
deviation leads to are looked up in a table of integers, and the worst continuation is found by scattering the next stage's list over
those prefixes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.certificates.deviations import Deviations
from negotiation_sim.equilibria.certificates.resolution import Resolution

__all__ = ["certify_plays"]


def certify_plays(
    deviations: Deviations,
    payoffs: NDArray[np.float64],
    masks: Sequence[NDArray[np.bool_]],
    scale: Resolution,
    first: int = 0,
    with_slack: bool = True,
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
    with_slack : bool
        Whether to work out the slack too.

    Returns
    -------
    play, game : ndarray of int, shape (entry,)
        The plays in ``masks[0]`` and their games, counted from ``first``; sorted by play, then game.
    regret : ndarray, shape (entry,)
        Largest gain at any history, on the path or off it, as a share of the deviator's range; infinite if (2) or (3) fails.
    slack : ndarray, shape (entry,)
        Smallest loss from a deviation on the path, as a share of the range; infinite if nobody has another choice. Empty unless asked
        for.
    """
    n, last = masks[0].shape[-1], len(masks) - 1
    plays = len(deviations.allowed)
    games = payoffs.shape[1] // plays
    path = _listed(masks[0], n)
    slack = np.full(len(path[0]) if with_slack else 0, np.inf)
    off_path = np.zeros(n)
    gain = off_path[:0]
    later: tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]] | None = None
    for s in range(last, -1, -1):
        play, game = _listed(masks[s], n) if s else path
        here = game + first
        at = play * games + here
        gain = np.zeros(len(play))
        nested = deviations.allowed.take(play) if s == last else masks[s + 1].reshape(-1).take(play * n + game)
        if not nested.all():
            gain[~nested] = np.inf
        start = at[:0]
        if later is not None:
            start = _spots(deviations.prefix[s], n, *later[:2])
            if len(deviations.moves[s]) > 1:
                supported = np.zeros(deviations.size[s] * n, dtype=bool)
                supported[start] = True
                for sibling in deviations.siblings[s]:
                    answered = supported.take(_spots(sibling, n, play, game))
                    if not answered.all():
                        gain[~answered] = np.inf
        for player, target, other in deviations.moves[s]:
            own = payoffs[player]
            if later is None:
                lowest, width, column = own, games, here
            else:
                lowest, width, column = np.full(deviations.size[s] * n, np.inf), n, game
                np.minimum.at(lowest, start, own.take(later[2]))
            value = own.take(at)
            best = value.copy()
            for to in target:
                np.maximum(best, lowest.take(_spots(to, width, play, column)), out=best)
            best -= value
            best[best <= scale.rounding[player].take(game)] = 0
            best /= scale.unit[player].take(game)
            np.maximum(gain, best, out=gain)
            if with_slack:
                value, column = own.take(path[0] * games + (path[1] + first)), path[1] + (first if later is None else 0)
                rounding, unit = scale.rounding[player].take(path[1]), scale.unit[player].take(path[1])
                for to, differs in zip(target, other, strict=True):
                    loss = _beyond(value - lowest.take(_spots(to, width, path[0], column)), rounding) / unit
                    np.minimum(slack, np.where(differs.take(path[0]), loss, np.inf), out=slack)
        if s:
            np.maximum.at(off_path, game, gain)
        later = play, game, at
    return *path, np.maximum(gain, off_path[path[1]]), slack


def _spots(table: NDArray[np.intp], width: int, play: NDArray[np.intp], column: NDArray[np.intp]) -> NDArray[np.intp]:
    """Flat places in rows of ``width``: the row that the table gives for each play (multiplied while the table is small), the column."""
    spots = (table * width).take(play)
    spots += column
    return spots


def _beyond(difference: NDArray[np.float64], rounding: NDArray[np.float64]) -> NDArray[np.float64]:
    """Differences of payoffs, with 0 for those that rounding explains."""
    difference[np.abs(difference) <= rounding] = 0
    return difference


def _listed(mask: NDArray[np.bool_], n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Play and game of every true element of ``(..., n)``."""
    flat = np.flatnonzero(mask)
    play = flat // n
    return play, flat - play * n
