"""Many games and many starts side by side: one lane a start of a game, lanes last in memory.

Payoffs are mapped to [0, 1], player by player, so that neither units nor zeros of payoffs matter. Every sum runs in the order of the
actions whatever the number of lanes, so that a lane gives the same answer in any company.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.certificates.resolution import Resolution

__all__ = ["Lanes", "Run", "one_hot", "ordered_sum", "reply", "slices"]

Array = NDArray[np.float64]
Actions = NDArray[np.intp]


@dataclass(frozen=True)
class Lanes:
    """Starts of games.

    Parameters
    ----------
    payoffs : ndarray, shape (player, a_0, ..., a_{N-1}, lane)
        From 0 to 1; all 0 for a player whose payoffs are constant.
    noise : ndarray, shape (player, lane)
        Rounding of the payoffs on that scale.
    span : ndarray, shape (player, lane)
        What 1 on that scale is worth in units of payoff.
    start : tuple of ndarray, one for each player, shape (n_i, lane)
    number : ndarray of int, shape (lane,)
        Which start it is.
    """

    payoffs: Array
    noise: Array
    span: Array
    start: tuple[Array, ...]
    number: NDArray[np.intp]

    @classmethod
    def of(cls, tensor: Array, strategies: Sequence[Array], games: NDArray[np.intp], numbers: NDArray[np.intp]) -> Lanes:
        """Pair games of ``tensor (player, a_0, ..., games)`` with starts ``(start, n_i)``."""
        distinct, at = np.unique(games, return_inverse=True)
        local = tensor.take(distinct, axis=-1)
        scale = Resolution.of(local)
        varies = scale.span > scale.rounding
        flat = local.reshape((len(local), -1, len(distinct)))
        level = flat - flat.min(axis=1, keepdims=True)
        level /= scale.unit[:, None]
        level *= varies[:, None]
        noise = np.where(varies, scale.rounding / scale.unit, 0.0)
        return cls(
            level.reshape(local.shape).take(at, axis=-1),
            noise.take(at, axis=-1),
            np.where(varies, scale.span, 0.0).take(at, axis=-1),
            tuple(np.ascontiguousarray(x[numbers].T) for x in strategies),
            numbers,
        )

    def __len__(self) -> int:
        return len(self.number)

    def take(self, kept: NDArray[np.intp]) -> Lanes:
        """Some of the lanes."""
        return Lanes(
            self.payoffs.take(kept, axis=-1),
            self.noise.take(kept, axis=-1),
            self.span.take(kept, axis=-1),
            tuple(x.take(kept, axis=-1) for x in self.start),
            self.number.take(kept),
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of actions of each player."""
        return self.payoffs.shape[1:-1]

    def after(self, player: int, mixtures: Sequence[Array]) -> Array:
        """Expected payoff of each action of a player against the mixtures of the others, ``(n_i, lane)``."""
        values: Any = self.payoffs[player]
        for j in reversed(range(len(mixtures))):
            if j != player:
                before, mixture = (slice(None),) * j, mixtures[j]
                total = values[(*before, 0)] * mixture[0]
                for k in range(1, len(mixture)):
                    total += values[(*before, k)] * mixture[k]
                values = total
        expected: Array = values
        return expected

    def after_pure(self, player: int, profile: Sequence[Actions]) -> Array:
        """Payoff of each action of a player against the actions of the others, ``(n_i, lane)``."""
        shape, lane = self.shape, np.arange(len(self))
        place = np.zeros(len(self), dtype=np.intp)
        for j, size in enumerate(shape):
            place *= size
            if j != player:
                place += profile[j]
        stride = int(np.prod(shape[player + 1 :], dtype=np.intp))
        flat = self.payoffs[player].reshape(-1)
        values: Array = flat.take((place + stride * np.arange(shape[player])[:, None]) * len(self) + lane)
        return values

    def pure_equilibrium(self, profile: Sequence[Actions], rtol: float) -> NDArray[np.bool_]:
        """Whether nobody gains more than ``rtol`` of the payoff range, or the rounding, by leaving a pure profile; shape (lane,)."""
        still = np.ones(len(self), dtype=bool)
        for i, own in enumerate(profile):
            still &= reply(self.after_pure(i, profile), own, np.maximum(self.noise[i], rtol)) == own
        return still


@dataclass(frozen=True)
class Run:
    """What became of lanes: the last strategies, ``(n_i, lane)`` each, and one number a lane of the rest."""

    strategies: tuple[Array, ...]
    settled: NDArray[np.bool_]
    duration: Array
    period: NDArray[np.int32]

    @classmethod
    def blank(cls, shape: tuple[int, ...], lanes: int) -> Run:
        """Room for what will be known."""
        return cls(
            tuple(np.full((n, lanes), np.nan) for n in shape),
            np.zeros(lanes, dtype=bool),
            np.full(lanes, np.nan),
            np.zeros(lanes, dtype=np.int32),
        )


def reply(values: Array, current: Actions, tolerance: Array) -> Actions:
    """The current action where no other is better by more than the tolerance, else the first of the best; -1 stands for none yet."""
    floor = values.max(axis=0) - tolerance
    held = np.take_along_axis(values, np.maximum(current, 0)[None], axis=0)[0]
    first = (values >= floor).argmax(axis=0)
    return np.where((current >= 0) & (held >= floor), current, first)


def one_hot(actions: Actions, size: int) -> Array:
    """Probabilities ``(size, lane)`` of pure strategies."""
    return np.equal(np.arange(size)[:, None], actions).astype(np.float64)


def slices(shape: tuple[int, ...]) -> list[slice]:
    """Where the actions of each player are when all are listed one after the other."""
    ends = np.cumsum(shape).tolist()
    return [slice(end - size, end) for end, size in zip(ends, shape, strict=True)]


def ordered_sum(rows: Array) -> Array:
    """Sum ``(n, lane)`` over its first axis, in that order for any number of lanes."""
    total: Array = rows[0].copy()
    for row in rows[1:]:
        total += row
    return total
