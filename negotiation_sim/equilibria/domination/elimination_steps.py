"""The loop of iterated elimination, over one chunk of games: judge, remove, drop the games that are done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.domination.dominators import Judgement, Precision, fill_removed, judge, own_rows
from negotiation_sim.status import Status

__all__ = ["Log", "run_elimination"]


@dataclass(frozen=True)
class Log:
    """What happens to each action, ``(n_i, games)`` for each player, and the status of each game; filled as the elimination goes on."""

    step: list[NDArray[np.int16]]
    dominator: list[NDArray[np.intp]]
    advantage: list[NDArray[np.float64]]
    status: NDArray[np.int8]

    @classmethod
    def empty(cls, shape: Sequence[int], status: NDArray[np.int8]) -> Log:
        """Nothing has gone yet."""
        games = len(status)
        return cls(
            [np.zeros((n, games), dtype=np.int16) for n in shape],
            [np.full((n, games), -1, dtype=np.intp) for n in shape],
            [np.full((n, games), np.nan) for n in shape],
            status,
        )

    def note(self, player: int, found: Judgement, goes: NDArray[np.bool_], left: NDArray[np.bool_], games: NDArray[np.intp]) -> None:
        """Note the dominators of what goes, ``goes (n_i, game)``, in these games."""
        a, k = np.nonzero(goes)
        by_action = found.dominator[a, k]
        # A removed action that dominates is a copy of the first that is left.
        named = (by_action < 0) | left[by_action, k]
        self.dominator[player][a, games[k]] = np.where(named, by_action, left.argmax(axis=0)[k])
        self.advantage[player][a, games[k]] = found.advantage[a, k]


def run_elimination(
    tensor: NDArray[np.float64],
    games: NDArray[np.intp],
    log: Log,
    kind: str,
    by: str,
    turns: Sequence[Sequence[int]],
    single: bool,
    rtol: float,
) -> None:
    """Eliminate in some games of a batch until a whole cycle of turns removes nothing.

    Parameters
    ----------
    tensor : ndarray, shape (player, a_0, ..., a_{N-1}, games)
        Of the whole batch; finite in the games chosen.
    games : ndarray of int
        Numbers of the games.
    log : Log
        Of the whole batch.
    kind, by, rtol
        As in `eliminate`.
    turns : sequence of sequences of int
        Players who may lose actions in a step, for each step of a cycle.
    single : bool
        Whether only the first of the dominated actions goes.
    """
    whole = tensor.take(games, axis=-1)
    precision = Precision.of(whole, rtol)
    active = np.arange(len(games))
    quiet, steps = np.zeros((2, len(games)), dtype=np.int16)
    turn = 0
    while len(active):
        numbers = games[active]
        live = [step[:, numbers] == 0 for step in log.step]
        payoffs = fill_removed(whole.take(active, axis=-1), live)
        moved = np.zeros(len(active), dtype=bool)
        for i in turns[turn]:
            found = judge(own_rows(payoffs, i), precision[i].take(active), kind, by)
            goes = found.dominated & live[i]
            goes &= goes.sum(axis=0) < live[i].sum(axis=0)  # see the notes of `eliminate`
            if single:
                goes &= (goes.cumsum(axis=0) == 1) & ~moved
            log.note(i, found, goes, live[i], numbers)
            log.step[i][:, numbers] += np.where(goes, steps + np.int16(1), np.int16(0))
            log.status[numbers[(found.open & live[i]).any(axis=0)]] = Status.MAX_ITER
            moved |= goes.any(axis=0)
        steps = steps + moved
        quiet = np.where(moved, np.int16(0), quiet + np.int16(1))
        go = np.flatnonzero(quiet < len(turns))
        active, quiet, steps = active[go], quiet[go], steps[go]
        turn = (turn + 1) % len(turns)
