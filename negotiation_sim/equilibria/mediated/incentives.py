"""The linear programme of a mediator: obedience of every player, and what is to be maximised, as tableaux.

A distribution x over the profiles is a correlated equilibrium when no player gains by taking action b whenever told a: the sum over the
others' actions of ``x(a, others) (u(b, others) - u(a, others))`` is at most 0 for all a and b (R. J. Aumann (1974), "Subjectivity and
correlation in randomized strategies", Journal of Mathematical Economics 1, 67-96; (1987), "Correlated equilibrium as an expression of
Bayesian rationality", Econometrica 55, 1-18). It is a coarse correlated equilibrium when no player gains by taking some b whatever would
have been said (H. Moulin and J.-P. Vial (1978), "Strategically zero-sum games", International Journal of Game Theory 7, 201-221).

Maximised is the least of one or more goals, each an expected value: ``min over t of goal_t x``. The dual programme has a weight for each
goal, which sum to 1, and a price for each temptation to disobey: minimise v subject to v >= (sum of weights goal(j)) - (sum of prices
gain(j)) at each profile j. Write v and the weight of the first goal in terms of the other variables and of the slack of the profile j* that
is best by the first goal. What is left has the right-hand sides goal_0(j*) - goal_0(j), none negative, so that the simplex method can
start, and the prices of its constraints are the probabilities of the profiles.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.certificates.resolution import Resolution

__all__ = ["count_temptations", "first_largest", "gains_of", "is_obeyed", "shares_of", "spread", "tableaux", "temptations"]

Floats = NDArray[np.float64]
Labels = NDArray[np.intp]

DUST = 2.0**-44  # probabilities up to this are rounding


def temptations(shape: tuple[int, ...], coarse: bool) -> Iterator[tuple[int, int | None, int]]:
    """Yield ``(player, told, taken)`` for each way to disobey; ``told`` is None in the coarse case, where nothing was said yet."""
    for player, n in enumerate(shape):
        if n > 1:
            for told in (None,) if coarse else range(n):
                yield from ((player, told, b) for b in range(n) if b != told)


def count_temptations(shape: tuple[int, ...], coarse: bool) -> int:
    """How many ways to disobey there are."""
    return sum((n if coarse else n * (n - 1)) for n in shape if n > 1)


def shares_of(tensor: Floats, scale: Resolution) -> Floats:
    """Payoffs ``(player, a_0, ..., games)`` as shares of each player's range, from 0 to 1; constant ones as 0."""
    out = np.empty(tensor.shape)
    for u, unit, share in zip(tensor, scale.unit, out, strict=True):
        np.subtract(u, u.min(axis=tuple(range(u.ndim - 1))), out=share)
        share /= unit
    return out


def is_obeyed(tensor: Floats, tolerance: Floats, profile: Labels) -> NDArray[np.bool_]:
    """Whether each game's profile is a pure equilibrium: no recommendation at all is then needed."""
    shape, games = tensor.shape[1:-1], tensor.shape[-1]
    lane = np.arange(games)
    obeyed = np.ones(games, dtype=bool)
    for i, (own, n) in enumerate(zip(tensor, shape, strict=True)):
        after = math.prod(shape[i + 1 :])
        flat = own.reshape((-1, games))
        chosen = profile // after % n
        here = flat[profile, lane] + tolerance[i]
        origin = profile - chosen * after
        for b in range(n):
            obeyed &= flat[origin + b * after, lane] <= here
    return obeyed


