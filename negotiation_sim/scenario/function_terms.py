"""Payoff terms and definitions given as Python functions: what they are handed, and what they may return."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from negotiation_sim.scenario.model import Scenario

__all__ = ["FunctionTerm", "as_number"]

Array = NDArray[Any]


class FunctionTerm:
    """A term given as a Python function; its argument names say what it needs.

    Parameters
    ----------
    function : callable
    scenario : Scenario
    where : str
        What the function computes, for messages: ``"definition hit"``, ``"payoff bite of S"``.
    own : str
        The actor whose payoff it is part of, which it cannot read; empty for a definition.
    """

    def __init__(self, function: Callable[..., Any], scenario: Scenario, where: str, own: str = "") -> None:
        self.function = function
        self.where = where
        self.arguments = tuple(inspect.signature(function).parameters)
        self._options = tuple(len(i.options) for i in scenario.instruments)
        names: list[str] = []
        for argument in self.arguments:
            if argument in scenario.actors:
                names += [f"{i.key}.{option}" for i in scenario.all_instruments if i.actor == argument for option in i.options]
            elif argument == "payoff":
                names += [f"payoff.{actor}" for actor in scenario.actors if actor != own]
            else:
                names.append(argument)
        self.names = tuple(names)

    def evaluate(self, lookup: Callable[[str], Array]) -> Array:
        arguments = {name: _Namespace(name, self.names, lookup) if self._dotted(name) else _handed(lookup(name)) for name in self.arguments}
        try:
            with np.errstate(all="ignore"):
                result = np.asarray(self.function(**arguments))
        except Exception as error:
            raise ValueError(
                f"{self.where}: the function raised {type(error).__name__}: {error}. "
                "Its arguments are arrays that must be left as they are, options and conditions 0.0 or 1.0: "
                "use np.where instead of if, np.exp instead of math.exp"
            ) from error
        fits = result.ndim == 0 or (
            result.ndim >= len(self._options) and all(n in (1, size) for n, size in zip(result.shape, self._options, strict=False))
        )
        if result.dtype.kind not in "biuf" or not fits:
            raise ValueError(
                f"{self.where}: the function must return a number, or an array made from its arguments by broadcasting; "
                f"got {type(result.item()).__name__ if result.ndim == 0 else f'shape {result.shape} of {result.dtype}'}"
            )
        return result.astype(np.float64)

    def _dotted(self, name: str) -> bool:
        return any(n.startswith(name + ".") for n in self.names)


def as_number(value: Array) -> Array:
    """Truth values as 0.0 and 1.0: numpy adds two arrays of bools by OR."""
    return value.astype(np.float64) if value.dtype == bool else value


def _handed(value: Array) -> Array:
    """The value as a user's function gets it: numbers, and no way to change what others read."""
    view = as_number(value).view()
    view.setflags(write=False)
    return view


class _Namespace:
    """``R.accept_truce`` inside a Python payoff function: attributes are looked up as dotted names."""

    def __init__(self, prefix: str, names: Sequence[str], lookup: Callable[[str], Array]) -> None:
        self._prefix, self._names, self._lookup = prefix, names, lookup

    def __getattr__(self, name: str) -> Any:
        full = f"{self._prefix}.{name}"
        if full in self._names:
            return _handed(self._lookup(full))
        if any(n.startswith(full + ".") for n in self._names):
            return _Namespace(full, self._names, self._lookup)
        choices = sorted({n[len(self._prefix) + 1 :] for n in self._names if n.startswith(self._prefix + ".")})
        raise AttributeError(f"{self._prefix} has no {name!r} here; it has {', '.join(choices)}")
