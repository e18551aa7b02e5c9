"""The best plan of a mediator for every game of a batch: tableaux side by side, HiGHS for the rest, and the proof of each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks
from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.mediated.dual_simplex import TableauRun, lanes_in_cache
from negotiation_sim.equilibria.mediated.goals import Goal
from negotiation_sim.equilibria.mediated.incentives import (
    count_temptations,
    first_largest,
    gains_of,
    is_obeyed,
    shares_of,
    spread,
    tableaux,
)
from negotiation_sim.equilibria.mediated.obedience import disobedience, expected_payoffs, upper_bound
from negotiation_sim.equilibria.mediated.single_programme import best_plan
from negotiation_sim.status import Status

__all__ = ["Optimum", "Task", "optimise"]

Floats = NDArray[np.float64]

LARGE = 50_000  # entries of a tableau beyond which HiGHS takes over, one game at a time
BLOCK = 8  # times the tableaux that run side by side: games that are solved as one pool
ALONE = 1e-9  # reduced costs above this are positive
EVALUATION = 16.0  # rounding of an expected payoff, in units of the rounding of the payoffs
FLOATS = 2.0**-50  # rounding of a sum of payoffs of size 1; prices multiply it in the bound
MOST = 1e-6  # however high they are, no gap passes that is larger


@dataclass(frozen=True)
class Task:
    """What to do: the goal, the kind of obedience, and how.

    Parameters
    ----------
    goal : Goal
    coarse : bool
    rtol : float
    max_iter : int
    method : {"auto", "simplex", "highs"}
    """

    goal: Goal
    coarse: bool = False
    rtol: float = 1e-9
    max_iter: int = 100_000
    method: str = "auto"


@dataclass(frozen=True)
class Optimum:
    """The best plans of a batch, games last; NaN where the status is not OK.

    Parameters
    ----------
    distribution : ndarray, shape (a_0, ..., a_{N-1}, games)
    payoffs : ndarray, shape (player, games)
    value : ndarray, shape (games,)
        Of the goal, in the user's units.
    regret : ndarray, shape (games,)
        Largest gain of any player from disobeying, as a share of the player's payoff range.
    gap : ndarray, shape (games,)
        By how much a better plan could exceed this one, at most, as a share of the range of the goal's largest term.
    unique : ndarray of bool, shape (games,)
    status : ndarray of int8, shape (games,)
    by_highs : ndarray of bool, shape (games,)
        HiGHS solved the game.
    """

    distribution: Floats
    payoffs: Floats
    value: Floats
    regret: Floats
    gap: Floats
    unique: NDArray[np.bool_]
    status: NDArray[np.int8]
    by_highs: NDArray[np.bool_]


def optimise(tensor: Floats, task: Task) -> Optimum:
    """Solve games ``(player, a_0, ..., a_{N-1}, games)``."""
    players, shape, games = len(tensor), tensor.shape[1:-1], tensor.shape[-1]
    out = Optimum(
        np.empty((*shape, games)),
        np.empty((players, games)),
        np.empty(games),
        np.empty(games),
        np.empty(games),
        np.zeros(games, dtype=bool),
        np.full(games, Status.NOT_FINITE, dtype=np.int8),
        np.zeros(games, dtype=bool),
    )
    size = (math.prod(shape) + 1) * (count_temptations(shape, task.coarse) + players + 1)
    alone = task.method == "highs" or (task.method == "auto" and size > LARGE)
    lanes = lanes_in_cache(math.prod(shape), count_temptations(shape, task.coarse) + players)
    with np.errstate(all="ignore"):  # a lane that has lost its numbers is reported, not warned about
        for part in chunks(games, BLOCK * lanes):
            _Block(tensor[..., part], part, task, lanes).solve(out, alone)
    return out


class _Block:
    """Some games of a batch, their payoffs scaled."""

    def __init__(self, tensor: Floats, games: slice, task: Task, lanes: int) -> None:
        self.tensor, self.games, self.task, self.lanes = tensor, games, task, lanes
        self.scale = Resolution.of(tensor)
        self.finite = self.scale.finite
        self.tolerance = self.scale.tolerance(task.rtol)
        self.terms = task.goal.terms(tensor, shares_of(tensor, self.scale), self.scale, games)
        count = tensor.shape[-1]
        self.distribution = np.zeros((self.terms.shape[1], count))
        self.weights = np.zeros((len(self.terms), count))
        self.weights[0] = 1
        self.prices = np.zeros((count_temptations(self.shape, task.coarse), count))
        self.unique = np.zeros(count, dtype=bool)
        self.status = np.where(self.finite, np.int8(Status.SINGULAR), np.int8(Status.NOT_FINITE))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.tensor.shape[1:-1]

    def solve(self, out: Optimum, alone: bool) -> None:
        """Solve, check, and write what holds."""
        every = np.flatnonzero(self.finite)
        by_highs = np.zeros(len(self.finite), dtype=bool)
        if not alone:
            self._side_by_side()
            self._judge(out, every)
        if self.task.method != "simplex":
            left = every if alone else every[self.status[every] != Status.OK]
            if len(left):
                self._one_by_one(left)
                by_highs[left] = True
                self._judge(out, left)
        here = self.games
        lost = self.status != Status.OK
        out.status[here], out.by_highs[here] = self.status, by_highs
        out.unique[here] = self.unique & ~lost
        out.distribution.reshape(-1, out.distribution.shape[-1])[:, here] = self.distribution
        if lost.any():
            at = np.flatnonzero(lost) + here.start
            for values in (out.distribution, out.payoffs, out.value, out.regret, out.gap):
                values[..., at] = np.nan

    def _side_by_side(self) -> None:
        start = first_largest(self.terms[0])
        games = len(start)
        self.distribution[start, np.arange(games)] = 1
        left = self.finite.copy()
        if len(self.terms) == 1:
            # A profile that is best for the mediator and obeyed on its own needs no programme.
            left &= ~is_obeyed(self.tensor, self.tolerance, start)
            rivals = (self.terms[0] > self.terms[0].max(axis=0) - ALONE).sum(axis=0)
            self.unique[:] = rivals == 1
            self.status[self.finite] = Status.OK
        todo = np.flatnonzero(left)
        if not len(todo):
            return
        profiles, kinds, more = self.terms.shape[1], len(self.prices), len(self.terms) - 1
        run = TableauRun(profiles - 1 + (more > 0), kinds + more + 1, len(todo), self.task.max_iter)
        for part in chunks(len(todo), self.lanes):
            some = todo[part]
            tensor, unit, tolerance = (a.take(some, axis=-1) for a in (self.tensor, self.scale.unit, self.tolerance))
            gains, self.prices[:, some] = gains_of(tensor, unit, tolerance, self.task.coarse)
            run.add(tableaux(gains, self.terms.take(some, axis=-1), start[some]), np.arange(part.start, part.stop))
            run.go(self.lanes // 4)
        run.go()
        self.distribution[:, todo] = spread(run.prices[: profiles - 1], start[todo])
        self.prices[:, todo] *= np.maximum(run.levels[:kinds], 0)  # prices were those of the scaled rows
        if more:
            self._set_weights(todo, run.levels[kinds : kinds + more])
        self.unique[todo] = run.least > ALONE
        self.status[todo] = np.where(run.done, np.int8(Status.OK), np.int8(Status.MAX_ITER))

    def _set_weights(self, todo: NDArray[np.intp], levels: Floats) -> None:
        weights = np.maximum(levels, 0)
        total = np.zeros(len(todo))
        for row in weights:
            total += row
        first = np.maximum(1 - total, 0)
        total += first
        self.weights[0, todo], self.weights[1:, todo] = first / total, weights / total

    def _one_by_one(self, left: NDArray[np.intp]) -> None:
        for k in left:
            payoffs, unit, tolerance = self.tensor[..., k], self.scale.unit[:, k], self.tolerance[:, k]
            plan = best_plan(payoffs, unit, tolerance, self.terms[..., k], self.task.coarse, self.task.max_iter)
            self.distribution[:, k], self.weights[:, k], self.prices[:, k] = plan.distribution, plan.weights, plan.prices
            self.status[k], self.unique[k] = plan.status, False

    def _judge(self, out: Optimum, some: NDArray[np.intp]) -> None:
        """Recompute what the plans of some games are worth; one that does not hold gets the status SINGULAR."""
        for part in chunks(len(some), 4 * self.lanes):
            k = some[part]
            where = k + self.games.start
            tensor, chance, prices = (a.take(k, axis=-1) for a in (self.tensor, self.distribution, self.prices))
            terms, weights, unit, rounding = (a.take(k, axis=-1) for a in (self.terms, self.weights, self.scale.unit, self.scale.rounding))
            cells = chance.reshape((*self.shape, len(k)))
            out.payoffs[:, where] = payoffs = expected_payoffs(tensor, cells)
            out.value[where] = self.task.goal.value(payoffs, chance, where)
            gains = disobedience(tensor, cells, self.task.coarse)
            gains[gains <= rounding] = 0
            regret = (gains / unit).max(axis=0)
            reached = np.full(len(k), np.inf)
            for term in terms:
                np.minimum(reached, expected_payoffs(term[None], chance)[0], out=reached)
            excess = upper_bound(tensor, unit, self.tolerance.take(k, axis=-1), terms, weights, prices, self.task.coarse) - reached
            out.regret[where], out.gap[where] = regret, np.maximum(excess, 0)
            blur = FLOATS + EVALUATION * (rounding / unit).max(axis=0)
            charged = np.minimum(blur * np.maximum(prices.max(axis=0, initial=0), 1), MOST)
            # A plan worth more than the bound owes it to a disobedience within the tolerance: the best plan proper is another one.
            holds = (regret <= 2 * self.task.rtol + blur) & (np.abs(excess) <= self.task.rtol + charged)
            self.status[k[(self.status[k] == Status.OK) & ~holds]] = Status.SINGULAR
