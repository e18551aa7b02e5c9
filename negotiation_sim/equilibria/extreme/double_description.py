r"""Vertices of a best-reply polyhedron by the double description method, in integers: exact, and no trouble with degenerate games.

The cone :math:`\{(y, v): y \ge 0, A_i y \le v\}` is cut out row by row. Its extreme rays after some rows are known; the next row keeps
the rays on its good side, and adds one new ray for each pair of *adjacent* rays that it separates. Two rays are adjacent when no third
one lies on all the facets that both lie on, which is a matter of bits. Rays with y > 0 are the vertices.

References
----------
T. S. Motzkin, H. Raiffa, G. L. Thompson and R. M. Thrall (1953), "The double description method".
K. Fukuda and A. Prodon (1996), "Double description method revisited".
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks

__all__ = ["Budget", "TooLarge", "best_reply_vertices"]

PAIRS = 1 << 21  # pairs of rays looked at together
RAYS = 200_000


class TooLarge(Exception):
    """The polyhedron has more rays than memory allows."""


@dataclass(frozen=True)
class Budget:
    """Time that one game may take; ``until`` is a reading of `time.monotonic`."""

    until: float = math.inf

    def check(self) -> None:
        """Raise TimeoutError when the time is over."""
        if time.monotonic() > self.until:
            raise TimeoutError


def best_reply_vertices(payoffs: NDArray[np.object_], budget: Budget) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Find all mixes y that are vertices of the best-reply polyhedron of the player who chooses rows.

    Parameters
    ----------
    payoffs : ndarray of int objects, shape (rows, columns)
        At most 62 rows and columns together.
    budget : Budget

    Returns
    -------
    rays : ndarray of int objects, shape (vertex, columns)
        Proportional to the probabilities.
    labels : ndarray of int64, shape (vertex,)
        Bit i: row i is a best reply; bit rows + j: column j has probability zero.

    Raises
    ------
    TimeoutError
        If the budget is spent.
    TooLarge
        If there are too many rays.
    """
    rows, columns = payoffs.shape
    payoffs = payoffs - (payoffs.min() - 1)  # positive, so that v > 0 follows from y >= 0
    zero = [1 << (rows + j) for j in range(columns)]
    rays = np.zeros((columns + 1, columns + 1), dtype=np.object_)
    rays[np.arange(columns + 1), np.arange(columns + 1)] = 1
    rays[:columns, columns] = payoffs[0]
    labels = np.array([sum(zero) - bit + 1 for bit in zero] + [sum(zero)], dtype=np.int64)
    for i in range(1, rows):
        budget.check()
        slack = rays[:, columns] - rays[:, :columns] @ payoffs[i]
        sign = np.array([(s > 0) - (s < 0) for s in slack], dtype=np.int8)
        above, below = np.flatnonzero(sign > 0), np.flatnonzero(sign < 0)
        labels[sign == 0] |= 1 << i
        first, second = _adjacent(labels, above, below, columns - 1, budget)
        new = rays[second] * slack[first, None] - rays[first] * slack[second, None]
        kept = sign >= 0
        if int(kept.sum()) + len(new) > RAYS:
            raise TooLarge
        rays = np.concatenate([rays[kept], _reduced(new)])
        labels = np.concatenate([labels[kept], labels[first] & labels[second] | 1 << i])
    real = labels & ((1 << rows) - 1) != 0
    return rays[real, :columns], labels[real]


def _adjacent(
    labels: NDArray[np.int64], above: NDArray[np.intp], below: NDArray[np.intp], least: int, budget: Budget
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Adjacent pairs of rays, one of ``above`` and one of ``below``; they share at least ``least`` facets."""
    firsts, seconds = [np.zeros(0, dtype=np.intp)], [np.zeros(0, dtype=np.intp)]
    for part in chunks(len(above), max(1, PAIRS // max(len(below), 1))):
        budget.check()
        common = labels[above[part], None] & labels[below]
        p, n = np.nonzero(np.bitwise_count(common) >= least)
        shared = common[p, n]
        alone = np.zeros(len(shared), dtype=bool)
        for some in chunks(len(shared), max(1, PAIRS // len(labels))):
            budget.check()
            alone[some] = (labels & shared[some, None] == shared[some, None]).sum(axis=1, dtype=np.int32) == 2
        firsts.append(above[part][p[alone]])
        seconds.append(below[n[alone]])
    return np.concatenate(firsts), np.concatenate(seconds)


def _reduced(rays: NDArray[np.object_]) -> NDArray[np.object_]:
    """Divide each ray by the greatest common divisor of its entries."""
    rows: Iterable[list[int]] = rays.tolist()
    return np.array([[v // d for v in row] for row in rows for d in (math.gcd(*row),)], dtype=np.object_).reshape(rays.shape)
