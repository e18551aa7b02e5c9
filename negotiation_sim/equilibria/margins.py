"""Margins: how much a deviation that changes the outcome would cost the one who makes it.

The margin of a solution is the smallest loss, as a share of the mover's payoff range, over the one-shot deviations that leave its
outcome class; infinite when none leaves. It is 0 when some deviation that leaves the class costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks
from negotiation_sim.equilibria.certificates.certificate import contract, deviation_payoffs
from negotiation_sim.equilibria.certificates.deviations import Deviations
from negotiation_sim.equilibria.certificates.resolution import Resolution

__all__ = ["class_probability", "margin_mixed", "margin_plays", "one_hot"]

_SAME = 1e-9
"""Two distributions over outcome classes that differ by less count as the same."""


def one_hot(classes: NDArray[np.integer[Any]], n_classes: int) -> NDArray[np.float64]:
    """Indicators of the classes: ``(n_classes, a_0, ...)``; class -1 has none."""
    return np.asarray(classes == np.arange(n_classes).reshape((-1, *(1,) * classes.ndim)), dtype=np.float64)


def class_probability(classes: NDArray[np.integer[Any]], n_classes: int, mixtures: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Probability of each class under mixtures ``(n_i, entry)``; shape ``(n_classes, entry)``."""
    entries = mixtures[0].shape[-1]
    out = np.empty((n_classes, entries))
    indicator = one_hot(classes, n_classes)[..., None]
    for part in chunks(entries, 4096):
        mixed = [x[:, part] for x in mixtures]
        for c in range(n_classes):
            out[c, part] = contract(deviation_payoffs(indicator[c], mixed, 0), mixed[0], 0)
    return out


def margin_mixed(
    tensor: NDArray[np.float64],
    index: NDArray[np.intp],
    mixtures: Sequence[NDArray[np.float64]],
    scale: Resolution,
    classes: NDArray[np.integer[Any]],
) -> NDArray[np.float64]:
    """Margins of mixed profiles; a deviation to a pure action leaves when it changes the probability of some class.

    Parameters
    ----------
    tensor : ndarray, shape (player, a_0, ..., a_{N-1}, games)
    index : ndarray of int, shape (entry,)
    mixtures : sequence of ndarray, one for each player, shape (n_i, entry)
    scale : Resolution
        Payoff ranges, the unit of losses, and the rounding, within which a loss counts as none; shapes (player, games).
    classes : ndarray of int8, shape (a_0, ..., a_{N-1})

    Returns
    -------
    ndarray, shape (entry,)
    """
    entries = len(index)
    margin = np.full(entries, np.inf)
    indicator = one_hot(classes + np.int8(1), int(classes.max()) + 2)[..., None]  # class -1 is a class of its own here
    for part in chunks(entries, 1024):
        mixed = [x[:, part] for x in mixtures]
        for i in range(len(mixtures)):
            after = deviation_payoffs(tensor[i].take(index[part], axis=-1), mixed, i)
            leaves = np.zeros(after.shape, dtype=bool)
            for one in indicator:
                chance = deviation_payoffs(one, mixed, i)
                leaves |= np.abs(chance - contract(chance, mixed[i], 0)) > _SAME
            loss = contract(after, mixed[i], 0) - after
            loss[loss <= scale.rounding[i, index[part]]] = 0
            loss /= scale.unit[i, index[part]]
            np.minimum(margin[part], np.where(leaves, loss, np.inf).min(axis=0), out=margin[part])
    return margin


def margin_plays(
    deviations: Deviations,
    payoffs: NDArray[np.float64],
    masks: Sequence[NDArray[np.bool_]],
    scale: Resolution,
    classes: NDArray[np.integer[Any]],
    rtol: float,
    first: int = 0,
) -> NDArray[np.float64]:
    """Margins of the plays in ``masks[0]``, in the order of `certify_plays`; the arguments are the same.

    A deviation costs the mover the difference to the worst supported continuation. It stays inside the class if some supported
    continuation has the same class and gives the mover no more than the path does.
    """
    n, plays = masks[0].shape[-1], len(deviations.allowed)
    games = payoffs.shape[1] // plays
    flat = np.flatnonzero(masks[0])
    path = flat // n
    game = flat - path * n
    at = path * games + (game + first)
    label = classes.reshape(-1).astype(np.intp)
    label = label - label.min()
    size = int(label.max()) + 1
    margin = np.full(len(path), np.inf)
    for s, movers in enumerate(deviations.moves):
        prefixes = deviations.size[s]
        final = s == len(masks) - 1
        listed = None if final else np.flatnonzero(masks[s + 1])
        for player, target, other in movers:
            value, unit, rounding = payoffs[player][at], scale.unit[player][game], scale.rounding[player][game]
            ceiling = value + scale.tolerance(rtol)[player][game]
            if listed is not None:
                play = listed // n
                local = listed - play * n
                start = deviations.prefix[s][play] * n + local
                there = payoffs[player][play * games + (local + first)]
                lowest = np.full(prefixes * n, np.inf)
                np.minimum.at(lowest, start, there)
                inside = np.full(size * prefixes * n, np.inf)
                np.minimum.at(inside, label[play] * (prefixes * n) + start, there)
            for to, differs in zip(target, other, strict=True):
                reached = to[path]
                if listed is None:
                    worst = payoffs[player][reached * games + (game + first)]
                    same = np.where(label[reached] == label[path], worst, np.inf)
                else:
                    worst = lowest[reached * n + game]
                    same = inside[(label[path] * prefixes + reached) * n + game]
                leaves = differs[path] & ~(same <= ceiling)
                loss = value - worst
                loss[loss <= rounding] = 0
                np.minimum(margin, np.where(leaves, loss / unit, np.inf), out=margin)
    return margin
