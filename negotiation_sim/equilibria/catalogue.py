"""Equilibria that come in the order of their games, collected where they stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Catalogue", "Listed", "Room", "merge"]

SPARE = 1.05  # room for more entries a game than there have been so far
WASTE = 1.25  # room that may stay empty


class Listed(NamedTuple):
    """Equilibria, sorted by game.

    ``game`` (entry); ``mixes``: shapes (rows, entry) and (columns, entry); ``labels`` (2, entry): labels of x and of y as bits, None if
    each equilibrium is isolated.
    """

    game: NDArray[np.intp]
    mixes: tuple[NDArray[np.float64], NDArray[np.float64]]
    labels: NDArray[np.int64] | None = None

    def take(self, order: NDArray[np.intp]) -> Listed:
        """The entries of these numbers."""
        first, second = self.mixes
        labels = None if self.labels is None else self.labels.take(order, axis=1)
        return Listed(self.game.take(order), (first.take(order, axis=1), second.take(order, axis=1)), labels)

    def where(self, kept: NDArray[np.bool_]) -> Listed:
        """Only these entries."""
        first, second = self.mixes
        labels = None if self.labels is None else self.labels[:, kept]
        return Listed(self.game[kept], (first[:, kept], second[:, kept]), labels)


class Room(NamedTuple):
    """Where some entries go: ``game`` (entry), ``chances`` (rows + columns, entry), the first player's probabilities above.

    ``chances`` is ``flat`` from ``begin`` on, with ``stride`` from one row to the next.
    """

    game: NDArray[np.intp]
    chances: NDArray[np.float64]
    flat: NDArray[np.float64]
    begin: int
    stride: int


class Catalogue:
    """Entries of a batch, each part of it written behind the one before into arrays that grow.

    Fresh memory costs more than the arithmetic on it, and large arrays come in large pages. So room is made at once for as many entries
    as there will be if the other games have as many as those before, and what comes late is inserted in place.

    Parameters
    ----------
    rows, columns : int
        Actions of the two players.
    games : int
        Games in the batch.
    entries : int, default 0
        Entries that there will be, if that is known.
    """

    def __init__(self, rows: int, columns: int, games: int, entries: int = 0) -> None:
        self._rows, self._columns, self._games = rows, columns, games
        self._bounds = [0]
        self._game = np.empty(entries, dtype=np.intp)
        self._chances = np.empty((rows + columns, entries))
        self._labels: NDArray[np.int64] | None = None

    @property
    def last(self) -> int:
        """The last game that has an entry; -1 if there is none."""
        used = self._bounds[-1]
        return int(self._game[used - 1]) if used else -1

    def room(self, count: int, done: int) -> Room:
        """Make room for ``count`` entries, the next ones; with them those of the first ``done`` games are all there."""
        begin, end = self._bounds[-1], self._bounds[-1] + count
        if end > len(self._game):
            self._resize(end if done >= self._games else max(end, int(end * (self._games / done) * SPARE)))
        if count:
            self._bounds.append(end)
        return Room(self._game[begin:end], self._chances[:, begin:end], self._chances.reshape(-1), begin, len(self._game))

    def add(self, part: Listed, done: int) -> None:
        """Copy entries behind those that are there; ``done`` as for `room`."""
        room = self.room(len(part.game), done)
        room.game[:] = part.game
        room.chances[: self._rows], room.chances[self._rows :] = part.mixes
        if part.labels is not None:
            self._labelled()[:, room.begin : self._bounds[-1]] = part.labels

    def listed(self, late: Sequence[Listed] = ()) -> Listed:
        """All entries, those of ``late`` games among them; labels are 0 for equilibria of games that are not degenerate."""
        if any(len(part.game) for part in late):
            rest = merge(late, self._rows, self._columns)
            if self._bounds[-1]:
                self._insert(rest)
            else:
                self.add(rest, self._games)
        used = self._bounds[-1]
        if len(self._game) > WASTE * used:
            self._resize(used)
        mixes = self._chances[: self._rows, :used], self._chances[self._rows :, :used]
        none: NDArray[np.int64] = np.broadcast_to(np.int64(0), (2, used))
        return Listed(self._game[:used], mixes, none if self._labels is None else self._labels[:, :used])

    def _insert(self, late: Listed) -> None:
        """Put entries of other games in their places, part by part and the last part first, so that none is in the way of another."""
        used, total = self._bounds[-1], self._bounds[-1] + len(late.game)
        if total > len(self._game):
            self._resize(total)
        if late.labels is not None and late.labels.any():
            self._labelled()
        before = np.searchsorted(self._game[:used], late.game)
        place = before + np.arange(len(before))
        stops = [0, *np.searchsorted(before, self._bounds[1:-1], side="right").tolist(), len(before)]
        whole: list[tuple[NDArray[Any], NDArray[Any]]] = [(self._game[None], late.game[None])]
        whole += [(self._chances[: self._rows], late.mixes[0]), (self._chances[self._rows :], late.mixes[1])]
        whole += [] if self._labels is None or late.labels is None else [(self._labels, late.labels)]
        for k in reversed(range(len(self._bounds) - 1)):
            begin, end, first, last = self._bounds[k], self._bounds[k + 1], stops[k], stops[k + 1]
            if not last:
                break
            moved = slice(begin + first, end + last)
            new = place[first:last] - moved.start
            source = np.zeros(moved.stop - moved.start, dtype=np.intp)
            source[new] = 1
            np.subtract(np.arange(begin, begin + len(source)), np.cumsum(source, out=source), out=source)
            for rows, fresh in whole:
                for row, values in zip(rows, fresh, strict=True):
                    row[moved] = row[begin:end] if first == last else row.take(source, mode="clip")
                    row[moved][new] = values[first:last]
        self._bounds = [0, *(end + stop for end, stop in zip(self._bounds[1:], stops[1:], strict=True))]

    def _labelled(self) -> NDArray[np.int64]:
        if self._labels is None:
            self._labels = np.zeros((2, len(self._game)), dtype=np.int64)
        return self._labels

    def _resize(self, size: int) -> None:
        used = self._bounds[-1]
        game, chances = np.empty(size, dtype=np.intp), np.empty((len(self._chances), size))
        game[:used], chances[:, :used] = self._game[:used], self._chances[:, :used]
        self._game, self._chances = game, chances
        if self._labels is not None:
            labels = np.zeros((2, size), dtype=np.int64)
            labels[:, :used] = self._labels[:, :used]
            self._labels = labels


def merge(parts: Sequence[Listed], rows: int, columns: int) -> Listed:
    """Join the entries of several parts and sort them by game; labels are 0 for equilibria of games that are not degenerate."""
    late: list[Listed] = []
    catalogue = Catalogue(rows, columns, 1, sum(len(part.game) for part in parts))
    for part in parts:
        if len(part.game):
            if part.game[0] < catalogue.last:
                late.append(part)
            else:
                catalogue.add(part, 1)
    return catalogue.listed(late)
