"""Only equilibria that pass the certificate leave a solver."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.equilibria.resolution import Resolution
from negotiation_sim.status import Completeness

__all__ = ["verified"]

EVALUATION = 16.0  # rounding of an expected payoff, in units of the rounding of the payoffs


def verified(found: Equilibria, limit: float) -> Equilibria:
    """Drop entries whose regret exceeds ``limit``, and withdraw the claim that the list of their game is complete.

    ``limit`` is a share of the deviator's payoff range. Payoffs far from zero, next to their range, are allowed their own rounding.
    """
    high = np.flatnonzero(~(found.regret <= limit))
    if not len(high):
        return found
    index = found.index
    scale = Resolution.of(found.game.tensor[..., index[high]])
    rounding = (scale.rounding / scale.unit).max(axis=0)
    failed = high[~(found.regret[high] <= limit + EVALUATION * rounding)]
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
