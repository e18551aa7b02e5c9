"""A mediator's table of recommendations: what each player hears, then believes, and what disobeying would cost."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._table import Shown, Table
from negotiation_sim._words import mixture
from negotiation_sim.games.normal_form import NormalFormGame

__all__ = ["NEVER", "Recommendation", "Recommendations", "recommend"]

NEVER = 1e-12
"""Tables leave out what is less likely than this: rounding of the programme."""

_ROUNDING = 1e-13
"""Tables show a gain as 0 that is no more than this share of the player's payoffs, or ten times this share of their range."""


@dataclass(frozen=True, eq=False)
class Recommendation:
    """One action recommended to one player.

    Parameters
    ----------
    player : str
    action : str or None
        What is recommended; None stands for the moment before the player hears anything, which is when a player of a coarse correlated
        equilibrium must decide.
    probability : float
    beliefs : ndarray, shape of the others' actions
        Probability of what the others hear, given the recommendation, in the order of the players.
    payoff : float
        Of obeying, given the recommendation.
    alternative : str or None
        The best other action; None for a player with a single action.
    alternative_payoff : float
        Of the alternative, given the recommendation; NaN without one.
    """

    player: str
    action: str | None
    probability: float
    beliefs: NDArray[np.float64]
    payoff: float
    alternative: str | None
    alternative_payoff: float

    @property
    def gain(self) -> float:
        """What obeying gains over the best alternative; may be negative after the recommendations of a coarse correlated equilibrium."""
        return self.payoff - self.alternative_payoff


@dataclass(frozen=True, eq=False)
class Recommendations(Shown):
    """Everything that a mediator may say in one game.

    Parameters
    ----------
    game : NormalFormGame
        A single game.
    rows : tuple of Recommendation
        By player, then action; actions that are never recommended are left out.
    note : str
    """

    game: NormalFormGame
    rows: tuple[Recommendation, ...]
    note: str = ""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def tables(self) -> tuple[Table, ...]:
        """One table, with a heading for each player."""
        columns = ("recommended", "probability", "the others then hear", "payoff", "best alternative", "its payoff", "gain from obeying")
        lines: list[str | tuple[object, ...]] = []
        for player, payoffs in zip(self.game.players, self.game.payoffs, strict=True):
            lines.append(player)
            nothing = _ROUNDING * max(float(np.abs(payoffs).max()), 10 * float(np.ptp(payoffs)))
            for row in self.rows:
                if row.player == player and row.probability > NEVER:
                    alone = row.alternative is None
                    lines.append(
                        (
                            "(before hearing)" if row.action is None else row.action,
                            row.probability,
                            "" if row.action is None else self._heard(row),
                            row.payoff,
                            row.alternative,
                            None if alone else row.alternative_payoff,
                            None if alone else row.gain if abs(row.gain) > nothing else 0.0,
                        )
                    )
        return (Table(columns, lines, title="Recommendations", note=self.note),)

    def _heard(self, row: Recommendation) -> str:
        names = [actions for player, actions in zip(self.game.players, self.game.actions, strict=True) if player != row.player]
        said: list[tuple[float, str]] = []
        for cell in np.argwhere(row.beliefs > NEVER):
            heard = ", ".join(actions[k] for actions, k in zip(names, cell, strict=True))
            chance = float(row.beliefs[tuple(cell)])
            said.append((1.0 if chance >= 1 - NEVER else chance, heard))
        return mixture(said)

    def __repr__(self) -> str:
        return f"Recommendations({len(self.rows)} to {len(self.game.players)} players)"


def recommend(game: NormalFormGame, distribution: NDArray[np.float64], coarse: bool, note: str) -> Recommendations:
    """List the recommendations of a single game's distribution ``(a_0, ..., a_{N-1})``."""
    rows = []
    for i, (player, actions) in enumerate(zip(game.players, game.actions, strict=True)):
        own, chance = np.moveaxis(game.payoffs[i], i, 0), np.moveaxis(distribution, i, 0)
        others = tuple(range(chance.ndim - 1))
        told: list[int | None] = [a for a in range(len(actions)) if chance[a].sum() > 0]
        for a in [None, *told] if coarse else told:
            weight = chance.sum(axis=0) if a is None else chance[a]
            total = math.fsum(weight.ravel())
            beliefs = weight / total
            after = (own * beliefs).sum(axis=tuple(k + 1 for k in others))
            payoff = float((own * chance).sum()) / total if a is None else float(after[a])
            rivals = [b for b in range(len(actions)) if b != a] if len(actions) > 1 else []
            best = max(rivals, key=lambda b: after[b], default=None)
            rows.append(
                Recommendation(
                    player,
                    None if a is None else actions[a],
                    min(total, 1.0),
                    beliefs,
                    payoff,
                    None if best is None else actions[best],
                    math.nan if best is None else float(after[best]),
                )
            )
    return Recommendations(game, tuple(rows), note)
