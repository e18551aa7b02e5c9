"""Certificates of strategies: how much could anybody gain by deviating, computed by code that shares nothing with the solvers.

Every player's payoffs are contracted with the mixtures of the others, which gives the payoff of each of the player's pure actions; the
best of them minus the payoff of the profile is the regret. No solver multiplies these tensors. Plays have a certificate of their own,
in `negotiation_sim.equilibria.certificates.play_certificate`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._arguments import each_of, number_array
from negotiation_sim._arrays import chunks, games_last, logical_view
from negotiation_sim._scratch import Scratch, kept_scratch
from negotiation_sim.equilibria.certificates.resolution import ROUNDING, Resolution
from negotiation_sim.games.arguments import the_game
from negotiation_sim.games.normal_form import NormalFormGame

__all__ = ["Verdict", "certify_mixed", "contract", "deviation_payoffs", "regret", "strategies_of"]

_PROBABILITY_TOLERANCE = 1e-9
FAINT = 2.0**-960
"""Payoff range below which the rounding of products would be that of the smallest numbers there are."""


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
    mixtures = []
    for i, (array, n) in enumerate(zip(strategies_of(the_game(game, "regret"), profile), game.shape, strict=True)):
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
    with kept_scratch() as scratch:
        for part in chunks(game.games, _size(game.tensor)):
            mixed = [x[:, part] for x in mixtures]
            improper = _improper(mixed, scratch)
            for i in range(len(mixed)):
                value = scratch("value", (part.stop - part.start,))
                _, found, _ = _judged(game.tensor[i, ..., part], mixed, i, improper, scratch, value)
                np.maximum(found, 0, out=gain[i, part])
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


def strategies_of(game: NormalFormGame, profile: object) -> list[NDArray[np.float64]]:
    """Read a profile: one array of probabilities for each player, whatever its shape.

    Raises
    ------
    ValueError
        If it is no list, of another length, or holds what is no number.
    """
    players = ", ".join(game.players)
    expected = f"profile must hold {len(game.players)} strategies, one for each player ({players})"
    given = each_of(profile, expected)
    if len(given) != len(game.players):
        raise ValueError(f"{expected}; got {len(given)}")
    return [
        number_array(strategy, f"profile[{i}] ({name}) must hold probabilities of {', '.join(labels)}")
        for i, (strategy, name, labels) in enumerate(zip(given, game.players, game.actions, strict=True))
    ]


def contract(
    tensor: NDArray[np.float64], mixture: NDArray[np.float64], axis: int, scratch: Scratch | None = None, name: str = ""
) -> NDArray[np.float64]:
    """Average ``(a_0, ..., entry)`` over one action axis with the weights ``(n, entry)``; sums in the order of the actions.

    With a ``scratch``, the result is its array ``name``, until the next call with that name.
    """
    places: list[tuple[Any, ...]] = [(slice(None),) * axis + (a,) for a in range(tensor.shape[axis])]
    rows = [tensor[place] for place in places]  # cheaper than moving the axis
    held = scratch or Scratch()
    entries = mixture.shape[-1] if tensor.shape[-1] == 1 else tensor.shape[-1]
    shape = (*rows[0].shape[:-1], entries)
    return _averaged(rows, mixture, held(f"total {name}", shape), held("product", shape))


def _averaged(
    rows: Sequence[NDArray[np.float64]] | NDArray[np.float64],
    weights: NDArray[np.float64],
    out: NDArray[np.float64],
    product: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Average rows, into ``out``; ``product`` is working space."""
    np.multiply(rows[0], weights[0], out=out)
    for row, weight in zip(rows[1:], weights[1:], strict=True):
        np.multiply(row, weight, out=product)
        np.add(out, product, out=out)
    return out


def deviation_payoffs(
    tensor: NDArray[np.float64], mixtures: Sequence[NDArray[np.float64]], player: int, scratch: Scratch | None = None
) -> NDArray[np.float64]:
    """Payoff of each pure action of ``player`` against the mixtures of the others: ``(n_i, entry)`` from ``(a_0, ..., entry)``."""
    for j in reversed(range(len(mixtures))):
        if j != player:
            tensor = contract(tensor, mixtures[j], j, scratch, str(j))
    return tensor


