"""Replace the values of named parameters: the one way for every model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from negotiation_sim._arrays import lock
from negotiation_sim._words import nearest_name
from negotiation_sim.scenario.actors import Parameter

__all__ = ["as_parameters", "replaced"]


def as_parameters(given: Any) -> Any:
    """Let a bare number stand for a parameter without range or meaning; what is no mapping is left for the checks to report."""
    if not isinstance(given, Mapping):
        return given
    return {name: _own(p) if isinstance(p, Parameter) else Parameter(p) for name, p in given.items()}


def _own(parameter: Parameter) -> Parameter:
    """Copy an array that a caller might change later."""
    return dataclasses.replace(parameter, value=lock(parameter.value.copy())) if isinstance(parameter.value, np.ndarray) else parameter


def replaced(parameters: Mapping[str, Parameter], values: Mapping[str, ArrayLike]) -> dict[str, Parameter]:
    """Return the parameters with other values; arrays must broadcast against each other.

    Raises
    ------
    ValueError
        For an unknown name, a value that is no number, or a single number that is not finite or outside the parameter's domain
        (points of an array get a status instead).
    """
    changed = dict(parameters)
    for name, value in values.items():
        if name not in changed:
            raise ValueError(f"replace: unknown parameter {name!r}; {nearest_name(name, changed)}")
        try:
            if value is None:
                raise TypeError
            array = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"replace: {name} must be a number or an array of numbers; got {value!r}") from None
        low, high = changed[name].domain
        if array.ndim == 0 and not (np.isfinite(array) and low <= float(array) <= high):
            raise ValueError(f"replace: {name} must be a finite number in its domain [{low:g}, {high:g}]; got {float(array)!r}")
        changed[name] = dataclasses.replace(changed[name], value=float(array) if array.ndim == 0 else lock(array.copy()))
    try:
        np.broadcast_shapes(*(np.shape(p.value) for p in changed.values()))
    except ValueError:
        shapes = {name: np.shape(p.value) for name, p in changed.items() if np.ndim(p.value)}
        raise ValueError(f"replace: the arrays must broadcast against each other; got shapes {shapes}") from None
    return changed
