r"""Maximal Nash subsets and connected components, from the labels of extreme equilibria.

Extreme equilibria of a game are the edges of a bipartite graph: its nodes are the vertices x and y. A *maximal Nash subset* is a maximal
complete part of that graph: every mixture of its x against every mixture of its y is an equilibrium, and every equilibrium lies in one of
them (Winkels 1979; Jansen 1981). The x of a maximal Nash subset are all vertices with certain labels, so they span a face of a polytope,
and so do the y. Subsets that share a vertex meet; the *connected components* of the graph are those of the set of all equilibria
(Avis, Rosenberg, Savani and von Stengel 2010).

The dimension of a face is found without any arithmetic: the largest set of its vertices that have one more label in common is a facet
of it, one dimension lower, and a vertex has dimension 0.

References
----------
H.-M. Winkels (1979), "An algorithm to determine all equilibrium points of a bimatrix game", in Game Theory and Related Topics, 137-148.

M. J. M. Jansen (1981), "Maximal Nash subsets for bimatrix games", Naval Research Logistics Quarterly 28, 147-152.

D. Avis, G. Rosenberg, R. Savani and B. von Stengel (2010), "Enumeration of Nash equilibria for two-player games", Economic Theory 42, 9-37.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

__all__ = ["Components", "find_components", "maximal_bicliques"]


@dataclass(frozen=True)
class Components:
    """How the extreme equilibria of a batch combine; in compressed form.

    Parameters
    ----------
    start : ndarray of int64, shape (games + 1,)
        Where the components of each game begin; they come in the order of their first entry.
    component : ndarray of int, shape (entry,)
        The component of each entry.
    dimension : ndarray of int, shape (component,)
        The largest dimension of a maximal Nash subset in the component; 0 for an isolated equilibrium.
    payoff_min, payoff_max : ndarray, shape (component, player)
        Range of each player's payoff over the component. Payoffs are linear in each strategy, so its ends are those over the entries.
    subset_component : ndarray of int, shape (subset,)
        The component of each maximal Nash subset, in ascending order.
    subset_dimension : ndarray of int, shape (subset,)
        Dimension of the set of the first player's strategies plus that of the second's.
    subset_start : ndarray of int, shape (subset + 1,)
        Where the members of each subset begin in ``subset_entry``.
    subset_entry : ndarray of int, shape (membership,)
        Entries of each subset, ascending. An entry may belong to several subsets.
    """

    start: NDArray[np.int64]
    component: NDArray[np.intp]
    dimension: NDArray[np.intp]
    payoff_min: NDArray[np.float64]
    payoff_max: NDArray[np.float64]
    subset_component: NDArray[np.intp]
    subset_dimension: NDArray[np.intp]
    subset_start: NDArray[np.int64]
    subset_entry: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.dimension)

    def entries(self, component: int) -> NDArray[np.intp]:
        """Entries of a component, ascending."""
        return np.flatnonzero(self.component == component)

    def subsets(self, component: int) -> list[NDArray[np.intp]]:
        """Entries of each maximal Nash subset of a component."""
        first, last = np.searchsorted(self.subset_component, [component, component + 1])
        return [self.subset_entry[self.subset_start[s] : self.subset_start[s + 1]] for s in range(first, last)]


def find_components(start: NDArray[np.int64], labels: NDArray[np.int64], payoffs: NDArray[np.float64]) -> Components:
    """Group the extreme equilibria of each game.

    Parameters
    ----------
    start : ndarray of int64, shape (games + 1,)
        Where the entries of each game begin.
    labels : ndarray of int64, shape (2, entry)
        Labels of x and of y as bits; 0 for an equilibrium that is isolated.
    payoffs : ndarray, shape (entry, player)
    """
    entries = int(start[-1])
    game = np.repeat(np.arange(len(start) - 1), np.diff(start))
    tied = np.flatnonzero(labels[0])
    x, y = (_numbered(game[tied], side[tied]) for side in labels)
    component = np.arange(entries)
    if len(tied):
        size = int(x.max()) + 1
        graph = coo_array((np.ones(len(tied), dtype=np.int8), (x, y + size)), shape=(size + int(y.max()) + 1,) * 2)
        group = connected_components(graph, directed=False)[1][x]
        earliest = np.full(int(group.max()) + 1, entries)
        np.minimum.at(earliest, group, tied)
        component[tied] = earliest[group]
    head, component = np.unique(component, return_inverse=True)
    owner, member = _maximal_subsets(component[tied], x, y)
    # isolated equilibria, one subset each
    alone = np.flatnonzero(labels[0] == 0)
    owner = np.concatenate([owner, owner.max(initial=-1) + 1 + np.arange(len(alone))])
    member = np.concatenate([tied[member], alone])
    number = int(owner.max(initial=-1)) + 1
    first = np.full(number, entries)
    np.minimum.at(first, owner, member)
    place = np.empty(number, dtype=np.intp)
    place[np.lexsort((first, component[first]))] = np.arange(number)
    order = np.lexsort((member, place[owner]))
    owner, member = place[owner][order], member[order]
    subset_start = np.searchsorted(owner, np.arange(number + 1)).astype(np.int64)
    subset_component = component[member[subset_start[:-1]]]
    subset_dimension = _face_dimensions(owner, labels[0][member], number) + _face_dimensions(owner, labels[1][member], number)
    dimension = np.zeros(len(head), dtype=np.intp)
    np.maximum.at(dimension, subset_component, subset_dimension)
    low, high = np.full((2, len(head), payoffs.shape[1]), np.inf)
    np.minimum.at(low, component, payoffs)
    np.minimum.at(high, component, -payoffs)
    starts = np.searchsorted(game[head], np.arange(len(start))).astype(np.int64)
    return Components(starts, component, dimension, low, -high, subset_component, subset_dimension, subset_start, member)


def maximal_bicliques(joined: NDArray[np.bool_]) -> list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Maximal complete parts of a bipartite graph ``joined`` (x, y): a pair of masks each, over x and over y.

    The sets of y are the intersections of neighbourhoods of some x; each goes with all x that are joined to the whole of it.
    """
    near = [frozenset(np.flatnonzero(row).tolist()) for row in joined]
    closed: set[frozenset[int]] = set()
    for neighbours in set(near):
        closed |= {neighbours & known for known in closed} | {neighbours}
    result: list[tuple[NDArray[np.bool_], NDArray[np.bool_]]] = []
    for chosen in sorted(map(sorted, closed - {frozenset()})):
        ys = np.isin(np.arange(joined.shape[1]), chosen)
        result.append((np.logical_and.reduce(joined[:, ys], axis=1), ys))
    return result


