"""Which plays of a staged game are allowed: players who move at once must be free of each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["check_rules"]


def check_rules(
    feasible: NDArray[np.bool_],
    owners: tuple[int, ...],
    stages: tuple[tuple[int, ...], ...],
    players: tuple[str, ...],
    instruments: tuple[str, ...],
) -> None:
    """Raise ValueError if what one player may do depends on what another does at the same time.

    Parameters
    ----------
    feasible : ndarray of bool, shape (o_0, ..., o_{I-1})
    owners, stages, players, instruments
        As of `StagedGame`.
    """
    for s, stage in enumerate(stages):
        later = tuple(k for after in stages[s + 1 :] for k in after)
        reachable = np.logical_or.reduce(feasible, axis=later, keepdims=True)
        free = np.ones((), dtype=bool)
        movers = sorted({owners[k] for k in stage})
        for player in movers:
            others = tuple(k for k in stage if owners[k] != player)
            free = free & np.logical_or.reduce(reachable, axis=others, keepdims=True)
        if not np.array_equal(free, reachable):
            raise ValueError(
                f"feasible must not tie the choices of players who move at once; in stage {s + 1} it ties those of "
                f"{', '.join(players[i] for i in movers)} ({', '.join(instruments[k] for k in stage)}). "
                "Put one of them in a later stage, or take the rule away."
            )
