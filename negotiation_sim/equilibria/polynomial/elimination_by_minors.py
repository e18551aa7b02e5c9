"""Systems that come down to one polynomial in one probability.

Two players with k actions in use, and a third with 2 of which z is the weight of the second: given z, what makes either of the first two
indifferent is linear in the other's mix, which is therefore proportional to minors, polynomials in z. Put into the indifference of the
third they give one polynomial P(z). For two players alone the minors are numbers (the mixes of
`negotiation_sim.equilibria.enumeration.minors`). With 3, 2 and 2 actions in use it is a determinant that vanishes.

Polynomials are held by their Bernstein coefficients on an interval, which bound them: intervals are halved until P has no root in them
or is monotone, or some minors that must have equal signs have not. Nothing is decided that rounding could change; systems in which it
could are left to the search by cells.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.polynomial.cells import Cells
from negotiation_sim.equilibria.polynomial.newton import newton, slack
from negotiation_sim.equilibria.polynomial.search import LOOSE
from negotiation_sim.equilibria.polynomial.systems import SystemShape

__all__ = ["Eliminated", "confirmed", "eliminates", "roots_by_minors"]

ROUNDING = 1e-14  # error of a coefficient for each product that it sums; payoffs lie in [0, 1]
NARROWEST = 2.0**-24
VAGUE = 1e-4  # mixes known worse than this are left to the search
STEPS = 60  # of bisection, at most
OUTSIDE = 1e-9


class Eliminated(NamedTuple):
    """Roots, as in `Found` of the search (``item``, ``mixes``), and which systems are ``left`` to it, whole (item,) or in ``cells``."""

    item: NDArray[np.intp]
    mixes: list[NDArray[np.float64]]
    left: NDArray[np.bool_]
    cells: tuple[Cells, ...] = ()


@dataclass(frozen=True)
class _Curve:
    """Mixes as functions of z on intervals, by Bernstein coefficients.

    ``first``, ``second``: weights proportional to the mixes of the first two players, shape (k, degree + 1, interval); ``condition``: the
    polynomial that vanishes at roots, shape (degree + 1, interval). ``low`` and ``width`` (interval,): where the interval is.
    """

    item: NDArray[np.intp]
    low: NDArray[np.float64]
    width: NDArray[np.float64]
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    condition: NDArray[np.float64]

    def take(self, which: NDArray[np.intp]) -> _Curve:
        return _Curve(
            self.item[which],
            self.low[which],
            self.width[which],
            self.first.take(which, axis=-1),
            self.second.take(which, axis=-1),
            self.condition.take(which, axis=-1),
        )


def eliminates(shape: SystemShape) -> bool:
    """Whether systems of this shape come down to one unknown."""
    sizes = shape.sizes
    return sizes in ((2, 2), (3, 3), (4, 4), (2, 2, 2), (3, 3, 2), (4, 4, 2), (3, 2, 2))


def roots_by_minors(shape: SystemShape, payoffs: list[NDArray[np.float64]], tolerance: NDArray[np.float64]) -> Eliminated:
    """Find the roots of systems that `eliminates` accepts; arguments as in `find_roots` of the search."""
    count = tolerance.shape[1]
    left = np.zeros(count, dtype=bool)
    curve = _curve(shape, payoffs)
    error = ROUNDING * shape.sizes[0] ** 2 * math.factorial(shape.sizes[0] - 1) ** 2
    if shape.mixing == 2:
        mixes = [curve.first[:, 0], curve.second[:, 0]]
        return confirmed(shape, payoffs, tolerance, np.arange(count), mixes, [np.full(count, error)] * 2, (0, 1), left)
    void = np.abs(curve.condition).max(axis=0) <= 16 * error
    left |= void
    curve = curve.take(np.flatnonzero(~void))
    single = []
    while len(curve.item):
        possible = (curve.condition.min(axis=0) <= error) & (curve.condition.max(axis=0) >= -error)
        for weights in (curve.first, curve.second):
            positive = (weights.min(axis=1) > error).any(axis=0)
            negative = (weights.max(axis=1) < -error).any(axis=0)
            possible &= ~(positive & negative)
        curve = curve.take(np.flatnonzero(possible))
        slope = np.diff(curve.condition, axis=0)
        monotone = (slope.min(axis=0) > error) | (slope.max(axis=0) < -error)
        single.append(curve.take(np.flatnonzero(monotone)))
        stuck = ~monotone & (curve.width <= NARROWEST)
        left[curve.item[stuck]] = True
        curve = _halved(curve.take(np.flatnonzero(~monotone & ~left[curve.item])))
    found = _Curve(*(np.concatenate([getattr(s, f) for s in single], axis=-1) for f in _Curve.__dataclass_fields__)) if single else curve
    at = _located(found.condition)
    steepness = np.abs(np.diff(found.condition, axis=0)).min(axis=0) * (len(found.condition) - 1)
    off = 2 * error / steepness + 1e-12  # of the root, as a share of the interval
    mixes, errors = [], []
    for weights in (found.first, found.second):
        slope = np.abs(np.diff(weights, axis=1)).max(axis=(0, 1)) * (weights.shape[1] - 1)
        mixes.append(_evaluated(weights, at))
        errors.append(slope * off + error)
    z = found.low + at * found.width
    return confirmed(shape, payoffs, tolerance, found.item, [*mixes, np.stack([1 - z, z])], [*errors, off * found.width], (0, 1), left)


def confirmed(
    shape: SystemShape,
    payoffs: list[NDArray[np.float64]],
    tolerance: NDArray[np.float64],
    item: NDArray[np.intp],
    weights: list[NDArray[np.float64]],
    errors: list[NDArray[np.float64]],
    pair: tuple[int, int],
    left: NDArray[np.bool_],
) -> Eliminated:
    """Polish candidates, and drop those that are no equilibria.

    The weights of the players ``pair`` are up to a factor; ``errors[j]`` (candidate,) says how far off those of player j may be. Marks
    systems ``left`` to the search, if rounding could decide.
    """
    mixes, possible = list(weights), np.ones(len(item), dtype=bool)
    for j in pair:
        x = weights[j]
        size = np.abs(x).max(axis=0)
        doubt = errors[j] / np.where(size > 0, size, 1) + 1e-9
        left[item[(size <= 0) | (doubt > VAGUE)]] = True
        share = x / np.where(size > 0, size, 1)
        possible &= (share.min(axis=0) >= -doubt) | (share.max(axis=0) <= doubt)
        total = share.sum(axis=0)
        mixes[j] = share / np.where(np.abs(total) > 0.5, total, 1)
    some = np.flatnonzero(possible & ~left[item])
    item, mixes = item[some], [x[:, some] for x in mixes]
    roots = newton(shape, [u.take(item, axis=-1) for u in payoffs], mixes)
    astray = ~roots.isolated | (roots.weight * tolerance[:, item].max(axis=0) > LOOSE)
    for before, after in zip(mixes, roots.mixes, strict=True):
        astray |= np.abs(before - after).max(axis=0) > 10 * VAGUE
    for j in range(shape.mixing):
        if j not in pair:  # the root that was found, not another
            astray |= np.abs(roots.mixes[j] - mixes[j]).max(axis=0) > errors[j][some] + 1e-9
    left[item[astray]] = True
    good = ~left[item]
    for x in roots.mixes:
        good &= (x >= -OUTSIDE).all(axis=0)
    kept = np.flatnonzero(good)
    item, mixes = item[kept], [x[:, kept] for x in roots.mixes]
    tied = slack(shape, [u.take(item, axis=-1) for u in payoffs], mixes) <= tolerance[:, item]
    kept = np.flatnonzero(tied.all(axis=0))
    return Eliminated(item[kept], [x[:, kept] for x in mixes], left)


def _curve(shape: SystemShape, payoffs: list[NDArray[np.float64]]) -> _Curve:
    """The mixes and the condition over the whole of [0, 1]."""
    gains = [u[1:k] - u[:1] for u, k in zip(payoffs[: shape.mixing], shape.sizes, strict=True)]
    count = gains[0].shape[-1]
    where = np.arange(count), np.zeros(count), np.ones(count)
    if shape.mixing == 2:
        return _Curve(*where, _null(gains[1][:, :, None]), _null(gains[0][:, :, None]), np.zeros((1, count)))
    if shape.sizes == (3, 2, 2):
        second = np.stack([gains[0][0, 1], -gains[0][0, 0]])  # (y, 2, count): indifference of the first between two of its actions
        condition = sum(_product(gains[0][1, q], second[q]) for q in range(2))
        rows = np.stack([gains[1][0], (gains[2][0][:, :, None] * second).sum(axis=1)])
        return _Curve(*where, _null(rows), second, np.asarray(condition))
    first, second = _null(gains[1]), _null(gains[0])
    condition = np.zeros((first.shape[1] + second.shape[1] - 1, count))
    for p, x in enumerate(first):
        condition += _product(x, (gains[2][0, p][:, None] * second).sum(axis=0))
    return _Curve(*where, first, second, condition)


def _null(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The vector that all rows annihilate, by minors: (k, degree + 1, item) from (k - 1, k, degree + 1, item)."""
    k = rows.shape[1]
    return np.stack([_determinant(rows, [c for c in range(k) if c != p]) * (-1) ** p for p in range(k)])


