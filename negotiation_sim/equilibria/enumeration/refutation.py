r"""Refute support pairs whose minors all vanish.

When the rows S are (nearly) dependent on the columns T, the minors of the pair (S, T) are all (nearly) zero and say nothing. The pair is
impossible all the same if no mix y on T makes every row of S a best reply. By duality that is so when weights on pairs (row i, row s in S)
give :math:`\sum \lambda_{is} (A_{it} - A_{st}) > 0` for every t in T: whatever y is, some row i then beats some row of S. Weights
are proposed by pure dominance, by the uniform mix, and by fictitious play of that small zero-sum game; any weights that do are a proof.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks

__all__ = ["refuted"]

ROUNDS = 40  # of fictitious play
CELLS = 1 << 18  # numbers held at a time


def refuted(payoffs: NDArray[np.float64], own: NDArray[np.intp], other: NDArray[np.intp], delta: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell for which items no mix on ``other`` makes every action in ``own`` a best reply.

    Parameters
    ----------
    payoffs : ndarray, shape (rows, columns, item)
        The player's payoffs within a range of 1; the player chooses rows.
    own, other : ndarray of int, shape (item, k)
        The sets S of rows and T of columns.
    delta : ndarray, shape (item,)
        Uncertainty of a difference of two payoffs; weights must win by more than this.

    Returns
    -------
    ndarray of bool, shape (item,)
        True is proved; False says only that no proof was found.
    """
    rows, _, items = payoffs.shape
    k = own.shape[1]
    result = np.zeros(items, dtype=bool)
    for part in chunks(items, max(1, CELLS // (rows * k * k))):
        item = np.arange(part.start, part.stop)
        on_other = payoffs[:, other[part].T, item]  # (rows, k, item)
        on_both = payoffs[own[part].T[:, None], other[part].T[None, :], item]  # (k, k, item)
        gains = (on_other[:, None] - on_both[None]).reshape(rows * k, k, len(item))
        result[part] = _positive_value(gains, delta[part] + 2.0**-45)
    return result


def _positive_value(gains: NDArray[np.float64], margin: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether some mix of rows of ``gains`` (row, column, item) is found that exceeds ``margin`` in every column."""
    won: NDArray[np.bool_] = gains.min(axis=1).max(axis=0) > margin
    alive = np.flatnonzero(~won)
    gains = gains[..., alive]
    total = gains.mean(axis=0)
    against = np.zeros((len(gains), len(alive)))
    for played in range(1, ROUNDS + 1):
        done = total.min(axis=0) > played * margin[alive]
        if done.any():
            won[alive[done]] = True
            alive, gains = alive[~done], gains[..., ~done]
            total, against = total[:, ~done], against[:, ~done]
        if not len(alive):
            break
        item = np.arange(len(alive))
        against += gains[:, total.argmin(axis=0), item]
        total += gains[against.argmax(axis=0), :, item].T
    return won
