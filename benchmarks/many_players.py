"""Every equilibrium of games of three and more players, beside pygambit's enumeration of supports by polynomial systems.

Random games, payoffs uniform on [0, 1]. Such games have an odd number of equilibria: whoever finds an even number missed one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

import negotiation_sim as ns
from benchmarks.peers import _gambit_profiles, _task, installed
from benchmarks.solvers import FULL, counts, names, random_payoffs, title
from benchmarks.timing import OURS, Task

__all__ = ["many_player_tasks"]

Array = np.ndarray[Any, Any]


def solve(payoffs: Array) -> ns.Equilibria:
    found: ns.Equilibria = ns.AllNash()(ns.NormalFormGame(payoffs, names(payoffs.shape[2:])))
    return found


def many_player_tasks(shapes: Sequence[tuple[int, ...]], most: int, few: int, with_peers: bool) -> Iterator[list[Task]]:
    """Batches of up to 1000 games; the peer solves the first of them."""
    group = "every equilibrium, 3 and more players"
    for shape in shapes:
        case = title(shape)
        games = random_payoffs(shape, min(most, 1000))
        single = [tuple(np.ascontiguousarray(a) for a in game) for game in games[:few]]
        tasks = [Task(group, case, OURS, FULL, len(games), partial(solve, games), counts)]
        if with_peers and (gambit := installed("pygambit")):

            def enumpoly(game: tuple[Array, ...], gambit: Any = gambit) -> list[Any]:
                return _gambit_profiles(gambit.nash.enumpoly_solve(gambit.StrategicGame.from_arrays(*game)))

            tasks.append(_task(group, case, "pygambit", "enumpoly_solve", single, enumpoly))
        yield tasks
