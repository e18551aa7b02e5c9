"""Payoffs without units: each player's mapped to [0, 1], so that times, steps and tolerances mean the same in every game."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.resolution import Resolution
from negotiation_sim.games.normal_form import NormalFormGame

__all__ = ["Scaled", "action_payoffs"]

_LETTERS = "abcdefghijklmnopqrstuvwxy"


@dataclass(frozen=True)
class Scaled:
    """A batch of games with each player's payoffs mapped to [0, 1].

    ``tensor`` (player, a_0, ..., a_{N-1}, games), zero where a game is not finite; ``finite`` (games,); ``tie`` (player, games): gains up
    to this count as none.
    """

    tensor: NDArray[np.float64]
    finite: NDArray[np.bool_]
    tie: NDArray[np.float64]

    @classmethod
    def of(cls, game: NormalFormGame, rtol: float) -> Scaled:
        """Map the payoffs of a batch; positive affine changes of them drop out."""
        scale = Resolution.of(game.tensor)
        finite = scale.finite
        shape = (len(game.players), *(1 for _ in game.shape), game.games)
        axes = tuple(range(1, game.tensor.ndim - 1))
        with np.errstate(invalid="ignore", over="ignore"):
            lowest = game.tensor.min(axis=axes, keepdims=True)
            tensor = (game.tensor - lowest) / scale.unit.reshape(shape)
            tie = scale.tolerance(rtol) / scale.unit
        tensor[..., ~finite] = 0.0
        tie[:, ~finite] = 0.0
        return cls(tensor, finite, tie)


def action_payoffs(own: NDArray[np.float64], mixes: Sequence[NDArray[np.float64]], player: int) -> NDArray[np.float64]:
    """Payoff of each action of ``player`` against the mixes (n_j, entry) of the others; ``own`` (a_0, ..., a_{N-1}, entry)."""
    letters = _LETTERS[: own.ndim - 1]
    left = letters
    for j in reversed(range(len(mixes))):
        if j != player:
            after = left.replace(letters[j], "")
            own = np.einsum(f"{left}z,{letters[j]}z->{after}z", own, mixes[j])
            left = after
    return own
