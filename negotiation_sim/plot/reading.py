"""Take what a figure needs out of a sweep's Dataset, and say what is there when a name is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from negotiation_sim._words import nearest_name
from negotiation_sim.scenario.game_evaluator import KEEP

__all__ = [
    "Slice",
    "as_names",
    "axis_label",
    "check_dataset",
    "choose_concept",
    "concept_title",
    "outcome_labels",
    "swept",
    "take",
    "unknown",
]

_BEHIND = frozenset({"concept", "outcome", "player"})
_CONCEPTS = {
    "nash": "Nash equilibria",
    "subgame-perfect": "Subgame-perfect paths",
    "pure": "Pure Nash equilibria",
    "logit": "Logit quantal responses",
}


@dataclass(frozen=True)
class Slice:
    """A sweep with one concept and only the wanted swept dims left; the others fixed at the values in ``held``."""

    data: xr.Dataset
    concept: str
    held: Mapping[str, float | str]
    at_base: bool
    """Whether every fixed parameter sits at the point nearest to its base value, and so do those that move with the wanted ones."""
    exact: bool
    """Whether the base value of every swept parameter is a point of the sweep, so that the point nearest to the base is the base."""
    moving: tuple[str, ...]
    """Parameters that move with a wanted one."""

    @property
    def words(self) -> str:
        """The fixed values and what moves along, for a title."""
        parts = [f"{n} = {v:.4g}" if isinstance(v, float) else f"{n} = {v}" for n, v in self.held.items()]
        return ", ".join([*parts, *(f"{n} moves along" for n in self.moving)])


def unknown(what: str, got: object, there: Iterable[str]) -> ValueError:
    """Make the error for a name that does not exist: what, what was probably meant, what is there."""
    return ValueError(f"unknown {what} {str(got)!r}; {nearest_name(str(got), there)}")


def as_names(given: str | Sequence[str]) -> list[str]:
    """Let a single name stand for a list of one."""
    return [given] if isinstance(given, str) else list(given)


def check_dataset(result: object, variable: str) -> xr.Dataset:
    """Return the Dataset if it holds the variable.

    Raises
    ------
    ValueError
        If it is not a Dataset or lacks the variable.
    """
    if not isinstance(result, xr.Dataset):
        raise ValueError(f"result must be the xarray.Dataset that a sweep returns; got {type(result).__name__}. Make one with ns.sweep.")
    if variable not in result.data_vars:
        held = ", ".join(map(str, result.data_vars)) or "none"
        kept = next((name for name, stored in KEEP.items() if variable in stored), None)
        advice = (
            f"Sweep again with {kept!r} in keep: keep=(..., {kept!r})"
            if kept is not None
            else "Sweep a scenario or a game family, for example ns.sweep(scenario, ns.grid(...), solvers=('nash',))"
        )
        raise ValueError(f"result must hold the variable {variable!r}; it holds: {held}. {advice}.")
    return result


def swept(result: xr.Dataset) -> dict[str, str]:
    """Swept parameters and the dim that each varies along."""
    found = {str(d): str(d) for d in result.dims if d not in _BEHIND and d in result.coords}
    for name, coord in result.coords.items():
        if coord.ndim == 1 and coord.dims[0] not in _BEHIND and coord.dtype.kind in "fiub":
            found.setdefault(str(name), str(coord.dims[0]))
    if "sample" in found and result.coords["sample"].dtype.kind in "iu":
        del found["sample"]  # numbers the draws; it is no parameter
    return found


def choose_concept(result: xr.Dataset, concept: str | None) -> str:
    """Return the concept asked for, or the only one there is."""
    if "concept" not in result.coords:
        return concept or ""
    names = [str(c) for c in np.atleast_1d(result.coords["concept"].values)]
    if concept is None:
        if len(names) == 1:
            return names[0]
        raise ValueError(f"concept must say which of {', '.join(names)} to draw; got None")
    if concept not in names:
        raise unknown("concept", concept, names)
    return concept


def take(result: xr.Dataset, wanted: Sequence[str], concept: str | None, fixed: Mapping[str, float | str] | None) -> Slice:
    """Select one concept and fix every swept dim that the wanted parameters do not vary along.

    Dims without a value in ``fixed`` are taken at the point nearest to the base case.

    Raises
    ------
    ValueError
        For unknown names, parameters that vary together, values outside the sweep, and dims that have no base value.
    """
    along = swept(result)
    for label, name in zip(("x", "y"), wanted, strict=False):
        if name not in along:
            raise unknown(f"parameter for {label}", name, along)
    kept = [along[name] for name in wanted]
    if len(set(kept)) != len(kept):
        raise ValueError(
            f"x and y must vary independently; {' and '.join(wanted)} both vary along {kept[0]!r}. Sweep them as a grid, or draw lines."
        )
    picks: dict[str, int] = {}
    at_base = True
    for name, value in (fixed or {}).items():
        if name not in along:
            raise unknown("parameter in fixed", name, [n for n in along if along[n] not in kept])
        if along[name] in kept:
            raise ValueError(f"fixed must not hold {name!r}: the figure varies along it. Leave it out, or choose other axes.")
        index = _nearest(result.coords[name], value)
        if picks.setdefault(along[name], index) != index:
            raise ValueError(f"fixed asks for two different points along {along[name]!r}; parameters that vary together need one value")
    rest = [str(d) for d in result.dims if d not in _BEHIND and d not in kept]
    for dim in rest:
        names = [n for n in along if along[n] == dim]
        if not names:
            raise ValueError(f"result varies along {dim!r} too, which names no parameter: select one with result.isel({dim}=...)")
        based = [n for n in names if "base" in result.coords[n].attrs]
        if dim not in picks and not based:
            raise ValueError(
                f"fixed must give a value for {names[0]}, which is swept too and has no base value: fixed={{{names[0]!r}: ...}}"
            )
        if based:
            usual = _nearest(result.coords[based[0]], result.coords[based[0]].attrs["base"], strict=False)
            picks.setdefault(dim, usual)
            at_base &= picks[dim] == _base_index(result, based[0])
    data = result.isel(picks)
    chosen = choose_concept(result, concept)
    if "concept" in data.dims:
        data = data.sel(concept=chosen)
    for name in kept:
        for partner in (n for n in along if along[n] == name):
            at_base &= _base_index(result, partner) == _base_index(result, wanted[kept.index(name)])
    held = {n: _scalar(data.coords[n].values) for n in along if along[n] in rest}
    for coord in result.coords.values():  # selected before: as good as fixed
        at_base &= coord.ndim > 0 or "base" not in coord.attrs or _is_point(coord)
    exact = all("base" not in result.coords[n].attrs or _is_point(result.coords[n]) for n in along)
    return Slice(data, chosen, held, at_base, exact, tuple(n for n in along if along[n] in kept and n not in wanted))


def _base_index(result: xr.Dataset, name: str) -> int | None:
    """Index of the point at the base value; None without one, or if the sweep does not reach it."""
    coord = result.coords[name]
    base = coord.attrs.get("base")
    return None if base is None or not _inside(coord.values, base, 0.0) else _nearest(coord, base)


def _is_point(coord: xr.DataArray) -> bool:
    """Whether the base value is one of the points, up to rounding."""
    if coord.dtype.kind not in "fiub":
        return str(coord.attrs["base"]) in map(str, np.atleast_1d(coord.values))
    values, base = coord.values.astype(np.float64), float(coord.attrs["base"])
    return bool((np.abs(values - base) <= 1e-12 * np.abs(values).max()).any())


def _scalar(value: NDArray[Any]) -> float | str:
    item = value.item()
    return float(item) if isinstance(item, int | float) else str(item)


def _nearest(coord: xr.DataArray, value: object, *, strict: bool = True) -> int:
    values = coord.values
    if values.dtype.kind not in "fiub":
        names = [str(v) for v in values]
        if str(value) not in names:
            raise unknown(f"value for fixed[{str(coord.name)!r}]", value, names)
        return names.index(str(value))
    if not isinstance(value, int | float | np.integer | np.floating) or not np.isfinite(value):
        raise ValueError(f"fixed[{str(coord.name)!r}] must be a finite number; got {value!r}")
    if strict and not _inside(values, value, 0.5):
        raise ValueError(
            f"fixed[{str(coord.name)!r}] must lie in the sweep, from {values.min():g} to {values.max():g}; got {value:g}. "
            "Sweep further, or choose a value inside."
        )
    return int(np.abs(values - float(value)).argmin())


def _inside(values: NDArray[Any], value: Any, steps: float) -> bool:
    """Whether a value lies among the points, give or take a number of mean steps and rounding."""
    span = float(values.max() - values.min())
    slack = steps * span / max(len(values) - 1, 1) + 1e-9 * max(abs(float(values.max())), abs(float(values.min())))
    return bool(values.min() - slack <= value <= values.max() + slack)


def outcome_labels(result: xr.Dataset, labels: Mapping[str, str] | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and labels of the outcomes, in order; ``labels`` replaces some."""
    if "outcome" not in result.coords:
        raise ValueError("result must have a coordinate 'outcome' that names the outcomes; it has none. Make it with ns.sweep.")
    names = tuple(str(n) for n in result.coords["outcome"].values)
    if "outcome_label" in result.coords:
        own = [str(v) for v in result.coords["outcome_label"].values]
    else:
        own = [n.replace("_", " ") for n in names]
    for name in labels or {}:
        if name not in names:
            raise unknown("outcome in labels", name, names)
    return names, tuple((labels or {}).get(name, text or name) for name, text in zip(names, own, strict=True))


def axis_label(coord: xr.DataArray) -> str:
    """``name: meaning (unit)``, without what is missing."""
    meaning, unit = str(coord.attrs.get("meaning", "")), str(coord.attrs.get("unit", ""))
    return f"{coord.name}" + (f": {meaning}" if meaning else "") + (f" ({unit})" if unit else "")


def within(result: xr.Dataset, concept: str) -> str:
    """Where the solver of a concept looked: " in pure strategies", or nothing if everywhere."""
    try:
        among = str(json.loads(str(result.attrs.get("among", "{}"))).get(concept, ""))
    except (json.JSONDecodeError, AttributeError):
        among = ""
    return f" in {among}" if among else ""


def concept_title(result: xr.Dataset, concept: str) -> str:
    """Words for a concept and the form of the game that it was applied to."""
    try:
        form = str(json.loads(str(result.attrs.get("forms", "{}"))).get(concept, ""))
    except (json.JSONDecodeError, AttributeError):
        form = ""
    words = _CONCEPTS.get(concept, concept.replace("_", " ").capitalize())
    if concept == "nash":
        words += within(result, concept)
    if form == "simultaneous":
        return f"{words}, simultaneous form"
    return f"{words}, form “{form.replace('_', ' ')}”" if form else words
