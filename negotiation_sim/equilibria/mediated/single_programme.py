"""One mediator's programme at a time by scipy's HiGHS on sparse matrices: for large games, and where a tableau has lost its numbers.

HiGHS stops at tolerances of its own. Its answer says which probabilities are positive and which temptations bind; those equations are then
solved once more, which gives the vertex and its prices to machine precision.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from negotiation_sim.equilibria.mediated.incentives import count_temptations
from negotiation_sim.status import Status

__all__ = ["Plan", "best_plan"]

Floats = NDArray[np.float64]

ACTIVE = 1e-13  # probabilities and prices above this are positive: HiGHS gives the others as 0 but for rounding
TOLERANCE = 1e-10  # the finest that HiGHS takes
MOST = 1500  # equations that are solved once more


class Plan(NamedTuple):
    """A distribution ``(profiles,)`` with its proof: weights ``(term,)`` and prices ``(temptation,)``."""

    distribution: Floats
    weights: Floats
    prices: Floats
    status: Status


def best_plan(payoffs: Floats, unit: Floats, tolerance: Floats, terms: Floats, coarse: bool, limit: int) -> Plan:
    """Solve one game.

    Parameters
    ----------
    payoffs : ndarray, shape (player, a_0, ..., a_{N-1})
    unit, tolerance : ndarray, shape (player,)
        Payoff ranges, which the prices are for, and gains up to which a temptation is a tie.
    terms : ndarray, shape (term, profiles)
        The least of their expected values is maximised.
    coarse : bool
    limit : int
        Most iterations of HiGHS.
    """
    gains, factors = _gains(payoffs, unit, tolerance, coarse)
    kinds, profiles = gains.shape
    # Variables: probabilities, then the least term.
    rows: Any = sparse.vstack([sparse.hstack([gains, sparse.csr_array((kinds, 1))]), _least(terms)]).tocsr()
    total: Any = sparse.csr_array(np.append(np.ones(profiles), 0.0)[None])
    solved = linprog(
        np.append(np.zeros(profiles), -1.0),
        A_ub=rows,
        b_ub=np.zeros(rows.shape[0]),
        A_eq=total,
        b_eq=[1.0],
        bounds=[(0, None)] * profiles + [(None, None)],
        method="highs",
        options={"maxiter": limit, "primal_feasibility_tolerance": TOLERANCE, "dual_feasibility_tolerance": TOLERANCE},
    )
    if solved.status != 0 or solved.x is None:
        blank = np.zeros(profiles), np.ones(len(terms)) / len(terms), np.zeros(kinds)
        return Plan(*blank, Status.MAX_ITER if solved.status == 1 else Status.SINGULAR)
    duals = np.maximum(-np.asarray(solved.ineqlin.marginals), 0)
    least = float(solved.x[profiles])
    chance, weights, prices, bound = solved.x[:profiles], duals[kinds:], duals[:kinds], least
    used, priced, binding = chance > ACTIVE, prices > ACTIVE, weights > ACTIVE
    if used.sum() + priced.sum() + binding.sum() <= MOST:
        chance, prices, weights = chance * used, prices * priced, weights * binding
        part = gains[priced][:, used].toarray()
        goals = terms[binding][:, used]
        # Primal: the priced temptations bind, the weighted terms equal the least one, probabilities sum to 1.
        one, zero = np.ones((1, int(used.sum()))), np.zeros((len(part), 1))
        primal = np.block([[part, zero], [-goals, np.ones((len(goals), 1))], [one, np.zeros((1, 1))]])
        right = np.zeros(len(primal))
        right[-1] = 1
        refined = _refined(primal, right, np.append(chance[used], least))
        chance[used] = refined[:-1]
        # Dual: the profiles that are used reach the bound, weights sum to 1.
        dual = np.block([[part.T, -goals.T, np.ones((part.shape[1], 1))], [zero.T, np.ones((1, len(goals))), np.zeros((1, 1))]])
        right = np.zeros(len(dual))
        right[-1] = 1
        refined = _refined(dual, right, np.concatenate([prices[priced], weights[binding], [bound]]))
        prices[priced], weights[binding] = refined[: len(part)], refined[len(part) : -1]
    return Plan(_proportions(chance), _proportions(weights), np.maximum(prices, 0) * factors, Status.OK)


def _refined(matrix: Floats, right: Floats, point: Floats) -> Floats:
    """The nearest solution of a system to a point that almost solves it."""
    for _ in range(2):
        point = point + np.linalg.lstsq(matrix, right - matrix @ point, rcond=1e-12)[0]
    return point


def _proportions(weights: Floats) -> Floats:
    positive: Floats = np.maximum(weights, 0)
    total = positive.sum()
    return positive / total if total > 0 else np.full(len(weights), 1 / len(weights))


def _least(terms: Floats) -> sparse.csr_array:
    """Rows: the least term minus each term, at most 0."""
    return sparse.csr_array(np.column_stack([-terms, np.ones(len(terms))]))


def _gains(payoffs: Floats, unit: Floats, tolerance: Floats, coarse: bool) -> tuple[sparse.csr_array, Floats]:
    """What each way to disobey gains at each profile, ``(temptation, profiles)``, in the order of `temptations`; rows of size 1.

    Also returns how many times larger the rows are than as shares of the payoff range.
    """
    shape = payoffs.shape[1:]
    kinds = count_temptations(shape, coarse)
    place = np.arange(int(np.prod(shape))).reshape(shape)
    stakes, units = np.zeros(kinds), np.ones(kinds)
    rows, columns, values = [], [], []
    first = 0
    for i, (own, n) in enumerate(zip(payoffs, shape, strict=True)):
        if n == 1:
            continue
        size = n if coarse else n * (n - 1)
        units[first : first + size] = unit[i]
        told = np.indices(shape)[i]
        for taken in range(n):
            gain = np.take(own, [taken], axis=i) - own
            some = (told != taken) & (np.abs(gain) > tolerance[i])
            a = told[some]
            rows.append(first + (np.full_like(a, taken) if coarse else a * (n - 1) + taken - (taken > a)))
            columns.append(place[some])
            values.append(gain[some])
        first += size
    empty = [np.empty(0, dtype=np.intp)]
    row, column, value = np.concatenate(rows or empty), np.concatenate(columns or empty), np.concatenate(values or [np.empty(0)])
    np.maximum.at(stakes, row, np.abs(value))
    stakes[stakes == 0] = units[stakes == 0]
    return sparse.csr_array((value / stakes[row], (row, column)), shape=(kinds, place.size)), units / stakes
