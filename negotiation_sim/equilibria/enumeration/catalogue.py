"""Equilibria that come in the order of their games, collected where they stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._scratch import fresh

__all__ = ["Catalogue", "Listed", "Room", "merge"]

SPARE = 1.02  # room for more entries a game than there have been so far
GROWTH = 1.25  # room is made for at least so many times what there is: seldom
WASTE = 1.25  # room that may stay empty
SPARSE = 256  # columns that are quicker moved together than picked one by one
OTHERS = 4  # rows below the probabilities: the game (in bits), and what the certificate says of it


class Listed(NamedTuple):
    """Equilibria, sorted by game.

    ``game`` (entry); ``mixes``: shapes (rows, entry) and (columns, entry); ``labels`` (2, entry): labels of x and of y as bits, None if
    each equilibrium is isolated; ``spare`` (3, entry): room for what the certificate will say, if there is some.
    """

    game: NDArray[np.intp]
    mixes: tuple[NDArray[np.float64], NDArray[np.float64]]
    labels: NDArray[np.int64] | None = None
    spare: NDArray[np.float64] | None = None

    def where(self, kept: NDArray[np.bool_]) -> Listed:
        """Only these entries."""
        first, second = self.mixes
        labels = None if self.labels is None else self.labels[:, kept]
        return Listed(self.game[kept], (first[:, kept], second[:, kept]), labels)


class Room(NamedTuple):
    """Where some entries go: ``game`` (entry), ``chances`` (rows + columns, entry), the first player's probabilities above.

    ``chances`` is the top of ``flat`` from ``begin`` on, with ``stride`` from one row to the next.
    """

    game: NDArray[np.intp]
    chances: NDArray[np.float64]
    flat: NDArray[np.float64]
    begin: int
    stride: int


class Catalogue:
    """Entries of a batch, each part of it written behind the one before into arrays that grow.

    Fresh memory costs more than the arithmetic on it, and large arrays come in large pages. So room is made in one array, for as many
    entries as there will be if the other games have as many as those before, and what comes late is inserted in place.

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
        self._block = np.empty((rows + columns + OTHERS, entries))
        self._labels: NDArray[np.int64] | None = None

    @property
    def _chances(self) -> NDArray[np.float64]:
        return self._block[:-OTHERS]

    @property
    def _game(self) -> NDArray[np.intp]:
        numbers: NDArray[np.intp] = self._block[-OTHERS].view(np.intp)
        return numbers

    @property
    def last(self) -> int:
        """The last game that has an entry; -1 if there is none."""
        used = self._bounds[-1]
        return int(self._game[used - 1]) if used else -1

    def room(self, count: int, done: int) -> Room:
        """Make room for ``count`` entries, the next ones; with them those of the first ``done`` games are all there."""
        begin, end = self._bounds[-1], self._bounds[-1] + count
        held = self._block.shape[1]
        if end > held:
            self._resize(end if done >= self._games else max(end, int(end * (self._games / done) * SPARE), int(held * GROWTH)))
        if count:
            self._bounds.append(end)
        return Room(self._game[begin:end], self._chances[:, begin:end], self._block.reshape(-1), begin, self._block.shape[1])

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
        if self._block.shape[1] > WASTE * used:
            self._resize(used)
        mixes = self._chances[: self._rows, :used], self._chances[self._rows :, :used]
        none: NDArray[np.int64] = np.broadcast_to(np.int64(0), (2, used))
        labels = none if self._labels is None else self._labels[:, :used]
        return Listed(self._game[:used], mixes, labels, self._block[1 - OTHERS :, :used])

    def _insert(self, late: Listed) -> None:
        """Put entries of other games in their places."""
        used, total = self._bounds[-1], self._bounds[-1] + len(late.game)
        if total > self._block.shape[1]:
            self._resize(total)
        if late.labels is not None and late.labels.any():
            self._labelled()
        before = np.searchsorted(self._game[:used], late.game)
        place = before + np.arange(len(before))
        tables: list[NDArray[Any]] = [self._block[: 1 - OTHERS]]
        if self._labels is not None:
            tables.append(self._labels)
        for table in tables:
            if len(before) * SPARSE < used:
                _part_few(table[:, :total], before)
            else:
                self._part_many(table, before, place)
        for row, values in zip(self._chances, (*late.mixes[0], *late.mixes[1]), strict=True):
            row[place] = values
        self._game[place] = late.game
        if self._labels is not None and late.labels is not None:
            self._labels[:, place] = late.labels
        self._bounds = [0, total]

    def _part_many(self, table: NDArray[Any], before: NDArray[np.intp], place: NDArray[np.intp]) -> None:
        """Move columns to leave those at ``place`` free: part by part, to stay in cache, and the last first, so that none is in the way."""
        stops = [0, *np.searchsorted(before, self._bounds[1:-1], side="right").tolist(), len(before)]
        for k in reversed(range(len(self._bounds) - 1)):
            begin, end, first, last = self._bounds[k], self._bounds[k + 1], stops[k], stops[k + 1]
            if not last:
                break
            source = np.zeros(end + last - begin - first, dtype=np.intp)
            source[place[first:last] - (begin + first)] = 1
            np.subtract(np.arange(begin, begin + len(source)), np.cumsum(source, out=source), out=source)
            for row in table:
                row[begin + first : end + last] = row.take(source, mode="clip")

    def _labelled(self) -> NDArray[np.int64]:
        if self._labels is None:
            self._labels = np.zeros((2, self._block.shape[1]), dtype=np.int64)
        return self._labels

    def _resize(self, size: int) -> None:
        used = self._bounds[-1]
        block = fresh((len(self._block), size))
        block[: 1 - OTHERS, :used] = self._block[: 1 - OTHERS, :used]
        self._block = block
        if self._labels is not None:
            labels = np.zeros((2, size), dtype=np.int64)
            labels[:, :used] = self._labels[:, :used]
            self._labels = labels


def _part_few(table: NDArray[Any], before: NDArray[np.intp]) -> None:
    """Move the columns of a table, the last first, to leave one free before each of those numbered ``before``."""
    stop = table.shape[1] - len(before)
    for free, begin in zip(range(len(before), 0, -1), before[::-1].tolist(), strict=True):
        table[:, begin + free : stop + free] = table[:, begin:stop]
        stop = begin


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
