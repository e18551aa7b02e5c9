"""Adjustment from many starts of random games (payoffs uniform on [0, 1]) beside nashpy, which follows one start of one game at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

import negotiation_sim as ns
from benchmarks.peers import installed
from benchmarks.solvers import batch_size, random_payoffs, solve, title
from benchmarks.timing import OURS, Task

__all__ = ["dynamics_tasks"]

Array = np.ndarray[Any, Any]
STARTS = 16
ENDS = "arrays in, certified ends out"


def ends(found: ns.Adjustments) -> list[int]:
    """For each of the first starts, what the first player chooses most in the end."""
    return [int(a) for a in found.strategies[0].reshape(-1, found.strategies[0].shape[-1])[:1000].argmax(axis=1)]


def dynamics_tasks(shapes: Sequence[Sequence[int]], most: int, few: int, with_peers: bool) -> Iterator[list[Task]]:
    """The unit is one start of a game. The replicator is followed for a fixed time, whatever happens, as nashpy does."""
    group = "adjustment dynamics, one start"
    for shape in shapes:
        games = random_payoffs(shape, min(batch_size(shape, most), 1 << 10))
        axes = tuple(range(2, games.ndim))
        games -= games.min(axis=axes, keepdims=True)
        games /= games.max(axis=axes, keepdims=True)  # nashpy's time runs in units of payoff, ours in payoff ranges
        two = len(shape) == 2 and with_peers
        for solver in (
            ns.BestReplyDynamics(starts=STARTS),
            ns.FictitiousPlay(starts=STARTS, rounds=1000),
            ns.ReplicatorDynamics(starts=STARTS, max_time=50, tol=1e-15),
            ns.LogitDynamics(starts=STARTS),
        ):
            case = f"{title(shape)}, {solver.concept}"
            tasks = [Task(group, case, OURS, ENDS, len(games) * STARTS, partial(solve, games, solver), ends)]
            yield tasks + (_peer(group, case, games[: max(1, few // STARTS)], solver) if two else [])


def _peer(group: str, case: str, games: Array, solver: Any) -> list[Task]:
    nashpy = installed("nashpy")
    if nashpy is None or not isinstance(solver, ns.FictitiousPlay | ns.ReplicatorDynamics):
        return []
    starts = solver(ns.NormalFormGame(games, ["a", "b"])).starts

    def one(game: Array, start: Sequence[Array]) -> int:
        theirs = nashpy.Game(*game)
        if isinstance(solver, ns.FictitiousPlay):
            *_, last = theirs.fictitious_play(iterations=solver.rounds, play_counts=list(start))
            return int(np.argmax(last[0]))
        return int(np.argmax(theirs.asymmetric_replicator_dynamics(*start, timepoints=[0, solver.max_time])[0][-1]))

    def run() -> list[int]:
        return [one(game, start) for game in games for start in zip(*starts, strict=True)]

    mode = "fictitious_play" if isinstance(solver, ns.FictitiousPlay) else "asymmetric_replicator_dynamics"
    return [Task(group, case, "nashpy", mode, len(games) * STARTS, run, list)]
