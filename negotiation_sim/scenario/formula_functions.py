"""The functions that formulas may call. Arrays in, arrays out; each gives the same bits for a point in any batch."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CALLS", "ELSEWHERE", "FUNCTIONS", "power"]

Array = NDArray[Any]


def _least(*values: Array) -> Array:
    return reduce(np.minimum, values)


def _largest(*values: Array) -> Array:
    return reduce(np.maximum, values)


def _clip(x: Array, low: Array, high: Array) -> Array:
    return np.minimum(np.maximum(x, low), high)


def _normal_cdf(x: Array) -> Array:
    from scipy.special import ndtr  # costs a tenth of a second to import, and few formulas use it

    return np.asarray(ndtr(x))


def power(x: Array, y: Array) -> Array:
    """Compute ``x ** y``, with the same bits whatever the shapes."""
    # numpy takes short cuts for these exponents when the exponent does not vary, which may round differently: so that a point gives
    # the same bits in any batch, take them always.
    out = np.power(x, y)
    for exponent, exact in ((2.0, np.square), (0.5, np.sqrt), (-1.0, np.reciprocal)):
        special = np.equal(y, exponent)
        if special.any():
            out = np.where(special, exact(x), out)
    return out


FUNCTIONS: dict[str, tuple[int, int, Callable[..., Array]]] = {
    "min": (2, 100, _least),
    "max": (2, 100, _largest),
    "abs": (1, 1, np.abs),
    "clip": (3, 3, _clip),
    "exp": (1, 1, np.exp),
    "log": (1, 1, np.log),
    "sqrt": (1, 1, np.sqrt),
    "floor": (1, 1, np.floor),
    "ceil": (1, 1, np.ceil),
    "sign": (1, 1, np.sign),
    "tanh": (1, 1, np.tanh),
    "Phi": (1, 1, _normal_cdf),
}
"""The calls that formulas may use: fewest and most arguments, and what computes them. ``Phi`` is the standard normal distribution."""

CALLS = "min(a, b, ...), max(a, b, ...), abs, clip(x, low, high), exp, log, sqrt, floor, ceil, sign, tanh, Phi"
"""The calls in words, for messages."""

ELSEWHERE = {"pow": "a ** b", "where": "a if condition else b", "ln": "log", "normcdf": "Phi", "ndtr": "Phi", "cdf": "Phi", "int": "floor"}
"""What other languages call these, or how to write them here."""
