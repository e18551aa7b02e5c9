"""Designs: which values of which parameters a sweep visits, and along which named axes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._arrays import lock
from negotiation_sim._words import nearest_name
from negotiation_sim.scenario.name_checks import RESERVED

if TYPE_CHECKING:
    from negotiation_sim.scenario.actors import Parameter

__all__ = ["Design", "grid", "paired", "sample", "span"]

RESERVED_DIMS = RESERVED - {"sample"}
"""Names that results use for themselves; `sample` makes the dim of that name."""


@dataclass(frozen=True, eq=False)
class Design:
    """Values of the swept parameters, each along one or more named dims.

    Parameters
    ----------
    variables : mapping of str to (tuple of str, ndarray)
        For each parameter, the dims that it varies on and its values, one axis a dim. Parameters that share a dim move together.
    seed : int, optional
        The seed, for a design that was drawn at random.

    Raises
    ------
    ValueError
        If a dim has two sizes, or no dim, or a name that results use for something else.

    Examples
    --------
    >>> design = grid(a=span(0, 1, 3), b=[10, 20])
    >>> design.sizes
    {'a': 3, 'b': 2}
    >>> design.points
    6
    """

    variables: Mapping[str, tuple[tuple[str, ...], NDArray[np.float64]]]
    seed: int | None = None

    def __post_init__(self) -> None:
        checked: dict[str, tuple[tuple[str, ...], NDArray[np.float64]]] = {}
        sizes: dict[str, tuple[int, str]] = {}
        if not self.variables:
            raise ValueError("a design must vary at least one parameter; got none: try grid(name=span(low, high, count))")
        for name, (dims, values) in self.variables.items():
            array = _values(name, values)
            names = _dims(dims)
            if name in RESERVED:
                raise ValueError(f"design: results use the name {name!r} for themselves, so no parameter can bear it; rename the parameter")
            if array.ndim != len(names) or not names:
                raise ValueError(f"design: {name} must have one axis a dim of {names}; got shape {array.shape}")
            for dim, size in zip(names, array.shape, strict=True):
                if dim in RESERVED_DIMS:
                    raise ValueError(f"design: results use the name {dim!r} for themselves, so no dim can bear it; choose another name")
                if sizes.setdefault(dim, (size, name))[0] != size:
                    raise ValueError(
                        f"design: {name} has {size} values along {dim!r}, but {sizes[dim][1]} has {sizes[dim][0]}; both need the same"
                    )
            checked[name] = (names, lock(array.copy()))
        for name, (dims, _) in checked.items():
            if name in sizes and name not in dims:
                raise ValueError(f"design: the dim {name!r} bears the name of a parameter that does not vary on it; rename the dim")
        object.__setattr__(self, "variables", checked)

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of the axes, in order of first use."""
        return tuple(self.sizes)

    @property
    def sizes(self) -> dict[str, int]:
        """Length of each axis."""
        return {dim: size for dims, values in self.variables.values() for dim, size in zip(dims, values.shape, strict=True)}

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes, in order."""
        return tuple(self.sizes.values())

    @property
    def points(self) -> int:
        """Number of points."""
        return math.prod(self.shape)

    def __repr__(self) -> str:
        return f"Design({' x '.join(f'{d}={n}' for d, n in self.sizes.items())}; {', '.join(self.variables)})"


def _dims(dims: str | Iterable[str]) -> tuple[str, ...]:
    """Read names of dims; a single one may stand without a tuple, as in xarray."""
    return (dims,) if isinstance(dims, str) else tuple(dims)


def _values(name: str, values: ArrayLike) -> NDArray[np.float64]:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"design: {name} must be numbers; got {values!r}") from None
    if array.size == 0:
        raise ValueError(f"design: {name} needs at least one value; got none")
    return array


def span(low: float, high: float, count: int, *, log: bool = False) -> NDArray[np.float64]:
    """Evenly spaced values from ``low`` to ``high``, both included.

    Parameters
    ----------
    low, high : float
        The ends, in the parameter's own unit. Descending spans are fine.
    count : int
        How many values, at least 2.
    log : bool
        Space them evenly in the logarithm; both ends must then be positive.

    Examples
    --------
    >>> span(0, 1, 5)
    array([0.  , 0.25, 0.5 , 0.75, 1.  ])
    >>> span(1, 100, 3, log=True)
    array([  1.,  10., 100.])
    """
    if not _whole(count) or count < 2:
        raise ValueError(f"span: count must be a whole number of at least 2; got {count!r}")
    if not (_finite(low) and _finite(high)) or low == high:
        raise ValueError(f"span: low and high must be two different finite numbers; got {low!r} and {high!r}")
    if log:
        if low <= 0 or high <= 0:
            raise ValueError(f"span: a logarithmic span needs positive ends; got {low!r} and {high!r}")
        return np.asarray(np.geomspace(low, high, int(count)))
    return np.asarray(np.linspace(low, high, int(count)))


def _finite(value: object) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and math.isfinite(value)


def _whole(value: object) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and math.isfinite(value) and int(value) == value


def paired(**values: ArrayLike) -> Design:
    """Parameters that move together along one axis, named after the first of them.

    Parameters
    ----------
    **values : array_like, shape (n,)
        One list of values a parameter, all of the same length.

    Examples
    --------
    >>> grid(paired(a=[1, 2, 3], b=[10, 20, 30]), c=[0, 1]).sizes
    {'a': 3, 'c': 2}
    """
    if len(values) < 2:
        raise ValueError(f"paired: expected at least two parameters that move together; got {list(values)}: for one, use grid")
    dim = next(iter(values))
    return Design({name: ((dim,), _one_axis("paired", name, v)) for name, v in values.items()})


def _one_axis(verb: str, name: str, values: ArrayLike) -> NDArray[np.float64]:
    array = _values(name, values)
    if array.ndim != 1:
        raise ValueError(
            f"{verb}: {name} must be a list of values (one axis); got shape {array.shape}. "
            f"A single value is set with model.replace({name}=...)"
        )
    return array


def grid(*parts: Design, **axes: ArrayLike) -> Design:
    """Every combination of the values of several parameters: one axis a parameter, in the order given.

    Parameters
    ----------
    *parts : Design
        Axes made by `paired`.
    **axes : array_like, shape (n,)
        Values of each parameter, for instance from `span`.

    Raises
    ------
    ValueError
        If a parameter stands twice, or values are not a list of numbers.

    Examples
    --------
    >>> grid(a_US=span(0, 0.05, 201), tau_US=span(0, 0.10, 201))
    Design(a_US=201 x tau_US=201; a_US, tau_US)
    """
    variables: dict[str, tuple[tuple[str, ...], NDArray[np.float64]]] = {}
    seed = None
    for part in parts:
        if not isinstance(part, Design):
            raise ValueError(f"grid: unnamed arguments must be designs made by paired(...); got {type(part).__name__}. Name the parameter.")
        for name, value in part.variables.items():
            if name in variables:
                raise ValueError(f"grid: {name} stands twice")
            variables[name] = value
        seed = part.seed if seed is None else seed
    for name, values in axes.items():
        if name in variables:
            raise ValueError(f"grid: {name} stands twice")
        variables[name] = ((name,), _one_axis("grid", name, values))
    return Design(variables, seed)


class _HasParameters(Protocol):
    @property
    def parameters(self) -> Mapping[str, Parameter]: ...


def sample(model: _HasParameters, points: int, *, names: str | Iterable[str] | None = None, seed: int = 0) -> Design:
    """Scrambled Sobol points over the parameters' ranges, along one axis ``sample``.

    Parameters
    ----------
    model : Model
        Its parameters' ``range`` are sampled uniformly.
    points : int
        How many; a power of two, which Sobol points need for their balance (Owen 1998).
    names : str or iterable of str, optional
        Which parameters; by default every one that has a range.
    seed : int
        Seed of the scrambling, a whole number of at least 0: the same seed gives the same points.

    Raises
    ------
    ValueError
        If a parameter is unknown or has no finite range, ``points`` is no power of two, or the seed no whole number.
    """
    if not _whole(points) or points < 1 or int(points) & (int(points) - 1):
        near = 2 ** max(0, round(math.log2(points))) if _finite(points) and points >= 1 else 128
        raise ValueError(f"sample: points must be a power of two, so that Sobol points stay balanced; got {points!r}: try {near}")
    if not _whole(seed) or seed < 0:
        raise ValueError(f"sample: seed must be a whole number of at least 0; got {seed!r}")
    known = model.parameters
    if isinstance(names, str):
        names = (names,)
    chosen = list(names) if names is not None else [n for n, p in known.items() if p.range is not None and p.range[0] < p.range[1]]
    for name in chosen:
        if name not in known:
            raise ValueError(f"sample: unknown parameter {name!r}; {nearest_name(str(name), known)}")
        limits = known[name].range
        if limits is None:
            raise ValueError(f"sample: {name} has no range to sample; give it one, or name other parameters")
        if not all(map(_finite, limits)):
            raise ValueError(f"sample: the range of {name} must have two finite ends; got {list(limits)}: give it such a range")
    if not chosen:
        raise ValueError("sample: no parameter of the model has a range; give ranges, or use grid")
    from scipy.stats import qmc

    ranges: list[tuple[float, float]] = [known[name].range or (0.0, 0.0) for name in chosen]
    unit: NDArray[Any] = qmc.Sobol(len(chosen), scramble=True, rng=np.random.default_rng(int(seed))).random(int(points))
    return Design(
        {name: (("sample",), low + (high - low) * unit[:, k]) for k, (name, (low, high)) in enumerate(zip(chosen, ranges, strict=True))},
        int(seed),
    )
