"""Run a model over a design, block by block, into one labelled dataset."""

from __future__ import annotations

import itertools
import math
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._scratch import fresh
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.games.staged import StagedGame
from negotiation_sim.solution import Block, Evaluator, Variable
from negotiation_sim.sweeps.design import Design

if TYPE_CHECKING:
    import xarray

    from negotiation_sim.scenario.actors import Parameter

__all__ = ["Sweepable", "blocks", "sweep"]

BLOCK_BYTES = 16 << 20
"""Working memory that a block may take: bounded whatever the size of the games, large enough to make numpy's overhead vanish."""

BLOCK_POINTS = 1 << 17
"""Points that a block may have: beyond this, small games only fall out of the cache."""

TOGETHER = 1 << 26
"""Bytes up to which all variables of a result share one piece of memory."""

ALIGNED = 64
"""Bytes to a multiple of which each variable begins."""

PATIENCE = 2.0
"""Seconds of work before a progress bar appears."""


@runtime_checkable
class Sweepable(Protocol):
    """A model that a sweep can run: named parameters, and an evaluator for blocks of them."""

    @property
    def parameters(self) -> Mapping[str, Parameter]: ...
    @property
    def batch_shape(self) -> tuple[int, ...]: ...
    def evaluator(self, swept: Mapping[str, tuple[str, ...]], solvers: Any, keep: Sequence[str]) -> Evaluator: ...


