"""Witnesses: what deters each deviation on a subgame-perfect path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.games.staged import StagedGame

__all__ = ["Deterrent", "deterrents"]


@dataclass(frozen=True)
class Deterrent:
    """What holds a player back from one deviation on a path.

    Parameters
    ----------
    stage, player : str
        When, and who.
    choice : tuple of str
        What the player would choose instead: one option for each instrument that the player decides in the stage.
    play : tuple of str
        The play that follows: of those that are supported after the deviation, the worst for the player.
    loss : float
        What the player then loses, in units of payoff.
    """

    stage: str
    player: str
    choice: tuple[str, ...]
    play: tuple[str, ...]
    loss: float


def deterrents(game: StagedGame, payoffs: NDArray[np.float64], masks: Sequence[NDArray[np.bool_]], play: int) -> list[Deterrent]:
    """Collect what deters every deviation on one path of one game.

    Parameters
    ----------
    game : StagedGame
        For names, stages and owners.
    payoffs : ndarray, shape (player, plays)
        Payoffs of the one game.
    masks : sequence of ndarray of bool, one for each stage, shape (plays,)
        Supported plays from each stage on, for the one game.
    play : int
        The path.
    """
    options = np.array(np.unravel_index(np.arange(payoffs.shape[1]), game.shape))
    allowed = np.ones(payoffs.shape[1], dtype=bool) if game.feasible is None else game.feasible.reshape(-1)
    differs = options != options[:, [play]]
    out = []
    earlier: list[int] = []
    for stage, name, supported in zip(game.stages, game.stage_names, [*masks[1:], allowed], strict=True):
        for player in sorted({game.owners[k] for k in stage}):
            own = [k for k in stage if game.owners[k] == player]
            fixed = [*earlier, *(k for k in stage if k not in own)]
            deviating = supported & ~differs[fixed].any(axis=0) & differs[own].any(axis=0)
            for choice in np.unique(options[own][:, deviating], axis=1).T.tolist():
                after = np.flatnonzero(deviating & (options[own] == np.array(choice)[:, None]).all(axis=0))
                worst = int(after[payoffs[player, after].argmin()])
                labels = tuple(game.options[k][v] for k, v in zip(own, choice, strict=True))
                loss = float(payoffs[player, play] - payoffs[player, worst])
                out.append(Deterrent(name, game.players[player], labels, game.play(worst), loss))
        earlier += stage
    return out
