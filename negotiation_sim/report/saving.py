"""Write results so that a file is either whole or not there, and read a stored sweep back."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation_sim.report.page import DOTS
from negotiation_sim.status import Completeness, Status

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = [
    "MOST_CSV_ROWS",
    "about_columns",
    "about_sweep",
    "long_table",
    "read_sweep",
    "remove_earlier",
    "replacing",
    "save_csv",
    "save_figure",
    "save_sweep",
    "save_text",
]

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
    except OSError as error:
        if error.strerror is None or error.filename not in (None, str(temporary), temporary):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error  # a full disk does not name the file
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
    content = _netcdf(result)
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def _netcdf(result: xr.Dataset) -> bytes | memoryview:
    """Return the bytes of a NetCDF file: HDF5 writing to a disk that fills up crashes the whole process, Python's own writing does not."""
    options: dict[str, Any] = {"engine": "h5netcdf", "encoding": {name: {"zlib": True, "complevel": 1} for name in result.data_vars}}
    try:
        return result.to_netcdf(None, **options)
    except ValueError:  # xarray before 2025.8 writes NetCDF 4 to files only
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "result.nc"
            result.to_netcdf(path, **options)
            return path.read_bytes()


def remove_earlier(folder: Path, keep: Collection[Path]) -> list[Path]:
    """Remove what an earlier sweep and its plots left in a folder, for it does not belong to the new result.

    Parameters
    ----------
    folder : Path
    keep : collection of Path
        Files of the new result.

    Returns
    -------
    list of Path
        What was removed: only files of the names that `sweep` and `plot` write.
    """
    stale = [path for path in (folder / name for name in _WRITTEN) if path.is_file() and path not in keep]
    for path in stale:
        path.unlink()
    return stale


_FIGURES = ("regimes", "lines_nash", "lines_subgame_perfect")
_WRITTEN = ("result.csv", "result.csv-metadata.json", *(f"{name}{suffix}" for name in _FIGURES for suffix in (".png", ".svg")))


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
    """Return a sweep as a tidy table: one row for each point and concept, one column for each outcome.

    `about_columns` explains the columns. Nothing stands in two rows, so that sums, means and groups count every point once.
    """
    import pandas as pd

    dims = [str(d) for d in result.supported.dims if d not in _BEHIND]
    order = (*dims, "concept")
    sizes = [result.sizes[d] for d in order]
    at = np.unravel_index(np.arange(math.prod(sizes)), sizes)
    columns: dict[str, Any] = {}
    for name, coord in result.coords.items():
        if coord.dims and all(d in dims for d in coord.dims):
            columns[str(name)] = coord.values[tuple(at[dims.index(str(d))] for d in coord.dims)]
    columns["concept"] = np.array(list(map(str, result.concept.values)), dtype=object)[at[-1]]
    for name, kind in (("status", Status), ("complete", Completeness)):
        if name in result:
            words = np.array([each.name for each in kind], dtype=object)
            columns[name] = words[result[name].transpose(*order).values.reshape(-1)]
    if "count" in result:
        columns["count"] = result["count"].transpose(*order).values.reshape(-1)
    for name, behind in (*((name, "outcome") for name in _PER_OUTCOME), ("payoff_min", "player"), ("payoff_max", "player")):
        if name in result:
            values = result[name].transpose(*order, behind).values.reshape((-1, result.sizes[behind]))
            values = values.astype(np.int8) if values.dtype == bool else values
            columns |= {f"{name}_{key}": values[:, k] for k, key in enumerate(map(str, result[behind].values))}
    if "regret_max" in result:
        columns["regret_max"] = result["regret_max"].transpose(*order).values.reshape(-1)
    return pd.DataFrame(columns)


def about_columns(result: xr.Dataset) -> dict[str, str]:
    """Explain every column of `long_table`."""
    about = {str(n): str(c.attrs.get("meaning") or f"value of {n} at this point") for n, c in result.coords.items() if c.dims}
    about |= _COLUMNS
    labels = result.outcome_label.values if "outcome_label" in result.coords else result.outcome.values
    for name, words in _PER_OUTCOME.items():
        about |= {f"{name}_{key}": f"{label}: {words}" for key, label in zip(map(str, result.outcome.values), labels, strict=True)}
    if "player" in result.dims:
        names = result.player_name.values if "player_name" in result.coords else result.player.values
        for name, word in (("payoff_min", "lowest"), ("payoff_max", "highest")):
            text = "payoff over all equilibria of this point and concept; empty if there is none"
            about |= {f"{name}_{key}": f"{who}: {word} {text}" for key, who in zip(map(str, result.player.values), names, strict=True)}
    return about


_PER_OUTCOME = {
    "supported": "1 if some equilibrium can end in it, else 0",
    "certain": "1 if some equilibrium ends in it for sure, else 0",
    "margin": "smallest loss from a deviation that leaves the outcome, as a share of the payoff range, in the firmest equilibrium",
    "strict": "1 if in some equilibrium that gives it every deviation that leaves it loses, else 0",
}
_COLUMNS = {
    "concept": "solution concept: nash (everybody chooses at once) or subgame-perfect (moves in the order of the form)",
    "status": "OK if the game was solved; else why not",
    "complete": "whether all equilibria of the concept are counted: PROVED, PROBABILITY_ONE (all but in special games) or NO",
    "count": "number of equilibria at this point; 0 also where the game was not solved",
    "regret_max": "largest gain from a deviation over these equilibria, as a share of the payoff range: the certificate",
}


def about_sweep(result: xr.Dataset) -> dict[str, Any]:
    """Say what a reader of a sweep's table needs to know."""
    known: dict[str, Any] = {"title": str(result.attrs.get("title", "")), "description": str(result.attrs.get("note", ""))}
    for name in ("forms", "solvers", "parameters"):
        known[name] = json.loads(str(result.attrs.get(name, "{}")))
    axes = {str(n): {str(k): str(v) for k, v in c.attrs.items()} for n, c in result.coords.items() if "base" in c.attrs}
    return {**known, "axes": axes}


def save_csv(frame: pd.DataFrame, path: Path, about: dict[str, Any], columns: Mapping[str, str] | None = None) -> list[Path]:
    """Write a table as CSV, and beside it what its numbers are (CSV on the Web, W3C 2015): a comment in the CSV would break readers.

    Parameters
    ----------
    frame : DataFrame
    path : Path
    about : dict
        Title, note and whatever else a reader needs.
    columns : mapping of str to str, optional
        What each column holds.
    """
    columns = columns or {}
    texts = {str(name): frame[name].map(_no_formula) for name in frame.columns if frame[name].dtype.kind not in "biuf"}
    no_minus_zero = {str(name): frame[name] + 0.0 for name in frame.columns if frame[name].dtype.kind == "f"}
    safe = frame.assign(**texts, **no_minus_zero)
    with replacing(path) as temporary:
        safe.to_csv(temporary, index=False, lineterminator="\n")
    described = {
        "@context": "http://www.w3.org/ns/csvw",
        "url": path.name,
        **{f"dc:{key}": value for key, value in about.items() if key in ("title", "description")},
        "notes": [{key: value} for key, value in about.items() if key not in ("title", "description")],
        "tableSchema": {
            "columns": [{"name": name} | ({"dc:description": columns[name]} if name in columns else {}) for name in map(str, frame.columns)]
        },
    }
    beside = path.with_name(path.name + "-metadata.json")
    save_text(json.dumps(described, indent=2) + "\n", beside)
    return [path, beside]


def _no_formula(value: object) -> object:
    """Keep a spreadsheet from running a label of a stranger's file."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
