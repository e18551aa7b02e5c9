"""Best-reply dynamics: players answer in turn, all at once, or in random order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arguments import whole_number
from negotiation_sim.equilibria.adjustment.dynamics import Dynamics, Record
from negotiation_sim.equilibria.adjustment.lanes import Actions, Lanes, Run, one_hot, reply
from negotiation_sim.equilibria.adjustment.solver_arguments import rounding_share
from negotiation_sim.equilibria.adjustment.starts import orders

__all__ = ["BestReplyDynamics"]

Order = Literal["sequential", "simultaneous", "random"]


@dataclass(frozen=True, eq=False, kw_only=True)
class BestReplyDynamics(Dynamics):
    """Let players change to a best reply, round after round, until nobody wants to or they go round in a circle.

    In each round every player moves once. A player keeps the present action as long as no other is better; else the first of the best
    replies is taken. A mixed start is what the others expect of the player until the player's first move; from then on everybody plays
    pure strategies. So play settles in pure Nash equilibria only, and always does when players move in turn in a game with an (ordinal)
    potential (Monderer and Shapley 1996).

    Parameters
    ----------
    order : {"sequential", "simultaneous", "random"}, default "sequential"
        In turn, first player first; all at once, each in reply to the round before; in turn, in an order drawn anew in each round (by the
        seed and the number of the start, for every game the same).
    starts : int or sequence of array_like, one for each player, shape (start, n_i), default 256
        How many starts to draw, uniformly and independently from the strategies of each player, or the starts themselves. Draws depend
        on the seed, the number of the start and the numbers of actions: every game of a batch has the same ones, however large the batch.
    seed : int, default 0
        Of the draws.
    max_rounds : int, default 1000
        Most rounds.
    rtol : float, default 1e-9
        Gains up to this share of the payoff range, or within the rounding of the payoffs, do not make a player move.

    Notes
    -----
    Where play repeats itself, ``period`` of the result is the exact length of the cycle in rounds (not in random order, where there is
    none), and the last strategies are some point of the cycle.

    References
    ----------
    D. Monderer and L. Shapley (1996), "Potential games", Games and Economic Behavior 14, 124-143.

    Examples
    --------
    >>> from negotiation_sim.games.normal_form import NormalFormGame
    >>> pennies = NormalFormGame.from_arrays([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    >>> BestReplyDynamics(order="simultaneous", starts=3)(pennies).period
    array([4, 4, 4], dtype=int32)
    """

    order: Order = "sequential"
    max_rounds: int = 1000
    rtol: float = 1e-9

    concept: ClassVar[str] = "best-reply dynamics"
    unit: ClassVar[str] = "rounds"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.order not in ("sequential", "simultaneous", "random"):
            raise ValueError(f"order must be 'sequential', 'simultaneous' or 'random'; got {self.order!r}")
        rounds = whole_number(self.max_rounds, "max_rounds must be a whole number of rounds, at least 1", 1)
        object.__setattr__(self, "max_rounds", rounds)
        object.__setattr__(self, "rtol", rounding_share(self.rtol))

    @property
    def allowance(self) -> float:
        """Largest certified regret of an end point that counts as an equilibrium."""
        return self.rtol

    def _run(self, lanes: Lanes, record: Record | None) -> Run:
        shape, out = lanes.shape, Run.blank(lanes.shape, len(lanes))
        where = np.arange(len(lanes))
        mixtures = list(lanes.start)
        # -1: a mixed strategy, which no best reply is
        profile = [np.where(x.max(axis=0) == 1, x.argmax(axis=0), -1) for x in mixtures]
        saved, saved_at = np.full(len(lanes), -1), 0
        for turn in range(1, self.max_rounds + 1):
            before = profile
            profile = self._round(lanes, profile, mixtures if turn == 1 else None, turn)
            code = np.ravel_multi_index(tuple(profile), shape)
            still = np.logical_and.reduce([a == b for a, b in zip(profile, before, strict=True)])
            if record is not None:
                record.append((float(turn), tuple(one_hot(a, n)[:, 0] for a, n in zip(profile, shape, strict=True))))
            # The first return to a saved state is the period; states are saved in rounds 1, 2, 4, ... (Brent 1980, section 7).
            cycle = (code == saved) & ~still & (self.order != "random")
            done = still | cycle | (turn == self.max_rounds)
            if turn & (turn - 1) == 0:
                saved, saved_at_next = code, turn
            else:
                saved_at_next = saved_at
            if done.any():
                to = where[done]
                for x, a, n in zip(out.strategies, profile, shape, strict=True):
                    x[:, to] = one_hot(a[done], n)
                out.settled[to] = still[done]
                out.duration[to] = turn - still[done]
                out.period[to] = np.where(cycle[done], turn - saved_at, 0)
                kept = np.flatnonzero(~done)
                if not len(kept):
                    break
                lanes, where, saved = lanes.take(kept), where[kept], saved[kept]
                profile = [a[kept] for a in profile]
            saved_at = saved_at_next
        return out

    def _round(self, lanes: Lanes, before: list[Actions], mixtures: list[NDArray[np.float64]] | None, turn: int) -> list[Actions]:
        """Everybody moves once; in the first round against ``mixtures``."""
        players = range(len(before))
        now = list(before)
        beliefs = None if mixtures is None else list(mixtures)

        def answer(i: int, others: list[Actions]) -> Actions:
            values = lanes.after_pure(i, others) if beliefs is None else lanes.after(i, beliefs)
            return reply(values, now[i], np.maximum(lanes.noise[i], self.rtol))

        if self.order == "simultaneous":
            return [answer(i, before) for i in players]
        if self.order == "sequential":
            for i in players:
                now[i] = answer(i, now)
                if beliefs is not None:
                    beliefs[i] = one_hot(now[i], lanes.shape[i])
            return now
        mover = orders(self.seed, turn, int(lanes.number.max()) + 1, len(before))[lanes.number]
        for place in players:
            for i in players:
                moves = mover[:, place] == i
                if moves.any():
                    now[i] = np.where(moves, answer(i, now), now[i])
                    if beliefs is not None:
                        beliefs[i] = np.where(moves, one_hot(now[i], lanes.shape[i]), beliefs[i])
        return now