def _numbered(game: NDArray[np.intp], label: NDArray[np.int64]) -> NDArray[np.intp]:
    """Number the vertices: entries of one game with the same label share one."""
    order = np.lexsort((label, game))
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(game[order]) != 0) | (np.diff(label[order]) != 0)
    out = np.empty(len(order), dtype=np.intp)
    out[order] = np.cumsum(new) - 1
    return out


def _maximal_subsets(component: NDArray[np.intp], x: NDArray[np.intp], y: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Maximal Nash subsets of edges (x, y): which subset, and which edge, of every membership.

    Most components are complete: one subset. The others are grouped by their pattern, and each pattern is worked out once.
    """
    known, group = np.unique(component, return_inverse=True)
    local = [_within(group, node) for node in (x, y)]
    width = np.zeros((2, len(known)), dtype=np.intp)
    for out, node in zip(width, local, strict=True):
        np.maximum.at(out, group, node + 1)
    whole = (np.bincount(group, minlength=len(known)) == width[0] * width[1])[group]
    owners, members, done = [np.unique(group[whole], return_inverse=True)[1]], [np.flatnonzero(whole)], len(np.unique(group[whole]))
    rest = np.flatnonzero(~whole)
    shape = width[0][group[rest]] << 32 | width[1][group[rest]]
    for size in np.unique(shape):
        nx, ny = int(size) >> 32, int(size) & 0xFFFFFFFF
        edge = rest[shape == size]
        which, place = np.unique(group[edge], return_inverse=True)
        at = np.full((len(which), nx * ny), -1, dtype=np.intp)
        at[place, local[0][edge] * ny + local[1][edge]] = edge
        patterns, of = np.unique(at >= 0, axis=0, return_inverse=True)
        for p, pattern in enumerate(patterns):
            same = at[of.reshape(-1) == p]
            for xs, ys in maximal_bicliques(pattern.reshape(nx, ny)):
                cells = np.flatnonzero(xs[:, None] & ys)
                members.append(same[:, cells].reshape(-1))
                owners.append(done + np.repeat(np.arange(len(same)), len(cells)))
                done += len(same)
    return np.concatenate(owners), np.concatenate(members)


def _within(group: NDArray[np.intp], node: NDArray[np.intp]) -> NDArray[np.intp]:
    """Number the nodes of each group from 0."""
    pairs, inverse = np.unique(np.stack([group, node]), axis=1, return_inverse=True)
    first = np.searchsorted(pairs[0], pairs[0])
    out: NDArray[np.intp] = (np.arange(pairs.shape[1]) - first)[inverse.reshape(-1)]
    return out


def _face_dimensions(owner: NDArray[np.intp], label: NDArray[np.int64], number: int) -> NDArray[np.intp]:
    """Dimension of the face that the vertices ``label`` of each owner span; shape (number,)."""
    dimension = np.zeros(number, dtype=np.intp)
    several = np.bincount(owner, minlength=number) > 1
    keep = several[owner]
    order = np.lexsort((label[keep], owner[keep]))
    owner, label = owner[keep][order], label[keep][order]
    new = np.ones(len(owner), dtype=bool)
    new[1:] = (np.diff(owner) != 0) | (np.diff(label) != 0)
    owner, label = owner[new], label[new]
    while True:
        size = np.bincount(owner, minlength=number)
        keep = (size > 1)[owner]
        owner, label = owner[keep], label[keep]
        if not len(owner):
            return dimension
        alive, place = np.unique(owner, return_inverse=True)
        dimension[alive] += 1
        size = size[alive]
        most, chosen = np.zeros((2, len(alive)), dtype=np.int64)
        for bit in range(int(label.max()).bit_length()):
            share = np.bincount(place, weights=label >> bit & 1, minlength=len(alive)).astype(np.int64)
            better = (share > most) & (share < size)
            most[better], chosen[better] = share[better], bit
        keep = label >> chosen[place] & 1 == 1
        owner, label = owner[keep], label[keep]
