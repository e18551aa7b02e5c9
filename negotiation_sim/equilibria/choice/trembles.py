r"""Is an equilibrium of a two-player game proper? Decided exactly, in integers, for small games.

A profile is proper (Myerson 1978) when completely mixed profiles come arbitrarily close to it in which an action that is worse than
another has at most a fraction :math:`\epsilon` of its probability. Each player's preference among their actions, given such a profile of
the other, is a ranking with ties. So the equilibrium is proper if and only if, for some ranking of each player,

- the first player has weights in the order of the first ranking (everything in a class at least :math:`1/\epsilon` times as
  likely as anything in the next) close to their strategy, under which the second player's actions rank in the order of the second ranking;
- and the same the other way round.

For given rankings these are systems of linear inequalities whose coefficients are polynomials in :math:`1/\epsilon`. With integer payoffs
their feasibility no longer changes once :math:`\epsilon` is below an explicit bound, so it is decided for one such :math:`\epsilon`.
The rankings to try are those that only break ties of the equilibrium itself, with every action in use in the first class: few.

References
----------
R. Myerson (1978), "Refinements of the Nash equilibrium concept", International Journal of Game Theory 7(2), 73-80.
L. Blume, A. Brandenburger and E. Dekel (1991), "Lexicographic probabilities and equilibrium refinements", Econometrica 59(1), 81-98.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

from negotiation_sim.equilibria.choice.exact_systems import feasible, unique_solution

__all__ = ["survives"]

Matrix = Sequence[Sequence[Fraction]]
Ranking = tuple[tuple[int, ...], ...]
"""Classes of actions, the best first."""
Pair = tuple[Sequence[int], Sequence[int]]


def survives(first: Matrix, second: Matrix, supports: Pair, replies: Pair, most: int) -> bool | None:
    """Decide whether the equilibrium with these supports and best replies is proper; None if it is not tried.

    Parameters
    ----------
    first, second : matrices of Fraction
        Each player's payoffs, own actions in rows and the other's in columns.
    supports, replies : pairs of sequences of int
        The actions in use, and all that are best replies.
    most : int
        Largest number of pairs of rankings to try.

    Returns
    -------
    bool or None
        None if there are more pairs of rankings than that, or if supports and best replies do not determine one equilibrium.
    """
    strategies = _mixture(second, replies[1], supports[0]), _mixture(first, replies[0], supports[1])
    if strategies[0] is None or strategies[1] is None:
        return None
    pair = strategies[0], strategies[1]
    tied = _tied(first, pair[1]), _tied(second, pair[0])
    if any(not set(used) <= set(groups[0]) for used, groups in zip(supports, tied, strict=True)):
        return None
    counts = [
        math.prod(_ways(len(g) - len(used) if k == 0 else len(g), k == 0) for k, g in enumerate(groups))
        for used, groups in zip(supports, tied, strict=True)
    ]
    if math.prod(counts) > most:
        return None
    games = _integers(first), _integers(second)
    mine, theirs = (list(_rankings(groups, used)) for groups, used in zip(tied, supports, strict=True))
    return any(_supported(games[0], a, b, pair[1]) and _supported(games[1], b, a, pair[0]) for a, b in itertools.product(mine, theirs))


def _mixture(payoffs: Matrix, rows: Sequence[int], columns: Sequence[int]) -> list[Fraction] | None:
    """The one mixture on ``columns`` that makes the player of ``payoffs`` indifferent on ``rows``; None if there is none or several."""
    head = rows[0]
    system = [[payoffs[r][c] - payoffs[head][c] for c in columns] + [Fraction(0)] for r in rows[1:]]
    system.append([Fraction(1)] * (len(columns) + 1))
    found = unique_solution(system)
    if found is None or min(found) <= 0:
        return None
    mixture = [Fraction(0)] * len(payoffs[0])
    for c, p in zip(columns, found, strict=True):
        mixture[c] = p
    return mixture


def _tied(payoffs: Matrix, against: Sequence[Fraction]) -> list[list[int]]:
    """Actions grouped by their payoff against the equilibrium, the best first."""
    value = [sum((u * p for u, p in zip(row, against, strict=True)), Fraction(0)) for row in payoffs]
    order = sorted(range(len(value)), key=lambda r: -value[r])
    return [list(group) for _, group in itertools.groupby(order, key=lambda r: value[r])]


def _ways(free: int, joined: bool) -> int:
    """Number of rankings of ``free`` actions; with ``joined``, beside some that are in the first class for sure."""
    ranked = [1]
    for n in range(1, free + 1):
        ranked.append(sum(math.comb(n, k) * ranked[n - k] for k in range(1, n + 1)))
    return sum(math.comb(free, k) * ranked[free - k] for k in range(free + 1)) if joined else ranked[free]


def _rankings(groups: Sequence[Sequence[int]], used: Sequence[int]) -> Iterator[Ranking]:
    """Every ranking that breaks ties only, with the actions in use in the first class."""
    choices = [[r for r in _ordered(tuple(group)) if k or set(used) <= set(r[0])] for k, group in enumerate(groups)]
    for parts in itertools.product(*choices):
        yield tuple(itertools.chain.from_iterable(parts))


def _ordered(actions: tuple[int, ...]) -> Iterator[Ranking]:
    """Every ranking with ties of the actions."""
    if not actions:
        yield ()
    for size in range(len(actions), 0, -1):
        for top in itertools.combinations(actions, size):
            for rest in _ordered(tuple(a for a in actions if a not in top)):
                yield (top, *rest)


def _integers(payoffs: Matrix) -> list[list[int]]:
    """The payoffs in a unit that makes them integers."""
    unit = math.lcm(*(u.denominator for row in payoffs for u in row))
    return [[int(u * unit) for u in row] for row in payoffs]


def _supported(payoffs: list[list[int]], preference: Ranking, likelihood: Ranking, near: Sequence[Fraction]) -> bool:
    """Whether weights in the order ``likelihood``, close to ``near``, give the player of ``payoffs`` this preference."""
    n = len(near)
    rows: list[list[int]] = []  # each: sum of coefficients times weights >= 0
    strict: list[list[int]] = [[int(j == k) for j in range(n)] for k in range(n)]  # each: >= 1, all weights among them
    for better, worse in itertools.pairwise(preference):
        strict.append([u - v for u, v in zip(payoffs[better[0]], payoffs[worse[0]], strict=True)])
    for members in preference:
        for one, other in itertools.pairwise(members):
            difference = [u - v for u, v in zip(payoffs[one], payoffs[other], strict=True)]
            rows += [difference, [-d for d in difference]]
    whole = math.lcm(*(p.denominator for p in near))
    share = [int(p * whole) for p in near]
    largest = max(whole, *(abs(c) for row in (*rows, *strict) for c in row))
    # Which points of the system are vertices depends on signs of minors: polynomials in 1/epsilon of degree <= n + 1 whose coefficients
    # are integers below the factor. Beyond it their signs no longer change (Cauchy's bound).
    factor = 2 ** (2 + math.factorial(n + 1).bit_length() + (n + 1) * (1 + (2 * largest + 1).bit_length()))
    for likely, unlikely in itertools.pairwise(likelihood):
        rows += [[(j == a) - factor * (j == b) for j in range(n)] for a in likely for b in unlikely]
    for k in range(n):
        off = [whole * (j == k) - share[k] for j in range(n)]
        rows += [[sign * factor * d + whole for d in off] for sign in (1, -1)]
    return feasible([(row, 0) for row in rows] + [(row, 1) for row in strict])
