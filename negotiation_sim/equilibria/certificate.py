"""Certificates of strategies: how much could anybody gain by deviating, computed by code that shares nothing with the solvers.

Every player's payoffs are contracted with the mixtures of the others, which gives the payoff of each of the player's pure actions; the
best of them minus the payoff of the profile is the regret. No solver multiplies these tensors. Plays have a certificate of their own,
in `negotiation_sim.equilibria.play_certificate`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
    scratch = Scratch()
    for part in chunks(game.games, _size(game.tensor)):
        mixed = [x[:, part] for x in mixtures]
        improper = _improper(mixed, scratch)
        for i in range(len(mixed)):
            _, gain[i, part], _ = _judged(game.tensor[i, ..., part], mixed, i, improper, scratch)
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


def contract(
    tensor: NDArray[np.float64], mixture: NDArray[np.float64], axis: int, scratch: Scratch | None = None, name: str = ""
) -> NDArray[np.float64]:
    """Average ``(a_0, ..., entry)`` over one action axis with the weights ``(n, entry)``; sums in the order of the actions.

    With a ``scratch``, the result is its array ``name``, until the next call with that name.
    """
    rows = np.moveaxis(tensor, axis, 0)
    held = scratch or Scratch()
    shape = (*rows.shape[1:-1], *np.broadcast_shapes(rows.shape[-1:], mixture.shape[-1:]))
    total, product = held(f"total {name}", shape), held("product", shape)
    np.multiply(rows[0], mixture[0], out=total)
    for row, weight in zip(rows[1:], mixture[1:], strict=True):
        total += np.multiply(row, weight, out=product)
    return total


def deviation_payoffs(
    tensor: NDArray[np.float64], mixtures: Sequence[NDArray[np.float64]], player: int, scratch: Scratch | None = None
) -> NDArray[np.float64]:
    """Payoff of each pure action of ``player`` against the mixtures of the others: ``(n_i, entry)`` from ``(a_0, ..., entry)``."""
    for j in reversed(range(len(mixtures))):
        if j != player:
            tensor = contract(tensor, mixtures[j], j, scratch, str(j))
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
    payoffs, regrets, strict = np.empty((count, entries)), np.zeros(entries), np.empty(entries, dtype=bool)
    scratch = Scratch()
    for part in chunks(entries, _size(tensor)):
        first, last, size = int(index[part.start]), int(index[part.stop - 1]), part.stop - part.start
        games, local = tensor[..., first : last + 1], index[part] - first
        scale = Resolution.of(games)
        tolerance = scale.tolerance(rtol)
        mixed = [x[:, part] for x in mixtures]
        improper = _improper(mixed, scratch)
        pure, enough = strict[part], scratch("enough", (size,), np.bool_)
        pure[:] = True
        for i in range(count):
            own = scratch("own", (*tensor.shape[1:-1], size))
            games[i].take(local, axis=-1, out=own, mode="clip")
            value, gain, after = _judged(own, mixed, i, improper, scratch)
            payoffs[i, part] = value
            some = np.flatnonzero(gain)  # NaN is some, too
            if len(some):
                of, more = local.take(some), gain.take(some)
                more[more <= scale.rounding[i].take(of)] = 0
                span = scale.span[i].take(of)
                span[span == 0] = 1.0  # a player whose payoffs are constant
                gain[some] = np.divide(more, span, out=more)
                np.maximum(regrets[part], gain, out=regrets[part])
            number = scratch("number", (size,))
            value -= tolerance[i].take(local, out=number, mode="clip")
            kind = np.uint8 if len(after) < 256 else np.int32
            rival_count = scratch(f"rivals of {i}", (size,), kind)
            rivals = np.greater_equal(after, value, out=scratch("rivals", after.shape, np.bool_))
            pure &= np.equal(np.add.reduce(rivals.view(np.uint8), axis=0, dtype=kind, out=rival_count), 1, out=enough)
            pure &= np.greater(mixed[i].max(axis=0, out=number), 1 - _PROBABILITY_TOLERANCE, out=enough)
    return Verdict(payoffs, regrets, strict)


class Scratch:
    """Working arrays by name, used again: fresh memory would cost as much as the arithmetic on it."""

    def __init__(self) -> None:
        self._held: dict[str, NDArray[Any]] = {}

    def __call__(self, name: str, shape: tuple[int, ...], kind: type[np.generic] = np.float64) -> NDArray[Any]:
        """The array of this name, with whatever it holds."""
        size = math.prod(shape)
        held = self._held.get(name)
        if held is None or held.size < size:
            held = self._held[name] = np.empty(size, dtype=kind)
        return held[:size].reshape(shape)


def _judged(
    own: NDArray[np.float64], mixtures: Sequence[NDArray[np.float64]], player: int, improper: NDArray[np.bool_] | None, scratch: Scratch
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Payoff, largest gain, and payoff of each pure action, of one player; ``own`` is (a_0, ..., entry). All in ``scratch``."""
    after = deviation_payoffs(own, mixtures, player, scratch)
    value = contract(after, mixtures[player], 0, scratch, "value")
    gain = after.max(axis=0, out=scratch("gain", value.shape))
    gain -= value
    np.maximum(gain, 0, out=gain)
    if improper is not None:
        gain[improper] = np.inf
    return value, gain, after


def _improper(mixtures: Sequence[NDArray[np.float64]], scratch: Scratch) -> NDArray[np.bool_] | None:
    """Which entries have a mixture that is none of probabilities; None if there is no such entry."""
    shape = mixtures[0].shape[1:]
    number, proper, good = scratch("number", shape), scratch("proper", shape, np.bool_), scratch("good", shape, np.bool_)
    proper[:] = True
    for x in mixtures:
        proper &= np.greater_equal(x.min(axis=0, out=number), -_PROBABILITY_TOLERANCE, out=good)
        np.add.reduce(x, axis=0, out=number)
        number -= 1
        proper &= np.less_equal(np.abs(number, out=number), _PROBABILITY_TOLERANCE, out=good)
    return None if proper.all() else ~proper


def _size(tensor: NDArray[np.float64]) -> int:
    """Entries a chunk, so that one player's payoffs stay in cache."""
    return int(max(64, min(8192, (1 << 16) // math.prod(tensor.shape[1:-1]))))
