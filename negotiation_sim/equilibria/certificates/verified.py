"""Only equilibria that pass the certificate leave a solver."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.status import Completeness

__all__ = ["REGRET", "refused", "verified"]

REGRET = 1e-9  # share of the payoff range that the certificate lets pass, next to the rounding of the payoffs
EVALUATION = 16.0  # rounding of an expected payoff, in units of the rounding of the payoffs


def refused(tensor: NDArray[np.float64], index: NDArray[np.intp], regret: NDArray[np.float64], limit: float) -> NDArray[np.intp]:
    """Entries whose regret exceeds ``limit``, a share of the payoff range, by more than the rounding of the payoffs allows.

    ``tensor`` (player, a_0, ..., games): the payoffs; ``index``, ``regret`` (entry,): the game of each entry, and its certificate.
    """
    high = np.flatnonzero(~(regret <= limit))
    if not len(high):
        return high
    scale = Resolution.of(tensor[..., index[high]])
    over = ~(regret.take(high) <= limit + EVALUATION * (scale.rounding / scale.unit).max(axis=0))
    refusals: NDArray[np.intp] = high[over]
    return refusals


def verified(found: Equilibria, limit: float) -> Equilibria:
    """Drop entries whose regret exceeds ``limit``, and withdraw the claim that the list of their game is complete.

    ``limit`` is a share of the deviator's payoff range. Payoffs far from zero, next to their range, are allowed their own rounding.
    """
    if bool((found.regret <= limit).all()):
        return found
    index = found.index
    failed = refused(found.game.tensor, index, found.regret, limit)
    if not len(failed):
        return found
    kept = np.ones(len(index), dtype=bool)
    kept[failed] = False
    complete = found.complete.reshape(-1).copy()
    complete[index[failed]] = Completeness.NO
    start = np.zeros(len(found.start), dtype=np.int64)
    np.cumsum(np.bincount(index[kept], minlength=len(complete)), out=start[1:])
    return replace(
        found,
        complete=complete.reshape(found.complete.shape),
        start=start,
        strategies=tuple(x[kept] for x in found.strategies),
        payoffs=found.payoffs[kept],
        regret=found.regret[kept],
        strict=found.strict[kept],
        labels=None if found.labels is None else found.labels[:, kept],
    )
