r"""Many small linear programmes at once: maximise c x subject to A x <= b, x >= 0, with b >= 0, so that x = 0 is a start.

The primal simplex method on condensed tableaux, one pivot of every programme a step, the batch last; programmes that are done are
recorded and dropped. Entering by the largest reduced cost, and after a while by the smallest label (Bland 1977), which cannot cycle.
Nothing is promised about rounding: whoever asks checks the answer, since x and the prices are each other's proof. The fall-back
`maximise_exactly` knows no rounding.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Optimum", "maximise", "maximise_exactly"]

COST = 2.0**-44  # reduced costs up to this are zero; programmes are scaled so that their numbers are about 1
PIVOT = 2.0**-40  # no pivot on less than this
GREEDY = 3  # times rows + columns: pivots before Bland's rule takes over
PATIENCE = 12  # times rows + columns: pivots before a programme is given up


class Optimum(NamedTuple):
    """Solutions ``x (columns, item)`` and ``prices (rows, item)`` of the constraints, at least 0 but for rounding."""

    x: NDArray[np.float64]
    prices: NDArray[np.float64]


def maximise(matrix: NDArray[np.float64], limits: NDArray[np.float64], gains: NDArray[np.float64]) -> Optimum:
    """Solve a batch of programmes.

    Parameters
    ----------
    matrix : ndarray, shape (rows, columns, item)
        A.
    limits : ndarray, shape (rows, item)
        b, at least 0.
    gains : ndarray, shape (columns, item)
        c.

    Returns
    -------
    Optimum
        A programme that is unbounded, or not done after many pivots, has the numbers of its last step.
    """
    rows, columns, items = matrix.shape
    table = np.empty((rows + 1, columns + 1, items))
    table[:rows, :columns], table[:rows, columns] = matrix, limits
    table[rows, :columns], table[rows, columns] = -gains, 0
    free = np.repeat(np.arange(columns)[:, None], items, axis=1)  # labels: columns of A first, then the slacks
    basic = np.repeat(np.arange(columns, columns + rows)[:, None], items, axis=1)
    level, worth = np.zeros((2, columns + rows, items))
    item = np.arange(items)
    step = 0
    while True:
        careful = step >= GREEDY * (rows + columns)
        cost = table[rows, :columns]
        eager = cost < -COST
        enter = (np.where(eager, free, columns + rows) if careful else cost).argmin(axis=0)
        column = np.take_along_axis(table, enter[None, None], axis=1)[:, 0]
        ratio = np.full((rows, len(item)), np.inf)
        np.divide(np.maximum(table[:rows, columns], 0), column[:rows], out=ratio, where=column[:rows] > PIVOT)
        least = ratio.min(axis=0)
        done = ~eager.any(axis=0) | (least == np.inf) | (step == PATIENCE * (rows + columns))
        if done.any():
            at = item[done]
            level[basic[:, done], at] = table[:rows, columns][:, done]
            worth[free[:, done], at] = cost[:, done]
            go = np.flatnonzero(~done)
            item, enter, least = item[go], enter[go], least[go]
            table, free, basic, column, ratio = (a.take(go, axis=-1) for a in (table, free, basic, column, ratio))
        if not len(item):
            return Optimum(level[:columns], worth[columns:])
        tied = ratio == least
        leave = np.where(tied, -basic if careful else column[:rows], -np.inf).argmax(axis=0)
        _pivot(table, enter, leave, column)
        lane = np.arange(len(item))
        free[enter, lane], basic[leave, lane] = basic[leave, lane], free[enter, lane]
        step += 1


def _pivot(table: NDArray[np.float64], enter: NDArray[np.intp], leave: NDArray[np.intp], column: NDArray[np.float64]) -> None:
    """Exchange a column and a row of every tableau, in place."""
    lane = np.arange(table.shape[-1])
    pivot = column[leave, lane]
    row = np.take_along_axis(table, leave[None, None], axis=0)[0] / pivot
    column[leave, lane] = 0  # so that the subtraction leaves the pivot row alone
    table -= column[:, None] * row
    np.put_along_axis(table, leave[None, None], row[None], axis=0)
    column /= -pivot
    column[leave, lane] = 1 / pivot
    np.put_along_axis(table, enter[None, None], column[:, None], axis=1)


def maximise_exactly(matrix: NDArray[np.float64], limits: NDArray[np.float64], gains: NDArray[np.float64]) -> Optimum:
    """Solve the same programmes in rational numbers, in a loop: for the few whose answer did not pass its check.

    A programme that takes too many pivots gets zeros.
    """
    rows, columns, items = matrix.shape
    x, prices = np.zeros((columns, items)), np.zeros((rows, items))
    for k in range(items):
        table = [[Fraction(v) for v in (*row, limit)] for row, limit in zip(matrix[..., k].tolist(), limits[:, k].tolist(), strict=True)]
        table.append([Fraction(-v) for v in gains[:, k].tolist()] + [Fraction(0)])
        free, basic = list(range(columns)), list(range(columns, columns + rows))
        if _solve_exactly(table, free, basic):
            for r, label in enumerate(basic):
                if label < columns:
                    x[label, k] = table[r][columns]
            for c, label in enumerate(free):
                if label >= columns:
                    prices[label - columns, k] = table[rows][c]
    return Optimum(x, prices)


def _solve_exactly(table: list[list[Fraction]], free: list[int], basic: list[int]) -> bool:
    """Pivot one tableau, in place, by Bland's rule; whether that came to its end."""
    rows, columns = len(basic), len(free)
    for _ in range(PATIENCE * (rows + columns)):
        eager = [(free[c], c) for c in range(columns) if table[rows][c] < 0]
        if not eager:
            return True
        enter = min(eager)[1]
        bounds = [(table[r][columns] / table[r][enter], basic[r], r) for r in range(rows) if table[r][enter] > 0]
        if not bounds:
            return False
        leave = min(bounds)[2]
        pivot = table[leave][enter]
        row = [v / pivot for v in table[leave]]
        row[enter] = 1 / pivot
        for r in range(rows + 1):
            factor = table[r][enter]
            if r != leave and factor:
                table[r][enter] = Fraction(0)
                table[r] = [v - factor * w for v, w in zip(table[r], row, strict=True)]
        table[leave] = row
        free[enter], basic[leave] = basic[leave], free[enter]
    return False
