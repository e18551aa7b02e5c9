"""Systems in which two players have as many actions in use as each other, with their mixes eliminated.

Given the mixes z of the others, what makes either of the two indifferent is linear in the other's mix, which is therefore proportional to
minors: polynomials in z. Put into the conditions of the others they leave as many equations as z has unknowns: two instead of six for
3 x 3 x 3, three instead of nine for 4 x 4 x 4. Those are solved by dividing the simplices of z, as in the search by cells, with Bernstein
coefficients as bounds.

Where all minors vanish, a mix need not be proportional to them: small pieces in which they may are left to the search by cells, with all
mixes of the two. Nothing is decided that rounding could change; what it could is left to the search, too.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks
from negotiation_sim.equilibria.polynomial.bernstein import basis, differences, exponents, halving, multinomials
from negotiation_sim.equilibria.polynomial.cells import restricted
from negotiation_sim.equilibria.polynomial.elimination_by_minors import VAGUE, Eliminated, confirmed
from negotiation_sim.equilibria.polynomial.pair_conditions import PairPlan, Pieces, eliminate_pair
from negotiation_sim.equilibria.polynomial.row_reduction import reduce_rows
from negotiation_sim.equilibria.polynomial.systems import SystemShape

__all__ = ["eliminated_pair", "roots_by_pairs"]

NARROWEST = 2.0**-16
BLIND = {True: 2.0**-3, False: 2.0**-2}  # longest edge of a piece that is left to the search if all minors of a player may vanish in it
MOST = 20_000  # cells of a system before it is left to the search
MOST_COEFFICIENTS = 2000
STEPS = 12
FINISHED = 1e-9
OUTSIDE = 1e-9


@lru_cache(maxsize=256)
def eliminated_pair(shape: SystemShape) -> tuple[int, int] | None:
    """The two players to eliminate: those with the largest supports of equal size; None if there is no such pair, or no use in it."""
    sizes = shape.sizes
    if len(sizes) < 3 or any(k - 1 > shape.unknowns - (k - 1) for k in sizes):
        return None
    for i in range(len(sizes) - 1):
        if sizes[i] == sizes[i + 1]:
            plan = PairPlan(shape, i, i + 1)
            if plan.unknowns > 2 and 2 * plan.unknowns >= shape.unknowns:
                return None  # as quick by cells
            size = len(multinomials(plan.sizes, plan.degrees)) * plan.unknowns
            return (i, i + 1) if size <= MOST_COEFFICIENTS else None
    return None


def roots_by_pairs(
    shape: SystemShape, pair: tuple[int, int], payoffs: list[NDArray[np.float64]], tolerance: NDArray[np.float64]
) -> Eliminated:
    """Find the roots of systems; arguments as in `find_roots` of the search."""
    plan, count = PairPlan(shape, *pair), tolerance.shape[1]
    whole = eliminate_pair(plan, payoffs)
    left = (np.abs(whole.conditions).max(axis=1) <= 16 * plan.error).any(axis=0)
    cells = np.zeros(count, dtype=np.int64)
    found: list[tuple[NDArray[np.intp], list[NDArray[np.float64]], list[NDArray[np.float64]]]] = []
    blind: list[Pieces] = []
    size = max(64, min(8192, (1 << 18) // (whole.conditions.shape[0] * whole.conditions.shape[1])))
    waiting, ripe = [whole.take(np.flatnonzero(~left))], list[Pieces]()
    while waiting or ripe:
        if not waiting or sum(len(r.item) for r in ripe) >= size:  # few at a time would cost as much as many
            for part in chunks(sum(len(r.item) for r in ripe), size):
                waiting += _rooted(plan, Pieces.joined(ripe).take(part), found, blind)
            ripe = []
            if not waiting:
                break
        pieces = Pieces.joined(waiting) if len(waiting) > 1 else waiting[0]
        cells += np.bincount(pieces.item, minlength=count)
        left |= cells > MOST
        if left[pieces.item].any():
            pieces = pieces.take(np.flatnonzero(~left[pieces.item]))
        waiting = []
        for part in chunks(len(pieces.item), size):
            waiting += _divided(plan, pieces.take(part), ripe, blind)
    open_ones = tuple(restricted(shape, payoffs, b.item, dict(zip(plan.rest, b.corners, strict=True))) for b in blind)
    if not found:
        return Eliminated(np.zeros(0, dtype=np.intp), [np.zeros((k, 0)) for k in shape.sizes], left, open_ones)
    item = np.concatenate([f[0] for f in found])
    mixes, errors = ([np.concatenate(parts, axis=-1) for parts in zip(*(f[n] for f in found), strict=True)] for n in (1, 2))
    return confirmed(shape, payoffs, tolerance, item, mixes, errors, pair, left)._replace(cells=open_ones)


def _divided(plan: PairPlan, pieces: Pieces, ripe: list[Pieces], blind: list[Pieces]) -> list[Pieces]:
    """Judge pieces: which have one root at most, in which elimination says nothing; return the halves of those that are undecided."""
    error, k = plan.error, plan.shape.sizes[plan.first]
    low, high = pieces.minors.min(axis=1), pieces.minors.max(axis=1)
    possible = (pieces.conditions.min(axis=1) <= error).all(axis=0) & (pieces.conditions.max(axis=1) >= -error).all(axis=0)
    vague = np.zeros(len(pieces.item), dtype=bool)
    for own in (slice(0, k), slice(k, 2 * k)):  # the weights of a mix have one sign
        positive, negative = (low[own] > error).any(axis=0), (high[own] < -error).any(axis=0)
        possible &= ~(positive & negative)
        vague |= ~positive & ~negative
    vague = vague[possible]
    pieces = pieces.take(np.flatnonzero(possible))
    if not len(pieces.item):
        return []
    steps, weight, pivoted = _preconditioned(plan, pieces)
    possible, single, bends = _judged(plan, steps, error * (weight + 1), pivoted)
    if single[possible].any():
        ripe.append(pieces.take(np.flatnonzero(possible & single)))
    possible &= ~single
    lengths = _lengths(plan, pieces)
    given_up = possible & (lengths.max(axis=0) <= np.where(vague, BLIND[3 * plan.unknowns <= plan.shape.unknowns], NARROWEST))
    blind.append(pieces.take(np.flatnonzero(given_up)))
    rest = np.flatnonzero(possible & ~given_up)
    measure = np.where(pivoted, bends, 1.0) * lengths
    return _halves(plan, pieces.take(rest), measure[:, rest].argmax(axis=0))


def _rooted(
    plan: PairPlan,
    pieces: Pieces,
    found: list[tuple[NDArray[np.intp], list[NDArray[np.float64]], list[NDArray[np.float64]]]],
    blind: list[Pieces],
) -> list[Pieces]:
    """Keep the roots of pieces that have at most one; return the halves of those in which none is found."""
    inside, clear = _kept(plan, pieces, found)
    lengths = _lengths(plan, pieces)
    stuck = ~inside & (lengths.max(axis=0) <= NARROWEST)
    blind.append(pieces.take(np.flatnonzero((inside & ~clear) | stuck)))
    rest = np.flatnonzero(~inside & ~stuck)
    return _halves(plan, pieces.take(rest), lengths[:, rest].argmax(axis=0))


def _lengths(plan: PairPlan, pieces: Pieces) -> NDArray[np.float64]:
    """Length of each edge, as the largest difference of a probability; shape (edge, piece)."""
    return np.stack([np.abs(pieces.corners[r][p] - pieces.corners[r][q]).max(axis=0) for r, p, q in plan.edges()])


def _preconditioned(plan: PairPlan, pieces: Pieces) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """The conditions times the inverse of their derivative at the centre; sums of its weights (D, piece); whether it exists."""
    sizes, count = plan.sizes, len(pieces.item)
    matrix = np.empty((plan.unknowns, plan.unknowns, count))
    column = 0
    for r, m in enumerate(sizes):
        lower = tuple(d - (s == r) for s, d in enumerate(plan.degrees))
        middle = basis(sizes, lower, [np.full((size, 1), 1 / size) for size in sizes])[:, 0] * plan.degrees[r]
        for q in range(1, m):
            down, up = differences(sizes, plan.degrees, r, 0, q)
            functional = np.zeros(pieces.conditions.shape[1])
            np.add.at(functional, up, middle)
            np.subtract.at(functional, down, middle)
            matrix[:, column] = np.einsum("n,enb->eb", functional, pieces.conditions)
            column += 1
    reduced = reduce_rows(matrix)
    steps = np.zeros(pieces.conditions.shape)
    for e, condition in enumerate(pieces.conditions):
        steps += reduced.rows[:, e, None] * condition
    pivoted: NDArray[np.bool_] = np.logical_and.reduce(reduced.pivoted, axis=0)
    return steps, np.abs(reduced.rows).sum(axis=1), pivoted


def _judged(
    plan: PairPlan, steps: NDArray[np.float64], error: NDArray[np.float64], pivoted: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.float64]]:
    """Whether each piece may have a root, whether it has one at most, and how far from linear it is along each edge."""
    sizes, degrees = plan.sizes, plan.degrees
    possible = (steps.min(axis=1) <= error).all(axis=0) & (steps.max(axis=1) >= -error).all(axis=0)
    spread = np.zeros((plan.unknowns, steps.shape[-1]))
    bends, begin = [], 0
    for r, m in enumerate(sizes):
        powers = exponents(sizes, degrees)[r] / degrees[r]
        for q in range(1, m):
            at = powers[:, q, None] - steps[begin + q - 1]  # a coordinate of the root, if all are pivoted
            limit = error[begin + q - 1]
            possible &= ~pivoted | ((at.max(axis=0) >= -limit) & (at.min(axis=0) <= 1 + limit))
        for p in range(m):
            for q in range(p + 1, m):
                down, up = differences(sizes, degrees, r, p, q)
                slope = (steps[:, up] - steps[:, down]) * degrees[r]
                top, bottom = slope.max(axis=1), slope.min(axis=1)
                bends.append((top - bottom).sum(axis=0))
                if p == 0:
                    top[begin + q - 1] -= 1
                    bottom[begin + q - 1] -= 1
                    spread += np.maximum(top, -bottom)
        begin += m - 1
    single = pivoted & np.logical_and.reduce(spread + error * (2 * max(degrees) * plan.unknowns) < 1, axis=0)
    return possible, single, np.stack(bends)


def _kept(
    plan: PairPlan,
    pieces: Pieces,
    found: list[tuple[NDArray[np.intp], list[NDArray[np.float64]], list[NDArray[np.float64]]]],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Find the roots of pieces that have at most one, and keep those inside; which pieces have one, and where it tells the mixes."""
    sizes, degrees, count = plan.sizes, plan.degrees, len(pieces.item)
    at = [np.full((m, count), 1 / m) for m in sizes]
    size = np.full(count, np.inf)
    for _ in range(STEPS):
        value = (pieces.conditions * basis(sizes, degrees, at)).sum(axis=1)
        matrix = np.empty((plan.unknowns, plan.unknowns, count))
        column = 0
        for r, m in enumerate(sizes):
            lower = basis(sizes, tuple(d - (s == r) for s, d in enumerate(degrees)), at) * degrees[r]
            for q in range(1, m):
                down, up = differences(sizes, degrees, r, 0, q)
                matrix[:, column] = ((pieces.conditions[:, up] - pieces.conditions[:, down]) * lower).sum(axis=1)
                column += 1
        rows = reduce_rows(matrix).rows
        step = (rows * value).sum(axis=1)
        step *= size >= FINISHED
        np.clip(step, -1, 1, out=step)
        begin = 0
        for x in at:
            own = step[begin : begin + len(x) - 1]
            x[1:] -= own
            x[0] += own.sum(axis=0)
            begin += len(x) - 1
        size = np.where(size >= FINISHED, np.abs(step).max(axis=0), size)
        if (size < FINISHED).all():
            break
    inside: NDArray[np.bool_] = size < FINISHED
    for x in at:
        inside &= (x >= -OUTSIDE).all(axis=0)
    good, clear = np.flatnonzero(inside), np.ones(count, dtype=bool)
    if len(good):
        at = [x[:, good] for x in at]
        off = 4 * np.abs(rows[..., good]).sum(axis=1).max(axis=0) * plan.error + 1e-12  # of the root, in coordinates of the piece
        values = (pieces.minors[..., good] * basis(sizes, plan.low, at)).sum(axis=1)
        slope = np.abs(pieces.minors[..., good]).max(axis=(0, 1)) * (4 * sum(plan.low))
        k = len(values) // 2
        doubt = (slope * off + plan.error) / np.maximum(np.minimum(np.abs(values[:k]).max(axis=0), np.abs(values[k:]).max(axis=0)), 1e-300)
        known = np.flatnonzero(doubt < VAGUE / 2)
        clear[good] = doubt < VAGUE / 2
        good, at, off, values, slope = good[known], [x[:, known] for x in at], off[known], values[:, known], slope[known]
        mixes: list[NDArray[np.float64]] = []
        errors: list[NDArray[np.float64]] = []
        rest = iter(zip(pieces.corners, at, strict=True))
        for j in range(plan.shape.mixing):
            if j in (plan.first, plan.second):
                mixes.append(values[:k] if j == plan.first else values[k:])
                errors.append(slope * off + plan.error)
            else:
                corner, x = next(rest)
                mixes.append((corner[..., good] * x[:, None]).sum(axis=0))
                errors.append(off)
        found.append((pieces.item[good], mixes, errors))
    return inside, clear


def _halves(plan: PairPlan, pieces: Pieces, choice: NDArray[np.intp]) -> list[Pieces]:
    """Halve one edge of each piece."""
    out = []
    for number, (r, p, q) in enumerate(plan.edges()):
        some = np.flatnonzero(choice == number)
        if not len(some):
            continue
        part = pieces.take(some)
        for moved, other in ((p, q), (q, p)):
            corners = list(part.corners)
            corners[r] = corners[r].copy()
            corners[r][moved] = (corners[r][p] + corners[r][q]) / 2
            minors = halving(plan.sizes, plan.low, r, moved, other) @ part.minors
            out.append(Pieces(part.item, corners, minors, halving(plan.sizes, plan.degrees, r, moved, other) @ part.conditions))
    return out