def gains_of(tensor: Floats, unit: Floats, tolerance: Floats, coarse: bool) -> tuple[Floats, Floats]:
    """What disobeying would gain at each profile; 0 at profiles where something else is told.

    Parameters
    ----------
    tensor : ndarray, shape (player, a_0, ..., a_{N-1}, games)
    unit, tolerance : ndarray, shape (player, games)
        Payoff ranges, and gains up to which a temptation is a tie.
    coarse : bool

    Returns
    -------
    gains : ndarray, shape (profiles, temptation, games)
        Of about size 1 in each row (temptation), so that small stakes are not lost beside large ones.
    factors : ndarray, shape (temptation, games)
        How many times larger they are than as shares of the payoff range.
    """
    shape, games = tensor.shape[1:-1], tensor.shape[-1]
    kinds = count_temptations(shape, coarse)
    gains = (np.empty if coarse else np.zeros)((math.prod(shape), kinds, games))
    factors = np.empty((kinds, games))
    cells = gains.reshape((*shape, kinds, games))
    for k, (i, told, taken) in enumerate(temptations(shape, coarse)):
        own: Floats = np.moveaxis(tensor[i], i, 0)
        to: Floats = np.moveaxis(cells[..., k, :], i, 0)
        gain: Floats = to if told is None else to[told]
        np.subtract(own[taken], own if told is None else own[told], out=gain)
        size = np.abs(gain)
        np.copyto(gain, 0.0, where=size <= tolerance[i])
        most = size.max(axis=tuple(range(size.ndim - 1)))
        stake = np.ldexp(1.0, np.frexp(np.where(most > tolerance[i], most, unit[i]))[1])  # a power of 2: no digit is lost
        gain /= stake
        np.divide(unit[i], stake, out=factors[k])
    return gains, factors


def tableaux(gains: Floats, goals: Floats, start: Labels) -> Floats:
    """Build the tableaux that start from each game's best profile by the first goal.

    Parameters
    ----------
    gains : ndarray, shape (profiles, temptation, games)
    goals : ndarray, shape (goal, profiles, games)
        Of about size 1.
    start : ndarray of int, shape (games,)
        Where the first goal is largest.

    Returns
    -------
    ndarray, shape (rows + 1, columns + 1, games)
        Rows: all profiles but the start, with profile 0 in its place (see `spread`); with several goals also the sum of the weights.
        Columns: prices of temptations, weights of all goals but the first, the slack of the start. Last the limits, and minus the gains.
    """
    profiles, kinds, games = gains.shape
    more = len(goals) - 1
    rows = profiles - 1 + (more > 0)
    table = np.empty((rows + 1, kinds + more + 2, games))
    at = start * games + np.arange(games)
    moved = np.flatnonzero(start)
    place = start[moved] - 1
    at_start = np.take_along_axis(gains, start[None, None], axis=0)[0]
    np.subtract(at_start, gains[1:], out=table[: profiles - 1, :kinds])
    np.negative(at_start, out=table[rows, :kinds])
    table[place, :kinds, moved] = (at_start[:, moved] - gains[0].take(moved, axis=1)).T
    for t, goal in enumerate(goals):
        # Weight on another goal moves the right-hand side by how far that goal is ahead of the first; the slack, by one everywhere.
        ahead = goal - goals[0] if t else goal
        column = kinds + (t - 1 if t else more + 1)
        best = ahead.reshape(-1).take(at)
        sign = -1 if t else 1
        np.multiply(best - ahead[1:], sign, out=table[: profiles - 1, column])
        table[place, column, moved] = sign * (best[moved] - ahead[0].take(moved))
        table[rows, column] = best if t else 0
    table[: profiles - 1, kinds + more] = -1
    table[rows, kinds + more] = 1
    if more:
        table[profiles - 1] = 0
        table[profiles - 1, kinds : kinds + more] = 1
        table[profiles - 1, -1] = 1
    return table


def spread(prices: Floats, start: Labels) -> Floats:
    """Probabilities ``(profiles, games)`` from the prices ``(profiles - 1, games)`` of the rows of the tableaux."""
    games = np.arange(len(start))
    out = np.empty((len(prices) + 1, len(start)))
    out[1:] = np.where(prices > DUST, prices, 0)
    moved = start > 0
    out[0, moved] = out[start[moved], games[moved]]
    out[start, games] = 0
    total = np.zeros(len(start))
    for row in out:  # not a sum over the axis, whose order depends on the number of games
        total += row
    rest = 1 - total
    rest[rest <= DUST] = 0
    out[start, games] = rest
    out /= total + rest
    return out


def first_largest(values: Floats) -> Labels:
    """The first row of ``(n, games)`` that holds the largest value of each game."""
    best = np.zeros(values.shape[1], dtype=np.intp)
    most = values.max(axis=0)
    for k in range(len(values) - 1, 0, -1):
        np.putmask(best, values[k] == most, k)
    np.putmask(best, values[0] == most, 0)
    return best