def sweep(
    model: Sweepable,
    design: Design,
    *,
    solvers: Any = None,
    keep: Sequence[str] = ("payoffs", "regret"),
    progress: bool | None = None,
) -> xarray.Dataset:
    """Solve a model at every point of a design.

    Parameters
    ----------
    model : Scenario or GameFamily
        What is solved. Its parameters that the design does not name stay as they are.
    design : Design
        The points: made by `grid`, `paired`, `sample`.
    solvers : sequence of (Solver or str), optional
        Solvers, or names of concepts (``"nash"``, ``"subgame-perfect"``), all over payoffs evaluated once. By default Nash
        equilibria of the simultaneous form, and subgame-perfect paths if the model's form is a timed one.
    keep : sequence of str
        What to keep beside counts and supported outcomes: ``"payoffs"``, ``"regret"``, ``"margin"``, ``"strict"``. Less is faster.
    progress : bool, optional
        Show a progress bar; by default on work of over two seconds at a terminal.

    Returns
    -------
    xarray.Dataset
        Dims: those of the design, then ``concept``, ``outcome``, ``player``. Variables: ``supported``, ``certain``, ``count``,
        ``status``, ``complete`` and what ``keep`` names. It holds all that a plot or another reader needs (`to_netcdf` saves it).

    Raises
    ------
    ValueError
        For what is no model or no design; an unknown parameter, solver or ``keep``; a model whose own parameters are arrays.

    Examples
    --------
    >>> import negotiation_sim as ns
    >>> crisis = ns.load("istanbul-2025")
    >>> result = ns.sweep(crisis, ns.grid(a_US=[0.0093, 0.0095]), solvers=["subgame-perfect"])
    >>> result.supported.sel(outcome="truce", concept="subgame-perfect").values
    array([False,  True])
    """
    _check_model(model)
    if not isinstance(design, Design):
        raise ValueError(f"sweep: design must be a Design, made by grid, paired or sample; got {type(design).__name__}")
    if model.batch_shape:
        arrays = [n for n, p in model.parameters.items() if np.ndim(p.value)]
        raise ValueError(f"sweep: the model's own {', '.join(arrays)} must be single numbers; put the arrays into the design")
    if isinstance(solvers, set | frozenset | Mapping):
        raise ValueError(f"sweep: solvers must be a list, because results keep its order; got {type(solvers).__name__}: {list(solvers)!r}")
    if isinstance(solvers, str) or (solvers is not None and not isinstance(solvers, Sequence)):
        solvers = (solvers,)
    if isinstance(keep, str):
        keep = (keep,)
    evaluator = model.evaluator({name: dims for name, (dims, _) in design.variables.items()}, solvers, keep)
    size = max(1, min(BLOCK_POINTS, BLOCK_BYTES // max(1, evaluator.point_bytes)))
    arrays_: dict[str, tuple[tuple[str, ...], NDArray[Any], Mapping[str, object]]] = {}
    with _Progress(design.points, progress) as bar:
        for block in blocks(design, size):
            place: tuple[Any, ...] = (..., *block.index)
            into = {name: full[place] for name, (_, full, _) in arrays_.items()}
            found = evaluator(block, into)
            if new := {name: variable for name, variable in found.items() if name not in arrays_}:
                arrays_ |= _allocate(new, design)
                into |= {name: arrays_[name][1][place] for name in new}
            for name, variable in found.items():
                into[name][...] = _design_last(variable, len(block.dims))
            bar.advance(math.prod(block.shape))
    return _dataset(model, design, evaluator, arrays_)


def _check_model(model: object) -> None:
    if isinstance(model, type) or not isinstance(model, Sweepable):
        advice = "Give a Scenario or a GameFamily."
        if isinstance(model, str):
            advice = f"Load it first: ns.load({model!r})."
        elif isinstance(model, NormalFormGame | StagedGame):
            advice = "A game has no parameters left to vary: wrap the function that gives its payoffs in a GameFamily, or solve the batch."
        raise ValueError(f"sweep: model must have named parameters; got {type(model).__name__}. {advice}")


def blocks(design: Design, size: int) -> Iterator[Block]:
    """Cut a design into hyper-rectangles of at most ``size`` points: whole trailing dims first, so that blocks stay rectangular."""
    steps = []
    room = size
    for length in reversed(design.shape):
        step = min(length, max(1, room))
        steps.append(step)
        room //= step
    cuts = [[slice(b, min(b + step, n)) for b in range(0, n, step)] for n, step in zip(design.shape, reversed(steps), strict=True)]
    dims = design.dims
    param_dims = {name: of for name, (of, _) in design.variables.items()}
    for index in itertools.product(*cuts):
        values = {}
        for name, (of, array) in design.variables.items():
            picked = array[tuple(index[dims.index(d)] for d in of)]
            order = sorted(range(len(of)), key=lambda k: dims.index(of[k]))
            shape = [picked.shape[of.index(d)] if d in of else 1 for d in dims]
            values[name] = picked.transpose(order).reshape(shape)
        yield Block(dims, index, tuple(s.stop - s.start for s in index), values, param_dims)


def _design_last(variable: Variable, lead: int) -> NDArray[Any]:
    """View with the design's dims behind the others: the order in memory, in which blocks are long contiguous rows."""
    return np.moveaxis(variable.values, range(lead), range(-lead, 0))


def _allocate(found: Mapping[str, Variable], design: Design) -> dict[str, tuple[tuple[str, ...], NDArray[Any], Mapping[str, object]]]:
    """Room for the whole result: dims, array and attributes of each variable."""
    lead = len(design.dims)
    shapes = {name: (*variable.values.shape[lead:], *design.shape) for name, variable in found.items()}
    sizes = {name: math.prod(shapes[name]) * variable.values.itemsize for name, variable in found.items()}
    if sum(sizes.values()) > TOGETHER:
        rooms = {name: fresh((sizes[name],), np.uint8) for name in found}
    else:
        ends = list(itertools.accumulate(-(-size // ALIGNED) * ALIGNED for size in sizes.values()))
        whole = fresh((ends[-1],), np.uint8)
        rooms = {name: whole[end - -(-size // ALIGNED) * ALIGNED :][:size] for (name, size), end in zip(sizes.items(), ends, strict=True)}
    return {name: (v.dims, rooms[name].view(v.values.dtype).reshape(shapes[name]), v.attrs) for name, v in found.items()}


def _dataset(
    model: Sweepable,
    design: Design,
    evaluator: Evaluator,
    arrays: Mapping[str, tuple[tuple[str, ...], NDArray[Any], Mapping[str, object]]],
) -> xarray.Dataset:
    import xarray

    lead = len(design.dims)
    data = {
        name: xarray.Variable(dims, np.moveaxis(full, range(-lead, 0), range(lead)), dict(attrs))
        for name, (dims, full, attrs) in arrays.items()
    }
    used = {dim for dims, _, _ in arrays.values() for dim in dims}
    coords: dict[str, xarray.Variable] = {}
    for name, (of, values) in design.variables.items():
        coords[name] = xarray.Variable(of, np.array(values), _parameter_attrs(model.parameters[name]))
    for name, labels in evaluator.coords.items():
        if name in used:
            coords[name] = xarray.Variable((name,), list(labels))
    for name, (dim, labels) in evaluator.extra_coords.items():
        if dim in used:
            coords[name] = xarray.Variable((dim,), list(labels))
    attrs: dict[str, object] = dict(evaluator.attrs)
    if design.seed is not None:
        attrs["seed"] = design.seed
    return xarray.Dataset(data, coords, attrs)


def _parameter_attrs(parameter: Parameter) -> dict[str, object]:
    attrs: dict[str, object] = {"base": float(np.asarray(parameter.value))}
    if parameter.meaning:
        attrs["long_name"] = parameter.meaning
        attrs["meaning"] = parameter.meaning
    if parameter.unit:
        attrs["units"] = parameter.unit
        attrs["unit"] = parameter.unit
    if parameter.range is not None:
        attrs["range"] = [float(r) for r in parameter.range]
    return attrs


class _Progress:
    """A progress bar that appears only on work long enough to wonder about."""

    def __init__(self, total: int, wanted: bool | None) -> None:
        self._total, self._done = total, 0
        self._wanted = sys.stderr.isatty() if wanted is None else wanted
        self._patience = PATIENCE if wanted is None else 0.0
        self._began = time.monotonic()
        self._bar: Any = None

    def __enter__(self) -> _Progress:
        return self

    def advance(self, points: int) -> None:
        self._done += points
        if not self._wanted:
            return
        if self._bar is None and time.monotonic() - self._began >= self._patience and (self._done < self._total or not self._patience):
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("sweep"),
                BarColumn(),
                TextColumn("{task.completed:,.0f} of {task.total:,.0f} games"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
            )
            self._bar.add_task("sweep", total=self._total)
            self._bar.start()
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=self._done)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
