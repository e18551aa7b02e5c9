"""Short Lemke-Howson paths of many small games in step: all are at the same pivot, and no tableau is ever written.

A tableau is the product of its pivots and the payoffs (the product form of the inverse: G. B. Dantzig and W. Orchard-Hays (1954), "The
product form for the inverse in the simplex method", Mathematical Tables and Other Aids to Computation 8, 64-67). A pivot needs one column
of it: a column of the payoffs, to which the earlier pivots of that player are applied in turn. For pivot t + 1 of a player with n rows
that takes ``2 n t`` operations, where rewriting the tableau takes ``2 n^2`` and moves more memory.

Only paths without ties are followed here. One that meets a tie, loses digits or does not end in time is left to
`negotiation_sim.equilibria.pivoting.complementary_paths`, which starts it again. That depends on the game and the label alone, not on
the games that happen to be beside it, and the end of a path is the same, up to rounding, whoever follows it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks
from negotiation_sim.equilibria.pivoting.tableaux import CLOSE, FLOOR, STEEP, Floats, Labels

__all__ = ["LONGEST", "follow_short"]

LONGEST = 32  # most pivots: later ones cost more than a tableau does
BLOCK = 1 << 23  # bytes of payoffs worked on at a time: calls must have work to do until the last path has ended
DENSE = 0.6  # lanes that have ended are dropped when fewer than this share is alive,
FEW = 256  # unless there are no more lanes than this: calls would cost more than the lanes


def follow_short(
    tensor: Floats, unit: Floats, games: Labels, label: int, limit: int, mixtures: tuple[Floats, Floats]
) -> tuple[Labels, Labels]:
    """Follow the path from one label in some games, and write its end where it is simple and short.

    Parameters
    ----------
    tensor : ndarray, shape (player, rows, columns, all games)
    unit : ndarray, shape (player, all games)
        Range of each player's payoffs, or anything positive where that is 0.
    games : ndarray of int, shape (n,)
    label : int
        A row, or the number of rows plus a column.
    limit : int
        Most pivots.
    mixtures : tuple of ndarray, shapes (rows, all games) and (columns, all games)
        Both players' mixtures; 0 in these games.

    Returns
    -------
    given_up, late : ndarray of int
        The games whose paths met a tie or lost digits, and those whose paths go on after `limit` pivots.
    """
    if limit < 1:
        return games, games[:0]
    rows = tensor.shape[1]
    given_up, late = [games[:0]], [games[:0]]
    for part in chunks(len(games), max(64, BLOCK // (16 * rows * tensor.shape[2]))):
        here = games[part]
        payoffs = tensor.take(here, axis=-1)
        payoffs -= payoffs[:, :1, :1].copy()
        payoffs /= unit.take(here, axis=1)[:, None, None]  # in [-1, 1]: to know the lowest would take a look at all of them
        sides = _Side(payoffs[1].transpose(1, 0, 2), 0, rows), _Side(payoffs[0], rows, 0)
        with np.errstate(all="ignore"):  # a lane that has lost its numbers is given up, not warned about
            ended, going = _follow(sides, label, limit)
        lost = np.ones(len(here), dtype=bool)
        lost[going] = False
        late.append(here[going])
        if ended:
            path, *solutions = (np.concatenate(each, axis=-1) for each in zip(*ended, strict=True))
            lost[path] = False
            for side, out, basis, values in zip(sides, mixtures, solutions[::2], solutions[1::2], strict=True):
                side.write(out, here.take(path), basis, values)
        given_up.append(here[lost])
    return np.concatenate(given_up), np.concatenate(late)


def _follow(sides: tuple[_Side, _Side], label: int, limit: int) -> tuple[list[tuple[NDArray[np.generic], ...]], Labels]:
    """Take all paths to their ends: which paths ended, with the basis and its values of both sides, by pivots; and which go on."""
    ended: list[tuple[NDArray[np.generic], ...]] = []
    turn = 0 if label < sides[0].columns else 1
    path = np.arange(sides[0].width)
    entering, alive = np.full(len(path), label), np.ones(len(path), dtype=bool)
    for _ in range(limit):
        entering, doubt = sides[turn].exchange(entering)
        turn = 1 - turn
        if doubt is not None:
            alive &= ~doubt
        closed = entering == label
        closed &= alive
        lanes = np.flatnonzero(closed)
        if len(lanes):
            alive[lanes] = False
            ended.append((path.take(lanes), *(each.take(lanes, axis=1) for side in sides for each in (side.basis, side.right))))
        living = np.count_nonzero(alive)
        if not living:
            break
        if len(alive) > FEW and living < DENSE * len(alive):
            lanes = np.flatnonzero(alive)
            for side in sides:
                side.keep(lanes)
            path, entering, alive = path.take(lanes), entering.take(lanes), alive.take(lanes)
    return ended, path[alive]


class _Side:
    """The system of one player's mixtures, and the pivots in it so far; the lane is the last axis.

    Variables go by labels: the player's own actions are the columns of the system, the other player's actions its slack variables.

    Parameters
    ----------
    payoffs : ndarray, shape (rows, columns, lanes)
        The other player's payoffs, mapped to [-1, 1]; the rows are that player's actions.
    own, slack : int
        First label of the columns, and of the rows.
    """

    def __init__(self, payoffs: Floats, own: int, slack: int) -> None:
        self.rows, self.columns, self.width = payoffs.shape
        self.own, self.slack = own, slack
        # A row for each constraint: the lanes of each column side by side, then a column for each slack variable, alike in all lanes.
        cells = self.columns * self.width
        self._body = np.empty((self.rows, cells + self.rows))
        np.add(payoffs, 2, out=self._body[:, :cells].reshape(payoffs.shape))
        self._body[:, cells:] = np.eye(self.rows)
        self._place = self._lane = np.arange(self.width)
        self._number = np.arange(self.rows, dtype=np.min_scalar_type(self.rows))[:, None]
        self._factors: list[Floats] = []  # of each pivot: its column divided by the pivot,
        self._pivots: list[Labels] = []  # its row in each lane,
        self._spots: list[Labels] = []  # and where that is among the cells of a column
        self.right = np.ones((self.rows, self.width))
        self.basis = np.empty((self.rows, self.width), dtype=np.intp)
        self.basis[:] = np.arange(slack, slack + self.rows)[:, None]

    def exchange(self, entering: Labels) -> tuple[Labels, NDArray[np.bool_] | None]:
        """Let one variable enter in each lane: which one leaves, and in which lanes that is in doubt (None if in none)."""
        column = self._column(entering)
        lanes, cells = len(self._lane), column.reshape(-1)
        inverse = column  # of the step at which each basic variable gets to zero; all are 1 before the first pivot
        if self._factors:
            inverse = column / (self.right if self.right.min() >= FLOOR else np.maximum(self.right, FLOOR))
        highest = np.maximum.reduce(inverse, axis=0)
        best = inverse >= highest / (1 + CLOSE * highest)
        doubt = None
        if np.count_nonzero(best) != lanes or not highest.max() < STEEP:
            doubt = (best.sum(axis=0, dtype=np.int32) != 1) | ~(highest < STEEP)
        row = np.maximum.reduce(best * self._number, axis=0).astype(np.intp)
        spot = row * lanes
        spot += self._lane
        pivot = cells.take(spot)
        cells[spot] = pivot - 1  # so that one product of a column and a number also writes the pivot's row
        column *= 1 / pivot
        self.right -= column * self.right.reshape(-1).take(spot)
        self._factors.append(column)
        self._pivots.append(row)
        self._spots.append(spot)
        labels = self.basis.reshape(-1)
        left = labels.take(spot)
        labels[spot] = entering
        return left, doubt

    def _column(self, entering: Labels) -> Floats:
        """Coefficients of one nonbasic variable in each lane, after all pivots; shape ``(rows, lanes)``."""
        at = entering - self.own
        at *= self.width
        at += self._place
        if len(self._factors) > 1:  # a slack variable can enter once its own pivot, the first or a later one, has made it leave
            slack = entering < self.own if self.own else entering >= self.columns
            np.copyto(at, entering + (self.columns * self.width - self.slack), where=slack)
        column: Floats = self._body.take(at, axis=1, mode="clip")
        cells, change = column.reshape(-1), np.empty_like(column)
        for factor, spot in zip(self._factors, self._spots, strict=True):
            column -= np.multiply(factor, cells.take(spot), out=change)
        return column

    def keep(self, lanes: Labels) -> None:
        """Drop all other lanes."""
        self._place, self._lane = self._place.take(lanes), np.arange(len(lanes))
        self._factors = [each.take(lanes, axis=1) for each in self._factors]
        self._pivots = [each.take(lanes) for each in self._pivots]
        self._spots = [each * len(lanes) + self._lane for each in self._pivots]
        self.right, self.basis = self.right.take(lanes, axis=1), self.basis.take(lanes, axis=1)

    def write(self, out: Floats, games: Labels, basis: Labels, values: Floats) -> None:
        """Write mixtures into ``out (columns, all games)`` from basic solutions ``(rows, n)`` of some games; overwrites these."""
        mine = basis >= self.own if self.own else basis < self.columns
        np.maximum(values, 0, out=values)
        values *= mine
        total = values[0].copy()
        for row in values[1:]:  # in order, so alike for any number of games
            total += row
        values /= total
        basis -= self.own
        basis *= out.shape[1]
        basis += games
        some = np.flatnonzero(mine)
        out.reshape(-1)[basis.reshape(-1).take(some)] = values.reshape(-1).take(some)
