"""Run a batch of bimatrix games through the support-pair kernel: chunks that fit the cache, then a careful pass over doubtful games."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks
from negotiation_sim.equilibria.minors import subsets
from negotiation_sim.equilibria.signs import WORD, bits_to_games, count_bits, set_bits
from negotiation_sim.equilibria.support_pairs import PairMasks, SupportPairs, bytes_per_game, pair_count
from negotiation_sim.status import Completeness, Status

__all__ = ["Part", "affordable", "decide", "merge", "touching"]

SCRATCH = 16 << 20  # bytes: a chunk of this size stays in the cache
MEMORY = 512 << 20  # bytes: the most that index tables and the smallest chunk of the careful pass may take
CAREFUL = 6  # tables of the careful pass for each one of the first
LONGEST = 16384  # games in a chunk


@dataclass(frozen=True)
class Part:
    """Some games of the batch, decided: ``games`` selects them; ``pairs`` still holds their minors until the next part."""

    games: slice | NDArray[np.intp]
    pairs: SupportPairs
    masks: PairMasks

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

    def any_of(self, chosen: Sequence[NDArray[np.intp]]) -> NDArray[np.bool_]:
        """Whether some pair of ``chosen[k - 1]`` (numbers of pairs of size k) is an equilibrium, for each game."""
        some = np.zeros(self.masks.live.shape, dtype=np.uint64)
        for words, pairs in zip(self.masks.found, chosen, strict=True):
            if len(pairs):
                some |= np.bitwise_or.reduce(words if len(pairs) == len(words) else words[pairs], axis=0)
        return self._lanes(some)

    def unsure(self) -> NDArray[np.intp]:
        """Numbers of the games with an equilibrium in which some profile of the support has a probability of 1e-9 or less."""
        some = np.zeros(self.size, dtype=bool)
        for k, words in enumerate(self.masks.found[1:], 2):
            pair, lane = set_bits(words)
            least = [self.pairs.shares(player, k, pair, lane)[1].min(axis=0) for player in (0, 1)]
            some[lane[least[0] * least[1] <= 1e-9]] = True
        return self._numbers(np.flatnonzero(some))

    def entries(self) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
        """Every equilibrium: its game, and both mixes with the entry last, shapes (rows, entry) and (columns, entry); sorted by game."""
        pairs = self.pairs
        split = [set_bits(words) for words in self.masks.found]
        lane = np.concatenate([lanes for _, lanes in split])
        order = np.argsort(lane.astype(np.uint16), kind="stable")  # chunks are shorter than 65536; this is a radix sort
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        mixes = np.zeros((pairs.rows, len(lane))), np.zeros((pairs.columns, len(lane)))
        begin = 0
        for k, (pair, lanes) in enumerate(split, 1):
            for player, out in enumerate(mixes):
                at, share = pairs.shares(player, k, pair, lanes)
                out[at, place[begin : begin + len(pair)]] = share
            begin += len(pair)
        return self._numbers(lane[order]), *mixes


def decide(payoffs: NDArray[np.float64], rtol: float) -> Iterator[Part]:
    """Decide every game of ``payoffs`` (player, rows, columns, games), in parts.

    Games with a pair in doubt are left out of the first parts (no equilibria, not complete) and come again, compacted, in the last ones.
    There each minor has its own error bound, and pairs without a mix may be refuted. What is still in doubt after that would need exact
    arithmetic: this is the place for it.
    """
    _, rows, columns, games = payoffs.shape
    length = _chunk_length(rows, columns, games)
    pairs = SupportPairs(rows, columns, length, rtol)
    late = []
    for part in chunks(games, length):
        masks = pairs.solve(payoffs[..., part])
        late.append(part.start + np.flatnonzero(bits_to_games(masks.doubtful)))
        for words in masks.found:
            words &= ~masks.doubtful
        yield Part(part, pairs, masks)
    again = np.concatenate(late) if late else np.zeros(0, dtype=np.intp)
    if len(again):
        pairs = SupportPairs(rows, columns, _chunk_length(rows, columns, len(again), sharp=True), rtol)
        for part in chunks(len(again), pairs.length):
            yield Part(again[part], pairs, pairs.solve(payoffs[..., again[part]], sharp=True))


def merge(
    parts: Sequence[tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]], rows: int, columns: int
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Join the entries of several parts and sort them by game."""
    owner = np.concatenate([np.zeros(0, dtype=np.intp), *(part[0] for part in parts)])
    first = np.concatenate([np.zeros((rows, 0)), *(part[1] for part in parts)], axis=1)
    second = np.concatenate([np.zeros((columns, 0)), *(part[2] for part in parts)], axis=1)
    if (owner[1:] < owner[:-1]).any():
        order = np.argsort(owner, kind="stable")
        owner, first, second = owner[order], first.take(order, axis=1), second.take(order, axis=1)
    return owner, first, second


def affordable(rows: int, columns: int) -> bool:
    """Whether the tables of this size of game, and the smallest chunk, fit the memory allowed."""
    if comb(rows + columns, rows) > MEMORY:
        return False
    tables = 16 * pair_count(rows, columns) * (rows + columns)
    return tables + WORD * CAREFUL * bytes_per_game(rows, columns) <= MEMORY


def _chunk_length(rows: int, columns: int, games: int, sharp: bool = False) -> int:
    """Games in a chunk: a multiple of 64 that fits the scratch, no longer than needed."""
    size = bytes_per_game(rows, columns) * (CAREFUL if sharp else 1)
    most = min(LONGEST, max(SCRATCH // size, 4 * WORD if size < 1 << 15 else WORD))
    parts = -(-games // most)
    return max(-(-games // max(parts, 1) // WORD) * WORD, WORD)


@lru_cache(maxsize=64)
def _cells(rows: int, columns: int, k: int) -> NDArray[np.intp]:
    """Flat numbers of the k * k profiles of each support pair of size k; shape (pair, k * k)."""
    first, second = subsets(rows, k), subsets(columns, k)
    return (first[:, None, :, None] * columns + second[None, :, None, :]).reshape(-1, k * k)


def touching(classes: NDArray[np.integer[Any]], n_classes: int, whole: bool) -> list[list[NDArray[np.intp]]]:
    """For each class, and each size of support, the pairs that give it a positive probability (all of it, if ``whole``)."""
    rows, columns = classes.shape
    result: list[list[NDArray[np.intp]]] = [[] for _ in range(n_classes)]
    for k in range(1, min(rows, columns) + 1):
        among = classes.ravel()[_cells(rows, columns, k)]
        for c, chosen in enumerate(result):
            chosen.append(np.flatnonzero((among == c).all(axis=1) if whole else (among == c).any(axis=1)))
    return result
