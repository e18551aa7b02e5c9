"""Lists of equilibria from solvers whose numbers can fail: what does not pass the certificate turns into a status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.certificates.verified import verified
from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status

__all__ = ["listed", "subset"]


def listed(
    game: NormalFormGame,
    solver: object,
    index: NDArray[np.intp],
    strategies: Sequence[NDArray[np.float64]],
    status: NDArray[np.int8],
    limit: float,
    rtol: float,
) -> Equilibria:
    """Certify profiles and list those that pass; a game that loses one has the status SINGULAR, if it had OK.

    Parameters
    ----------
    game, solver, rtol
        As in `Equilibria`.
    index : ndarray of int, shape (entry,)
        The game of each profile, in ascending order.
    strategies : sequence of ndarray, one for each player, shape (n_i, entry)
    status : ndarray of int8, shape (games,)
    limit : float
        Regret that passes, as a share of the payoff range.
    """
    counts = np.bincount(index, minlength=game.games)
    start = np.zeros(game.games + 1, dtype=np.int64)
    np.cumsum(counts, out=start[1:])
    claimed = Equilibria.from_strategies(game, solver, start, [x.T for x in strategies], Completeness.NO, status, rtol=rtol, index=index)
    found = verified(claimed, limit)
    failed = found.count.reshape(-1) < counts
    if not failed.any():
        return found
    marked = np.where(failed & (status == Status.OK), np.int8(Status.SINGULAR), status)
    return replace(found, status=marked.reshape(found.status.shape))


def subset(game: NormalFormGame, games: NDArray[np.intp]) -> NormalFormGame:
    """Some games of a batch, as a flat batch."""
    return NormalFormGame.from_tensor(game.tensor[..., games], (len(games),), game.players, game.actions, game.form)
