r"""All extreme equilibria of degenerate games, for a whole batch: pairs of vertices whose labels are complete.

A vertex y of the first player's best-reply polyhedron and a vertex x of the second's are an equilibrium when every action is a best reply
or has probability zero: when their labels, as bits, fill the word. These are the extreme equilibria. Every equilibrium is a product of
convex combinations of extreme ones that combine with each other (Winkels 1979; Jansen 1981), so they say everything:

- the probability of an outcome class, and every player's payoff, is linear in x and in y. Over the convex hull of such a product they
  therefore take their largest and smallest values at extreme equilibria;
- so a class that some equilibrium supports is supported by an extreme one, and the range of payoffs over a component is that over its
  extreme equilibria.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.enumeration.signs import bits_to_games
from negotiation_sim.equilibria.enumeration.support_pairs import SupportPairs
from negotiation_sim.equilibria.extreme.vertices import Vertices, faint_games, find_vertices, vertex_mixes

__all__ = ["TiedGames", "complete_pairs", "complete_sets", "entry_order", "solve_tied"]

PAIRS = 1 << 20  # pairs of vertices looked at together
SETS = 6  # labels whose sets are the bits of a word


@dataclass(frozen=True)
class TiedGames:
    """Extreme equilibria of the chosen games of a chunk, sorted by game.

    ``first``, ``second`` (entry): places in ``vertices[1]``, the first player's mixes x, and in ``vertices[0]``, the second's y;
    ``unsettled`` (lanes): games left out, since it takes more than the signs of minors to tell what is a tie.
    """

    pairs: SupportPairs
    vertices: tuple[Vertices, Vertices]
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    unsettled: NDArray[np.intp]

    @property
    def lane(self) -> NDArray[np.intp]:
        """Game of each entry, within the chunk."""
        return self.vertices[0].lane[self.second]

    @property
    def labels(self) -> NDArray[np.int64]:
        """Labels of x and of y for each entry; shape (2, entry)."""
        return np.stack([self.vertices[1].label[self.first], self.vertices[0].label[self.second]])

    def mixes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Both mixes of each entry, shapes (rows, entry) and (columns, entry); until ``pairs`` solves another chunk."""
        x, y = vertex_mixes(self.pairs, self.vertices[1]), vertex_mixes(self.pairs, self.vertices[0])
        return x.take(self.first, axis=1), y.take(self.second, axis=1)

    def without(self, lanes: NDArray[np.intp]) -> TiedGames:
        """Leave these games unsettled, too."""
        if not len(lanes):
            return self
        keep = ~np.isin(self.lane, lanes)
        return replace(self, first=self.first[keep], second=self.second[keep], unsettled=np.union1d(self.unsettled, lanes))

    def faint(self, share: float) -> NDArray[np.bool_]:
        """Games of the chunk in which some positive probability may be less than ``share``; until ``pairs`` solves another chunk."""
        return faint_games(self.pairs, self.vertices[0], share) | faint_games(self.pairs, self.vertices[1], share)


def solve_tied(pairs: SupportPairs, chosen: NDArray[np.uint64]) -> TiedGames:
    """Find the extreme equilibria of the games ``chosen`` (words) of the chunk that ``pairs`` solved last."""
    ys, xs = find_vertices(pairs, 0, chosen), find_vertices(pairs, 1, chosen)
    labels = pairs.rows + pairs.columns
    complete = complete_sets if labels <= SETS else complete_pairs
    second, first = complete(ys.lane, ys.label, xs.lane, xs.label, labels)
    wrong = np.flatnonzero((ys.grey | xs.grey) & bits_to_games(chosen))
    wrong = np.concatenate([wrong, _contradictions(ys), _contradictions(xs)])
    return TiedGames(pairs, (ys, xs), first, second, wrong[:0]).without(wrong)


