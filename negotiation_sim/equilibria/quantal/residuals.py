"""How far strategies are from logit responses to each other, computed from the payoffs by code that shares nothing with the solver."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks
from negotiation_sim.equilibria.certificates.certificate import deviation_payoffs

__all__ = ["response_residual"]

Array = NDArray[np.float64]


def response_residual(
    tensor: Array, index: NDArray[np.intp], mixtures: Sequence[Array], precision: Array, rationality: Sequence[Array] | None
) -> Array:
    """Largest difference between a probability and that of the logit response to the others.

    Parameters
    ----------
    tensor : ndarray, shape (player, a_0, ..., a_{N-1}, games)
    index : ndarray of int, shape (entry,)
        The game of each entry.
    mixtures : sequence of ndarray, one for each player, shape (n_i, entry)
    precision : ndarray, shape (entry,)
        In units of 1 / payoff.
    rationality : sequence of ndarray, one for each player, shape (n_i,), optional
        Weights of the precision.

    Returns
    -------
    ndarray, shape (entry,)
        NaN where a payoff or a probability is.
    """
    out = np.zeros(len(index))
    for part in chunks(len(index), max(64, (1 << 16) // math.prod(tensor.shape[1:-1]))):
        mixed = [x[:, part] for x in mixtures]
        with np.errstate(all="ignore"):
            for i, own in enumerate(mixed):
                payoffs = tensor[i].take(index[part], axis=-1)
                least = payoffs.reshape((-1, payoffs.shape[-1])).min(axis=0)
                value = deviation_payoffs(payoffs - least, mixed, i)
                if rationality is not None:
                    weight = rationality[i][:, None]
                    value = weight * value + (weight - weight[0]) * least
                value = value - value.max(axis=0)
                response = np.exp(precision[part] * value)
                response /= response.sum(axis=0)
                np.maximum(out[part], np.abs(response - own).max(axis=0), out=out[part])
    return out
