"""Write results so that a file is either whole or not there, and read a stored sweep back."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation_sim.report.page import DOTS

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["MOST_CSV_ROWS", "about_sweep", "long_table", "read_sweep", "replacing", "save_csv", "save_figure", "save_sweep", "save_text"]

MOST_CSV_ROWS = 1_000_000
"""A longer table is of little use as text; NetCDF holds the same."""

_BEHIND = ("concept", "outcome", "player")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary file beside ``path`` that takes its place only if the block ends well.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "answer.txt"
    >>> with replacing(path) as temporary:
    ...     _ = temporary.write_text("42")
    >>> path.read_text(), [p.name for p in path.parent.iterdir()]
    ('42', ['answer.txt'])
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.tmp{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def save_text(text: str, path: Path) -> None:
    """Write a text as UTF-8, with the same line ends on every system."""
    with replacing(path) as temporary:
        temporary.write_bytes(text.encode("utf-8", "replace"))


def save_figure(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Save a figure as PNG and SVG; the same figure gives the same files."""
    import matplotlib as mpl

    paths = []
    for suffix, options in ((".png", {"dpi": DOTS}), (".svg", {"metadata": {"Date": None}})):
        path = folder / f"{name}{suffix}"
        with mpl.rc_context({"svg.hashsalt": name}), replacing(path) as temporary:
            figure.savefig(temporary, **options)
        paths.append(path)
        figure.set_layout_engine("none")  # laid out once: the second file need not do it again
    return paths


def save_sweep(result: xr.Dataset, path: Path) -> None:
    """Store a sweep as NetCDF 4, lightly compressed."""
    with replacing(path) as temporary:
        result.to_netcdf(temporary, engine="h5netcdf", encoding={name: {"zlib": True, "complevel": 1} for name in result.data_vars})


def read_sweep(path: Path) -> xr.Dataset:
    """Read a stored sweep whole.

    Raises
    ------
    ValueError
        If the file is no NetCDF file, or holds no sweep.
    OSError
        If it can't be read.
    """
    import xarray as xr

    with path.open("rb"):  # a missing file is an OSError with its own words; below, every error means a damaged one
        pass
    try:
        result = xr.load_dataset(path, engine="h5netcdf")
    except (OSError, ValueError, KeyError, RuntimeError, TypeError):
        raise ValueError(f"{path}: expected a sweep in NetCDF 4, as `sweep --out` writes it; this file can't be read as one") from None
    missing = [name for name in ("supported", "status", "concept", "outcome") if name not in result.variables]
    if missing:
        raise ValueError(f"{path}: expected a sweep, as `sweep --out` writes it; the file holds no {', '.join(missing)}")
    return result


def long_table(result: xr.Dataset) -> pd.DataFrame:
    """Return a sweep as a long table: one row for each point, concept and supported outcome.

    A point without an equilibrium, or without an answer, has one row with an empty ``outcome``. Payoffs, where kept, are the lowest
    and the highest of each player over all equilibria of the point and concept.
    """
    import pandas as pd

    dims = [str(d) for d in result.supported.dims if d not in _BEHIND]
    shape = [result.sizes[d] for d in dims]
    order = (*dims, "concept")
    supported = result.supported.transpose(*order, "outcome").values.reshape((-1, result.sizes["outcome"]))
    none = ~supported.any(axis=1)
    row, outcome = np.nonzero(np.column_stack([supported, none]))  # the last column stands for "none": a row without an outcome
    names = np.array([*map(str, result.outcome.values), ""], dtype=object)
    at = np.unravel_index(row, (*shape, result.sizes["concept"]))
    columns: dict[str, Any] = {}
    for name, coord in result.coords.items():
        if coord.dims and all(d in dims for d in coord.dims):
            columns[str(name)] = coord.values[tuple(at[dims.index(str(d))] for d in coord.dims)]
    columns["concept"] = np.array(list(map(str, result.concept.values)), dtype=object)[at[-1]]
    columns["outcome"] = names[outcome]
    for name in ("count", "status", "complete"):
        if name in result:
            columns[name] = result[name].transpose(*order).values.reshape(-1)[row]
    for name in ("certain", "margin", "strict"):
        if name in result:
            values = result[name].transpose(*order, "outcome").values.reshape(supported.shape)
            blank = np.zeros((len(values), 1), dtype=values.dtype) if values.dtype == bool else np.full((len(values), 1), np.nan)
            columns[name] = np.column_stack([values, blank])[row, outcome]
    for name in ("payoff_min", "payoff_max"):
        if name in result:
            values = result[name].transpose(*order, "player").values.reshape((len(supported), -1))
            columns |= {f"{name}_{player}": values[row, k] for k, player in enumerate(map(str, result.player.values))}
    if "regret_max" in result:
        columns["regret_max"] = result["regret_max"].transpose(*order).values.reshape(-1)[row]
    return pd.DataFrame(columns)


def about_sweep(result: xr.Dataset) -> dict[str, Any]:
    """Say what a reader of a sweep's table needs to know."""
    known: dict[str, Any] = {"title": str(result.attrs.get("title", "")), "description": str(result.attrs.get("note", ""))}
    for name in ("forms", "solvers", "parameters"):
        known[name] = json.loads(str(result.attrs.get(name, "{}")))
    axes = {str(n): {str(k): str(v) for k, v in c.attrs.items()} for n, c in result.coords.items() if "base" in c.attrs}
    return {**known, "axes": axes}


def save_csv(frame: pd.DataFrame, path: Path, about: dict[str, Any]) -> list[Path]:
    """Write a table as CSV, and beside it what its numbers are (CSV on the Web, W3C 2015): a comment in the CSV would break readers.

    Parameters
    ----------
    frame : DataFrame
    path : Path
    about : dict
        Title, note and whatever else a reader needs.
    """
    texts = {str(name): frame[name].map(_no_formula) for name in frame.columns if frame[name].dtype.kind not in "biuf"}
    safe = frame.assign(**texts)
    with replacing(path) as temporary:
        safe.to_csv(temporary, index=False, lineterminator="\n")
    described = {
        "@context": "http://www.w3.org/ns/csvw",
        "url": path.name,
        **{f"dc:{key}": value for key, value in about.items() if key in ("title", "description")},
        "notes": [{key: value} for key, value in about.items() if key not in ("title", "description")],
        "tableSchema": {"columns": [{"name": str(name)} for name in frame.columns]},
    }
    beside = path.with_name(path.name + "-metadata.json")
    save_text(json.dumps(described, indent=2) + "\n", beside)
    return [path, beside]


def _no_formula(value: object) -> object:
    """Keep a spreadsheet from running a label of a stranger's file."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
