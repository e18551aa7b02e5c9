r"""Vertices of the best-reply polyhedra of a batch of games, read off the signs of their minors.

The best-reply polyhedron of a player with payoffs A is :math:`\{(y, v): y \ge 0, \sum y = 1, A y \le v\}`. A point of it has as *labels*
the opponent's actions of probability zero and the player's own best replies. A vertex with support T and best replies M has some
:math:`S \subseteq M`, :math:`|S| = |T|`, for which the mix on T that makes S indifferent is unique, and positive on all of T; so all
vertices come out of the pairs (S, T) whose mix minors are clear and agree, and whose other minors do not clearly disagree. The rows with
a minor that is not clear are further best replies. Pairs with the same labels are one vertex.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.enumeration.minors import largest_minor, minor_plan, subsets
from negotiation_sim.equilibria.enumeration.signs import bits_to_games, set_bits, sign_rows
from negotiation_sim.equilibria.enumeration.support_pairs import SupportPairs

__all__ = ["Vertices", "bit_sets", "faint_games", "find_vertices", "vertex_mixes"]

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
    basis, lane = set_bits(found)
    table = _bases(rows, columns)
    unclear = np.concatenate([side.unclear(games), np.zeros((1, pairs.length), dtype=bool)]).reshape(-1)
    best = table.own.take(basis)
    for minor, bit in zip(table.minor.T * pairs.length, table.bit.T, strict=True):  # of one action outside S after the other
        at = minor.take(basis)
        at += lane
        best |= np.multiply(bit.take(basis), unclear.take(at), out=at)
    zero = (~table.other & ((1 << columns) - 1)).take(basis)
    label = best | zero << rows if player == 0 else zero | best << columns
    # Few games of the chunk are tied: number those, so that the table of what was seen stays small.
    tied = bits_to_games(chosen)
    lanes = np.flatnonzero(tied)
    place = np.cumsum(tied) - 1
    key, basis = _distinct(place[lane] << (rows + columns) | label, basis, len(lanes) << (rows + columns), len(table.size))
    lane, label = lanes[key >> (rows + columns)], key & ((1 << (rows + columns)) - 1)
    return Vertices(player, lane, label, basis, side.rounded(games), side.grey[games])


def _distinct(key: NDArray[np.int64], basis: NDArray[np.intp], keys: int, bases: int) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Sort the keys (below ``keys``), each once, with the first basis (below ``bases``) that goes with it; bases are ascending."""
    if keys > TABLE:
        once, first = np.unique(key, return_index=True)
        return once, basis[first]
    seen = np.full(keys, -1, dtype=np.int8 if bases < 128 else np.int32)
    seen[key[::-1]] = basis[::-1]
    once = np.flatnonzero(np.greater_equal(seen, 0))
    return once, seen[once].astype(np.intp)


def vertex_mixes(pairs: SupportPairs, vertices: Vertices) -> NDArray[np.float64]:
    """The opponent's mix at each vertex; shape (actions of the opponent, vertex)."""
    plan = pairs.side(vertices.player)[0].plan
    mixes = np.zeros((plan.columns, len(vertices.basis)))
    for k, here, rank, share in _minors_of_mixes(pairs, vertices):
        at = subsets(plan.columns, k).T.take(rank % comb(plan.columns, k), axis=1)
        if k == 1:
            mixes[at, here] = 1.0
            continue
        share[::2] *= -1.0
        share /= share.sum(axis=0)
        mixes[at, here] = share
    return mixes


def faint_games(pairs: SupportPairs, vertices: Vertices, share: float) -> NDArray[np.bool_]:
    """Games of the chunk with a vertex at which some positive probability may be less than ``share``; see `SupportPairs.faint`."""
    faint = np.zeros(pairs.length, dtype=bool)
    for k, here, _, minors in _minors_of_mixes(pairs, vertices):
        if k > 1:
            small = np.less(np.abs(minors, out=minors), share * k * largest_minor(k))
            faint[vertices.lane[here[small.any(axis=0)]]] = True
    return faint


def _minors_of_mixes(
    pairs: SupportPairs, vertices: Vertices
) -> Iterator[tuple[int, NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]]:
    """For each size of support: the vertices that have it, the ranks of their bases, and the minors that give their mixes, (k, vertex)."""
    side, games, _ = pairs.side(vertices.player)
    rows, columns = side.plan.rows, side.plan.columns
    table = _bases(rows, columns)
    size = table.size.take(vertices.basis)
    for k in range(1, min(rows, columns) + 1):
        here = np.flatnonzero(size == k)
        if len(here):
            rank = table.rank.take(vertices.basis.take(here))
            at = sign_rows(rows, columns, k).mix.take(rank, axis=1)  # no rows if k is 1
            at *= side.table.shape[1]
            at += vertices.lane.take(here) + games.start
            yield k, here, rank, side.table.reshape(-1).take(at)
