"""Replicator dynamics: what does better than average grows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.adjustment.dynamics import Dynamics, Record
from negotiation_sim.equilibria.adjustment.flows import follow_flow
from negotiation_sim.equilibria.adjustment.lanes import Lanes, Run, ordered_sum, slices
from negotiation_sim.equilibria.adjustment.solver_arguments import flow_limits

__all__ = ["ReplicatorDynamics"]

Array = NDArray[np.float64]

_DYING = 0.01
"""Shares below this are left out of end points if the certificate allows it; as much as end points that count as one differ."""
_ROUNDING = 1e-14


@dataclass(frozen=True, eq=False, kw_only=True)
class ReplicatorDynamics(Dynamics):
    r"""Let the shares of actions grow with what they earn above average, in one population a player.

    .. math:: \dot x_{ia} = x_{ia} [u_i(a, x_{-i}) - u_i(x)]

    (Taylor 1979; Weibull 1995, chapter 5), with each player's payoffs measured in their range, so that neither the units nor the zeros of
    payoffs matter: a unit of time is what an advantage of the whole payoff range takes to grow e-fold. Logarithms of the shares are
    followed, so shares stay positive and sum to 1 however small they get; an action absent at the start stays absent.

    Parameters
    ----------
    starts, seed
        As in `BestReplyDynamics`.
    max_time : float, default 1e9
        When to stop where nothing has settled.
    max_steps : int, default 2500
        Most steps of the integration, accepted or not. It is what stops games that cycle for ever, after a time of about 1500; steps
        towards a point of rest grow without bound, so that even slow games get there.
    tol : float, default 1e-8
        A start has settled when no action that is present earns more than this share of the payoff range above average.
    accuracy : float, default 1e-7
        Largest estimated error of a step, in the logarithm of a share.

    Notes
    -----
    A start inside the simplices that settles does so in a Nash equilibrium (Weibull 1995, theorem 5.2); a start that lacks an action may
    settle where that action would gain. A start within about ``tol`` of a border between basins may pass so slowly by the unstable
    equilibrium there that it counts as settled in it.

    Shares that are still vanishing when play has settled are left out of the end point if nobody would gain without them, so that pure
    ends are exactly pure.

    References
    ----------
    P. D. Taylor (1979), "Evolutionarily stable strategies with two types of player", Journal of Applied Probability 16, 76-83.
    J. W. Weibull (1995), Evolutionary Game Theory, MIT Press.

    Examples
    --------
    A stag hunt in which a hare is worth 3 and half a stag 4: who starts with more than three quarters of hunters gets the stag.

    >>> from negotiation_sim.games.normal_form import NormalFormGame
    >>> hunt = NormalFormGame.from_arrays([[4, 0], [3, 3]], [[4, 3], [0, 3]], actions=[["stag", "hare"]] * 2)
    >>> print(ReplicatorDynamics()(hunt).basins())
    Where replicator dynamics ends, simultaneous form
    ...
    """

    max_time: float = 1e9
    max_steps: int = 2500
    tol: float = 1e-8
    accuracy: float = 1e-7

    concept: ClassVar[str] = "replicator dynamics"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, value in flow_limits(self.max_time, self.max_steps, self.tol, self.accuracy).items():
            object.__setattr__(self, name, value)

    @property
    def allowance(self) -> float:
        """Largest certified regret of an end point that counts as an equilibrium."""
        return 2 * self.tol

    def _run(self, lanes: Lanes, record: Record | None) -> Run:
        flow = _Growth(lanes.shape)
        with np.errstate(divide="ignore"):
            state = np.log(np.concatenate(lanes.start))
        seen: list[tuple[float, Array]] | None = None if record is None else []
        end, settled, time = follow_flow(flow, lanes, state, self.tol, self.max_time, self.max_steps, self.accuracy, seen)
        if record is not None:
            record.extend((at, tuple(x[:, 0] for x in flow.shares(logs[:, None]))) for at, logs in seen or ())
        shares = _without_dying(lanes, flow.shares(end), settled, self.tol)
        return Run(tuple(shares), settled, time, np.zeros(len(lanes), dtype=np.int32))


def _without_dying(lanes: Lanes, shares: list[Array], settled: NDArray[np.bool_], tol: float) -> list[Array]:
    """Drop small shares that shrink where play has settled, if nothing that is present would gain without them.

    They would vanish in the limit. An equilibrium that does give an action so small a probability stays: others would gain without it.
    """
    present, after = [x > 0 for x in shares], [lanes.after(i, shares) for i in range(len(shares))]
    cut = []
    for x, values in zip(shares, after, strict=True):
        kept = np.where((x < _DYING) & (values < ordered_sum(values * x) - _ROUNDING), 0.0, x)
        cut.append(kept / ordered_sum(kept))
    steady = settled.copy()
    for i, x in enumerate(cut):
        values = lanes.after(i, cut)
        steady &= np.where(present[i], values, -np.inf).max(axis=0) - ordered_sum(values * x) <= tol
    return [np.where(steady, x, before) for x, before in zip(cut, shares, strict=True)]


class _Growth:
    """The differential equation of the logarithms of the shares, up to a common constant for each player."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.rows = slices(shape)

    def shares(self, state: Array) -> list[Array]:
        """Shares ``(n_i, lane)`` from logarithms."""
        out = []
        for rows in self.rows:
            logs = state[rows]
            x = np.exp(logs - logs.max(axis=0))
            out.append(x / ordered_sum(x))
        return out

    def velocity(self, lanes: Lanes, state: Array) -> Array:
        """Growth rate of each share; 0 for what is absent."""
        mixed = self.shares(state)
        rates = []
        for i, x in enumerate(mixed):
            values = lanes.after(i, mixed)
            rates.append(values - ordered_sum(values * x))
        return np.where(np.isneginf(state), 0.0, np.concatenate(rates))

    def unrest(self, velocity: Array) -> Array:
        """Fastest growth rate; what shrinks sums to as much, weighted by shares."""
        fastest: Array = velocity.max(axis=0)
        return fastest
