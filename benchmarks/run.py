"""Time the library beside a plain Python loop and, with --peers, beside other libraries that are installed.

Run it: python benchmarks/run.py [--quick] [--peers] [--only WORD] [--json FILE]

Absolute times depend on the machine and on what else it does; the ratios, taken in turn within one process, much less.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

if not __package__:  # run as a file: let the folder above hold the package `benchmarks`
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks import adjustment_dynamics, many_players, mediated_plans, one_equilibrium, quantal_responses, solvers, sweeps
from benchmarks.timing import OURS, Row, machine, measure

__all__ = ["main", "run", "show"]

FORMAT = 1


def run(quick: bool, peers: bool, only: str = "") -> dict[str, Any]:
    """Measure everything whose subject contains `only`; returns what is written as JSON."""
    repeats, least = (2, 0.0) if quick else (5, 0.05)
    few = 3 if quick else 48
    most = 300 if quick else 200_000
    side = 11 if quick else 201
    sizes = (2, 3) if quick else (2, 3, 4, 5, 6)
    shapes: Sequence[tuple[int, ...]] = ((2, 2), (2, 2, 2)) if quick else ((2, 2), (3, 3), (5, 5), (2, 2, 2), (3, 3, 3), (3,) * 4, (4,) * 4)
    rows: list[Row] = []
    growth: list[Row] = []

    def timed(subject: str, jobs: Iterator[Any], into: list[Row]) -> None:
        if only in subject:
            for tasks in jobs:
                print(f"  {tasks[0].group}: {tasks[0].case}", file=sys.stderr, flush=True)
                into += measure(tasks, repeats, least)

    began = time.perf_counter()
    timed("nash", solvers.all_nash_tasks(sizes, most, few, peers), rows)
    crowds: Sequence[tuple[int, ...]] = ((2, 2, 2),) if quick else ((2, 2, 2), (2,) * 4, (3, 3, 3))
    timed("nplayer", many_players.many_player_tasks(crowds, most, few, peers), rows)
    timed("one", one_equilibrium.lemke_howson_tasks((3,) if quick else (3, 5, 10, 20, 50), most, few, peers), rows)
    timed("one", one_equilibrium.zero_sum_tasks((3,) if quick else (3, 5, 10, 20), most, few), rows)
    timed("correlated", mediated_plans.mediated_tasks(((2, 2),) if quick else ((2, 2), (3, 3), (5, 5), (3, 3, 3)), most, few), rows)
    timed("pure", solvers.pure_tasks(shapes, most, few, peers), rows)
    timed("subgame-perfect", solvers.subgame_perfect_tasks(2 if quick else 5, most, few), rows)
    many = ((2, 2),) if quick else ((2, 2), (3, 3), (3, 3, 3), (3, 3, 3, 3))
    timed("logit", quantal_responses.logit_tasks(many, (1.0, 10.0), most, few, peers), rows)
    timed("dynamics", adjustment_dynamics.dynamics_tasks(((2, 2),) if quick else ((2, 2), (3, 3), (2, 2, 2)), most, few, peers), rows)
    timed("sweep", sweeps.flagship_tasks(side, 2 if quick else 100), rows)
    timed("sweep", sweeps.family_tasks(side if quick else 1001, few, peers), rows)
    if only in "memory":
        rows += sweeps.cold_rows((11,) if quick else (201, 1001), 1 if quick else 3)
    timed("growth", solvers.growth_tasks(quick), growth)
    return {
        "format": FORMAT,
        "date": datetime.now(UTC).date().isoformat(),
        "quick": quick,
        "machine": machine(),
        "seconds": round(time.perf_counter() - began, 1),
        "rows": [row.as_dict() for row in rows],
        "growth": [row.as_dict() for row in growth],
    }


def show(found: dict[str, Any]) -> str:
    """The tables, as Markdown."""
    facts = found["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in facts["packages"].items() if version)
    where = f"{facts['cpus']} CPUs ({facts['architecture']}, {facts['system']}), {facts['threads']} thread, Python {facts['python']}"
    lines = [f"{found['date']}, {where}, {versions}."]
    for group in dict.fromkeys(row["group"] for row in found["rows"]):
        lines += ["", f"### {group[0].upper()}{group[1:]}", "", *_compared([row for row in found["rows"] if row["group"] == group])]
    for group in dict.fromkeys(row["group"] for row in found["growth"]):
        rows = [row for row in found["growth"] if row["group"] == group]
        lines += ["", f"### {group}", ""]
        times = [row["seconds_per_unit"] for row in rows]
        steps = ["", *(f"x {b / a:.2g}" for a, b in itertools.pairwise(times))]
        lines += _table(["", *(row["case"] for row in rows)], [["one game", *map(_seconds, times)], ["to the next", *steps]])
    return "\n".join(lines)


def _compared(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Our rows, each with how many times longer the others take, by the fastest method of each."""
    ours = [row for row in rows if row["who"] == OURS]
    others = [row for row in rows if row["who"] != OURS]
    names = list(dict.fromkeys(row["who"] for row in others))
    cells = []
    for k, row in enumerate(ours):
        cell = [row["case"] if k == 0 or ours[k - 1]["case"] != row["case"] else "", row["mode"]]
        cell += [_count(row["units_per_second"]), _seconds(row["seconds_per_unit"])]
        for name in names:
            ratios = [ratio for other, ratio in row["ratios"].items() if other == name or other.startswith(f"{name} ")]
            cell.append(f"{_count(min(ratios))} x" if ratios else "")
        cells.append([*cell, "" if row["peak_mb"] is None else f"{row['peak_mb']:.0f} MB", row["note"]])
    lines = _table(["", "negotiation_sim", "a second", "for one", *(f"{name} takes" for name in names), "peak memory", "note"], cells)
    best: dict[str, set[str]] = {name: set() for name in names}
    for case in dict.fromkeys(row["case"] for row in others):
        for name in names:
            mine = [row for row in others if (row["case"], row["who"]) == (case, name) and row["mode"]]
            if mine:
                best[name].add(min(mine, key=lambda row: row["seconds_per_unit"])["mode"])
    told = [f"{name}: {', '.join(sorted(modes))}" for name, modes in best.items() if modes]
    wrong = [f"{row['who']} {row['mode']} at {row['case']} ({row['agrees']:.0%} agree)" for row in others if row["agrees"] not in (None, 1)]
    if told:
        lines += ["", f"The fastest method of each: {'; '.join(told)}."]
    if any(row["agrees"] is not None for row in others):
        lines += ["", f"Other numbers of solutions than ours: {'; '.join(wrong) or 'none'}."]
    return lines


