"""Which actions of one player are dominated, in every game of a chunk: pure dominators, cheap refutations, programmes for the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks
from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.domination.mixed_dominance import judge_mixtures, weighted

__all__ = ["Judgement", "Precision", "belief_against", "chunk_size", "fill_removed", "judge", "mixture_for", "own_rows"]

SLACK = 2.0**-10  # of the tolerance: what a mixture may lose in weak dominance
NOISE = 16.0  # rounding of a sum of payoffs, in units of the rounding of the payoffs
CELLS = 1 << 15  # payoffs of one player that stay in cache


@dataclass(frozen=True)
class Precision:
    """What counts as zero for one player; three arrays ``(games,)``.

    Parameters
    ----------
    unit : ndarray
        The payoff range, 1 if it is 0.
    tolerance : ndarray
        Differences of two payoffs that count as zero.
    slack, threshold : ndarray
        Loss that a mixture is allowed, and gain that it has to exceed, as shares of the range: `rtol` over 1024, and `rtol`. More if
        rounding asks for it: the payoffs lie far from zero next to their range, or the opponents have more than 128 profiles.
    """

    unit: NDArray[np.float64]
    tolerance: NDArray[np.float64]
    slack: NDArray[np.float64]
    threshold: NDArray[np.float64]

    @classmethod
    def of(cls, tensor: NDArray[np.float64], rtol: float) -> list[Precision]:
        """Measure each player of ``tensor (player, a_0, ..., games)``."""
        scale = Resolution.of(tensor)
        slack = np.maximum(np.maximum(SLACK * rtol, 2.0**-44), NOISE * scale.rounding / scale.unit)
        profiles = np.array([math.prod(tensor.shape[1:-1]) // n for n in tensor.shape[1:-1]])
        # Summed over the profiles, slack must stay far below the threshold.
        threshold = np.maximum(np.maximum(rtol, slack / SLACK), 8 * profiles[:, None] * slack)
        return [cls(*parts) for parts in zip(scale.unit, scale.tolerance(rtol), slack, threshold, strict=True)]

    def take(self, index: NDArray[np.intp]) -> Precision:
        """Select games."""
        return Precision(self.unit[index], self.tolerance[index], self.slack[index], self.threshold[index])


@dataclass(frozen=True)
class Judgement:
    """The verdicts on one player's actions; arrays ``(action, games)``.

    ``dominator`` is the pure action that dominates with the largest smallest advantage, -1 where none does; ``advantage`` the smallest
    advantage of the witness, in units of payoff, NaN where undominated; ``open`` marks actions about which nothing could be proved.
    """

    dominated: NDArray[np.bool_]
    dominator: NDArray[np.intp]
    advantage: NDArray[np.float64]
    open: NDArray[np.bool_]


def chunk_size(shape: tuple[int, ...]) -> int:
    """Games a chunk, so that one player's payoffs stay in cache."""
    return max(64, min(8192, CELLS // math.prod(shape)))


def own_rows(tensor: NDArray[np.float64], player: int) -> NDArray[np.float64]:
    """Payoffs of a player as ``(own action, opponents' profile, games)``, from ``(player, a_0, ..., games)``."""
    rows: NDArray[np.float64] = np.moveaxis(tensor[player], player, 0)
    return rows.reshape((rows.shape[0], -1, rows.shape[-1]))


def fill_removed(tensor: NDArray[np.float64], live: Sequence[NDArray[np.bool_]]) -> NDArray[np.float64]:
    """Replace each removed action by a copy of the player's first one that is left: copies change no verdict on the others.

    Parameters
    ----------
    tensor : ndarray, shape (player, a_0, ..., a_{N-1}, games)
    live : sequence of ndarray of bool, one for each player, shape (n_i, games)
        The actions that are left, at least one.
    """
    filled = tensor.copy()
    for j, left in enumerate(live):
        if not left.all():
            slices = np.moveaxis(filled, j + 1, 0)
            first = slices[-1].copy()
            for a in reversed(range(len(left) - 1)):
                np.copyto(first, slices[a], where=left[a])
            for a in range(len(left)):
                np.copyto(slices[a], first, where=~left[a])
    return filled


def judge(own: NDArray[np.float64], precision: Precision, kind: str, by: str) -> Judgement:
    """Judge every action of a player.

    Parameters
    ----------
    own : ndarray, shape (action, profiles, games)
        The player's payoffs, all finite.
    precision : Precision
        Of the same games.
    kind : {"strict", "weak"}
    by : {"pure", "mixed"}
    """
    actions, _, games = own.shape
    dominator = np.full((actions, games), -1, dtype=np.intp)
    advantage = np.full((actions, games), np.nan)
    for a in range(actions):
        low, better = _compare(own - own[a], precision.tolerance, kind)
        low[~better] = -np.inf
        best = low.argmax(axis=0)
        found = better.any(axis=0)
        dominator[a, found] = best[found]
        advantage[a, found] = low.max(axis=0)[found]
    dominated = dominator >= 0
    unproved = np.zeros_like(dominated)
    if by == "mixed":
        _judge_rest(own, precision, kind, dominated, advantage, unproved)
    return Judgement(dominated, dominator, advantage, unproved)


def mixture_for(own: NDArray[np.float64], action: int, precision: Precision, kind: str) -> NDArray[np.float64]:
    """Weights ``(action,)`` of the mixture that dominates an action of a single game, as `judge` found it."""
    gaps, others = _gaps(own, precision, kind, np.array([action]), np.array([0]))
    weights = np.zeros(len(own))
    weights[others[:, 0]] = judge_mixtures(gaps, precision.slack, precision.threshold, kind).weights[:, 0]
    return weights


def belief_against(own: NDArray[np.float64], action: int, precision: Precision, kind: str) -> NDArray[np.float64]:
    """Belief ``(profiles,)`` against which an undominated action of a single game is a best reply.

    For the strict kind one profile if there is such a one; for the weak kind every profile is given a positive probability.
    """
    profiles = own.shape[1]
    if kind == "strict":
        fits = np.flatnonzero(own[action, :, 0] >= own[:, :, 0].max(axis=0) - precision.tolerance)
        if len(fits):
            return np.asarray(np.arange(profiles) == fits[0], dtype=np.float64)
    elif len(own) == 1:
        return np.full(profiles, 1 / profiles)
    gaps, _ = _gaps(own, precision, kind, np.array([action]), np.array([0]))
    return judge_mixtures(gaps, precision.slack, precision.threshold, kind).belief[:, 0]


def _compare(gaps: NDArray[np.float64], tolerance: NDArray[np.float64], kind: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Smallest advantage of each action over one of them, and whether it dominates; from ``gaps (action, profiles, games)``."""
    low = gaps.min(axis=1)
    if kind == "strict":
        return low, low > tolerance
    better = (low >= -tolerance) & (gaps.max(axis=1) > tolerance)
    low[np.abs(low) <= tolerance] = 0  # a tie, whatever the rounding
    return low, better


def _judge_rest(
    own: NDArray[np.float64],
    precision: Precision,
    kind: str,
    dominated: NDArray[np.bool_],
    advantage: NDArray[np.float64],
    unproved: NDArray[np.bool_],
) -> None:
    """Look for mixtures that dominate what no pure action dominates; fills the last three arrays."""
    action, game = np.nonzero(~(dominated | _plain_best_reply(own, precision.tolerance, kind)))
    if len(own) == 1:
        return
    for part in chunks(len(game), max(16, 4 * CELLS // math.prod(own.shape[:2]))):
        a, g = action[part], game[part]
        gaps, _ = _gaps(own, precision, kind, a, g)
        verdict = judge_mixtures(gaps, precision.slack[g], precision.threshold[g], kind)
        dominated[a, g] = verdict.dominated
        unproved[a, g] = ~(verdict.dominated | verdict.undominated)
        low = weighted(verdict.weights, gaps).min(axis=0) * precision.unit[g]
        if kind == "weak":
            low[np.abs(low) <= precision.tolerance[g]] = 0
        advantage[a, g] = np.where(verdict.dominated, low, np.nan)


def _plain_best_reply(own: NDArray[np.float64], tolerance: NDArray[np.float64], kind: str) -> NDArray[np.bool_]:
    """Whether a simple belief shows that an action is undominated, which spares most programmes; shape ``(action, games)``.

    Strict: a best reply to some profile. Weak: the only best reply to some profile, or a best reply to the uniform belief.
    """
    near = own >= own.max(axis=0) - tolerance
    if kind == "strict":
        return np.asarray(near.any(axis=1))
    alone = near & (near.sum(axis=0, dtype=np.int32) == 1)
    total = weighted(np.ones(own.shape[1:]), own.swapaxes(0, 1))
    return np.asarray(alone.any(axis=1) | (total >= total.max(axis=0)))


def _gaps(
    own: NDArray[np.float64], precision: Precision, kind: str, action: NDArray[np.intp], game: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Payoffs of the other actions minus those of the action, as shares of the range, ``(others, profiles, pair)``; and the others."""
    actions, profiles, _ = own.shape
    others = np.array([[b for b in range(actions) if b != a] for a in range(actions)], dtype=np.intp).T.take(action, axis=1)
    column = np.arange(profiles)[:, None]
    gaps = own[others[:, None], column, game] - own[action, column, game]
    gaps /= precision.unit[game]
    if kind == "weak":
        share = precision.tolerance[game] / precision.unit[game]
        gaps[(gaps < 0) & (gaps >= -share)] = 0
        gaps *= (gaps.max(axis=1) > share)[:, None] | (gaps.min(axis=1) < 0)[:, None]
    return gaps, others
