"""Logit quantal responses of random games (payoffs uniform on [0, 1]) beside pygambit, which follows one game at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

import negotiation_sim as ns
from benchmarks.peers import installed
from benchmarks.solvers import batch_size, random_payoffs, solve, title
from benchmarks.timing import OURS, Task

__all__ = ["logit_tasks"]

Array = np.ndarray[Any, Any]
SOLVED = "arrays in, strategies and certificates out"


def rounded(found: ns.QuantalResponses) -> list[int]:
    """A number for each of the first games that tells equilibria apart: the first probability, in thousandths."""
    return [round(1000 * float(p)) for p in found.strategies[0].reshape((-1, found.strategies[0].shape[-1]))[:1000, 0]]


def logit_tasks(
    shapes: Sequence[Sequence[int]], precisions: Sequence[float], most: int, few: int, with_peers: bool
) -> Iterator[list[Task]]:
    """One precision, on the branch from precision 0."""
    group = "logit quantal responses"
    for shape, precision in itertools.product(shapes, precisions):
        case = f"{title(shape)}, precision {precision:g}"
        games = random_payoffs(shape, min(batch_size(shape, most), 1 << 14))
        task = Task(group, case, OURS, SOLVED, len(games), partial(solve, games, ns.LogitQRE(precision)), rounded)
        yield [task, *(_peer(group, case, games[:few], precision) if with_peers else [])]


def _peer(group: str, case: str, games: Array, precision: float) -> list[Task]:
    gambit = installed("pygambit")
    if gambit is None:
        return []

    def one(game: Array) -> float:
        built = gambit.StrategicGame.from_arrays(*(np.ascontiguousarray(a) for a in game))
        profile = gambit.qre.logit_solve_lambda(built, precision)[0].profile
        return next(float(chance) for mix in profile for _, chance in mix)

    run = partial(_each, one, games)
    return [Task(group, case, "pygambit", "logit_solve_lambda", len(games), run, lambda found: [round(1000 * p) for p in found])]


def _each(one: Any, games: Array) -> list[float]:
    return [one(game) for game in games]
