"""Index of regular equilibria, from the determinant of the system of indifference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks
from negotiation_sim.equilibria.certificates.certificate import contract, deviation_payoffs
from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.entries import Equilibria

__all__ = ["best_replies", "index_sign"]


def best_replies(equilibria: Equilibria, player: int, used: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether all that the player uses are best replies within the tolerance, and whether there is only one; two arrays (entry,)."""
    tensor, index = equilibria.game.tensor, equilibria.index
    tolerance = Resolution.of(tensor).tolerance(equilibria.rtol)[player]
    supported, alone = np.zeros((2, len(index)), dtype=bool)
    for part in chunks(len(index), 1024):
        g = index[part]
        mixed = [x[part].T for x in equilibria.strategies]
        after = deviation_payoffs(tensor[player].take(g, axis=-1), mixed, player)
        best = after >= after.max(axis=0) - tolerance[g]
        supported[part] = (best | (mixed[player] <= used)).all(axis=0)
        alone[part] = best.sum(axis=0) == 1
    return supported, alone


def index_sign(equilibria: Equilibria, used: float) -> NDArray[np.int8]:
    """Sign of the determinant of each regular equilibrium, 0 for the others; shape ``(entry,)``.

    Parameters
    ----------
    equilibria : Equilibria
    used : float
        Actions with a larger probability are in the support.
    """
    out = np.zeros(len(equilibria), dtype=np.int8)
    if not len(equilibria):
        return out
    scale = Resolution.of(equilibria.game.tensor)
    tolerance = scale.tolerance(equilibria.rtol)
    supports = [x > used for x in equilibria.strategies]
    sizes, kind = np.unique(np.stack([s.sum(axis=1) for s in supports]), axis=1, return_inverse=True)
    for k, size in enumerate(sizes.T.tolist()):
        members = np.flatnonzero(kind.reshape(-1) == k)
        if 2 * max(size) > sum(size) - len(size) + 2:  # more indifferences than weights that could bring them about
            continue
        for part in chunks(len(members), 1024):
            entry = members[part]
            g = equilibria.index[entry]
            mixed = [x[entry].T for x in equilibria.strategies]
            inside = [s[entry].T for s in supports]
            games = equilibria.game.tensor.take(g, axis=-1) / scale.unit[:, g].reshape((len(size), *(1,) * len(size), -1))
            slack = tolerance[:, g] / scale.unit[:, g]
            chosen = [np.argsort(~s, axis=0, kind="stable")[:n] for s, n in zip(inside, size, strict=True)]
            matrix = -_jacobian(games, mixed, chosen)
            regular = _quasi_strict(games, mixed, inside, slack)
            if matrix.shape[1]:
                least = np.linalg.svd(matrix, compute_uv=False)[:, -1]
                # Errors of the payoffs move an element by four slacks at most, and no singular value by more than that times the size.
                regular &= least > 4 * matrix.shape[1] * slack.max(axis=0)
                sign = np.linalg.slogdet(matrix)[0]
            else:
                sign = np.ones(len(entry))
            out[entry] = np.where(regular, sign, 0)
    return out


def _quasi_strict(
    games: NDArray[np.float64], mixed: Sequence[NDArray[np.float64]], inside: Sequence[NDArray[np.bool_]], slack: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether every unused action loses more than the tolerance."""
    out = np.ones(games.shape[-1], dtype=bool)
    for i, support in enumerate(inside):
        after = deviation_payoffs(games[i], mixed, i)
        out &= (support | (after < contract(after, mixed[i], 0) - slack[i])).all(axis=0)
    return out


def _jacobian(games: NDArray[np.float64], mixed: Sequence[NDArray[np.float64]], chosen: Sequence[NDArray[np.intp]]) -> NDArray[np.float64]:
    """How each player's gains over their first action in use change with the weights the others move away from theirs.

    Shape ``(entry, d, d)``, where d is the number of actions in use less the number of players.
    """
    count, entries = len(mixed), games.shape[-1]
    ends = np.cumsum([0, *(len(c) - 1 for c in chosen)])
    out = np.zeros((entries, ends[-1], ends[-1]))
    entry = np.arange(entries)
    for i in range(count):
        for j in range(count):
            if i == j or ends[i] == ends[i + 1] or ends[j] == ends[j + 1]:
                continue
            pair = games[i]
            for other in reversed(range(count)):
                if other not in (i, j):
                    pair = contract(pair, mixed[other], other)
            if i > j:
                pair = pair.swapaxes(0, 1)
            block = pair[chosen[i][:, None], chosen[j][None, :], entry]
            block = block - block[:1]
            block = block - block[:, :1]
            out[:, ends[i] : ends[i + 1], ends[j] : ends[j + 1]] = np.moveaxis(block[1:, 1:], -1, 0)
    return out