def complete_pairs(
    lane: NDArray[np.intp], label: NDArray[np.int64], other_lane: NDArray[np.intp], other_label: NDArray[np.int64], labels: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of vertices of one game, one of each list (sorted by game), whose labels together are all ``labels`` of them."""
    full = np.int64((1 << labels) - 1)
    return _apart(lane, full ^ label, other_lane, full ^ other_label)


def complete_sets(
    lane: NDArray[np.intp], label: NDArray[np.int64], other_lane: NDArray[np.intp], other_label: NDArray[np.int64], labels: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The same for lists sorted by game, then label, that hold none twice, where all sets of labels are the bits of one word.

    All partners of a vertex are found at once then.
    """
    if not len(lane) or not len(other_lane):
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
    games = int(max(lane[-1], other_lane[-1])) + 1
    number = np.bincount(other_lane, minlength=games)
    begin = np.cumsum(number) - number
    some = np.flatnonzero(number)
    sets = np.zeros(games, dtype=np.uint64)  # those that the other list has in each game
    sets[some] = np.bitwise_or.reduceat(np.uint64(1) << other_label.astype(np.uint64), begin[some])
    mine = sets.take(lane)
    hits = mine & _completing(labels).take(label)
    size = np.bitwise_count(hits).astype(np.intp)
    stop = np.cumsum(size)
    left, right = np.empty((2, int(stop[-1])), dtype=np.intp)
    at = np.flatnonzero(hits)
    hits, mine, place, first = hits.take(at), mine.take(at), (stop - size).take(at), begin.take(lane.take(at))
    while len(at):  # the lowest partner of each vertex that has some left
        below = (hits & (~hits + np.uint64(1))) - np.uint64(1)
        left[place] = at
        right[place] = first + np.bitwise_count(mine & below)
        hits &= hits - np.uint64(1)
        more = np.flatnonzero(hits)
        at, hits, mine, place, first = at.take(more), hits.take(more), mine.take(more), place.take(more) + 1, first.take(more)
    return left, right


@lru_cache(maxsize=SETS + 1)
def _completing(labels: int) -> NDArray[np.uint64]:
    """For each set of labels, as bits of a word: the sets with all labels that it has not."""
    every = np.arange(1 << labels)
    complete = (every[:, None] | every) == (1 << labels) - 1
    words: NDArray[np.uint64] = (complete * (np.uint64(1) << every.astype(np.uint64))).sum(axis=1, dtype=np.uint64)
    return words


def _contradictions(vertices: Vertices) -> NDArray[np.intp]:
    """Games in which the labels of one vertex contain those of another: impossible, as the labels of a vertex allow no other point.

    Where all minors that are not clear are zero, signs are true and nothing can contradict.
    """
    some = np.flatnonzero(vertices.rounded[vertices.lane])
    lane, label = vertices.lane[some], vertices.label[some]
    small, large = _apart(lane, label, lane, ~label)
    return np.unique(lane[small[small != large]])


def _apart(
    lane: NDArray[np.intp], bits: NDArray[np.int64], other_lane: NDArray[np.intp], other_bits: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs (i, j) of one game with no bit in common; both lists are sorted by game."""
    games = int(max(lane.max(initial=-1), other_lane.max(initial=-1))) + 1
    number = np.bincount(other_lane, minlength=games)
    size, begin = number[lane], (np.cumsum(number) - number)[lane]
    stop = np.cumsum(size)
    left: list[NDArray[np.intp]] = []
    right: list[NDArray[np.intp]] = []
    done = 0
    while done < len(lane):
        before = int(stop[done - 1]) if done else 0
        upto = max(int(np.searchsorted(stop, before + PAIRS, side="right")), done + 1)
        some = size[done:upto]
        shift = begin[done:upto] - (stop[done:upto] - some - before)
        j = np.repeat(shift, some)
        j += np.arange(len(j))
        meet = np.repeat(bits[done:upto], some)
        meet &= other_bits[j]
        hit = np.flatnonzero(meet == 0)
        left.append(np.searchsorted(stop, hit + before, side="right"))
        right.append(j[hit])
        done = upto
    none = np.zeros(0, dtype=np.intp)
    return np.concatenate([none, *left]), np.concatenate([none, *right])


def entry_order(
    lane: NDArray[np.intp], label_x: NDArray[np.int64], label_y: NDArray[np.int64], rows: int, columns: int
) -> NDArray[np.intp]:
    """Order entries by game, size of both supports, then supports: the order in which the fast path lists its pairs."""
    first = ~label_x & ((1 << rows) - 1)
    second = ~label_y >> rows & ((1 << columns) - 1)
    sizes = np.bitwise_count(first), np.bitwise_count(second)
    order: NDArray[np.intp] = np.lexsort((label_x, label_y, second, first, sizes[0], sizes[0] + sizes[1], lane))
    return order
