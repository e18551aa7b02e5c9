"""What `LogitQRE` returns: a quantal response equilibrium of every game of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._table import Table
from negotiation_sim.equilibria.margins import class_probability
from negotiation_sim.equilibria.one_answer import OneAnswer
from negotiation_sim.games.normal_form import NormalFormGame, with_note
from negotiation_sim.solution import Variable
from negotiation_sim.status import Completeness, Status

__all__ = ["QuantalResponses", "response_advice"]


@dataclass(frozen=True, eq=False, repr=False)
class QuantalResponses(OneAnswer):
    """A quantal response equilibrium of each game of a batch.

    Parameters
    ----------
    game : NormalFormGame
        What was solved.
    solver : object
        The solver, with its precision and tolerances.
    status, complete : ndarray of int8, shape (*batch,)
        A `Status` and a `Completeness` for each game; PROVED where the equilibrium is the only one at this precision.
    precision : ndarray, shape (*batch,)
        The precision really reached, in units of 1 / payoff: what was asked for where the status is OK.
    strategies : tuple of ndarray, one for each player, shape (*batch, n_i)
        Probability of each action. Where the status is MAX_ITER, the last point of the branch, at the precision reached (or the start
        given, with no precision, where nothing was found near it); NaN where it is NOT_FINITE.
    payoffs : ndarray, shape (*batch, player)
        Expected payoffs.
    residual : ndarray, shape (*batch,)
        Largest difference between a probability and the logit response to the others at the precision reached, recomputed by code that
        did not find the equilibrium.
    regret : ndarray, shape (*batch,)
        Largest gain from a deviation, as a share of the deviating player's payoff range: how far the responses are from a Nash equilibrium.
    concept : str
        ``"logit"``.
    principal : bool
        Whether equilibria were looked for on the branch from precision 0; False where near a start.

    Notes
    -----
    The batch is that of the games, or that of the games broadcast against the precisions asked for.
    """

    game: NormalFormGame
    solver: object
    status: NDArray[np.int8]
    complete: NDArray[np.int8]
    precision: NDArray[np.float64]
    strategies: tuple[NDArray[np.float64], ...]
    payoffs: NDArray[np.float64]
    residual: NDArray[np.float64]
    regret: NDArray[np.float64]
    concept: str = "logit"
    principal: bool = True

    @property
    def count(self) -> NDArray[np.int32]:
        """1 where the equilibrium was found, 0 elsewhere; shape ``(*batch,)``."""
        return np.asarray(self.status == Status.OK).astype(np.int32)

    def profile(self, index: int | tuple[int, ...] = ()) -> tuple[NDArray[np.float64], ...]:
        """Return the strategies of one game, one probability vector a player.

        Parameters
        ----------
        index : int or tuple of int
            Place in the batch; nothing for a single game.
        """
        place = self._place(index)
        return tuple(x[place] for x in self.strategies)

    def class_probability(self, classes: NDArray[np.integer[Any]], n_classes: int) -> NDArray[np.float64]:
        """Probability of each outcome class.

        Parameters
        ----------
        classes : ndarray of int8, shape (a_0, ..., a_{N-1})
            Class of each profile; -1 for none.
        n_classes : int

        Returns
        -------
        ndarray, shape (*batch, n_classes)
        """
        flat = [x.reshape((-1, x.shape[-1])).T for x in self.strategies]
        return class_probability(classes, n_classes, flat).T.reshape((*self.batch_shape, n_classes))

    def _variables(self, dims: tuple[str, ...]) -> dict[str, Variable]:
        return {
            "status": Variable(dims, self.status, Status.flag_attributes()),
            "complete": Variable(dims, self.complete, Completeness.flag_attributes()),
            "count": Variable(dims, self.count),
            "precision": Variable(dims, self.precision, {"units": "1 / payoff"}),
            "payoffs": Variable((*dims, "player"), self.payoffs),
            "residual": Variable(dims, self.residual),
            "regret": Variable(dims, self.regret, {"units": "share of the payoff range"}),
        }

    @property
    def tables(self) -> tuple[Table, ...]:
        """One table: the strategies of a single game, or how many games of a batch have which status."""
        title = f"Logit quantal response equilibrium, {self.form} form"
        if self.batch_shape:
            return (self._tally(title, "precision", self.precision),)
        cells = []
        for i, (name, labels) in enumerate(zip(self.game.players, self.game.actions, strict=True)):
            for a, label in enumerate(labels):
                start = a == 0
                cells.append((name if start else "", label, float(self.strategies[i][a]), float(self.payoffs[i]) if start else None))
        return (Table(("player", "action", "probability", "payoff"), cells, title=title, note=with_note(self._said(), self.game)),)

    def _said(self) -> str:
        """Precision and certificates of a single game, in words."""
        status = Status(int(self.status[()]))
        if not np.isfinite(self.regret):
            return status.advice
        if status != Status.OK and not np.isfinite(self.precision):
            return "No equilibrium of this precision was found near the start, which is shown: start elsewhere, or change the precision."
        facts = f"Precision {float(self.precision):.6g} per unit of payoff; residual {float(self.residual):.1e}; Nash regret "
        facts += f"{float(self.regret):.2g} of the payoff range."
        if status != Status.OK:
            return f"{response_advice(status)} Or raise max_iter or tol. {facts}"
        only = self.complete[()] == Completeness.PROVED
        if only:
            return f"{facts} The only one at this precision."
        where = "On the branch that starts at precision 0" if self.principal else "Near the start given"
        return f"{facts} {where}; others may exist."

    def __repr__(self) -> str:
        return f"QuantalResponses({self.concept}, {self.form} form, batch {self.batch_shape})"


def response_advice(status: Status) -> str:
    """Say what became of a response on the principal branch, and what to do next, to somebody who may not write Python."""
    if status != Status.MAX_ITER:
        return status.advice
    return "The branch of responses could not be followed to the precision asked for: ask for a lower one."
