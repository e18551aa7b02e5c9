"""Draw how cost grows, from the JSON that a run of the benchmarks wrote.

Run it: python benchmarks/draw.py out/bench.json docs/growth.png
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["draw", "main"]

COLOURS = ("#5790fc", "#f89c20", "#e42536", "#964a8b", "#9c9ca1", "#7a21dd")
MARKS = "osD^vP"


def draw(found: dict[str, Any], target: Path) -> None:
    """Draw a panel for each thing that grows: games, actions, players, stages; both axes of games logarithmic, of others the cost."""
    from matplotlib import pyplot as plt

    lines: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for row in found["growth"]:
        what, _, by = row["group"].partition(": cost by ")
        lines.setdefault(by, {}).setdefault(what, []).append((float(row["case"]), row["seconds_per_unit"] * 1e6))
    figure, axes = plt.subplots(1, len(lines), figsize=(3.1 * len(lines), 3.4), sharey=True, layout="constrained")
    for ax, (by, curves) in zip(axes, lines.items(), strict=True):
        for (what, points), colour, mark in zip(curves.items(), COLOURS, MARKS, strict=False):
            ax.plot(*zip(*points, strict=True), color=colour, marker=mark, markersize=4, label=what.replace(", ", ",\n", 1))
        ax.set_yscale("log")
        if by == "number of games":
            ax.set_xscale("log")
        else:
            ax.xaxis.get_major_locator().set_params(integer=True)
        ax.set_xlabel(by)
        ax.grid(color="#e5e5e8", linewidth=0.6)
        ax.legend(fontsize=7, frameon=False, loc="best")
    axes[0].set_ylabel("one game, microseconds")
    machine = found["machine"]
    figure.suptitle(
        f"How cost grows, {found['date']}, one thread, Python {machine['python']}, numpy {machine['packages']['numpy']}", fontsize=9
    )
    figure.savefig(target, dpi=110)
    plt.close(figure)


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    draw(json.loads(Path(arguments[0]).read_text(encoding="utf-8")), Path(arguments[1]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
