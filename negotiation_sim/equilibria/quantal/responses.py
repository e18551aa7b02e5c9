"""What `LogitQRE` returns: a quantal response equilibrium of every game of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._table import Shown, Table
from negotiation_sim.equilibria.margins import class_probability
from negotiation_sim.games.normal_form import NormalFormGame, with_note
from negotiation_sim.solution import Variable
from negotiation_sim.status import Completeness, Status

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["QuantalResponses", "response_advice"]

_VARIABLES = ("status", "complete", "count", "precision", "payoffs", "residual", "regret")


@dataclass(frozen=True, eq=False, repr=False)
class QuantalResponses(Shown):
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
    def form(self) -> str:
        """The form of the game that was solved."""
        return self.game.form

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch; ``()`` for a single game."""
        return self.status.shape

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
        place = index if isinstance(index, tuple) else (index,)
        if len(place) != len(self.batch_shape):
            raise ValueError(f"index must pick one game of the batch {self.batch_shape}: {len(self.batch_shape)} integers; got {index!r}")
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

    def variables(self, keep: Sequence[str] | None = None) -> dict[str, Variable]:
        """Labelled arrays, batch axes first (named ``batch_0``, ...).

        Parameters
        ----------
        keep : sequence of str, optional
            Which of ``status``, ``complete``, ``count``, ``precision``, ``payoffs``, ``residual`` and ``regret``; all by default.
        """
        unknown = sorted(set(keep or ()) - set(_VARIABLES))
        if unknown:
            raise ValueError(f"keep must name some of {list(_VARIABLES)}; got {unknown}")
        dims = tuple(f"batch_{k}" for k in range(len(self.batch_shape)))
        arrays: dict[str, NDArray[Any]] = {
            "status": self.status,
            "complete": self.complete,
            "count": self.count,
            "precision": self.precision,
            "payoffs": self.payoffs,
            "residual": self.residual,
            "regret": self.regret,
        }
        attrs: dict[str, dict[str, object]] = {
            "status": Status.flag_attributes(),
            "complete": Completeness.flag_attributes(),
            "precision": {"units": "1 / payoff"},
            "regret": {"units": "share of the payoff range"},
        }
        return {
            name: Variable((*dims, "player") if name == "payoffs" else dims, arrays[name], attrs.get(name, {}))
            for name in (_VARIABLES if keep is None else keep)
        }

    @property
    def tables(self) -> tuple[Table, ...]:
        """One table: the strategies of a single game, or how many games of a batch have which status."""
        title = f"Logit quantal response equilibrium, {self.form} form"
        if self.batch_shape:
            rows: list[tuple[str, int, tuple[float, float]]] = []
            for status in np.unique(self.status):
                some = self.precision[self.status == status]
                rows.append((Status(int(status)).name, len(some), (float(some.min()), float(some.max()))))
            return (Table(("status", "games", "precision"), rows, title=title, note=self.game.note),)
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

    def to_pandas(self) -> pd.DataFrame:
        """Return the table (of a batch: how many games have which status) as a DataFrame."""
        return self.tables[0].to_pandas()


def response_advice(status: Status) -> str:
    """Say what became of a response on the principal branch, and what to do next, to somebody who may not write Python."""
    if status != Status.MAX_ITER:
        return status.advice
    return "The branch of responses could not be followed to the precision asked for: ask for a lower one."
