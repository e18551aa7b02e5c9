r"""Is a strategy weakly dominated by some mixture? It depends only on the strategy's support.

A strategy on the support S is undominated if and only if it is a best reply to some completely mixed belief y, and it is one when
every action of S is (Pearce 1984, lemma 4; Gale and Sherman 1950). So either answer has a proof: weights that do at least as well
everywhere and better somewhere, or such a belief. The linear programme

.. math:: \max_w \sum_k g_k, \quad g = (w - x) U \ge 0, \quad w \ge 0, \quad \sum_r w_r = 1,

with x uniform on S gives both: w if its value is positive, and else the belief y proportional to 1 plus the prices of the constraints
:math:`g \ge 0`. Both are checked against the payoffs, whatever the programme says; where neither passes, the question stays open.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array

from negotiation_sim._arrays import chunks

__all__ = ["judge_supports"]

CELLS: Final = 1 << 14  # nonzero coefficients of the programmes solved together
GAIN: Final = 100.0  # a gain somewhere must exceed a hundred times what counts as a loss nowhere


def judge_supports(
    payoffs: NDArray[np.float64], used: NDArray[np.bool_], slack: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Find out which supports are dominated: two arrays (item,), proved dominated and proved undominated.

    Parameters
    ----------
    payoffs : ndarray, shape (actions, profiles, item)
        The player's payoffs at each profile of the others, within a range of 1.
    used : ndarray of bool, shape (actions, item)
    slack : ndarray, shape (item,)
        Differences that count as zero.
    """
    dominated = _by_a_pure_action(payoffs, used, slack)
    undominated = ~dominated & _best_replies(payoffs, used, slack, np.full(payoffs.shape[1:], 1 / payoffs.shape[1]))
    rest = np.flatnonzero(~dominated & ~undominated)
    for part in chunks(len(rest), max(1, CELLS // (payoffs.shape[0] * payoffs.shape[1]))):
        item = rest[part]
        some, mine, small = payoffs[..., item], used[:, item], slack[item]
        answer = _programme(some, mine)
        if answer is None:
            continue
        weights, belief = answer
        gains = np.einsum("rn,rkn->kn", weights - mine / mine.sum(axis=0), some)
        dominated[item] = (gains.min(axis=0) >= -small) & (gains.max(axis=0) > GAIN * small)
        undominated[item] = ~dominated[item] & _best_replies(some, mine, small, belief)
    return dominated, undominated


def _by_a_pure_action(payoffs: NDArray[np.float64], used: NDArray[np.bool_], slack: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether a pure action weakly dominates an action of the support: moving its weight there is better then."""
    found = np.zeros(payoffs.shape[-1], dtype=bool)
    for action in range(len(payoffs)):
        gains = payoffs - payoffs[action]
        better = (gains.min(axis=1) >= -slack) & (gains.max(axis=1) > slack)
        found |= used[action] & better.any(axis=0)
    return found


def _best_replies(
    payoffs: NDArray[np.float64], used: NDArray[np.bool_], slack: NDArray[np.float64], belief: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether the belief (profiles, item) is completely mixed and makes every action of the support a best reply."""
    value = np.einsum("kn,rkn->rn", belief, payoffs)
    worst = np.where(used, value, np.inf).min(axis=0)
    out: NDArray[np.bool_] = (belief.min(axis=0) > 0) & (worst >= value.max(axis=0) - slack)
    return out


def _programme(payoffs: NDArray[np.float64], used: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Solve the programmes of all items as one with blocks on the diagonal: weights (actions, item) and beliefs (profiles, item)."""
    actions, profiles, items = payoffs.shape
    item, action, profile = (a.reshape(-1) for a in np.indices((items, actions, profiles)))
    flat = np.moveaxis(payoffs, -1, 0)
    at_least: Any = coo_array(
        (-flat.reshape(-1), (item * profiles + profile, item * actions + action)), shape=(items * profiles, items * actions)
    )
    column = np.arange(items * actions)
    sums: Any = coo_array((np.ones(len(column)), (column // actions, column)), shape=(items, items * actions)).tocsr()
    own = np.einsum("nr,nrk->nk", (used / used.sum(axis=0)).T, flat)
    result = linprog(
        -flat.sum(axis=2).reshape(-1),
        A_ub=at_least,
        b_ub=-own.reshape(-1),
        A_eq=sums,
        b_eq=np.ones(items),
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if result.x is None:
        return None
    weights = np.maximum(result.x.reshape(items, actions).T, 0)
    prices = 1 + np.maximum(-result.ineqlin.marginals.reshape(items, profiles).T, 0)
    return weights / weights.sum(axis=0), prices / prices.sum(axis=0)
