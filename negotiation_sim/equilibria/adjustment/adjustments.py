"""What adjustment dynamics return: where every start of every game ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._table import Table
from negotiation_sim.equilibria.adjustment.basins import Basins, basins_of
from negotiation_sim.equilibria.margins import class_probability
from negotiation_sim.equilibria.one_answer import OneAnswer
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.solution import Variable
from negotiation_sim.status import Status

if TYPE_CHECKING:
    import pandas as pd

    from negotiation_sim.equilibria.adjustment.dynamics import Dynamics
    from negotiation_sim.equilibria.entries import Equilibria
    from negotiation_sim.equilibria.quantal.responses import QuantalResponses

__all__ = ["Adjustments", "Trajectory", "settled_chance"]

Array = NDArray[np.float64]


def settled_chance(found: Adjustments, classes: NDArray[np.integer[Any]], n_classes: int) -> Array:
    """Mean over starts of the chance of each class, ``(class, games)``; NaN in games that are not OK."""
    status = found.status.reshape(-1)
    count, fine = len(found.starts[0]), np.flatnonzero(status == Status.OK)
    chance = np.full((n_classes, len(status)), np.nan)
    flat = [x.reshape(-1, count, x.shape[-1])[fine].reshape(-1, x.shape[-1]).T for x in found.strategies]
    each = class_probability(classes, n_classes, flat).reshape(n_classes, len(fine), count)
    chance[:, fine] = np.where(found.settled.reshape(-1, count)[fine], each, 0.0).mean(axis=-1)
    return chance


@dataclass(frozen=True, eq=False)
class Trajectory:
    """The way from one start of a single game.

    Parameters
    ----------
    game : NormalFormGame
    solver : Dynamics
    time : ndarray, shape (step,)
        Time, or rounds; the first is 0.
    strategies : tuple of ndarray, one for each player, shape (step, n_i)
    """

    game: NormalFormGame
    solver: Dynamics
    time: Array
    strategies: tuple[Array, ...]

    def __len__(self) -> int:
        return len(self.time)

    def __repr__(self) -> str:
        return f"Trajectory({self.solver.concept}, {len(self)} points to {self.time[-1]:.6g} {self.solver.unit})"

    def to_pandas(self) -> pd.DataFrame:
        """One row a step, one column an action, headed by the player and the action."""
        import pandas as pd

        names = [(player, action) for player, actions in zip(self.game.players, self.game.actions, strict=True) for action in actions]
        index = pd.Index(self.time, name=self.solver.unit)
        return pd.DataFrame(np.concatenate(self.strategies, axis=1), index=index, columns=pd.MultiIndex.from_tuples(names))


@dataclass(frozen=True, eq=False, repr=False)
class Adjustments(OneAnswer):
    """Where every start of every game of a batch ended.

    Parameters
    ----------
    game : NormalFormGame
    solver : Dynamics
        With its seed and tolerances.
    status : ndarray of int8, shape (*batch,)
        OK, also where play does not settle, which is a finding about the game; NOT_FINITE for games that could not be played.
    starts : tuple of ndarray, one for each player, shape (start, n_i)
        The same for every game.
    strategies : tuple of ndarray, one for each player, shape (*batch, start, n_i)
        Where each start ended, or was when time was up; of fictitious play, frequencies. NaN in games that are not OK.
    start_status : ndarray of int8, shape (*batch, start)
        OK where play settled, MAX_ITER where it did not (it cycles, or is slow), NOT_FINITE where there was none.
    duration : ndarray, shape (*batch, start)
        Rounds or time until then.
    period : ndarray of int32, shape (*batch, start)
        Rounds after which best replies repeat themselves, more than 1, where they were seen to do so; 0 elsewhere.
    regret : ndarray, shape (*batch, start)
        Largest gain from a deviation, as a share of the deviating player's payoff range, by code that did not find the end point.
    residual : ndarray, shape (*batch, start)
        What the end point is judged by: of logit dynamics, the largest difference between a probability and the logit response, by code
        that did not find it; of the others, the regret.
    concept : str
    """

    game: NormalFormGame
    solver: Dynamics
    status: NDArray[np.int8]
    starts: tuple[Array, ...]
    strategies: tuple[Array, ...]
    start_status: NDArray[np.int8]
    duration: Array
    period: NDArray[np.int32]
    regret: Array
    residual: Array
    concept: str

    @property
    def settled(self) -> NDArray[np.bool_]:
        """Whether play settled; shape ``(*batch, start)``."""
        return np.asarray(self.start_status == Status.OK)

    @property
    def certified(self) -> NDArray[np.bool_]:
        """Whether play settled at an equilibrium, by the certificate; shape ``(*batch, start)``."""
        with np.errstate(invalid="ignore"):
            return self.settled & (self.residual <= self.solver.allowance)

    def basins(self, equilibria: Equilibria | QuantalResponses | None = None, atol: float | None = None) -> Basins:
        """The share of starts that end in each equilibrium.

        Parameters
        ----------
        equilibria : Equilibria or QuantalResponses, optional
            Of the same games. By default the distinct end points themselves. For logit dynamics, whose points of rest are no Nash
            equilibria, the quantal responses of the same precision.
        atol : float, optional
            Largest difference of a probability between an end point and the equilibrium that it counts for; the nearest counts. By
            default 0.01, of fictitious play 0.1.

        Raises
        ------
        ValueError
            If the equilibria are of other games.

        Examples
        --------
        >>> from negotiation_sim.equilibria.adjustment.best_reply import BestReplyDynamics
        >>> from negotiation_sim.equilibria.pure import PureNash
        >>> hunt = NormalFormGame.from_arrays([[4, 0], [3, 3]], [[4, 3], [0, 3]])
        >>> found = BestReplyDynamics(order="simultaneous", starts=[[[1, 0], [0, 1]], [[1, 0], [1, 0]]])(hunt)
        >>> found.basins(PureNash()(hunt)).share, found.period
        (array([0.5, 0. ]), array([0, 2], dtype=int32))
        """
        return basins_of(self, equilibria, self.solver.nearness if atol is None else atol)

    def _variables(self, dims: tuple[str, ...]) -> dict[str, Variable]:
        each = (*dims, "start")
        return {
            "status": Variable(dims, self.status, Status.flag_attributes()),
            "start_status": Variable(each, self.start_status, Status.flag_attributes()),
            "duration": Variable(each, self.duration, {"units": self.solver.unit}),
            "period": Variable(each, self.period),
            "regret": Variable(each, self.regret, {"units": "share of the payoff range"}),
            "residual": Variable(each, self.residual),
        }

    def class_probability(self, classes: NDArray[np.integer[Any]], n_classes: int) -> Array:
        """Mean over all starts of the chance that the start's end gives each outcome class; starts that do not settle add nothing.

        Parameters
        ----------
        classes : ndarray of int8, shape (a_0, ..., a_{N-1})
            Class of each profile; -1 for none.
        n_classes : int

        Returns
        -------
        ndarray, shape (*batch, n_classes)
            NaN in games that are not OK.
        """
        return settled_chance(self, classes, n_classes).T.reshape((*self.batch_shape, n_classes))

    @property
    def tables(self) -> tuple[Table, ...]:
        """One table: the share of starts that end in each of the end points found."""
        return self.basins().tables

    def to_pandas(self) -> pd.DataFrame:
        """One row a game and end point; see `Basins.to_pandas`."""
        return self.basins().to_pandas()

    def __repr__(self) -> str:
        return f"Adjustments({self.concept}, {self.form} form, {len(self.starts[0])} starts in batch {self.batch_shape})"
