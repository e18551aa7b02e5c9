"""Draw a stored sweep into its own folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

from negotiation_sim import plot
from negotiation_sim.report.saving import read_sweep, save_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_sweep"]


def draw_sweep(folder: Path, x: str | None = None, y: str | None = None) -> tuple[list[Path], list[str]]:
    """Draw ``result.nc`` of a folder: a map of outcomes over two parameters, or lines along one.

    Parameters
    ----------
    folder : Path
        Where the sweep was stored, or its file; the figures are written beside it.
    x, y : str, optional
        Parameters to draw along. By default the sweep's first two axes; with ``x`` alone, lines along it.

    Returns
    -------
    files, words : list of Path, list of str
        What was written, and each figure in words.
    """
    from matplotlib import pyplot as plt

    source = folder if folder.suffix == ".nc" else folder / "result.nc"
    result, folder = read_sweep(source), source.parent
    axes = [str(d) for d in result.supported.dims if d not in ("concept", "outcome")]
    if x is None and y is not None:
        x = next((name for name in axes if name != y), None)
    elif x is None:
        x, y = axes[0], axes[1] if len(axes) > 1 else None
    if x is None:
        raise ValueError(f"plot: a map needs two parameters; this sweep has one, {axes[0]}: leave --y out")
    figures: dict[str, Figure] = {}
    if y is not None:
        figures["regimes"] = plot.regime_panels(result, x, y)
    else:
        output = "payoff" if "payoff_min" in result else "count"
        for concept in map(str, result.concept.values):
            name = f"lines_{re.sub(r'[^a-z0-9]+', '_', concept.lower()).strip('_')}"
            figures[name] = cast("Figure", plot.lines(result, output, x, concept=concept).get_figure(root=True))
    files, words = [], []
    for name, figure in figures.items():
        files += save_figure(figure, folder, name)
        words.append(plot.alt_text(figure))
        plt.close(figure)
    return files, words
