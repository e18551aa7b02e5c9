"""Fictitious play: everybody answers how often the others have chosen what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arguments import real_number, whole_number
from negotiation_sim.equilibria.adjustment.dynamics import Dynamics, Record
from negotiation_sim.equilibria.adjustment.lanes import Lanes, Run, one_hot, ordered_sum, reply
from negotiation_sim.equilibria.adjustment.solver_arguments import rounding_share

__all__ = ["FictitiousPlay"]

Array = NDArray[np.float64]

_CHECK = 8
"""Rounds between looks at whether play has locked in."""


@dataclass(frozen=True, eq=False, kw_only=True)
class FictitiousPlay(Dynamics):
    """Let players best-reply, all at once and round after round, to the frequencies of what the others have played so far.

    The strategies of the result are these frequencies, the start included as if it had been observed (Brown 1951). They converge in
    two-player zero-sum games (Robinson 1951), games of common interest and others, and cycle for ever in Shapley's (1964).

    Parameters
    ----------
    starts, seed
        First beliefs, as in `BestReplyDynamics`.
    rounds : int, default 2000
        How many rounds are played. Frequencies move by 1 / round at most, so mixed equilibria are approached slowly.
    weight : float, default 1.0
        How many rounds of observation the start counts for.
    tol : float, default 0.01
        The frequencies count as settled if nobody would gain more than this share of the payoff range over them after the last round.
    rtol : float, default 1e-9
        Gains up to this share of the payoff range, or within the rounding of the payoffs, do not make a player change actions.

    Notes
    -----
    With two players who play a pure equilibrium in some round, no later round differs: each action is a best reply to the beliefs and to
    the other action, so to every average of the two. Their start is then finished at once, and its end is the equilibrium itself. With
    more players, whose beliefs multiply, the end is a pure equilibrium if it was played in all of the second half of the rounds.

    With more than two players the others are believed to choose independently.

    References
    ----------
    G. W. Brown (1951), "Iterative solution of games by fictitious play", in T. C. Koopmans (ed.), Activity Analysis of Production and
    Allocation, 374-376.
    J. Robinson (1951), "An iterative method of solving a game", Annals of Mathematics 54, 296-301.
    L. S. Shapley (1964), "Some topics in two-person games", in Advances in Game Theory, 1-28.

    Examples
    --------
    >>> from negotiation_sim.games.normal_form import NormalFormGame
    >>> pennies = NormalFormGame.from_arrays([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    >>> FictitiousPlay(starts=2, rounds=10_000)(pennies).strategies[0].round(1)
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """

    rounds: int = 2000
    weight: float = 1.0
    tol: float = 0.01
    rtol: float = 1e-9

    concept: ClassVar[str] = "fictitious play"
    unit: ClassVar[str] = "rounds"
    nearness: ClassVar[float] = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "rounds", whole_number(self.rounds, "rounds must be a whole number, at least 1", 1))
        object.__setattr__(self, "weight", real_number(self.weight, "weight must be a positive number of rounds", 0))
        tol = real_number(self.tol, "tol must be a share of the payoff range, above 0 and below 1", 0, 1)
        object.__setattr__(self, "tol", tol)
        object.__setattr__(self, "rtol", rounding_share(self.rtol))

    @property
    def allowance(self) -> float:
        """Largest certified regret of an end point that counts as an equilibrium."""
        return self.tol * (1 + 1e-9)

    def _run(self, lanes: Lanes, record: Record | None) -> Run:
        shape, out = lanes.shape, Run.blank(lanes.shape, len(lanes))
        where = np.arange(len(lanes))
        beliefs = [x.copy() for x in lanes.start]
        profile = [np.full(len(lanes), -1) for _ in shape]
        since = np.ones(len(lanes), dtype=np.intp)
        for turn in range(1, self.rounds + 1):
            before = profile
            profile = [reply(lanes.after(i, beliefs), before[i], np.maximum(lanes.noise[i], self.rtol)) for i in range(len(shape))]
            for x, action, size in zip(beliefs, profile, shape, strict=True):
                x += (one_hot(action, size) - x) / (self.weight + turn)
            moved = np.logical_or.reduce([a != b for a, b in zip(profile, before, strict=True)])
            since[moved] = turn
            if record is not None:
                record.append((float(turn), tuple(x[:, 0].copy() for x in beliefs)))
            last = turn == self.rounds
            if not last and (len(shape) > 2 or turn % _CHECK):
                continue
            locked = lanes.pure_equilibrium(profile, self.rtol)
            if len(shape) > 2:
                locked &= 2 * since <= self.rounds
            done = locked | last
            if done.any():
                to = where[done]
                for x, belief, action, size in zip(out.strategies, beliefs, profile, shape, strict=True):
                    x[:, to] = np.where(locked, one_hot(action, size), belief)[:, done]
                out.settled[to] = (locked | (self._unrest(lanes, beliefs) <= self.tol if last else False))[done]
                out.duration[to] = turn
                kept = np.flatnonzero(~done)
                if not len(kept):
                    break
                lanes, where, since = lanes.take(kept), where[kept], since[kept]
                beliefs, profile = [x.take(kept, axis=-1) for x in beliefs], [a[kept] for a in profile]
        return out

    def _unrest(self, lanes: Lanes, beliefs: list[Array]) -> Array:
        """Largest gain over the frequencies."""
        gains = []
        for i, x in enumerate(beliefs):
            values = lanes.after(i, beliefs)
            gains.append(values.max(axis=0) - ordered_sum(values * x))
        largest: Array = np.maximum.reduce(gains)
        return largest
