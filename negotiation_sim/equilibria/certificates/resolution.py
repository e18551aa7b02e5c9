"""How finely a player's payoffs can be told apart: their range, and the rounding of the largest of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks

__all__ = ["ROUNDING", "Resolution"]

ROUNDING = 2.0**-50
"""A difference of two payoffs is never known better than four units in the last place of the largest payoff."""


@dataclass(frozen=True)
class Resolution:
    """Range and rounding of each player's payoffs in each game.

    Differences up to the rounding are noise: a player whose payoffs are equal but for the last digits of a formula is indifferent.

    Parameters
    ----------
    span : ndarray, shape (player, games)
        Largest minus smallest payoff; not finite where a payoff is not.
    rounding : ndarray, shape (player, games)
    """

    span: NDArray[np.float64]
    rounding: NDArray[np.float64]

    @classmethod
    def between(cls, bottom: NDArray[np.float64], top: NDArray[np.float64]) -> Resolution:
        """From the smallest and the largest payoff of each player."""
        with np.errstate(invalid="ignore", over="ignore"):
            return cls(top - bottom, np.maximum(top, -bottom) * ROUNDING)

    @classmethod
    def of(cls, tensor: NDArray[np.float64], allowed: NDArray[np.bool_] | None = None) -> Resolution:
        """Measure payoffs ``(player, o_0, ..., games)``, over the allowed plays only if some are not."""
        flat = tensor.reshape((len(tensor), math.prod(tensor.shape[1:-1]), tensor.shape[-1]))
        span, rounding = np.empty((2, len(flat), flat.shape[-1]))
        scratch = np.empty((2, len(flat), min(flat.shape[-1], 4096)))
        with np.errstate(invalid="ignore", over="ignore"):
            for part in chunks(flat.shape[-1], 4096):
                bottom, top = scratch[..., : part.stop - part.start]
                cells = flat[..., part] if allowed is None else flat[:, allowed.reshape(-1), part]
                cells.min(axis=1, out=bottom)
                cells.max(axis=1, out=top)
                np.subtract(top, bottom, out=span[:, part])
                np.maximum(top, np.negative(bottom, out=bottom), out=top)
                np.multiply(top, ROUNDING, out=rounding[:, part])
        return cls(span, rounding)

    @cached_property
    def finite(self) -> NDArray[np.bool_]:
        """Whether all payoffs of a game are finite; shape ``(games,)``."""
        out: NDArray[np.bool_] = np.logical_and.reduce(np.isfinite(self.span), axis=0)
        return out

    @cached_property
    def unit(self) -> NDArray[np.float64]:
        """The range as a divisor: 1 for a player whose payoffs are constant, so that their losses, all 0, stay 0."""
        out: NDArray[np.float64] = np.where(self.span > 0, self.span, 1.0)
        return out

    def tolerance(self, rtol: float) -> NDArray[np.float64]:
        """Differences that count as zero: ``rtol`` times the range, or the rounding if that is more; shape ``(player, games)``."""
        with np.errstate(over="ignore"):
            out: NDArray[np.float64] = np.maximum(rtol * self.span, self.rounding)
        return out
