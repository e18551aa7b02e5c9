"""Best correlated and coarse correlated equilibria, beside one call of scipy's linear programming a game.

Random games, payoffs uniform on [0, 1]. The peer's matrices are made before its clock starts.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from scipy.optimize import linprog

import negotiation_sim as ns
from benchmarks.solvers import batch_size, names, random_payoffs, title
from benchmarks.timing import OURS, Task

__all__ = ["mediated_tasks"]

Array = np.ndarray[Any, Any]
FULL = "arrays in, distributions and certificates out"


def solve(payoffs: Array, solver: ns.Correlated | ns.CoarseCorrelated) -> ns.CorrelatedEquilibria:
    return solver(ns.NormalFormGame(payoffs, names(payoffs.shape[2:])))


def rounded(values: Iterable[float]) -> list[int]:
    """Values to seven digits, as `Task.answer` wants them."""
    return [round(v * 1e7) for v in values]


def mediated_tasks(shapes: Sequence[tuple[int, ...]], most: int, few: int) -> Iterator[list[Task]]:
    """The most welfare, and the least payoff of the worst off."""
    for group, kind in (("correlated equilibrium", ns.Correlated), ("coarse correlated equilibrium", ns.CoarseCorrelated)):
        for shape in shapes:
            case = title(shape)
            games = random_payoffs(shape, min(batch_size(shape, most), 2_000_000 // math.prod(shape)))
            programmes = [_programme(game, kind is ns.CoarseCorrelated) for game in games[:few]]
            yield [
                Task(
                    group, case, OURS, f"most welfare, {FULL}", len(games), partial(solve, games, kind()), lambda f: rounded(f.value[:1000])
                ),
                Task(group, case, OURS, f"egalitarian, {FULL}", len(games), partial(solve, games, kind("egalitarian")), compared=False),
                Task(group, case, "scipy", "linprog", len(programmes), partial(_by_scipy, programmes), rounded),
            ]


def _by_scipy(programmes: Sequence[tuple[Array, Array]]) -> list[float]:
    return [_value(worth, obedience) for worth, obedience in programmes]


def _value(worth: Array, obedience: Array) -> float:
    solved = linprog(-worth, A_ub=obedience, b_ub=np.zeros(len(obedience)), A_eq=np.ones((1, len(worth))), b_eq=[1])
    return float(-solved.fun)


def _programme(game: Array, coarse: bool) -> tuple[Array, Array]:
    """Welfare of each profile, and rows of obedience, of one game ``(player, a_0, ...)``."""
    shape = game.shape[1:]
    place = np.arange(math.prod(shape)).reshape(shape)
    rows = []
    for i, n in enumerate(shape):
        own, where = np.moveaxis(game[i], i, 0), np.moveaxis(place, i, 0)
        for told, taken in itertools.product([None] if coarse else range(n), range(n)):
            if told != taken:
                at = slice(None) if told is None else told
                row = np.zeros(place.size)
                row[where[at].ravel()] = (own[taken] - own[at]).ravel()
                rows.append(row)
    return game.sum(axis=0).ravel(), np.array(rows)
