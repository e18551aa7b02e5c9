"""Some games of a batch, decided: what became of each, how many equilibria it has, which classes they reach, and their strategies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks
from negotiation_sim.equilibria.enumeration.catalogue import Catalogue, Listed
from negotiation_sim.equilibria.enumeration.minors import subsets
from negotiation_sim.equilibria.enumeration.signs import bits_to_games, count_bits, set_bits
from negotiation_sim.equilibria.enumeration.support_pairs import PairMasks, SupportPairs
from negotiation_sim.equilibria.extreme.degenerate import entry_order
from negotiation_sim.status import Completeness, Status

__all__ = ["Cells", "ExtremePart", "Part", "cells_of_classes", "starts", "starts_of", "truncate"]


class Cells(NamedTuple):
    """Where one outcome class lies: ``pairs[k - 1]``, the numbers of the support pairs of size k that reach it (or nothing else, if
    ``whole``); ``columns`` (rows,): its columns in each row, as bits.
    """

    pairs: list[NDArray[np.intp]]
    columns: list[int]
    whole: bool


FAINT = 4e-5  # two probabilities above this have a product above 1e-9


@dataclass(frozen=True)
class Part:
    """Some games of the batch, decided: ``games`` selects them; ``pairs`` still holds their minors until the next part.

    ``sure``: no equilibrium has a profile whose probability is near 1e-9.
    """

    games: slice | NDArray[np.intp]
    pairs: SupportPairs
    masks: PairMasks
    sure: bool = False

    @property
    def size(self) -> int:
        """Number of games."""
        return self.games.stop - self.games.start if isinstance(self.games, slice) else len(self.games)

    def _numbers(self, lanes: NDArray[np.intp]) -> NDArray[np.intp]:
        """Which games of the batch these games of the part are."""
        return lanes + self.games.start if isinstance(self.games, slice) else self.games[lanes]

    def _lanes(self, words: NDArray[np.uint64]) -> NDArray[np.bool_]:
        return bits_to_games(words)[..., : self.size]

    def status(self) -> NDArray[np.int8]:
        """`Status` of each game: OK, or NOT_FINITE."""
        return np.where(self._lanes(self.masks.live), np.int8(Status.OK), np.int8(Status.NOT_FINITE))

    def complete(self) -> NDArray[np.int8]:
        """`Completeness` of each game: proved where no pair is in doubt; NO for games left to a later part."""
        proved = self._lanes(self.masks.live & ~self.masks.doubtful)
        return np.where(proved, np.int8(Completeness.PROVED), np.int8(Completeness.NO))

    def count(self) -> NDArray[np.int32]:
        """Number of equilibria of each game."""
        total = np.zeros(self.size, dtype=np.int32)
        for words in self.masks.found:
            total += count_bits(words)[: self.size]
        return total

    def any_of(self, cells: Cells) -> NDArray[np.bool_]:
        """Whether some equilibrium reaches the class (or nothing else, if ``cells.whole``), for each game."""
        some = np.zeros(self.masks.live.shape, dtype=np.uint64)
        for words, pairs in zip(self.masks.found, cells.pairs, strict=True):
            if len(pairs):
                some |= np.bitwise_or.reduce(words if len(pairs) == len(words) else words[pairs], axis=0)
        return self._lanes(some)

    def unsure(self) -> NDArray[np.intp]:
        """Numbers of the games with an equilibrium in which some profile of the support has a probability of 1e-9 or less."""
        some = np.zeros(self.size, dtype=bool)
        for k, words in enumerate(self.masks.found[1:] if not self.sure else (), 2):
            pair, lane = set_bits(words & self.pairs.faint(k, FAINT))
            least = [self.pairs.shares(player, k, pair, lane)[1].min(axis=0) for player in (0, 1)]
            some[lane[least[0] * least[1] <= 1e-9]] = True
        return self._numbers(np.flatnonzero(some))

    def write(self, catalogue: Catalogue) -> None:
        """Write every equilibrium behind those of the games before."""
        pairs = self.pairs
        pair, lane = set_bits(np.concatenate(self.masks.found))  # pairs of all sizes are numbered through here
        order = np.argsort(lane.astype(np.uint16), kind="stable")  # chunks are shorter than 65536; this is a radix sort
        room = catalogue.room(len(lane), self.games.stop if isinstance(self.games, slice) else len(self.games))
        room.game[:] = self._numbers(lane.take(order))
        room.chances[:] = 0
        place = np.empty_like(order)
        place[order] = np.arange(room.begin, room.begin + len(order))
        before = 0
        for k, words in enumerate(self.masks.found, 1):
            begin, end = np.searchsorted(pair, (before, before + len(words))).tolist()
            chosen, lanes, column = pair[begin:end] - before, lane[begin:end], place[begin:end]
            for player, above in enumerate((0, pairs.rows)):
                at, share = pairs.shares(player, k, chosen, lanes)
                at += above
                at *= room.stride
                at += column
                room.flat[at] = share
            before += len(words)

    def entries(self) -> Listed:
        """Every equilibrium."""
        alone = Catalogue(self.pairs.rows, self.pairs.columns, self.size)
        self.write(alone)
        return alone.listed()


@dataclass(frozen=True)
class ExtremePart:
    """Games with their extreme equilibria.

    ``games`` numbers them in the batch; ``status``; ``place`` (entry,): which of them each equilibrium belongs to, ascending; ``labels``
    (2, entry): see `vertices`; ``mixes`` builds the strategies, shapes (rows, entry) and (columns, entry), until the next part comes.
    ``faint``, if it is given, says quickly which games (games,) may have a probability below `FAINT`, until then.
    """

    games: NDArray[np.intp]
    rows: int
    columns: int
    status_of: NDArray[np.int8]
    place: NDArray[np.intp]
    labels: NDArray[np.int64]
    mixes: Callable[[], tuple[NDArray[np.float64], NDArray[np.float64]]]
    faint: Callable[[], NDArray[np.bool_]] | None = None

    def status(self) -> NDArray[np.int8]:
        """`Status` of each game."""
        return self.status_of

    def complete(self) -> NDArray[np.int8]:
        """`Completeness` of each game: proved where it was solved."""
        return np.where(self.status_of == Status.OK, np.int8(Completeness.PROVED), np.int8(Completeness.NO))

    def count(self) -> NDArray[np.int32]:
        """Number of extreme equilibria of each game."""
        count: NDArray[np.int32] = np.bincount(self.place, minlength=len(self.games)).astype(np.int32)
        return count

    def any_of(self, cells: Cells) -> NDArray[np.bool_]:
        """Whether some equilibrium reaches the class (or nothing else, if ``cells.whole``), for each game."""
        code, sets = self._supports, 1 << (self.rows + self.columns)
        if sets <= len(code):
            hit = self._reaches(np.arange(sets), cells).take(code)
        else:
            hit = self._reaches(code, cells)
        some = np.zeros(len(self.games), dtype=bool)
        some[self.place[hit]] = True
        return some

    @cached_property
    def _supports(self) -> NDArray[np.int64]:
        """Both supports of each entry as bits, the first player's below."""
        first, second = (1 << self.rows) - 1, ((1 << self.columns) - 1) << self.rows
        supports: NDArray[np.int64] = ~self.labels[0] & first | ~self.labels[1] & second
        return supports

    def _reaches(self, supports: NDArray[np.int64], cells: Cells) -> NDArray[np.bool_]:
        """Whether these supports reach the class (or nothing else)."""
        second = supports >> self.rows
        hit = np.full(len(supports), cells.whole)
        for i, columns in enumerate(cells.columns):
            active = supports >> i & 1 != 0
            if cells.whole:
                hit &= ~active | (second & ~columns == 0)
            else:
                hit |= active & (second & columns != 0)
        return hit

    def unsure(self) -> NDArray[np.intp]:
        """Numbers of the games with an equilibrium in which some profile of the support has a probability of 1e-9 or less."""
        if self.faint is not None and not self.faint().any():
            return self.games[:0]
        least = [np.where(mix > 0, mix, 1.0).min(axis=0) for mix in self.mixes()]
        again: NDArray[np.intp] = self.games[np.unique(self.place[least[0] * least[1] <= 1e-9])]
        return again

    def entries(self) -> Listed:
        """Every extreme equilibrium, in each game those with the smallest supports first."""
        order = entry_order(self.place, self.labels[0], self.labels[1], self.rows, self.columns)
        first, second = self.mixes()
        return Listed(
            self.games[self.place[order]], (first.take(order, axis=1), second.take(order, axis=1)), self.labels.take(order, axis=1)
        )


def starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the entries of each game begin; shape (games + 1,)."""
    start = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=start[1:])
    return start


def starts_of(index: NDArray[np.intp], games: int) -> NDArray[np.int64]:
    """Where the entries of each game begin, if ``index`` is the game of each entry; shape (games + 1,)."""
    start = np.zeros(games + 1, dtype=np.int64)
    parts = list(chunks(games, 8192))  # counts of a chunk stay in cache
    stops = np.searchsorted(index, [part.stop for part in parts]).tolist()
    for part, begin, stop in zip(parts, [0, *stops], stops, strict=False):
        size = part.stop - part.start
        out = start[part.start + 1 : part.stop + 1]
        np.cumsum(np.bincount(index[begin:stop] - part.start, minlength=size), out=out)
        out += begin
    return start


def truncate(counts: NDArray[np.int64], most: int, status: NDArray[np.int8], complete: NDArray[np.int8]) -> None:
    """Limit the counts, in place, and mark the games that have more."""
    over = counts > most
    counts[over], status[over], complete[over] = most, Status.TRUNCATED, Completeness.NO


@lru_cache(maxsize=64)
def _cells(rows: int, columns: int, k: int) -> NDArray[np.intp]:
    """Flat numbers of the k * k profiles of each support pair of size k; shape (pair, k * k)."""
    first, second = subsets(rows, k), subsets(columns, k)
    return (first[:, None, :, None] * columns + second[None, :, None, :]).reshape(-1, k * k)


def cells_of_classes(classes: NDArray[np.integer[Any]], n_classes: int, whole: bool) -> list[Cells]:
    """Say of each class which supports reach it (or reach nothing else, if ``whole``)."""
    rows, columns = classes.shape
    bits = [[sum(1 << j for j in range(columns) if classes[i, j] == c) for i in range(rows)] for c in range(n_classes)]
    result = [Cells([], bits[c], whole) for c in range(n_classes)]
    for k in range(1, min(rows, columns) + 1):
        among = classes.ravel()[_cells(rows, columns, k)]
        for c, chosen in enumerate(result):
            chosen.pairs.append(np.flatnonzero((among == c).all(axis=1) if whole else (among == c).any(axis=1)))
    return result
