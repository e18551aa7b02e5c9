"""What a mediator may want: a weighted sum of payoffs, any expected value over profiles, or the most for whoever gets least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._words import nearest_name
from negotiation_sim.equilibria.certificates.resolution import Resolution

__all__ = ["CellGoal", "Goal", "LeastGoal", "ShareGoal", "WeightedGoal", "read_goal"]

Floats = NDArray[np.float64]

Which = slice | NDArray[np.intp]

EGALITARIAN, WELFARE = "egalitarian", "welfare"


class Goal(Protocol):
    """A concave objective: the least of a few expected values."""

    def terms(self, tensor: Floats, shares: Floats, scale: Resolution, games: Which) -> Floats:
        """Scale the objective's terms to size 1, in a unit that is the same for all terms: ``(term, profiles, games)``.

        Parameters
        ----------
        tensor, shares : ndarray, shape (player, a_0, ..., a_{N-1}, games)
            Payoffs, and what they are as shares of each player's range.
        scale : Resolution
        games : slice or ndarray of int
            Which games of the batch these are.
        """

    def value(self, payoffs: Floats, distribution: Floats, games: Which) -> Floats:
        """Value ``(games,)`` in the user's units, from payoffs ``(player, games)`` and probabilities ``(profiles, games)``."""


@dataclass(frozen=True)
class WeightedGoal:
    """A weighted sum of payoffs; ``weights`` has shape ``(player, 1)`` or ``(player, games)``."""

    weights: Floats

    def terms(self, tensor: Floats, shares: Floats, scale: Resolution, games: Which) -> Floats:
        del tensor
        weights = self._of(games)
        worth = np.zeros(scale.span.shape)
        # The largest weight is 1 first, so that no product overflows.
        heaviest = np.abs(weights).max(axis=0)
        np.multiply(weights / np.where(heaviest > 0, heaviest, 1), scale.span / _positive(scale.span.max(axis=0)), out=worth)
        worth /= _positive(np.abs(worth).max(axis=0))
        out = np.zeros(shares.shape[1:])
        for weight, share in zip(worth, shares, strict=True):
            out += weight * share
        return out.reshape(1, -1, shares.shape[-1])

    def value(self, payoffs: Floats, distribution: Floats, games: Which) -> Floats:
        del distribution
        total = np.zeros(payoffs.shape[1])
        with np.errstate(over="ignore"):
            for weight, payoff in zip(self._of(games), payoffs, strict=True):
                total += weight * payoff
        return total

    def _of(self, games: Which) -> Floats:
        return self.weights if self.weights.shape[1] == 1 else self.weights[:, games]


@dataclass(frozen=True)
class ShareGoal:
    """A weighted sum of payoffs as shares of each player's range; ``weights`` has shape ``(player, games)``. Its value is not asked for."""

    weights: Floats

    def terms(self, tensor: Floats, shares: Floats, scale: Resolution, games: Which) -> Floats:
        del tensor, scale
        out = np.zeros(shares.shape[1:])
        for weight, share in zip(self.weights[:, games], shares, strict=True):
            out += weight * share
        return out.reshape(1, -1, shares.shape[-1])

    def value(self, payoffs: Floats, distribution: Floats, games: Which) -> Floats:
        del distribution, games
        return np.full(payoffs.shape[1], np.nan)


@dataclass(frozen=True)
class CellGoal:
    """The expected value of given numbers, one a profile: ``values (a_0, ..., a_{N-1})``."""

    values: Floats

    def terms(self, tensor: Floats, shares: Floats, scale: Resolution, games: Which) -> Floats:
        del tensor, scale, games
        low = self.values.min()
        worth = (self.values - low) / _positive(self.values.max() - low)
        return np.repeat(worth.reshape(1, -1, 1), shares.shape[-1], axis=2)

    def value(self, payoffs: Floats, distribution: Floats, games: Which) -> Floats:
        del payoffs, games
        total = np.zeros(distribution.shape[1])
        for number, chance in zip(self.values.reshape(-1), distribution, strict=True):
            total += number * chance
        return total


@dataclass(frozen=True)
class LeastGoal:
    """The least payoff of any player, above ``base (player, 1)``."""

    base: Floats

    def terms(self, tensor: Floats, shares: Floats, scale: Resolution, games: Which) -> Floats:
        del games
        players = len(tensor)
        axes = tuple(range(1, tensor.ndim - 1))
        low = tensor.min(axis=axes) - self.base
        # Nobody can bring the least payoff above the smallest of the players' largest payoffs: who always gets more never gets least.
        cap = (tensor.max(axis=axes) - self.base).min(axis=0)
        never = low >= cap
        unit = _positive(np.where(never, 0, scale.span).max(axis=0))
        out = np.empty((players, *shares.shape[1:]))
        for i, share in enumerate(shares):
            np.multiply(share, np.where(never[i], 0, scale.span[i] / unit), out=out[i])
            out[i] += np.where(never[i], 0, (low[i] - cap) / unit)
        return out.reshape(players, -1, shares.shape[-1])

    def value(self, payoffs: Floats, distribution: Floats, games: Which) -> Floats:
        del distribution, games
        least: Floats = (payoffs - self.base).min(axis=0)
        return least


def read_goal(
    objective: object, sense: str, disagreement: Sequence[float] | None, players: tuple[str, ...], shape: tuple[int, ...]
) -> tuple[Goal, float]:
    """Say what to maximise in games of these players, and the sign (-1 where that is minus what the user asked for).

    Raises
    ------
    ValueError
        If the objective names no player, or its numbers fit neither the players nor the profiles.
    """
    sign = -1.0 if sense == "min" else 1.0
    if objective == EGALITARIAN:
        base = np.zeros(len(players)) if disagreement is None else np.asarray(disagreement, dtype=np.float64)
        if base.shape != (len(players),):
            raise ValueError(f"disagreement must hold one payoff for each of the {len(players)} players; got shape {base.shape}")
        return LeastGoal(base[:, None]), sign
    if isinstance(objective, str):
        if objective == WELFARE:
            return WeightedGoal(np.full((len(players), 1), sign)), sign
        if objective not in players:
            raise ValueError(f"unknown objective {objective!r}: {nearest_name(objective, (WELFARE, EGALITARIAN, *players))}")
        objective = players.index(objective)
    if isinstance(objective, int):
        if not -len(players) <= objective < len(players):
            raise ValueError(f"objective must be the place of a player, 0 to {len(players) - 1}, or a name; got {objective}")
        weights = np.zeros((len(players), 1))
        weights[objective] = sign
        return WeightedGoal(weights), sign
    numbers = np.asarray(objective, dtype=np.float64)
    if numbers.shape == shape:
        return CellGoal(sign * numbers), sign
    if numbers.shape == (len(players),):
        return WeightedGoal(sign * numbers[:, None]), sign
    raise ValueError(
        f"objective must be {WELFARE!r}, {EGALITARIAN!r}, a player, an array of one weight a player, shape ({len(players)},), or of one "
        f"number a profile, shape {shape}; got shape {numbers.shape}"
    )


def _positive(values: Floats) -> Floats:
    return np.where(values > 0, values, 1.0)
