"""Timing calls side by side, peak memory in a fresh process, and the facts of the machine that a reader needs."""

from __future__ import annotations

import gc
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
OURS = "negotiation_sim"

clock = time.process_time if time.get_clock_info("process_time").resolution < 1e-6 else time.perf_counter
"""Processor time of this process, where it is fine enough: one thread is measured, and other programs then matter less."""


@dataclass(frozen=True)
class Task:
    """One way to do one job.

    `group` and `case` name the job (all tasks of one job are compared with each other), `who` and `mode` the way. A call of `run`
    handles `units` games (or points). `answer` turns its result into something comparable, one entry a game, for the first games;
    tasks that do not do the whole job are not `compared`.
    """

    group: str
    case: str
    who: str
    mode: str
    units: int
    run: Callable[[], Any]
    answer: Callable[[Any], Iterable[int]] | None = None
    compared: bool = True


@dataclass
class Row:
    """The measured cost of a task."""

    group: str
    case: str
    who: str
    mode: str
    units: int
    seconds_per_unit: float
    spread: float
    repeats: int
    note: str = ""
    agrees: float | None = None
    """Share of the compared games on which the answer is that of the job's first task of ours."""
    peak_mb: float | None = None
    ratios: dict[str, float] = field(default_factory=dict)
    """For our rows: how many times longer the others take, by ``"who mode"``."""

    @property
    def units_per_second(self) -> float:
        return 1 / self.seconds_per_unit

    def as_dict(self) -> dict[str, Any]:
        return {**vars(self), "units_per_second": self.units_per_second}


def measure(tasks: Sequence[Task], repeats: int, least: float) -> list[Row]:
    """Time tasks in turn, so that noise meets all of them alike; the median of `repeats` rounds.

    One call of each comes first: compilers, caches and lazy imports are not timed. A round repeats a call until `least` seconds.
    """
    loops: list[int] = []
    agrees: list[float | None] = []
    reference: dict[tuple[str, str], Sequence[int]] = {}
    for task in tasks:
        result = task.run()
        began = clock()
        task.run()
        loops.append(max(1, round(least / max(clock() - began, 1e-7))))
        found = None if task.answer is None else [int(n) for n in task.answer(result)]
        if found is not None and task.who == OURS:
            reference.setdefault((task.group, task.case), found)
        wanted = reference.get((task.group, task.case))
        if found is None or wanted is None:
            agrees.append(None)
        else:
            common = min(len(found), len(wanted))
            agrees.append(sum(a == b for a, b in zip(found[:common], wanted[:common], strict=True)) / common)
    taken: list[list[float]] = [[] for _ in tasks]
    gc.collect()
    gc.freeze()  # what lives through all rounds need not be looked at before each
    for _ in range(repeats):
        for task, count, seconds in zip(tasks, loops, taken, strict=True):
            gc.collect()
            began = clock()
            for _ in range(count):
                task.run()
            seconds.append((clock() - began) / count / task.units)
    gc.unfreeze()
    rows = [
        Row(t.group, t.case, t.who, t.mode, t.units, statistics.median(s), max(s) / min(s), repeats, agrees=a)
        for t, s, a in zip(tasks, taken, agrees, strict=True)
    ]
    for task, row in zip(tasks, rows, strict=True):
        if task.who == OURS and task.compared:
            others = [r for r in rows if r.who != OURS and (r.group, r.case) == (row.group, row.case)]
            row.ratios = {f"{r.who} {r.mode}".strip(): r.seconds_per_unit / row.seconds_per_unit for r in others}
    return rows


def in_fresh_process(code: str) -> dict[str, Any]:
    """Run code that prints one line of JSON, in a new interpreter with one thread."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the measured process failed:\n{done.stderr.strip()}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def peak_megabytes() -> float | None:
    """Most memory that this process has held so far; None where the system does not say."""
    status = Path("/proc/self/status")
    if status.exists():  # on Linux, getrusage also counts what the parent held when it started this process
        found = re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(), re.MULTILINE)
        return int(found.group(1)) / 2**10 if found else None
    try:
        import resource
    except ImportError:  # Windows
        return None
    scale = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


def machine() -> dict[str, Any]:
    """What the numbers depend on, without naming the machine."""
    found: dict[str, str | None] = {}
    for name in ("numpy", "scipy", "xarray", "nashpy", "quantecon", "numba", "pygambit"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return {
        "cpus": os.cpu_count(),
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "threads": int(os.environ.get("OMP_NUM_THREADS", "0")),
        "packages": found,
    }
