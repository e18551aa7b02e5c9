"""Payoffs as integers, for methods that decide in exact arithmetic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.certificates.resolution import ROUNDING

__all__ = ["as_decimals", "as_fractions", "as_integers", "with_ties"]


def as_decimals(payoffs: NDArray[np.float64], rtol: float) -> NDArray[np.object_]:
    """Read one player's payoffs as the decimals that they stand for, or as the binary numbers that they are; fractions.

    They are decimals if each of them lies within its rounding (four units in the last place of the largest absolute payoff) of a
    multiple of a certain power of ten: the largest that is no more than ``rtol`` times their range, or the smallest that is more than twice
    the rounding if that is more. So 0.1 + 0.2 is 0.3.
    """
    values: list[Fraction] = as_fractions(payoffs).ravel().tolist()
    span, rounding = max(values) - min(values), max(map(abs, values)) * Fraction(ROUNDING)
    if not span:
        return _array([Fraction(0)] * len(values), payoffs.shape)
    unit = _power_of_ten(2 * rounding) * 10
    if rtol:
        unit = max(unit, _power_of_ten(span * Fraction(rtol)))
    decimals = [round(v / unit) * unit for v in values]
    near = all(abs(d - v) <= rounding for d, v in zip(decimals, values, strict=True))
    return _array(decimals if near else values, payoffs.shape)


def with_ties(values: NDArray[np.object_], tolerance: Fraction, axis: int) -> NDArray[np.object_]:
    """Raise payoffs to the highest along ``axis`` that is more by no more than ``tolerance``; then the same below those, and so on.

    These are the ties of the player who chooses along ``axis``, against each action of the opponent. No payoff changes by more than the
    tolerance, so an equilibrium of the new game has no larger regret in the old one.
    """
    out = np.moveaxis(values.copy(), axis, -1)  # a view: what is written here is written to the copy
    for line in out:
        top = max(line)
        for at in sorted(range(len(line)), key=line.__getitem__, reverse=True):
            if top - line[at] > tolerance:
                top = line[at]
            line[at] = top
    return np.moveaxis(out, -1, axis)


def as_fractions(payoffs: NDArray[np.float64]) -> NDArray[np.object_]:
    """Read payoffs as the binary numbers that they are."""
    return _array([Fraction(v) for v in payoffs.ravel().tolist()], payoffs.shape)


def as_integers(values: NDArray[np.object_]) -> NDArray[np.object_]:
    """Shift and scale fractions to integers from 0, without a common divisor: equilibria stay the same."""
    known: list[Fraction] = values.ravel().tolist()
    low, scale = min(known), math.lcm(*(v.denominator for v in known))
    whole = [int((v - low) * scale) for v in known]
    divisor = math.gcd(*whole) or 1
    return _array([v // divisor for v in whole], values.shape)


def _power_of_ten(value: Fraction) -> Fraction:
    """The largest power of ten that is at most ``value``, which is positive."""
    power = len(str(value.numerator)) - len(str(value.denominator))
    while Fraction(10) ** power > value:
        power -= 1
    return Fraction(10) ** power


def _array(values: Sequence[object], shape: tuple[int, ...]) -> NDArray[np.object_]:
    out = np.empty(len(values), dtype=np.object_)
    out[:] = values
    return out.reshape(shape)
