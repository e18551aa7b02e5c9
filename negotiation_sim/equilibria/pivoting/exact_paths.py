"""Lemke-Howson paths in integers, one at a time: for the rare path that rounding leads astray.

Payoffs that are tied up to a few units of the smallest difference that floating point is trusted with can make a path come back to a
basis where it has been, or end beside an equilibrium. In integers no ratio is in doubt, ties are broken lexicographically, and every path
ends (B. von Stengel (2002), "Computing equilibria for two-person games", in R. J. Aumann and S. Hart (eds.), Handbook of Game Theory 3,
chapter 45, section 2.6). Divisions have no remainder: every entry of a tableau is a minor of the system (J. Edmonds (1967), "Systems of
distinct representatives and linear algebra", Journal of Research of the National Bureau of Standards 71B, 241-245).
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.extreme.integer_payoffs import as_fractions, as_integers

__all__ = ["exact_end"]

Floats = NDArray[np.float64]

CELLS = 144  # larger games take too long in integers,
DIGITS = 4096  # and so do payoffs that span more bits than this,
WORK = 2_000_000  # and paths of more pivots, times the cells that each of them rewrites


def exact_end(payoffs: Floats, label: int, limit: int) -> tuple[Floats, Floats] | None:
    """Follow the path of one game from one label, its payoffs being exactly the numbers given.

    Parameters
    ----------
    payoffs : ndarray, shape (2, rows, columns)
    label : int
        A row, or the number of rows plus a column.
    limit : int
        Most pivots.

    Returns
    -------
    tuple of ndarray or None
        Both players' mixtures at the end; None if the game is too large, or the path too long for integers.
    """
    _, rows, columns = payoffs.shape
    if rows * columns > CELLS:
        return None
    own = [as_integers(as_fractions(part)) for part in payoffs]
    if max(int(part.max()).bit_length() for part in own) > DIGITS:
        return None
    first, second = (part + (int(part.max()) or 1) for part in own)  # the highest is twice the lowest, as in floating point
    sides = _Tableau(second.T, 0, rows), _Tableau(first, rows, 0)
    turn, entering = (0 if label < rows else 1), label
    for _ in range(min(limit, WORK // (rows * columns))):
        entering = sides[turn].exchange(entering)
        turn = 1 - turn
        if entering == label:
            return sides[0].mixture(), sides[1].mixture()
    return None


class _Tableau:
    """The system ``payoffs z + s = 1`` of one player's mixtures: all entries are integers over one divisor, the last pivot.

    Parameters
    ----------
    payoffs : ndarray of int, shape (rows, columns)
        The other player's payoffs.
    own, slack : int
        First label of the columns, and of the rows.
    """

    def __init__(self, payoffs: NDArray[np.object_], own: int, slack: int) -> None:
        rows, self._columns = payoffs.shape
        one = np.array([[int(i == k) for k in range(rows)] for i in range(rows)], dtype=np.object_)
        right = np.full((rows, 1), 1, dtype=np.object_)
        self._body = np.concatenate([payoffs, right, one], axis=1)  # in the order in which ties are broken, after the payoffs
        self._own, self._slack = own, slack
        self._basis = list(range(slack, slack + rows))
        self._divisor = 1

    def exchange(self, entering: int) -> int:
        """Let one variable enter; which one leaves."""
        column = self._body[:, self._at(entering)].copy()
        row = self._leaving(column)
        pivot = column[row]
        old = self._body[row].copy()
        self._body = (self._body * pivot - column[:, None] * old) // self._divisor
        self._body[row] = old
        self._divisor = pivot
        left, self._basis[row] = self._basis[row], entering
        return left

    def _at(self, label: int) -> int:
        place = label - self._own
        return place if 0 <= place < self._columns else self._columns + 1 + label - self._slack

    def _leaving(self, column: NDArray[np.object_]) -> int:
        """Row with the lexicographically least ratio of the right-hand side, then of the slack variables' columns, to the column."""
        able = [i for i in range(len(column)) if column[i] > 0]
        for k in range(self._columns, self._body.shape[1]):
            if len(able) == 1:
                break
            ratio = [Fraction(self._body[i, k], column[i]) for i in able]
            least = min(ratio)
            able = [i for i, r in zip(able, ratio, strict=True) if r == least]
        return able[0]

    def mixture(self) -> Floats:
        """Probabilities in the present basis."""
        weights = np.zeros(self._columns, dtype=np.object_)
        for row, label in enumerate(self._basis):
            if 0 <= label - self._own < self._columns:
                weights[label - self._own] = self._body[row, self._columns]
        total = weights.sum()
        return np.array([float(Fraction(w, total)) for w in weights.tolist()])