def _determinant(rows: NDArray[np.float64], columns: list[int]) -> NDArray[np.float64]:
    if len(columns) == 1:
        only: NDArray[np.float64] = rows[0, columns[0]]
        return only
    total = np.zeros((1, 1))
    for place, c in enumerate(columns):
        total = total + _product(rows[0, c], _determinant(rows[1:], columns[:place] + columns[place + 1 :])) * (-1) ** place
    return total


@lru_cache(maxsize=64)
def _binomials(degree: int) -> NDArray[np.float64]:
    return np.array([math.comb(degree, i) for i in range(degree + 1)], dtype=float)[:, None]


def _product(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Multiply polynomials (degree + 1, item) in Bernstein form."""
    left, right = a * _binomials(len(a) - 1), b * _binomials(len(b) - 1)
    out = np.zeros((len(a) + len(b) - 1, a.shape[-1]))
    for i, x in enumerate(left):
        out[i : i + len(right)] += x * right
    out /= _binomials(len(out) - 1)
    return out


def _halved(curve: _Curve) -> _Curve:
    """Both halves of each interval (de Casteljau)."""
    parts = [_halves(c) for c in (curve.first, curve.second, curve.condition)]
    half = curve.width / 2
    ends = np.concatenate([curve.low, curve.low + half])
    return _Curve(np.tile(curve.item, 2), ends, np.tile(half, 2), *(np.concatenate(p, axis=-1) for p in parts))


def _halves(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    left, right = np.empty_like(values), np.empty_like(values)
    degree = values.shape[-2] - 1
    for i in range(degree + 1):
        left[..., i, :], right[..., degree - i, :] = values[..., 0, :], values[..., -1, :]
        values = (values[..., 1:, :] + values[..., :-1, :]) * 0.5
    return left, right


def _evaluated(values: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values of polynomials (..., degree + 1, item) at points of the interval, from 0 to 1."""
    while values.shape[-2] > 1:
        values = values[..., :-1, :] * (1 - at) + values[..., 1:, :] * at
    return values[..., 0, :]


def _located(condition: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where monotone polynomials vanish, as a share of the interval; an end, if they do not (Newton's method, kept within a bracket)."""
    low, high = np.zeros(condition.shape[-1]), np.ones(condition.shape[-1])
    rising = condition[-1] > condition[0]
    slope = np.diff(condition, axis=0) * (len(condition) - 1)
    at = np.full(len(low), 0.5)
    for _ in range(STEPS):
        value = _evaluated(condition, at)
        above = (value > 0) == rising
        high, low = np.where(above, at, high), np.where(above, low, at)
        step = at - value / _evaluated(slope, at)
        new = np.where((step >= low) & (step <= high), step, (low + high) / 2)
        moved = np.abs(new - at)
        at = new
        if (moved < 1e-13).all():
            break
    return at
