"""Reasons that a reader can check: the mixture that dominates an action, or the belief against which it is a best reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arguments import real_number
from negotiation_sim._arrays import lock
from negotiation_sim._table import number_text
from negotiation_sim._words import mixture, nearest_name, shown
from negotiation_sim.equilibria.domination.dominators import Precision, belief_against, fill_removed, mixture_for, own_rows
from negotiation_sim.games.arguments import the_game
from negotiation_sim.games.normal_form import NormalFormGame

__all__ = ["Belief", "Case", "Witness", "action_number", "check_choices", "player_number"]


@dataclass(frozen=True, eq=False)
class Witness:
    """Why an action is dominated.

    Parameters
    ----------
    player, action : str
        The action, and who owns it.
    kind : {"strict", "weak"}
    weights : ndarray, shape (n_i,)
        Probability of each of the player's actions in the dominating mixture; a single 1 for a pure one.
    smallest, largest : float
        What the mixture gains over the action, in units of payoff: at the opponents' profile where it gains least, and most.
    step : int
        Step of an iterated elimination; 1 if there was no iteration.
    text : str
        The mixture in words.
    """

    player: str
    action: str
    kind: str
    weights: NDArray[np.float64]
    smallest: float
    largest: float
    step: int
    text: str

    def __str__(self) -> str:
        gain = number_text(self.smallest)
        least = f"by at least {gain}" if self.kind == "strict" else f"by {gain} to {number_text(self.largest)}"
        return f"{self.player}: {self.action} is dominated by {self.text}, {least}"


@dataclass(frozen=True, eq=False)
class Belief:
    """Why an action is undominated: it is a best reply to this belief about the opponents.

    With two or more opponents the belief may correlate their actions.

    Parameters
    ----------
    player, action : str
        The action, and who owns it.
    weights : ndarray, shape (a_0, ..., 1, ..., a_{N-1})
        Probability of each profile of the opponents; the player's own axis has length 1.
    gain : float
        Most that another action earns more against the belief, in units of payoff: at most 0 but for the tolerance.
    text : str
        The belief in words.
    """

    player: str
    action: str
    weights: NDArray[np.float64]
    gain: float
    text: str

    def __str__(self) -> str:
        return f"{self.player}: {self.action} is a best reply to {self.text}"


@dataclass(frozen=True, eq=False)
class Case:
    """One action of one game of a batch, among what an elimination has left: where reasons are worked out again, on request.

    The search is the one that judged the batch and depends on nothing but the game, so it finds the same reason.

    Parameters
    ----------
    game : NormalFormGame
    number, player, action : int
        Which game of the batch (flat), which player, which action.
    kind : {"strict", "weak"}
    rtol : float
    live : sequence of ndarray of bool, one for each player, shape (n_i,)
        The actions left.
    """

    game: NormalFormGame
    number: int
    player: int
    action: int
    kind: str
    rtol: float
    live: Sequence[NDArray[np.bool_]]

    @property
    def player_name(self) -> str:
        """Name of the player."""
        return self.game.players[self.player]

    @property
    def action_label(self) -> str:
        """Label of the action."""
        return self.game.actions[self.player][self.action]

    def witness(self, dominator: int, step: int) -> Witness:
        """Tell what dominates the action: the pure ``dominator``, or a mixture if that is -1."""
        own, precision = self._payoffs()
        weights = np.asarray(np.arange(len(own)) == dominator, dtype=np.float64)
        if dominator < 0:
            weights = _onto_live(mixture_for(own, self.action, precision, self.kind), self.live[self.player], 0)
        gains = np.zeros(own.shape[1])
        for weight, row in zip(weights, own[..., 0], strict=True):
            gains += weight * (row - own[self.action, :, 0])
        if self.kind == "weak":
            gains[np.abs(gains) <= precision.tolerance] = 0
        return Witness(
            player=self.player_name,
            action=self.action_label,
            kind=self.kind,
            weights=lock(weights),
            smallest=float(gains.min()),
            largest=float(gains.max()),
            step=step,
            text=_mixture(weights, self.game.actions[self.player]),
        )

    def belief(self) -> Belief:
        """Tell against what the action is a best reply."""
        own, precision = self._payoffs()
        flat = belief_against(own, self.action, precision, self.kind)
        gains = [float(np.dot(row - own[self.action, :, 0], flat)) for b, row in enumerate(own[..., 0]) if b != self.action]
        weights = flat.reshape([1 if j == self.player else n for j, n in enumerate(self.game.shape)])
        for j, left in enumerate(self.live):
            if j != self.player:
                weights = _onto_live(weights, left, j)
        names = [
            " / ".join(self.game.actions[j][k] for j, k in enumerate(place) if j != self.player) or "no opponents"
            for place in np.ndindex(weights.shape)
        ]
        return Belief(
            player=self.player_name,
            action=self.action_label,
            weights=lock(weights),
            gain=max(gains, default=0.0),
            text=_mixture(weights.reshape(-1), names),
        )

    def _payoffs(self) -> tuple[NDArray[np.float64], Precision]:
        tensor = self.game.tensor[..., self.number : self.number + 1]
        precision = Precision.of(tensor, self.rtol)[self.player]
        return own_rows(fill_removed(tensor, [left[:, None] for left in self.live]), self.player), precision


def _onto_live(weights: NDArray[np.float64], left: NDArray[np.bool_], axis: int) -> NDArray[np.float64]:
    """Give the weight of removed actions to the first that is left, since `fill_removed` made them copies of it."""
    moved = np.moveaxis(weights.copy(), axis, 0)
    moved[left.argmax()] += moved[~left].sum(axis=0)
    moved[~left] = 0
    return np.moveaxis(moved, 0, axis)


def _mixture(weights: NDArray[np.float64], labels: Sequence[str]) -> str:
    return mixture((w, label) for w, label in zip(weights.tolist(), labels, strict=True) if w > 0)


def player_number(game: NormalFormGame, player: int | str) -> int:
    """Find a player by name or number.

    Raises
    ------
    ValueError
        If there is none.
    """
    return _number(player, game.players, "player")


def action_number(game: NormalFormGame, player: int, action: int | str) -> int:
    """Find a player's action by label or number.

    Raises
    ------
    ValueError
        If there is none.
    """
    return _number(action, game.actions[player], f"action of {game.players[player]}")


def _number(wanted: object, names: Sequence[str], what: str) -> int:
    if isinstance(wanted, str):
        if wanted not in names:
            raise ValueError(f"unknown {what} {wanted!r}: {nearest_name(wanted, names)}")
        return names.index(wanted)
    if not isinstance(wanted, int | np.integer) or not -len(names) <= wanted < len(names):
        raise ValueError(f"unknown {what}: expected a name or a number from 0 to {len(names) - 1}; got {shown(wanted)}")
    return int(wanted) % len(names)


def check_choices(taker: str, game: object, rtol: float, **choices: tuple[str, Sequence[str]]) -> None:
    """Refuse a wrong type of game, a senseless tolerance, or a choice that does not exist.

    Raises
    ------
    TypeError, ValueError
    """
    the_game(game, taker)
    real_number(rtol, "rtol must be a share of the payoff range, at least 0 and below 1", 0, 1, "[)")
    for name, (value, known) in choices.items():
        if value not in known:
            raise ValueError(f"unknown {name} {value!r}: {nearest_name(str(value), known)}")
