"""Read numbers and lists that users give; every complaint says what was expected and what came.

``expected`` is the first half of the message: which argument it is and what it may be, "tol must lie between 0 and 1".
"""

from __future__ import annotations

import math
import numbers
import operator
import sys
from collections.abc import Iterable, Mapping, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._words import shown

__all__ = ["each_of", "number_array", "real_number", "whole_number"]


def whole_number(given: object, expected: str, least: int) -> int:
    """Read a whole number; one written as 1e4 is fine.

    Raises
    ------
    ValueError
        If it is none, or below ``least``.

    Examples
    --------
    >>> whole_number(2.5, "max_iter must be a whole number, at least 1", 1)
    Traceback (most recent call last):
    ...
    ValueError: max_iter must be a whole number, at least 1; got 2.5
    """
    number = _number(given)
    if number is not None and (isinstance(number, int) or number.is_integer()) and number >= least:
        return int(number)
    raise ValueError(f"{expected}; got {shown(given)}")


def real_number(given: object, expected: str, low: float = -math.inf, high: float = math.inf, ends: str = "()") -> float:
    """Read a number from an interval, whose ends are written as in mathematics: "[)" is closed below and open above.

    Raises
    ------
    ValueError
        If it is no number, NaN, or outside.
    """
    number = _number(given)
    if number is not None:
        huge = isinstance(number, int) and abs(number) > sys.float_info.max
        value = (math.inf if number > 0 else -math.inf) if huge else float(number)
        above = operator.ge if ends[0] == "[" else operator.gt
        below = operator.le if ends[1] == "]" else operator.lt
        if above(value, low) and below(value, high):
            return value
    raise ValueError(f"{expected}; got {shown(given)}")


def number_array(given: object, expected: str) -> NDArray[np.float64]:
    """Read an array of real numbers, NaN and infinity among them, as a new one of floats. Text is no number here, nor is None.

    Raises
    ------
    ValueError
        If it is ragged, or holds anything else.
    """
    try:
        array = np.array(given)
        kind = array.dtype.kind
        fits = kind in "iuf" or (kind == "b" and array.ndim > 0) or (kind == "O" and all(isinstance(x, numbers.Real) for x in array.flat))
    except (TypeError, ValueError, OverflowError):
        fits = False
    if not fits:
        raise ValueError(f"{expected}; got {shown(given)}")
    out: NDArray[np.float64] = array.astype(np.float64)
    return out


def each_of(given: object, expected: str) -> list[Any]:
    """Read a list, or anything else with an order; text is not taken for the list of its letters.

    Raises
    ------
    ValueError
        If it is none.
    """
    single = isinstance(given, np.ndarray) and not given.ndim
    if single or isinstance(given, str | bytes | Mapping | Set) or not isinstance(given, Iterable):
        raise ValueError(f"{expected}; got {shown(given)}")
    return list(given)


def _number(given: object) -> float | None:
    """A Python int or float from any real number, one of numpy among them; None from anything else."""
    plain: Any = given.item() if isinstance(given, np.generic) or (isinstance(given, np.ndarray) and not given.ndim) else given
    if isinstance(plain, bool):
        return None
    if isinstance(plain, int | float):
        return plain
    return float(plain) if isinstance(plain, numbers.Real) else None
