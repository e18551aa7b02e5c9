"""Logit dynamics: everybody drifts towards a noisy best reply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arguments import real_number
from negotiation_sim.equilibria.adjustment.dynamics import Dynamics, Record
from negotiation_sim.equilibria.adjustment.flows import follow_flow
from negotiation_sim.equilibria.adjustment.lanes import Lanes, Run, ordered_sum, slices
from negotiation_sim.equilibria.adjustment.solver_arguments import flow_limits
from negotiation_sim.equilibria.quantal.residuals import response_residual
from negotiation_sim.games.normal_form import NormalFormGame

__all__ = ["LogitDynamics"]

Array = NDArray[np.float64]

_USUAL = 10.0
"""Precision times the largest payoff range of a game, where no precision is given; as in `LogitQRE`."""


@dataclass(frozen=True, eq=False, kw_only=True)
class LogitDynamics(Dynamics):
    r"""Let everybody drift towards the logit response to the others.

    .. math:: \dot x_i = L_i(x_{-i}) - x_i, \quad L_{ia} \propto \exp(\lambda u_i(a, x_{-i}))

    with precision :math:`\lambda` (Fudenberg and Levine 1998, chapter 4; Hofbauer and Sandholm 2002): the smooth best-reply dynamic, which
    smooth fictitious play follows in the long run. A unit of time is what the old strategy takes to lose all but 1/e of its weight.
    Points of rest are the logit quantal response equilibria of this precision, not Nash equilibria; `LogitQRE` follows one of them.

    Parameters
    ----------
    precision : float, optional
        In units of 1 / payoff, at least 0; by default 10 over the largest payoff range of each game, whatever the units.
    starts, seed
        As in `BestReplyDynamics`.
    max_time : float, default 1e6
        As in `ReplicatorDynamics`.
    max_steps : int, default 5000
        Likewise. Steps are at most about 3 over the steepness of the response, precision times payoff range.
    tol : float, default 1e-7
        A start has settled when no probability differs by more from the response.
    accuracy : float, default 1e-8
        Largest estimated error of a step, in a probability.

    References
    ----------
    D. Fudenberg and D. Levine (1998), The Theory of Learning in Games, MIT Press.
    J. Hofbauer and W. Sandholm (2002), "On the global convergence of stochastic fictitious play", Econometrica 70, 2265-2294.

    Examples
    --------
    >>> from negotiation_sim.games.normal_form import NormalFormGame
    >>> chicken = NormalFormGame.from_arrays([[0, -1], [1, -5]], [[0, 1], [-1, -5]])
    >>> LogitDynamics(precision=0.5, starts=2)(chicken).strategies[0].round(5)
    array([[0.61413, 0.38587],
           [0.61413, 0.38587]])
    """

    precision: float | None = None
    max_time: float = 1e6
    max_steps: int = 5000
    tol: float = 1e-7
    accuracy: float = 1e-8

    concept: ClassVar[str] = "logit dynamics"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, value in flow_limits(self.max_time, self.max_steps, self.tol, self.accuracy).items():
            object.__setattr__(self, name, value)
        if self.precision is not None:
            precision = real_number(
                self.precision, "precision must be a number, at least 0 and finite, in units of 1 / payoff", 0, ends="[)"
            )
            object.__setattr__(self, "precision", precision)

    @property
    def allowance(self) -> float:
        """Largest certified residual of an end point that counts as a quantal response equilibrium."""
        return 2 * self.tol + 1e-12

    def _run(self, lanes: Lanes, record: Record | None) -> Run:
        flow = _Drift(lanes.shape, self.precision)
        seen: list[tuple[float, Array]] | None = None if record is None else []
        state = np.concatenate(lanes.start)
        end, settled, time = follow_flow(flow, lanes, state, self.tol, self.max_time, self.max_steps, self.accuracy, seen)
        if record is not None:
            record.extend((at, flow.strategies(x)) for at, x in seen or ())
        return Run(flow.strategies(end), settled, time, np.zeros(len(lanes), dtype=np.int32))

    def _residual(self, game: NormalFormGame, index: NDArray[np.intp], mixtures: list[Array], regret: Array) -> Array:
        precision = _usual(game.payoff_range)[index] if self.precision is None else np.full(len(index), float(self.precision))
        return response_residual(game.tensor, index, mixtures, precision, None)


def _usual(span: Array) -> Array:
    """The precision of each game where none is given, from payoff ranges ``(player, games)``."""
    largest = span.max(axis=0)
    precision: Array = _USUAL / np.where(largest > 0, largest, 1.0)
    return precision


class _Drift:
    """The differential equation of the probabilities."""

    def __init__(self, shape: tuple[int, ...], precision: float | None) -> None:
        self.rows = slices(shape)
        self.precision = precision

    def strategies(self, state: Array) -> tuple[Array, ...]:
        """Probabilities of each player."""
        return tuple(state[rows] for rows in self.rows)

    def velocity(self, lanes: Lanes, state: Array) -> Array:
        """Logit response less the state."""
        mixed = self.strategies(state)
        rates = lanes.span * (_usual(lanes.span) if self.precision is None else self.precision)  # payoffs go from 0 to 1 here
        parts = []
        for i, rate in enumerate(rates):
            values = rate * lanes.after(i, mixed)
            x = np.exp(values - values.max(axis=0))
            parts.append(x / ordered_sum(x))
        out: Array = np.concatenate(parts) - state
        return out

    def unrest(self, velocity: Array) -> Array:
        """Largest difference from the response."""
        largest: Array = np.abs(velocity).max(axis=0)
        return largest