def _count(value: float) -> str:
    """Two digits that count, and words for large numbers."""
    digits = 1 - math.floor(math.log10(value)) if value > 0 else 0
    rounded = round(value, digits)
    if rounded >= 1e6:
        return f"{rounded / 1e6:.2g} million" if rounded < 1e8 else f"{rounded / 1e6:.0f} million"
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:.2g}"


def _seconds(value: float) -> str:
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    used = [k for k, name in enumerate(columns) if name == "" or any(row[k] for row in rows)]
    widths = [max(len(columns[k]), 3, *(len(row[k]) for row in rows)) for k in used]

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cells[k].ljust(width) for k, width in zip(used, widths, strict=True)) + " |"

    return [line(columns), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(line, rows)]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="tiny sizes: shows that it runs, measures nothing")
    parser.add_argument("--peers", action="store_true", help="also nashpy, quantecon and pygambit, where installed")
    parser.add_argument(
        "--only",
        default="",
        metavar="WORD",
        help="one subject: nash, nplayer, one, correlated, pure, subgame-perfect, logit, dynamics, sweep, memory, growth",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the measurements here")
    chosen = parser.parse_args(arguments)
    found = run(chosen.quick, chosen.peers, chosen.only)
    print(show(found))
    if chosen.json is not None:
        chosen.json.parent.mkdir(parents=True, exist_ok=True)
        chosen.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
