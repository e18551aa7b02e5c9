"""The solvers on batches of random games (payoffs uniform on [0, 1], so without ties), beside plain Python and other libraries."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

import negotiation_sim as ns
from benchmarks import peers, plain
from benchmarks.timing import OURS, Task

__all__ = ["all_nash_tasks", "growth_tasks", "pure_tasks", "subgame_perfect_tasks"]

Array = np.ndarray[Any, Any]
FULL = "arrays in, strategies and certificates out"
MOST_PROFILES = 1 << 22
"""Profiles in a timed batch, at most."""


def random_payoffs(shape: Sequence[int], games: int) -> Array:
    """Games as users have them: ``(games, player, a_0, ...)``, batch first in memory."""
    return np.random.default_rng(1).random((games, len(shape), *shape))


def batch_size(shape: Sequence[int], most: int) -> int:
    return max(64, min(most, MOST_PROFILES // math.prod(shape)))


def names(shape: Sequence[int]) -> list[str]:
    return [f"player {i + 1}" for i in range(len(shape))]


def title(shape: Sequence[int]) -> str:
    return f"{shape[0]}^{len(shape)}" if len(shape) > 3 else "x".join(map(str, shape))


def solve(payoffs: Array, solver: Any) -> Any:
    return ns.solve(ns.NormalFormGame(payoffs, names(payoffs.shape[2:])), solver)


def solve_stages(payoffs: Array, stages: Sequence[Sequence[int]]) -> Any:
    players = names(payoffs.shape[2:])
    return ns.solve(ns.StagedGame(payoffs, players, range(len(players)), stages), ns.SubgamePerfect())


def counts(found: ns.Equilibria | ns.Paths) -> list[int]:
    return [int(n) for n in found.count[:1000]]


def _plain(group: str, case: str, games: Sequence[Any], one: Callable[[Any], Any]) -> Task:
    return Task(group, case, "plain Python", "", len(games), lambda: [len(one(game)) for game in games], lambda found: found)


def all_nash_tasks(sizes: Sequence[int], most: int, few: int, with_peers: bool) -> Iterator[list[Task]]:
    """Every equilibrium of n x n games: the public call in full, and counts only."""
    group = "every equilibrium, 2 players"
    for n in sizes:
        case = title((n, n))
        shrink = (1, 1, 1, 1, 2, 8, 16)[min(n, 6)]  # calls of a fraction of a second at every size
        games = random_payoffs((n, n), max(64, most // shrink))
        single = [tuple(np.ascontiguousarray(a) for a in game) for game in games[:few]]
        tasks = [
            Task(group, case, OURS, FULL, len(games), partial(solve, games, ns.AllNash()), counts),
            Task(group, case, OURS, "arrays in, counts out", len(games), partial(solve, games, ns.AllNash(want="count")), counts),
            _plain(group, case, single[: max(2, few // shrink)], lambda game: plain.bimatrix_nash(*game)),
        ]
        yield tasks + (peers.mixed_tasks(group, case, single, slow=n <= 4) if with_peers else [])


def pure_tasks(shapes: Sequence[tuple[int, ...]], most: int, few: int, with_peers: bool) -> Iterator[list[Task]]:
    """Pure equilibria of N-player games: the public call in full, and the mask of profiles."""
    group = "pure equilibria, N players"
    for shape in shapes:
        case = title(shape)
        games = random_payoffs(shape, batch_size(shape, most))
        built = ns.NormalFormGame(games, names(shape))
        tasks = [
            Task(group, case, OURS, FULL, len(games), partial(solve, games, ns.PureNash()), counts),
            Task(group, case, OURS, "game in, mask of profiles out", len(games), partial(ns.PureNash().mask, built)),
            _plain(group, case, [plain.as_dict(g) for g in games[:few]], partial(plain.pure_nash, shape=shape)),
        ]
        single = [tuple(np.ascontiguousarray(a) for a in game) for game in games[:few]]
        yield tasks + (peers.pure_tasks(group, case, single) if with_peers else [])


TREES: Sequence[tuple[str, tuple[int, ...], Sequence[Sequence[int]]]] = (
    ("3 players one by one, 2 options each", (2, 2, 2), ((0,), (1,), (2,))),
    ("4 players one by one, 2 options each", (2, 2, 2, 2), ((0,), (1,), (2,), (3,))),
    ("4 players one by one, 3 options each", (3, 3, 3, 3), ((0,), (1,), (2,), (3,))),
    ("2 one by one, then 2 at once, 3 options", (3, 3, 3, 3), ((0,), (1,), (2, 3))),
    ("2 at once, then 2 at once, 3 options", (3, 3, 3, 3), ((0, 1), (2, 3))),
)


def subgame_perfect_tasks(trees: int, most: int, few: int) -> Iterator[list[Task]]:
    """Subgame-perfect paths; the other libraries have no call for them."""
    group = "subgame-perfect paths"
    for case, shape, stages in TREES[:trees]:
        games = random_payoffs(shape, batch_size(shape, most))
        by_hand = partial(plain.subgame_perfect, shape=shape, owners=range(len(shape)), stages=stages)
        yield [
            Task(group, case, OURS, "arrays in, paths and certificates out", len(games), partial(solve_stages, games, stages), counts),
            _plain(group, case, [plain.as_dict(g) for g in games[:few]], by_hand),
        ]


def growth_tasks(quick: bool) -> Iterator[list[Task]]:
    """How the cost of one game grows with games, actions, players and stages; games that exist, solved in full."""
    most = 200 if quick else 100_000
    numbers = (1, 100) if quick else (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
    for solver, label in ((ns.AllNash(), "AllNash"), (ns.PureNash(), "PureNash")):
        yield [_growth(f"{label}, 3x3: cost by number of games", count, (3, 3), count, solver) for count in numbers]
    sizes = (2, 3) if quick else (2, 3, 4, 5, 6, 7)
    for solver, label in ((ns.AllNash(), "AllNash"), (ns.AllNash(want="count"), "AllNash, counts"), (ns.PureNash(), "PureNash")):
        shrink = 1 if label == "PureNash" else 4
        yield [_growth(f"{label}, n x n: cost by actions", n, (n, n), max(200, most // shrink ** (n - 2)), solver) for n in sizes]
    for actions in (2, 3):
        group = f"PureNash, {actions} actions each: cost by players"
        yield [_growth(group, n, (actions,) * n, batch_size((actions,) * n, most), ns.PureNash()) for n in range(2, 4 if quick else 8)]
    tasks = []
    for n in range(1, 3 if quick else 7):
        shape = (3,) * n
        staged = ns.StagedGame(random_payoffs(shape, batch_size(shape, most)), names(shape), range(n), [[k] for k in range(n)])
        tasks.append(_ready("SubgamePerfect, 3 options, one mover a stage: cost by stages", n, staged, ns.SubgamePerfect()))
    yield tasks


def _growth(group: str, case: int, shape: Sequence[int], games: int, solver: Any) -> Task:
    return _ready(group, case, ns.NormalFormGame(random_payoffs(shape, games), names(shape)), solver)


def _ready(group: str, case: int, game: ns.NormalFormGame | ns.StagedGame, solver: Any) -> Task:
    return Task(group, str(case), OURS, "game in, strategies and certificates out", game.games, partial(ns.solve, game, solver))
