"""Other libraries on the same games, in full: payoff arrays to their game object, solve, back to arrays.

Each function returns the tasks of the libraries that are installed; nobody has to install any. Their mistakes are theirs: nashpy's and
quantecon's support enumeration miss equilibria of degenerate games, which these random games are not.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.timing import Task

__all__ = ["installed", "mixed_tasks", "pure_tasks"]

Game = tuple[np.ndarray[Any, Any], ...]
"""One payoff array a player, all with the axes in the order of the players."""


def installed(name: str) -> Any:
    """The module, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except ImportError:
        return None


def _task(group: str, case: str, who: str, mode: str, games: Sequence[Game], one: Callable[[Game], list[Any]]) -> Task:
    def run() -> list[list[Any]]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [one(game) for game in games]

    return Task(group, case, who, mode, len(games), run, lambda found: [len(each) for each in found])


def _quantecon_game(library: Any, game: Game) -> Any:
    count = len(game)  # quantecon puts a player's own axis first, then the next player's, and so on around
    around = [np.ascontiguousarray(a.transpose([(i + k) % count for k in range(count)])) for i, a in enumerate(game)]
    return library.NormalFormGame([library.Player(a) for a in around])


def _gambit_profiles(result: Any) -> list[Any]:
    return [np.array([float(chance) for mix in profile for _, chance in mix]) for profile in result.equilibria]


def mixed_tasks(group: str, case: str, games: Sequence[Game], slow: bool = True) -> list[Task]:
    """All equilibria of two-player games; `slow` includes nashpy, which takes milliseconds a game."""
    tasks = []
    if (nashpy := installed("nashpy")) and slow:
        few = games[: max(2, len(games) // 4)]
        tasks += [
            _task(group, case, "nashpy", "support_enumeration", few, lambda g: list(nashpy.Game(*g).support_enumeration(True))),
            _task(group, case, "nashpy", "vertex_enumeration", few, lambda g: list(nashpy.Game(*g).vertex_enumeration())),
        ]
    if qe := installed("quantecon.game_theory"):
        tasks += [
            _task(group, case, "quantecon", "support_enumeration", games, lambda g: qe.support_enumeration(_quantecon_game(qe, g))),
            _task(group, case, "quantecon", "vertex_enumeration", games, lambda g: qe.vertex_enumeration(_quantecon_game(qe, g))),
        ]
    if gambit := installed("pygambit"):

        def enummixed(game: Game) -> list[Any]:
            return _gambit_profiles(gambit.nash.enummixed_solve(gambit.StrategicGame.from_arrays(*game), rational=False))

        tasks.append(_task(group, case, "pygambit", "enummixed_solve", games, enummixed))
    return tasks


def pure_tasks(group: str, case: str, games: Sequence[Game]) -> list[Task]:
    """Pure equilibria of games of any number of players."""
    tasks = []
    if qe := installed("quantecon.game_theory"):
        tasks.append(_task(group, case, "quantecon", "pure_nash_brute", games, lambda g: qe.pure_nash_brute(_quantecon_game(qe, g))))
    if gambit := installed("pygambit"):

        def enumpure(game: Game) -> list[Any]:
            return _gambit_profiles(gambit.nash.enumpure_solve(gambit.StrategicGame.from_arrays(*game)))

        tasks.append(_task(group, case, "pygambit", "enumpure_solve", games, enumpure))
    return tasks
