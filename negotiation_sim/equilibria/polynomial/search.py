"""Find every root of polynomial systems by dividing the mixes into cells, with a proof for each cell that is left."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks
from negotiation_sim.equilibria.polynomial.cell_tests import locate, may_tie
from negotiation_sim.equilibria.polynomial.cells import Cells, cut_corners, halve, whole
from negotiation_sim.equilibria.polynomial.newton import newton, slack
from negotiation_sim.equilibria.polynomial.systems import SystemShape

__all__ = ["LOOSE", "Clock", "Found", "find_roots", "with_ties"]

OUTSIDE = 1e-9  # barycentric coordinates down to minus this belong to the cell
SMALLEST = 2.0**-20  # longest edge of a cell that is divided no further
SUSPECT = 2.0**-3  # longest edge of the cells in which singular roots are looked for
PATIENCE = 512  # cells of a system before singular roots are looked for
MOST = 1_000_000  # cells that a system may take: the work of some 10 to 30 seconds
MOST_SINGULAR = 2_000  # once it is known to have a singular root
MOST_HOPELESS = 256  # if one of its equations is 0 = 0: no root of it can be isolated
LOOSE = 1e-2  # how far a root may move when payoffs move by their tolerance: one that may move further is not known to be alone
BLURRED = 1e-3  # pivots up to this share of the column count as zero in the search for singular roots


class Clock:
    """Time spent on each game, shared out by cells; ``limit`` in seconds."""

    def __init__(self, games: int, limit: float) -> None:
        self.spent = np.zeros(games)
        self.limit = limit

    def charge(self, games: NDArray[np.intp], seconds: float) -> None:
        """Share seconds among the games of some cells."""
        if len(games):
            self.spent += np.bincount(games, minlength=len(self.spent)) * (seconds / len(games))

    def late(self, games: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Whether the time of each of these games is over."""
        out: NDArray[np.bool_] = self.spent[games] > self.limit
        return out


class Found(NamedTuple):
    """Roots with positive probabilities, or zero ones, at which no unused action pays more.

    ``item`` (root,); ``mixes[j]`` (k_j, root); ``resolved`` (item,): all of the system's cells were proved to hold no root or one that is
    isolated; ``late`` (item,): given up because time was over.
    """

    item: NDArray[np.intp]
    mixes: list[NDArray[np.float64]]
    resolved: NDArray[np.bool_]
    late: NDArray[np.bool_]


@dataclass
class _State:
    """What is known of each system of a search."""

    shape: SystemShape
    payoffs: list[NDArray[np.float64]]
    tolerance: NDArray[np.float64]
    cells: NDArray[np.int64]
    most: NDArray[np.int64]
    singular: NDArray[np.bool_]
    resolved: NDArray[np.bool_]
    roots: list[tuple[NDArray[np.intp], list[NDArray[np.float64]]]]


