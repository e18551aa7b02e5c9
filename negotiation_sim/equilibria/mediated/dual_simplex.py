"""The simplex method on many condensed tableaux at once, the batch last.

A tableau stands for the programme: maximise ``gains y`` subject to ``matrix y <= limits``, ``y >= 0``, with ``limits >= 0``, so that y = 0
is a start. The prices of its constraints solve the dual programme, which is the one that is asked about here: for that one the run is a
dual simplex method. The column with the largest gain enters; after a while it is the smallest label that enters and, among ties, the
smallest that leaves, and no basis can then come back (R. G. Bland (1977), "New finite pivoting rules for the simplex method", Mathematics
of Operations Research 2(2), 103-107).

Most programmes end after a few pivots, a few take many. Those that are left of one chunk go on beside the next, so that each call of numpy
has work to do. Every lane is computed by elementwise operations alone: its answer does not depend on its neighbours.

Nothing is promised about rounding: whoever asks checks the answer, since levels and prices are each other's proof.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["TableauRun", "lanes_in_cache"]

Floats = NDArray[np.float64]
Labels = NDArray[np.intp]

COST = 2.0**-44  # gains up to this are zero; programmes are scaled so that their numbers are about 1
FLOOR = 2.0**-44  # so are limits
PIVOT = 2.0**-36  # no pivot on less than this
GREEDY = 3  # times rows + columns: pivots before Bland's rule takes over
PATIENCE = 9  # times rows + columns: pivots before a programme whose numbers must be lost is given up
REFILL = 0.75  # lanes that are done are dropped when fewer than this share are alive
CACHE = 1 << 22  # bytes of tableaux side by side: rows long enough that a call of numpy has work to do


def lanes_in_cache(rows: int, columns: int) -> int:
    """How many tableaux of ``rows`` and ``columns`` to run side by side."""
    return int(max(16, min(2048, CACHE // (8 * (rows + 1) * (columns + 1)))))


class TableauRun:
    """Runs of many tableaux of one size, each to its end.

    Parameters
    ----------
    rows, columns : int
        Of the matrix.
    games : int
        How many programmes there are.
    limit : int
        Most pivots for one.

    Attributes
    ----------
    levels : ndarray, shape (columns, games)
        Solutions y; 0 where not done.
    prices : ndarray, shape (rows, games)
        Of the constraints; 0 where not done.
    least : ndarray, shape (games,)
        The smallest basic level: where it is positive, the prices are the only optimal ones.
    done : ndarray of bool, shape (games,)
        False where ``limit`` pivots, or a multiple of the size of the tableau, were not enough.
    """

    def __init__(self, rows: int, columns: int, games: int, limit: int) -> None:
        self.rows, self.columns, self.limit = rows, columns, min(limit, PATIENCE * (rows + columns))
        self._values = np.zeros((columns + rows, games))
        self._costs = np.zeros((columns + rows, games))
        self.levels, self.prices = self._values[:columns], self._costs[columns:]
        self.least = np.zeros(games)
        self.done = np.zeros(games, dtype=bool)
        # Labels: columns of the matrix first, then the slack of each row.
        self._table = np.empty((rows + 1, columns + 1, 0))
        self._free = np.empty((columns, 0), dtype=np.intp)
        self._basic = np.empty((rows, 0), dtype=np.intp)
        self._game = np.empty(0, dtype=np.intp)
        self._steps = np.empty(0, dtype=np.intp)
        self._prepare()

    def add(self, table: Floats, games: Labels) -> None:
        """Take further tableaux in, and drop those that are done.

        Parameters
        ----------
        table : ndarray, shape (rows + 1, columns + 1, n)
            The matrix, to its right the limits, below it minus the gains; the corner is 0.
        games : ndarray of int, shape (n,)
        """
        kept = np.flatnonzero(self._alive)
        free = np.repeat(np.arange(self.columns)[:, None], len(games), axis=1)
        basic = np.repeat(np.arange(self.columns, self.columns + self.rows)[:, None], len(games), axis=1)
        if len(kept):
            self._keep(kept)
            table = np.concatenate([self._table, table], axis=-1)
            free, basic = np.concatenate([self._free, free], axis=-1), np.concatenate([self._basic, basic], axis=-1)
        self._table, self._free, self._basic = table, free, basic
        self._game = np.concatenate([self._game[: len(kept)], games])
        self._steps = np.concatenate([self._steps[: len(kept)], np.zeros(len(games), dtype=np.intp)])
        self._prepare()

    def go(self, rest: int = 0) -> None:
        """Pivot until at most ``rest`` tableaux are not done."""
        rows, columns = self.rows, self.columns
        greedy = GREEDY * (rows + columns)
        while True:
            cost = self._table[rows, :columns]
            steepest = cost.min(axis=0, initial=0.0)
            ended = steepest >= -COST
            ended &= self._alive
            if ended.any():
                self._store(np.flatnonzero(ended), cost)
                self._alive &= ~ended
            living = int(np.count_nonzero(self._alive))
            if living <= rest:
                return
            if living < REFILL * len(self._alive):
                some = np.flatnonzero(self._alive)
                self._keep(some)
                steepest = steepest.take(some)
                self._prepare()
            longest = int(self._steps.max())
            if longest >= self.limit:
                self._alive &= self._steps < self.limit
                if not self._alive.any():
                    return
            self._pivot(steepest, longest >= greedy and self._steps >= greedy)
            self._steps += 1

    def _store(self, some: Labels, cost: Floats) -> None:
        at = self._game.take(some)
        value = self._table[: self.rows, self.columns].take(some, axis=1)
        self._values[self._basic.take(some, axis=1), at] = value
        self._costs[self._free.take(some, axis=1), at] = cost.take(some, axis=1)
        self.least[at] = value.min(axis=0, initial=np.inf)
        self.done[at] = True

    def _keep(self, some: Labels) -> None:
        self._table = self._table.take(some, axis=-1)
        self._free, self._basic = self._free.take(some, axis=1), self._basic.take(some, axis=1)
        self._game, self._steps = self._game.take(some), self._steps.take(some)

    def _prepare(self) -> None:
        height, width, lanes = self._table.shape
        self._alive = np.ones(lanes, dtype=bool)
        self._lane = np.arange(lanes)
        self._cells = np.arange(width)[:, None] * lanes + self._lane
        self._column = np.empty((height, lanes))
        self._row = np.empty((width, lanes))
        self._product = np.empty((width, lanes))
        self._speed = np.empty((height - 1, lanes))
        self._right = np.empty((height - 1, lanes))

    def _pivot(self, steepest: Floats, careful: NDArray[np.bool_] | bool) -> None:
        """One pivot in every lane; lanes that are done may lose their numbers."""
        rows, columns, lanes = self.rows, self.columns, len(self._lane)
        width = columns + 1
        table, flat = self._table, self._table.reshape(-1)
        enter = _first(table[rows, :columns] <= steepest)
        if careful is not False:
            eager = np.where(table[rows, :columns] < -COST, self._free, rows + columns).argmin(axis=0)
            enter = np.where(careful, eager, enter)
        at = enter * lanes
        at += self._lane
        column = table.reshape(rows + 1, width * lanes).take(at, axis=1, out=self._column, mode="clip")
        # The inverse of the step at which each basic variable gets to zero: no division by zero, and of ties the largest pivot.
        body, speed = column[:rows], self._speed
        right = np.maximum(table[:rows, columns], FLOOR, out=self._right)
        np.multiply(body, body > PIVOT, out=speed)
        speed /= right
        fastest = speed.max(axis=0, initial=0.0)
        # The dual of a programme that has a solution is bounded: a gain that nothing limits is rounding.
        endless = np.flatnonzero((fastest <= 0) & self._alive)
        leave = _first(speed >= fastest)
        if careful is not False:
            tied = speed >= fastest * (1 - FLOOR)
            leave = np.where(careful, np.where(tied, self._basic, rows + columns).argmin(axis=0), leave)
        # One update of rank one, which writes the row and the column of the pivot as well.
        out = leave * lanes
        out += self._lane
        old = flat.take(self._cells + leave * (width * lanes), out=self._row, mode="clip")
        entry = column.reshape(-1)
        pivot = entry.take(out)
        inverse = 1 / pivot
        old *= inverse
        old.reshape(-1)[at] = 1 + inverse
        entry[out] = pivot - 1
        if len(endless):
            old[:, endless] = 0
            table[rows, enter[endless], endless] = 0
        for line, weight in zip(table, column, strict=True):
            line -= np.multiply(old, weight, out=self._product)
        basic, free = self._basic.reshape(-1), self._free.reshape(-1)
        entered = free.take(at)
        if len(endless):
            entered[endless] = basic[out[endless]]
            basic[out[endless]] = free[at[endless]]
        free[at] = basic.take(out)
        basic[out] = entered


def _first(flags: NDArray[np.bool_]) -> Labels:
    """The first row of ``(n, lanes)`` that is true in each lane; the last if none is."""
    n = len(flags)
    kind = np.uint8 if n < 256 else np.uint16
    rank = np.arange(n, 0, -1, dtype=kind)[:, None]
    first: Labels = np.intp(n) - np.multiply(flags, rank, dtype=kind).max(axis=0).astype(np.intp)
    np.minimum(first, n - 1, out=first)
    return first