def certify_mixed(
    tensor: NDArray[np.float64],
    index: NDArray[np.intp],
    mixtures: Sequence[NDArray[np.float64]],
    rtol: float,
    spare: NDArray[np.float64] | None = None,
) -> Verdict:
    """Judge mixed profiles.

    Parameters
    ----------
    tensor : ndarray, shape (player, a_0, ..., a_{N-1}, games)
    index : ndarray of int, shape (entry,)
        The game of each entry, in ascending order.
    mixtures : sequence of ndarray, one for each player, shape (n_i, entry)
    rtol : float
        Losses up to this share of the payoff range, or within the rounding of the payoffs, are not strict.
    spare : ndarray, shape (player + 1, entry), optional
        Memory to use for payoffs and regrets.
    """
    count, entries = tensor.shape[0], len(index)
    numbers = np.empty((count + 1, entries)) if spare is None else spare
    payoffs, regrets, strict = numbers[:-1], numbers[-1], np.empty(entries, dtype=bool)
    regrets[:] = 0
    flat = tensor.reshape((count, math.prod(tensor.shape[1:-1]), tensor.shape[-1]))
    in_place = entries == tensor.shape[-1] and bool((index == np.arange(entries)).all())  # one for each game: nothing need be copied
    with kept_scratch() as scratch:
        for part in chunks(entries, _size_in_place(tensor) if in_place else _size(tensor)):
            size, first = part.stop - part.start, int(index[part.start])
            games = slice(first, int(index[part.stop - 1]) + 1)
            local = None if in_place else np.subtract(index[part], first, out=scratch("local", (size,), np.intp))
            mixed = [x[:, part] for x in mixtures]
            improper = _improper(mixed, scratch)
            for i in range(count):
                near = own = flat[i, :, games]
                if local is not None:
                    own = near.take(local, axis=1, out=scratch("own", (flat.shape[1], size)), mode="clip")
                value, gain, after = _judged(own.reshape((*tensor.shape[1:-1], size)), mixed, i, improper, scratch, payoffs[i, part])
                _raise_to_shares(regrets[part], gain, value, own.reshape((*tensor.shape[1:-1], size)), mixed, i, scratch)
                alone = _alone(after, value, mixed[i], own, _tolerance_of_all(near, rtol), rtol, scratch)
                if i:
                    strict[part] &= alone
                else:
                    strict[part] = alone
    return Verdict(payoffs, regrets, strict)


def _raise_to_shares(
    regrets: NDArray[np.float64],
    gain: NDArray[np.float64],
    value: NDArray[np.float64],
    own: NDArray[np.float64],
    mixtures: Sequence[NDArray[np.float64]],
    player: int,
    scratch: Scratch,
) -> None:
    """Raise the regrets, in place, to the gains of one player as shares of the payoff range; ``own``: the payoffs, (a_0, ..., entry).

    What is paid on average is no larger than the largest payoff, and its rounding no more than that of the payoffs, which is worked out
    for the few entries that gain more. Where the range is so small that products lose digits (or vanish), they are worked out anew, in
    larger units: a power of two, so that the payoffs stay what they are.
    """
    least = np.abs(value, out=scratch("least", value.shape))
    least *= ROUNDING * (1 - 2.0**-20)
    over = np.less_equal(gain, least, out=scratch("over", gain.shape, np.bool_))  # NaN is not
    some = np.flatnonzero(np.logical_not(over, out=over))
    if not len(some):
        return
    more, payoffs = gain.take(some), own.take(some, axis=-1)
    scale = Resolution.of(payoffs[None])
    faint = np.flatnonzero((scale.unit[0] < FAINT) & np.isfinite(more))
    if len(faint):
        payoffs[..., faint] *= 1 / FAINT
        scale = Resolution.of(payoffs[None])
        chances = [x.take(some[faint], axis=1) for x in mixtures]
        more[faint] = _judged(payoffs.take(faint, axis=-1), chances, player, None, Scratch(), np.empty(len(faint)))[1]
    more[more <= scale.rounding[0]] = 0
    regrets[some] = np.maximum(regrets.take(some), np.divide(more, scale.unit[0], out=more))


def _tolerance_of_all(payoffs: NDArray[np.float64], rtol: float) -> float:
    """Difference from which none of one player's games (cell, games) has a tie; infinite if some payoff is not finite."""
    top, bottom = float(payoffs.max()), float(payoffs.min())
    least = max(rtol * (top - bottom), ROUNDING * max(top, -bottom))
    return least if math.isfinite(least) else math.inf


