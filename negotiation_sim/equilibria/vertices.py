r"""Vertices of the best-reply polyhedra of a batch of games, read off the signs of their minors.

The best-reply polyhedron of a player with payoffs A is :math:`\{(y, v): y \ge 0, \sum y = 1, A y \le v\}`. A point of it has as *labels*
the opponent's actions of probability zero and the player's own best replies. A vertex with support T and best replies M has some
:math:`S \subseteq M`, :math:`|S| = |T|`, for which the mix on T that makes S indifferent is unique, and positive on all of T; so all
vertices come out of the pairs (S, T) whose mix minors are clear and agree, and whose other minors do not clearly disagree. The rows with
a minor that is not clear are further best replies. Pairs with the same labels are one vertex.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.minors import minor_plan, subsets
from negotiation_sim.equilibria.signs import bits_to_games, sign_rows
from negotiation_sim.equilibria.support_pairs import SupportPairs

__all__ = ["Vertices", "bit_sets", "find_vertices", "vertex_mixes"]

TABLE = 1 << 20  # keys that are sorted by marking them in a table


class Bases(NamedTuple):
    """All pairs (S, T) of one player, by size; arrays over pairs.

    ``own``, ``other``: the sets as bits; ``size``; ``rank``: number within its size; ``minor``, ``bit`` (pair, rows - 1): for each own
    action outside S its minor (one past the table where there is none) and its bit.
    """

    own: NDArray[np.int64]
    other: NDArray[np.int64]
    size: NDArray[np.int64]
    rank: NDArray[np.intp]
    minor: NDArray[np.intp]
    bit: NDArray[np.int64]


def bit_sets(n: int, k: int) -> NDArray[np.int64]:
    """Subsets of size ``k`` of ``range(n)`` as bits, in colexicographic order, which is the order of these numbers."""
    bits: NDArray[np.int64] = (np.int64(1) << subsets(n, k).astype(np.int64)).sum(axis=1)
    return bits


@lru_cache(maxsize=32)
def _bases(rows: int, columns: int) -> Bases:
    size = minor_plan(rows, columns).size
    parts: list[tuple[NDArray[np.int64], ...]] = []
    for k in range(1, min(rows, columns) + 1):
        own, other = bit_sets(rows, k), bit_sets(columns, k)
        pairs = len(own) * len(other)
        minor = np.full((pairs, rows - 1), size, dtype=np.intp)
        bit = np.zeros((pairs, rows - 1), dtype=np.int64)
        if k < rows:
            minor[:, : rows - k] = sign_rows(rows, columns, k).positive[k * (k > 1) :].T % size
            outside = np.nonzero(own[:, None] >> np.arange(rows) & 1 == 0)[1].reshape(len(own), rows - k)
            bit[:, : rows - k] = np.repeat(np.int64(1) << outside, len(other), axis=0)
        parts.append((np.repeat(own, len(other)), np.tile(other, len(own)), np.full(pairs, k), np.arange(pairs), minor, bit))
    return Bases(*(np.concatenate(column) for column in zip(*parts, strict=True)))


@dataclass(frozen=True)
class Vertices:
    """Vertices of one player's best-reply polyhedra, sorted by game and labels; arrays over vertices.

    ``lane``: game within the chunk; ``label``: bits 0 to rows - 1 are the first player's actions (best replies, or of probability zero),
    the bits above them the second player's; ``basis``: the pair it was read from. ``rounded``, ``grey`` (lanes): whether some minor
    that is not clear differs from zero, and whether some minor is nearly clear, or barely.
    """

    player: int
    lane: NDArray[np.intp]
    label: NDArray[np.int64]
    basis: NDArray[np.intp]
    rounded: NDArray[np.bool_]
    grey: NDArray[np.bool_]


def find_vertices(pairs: SupportPairs, player: int, chosen: NDArray[np.uint64]) -> Vertices:
    """Find the vertices for the games ``chosen`` (words) of the chunk that ``pairs`` solved last.

    ``player`` is the one who replies; the mixes are the opponent's.
    """
    side, games, words = pairs.side(player)
    rows, columns = side.plan.rows, side.plan.columns
    planes = np.ascontiguousarray(pairs.planes[player if len(pairs.sides) == 2 else 0][:, words])
    found = np.concatenate([side.bases(planes, k) & chosen for k in range(1, min(rows, columns) + 1)])
    flags = np.ascontiguousarray(bits_to_games(found).T)
    at = np.flatnonzero(flags)
    lane = at // flags.shape[1]
    basis = at - lane * flags.shape[1]
    table = _bases(rows, columns)
    unclear = np.concatenate([side.unclear(games), np.zeros((1, pairs.length), dtype=bool)])
    best = table.own[basis]
    for j in range(rows - 1):
        best |= table.bit[basis, j] * unclear[table.minor[basis, j], lane]
    zero = ~table.other[basis] & ((1 << columns) - 1)
    label = best | zero << rows if player == 0 else zero | best << columns
    # Few games of the chunk are tied: number those, so that the table of what was seen stays small.
    tied = bits_to_games(chosen)
    lanes = np.flatnonzero(tied)
    place = np.cumsum(tied) - 1
    key, basis = _distinct(place[lane] << (rows + columns) | label, basis, len(lanes) << (rows + columns))
    lane, label = lanes[key >> (rows + columns)], key & ((1 << (rows + columns)) - 1)
    return Vertices(player, lane, label, basis, side.rounded(games), side.grey[games])


def _distinct(key: NDArray[np.int64], basis: NDArray[np.intp], keys: int) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Sort the keys, each once, with the first basis that goes with it."""
    if keys > TABLE:
        once, first = np.unique(key, return_index=True)
        return once, basis[first]
    seen = np.full(keys, -1, dtype=np.int32)
    seen[key[::-1]] = basis[::-1]
    once = np.flatnonzero(seen >= 0)
    return once, seen[once].astype(np.intp)


def vertex_mixes(pairs: SupportPairs, vertices: Vertices) -> NDArray[np.float64]:
    """The opponent's mix at each vertex; shape (actions of the opponent, vertex)."""
    side, games, _ = pairs.side(vertices.player)
    rows, columns = side.plan.rows, side.plan.columns
    table = _bases(rows, columns)
    size, rank = table.size[vertices.basis], table.rank[vertices.basis]
    mixes = np.zeros((columns, len(size)))
    for k in range(1, min(rows, columns) + 1):
        here = np.flatnonzero(size == k)
        if not len(here):
            continue
        at = subsets(columns, k).T.take(rank[here] % comb(columns, k), axis=1)
        if k == 1:
            mixes[at, here] = 1.0
            continue
        share = side.table[sign_rows(rows, columns, k).mix.take(rank[here], axis=1), games.start + vertices.lane[here]]
        share[::2] *= -1.0
        share /= share.sum(axis=0)
        mixes[at, here] = share
    return mixes
