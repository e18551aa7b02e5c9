"""Gauss-Jordan elimination of many small square matrices at once; a singular one spoils no other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Reduced", "reduce_rows"]

NEGLIGIBLE = 1e-11  # share of the largest entry of a column below which a pivot is rounding


class Reduced(NamedTuple):
    """Row operations that bring matrices close to the identity.

    ``rows`` (D, D, item): row c times the matrix is the unit vector c, up to columns that have no pivot; where column c has none, row c
    times the matrix is nearly zero. ``pivoted`` (D, item): whether column c has a pivot.
    """

    rows: NDArray[np.float64]
    pivoted: NDArray[np.bool_]


def reduce_rows(matrix: NDArray[np.float64], negligible: float = NEGLIGIBLE, floor: float = 1e-14) -> Reduced:
    """Reduce matrices (D, D, item) by rows, with the largest pivots of each column.

    A pivot counts as zero up to ``negligible`` times the largest entry of its column, and up to ``floor``.
    """
    size, _, count = matrix.shape
    table = np.zeros((size, 2 * size, count))
    table[:, :size] = matrix
    for r in range(size):
        table[r, size + r] = 1
    limit = np.maximum(np.abs(matrix).max(axis=0) * negligible, floor)
    lane, flat = np.arange(count), table.reshape(-1)
    columns = np.arange(2 * size)[:, None] * count + lane
    free = np.ones((size, count))
    place = np.empty((size, count), dtype=np.intp)
    pivoted = np.empty((size, count), dtype=bool)
    for c in range(size):
        height = np.abs(table[:, c])
        height *= free
        at = height.argmax(axis=0)
        found = height.max(axis=0) > limit[c]
        where = columns[c:] + at * (2 * size * count)
        pivot_row = flat.take(where)
        pivot_row /= np.where(found, pivot_row[0], 1.0)
        factor = table[:, c] * found
        here = at * count + lane
        factor.reshape(-1)[here] = 0
        table[:, c:] -= factor[:, None] * pivot_row
        flat[where] = pivot_row
        free.reshape(-1)[here] *= ~found
        pivoted[c], place[c] = found, np.where(found, at, -1)
    if not pivoted.all():
        lacking, left = np.argsort(pivoted, axis=0, kind="stable"), np.argsort(free == 0, axis=0, kind="stable")
        for column, row in zip(lacking, left, strict=True):
            some = np.flatnonzero(~pivoted[column, lane])
            place[column[some], some] = row[some]
    return Reduced(flat.take(columns[size:] + place[:, None] * (2 * size * count)), pivoted)