def find_roots(
    shape: SystemShape,
    payoffs: list[NDArray[np.float64]],
    tolerance: NDArray[np.float64],
    game: NDArray[np.intp],
    clock: Clock,
    hopeless: NDArray[np.bool_],
    start: Sequence[Cells] | None = None,
) -> Found:
    """Find the roots of systems of one shape.

    Parameters
    ----------
    shape : SystemShape
    payoffs : list of ndarray
        As in `SystemShape`; each player's payoffs lie in [0, 1].
    tolerance : ndarray, shape (player, item)
        Differences up to this are ties.
    game : ndarray of int, shape (item,)
        Which game to charge for the time.
    clock : Clock
    hopeless : ndarray of bool, shape (item,)
        Systems that can have no isolated root; see `with_ties`.
    start : sequence of Cells, optional
        Where to look; everywhere by default.
    """
    count = len(game)
    most = np.where(hopeless, MOST_HOPELESS, MOST)
    state = _State(shape, payoffs, tolerance, np.zeros(count, np.int64), most, np.zeros(count, bool), np.ones(count, bool), [])
    late = np.zeros(count, dtype=bool)
    generation = [whole(shape, payoffs, np.arange(count))] if start is None else list(start)
    size = max(64, min(8192, (1 << 18) // (shape.unknowns * math.prod(shape.sizes))))
    settled: list[Cells] = []
    while generation or settled:
        children: list[Cells] = []
        for cells in generation:
            state.cells += np.bincount(cells.item, minlength=count)
        for cells in _batches(generation, size):
            began = time.perf_counter()
            _divided(state, cells, children, settled)
            clock.charge(game[cells.item], time.perf_counter() - began)
        if not children or sum(map(len, settled)) >= size:  # few at a time would cost as much as many
            for cells in _batches(settled, size):
                began = time.perf_counter()
                _rooted(state, cells, children)
                clock.charge(game[cells.item], time.perf_counter() - began)
            settled = []
        late |= clock.late(game)
        ahead = state.cells.copy()
        for cells in children:
            ahead += np.bincount(cells.item, minlength=count)
        late |= ahead > MOST
        given_up = late | (ahead > np.where(state.singular, np.minimum(MOST_SINGULAR, state.most), state.most))
        generation = []
        for cells in children:
            gone = given_up[cells.item]
            state.resolved[cells.item[gone]] = False
            kept = cells.take(np.flatnonzero(~gone)) if gone.any() else cells
            if len(kept):
                generation.append(kept)
    return _polished(state, late)


def _batches(cells: list[Cells], size: int) -> Iterator[Cells]:
    """Regroup lists of cells to lists of about the same size."""
    waiting: list[Cells] = []
    for some in cells:
        waiting.append(some)
        if sum(map(len, waiting)) >= size:
            joined = Cells.joined(waiting)
            waiting = []
            for part in chunks(len(joined), size):
                if part.stop - part.start == size:
                    yield joined.take(part)
                else:
                    waiting = [joined.take(part)]
    if waiting:
        yield Cells.joined(waiting)


def with_ties(shape: SystemShape, payoffs: list[NDArray[np.float64]], tolerance: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Make two actions in use that always pay the same, within the tolerance, pay exactly the same; in place.

    Which systems have such actions (item,): an equation is void, so that none of their roots is isolated.
    """
    out = np.zeros(tolerance.shape[1], dtype=bool)
    for i, k in enumerate(shape.sizes):
        rows = payoffs[i].reshape((len(payoffs[i]), -1, len(out)))
        for a in range(k):
            for b in range(a + 1, k):
                tied = np.flatnonzero(np.abs(rows[b] - rows[a]).max(axis=0) <= tolerance[i])
                payoffs[i][b][..., tied] = payoffs[i][a][..., tied]
                out[tied] = True
    return out


def _divided(state: _State, cells: Cells, children: list[Cells], settled: list[Cells]) -> None:
    """Judge cells: put those that have one root at most to the ``settled``, and the parts of those that are undecided to the children."""
    cells = cells.take(np.flatnonzero(may_tie(cells, state.tolerance[:, cells.item])))
    if not len(cells):
        return
    at = locate(cells)
    single = np.flatnonzero(at.possible & at.single)
    if len(single):
        settled.append(cells.take(single))
    left = np.flatnonzero(at.possible & ~at.single)
    lengths = cells.lengths()[:, left]
    large = _not_stuck(state, cells.item[left], lengths)
    if not large.all():
        left, lengths = left[large], lengths[:, large]
    if not len(left):
        return
    item = cells.item[left]
    suspect = ((lengths.max(axis=0) <= SUSPECT) | ~at.pivoted[left]) & (state.cells[item] > PATIENCE) & ~state.singular[item]
    if suspect.any():
        _look_for_singular(state, cells.take(left[suspect]))
    low = [least[:, left] for least in at.low]
    measure = at.bends[:, left] * lengths
    measure = np.where(measure.max(axis=0) > 0, measure, lengths)
    shrunk = np.ones(len(left))
    for least, k in zip(low, state.shape.sizes, strict=True):
        shrunk *= (1 - least.sum(axis=0)) ** (k - 1)
    smaller = cut_corners(cells.take(left), low)
    again = shrunk < 0.3  # a cell that shrinks that much may shrink again
    if again.any():
        children.append(smaller.take(np.flatnonzero(again)))
    rest = np.flatnonzero(~again)
    if len(rest):
        children += halve(smaller.take(rest), measure[:, rest].argmax(axis=0))


def _not_stuck(state: _State, item: NDArray[np.intp], lengths: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which cells are large enough to be divided; the systems of the others are not resolved."""
    large: NDArray[np.bool_] = np.logical_or.reduce(lengths >= SMALLEST, axis=0)
    state.singular[item[~large]] = True
    state.resolved[item[~large]] = False
    return large


def _rooted(state: _State, cells: Cells, children: list[Cells]) -> None:
    """Keep the roots of cells that have at most one; halve the cells in which none is found, as a root outside proves nothing."""
    shape = state.shape
    centre = [np.full((k, len(cells)), 1 / k) for k in shape.sizes]
    roots = newton(shape, cells.payoffs, centre)
    inside = roots.converged.copy()
    for x in roots.mixes:
        inside &= (x >= -OUTSIDE).all(axis=0)
    found = np.flatnonzero(inside)
    if len(found):
        here = [x[:, found] for x in roots.mixes]
        tied = slack(shape, [u[..., found] for u in cells.payoffs], here) <= state.tolerance[:, cells.item[found]]
        good = np.flatnonzero(tied.all(axis=0))
        mixes = [(v[..., found[good]] * x[:, None, good]).sum(axis=0) for v, x in zip(cells.corners, here, strict=True)]
        state.roots.append((cells.item[found[good]], mixes))
    cells = cells.take(np.flatnonzero(~inside))
    lengths = cells.lengths()
    large = np.flatnonzero(_not_stuck(state, cells.item, lengths))
    if len(large):
        children += halve(cells.take(large), lengths[:, large].argmax(axis=0))


def _look_for_singular(state: _State, cells: Cells) -> None:
    """Mark systems that have a singular root in one of the cells (or next to it)."""
    centre = [np.full((k, len(cells)), 1 / k) for k in state.shape.sizes]
    roots = newton(state.shape, cells.payoffs, centre, BLURRED)
    near = roots.singular.copy()
    for x in roots.mixes:
        near &= (x >= -0.01).all(axis=0)
    state.singular[cells.item[near]] = True


def _polished(state: _State, late: NDArray[np.bool_]) -> Found:
    """Polish the roots in the coordinates of the whole, and prove that they are isolated."""
    shape = state.shape
    item = np.concatenate([np.zeros(0, dtype=np.intp), *(r[0] for r in state.roots)])
    mixes = [np.concatenate([np.zeros((k, 0)), *(r[1][j] for r in state.roots)], axis=1) for j, k in enumerate(shape.sizes)]
    if not len(item):
        return Found(item, mixes, state.resolved, late)
    roots = newton(shape, [u.take(item, axis=-1) for u in state.payoffs], mixes)
    state.resolved[item[~roots.isolated | (roots.weight * state.tolerance[:, item].max(axis=0) > LOOSE)]] = False
    same = np.ones(len(item), dtype=bool)
    for old, new in zip(mixes, roots.mixes, strict=True):
        same &= np.abs(old - new).max(axis=0) < 1e-6
    mixes = [np.where(same, new, old) for old, new in zip(mixes, roots.mixes, strict=True)]
    return Found(item, mixes, state.resolved, late)
