"""Condensed simplex tableaux of many small systems at once, with lexicographic ties.

A system is ``body z + s = 1`` with ``z >= 0``, ``s >= 0`` and every entry of the body between 1 and 2, so that no variable can exceed 1.
A basic solution makes as many variables positive as there are rows. The condensed (Tucker) tableau of a basis writes its variables in
terms of the others: a row for each basic variable, a column for each other one, and the right-hand side. A pivot lets one variable enter
the basis; the leaving variable takes over its column. Variables go by labels, which the caller chooses.

Ties in the choice of the leaving variable are broken as if the right-hand side were 1 + eps, 1 + eps^2, ... for a very small eps: no
basis can then come back, so that paths end in degenerate systems too (B. von Stengel (2002), "Computing equilibria for two-person games",
in R. J. Aumann and S. Hart (eds.), Handbook of Game Theory 3, chapter 45, section 2.6).
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["CLOSE", "FLOOR", "STEEP", "Tableaux", "WideTableaux", "lanes_that_fit", "lexicographic_row", "normalised"]

Floats = NDArray[np.float64]
Labels = NDArray[np.intp]

FLOOR = 1e-9  # entries below this are rounding: no pivot is smaller
TIE = 1e-10  # variables below this, after a step, have got to zero together
CLOSE = 1e-9  # ratios that differ by less get the careful look
STEEP = 1e6  # so does a smallest ratio below 1 / STEEP, which may be zero
CACHE = 1 << 22  # bytes: a batch of tableaux and its scratch stay in cache


class Tableaux(Protocol):
    """A batch of tableaux, one a lane.

    Arrays of this interface have the lanes last: ``column (rows, lanes)``. A lane whose system is finished may go on pivoting: whatever
    enters, the numbers stay finite until the lane is loaded again.
    """

    @property
    def lanes(self) -> int:
        """Number of lanes."""

    @property
    def first_slack(self) -> int:
        """Label of the first row's slack variable; the others follow."""

    @property
    def settled(self) -> bool:
        """Whether lanes may be loaded or dropped now. Rounding then depends on the lane's own pivots alone."""

    def load(self, lanes: Labels, bodies: Floats) -> None:
        """Start afresh in some lanes with the slack variables basic; ``bodies`` in the layout of `Systems`."""

    def column(self, entering: Labels) -> Floats:
        """Coefficients of one nonbasic variable in each lane; shape ``(rows, lanes)``. Overwritten by the next call and by `pivot`."""

    def leaving(self, column: Floats) -> tuple[Labels, NDArray[np.bool_] | None]:
        """Row that leaves in each lane, and which lanes have lost their numbers (None if none has)."""

    def pivot(self, entering: Labels, column: Floats, row: Labels) -> Labels:
        """Exchange variables in each lane, `column` being the last one asked for; returns the labels that left."""

    def nonbasic_part(self, label: int, lanes: Labels) -> Floats:
        """Column of one label in some lanes, meaningless where it is basic; shape ``(rows, n)``."""

    def solution(self, lanes: Labels) -> tuple[NDArray[np.integer], Floats]:
        """Labels and values of the basic variables of some lanes; shapes ``(rows, n)``."""

    def keep(self, lanes: Labels) -> None:
        """Drop all other lanes."""