def _alone(
    after: NDArray[np.float64],
    value: NDArray[np.float64],
    mixture: NDArray[np.float64],
    own: NDArray[np.float64],
    most: float,
    rtol: float,
    scratch: Scratch,
) -> NDArray[np.bool_]:
    """Where the mixture is pure and every other action pays less by more than the tolerance; in ``scratch``.

    A loss of more than ``most``, the largest tolerance of all games, needs no closer look.
    """
    shape = value.shape
    pure = np.greater(_largest(mixture, scratch("most", shape)), 1 - _PROBABILITY_TOLERANCE, out=scratch("pure", shape, np.bool_))
    alone = _reached_once(after, np.subtract(value, most, out=scratch("bar", shape)), scratch)
    if most > 0:
        unsure = np.flatnonzero(np.greater(pure, alone, out=scratch("unsure", shape, np.bool_)))
        if len(unsure):
            bar = value.take(unsure) - Resolution.of(own.take(unsure, axis=1)[None]).tolerance(rtol)[0]
            alone[unsure] = _reached_once(after.take(unsure, axis=1), bar, Scratch())
    alone &= pure
    return alone


def _reached_once(after: NDArray[np.float64], bar: NDArray[np.float64], scratch: Scratch) -> NDArray[np.bool_]:
    """Where only one action's payoff reaches the bar; in ``scratch``."""
    reached, alone = scratch("reached", after.shape, np.bool_), scratch("alone", bar.shape, np.bool_)
    np.greater_equal(after, bar, out=reached)
    if len(after) == 2:
        np.not_equal(reached[0], reached[1], out=alone)
    else:
        name, kind = ("few", np.uint8) if len(after) < 256 else ("many", np.int32)
        np.equal(np.add.reduce(reached.view(np.uint8), axis=0, dtype=kind, out=scratch(name, bar.shape, kind)), 1, out=alone)
    return alone


def _judged(
    own: NDArray[np.float64],
    mixtures: Sequence[NDArray[np.float64]],
    player: int,
    improper: NDArray[np.bool_] | None,
    scratch: Scratch,
    value: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Payoff, written to ``value``, largest gain, and payoff of each pure action, of one player; ``own`` is (a_0, ..., entry)."""
    after = deviation_payoffs(own, mixtures, player, scratch)
    _averaged(after, mixtures[player], value, scratch("product", value.shape))
    gain = _largest(after, scratch("gain", value.shape))
    gain -= value
    if improper is not None:
        gain[improper] = np.inf
    return value, gain, after


def _largest(rows: NDArray[np.float64], out: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest over the first axis; the plain call is quicker for two rows."""
    return np.maximum(rows[0], rows[1], out=out) if len(rows) == 2 else rows.max(axis=0, out=out)


def _improper(mixtures: Sequence[NDArray[np.float64]], scratch: Scratch) -> NDArray[np.bool_] | None:
    """Which entries have a mixture that is none of probabilities; None if there is no such entry."""
    off = scratch("off", mixtures[0].shape[1:])
    lowest, proper = -_PROBABILITY_TOLERANCE, True
    for x in mixtures:  # the worst of all entries says most often that there is nothing to look for
        np.add.reduce(x, axis=0, out=off)
        off -= 1
        proper = proper and bool(x.min() >= lowest and off.min() >= lowest and off.max() <= -lowest)  # False where NaN
    if proper:
        return None
    which = [(x.min(axis=0) >= lowest) & (np.abs(x.sum(axis=0) - 1) <= -lowest) for x in mixtures]
    improper: NDArray[np.bool_] = ~np.logical_and.reduce(which)
    return improper


def _size(tensor: NDArray[np.float64]) -> int:
    """Entries a chunk, so that one player's payoffs, and what is worked out of them, stay in cache."""
    return int(max(64, min(16384, (1 << 17) // (math.prod(tensor.shape[1:-1]) + 4))))


def _size_in_place(tensor: NDArray[np.float64]) -> int:
    """The same where payoffs are read once, in place, so that only what is worked out of them need stay in cache."""
    cells = math.prod(tensor.shape[1:-1]) // min(tensor.shape[1:-1])
    return int(max(64, min(16384, (1 << 18) // cells)))
