"""One equilibrium of each game, and values of zero-sum games, beside other libraries and beside scipy's linear programming.

Random games, payoffs uniform on [0, 1]; zero-sum games have payoffs a and 1 - a.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from scipy.optimize import linprog

import negotiation_sim as ns
from benchmarks.peers import _quantecon_game, installed
from benchmarks.solvers import batch_size, counts, names, random_payoffs, title
from benchmarks.timing import OURS, Task
from negotiation_sim.equilibria.lemke_howson import LemkeHowson
from negotiation_sim.equilibria.zero_sum import ZeroSum

__all__ = ["lemke_howson_tasks", "zero_sum_tasks"]

Array = np.ndarray[Any, Any]
FULL = "arrays in, strategies and certificates out"


def solve(payoffs: Array, solver: LemkeHowson | ZeroSum) -> ns.Equilibria:
    return solver(ns.NormalFormGame(payoffs, names(payoffs.shape[2:])))


def one_each(found: Sequence[Any]) -> list[int]:
    return [1 for _ in found]


def lemke_howson_tasks(sizes: Sequence[int], most: int, few: int, with_peers: bool) -> Iterator[list[Task]]:
    """The default, which takes pure equilibria first and gives long paths up, and the path from the first label alone."""
    group = "one equilibrium, 2 players"
    for n in sizes:
        case = title((n, n))
        games = random_payoffs((n, n), min(batch_size((n, n), most), 1 << 15))
        single = [tuple(np.ascontiguousarray(a) for a in game) for game in games[: 8 * few]]  # paths differ much in length
        alone = LemkeHowson(pure_first=False, capping=None)
        tasks = [
            Task(group, case, OURS, FULL, len(games), partial(solve, games, LemkeHowson()), counts),
            Task(group, case, OURS, f"the path from label 0, {FULL}", len(games), partial(solve, games, alone), counts),
        ]
        yield tasks + (_peers(group, case, single) if with_peers else [])


def _peers(group: str, case: str, games: Sequence[tuple[Array, ...]]) -> list[Task]:
    tasks = []
    if qe := installed("quantecon.game_theory"):

        def capped(game: tuple[Array, ...]) -> Any:
            return qe.lemke_howson(_quantecon_game(qe, game), capping=10)

        def plain(game: tuple[Array, ...]) -> Any:
            return qe.lemke_howson(_quantecon_game(qe, game))

        tasks += [
            Task(group, case, "quantecon", "lemke_howson", len(games), lambda: [plain(g) for g in games], one_each),
            Task(group, case, "quantecon", "lemke_howson, capping=10", len(games), lambda: [capped(g) for g in games], one_each),
        ]
    if (nashpy := installed("nashpy")) and games[0][0].size <= 25:  # it may run for ever on larger ones

        def nashpy_one(game: tuple[Array, ...]) -> Any:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return nashpy.Game(*game).lemke_howson(0)

        least = games[:8]
        tasks.append(Task(group, case, "nashpy", "lemke_howson", len(least), lambda: [nashpy_one(g) for g in least], one_each))
    return tasks


def zero_sum_tasks(sizes: Sequence[int], most: int, few: int) -> Iterator[list[Task]]:
    """Optimal strategies of zero-sum games; scipy's HiGHS solves one linear programme a game, for one player's strategy."""
    group = "value of a zero-sum game"
    for n in sizes:
        case = title((n, n))
        first = random_payoffs((n, n), min(batch_size((n, n), most), 1 << 15))[:, :1]
        games = np.concatenate([first, 1 - first], axis=1)
        single = [np.ascontiguousarray(game[0]) for game in games[:few]]

        def programmes(single: Sequence[Array] = single) -> list[float]:
            return [_value(a) for a in single]

        yield [
            Task(group, case, OURS, FULL, len(games), partial(solve, games, ZeroSum()), counts),
            Task(group, case, "scipy", "linprog", len(single), programmes, one_each),
        ]


def _value(a: Array) -> float:
    m, n = a.shape
    solved = linprog(
        np.append(np.zeros(m), -1),
        A_ub=np.hstack([-a.T, np.ones((n, 1))]),
        b_ub=np.zeros(n),
        A_eq=np.append(np.ones(m), 0)[None],
        b_eq=[1],
        bounds=[(0, None)] * m + [(None, None)],
    )
    return float(-solved.fun)
