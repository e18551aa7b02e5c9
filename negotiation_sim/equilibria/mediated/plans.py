"""What a mediator's solver returns: one best distribution over profiles for each game, with the two numbers that prove it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._table import Table, number_text
from negotiation_sim.equilibria.margins import one_hot
from negotiation_sim.equilibria.mediated.advice import NEVER, Recommendations, recommend
from negotiation_sim.equilibria.one_answer import OneAnswer
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.solution import Variable
from negotiation_sim.status import Status

__all__ = ["CorrelatedEquilibria"]


@dataclass(frozen=True, eq=False, repr=False)
class CorrelatedEquilibria(OneAnswer):
    """The best correlated (or coarse correlated) equilibrium of each game of a batch.

    Where the status is not OK, numbers are NaN.

    Parameters
    ----------
    game : NormalFormGame
        What was solved.
    solver : object
        The solver, with its objective and tolerances.
    status : ndarray of int8, shape (*batch,)
        A `Status` for each game.
    distribution : ndarray, shape (*batch, a_0, ..., a_{N-1})
        Probability of each profile: what the mediator draws from.
    payoffs : ndarray, shape (*batch, player)
        Expected payoffs.
    value : ndarray, shape (*batch,)
        Of the objective, in its own units.
    regret : ndarray, shape (*batch,)
        The first half of the certificate: the largest gain of any player from disobeying, as a share of the player's payoff range,
        computed by code that did not find the plan. In a correlated equilibrium a player may answer each recommendation by any action;
        in a coarse one the player must choose a fixed action instead. Gains within the rounding of the payoffs are 0.
    gap : ndarray, shape (*batch,)
        The second half: by how much the best plan could exceed this one, at most, as a share of the objective's range over profiles (of
        the largest payoff range that matters, if the objective is egalitarian). From prices of disobedience, by weak duality.
    unique : ndarray of bool, shape (*batch,)
        No other plan reaches the same value, by reduced costs of more than 1e-9 of the objective's range. False: others may.
    concept : str
        ``"correlated"`` or ``"coarse-correlated"``.
    """

    game: NormalFormGame
    solver: object
    status: NDArray[np.int8]
    distribution: NDArray[np.float64]
    payoffs: NDArray[np.float64]
    value: NDArray[np.float64]
    regret: NDArray[np.float64]
    gap: NDArray[np.float64]
    unique: NDArray[np.bool_]
    concept: str = "correlated"

    @property
    def count(self) -> NDArray[np.int32]:
        """Number of plans given for each game, 1 or 0; shape ``(*batch,)``."""
        return np.asarray(self.status == Status.OK, dtype=np.int32)

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
        flat = self.distribution.reshape((*self.batch_shape, -1))
        return np.asarray(flat @ one_hot(classes, n_classes).reshape(n_classes, -1).T)

    def recommendations(self, index: int | tuple[int, ...] = ()) -> Recommendations:
        """Write the mediator's table for one game: what each player may hear, then believes, and gains from obeying.

        Parameters
        ----------
        index : int or tuple of int
            Place of the game in the batch; nothing for a single game.

        Raises
        ------
        ValueError
            If ``index`` does not pick one game, or that game has no plan.
        """
        place = self._place(index)
        status = Status(int(self.status[place]))
        if status != Status.OK:
            raise ValueError(f"recommendations need a game that was solved; this one has the status {status.name}. {status.advice}")
        single = NormalFormGame(self.game.payoffs[place], self.game.players, self.game.actions, self.form, self.game.note)
        return recommend(single, self.distribution[place], self.concept != "correlated", self.game.note)

    def _variables(self, dims: tuple[str, ...]) -> dict[str, Variable]:
        return {
            "status": Variable(dims, self.status, Status.flag_attributes()),
            "payoffs": Variable((*dims, "player"), self.payoffs),
            "value": Variable(dims, self.value),
            "regret": Variable(dims, self.regret, {"units": "share of the payoff range"}),
            "gap": Variable(dims, self.gap, {"units": "share of the objective's range"}),
            "unique": Variable(dims, self.unique),
            "distribution": Variable((*dims, *(f"action_{k}" for k in range(len(self.game.shape)))), self.distribution),
        }

    @property
    def tables(self) -> tuple[Table, ...]:
        """The profiles of a single game that the mediator recommends, or how many games of a batch have which status."""
        kind = "Correlated" if self.concept == "correlated" else "Coarse correlated"
        title = f"{kind} equilibrium, {self.form} form"
        if self.batch_shape:
            return (self._tally(title, "value", self.value),)
        status = Status(int(self.status[()]))
        if status != Status.OK:
            return (Table((*self.game.players, "probability"), [], title=title, note=_lines(status.advice, self.game.note)),)
        cells = np.argwhere(self.distribution > NEVER)
        rows = [
            (
                *(actions[k] for actions, k in zip(self.game.actions, cell, strict=True)),
                self.distribution[tuple(cell)],
                *self.game.payoffs[(slice(None), *cell)],
            )
            for cell in cells
        ]
        columns = (*self.game.players, "probability", *(f"payoff {name}" for name in self.game.players))
        paid = ", ".join(f"{name} {number_text(float(v))}" for name, v in zip(self.game.players, self.payoffs, strict=True))
        proof = f"No better one exists{'; no other is as good' if self.unique[()] else ''} (gap {float(self.gap):.1e})."
        said = f"Expected payoffs: {paid}. Value of the objective: {number_text(float(self.value))}."
        return (Table(columns, rows, title=title, note=_lines(said, proof, self.game.note)),)

    def __repr__(self) -> str:
        return f"CorrelatedEquilibria({self.concept}, {self.form} form, batch {self.batch_shape})"


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)
