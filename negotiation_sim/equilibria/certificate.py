"""Certificates of strategies: how much could anybody gain by deviating, computed by code that shares nothing with the solvers.

Every player's payoffs are contracted with the mixtures of the others, which gives the payoff of each of the player's pure actions; the
best of them minus the payoff of the profile is the regret. No solver multiplies these tensors. Plays have a certificate of their own,
in `negotiation_sim.equilibria.play_certificate`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._arrays import chunks, games_last, logical_view
from negotiation_sim.equilibria.resolution import Resolution
from negotiation_sim.games.normal_form import NormalFormGame

__all__ = ["Verdict", "certify_mixed", "contract", "deviation_payoffs", "regret"]

_PROBABILITY_TOLERANCE = 1e-9


def regret(game: NormalFormGame, profile: Sequence[ArrayLike]) -> NDArray[np.float64]:
    """How much each player could gain by changing only their own strategy.

    Parameters
    ----------
    game : NormalFormGame
        One game or a batch.
    profile : sequence of array_like, one for each player, shape (*batch, n_i)
        Probability of each action of player ``i``; broadcasts against the batch of games.

    Returns
    -------
    ndarray, shape (*batch, player)
        Gain in units of payoff, at least 0; infinite where the profile is no profile of probabilities (a negative entry, or a sum
        other than 1, beyond 1e-9).

    Raises
    ------
    ValueError
        If the number of strategies or their shapes do not fit the game.

    Examples
    --------
    >>> pennies = NormalFormGame.from_arrays([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    >>> regret(pennies, [[0.5, 0.5], [0.5, 0.5]])
    array([0., 0.])
    >>> regret(pennies, [[1, 0], [0.75, 0.25]])
    array([0. , 1.5])
    """
    if len(profile) != len(game.players):
        raise ValueError(f"profile must hold {len(game.players)} strategies, one for each player; got {len(profile)}")
    mixtures = []
    for i, (strategy, n) in enumerate(zip(profile, game.shape, strict=True)):
        array = np.asarray(strategy, dtype=np.float64)
        if array.ndim < 1 or array.shape[-1] != n:
            raise ValueError(
                f"profile[{i}] ({game.players[i]}) must have shape (*batch, {n}), one probability an action; got shape {array.shape}"
            )
        try:
            full = np.broadcast_to(array, (*game.batch_shape, n))
        except ValueError:
            raise ValueError(
                f"profile[{i}] ({game.players[i]}) must broadcast to the batch {game.batch_shape}; got shape {array.shape}. "
                "Index the game first if only some of its games are meant."
            ) from None
        mixtures.append(games_last(full, len(game.batch_shape)))
    gain = np.empty((len(game.players), game.games))
    for part in chunks(game.games, _size(game.tensor)):
        mixed = [x[:, part] for x in mixtures]
        proper = _proper(mixed)
        for i in range(len(mixed)):
            _, gain[i, part], _ = _judged(game.tensor[i, ..., part], mixed, i, proper)
    return logical_view(gain, game.batch_shape)


@dataclass(frozen=True)
class Verdict:
    """What deviations from listed profiles would bring.

    Parameters
    ----------
    payoffs : ndarray, shape (player, entry)
    regret : ndarray, shape (entry,)
        Largest gain from a deviation, as a share of the deviator's payoff range; gains within the rounding of the payoffs are 0.
    strict : ndarray of bool, shape (entry,)
        Every deviation to another pure action loses more than the tolerance.
    """

    payoffs: NDArray[np.float64]
    regret: NDArray[np.float64]
    strict: NDArray[np.bool_]


def contract(tensor: NDArray[np.float64], mixture: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Average ``(a_0, ..., entry)`` over one action axis with the weights ``(n, entry)``; sums in the order of the actions."""
    rows = np.moveaxis(tensor, axis, 0)
    total: NDArray[np.float64] = rows[0] * mixture[0]
    for row, weight in zip(rows[1:], mixture[1:], strict=True):
        total = total + row * weight
    return total


def deviation_payoffs(tensor: NDArray[np.float64], mixtures: Sequence[NDArray[np.float64]], player: int) -> NDArray[np.float64]:
    """Payoff of each pure action of ``player`` against the mixtures of the others: ``(n_i, entry)`` from ``(a_0, ..., entry)``."""
    for j in reversed(range(len(mixtures))):
        if j != player:
            tensor = contract(tensor, mixtures[j], j)
    return tensor


def certify_mixed(tensor: NDArray[np.float64], index: NDArray[np.intp], mixtures: Sequence[NDArray[np.float64]], rtol: float) -> Verdict:
    """Judge mixed profiles.

    Parameters
    ----------
    tensor : ndarray, shape (player, a_0, ..., a_{N-1}, games)
    index : ndarray of int, shape (entry,)
        The game of each entry, in ascending order.
    mixtures : sequence of ndarray, one for each player, shape (n_i, entry)
    rtol : float
        Losses up to this share of the payoff range, or within the rounding of the payoffs, are not strict.
    """
    count, entries = tensor.shape[0], len(index)
    payoffs, regrets, strict = np.empty((count, entries)), np.zeros(entries), np.ones(entries, dtype=bool)
    for part in chunks(entries, _size(tensor)):
        first, last = int(index[part.start]), int(index[part.stop - 1])
        games, local = tensor[..., first : last + 1], index[part] - first
        scale = Resolution.of(games)
        tolerance = scale.tolerance(rtol)
        mixed = [np.ascontiguousarray(x[:, part]) for x in mixtures]
        proper = _proper(mixed)
        for i in range(count):
            payoffs[i, part], gain, after = _judged(games[i].take(local, axis=-1), mixed, i, proper)
            gain[gain <= scale.rounding[i].take(local)] = 0
            gain /= scale.unit[i].take(local)
            np.maximum(regrets[part], gain, out=regrets[part])
            rivals = (after >= payoffs[i, part] - tolerance[i].take(local)).sum(axis=0, dtype=np.int32)
            strict[part] &= (rivals == 1) & (mixed[i].max(axis=0) > 1 - _PROBABILITY_TOLERANCE)
    return Verdict(payoffs, regrets, strict)


def _judged(
    own: NDArray[np.float64], mixtures: Sequence[NDArray[np.float64]], player: int, proper: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Payoff, largest gain, and payoff of each pure action, of one player; ``own`` is (a_0, ..., entry)."""
    after = deviation_payoffs(own, mixtures, player)
    value = contract(after, mixtures[player], 0)
    gain = after.max(axis=0)
    gain -= value
    np.maximum(gain, 0, out=gain)
    gain[~proper] = np.inf
    return value, gain, after


def _proper(mixtures: Sequence[NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Whether all of an entry's mixtures are probabilities."""
    proper = np.ones(mixtures[0].shape[-1], dtype=bool)
    for x in mixtures:
        proper &= x.min(axis=0) >= -_PROBABILITY_TOLERANCE
        proper &= np.abs(x.sum(axis=0) - 1) <= _PROBABILITY_TOLERANCE
    return proper


def _size(tensor: NDArray[np.float64]) -> int:
    """Entries a chunk, so that one player's payoffs stay in cache."""
    return int(max(64, min(8192, (1 << 15) // math.prod(tensor.shape[1:-1]))))
