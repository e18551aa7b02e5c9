r"""Is an action dominated by a mixture of the others? Both answers come with a proof that is checked apart from the search for it.

For one action, ``gaps[b, t]`` is what another action b earns more than it when the opponents play their profile t.

Strict dominance is the value of a zero-sum game: weights w on the other actions with w gaps > 0 everywhere exist, or else a belief y over
the opponents' profiles with gaps y <= 0, against which the action is a best reply (Pearce 1984, lemma 3; Gale and Sherman 1950).

Weak dominance asks for w gaps >= 0 everywhere, not all 0. If the value of that zero-sum game is below 0 there is none. At value 0 a
second programme maximises the sum of w gaps subject to w gaps >= 0; its prices z give gaps (1 + z) <= 0 when that maximum is 0, so
(1 + z), made to sum to 1, is a belief that excludes no profile and against which the action is a best reply (Pearce 1984, lemma 4).

Ties must not depend on rounding, so payoffs are shares of the player's range and two small numbers are fixed: a mixture has no loss if it
loses at most ``slack``, and it gains if it gains more than ``threshold`` (strict: everywhere; weak: summed over the profiles),
which is far more than slack can make of nothing. See `negotiation_sim.equilibria.domination.dominators` for their size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.pivoting.linear_programmes import Optimum, maximise, maximise_exactly

__all__ = ["Verdict", "judge_mixtures", "weighted"]

Array = NDArray[np.float64]
Maximise = Callable[[Array, Array, Array], Optimum]

ARITHMETIC = 2.0**-40  # what the check of a belief may be off, as a share of the range


class Verdict(NamedTuple):
    """What is proved about each pair of a game and an action.

    ``dominated`` and ``undominated`` (pair) are never both true; neither is where no proof passed its check. ``weights (others, pair)`` is
    the dominating mixture, ``belief (profiles, pair)`` what makes the action a best reply; each is a proof only where it is asked for.
    """

    dominated: NDArray[np.bool_]
    undominated: NDArray[np.bool_]
    weights: Array
    belief: Array


def judge_mixtures(gaps: Array, slack: Array, threshold: Array, kind: str) -> Verdict:
    """Decide every pair: all at once by the batched simplex method, whatever does not pass its check once more, exactly.

    Parameters
    ----------
    gaps : ndarray, shape (others, profiles, pair)
        Payoff of each other action minus that of the action, as a share of the payoff range. Differences that count as zero have to
        be 0 for the weak kind.
    slack, threshold : ndarray, shape (pair,)
    kind : {"strict", "weak"}
    """
    decide = _strict if kind == "strict" else _weak
    first = decide(gaps, slack, threshold, maximise)
    open_pairs = np.flatnonzero(~(first.dominated | first.undominated))
    if len(open_pairs):
        again = decide(gaps[..., open_pairs], slack[open_pairs], threshold[open_pairs], maximise_exactly)
        for whole, part in zip(first, again, strict=True):
            whole[..., open_pairs] = part
    return first


def weighted(weights: Array, gaps: Array) -> Array:
    """Average ``(k, ..., pair)`` with weights ``(k, pair)``, in the order of k: the same sum in any batch."""
    total: Array = weights[0] * gaps[0]
    for weight, row in zip(weights[1:], gaps[1:], strict=True):
        total = total + weight * row
    return total


def _strict(gaps: Array, slack: Array, threshold: Array, solve: Maximise) -> Verdict:
    weights, belief = _zero_sum(gaps, solve)
    dominated = weighted(weights, gaps).min(axis=0) > threshold
    undominated = ~dominated & (_best(gaps, belief) <= threshold + ARITHMETIC)
    return Verdict(dominated, undominated, weights, belief)


def _weak(gaps: Array, slack: Array, threshold: Array, solve: Maximise) -> Verdict:
    equal = (gaps == 0).all(axis=1)  # actions that pay the same can't dominate, nor help others to: they would only dilute
    hard = np.where(equal[:, None], -1.0, gaps)
    weights, belief = _zero_sum(hard, solve)
    worst = _best(hard, belief)
    dominated = _gains_without_loss(weights, gaps, slack, threshold)
    undominated = ~dominated & (worst < -slack)
    # The belief makes the action the only best reply, so there is room for every profile.
    spread = np.maximum(_best(hard, np.full_like(belief, 1 / len(belief))), 0)
    share = np.where(undominated, 0.5 * worst / np.minimum(worst - spread, -slack), 0)
    belief += share * (1 / len(belief) - belief)
    rest = np.flatnonzero(~(dominated | undominated))
    if len(rest):
        more = _sum_of_gains(gaps[..., rest], weights[:, rest], slack[rest], threshold[rest], solve)
        dominated[rest], undominated[rest], weights[:, rest], belief[:, rest] = more
    return Verdict(dominated, undominated, weights, belief)


def _sum_of_gains(gaps: Array, start: Array, slack: Array, threshold: Array, solve: Maximise) -> Verdict:
    """Second stage of the weak kind; ``start`` holds weights that lose (almost) nothing anywhere."""
    others, profiles, pairs = gaps.shape
    matrix = np.ones((profiles + 1, others, pairs))
    np.negative(gaps.swapaxes(0, 1), out=matrix[:profiles])
    limits = np.ones((profiles + 1, pairs))
    limits[:profiles] = slack
    found = solve(matrix, limits, weighted(np.ones((profiles, pairs)), gaps.swapaxes(0, 1)))
    weights = np.maximum(found.x, 0)
    weights += np.maximum(1 - weights.sum(axis=0), 0) * start  # what the programme leaves to the action itself
    weights /= weights.sum(axis=0)
    dominated = _gains_without_loss(weights, gaps, 3 * slack, 0.5 * threshold)
    prices = np.maximum(found.prices[:profiles], 0)
    bound = np.maximum(_best(gaps, 1 + prices), 0) + slack * prices.sum(axis=0)  # no mixture gains more (weak duality)
    undominated = ~dominated & (bound <= threshold)
    return Verdict(dominated, undominated, weights, (1 + prices) / (1 + prices).sum(axis=0))


def _gains_without_loss(weights: Array, gaps: Array, slack: Array, threshold: Array) -> NDArray[np.bool_]:
    gains = weighted(weights, gaps)
    total = weighted(np.ones_like(gains), gains)
    verdict: NDArray[np.bool_] = (gains.min(axis=0) >= -slack) & (total > threshold)
    return verdict


def _best(gaps: Array, belief: Array) -> Array:
    """Most that another action earns more than the action against a belief; shape ``(pair,)``."""
    best: Array = weighted(belief, gaps.swapaxes(0, 1)).max(axis=0)
    return best


def _zero_sum(gaps: Array, solve: Maximise) -> tuple[Array, Array]:
    """Solve zero-sum games with payoffs in [-1, 1]: maximin mixture of the rows, minimax mixture of the columns (Dantzig 1951)."""
    others, profiles, pairs = gaps.shape
    found = solve(gaps + 2, np.ones((others, pairs)), np.ones((profiles, pairs)))
    return _shares(found.prices), _shares(found.x)


def _shares(values: Array) -> Array:
    positive = np.maximum(values, 0)
    total = positive.sum(axis=0)
    return np.where(total > 0, positive / np.where(total > 0, total, 1), 1 / len(values))
