"""Lemke-Howson paths of many games at once, in a fixed number of lanes: a finished game makes room for the next one.

Labels 0 to m - 1 are the rows of a game, m to m + n - 1 its columns. Each player's tableau holds the mixtures of that player against the
best-reply conditions of the other one; a path drops one label and exchanges variables in the two tableaux in turn until the label is
back. A path depends on its game and its label alone: not on the lane, nor on what is in the other lanes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks
from negotiation_sim.equilibria.pivoting.deferred_tableaux import DeferredTableaux
from negotiation_sim.equilibria.pivoting.tableaux import CACHE, Floats, Labels, Tableaux, WideTableaux, lanes_that_fit, normalised
from negotiation_sim.status import Status

__all__ = ["Ends", "Systems", "first_end", "follow", "groups", "scaled"]

WIDE = 200  # cells of a game up to which the lane is the fastest axis
GROUP = 64 << 20  # bytes of scaled payoffs held at a time
AGED = 512  # pivots after which a path is suspected of going in circles,
SAMPLED = 64  # and looked at after every so many; even, so that it is the same player's turn
REFILL = 0.75  # new games come in, or lanes are dropped, when fewer lanes than this share are alive


@dataclass(frozen=True)
class Systems:
    """Payoffs of a group of games, each player's mapped to [1, 2], ready to be loaded into tableaux.

    Parameters
    ----------
    rows, columns, games : int
    first, second : ndarray
        The first player's payoffs as ``(rows, columns, games)`` and the second's as ``(columns, rows, games)``; with the games as first
        axis if the tableaux have the lane as slowest axis.
    """

    rows: int
    columns: int
    games: int
    first: Floats
    second: Floats

    @classmethod
    def of(cls, tensor: Floats, games: Labels) -> Systems:
        """Scale some games of a tensor ``(player, rows, columns, games)``; a player with constant payoffs gets 1 everywhere."""
        _, rows, columns, _ = tensor.shape
        lane_last = rows * columns <= WIDE
        count = len(games)
        first = np.empty((rows, columns, count) if lane_last else (count, rows, columns))
        second = np.empty((columns, rows, count) if lane_last else (count, columns, rows))
        for part in chunks(count, max(16, CACHE // (64 * rows * columns))):
            payoffs = scaled(tensor.take(games[part], axis=-1))
            if lane_last:
                first[..., part], second[..., part] = payoffs[0], payoffs[1].transpose(1, 0, 2)
            else:
                first[part], second[part] = payoffs[0].transpose(2, 0, 1), payoffs[1].transpose(2, 1, 0)
        return cls(rows, columns, count, first, second)

    @property
    def lanes(self) -> int:
        """Number of games to work on at a time."""
        cells = (self.rows + 1) * (self.columns + 1)
        return lanes_that_fit(cells, 512, 2048) if self.rows * self.columns <= WIDE else lanes_that_fit(cells // 2, 64, 256)

    def tableaux(self, lanes: int) -> tuple[Tableaux, Tableaux]:
        """Make tableaux of the rows player's mixtures and of the columns player's."""
        rows, columns = self.rows, self.columns
        if rows * columns > WIDE:
            return DeferredTableaux(columns, rows, lanes, rows, 0), DeferredTableaux(rows, columns, lanes, 0, rows)
        return WideTableaux(columns, rows, lanes, rows, 0), WideTableaux(rows, columns, lanes, 0, rows)

    def load(self, tableaux: tuple[Tableaux, Tableaux], lanes: Labels, games: Labels) -> None:
        """Put games into lanes."""
        axis = 0 if self.rows * self.columns > WIDE else -1
        for each, payoffs in zip(tableaux, (self.second, self.first), strict=True):
            if (np.diff(games) == 1).all():  # neighbours need no copy
                near = slice(int(games[0]), int(games[-1]) + 1)
                each.load(lanes, payoffs[near] if axis == 0 else payoffs[..., near])
            else:
                each.load(lanes, payoffs.take(games, axis=axis))


@dataclass(frozen=True)
class Ends:
    """Where paths ended.

    Parameters
    ----------
    first, second : ndarray, shape (rows, path) and (columns, path)
        Mixtures; 0 where the path did not end.
    status : ndarray of int8, shape (path,)
        OK, MAX_ITER, or SINGULAR where the numbers were lost, or the path went in circles.
    """

    first: Floats
    second: Floats
    status: NDArray[np.int8]


def scaled(payoffs: Floats) -> Floats:
    """Map the payoffs of each player in each game, ``(player, rows, columns, games)``, to [1, 2] in place; equal ones to 1."""
    low = payoffs.min(axis=(1, 2), keepdims=True)
    span = payoffs.max(axis=(1, 2), keepdims=True)
    span -= low
    span[span == 0] = 1
    payoffs -= low
    payoffs /= span
    payoffs += 1
    return payoffs


def groups(tensor: Floats, games: Labels, copies: int = 1) -> Iterator[tuple[slice, Systems]]:
    """Scale games a group at a time: which of `games`, and their systems. Each game counts `copies` times."""
    size = max(1, GROUP // (16 * tensor.shape[1] * tensor.shape[2] * copies))
    for begin in range(0, len(games), size):
        part = slice(begin, min(begin + size, len(games)))
        yield part, Systems.of(tensor, games[part])


def follow(systems: Systems, games: Labels, labels: Labels, limit: int) -> Ends:
    """Follow one path for each pair of a game and a label.

    Parameters
    ----------
    systems : Systems
    games : ndarray of int, shape (path,)
    labels : ndarray of int, shape (path,)
        All of one player: all below `systems.rows`, or none.
    limit : int
        Most pivots along a path.
    """
    paths = len(games)
    status = np.full(paths, Status.SINGULAR, dtype=np.int8)
    if not paths:
        return Ends(np.zeros((systems.rows, 0)), np.zeros((systems.columns, 0)), status)
    width = min(paths, systems.lanes)
    tableaux = systems.tableaux(width)
    path = np.arange(width)
    systems.load(tableaux, path, games[path])
    dropped = labels[path]
    entering, born, alive = dropped, np.zeros(width, dtype=np.intp), np.ones(width, dtype=bool)
    waiting, living, time, due = width, width, 0, limit
    seen = _Bases(systems.rows + systems.columns, width)
    start = turn = 0 if labels[0] < systems.rows else 1
    ended: list[tuple[Labels, tuple[NDArray[np.integer], Floats], tuple[NDArray[np.integer], Floats]]] = []
    with np.errstate(all="ignore"):  # a lane that has lost its numbers is reported, not warned about
        while living or waiting < paths:
            current = tableaux[turn]
            column = current.column(entering)
            row, lost = current.leaving(column)
            entering = current.pivot(entering, column, row)
            time, turn = time + 1, 1 - turn
            closed = entering == dropped
            closed &= alive
            if lost is not None:
                alive &= ~lost
                closed &= alive
            if closed.any():
                lane = np.flatnonzero(closed)
                ended.append((path[lane], tableaux[0].solution(lane), tableaux[1].solution(lane)))
                alive[lane] = False
            if time >= due:
                late = alive & (time - born >= limit)
                status[path[late]] = Status.MAX_ITER
                alive &= ~late
                due = limit + int(born[alive].min(initial=time))
            if not time % SAMPLED:  # a path that has been here before will not end
                alive &= ~seen.again(tableaux, np.flatnonzero(alive & (time - born >= AGED)), time - born)
            living = int(np.count_nonzero(alive))
            if turn != start or living >= REFILL * len(alive) or not tableaux[0].settled:
                continue
            free = np.flatnonzero(~alive)[: paths - waiting]
            if len(free):
                path[free] = np.arange(waiting, waiting + len(free))
                waiting += len(free)
                systems.load(tableaux, free, games[path[free]])
                entering[free] = dropped[free] = labels[path[free]]
                born[free], alive[free] = time, True
                seen.forget(free)
                living += len(free)
            if 0 < living < REFILL * len(alive):
                lane = np.flatnonzero(alive)
                tableaux[0].keep(lane)
                tableaux[1].keep(lane)
                path, dropped, entering, born, alive = path[lane], dropped[lane], entering[lane], born[lane], alive[lane]
                seen.keep(lane)
        first, second = np.zeros((systems.rows, paths)), np.zeros((systems.columns, paths))
        if ended:
            done = np.concatenate([each[0] for each in ended])
            first[:, done] = _mixture([each[1] for each in ended], 0, systems.rows)
            second[:, done] = _mixture([each[2] for each in ended], systems.rows, systems.columns)
            status[done] = np.where(np.isfinite(first[0, done] + second[0, done]), np.int8(Status.OK), np.int8(Status.SINGULAR))
    return Ends(first, second, status)


class _Bases:
    """Where old paths have been, to find out that one goes in circles, which ties within rounding can make it do (R. P. Brent (1980), "An
    improved Monte Carlo factorization algorithm", BIT 20, 176-184: a path is compared with where it was at the last power of two).

    A pair of bases goes by the sum of random numbers of its labels, which two different pairs share once in 2**64 times.
    """

    def __init__(self, labels: int, lanes: int) -> None:
        self._numbers = np.random.default_rng(1).integers(0, 1 << 64, size=(2, labels), dtype=np.uint64)
        self._mark = np.zeros(lanes, dtype=np.uint64)
        self._renewed = np.zeros(lanes, dtype=np.intp)

    def again(self, tableaux: tuple[Tableaux, Tableaux], lanes: Labels, age: Labels) -> NDArray[np.bool_]:
        """Which lanes have the bases that were marked; ``lanes``: those to look at, of the ages ``age`` (all lanes)."""
        found = np.zeros(len(self._mark), dtype=bool)
        if len(lanes):
            both = (numbers[each.solution(lanes)[0]].sum(axis=0) for each, numbers in zip(tableaux, self._numbers, strict=True))
            here: NDArray[np.uint64] = np.add(*both)
            found[lanes] = here == self._mark[lanes]
            due = age[lanes] >= 2 * self._renewed[lanes]
            self._mark[lanes[due]], self._renewed[lanes[due]] = here[due], age[lanes[due]]
        return found

    def forget(self, lanes: Labels) -> None:
        """Other paths are in these lanes now."""
        self._mark[lanes], self._renewed[lanes] = 0, 0

    def keep(self, lanes: Labels) -> None:
        """Drop all other lanes."""
        self._mark, self._renewed = self._mark[lanes], self._renewed[lanes]


def first_end(systems: Systems, label: int, capping: int | None, limit: int, skip: int = 0) -> Ends:
    """Follow one path for each game: from `label`, or from the next label whose path has at most `capping` pivots.

    If no path is that short, the one from `label` is followed to its end, for `limit` pivots at most. The paths from the first `skip`
    labels are known to be longer.
    """
    total = systems.rows + systems.columns
    first, second = np.zeros((systems.rows, systems.games)), np.zeros((systems.columns, systems.games))
    status = np.full(systems.games, Status.NOT_RUN, dtype=np.int8)

    def store(games: Labels, ends: Ends, chosen: Labels) -> None:
        first[:, games], second[:, games], status[games] = ends.first[:, chosen], ends.second[:, chosen], ends.status[chosen]

    left = np.arange(systems.games)
    order = (label + np.arange(skip, total)) % total
    while capping is not None and capping < limit and len(order) and len(left):
        # Lanes that would stay empty try the next labels of the same player; the first label that does it counts.
        together = max(1, systems.lanes // (4 * len(left)))
        same = np.flatnonzero((order < systems.rows) != (order[0] < systems.rows))
        tried, order = np.split(order, [min(together, int(same[0]) if len(same) else len(order))])
        ends = follow(systems, np.repeat(left, len(tried)), np.tile(tried, len(left)), capping)
        short = ends.status.reshape((-1, len(tried))) == Status.OK
        found = np.flatnonzero(short.any(axis=1))
        store(left[found], ends, found * len(tried) + short[found].argmax(axis=1))
        left = np.delete(left, found)
    ends = follow(systems, left, np.full(len(left), label), limit)
    store(left, ends, np.arange(len(left)))
    return Ends(first, second, status)


def _mixture(solutions: list[tuple[NDArray[np.integer], Floats]], first: int, size: int) -> Floats:
    """Probabilities from basic solutions: the values of the labels from `first` on; shape ``(size, path)``."""
    labels = np.concatenate([each[0] for each in solutions], axis=1)
    values = np.concatenate([each[1] for each in solutions], axis=1)
    paths = labels.shape[1]
    full = np.zeros((max(first + size, int(labels.max()) + 1), paths))
    full[labels, np.arange(paths)] = values
    return normalised(full[first : first + size])
