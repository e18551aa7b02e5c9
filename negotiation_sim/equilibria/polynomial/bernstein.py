"""Polynomials on products of simplices, by their Bernstein coefficients, many at once.

A polynomial of degree d_r in the barycentric coordinates of each simplex r is held by one coefficient for each multi-index, flat in C
order over the simplices: an array (..., N, item). The coefficients bound its values, and those of its derivatives bound its slopes.
*Scaled* coefficients are those of the monomials; products of polynomials are convolutions of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import combinations_with_replacement, product

import numpy as np
from numpy.typing import NDArray

__all__ = ["Degrees", "basis", "differences", "exponents", "halving", "multinomials", "multiply"]

Degrees = tuple[int, ...]


@lru_cache(maxsize=256)
def exponents(sizes: Degrees, degrees: Degrees) -> tuple[NDArray[np.intp], ...]:
    """Exponents of each coefficient, one array (N, corners) a simplex."""
    lists = []
    for m, d in zip(sizes, degrees, strict=True):
        powers = [np.bincount(chosen, minlength=m) for chosen in combinations_with_replacement(range(m), d)] if d else [np.zeros(m, int)]
        lists.append(np.array(powers))
    picks = np.array(list(product(*(range(len(powers)) for powers in lists))))
    return tuple(powers[picks[:, r]] for r, powers in enumerate(lists))


@lru_cache(maxsize=256)
def _places(sizes: Degrees, degrees: Degrees) -> Callable[[NDArray[np.intp]], NDArray[np.intp]]:
    """A function from exponents (..., all corners) to numbers of coefficients."""
    flat = np.concatenate(exponents(sizes, degrees), axis=1)
    base = max(degrees, default=0) + 1
    powers = base ** np.arange(flat.shape[1])
    codes = flat @ powers
    order = np.argsort(codes)

    def place(wanted: NDArray[np.intp]) -> NDArray[np.intp]:
        return order[np.searchsorted(codes, wanted @ powers, sorter=order)]

    return place


@lru_cache(maxsize=256)
def multinomials(sizes: Degrees, degrees: Degrees) -> NDArray[np.float64]:
    """Scaled coefficients of the constant 1, shape (N, 1)."""
    out = np.ones(len(exponents(sizes, degrees)[0]))
    for powers, d in zip(exponents(sizes, degrees), degrees, strict=True):
        out *= [math.factorial(d) / math.prod(map(math.factorial, e)) for e in powers.tolist()]
    return out[:, None]


@lru_cache(maxsize=256)
def _product_table(sizes: Degrees, first: Degrees, second: Degrees) -> NDArray[np.intp]:
    one, other = (np.concatenate(exponents(sizes, d), axis=1) for d in (first, second))
    return _places(sizes, tuple(a + b for a, b in zip(first, second, strict=True)))(one[:, None] + other[None])


def multiply(
    sizes: Degrees, a: NDArray[np.float64], first: Degrees, b: NDArray[np.float64], second: Degrees
) -> tuple[NDArray[np.float64], Degrees]:
    """Multiply polynomials with scaled coefficients (N, item) of these degrees; the product and its degrees."""
    if len(a) > len(b):
        a, first, b, second = b, second, a, first
    degrees = tuple(x + y for x, y in zip(first, second, strict=True))
    out = np.zeros((len(multinomials(sizes, degrees)), a.shape[-1]))
    for value, rows in zip(a, _product_table(sizes, first, second), strict=True):
        out[rows] += value * b
    return out, degrees


@lru_cache(maxsize=1024)
def halving(sizes: Degrees, degrees: Degrees, simplex: int, p: int, q: int) -> NDArray[np.float64]:
    """The matrix that takes coefficients to those of the half in which corner p has moved to the middle of the edge from p to q.

    The new coefficients are values of the blossom: each of the e_p places of p is taken half by p, half by q (de Casteljau).
    """
    powers = exponents(sizes, degrees)
    flat = np.concatenate(powers, axis=1)
    begin = sum(sizes[:simplex])
    place = _places(sizes, degrees)
    out = np.zeros((len(flat), len(flat)))
    for row, e in enumerate(flat):
        count = int(e[begin + p])
        for j in range(count + 1):
            moved = e.copy()
            moved[begin + p] -= j
            moved[begin + q] += j
            out[row, place(moved)] += math.comb(count, j) / 2**count
    return out


@lru_cache(maxsize=1024)
def differences(sizes: Degrees, degrees: Degrees, simplex: int, p: int, q: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which coefficients to subtract, and from which, for the slope towards q away from p, divided by the degree in that simplex."""
    lower = tuple(d - (r == simplex) for r, d in enumerate(degrees))
    flat = np.concatenate(exponents(sizes, lower), axis=1)
    begin, place = sum(sizes[:simplex]), _places(sizes, degrees)
    up, down = flat.copy(), flat.copy()
    up[:, begin + q] += 1
    down[:, begin + p] += 1
    return place(down), place(up)


def basis(sizes: Degrees, degrees: Degrees, at: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Values of the Bernstein polynomials at barycentric coordinates ``at[r]`` (corners, item): (N, item)."""
    out = np.broadcast_to(multinomials(sizes, degrees), (len(multinomials(sizes, degrees)), at[0].shape[-1])).copy()
    for powers, x, d in zip(exponents(sizes, degrees), at, degrees, strict=True):
        table = np.ones((d + 1, *x.shape))
        for e in range(1, d + 1):
            np.multiply(table[e - 1], x, out=table[e])
        for corner in range(len(x)):
            out *= table[powers[:, corner], corner]
    return out
