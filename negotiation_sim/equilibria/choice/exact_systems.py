"""Small systems of linear equations and inequalities, solved exactly."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

__all__ = ["feasible", "unique_solution"]


def unique_solution(system: Sequence[Sequence[Fraction]]) -> list[Fraction] | None:
    """Solve equations, each a row of coefficients and the right side; None unless there is exactly one solution.

    Examples
    --------
    >>> unique_solution([[Fraction(1), Fraction(1), Fraction(1)], [Fraction(1), Fraction(-2), Fraction(0)]])
    [Fraction(2, 3), Fraction(1, 3)]
    """
    rows = [list(row) for row in system]
    unknowns = len(rows[0]) - 1
    for c in range(unknowns):
        pivot = next((r for r in range(c, len(rows)) if rows[r][c]), None)
        if pivot is None:
            return None
        rows[c], rows[pivot] = rows[pivot], rows[c]
        rows[c] = [v / rows[c][c] for v in rows[c]]
        for r in range(len(rows)):
            if r != c and rows[r][c]:
                rows[r] = [v - rows[r][c] * w for v, w in zip(rows[r], rows[c], strict=True)]
    if any(row[-1] for row in rows[unknowns:]):
        return None
    return [row[-1] for row in rows[:unknowns]]


def feasible(inequalities: Sequence[tuple[Sequence[int], int]]) -> bool:
    """Whether some x >= 0 satisfies every inequality ``coefficients . x >= bound``, all in integers.

    The first phase of the simplex method on a dictionary with one extra variable, in integers throughout (each pivot divides without
    remainder by the one before it, as in J. Edmonds 1967), with Bland's rule, so it ends.

    Examples
    --------
    >>> feasible([([1, -2], 0), ([0, 1], 1)]), feasible([([1, -2], 0), ([-1, 1], 1)])
    (True, False)
    """
    if all(bound <= 0 for _, bound in inequalities):
        return True
    count = len(inequalities[0][0])
    # Row: slack = (constant + sum of coefficient * variable) / unit. The last column is that of the extra variable.
    rows = [[*coefficients, 1, -bound] for coefficients, bound in inequalities]
    outside = [*range(count + 1)]  # variables of the columns; `count` is the extra one
    inside = [*range(count + 1, count + 1 + len(rows))]
    unit = _pivot(rows, min(range(len(rows)), key=lambda r: rows[r][-1]), count, 1, outside, inside)
    while count in inside:
        extra = inside.index(count)
        entering = [c for c in range(count + 1) if rows[extra][c] < 0]
        if rows[extra][-1] == 0:
            return True
        if not entering:
            return False
        c = min(entering, key=lambda c: outside[c])
        leaving = None
        for r, row in enumerate(rows):
            if row[c] < 0:
                gap = 0 if leaving is None else row[-1] * -rows[leaving][c] - rows[leaving][-1] * -row[c]
                if leaving is None or gap < 0 or (gap == 0 and inside[r] < inside[leaving]):
                    leaving = r
        assert leaving is not None  # the extra variable's own row falls
        unit = _pivot(rows, leaving, c, unit, outside, inside)
    return True


def _pivot(rows: list[list[int]], leaving: int, c: int, unit: int, outside: list[int], inside: list[int]) -> int:
    """Exchange the variables of a row and a column; the new unit."""
    pivot = rows[leaving]
    sign = 1 if pivot[c] > 0 else -1
    size = sign * pivot[c]
    for r, row in enumerate(rows):
        if r != leaving:
            factor = row[c]
            rows[r] = [(size * v - sign * factor * p) // unit for v, p in zip(row, pivot, strict=True)]
            rows[r][c] = sign * factor
    rows[leaving] = [-sign * p for p in pivot]
    rows[leaving][c] = sign * unit
    outside[c], inside[leaving] = inside[leaving], outside[c]
    return size
