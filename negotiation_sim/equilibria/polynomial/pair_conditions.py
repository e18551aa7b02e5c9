"""What is left of a system when the mixes of two players are eliminated: polynomials in the mixes of the others."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.polynomial.bernstein import Degrees, multinomials, multiply
from negotiation_sim.equilibria.polynomial.elimination_by_minors import ROUNDING
from negotiation_sim.equilibria.polynomial.systems import SystemShape, front

__all__ = ["PairPlan", "Pieces", "eliminate_pair"]


@dataclass(frozen=True)
class PairPlan:
    """Which players are eliminated from a system, and the degrees of what is left."""

    shape: SystemShape
    first: int
    second: int

    @property
    def rest(self) -> list[int]:
        """The players who stay."""
        return [j for j in range(self.shape.mixing) if j not in (self.first, self.second)]

    @property
    def sizes(self) -> Degrees:
        """Number of corners of their simplices."""
        return tuple(self.shape.sizes[j] for j in self.rest)

    @property
    def unknowns(self) -> int:
        return sum(self.sizes) - len(self.sizes)

    @property
    def low(self) -> Degrees:
        """Degrees of the minors."""
        return (self.shape.sizes[self.first] - 1,) * len(self.sizes)

    @property
    def degrees(self) -> Degrees:
        """Degrees of the conditions."""
        return tuple(2 * d + (len(self.sizes) > 1) for d in self.low)

    @property
    def error(self) -> float:
        """Bound for the rounding of the coefficients of the conditions."""
        k = self.shape.sizes[self.first]
        return ROUNDING * k**2 * math.factorial(k - 1) ** 2

    def edges(self) -> list[tuple[int, int, int]]:
        """Every edge: simplex, and its two corners."""
        return [(r, p, q) for r, m in enumerate(self.sizes) for p in range(m) for q in range(p + 1, m)]


@dataclass(frozen=True)
class Pieces:
    """Products of simplices of z.

    ``corners[r]`` (m_r corners, m_r actions, piece); ``minors`` (2 k, N, piece): weights proportional to the mixes of the two eliminated
    players, by Bernstein coefficients; ``conditions`` (D, N, piece).
    """

    item: NDArray[np.intp]
    corners: list[NDArray[np.float64]]
    minors: NDArray[np.float64]
    conditions: NDArray[np.float64]

    def take(self, which: NDArray[np.intp] | slice) -> Pieces:
        return Pieces(self.item[which], [c[..., which] for c in self.corners], self.minors[..., which], self.conditions[..., which])

    @classmethod
    def joined(cls, parts: list[Pieces]) -> Pieces:
        return cls(
            np.concatenate([p.item for p in parts]),
            [np.concatenate([p.corners[r] for p in parts], axis=-1) for r in range(len(parts[0].corners))],
            np.concatenate([p.minors for p in parts], axis=-1),
            np.concatenate([p.conditions for p in parts], axis=-1),
        )


def eliminate_pair(plan: PairPlan, payoffs: list[NDArray[np.float64]]) -> Pieces:
    """Minors and conditions over all mixes of the rest."""
    shape, rest, sizes = plan.shape, plan.rest, plan.sizes
    gains = [u[1:k] - u[:1] for u, k in zip(payoffs[: shape.mixing], shape.sizes, strict=True)]
    count = gains[0].shape[-1]
    linear = (1,) * len(sizes)
    minors = []
    for owner, other in ((plan.second, plan.first), (plan.first, plan.second)):
        rows = front(front(gains[owner], shape.axis(owner, other)), 1)  # (action of owner, action of other, rest ..., item)
        rows = rows.reshape((*rows.shape[:2], -1, count))
        minors.append([_minor(sizes, rows, linear, p) for p in range(rows.shape[1])])
    conditions, d = [], plan.low
    for r, j in enumerate(rest):
        own = tuple(int(s != r) for s in range(len(sizes)))  # linear in the mixes of the rest but j
        axes = [0, *(shape.axis(j, i) for i in (plan.first, plan.second)), *(shape.axis(j, i) for i in rest if i != j), gains[j].ndim - 1]
        rows = gains[j].transpose(axes)
        rows = rows.reshape((*rows.shape[:3], -1, count))
        up = tuple(wanted - 2 * low - linear_in for wanted, low, linear_in in zip(plan.degrees, d, own, strict=True))
        one = np.broadcast_to(multinomials(sizes, up), (len(multinomials(sizes, up)), count))
        for row in rows:
            total = np.zeros((1, count))
            for p, x in enumerate(minors[0]):
                inner = np.zeros((1, count))
                for q, y in enumerate(minors[1]):
                    term, degrees = multiply(sizes, row[p, q], own, y, d)
                    inner = inner + term
                term, degrees = multiply(sizes, inner, degrees, x, d)
                total = total + term
            total, _ = multiply(sizes, total, degrees, one, up)
            conditions.append(total / multinomials(sizes, plan.degrees))
    corners = []
    for m in sizes:
        corner = np.zeros((m, m, count))
        corner[np.arange(m), np.arange(m)] = 1
        corners.append(corner)
    return Pieces(np.arange(count), corners, np.stack(minors[0] + minors[1]) / multinomials(sizes, d), np.stack(conditions))


def _minor(sizes: Degrees, rows: NDArray[np.float64], degrees: Degrees, but: int) -> NDArray[np.float64]:
    """The minor without one column, with its sign, scaled: (N, item) from rows (k - 1, k, N, item)."""

    def determinant(first: int, columns: list[int]) -> tuple[NDArray[np.float64], Degrees]:
        if len(columns) == 1:
            return rows[first, columns[0]], degrees
        total, total_degrees = np.zeros((1, 1)), degrees
        for place, c in enumerate(columns):
            below, lower = determinant(first + 1, columns[:place] + columns[place + 1 :])
            term, total_degrees = multiply(sizes, rows[first, c], degrees, below, lower)
            total = total + term * (-1) ** place
        return total, total_degrees

    minor, _ = determinant(0, [c for c in range(rows.shape[1]) if c != but])
    return -minor if but % 2 else minor
