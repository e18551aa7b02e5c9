"""Condensed tableaux of larger systems: pivots are collected and carried out four at a time, as one product of matrices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.pivoting.tableaux import CLOSE, FLOOR, STEEP, Floats, Labels, lexicographic_row

__all__ = ["DeferredTableaux"]

COLLECTED = 4  # pivots before the tableaux are rewritten


class DeferredTableaux:
    """Tableaux with the lane as the slowest axis; obeys `Tableaux`.

    A pivot changes a tableau by a product of a column and a row. Only the column that enters, the row that leaves and the right-hand side
    must be known at once: they are computed from the last written tableau and the products since.

    Parameters
    ----------
    rows, columns : int
    lanes : int
    first_slack, first_column : int
        Labels of the variables that start in the rows and in the columns; together they are ``0`` to ``rows + columns - 1``.
    """

    def __init__(self, rows: int, columns: int, lanes: int, first_slack: int, first_column: int) -> None:
        self.rows, self.columns = rows, columns
        self.first_slack, self.first_column = first_slack, first_column
        self.body = np.empty((lanes, rows, columns))
        self.right = np.empty((lanes, rows))
        self.basis = np.zeros((lanes, rows), dtype=np.intp)
        self.place = np.zeros((lanes, rows + columns), dtype=np.intp)  # column of each nonbasic label; elsewhere any column
        self._scratch()

    def _scratch(self) -> None:
        lanes, rows, columns = self.body.shape
        self._lane = np.arange(lanes)
        self._entry = self._lane
        self._collected = 0
        self._factor_columns = np.empty((lanes, COLLECTED, rows))
        self._factor_rows = np.empty((lanes, COLLECTED, columns))
        self._product = np.empty(self.body.shape)

    @property
    def lanes(self) -> int:
        """Number of lanes."""
        return len(self._lane)

    @property
    def settled(self) -> bool:
        """Whether no pivot waits to be carried out."""
        return self._collected == 0

    def load(self, lanes: Labels, bodies: Floats) -> None:
        """Start afresh in some lanes; ``bodies`` has shape ``(n, rows, columns)``."""
        self.body[lanes] = bodies
        self.right[lanes] = 1
        self.basis[lanes] = np.arange(self.first_slack, self.first_slack + self.rows)
        self.place[lanes, self.first_column : self.first_column + self.columns] = np.arange(self.columns)

    def _write(self) -> None:
        if self._collected:
            columns, rows = self._factor_columns[:, : self._collected], self._factor_rows[:, : self._collected]
            np.matmul(columns.transpose(0, 2, 1), rows, out=self._product)
            self.body -= self._product
            self._collected = 0

    def _part(self, place: Labels, lanes: Labels) -> Floats:
        """One column of each of some lanes; shape ``(n, rows)``."""
        part: Floats = self.body[lanes, :, place]
        if self._collected:
            weights = self._factor_rows[lanes, : self._collected, place]
            columns = self._factor_columns[:, : self._collected]
            part -= np.matmul(weights[:, None], columns if lanes is self._lane else columns[lanes])[:, 0]
        return part

    def column(self, entering: Labels) -> Floats:
        """Coefficients of one nonbasic variable in each lane; shape ``(rows, lanes)``."""
        self._entry = self.place[self._lane, entering]
        return self._part(self._entry, self._lane).T

    def leaving(self, column: Floats) -> tuple[Labels, NDArray[np.bool_] | None]:
        """Row that leaves in each lane, and which lanes have lost their numbers (None if none has)."""
        inverse = np.maximum(self.right, FLOOR)
        np.divide(column.T, inverse, out=inverse)
        row = inverse.argmax(axis=1)
        highest = inverse[self._lane, row]
        best = inverse >= (highest / (1 + CLOSE * highest))[:, None]
        if np.count_nonzero(best) == self.lanes and highest.max() < STEEP:
            return row, None
        doubtful = np.flatnonzero((best.sum(axis=1, dtype=np.int32) != 1) | ~(highest < STEEP))
        if not len(doubtful):
            return row, None
        part = column[:, doubtful]
        row[doubtful], lost = lexicographic_row(self, part, self.right[doubtful].T, self.basis[doubtful].T, doubtful)
        if not lost.any():
            return row, None
        failed = np.zeros(self.lanes, dtype=bool)
        failed[doubtful[lost]] = True
        return row, failed

    def pivot(self, entering: Labels, column: Floats, row: Labels) -> Labels:
        """Exchange variables in each lane; the product is kept for later."""
        lane, entry, new = self._lane, self._entry, column.T
        old = self.body[lane, row]
        if self._collected:
            weights = self._factor_columns[lane, : self._collected, row]
            old -= np.matmul(weights[:, None], self._factor_rows[:, : self._collected])[:, 0]
        pivot = new[lane, row]
        inverse = 1 / pivot
        old *= inverse[:, None]
        old[lane, entry] = 1 + inverse
        step = self.right[lane, row] * inverse
        self.right -= new * step[:, None]
        self.right[lane, row] = step
        new[lane, row] = pivot - 1
        self._factor_columns[:, self._collected] = new
        self._factor_rows[:, self._collected] = old
        self._collected += 1
        if self._collected == COLLECTED:
            self._write()
        left = self.basis[lane, row]
        self.basis[lane, row] = entering
        self.place[lane, left] = entry
        return left

    def nonbasic_part(self, label: int, lanes: Labels) -> Floats:
        """Column of one label in some lanes, meaningless where it is basic; shape ``(rows, n)``."""
        return self._part(self.place[lanes, label], lanes).T

    def solution(self, lanes: Labels) -> tuple[NDArray[np.integer], Floats]:
        """Labels and values of the basic variables of some lanes; shapes ``(rows, n)``."""
        return self.basis[lanes].T, self.right[lanes].T

    def keep(self, lanes: Labels) -> None:
        """Drop all other lanes."""
        self.body, self.right = self.body[lanes], self.right[lanes]
        self.basis, self.place = self.basis[lanes], self.place[lanes]
        self._scratch()
