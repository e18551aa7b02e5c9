"""Sweeps of whole models: the flagship scenario over a grid, games given by a Python function, payoffs alone, memory, cold start."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

import negotiation_sim as ns
from benchmarks import peers, plain
from benchmarks.timing import OURS, Row, Task, in_fresh_process

__all__ = ["cold_rows", "family_tasks", "flagship_tasks"]

BOTH = ("nash", "subgame-perfect")
FLAGSHIP = "istanbul-2025"
DEFAULT = ("payoffs", "regret")


def flagship_grid(side: int) -> ns.Design:
    return ns.grid(a_US=ns.span(0, 0.05, side), tau_US=ns.span(0, 0.10, side))


def _flagship_counts(points: int, result: xr.Dataset) -> list[int]:
    """Counts of both concepts at the first points of the grid, one number a point."""
    both = result["count"].values.reshape(-1, len(result.concept))
    return [int(1000 * nash + paths) for nash, paths in both[:points]]


def flagship_tasks(side: int, few: int) -> Iterator[list[Task]]:
    """The flagship over two parameters, beside the same games solved one by one."""
    crisis = ns.load(FLAGSHIP)
    grid = flagship_grid(side)
    group = "flagship scenario, 54 plays, 4 players, 2 parameters swept"
    case = f"{side}x{side} points"
    points = list(itertools.islice(itertools.product(*(values for _, values in grid.variables.values())), few))
    base = {name: float(value) for name, value in crisis.values.items()}

    def by_hand() -> list[int]:
        found = (plain.istanbul_solve({**base, "a_US": a, "tau_US": tau}) for a, tau in points)
        return [1000 * nash + paths for nash, paths in found]

    def one_by_one() -> list[int]:
        cases = (crisis.replace(a_US=a, tau_US=tau) for a, tau in points)
        return [1000 * int(each.solve("nash").count) + int(each.solve("subgame-perfect").count) for each in cases]

    def payoffs_alone() -> Any:
        (_, a_us), (_, tau_us) = grid.variables.values()
        return crisis.replace(a_US=a_us[:, None], tau_US=tau_us).game()

    def sweep(how: str, solvers: Any, keep: Sequence[str], compared: bool) -> Task:
        run = partial(ns.sweep, crisis, grid, solvers=solvers, keep=keep)
        answer = partial(_flagship_counts, len(points)) if compared else None
        return Task(group, case, OURS, how, grid.points, run, answer, compared)

    yield [
        sweep("sweep, both concepts, payoffs and regret kept", BOTH, DEFAULT, True),
        sweep("sweep, both concepts, counts and outcomes", BOTH, (), True),
        sweep("sweep, Nash alone, counts and outcomes", "nash", (), False),
        sweep("sweep, paths alone, counts and outcomes", "subgame-perfect", (), False),
        Task(group, case, OURS, "payoffs of every point alone", grid.points, payoffs_alone, compared=False),
        Task(group, case, "plain Python", "", len(points), by_hand, lambda found: found),
        Task(group, case, "one call a point", "", len(points), one_by_one, lambda found: found),
    ]


def chicken(crash: Any, prize: Any) -> list[Any]:
    """Two options each: swerve or dare."""
    return [[[0, -prize], [prize, -crash]], [[0, prize], [-prize, -crash]]]


def claims(half: Any, all_: Any) -> list[Any]:
    """Two claimants who may ask for little, half or all of one pie; claims that do not fit leave nothing but a cost."""
    cost = -0.1 * all_
    first = [[0.3, 0.3 + 0 * half, 0.3 * all_], [half, half, cost], [all_, cost, cost - 0.1]]
    second = [[first[column][row] for column in range(3)] for row in range(3)]
    return [first, second]


def family_tasks(side: int, few: int, with_peers: bool) -> Iterator[list[Task]]:
    """Two-player families given by a Python function: payoffs, equilibria and labels, end to end."""
    two = ns.GameFamily(chicken, {"crash": ns.Parameter(2), "prize": ns.Parameter(1)}, ("A", "B"), (("swerve", "dare"),) * 2)
    three = ns.GameFamily(claims, {"half": ns.Parameter(0.5), "all_": ns.Parameter(0.7)}, ("A", "B"), (("little", "half", "all"),) * 2)
    for family, size, axes in (
        (two, "2x2", {"crash": ns.span(-1, 3, side), "prize": ns.span(0.11, 1.97, side)}),
        (three, "3x3", {"half": ns.span(0.21, 0.63, side), "all_": ns.span(0.32, 0.97, side)}),
    ):
        grid = ns.grid(**axes)
        group, case = "two-player family from a Python function, swept", f"{size}, {side}x{side} points"
        points = [dict(zip(axes, values, strict=True)) for values in itertools.islice(itertools.product(*axes.values()), few)]
        games = [tuple(np.array(matrix, dtype=float) for matrix in family.function(**point)) for point in points]
        count = partial(_counts, len(points))
        tasks = [
            Task(group, case, OURS, "counts and outcomes", grid.points, partial(ns.sweep, family, grid, keep=()), count),
            Task(group, case, OURS, "payoffs and regret kept", grid.points, partial(ns.sweep, family, grid), count),
            Task(group, case, "plain Python", "", len(games), partial(_by_hand, games), lambda found: found),
        ]
        yield tasks + (peers.mixed_tasks(group, case, games, slow=False) if with_peers else [])


def _counts(points: int, result: xr.Dataset) -> list[int]:
    return [int(n) for n in result["count"].values.ravel()[:points]]


def _by_hand(games: Sequence[tuple[np.ndarray[Any, Any], ...]]) -> list[int]:
    return [len(plain.bimatrix_nash(*game)) for game in games]


_SWEEP = """
import json
from benchmarks import sweeps
from benchmarks.timing import clock, peak_megabytes
import negotiation_sim as ns
crisis, grid = ns.load({name!r}), sweeps.flagship_grid({side})
ns.sweep(crisis, sweeps.flagship_grid(3), solvers={solvers!r}, keep={keep!r})
began = clock()
result = ns.sweep(crisis, grid, solvers={solvers!r}, keep={keep!r})
print(json.dumps(dict(seconds=clock() - began, peak=peak_megabytes(), result=result.nbytes / 2**20)))
"""

_COLD = """
import json, time
began = time.perf_counter()
import negotiation_sim as ns
{what}
print(json.dumps(dict(seconds=time.perf_counter() - began)))
"""


_COLD_CASES = {
    "import": "",
    "solve the flagship": f"ns.load({FLAGSHIP!r}).solve('subgame-perfect').plays()",
    "sweep the flagship, 21x21 points": f"from benchmarks import sweeps; ns.sweep(ns.load({FLAGSHIP!r}), sweeps.flagship_grid(21))",
}


def cold_rows(sides: Sequence[int], repeats: int) -> Iterator[Row]:
    """Each in a fresh process: first use, and large grids with their peak memory."""
    for case, what in _COLD_CASES.items():
        seconds = [in_fresh_process(_COLD.format(what=what))["seconds"] for _ in range(repeats)]
        yield _row("first use, in a fresh process, by the clock on the wall", case, "", 1, seconds)
    group = "flagship scenario in a fresh process"
    for side, (how, keep) in itertools.product(sides, (("payoffs and regret kept", DEFAULT), ("counts and outcomes", ()))):
        code = _SWEEP.format(name=FLAGSHIP, side=side, solvers=BOTH, keep=keep)
        found = [in_fresh_process(code) for _ in range(max(1, repeats // 2))]
        row = _row(group, f"{side}x{side} points", f"both concepts, {how}", side**2, [each["seconds"] for each in found])
        row.peak_mb = found[-1]["peak"]
        row.note = f"{row.seconds_per_unit * side**2:.2g} s, result {found[-1]['result']:.0f} MB"
        yield row


def _row(group: str, case: str, how: str, units: int, seconds: Sequence[float]) -> Row:
    return Row(group, case, OURS, how, units, statistics.median(seconds) / units, max(seconds) / min(seconds), len(seconds))