class WideTableaux:
    """Tableaux with the lane as the fastest axis: best for small systems.

    Parameters
    ----------
    rows, columns : int
    lanes : int
    first_slack, first_column : int
        Labels of the variables that start in the rows and in the columns; together they are ``0`` to ``rows + columns - 1``.
    objective : bool
        Add a last row that takes part in pivots but never leaves; it starts as -1 in every column and 0 on the right-hand side.
    """

    def __init__(self, rows: int, columns: int, lanes: int, first_slack: int, first_column: int, objective: bool = False) -> None:
        self.rows, self.columns = rows, columns
        self.first_slack, self.first_column = first_slack, first_column
        self.body = np.empty((rows + objective, columns + 1, lanes))
        self.basis = np.zeros((rows, lanes), dtype=np.int32)
        self.place = np.zeros((rows + columns, lanes), dtype=np.int32)  # column of each nonbasic label; elsewhere any column
        self._scratch()

    def _scratch(self) -> None:
        height, width, lanes = self.body.shape
        self._lane = np.arange(lanes)
        self._cells = np.arange(width)[:, None] * lanes + self._lane
        self._entry = self.place[0]
        self._at = self._lane
        self._product = np.empty(self.body.shape)
        self._column = np.empty((height, lanes))
        self._row = np.empty((width, lanes))
        self._ratio = np.empty((self.rows, lanes))
        self._best = np.empty((self.rows, lanes), dtype=bool)

    @property
    def lanes(self) -> int:
        """Number of lanes."""
        return len(self._lane)

    @property
    def settled(self) -> bool:
        """Always: every pivot is carried out at once."""
        return True

    def load(self, lanes: Labels, bodies: Floats) -> None:
        """Start afresh in some lanes; ``bodies`` has shape ``(rows, columns, n)``."""
        here = slice(None) if len(lanes) == self.lanes else lanes
        self.body[: self.rows, :-1, here] = bodies
        self.body[: self.rows, -1, here] = 1
        if len(self.body) > self.rows:
            self.body[-1, :-1, here] = -1
            self.body[-1, -1, here] = 0
        self.basis[:, here] = np.arange(self.first_slack, self.first_slack + self.rows, dtype=np.int32)[:, None]
        self.place[self.first_column : self.first_column + self.columns, here] = np.arange(self.columns, dtype=np.int32)[:, None]

    def column(self, entering: Labels) -> Floats:
        """Coefficients of one nonbasic variable in each lane; shape ``(rows, lanes)``, with the objective as a last row."""
        lanes = self.lanes
        self._entry = self.place.reshape(-1).take(entering * lanes + self._lane)
        self._at = self._entry * np.intp(lanes)
        self._at += self._lane
        return self.body.reshape(len(self.body), -1).take(self._at, axis=1, out=self._column, mode="clip")

    def leaving(self, column: Floats) -> tuple[Labels, NDArray[np.bool_] | None]:
        """Row that leaves in each lane, and which lanes have lost their numbers (None if none has)."""
        column = column[: self.rows]
        inverse = self._ratio  # of the step at which each basic variable gets to zero: no division by zero
        np.maximum(self.body[: self.rows, -1], FLOOR, out=inverse)
        np.divide(column, inverse, out=inverse)
        highest = inverse.max(axis=0)
        best = np.greater_equal(inverse, highest / (1 + CLOSE * highest), out=self._best)
        row = np.zeros(self.lanes, dtype=np.intp)
        for k in range(1, self.rows):
            np.putmask(row, best[k], k)
        if np.count_nonzero(best) == self.lanes and highest.max() < STEEP:
            return row, None
        doubtful = np.flatnonzero((best.sum(axis=0, dtype=np.int32) != 1) | ~(highest < STEEP))
        if not len(doubtful):
            return row, None
        part = np.ascontiguousarray(column[:, doubtful])
        row[doubtful], lost = lexicographic_row(self, part, self.body[: self.rows, -1, doubtful], self.basis[:, doubtful], doubtful)
        if not lost.any():
            return row, None
        failed = np.zeros(self.lanes, dtype=bool)
        failed[doubtful[lost]] = True
        return row, failed

    def pivot(self, entering: Labels, column: Floats, row: Labels) -> Labels:
        """Exchange variables in each lane, by one update of rank one that also writes the pivot's row and column."""
        lanes, width = self.lanes, self.columns + 1
        out = row * lanes
        out += self._lane
        old = self.body.reshape(-1).take(self._cells + row * (width * lanes), out=self._row, mode="clip")
        flat = column.reshape(-1)
        pivot = flat.take(out)
        inverse = 1 / pivot
        old *= inverse
        old.reshape(-1)[self._at] = 1 + inverse
        flat[out] = pivot - 1
        np.multiply(column[:, None], old, out=self._product)
        self.body -= self._product
        labels = self.basis.reshape(-1)
        left = labels.take(out).astype(np.intp)
        labels[out] = entering
        self.place.reshape(-1)[left * lanes + self._lane] = self._entry
        return left

    def nonbasic_part(self, label: int, lanes: Labels) -> Floats:
        """Column of one label in some lanes, meaningless where it is basic; shape ``(rows, n)``."""
        out: Floats = self.body[: self.rows, self.place[label, lanes], lanes]
        return out

    def solution(self, lanes: Labels) -> tuple[NDArray[np.integer], Floats]:
        """Labels and values of the basic variables of some lanes; shapes ``(rows, n)``."""
        return self.basis.take(lanes, axis=1), self.body[: self.rows, -1].take(lanes, axis=1)

    def keep(self, lanes: Labels) -> None:
        """Drop all other lanes."""
        self.body = self.body.take(lanes, axis=-1)
        self.basis = self.basis.take(lanes, axis=-1)
        self.place = self.place.take(lanes, axis=-1)
        self._scratch()


def lexicographic_row(
    tableaux: Tableaux, column: Floats, right: Floats, basis: NDArray[np.integer], lanes: Labels
) -> tuple[Labels, NDArray[np.bool_]]:
    """Find the leaving row where ratios are tied, by the columns of the slack variables.

    Parameters
    ----------
    tableaux : Tableaux
    column, right : ndarray, shape (rows, n)
        The entering column and the right-hand side in the lanes looked at.
    basis : ndarray of int, shape (rows, n)
    lanes : ndarray of int, shape (n,)

    Returns
    -------
    row : ndarray of int, shape (n,)
    lost : ndarray of bool, shape (n,)
        No entry of the column is positive, which can't be in exact arithmetic.
    """
    able = column > FLOOR
    divisor = np.where(able, column, 1.0)
    ratio = np.where(able, np.maximum(right, 0) / divisor, np.inf)
    left = able & (ratio <= ratio.min(axis=0) + TIE / np.maximum(column.max(axis=0), 1))
    for label in range(tableaux.first_slack, tableaux.first_slack + len(column)):
        tied = np.flatnonzero(left.sum(axis=0, dtype=np.int32) > 1)
        if not len(tied):
            break
        own = basis[:, tied] == label
        slack = np.where(own.any(axis=0), own, tableaux.nonbasic_part(label, lanes[tied]))
        ratio = np.where(left[:, tied], slack / divisor[:, tied], np.inf)
        least = ratio.min(axis=0)
        left[:, tied] &= ratio <= least + TIE * (1 + np.abs(least))
    return left.argmax(axis=0), ~left.any(axis=0)


def lanes_that_fit(cells: int, least: int, most: int) -> int:
    """Lanes for two batches of tableaux with scratch in cache; not too few, so that each call has work to do."""
    return max(least, min(most, CACHE // (24 * cells)))


def normalised(weights: Floats) -> Floats:
    """Turn weights ``(n, lanes)``, at least 0 but for rounding, into probabilities; summed in order, so alike for any number of lanes."""
    mixture: Floats = np.maximum(weights, 0)
    mixture /= np.add.accumulate(mixture, axis=0)[-1]
    return mixture
