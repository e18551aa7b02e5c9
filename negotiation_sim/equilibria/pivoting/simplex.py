"""Optimal strategies of many matrix games at once, by the primal simplex method on condensed tableaux.

With all payoffs positive, the column player's problem is: maximise the sum of z subject to ``payoffs z <= 1``, ``z >= 0``. Its value is
1 / (value of the game), z over its sum is an optimal mixture of the columns, and the dual solution, read off the last row of the
tableau, over its sum one of the rows (G. B. Dantzig (1951), "A proof of the equivalence of the programming problem and the game
problem"). The slack variables are a first basis; the variable with the steepest reduced cost enters; lexicographic ties end every run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks
from negotiation_sim.equilibria.pivoting.tableaux import Floats, Labels, WideTableaux, lanes_that_fit, normalised
from negotiation_sim.status import Status

__all__ = ["Optimum", "optimal_strategies"]

OPTIMAL = 1e-11  # reduced costs above minus this are not negative
REFILL = 0.75  # lanes are dropped when fewer than this share are alive


@dataclass(frozen=True)
class Optimum:
    """Optimal strategies of a batch of matrix games.

    Parameters
    ----------
    first, second : ndarray, shape (rows, games) and (columns, games)
        Mixtures; 0 where the status is not OK.
    status : ndarray of int8, shape (games,)
        OK, MAX_ITER, or SINGULAR where the numbers were lost.
    slack : ndarray, shape (games,)
        How far each scaled payoff may move before these strategies could cease to be optimal, or to be the only ones: a lower bound.
    """

    first: Floats
    second: Floats
    status: NDArray[np.int8]
    slack: Floats

    @classmethod
    def blank(cls, rows: int, columns: int, games: int) -> Optimum:
        """Nothing solved yet."""
        status = np.full(games, Status.SINGULAR, dtype=np.int8)
        return cls(np.zeros((rows, games)), np.zeros((columns, games)), status, np.zeros(games))


def optimal_strategies(payoffs: Floats, limit: int) -> Optimum:
    """Solve matrix games whose payoffs to the row player, ``(rows, columns, games)``, lie between 1 and 2.

    Parameters
    ----------
    payoffs : ndarray, shape (rows, columns, games)
    limit : int
        Most pivots for a game.
    """
    rows, columns, games = payoffs.shape
    out = Optimum.blank(rows, columns, games)
    for part in chunks(games, lanes_that_fit((rows + 2) * (columns + 1), 32, 2048)):
        with np.errstate(all="ignore"):  # a lane that has lost its numbers is reported, not warned about
            _solve(payoffs[..., part], part.start, limit, out)
    return out


def _solve(payoffs: Floats, offset: int, limit: int, out: Optimum) -> None:
    rows, columns, games = payoffs.shape
    lane = game = np.arange(games)
    tableaux = WideTableaux(rows, columns, games, 0, rows, objective=True)
    tableaux.load(lane, payoffs)
    outside = np.repeat(np.arange(rows, rows + columns)[:, None], games, axis=1)  # label of each column
    alive = np.ones(games, dtype=bool)
    for time in range(limit + 1):
        costs = tableaux.body[rows, :columns]
        least = costs.min(axis=0)
        done = alive & (least >= -OPTIMAL)
        if done.any():
            some = np.flatnonzero(done)
            _store(tableaux, outside, some, offset + game[some], out)
            alive &= ~done
        living = np.count_nonzero(alive)
        if not living:
            return
        if time == limit:
            break
        if living < REFILL * len(alive):
            some = np.flatnonzero(alive)
            tableaux.keep(some)
            game, outside, least, alive = game[some], outside.take(some, axis=1), least[some], alive[some]
            lane, costs = np.arange(living), tableaux.body[rows, :columns]
        place = np.zeros(len(lane), dtype=np.intp)
        steepest = costs <= least
        for k in range(columns - 1, 0, -1):
            np.putmask(place, steepest[k], k)
        np.putmask(place, steepest[0], 0)
        place *= len(lane)
        place += lane
        entering = outside.reshape(-1).take(place)
        column = tableaux.column(entering)
        row, lost = tableaux.leaving(column)
        outside.reshape(-1)[place] = tableaux.pivot(entering, column, row)
        if lost is not None:
            alive &= ~lost
    out.status[offset + game[alive]] = Status.MAX_ITER


def _store(tableaux: WideTableaux, outside: Labels, lanes: Labels, games: Labels, out: Optimum) -> None:
    """Read both players' strategies off final tableaux."""
    rows, columns = tableaux.rows, tableaux.columns
    each = np.arange(len(lanes))
    body = tableaux.body[..., lanes]
    labels, values = tableaux.solution(lanes)
    primal, dual = np.zeros((2, rows + columns, len(lanes)))
    primal[labels, each] = values
    dual[outside[:, lanes], each] = body[rows, :columns]
    first, second = normalised(dual[:rows]), normalised(primal[rows:])
    out.first[:, games], out.second[:, games] = first, second
    out.status[games] = np.where(np.isfinite(first[0] + second[0]), np.int8(Status.OK), np.int8(Status.SINGULAR))
    # The tableau holds the inverse of the basis. Payoffs that move by d leave a basis invertible if its size times the norm of the inverse
    # times d is at most 1/4, and then move the basic values and the reduced costs by less than 4 (1 + norm) d.
    entries = np.abs(body[:rows, :columns])
    norm = np.maximum(entries.sum(axis=0).max(axis=0), entries.sum(axis=1).max(axis=0))
    least = np.minimum(values.min(axis=0), body[rows, :columns].min(axis=0))
    out.slack[games] = np.minimum(least, 1 / min(rows, columns)) / (4 * (1 + norm))
