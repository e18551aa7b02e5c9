"""Find the logit equilibria of a batch of games at given precisions, on the branch from precision 0 or near given strategies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks
from negotiation_sim.equilibria.quantal.polishing import polish, polished_probabilities
from negotiation_sim.equilibria.quantal.response_system import ResponseSystem
from negotiation_sim.equilibria.quantal.tracing import follow
from negotiation_sim.equilibria.quantal.uniqueness import unique_below

__all__ = ["Located", "chunk_size", "locate", "log_odds"]

Array = NDArray[np.float64]

CAUTIONS = (1.0, 4.0, 16.0)  # of the first attempt and of those after a failure
EXACT, ROUNDED = 1e-11, 1e-15  # residual of a point that needs no polishing, and what rounding adds to it, times precision
DRIFT = 0.05  # probability by which polishing may move a point of the branch
STEEPEST = 1e15  # precision, in the unit of the system, beyond which no difference of payoffs is resolved
GENTLEST = 1e-9  # precision, in the same unit, below which the branch is a straight line
QUICK = 1e-7  # where a contraction holds, a step of Newton's method that moves no probability by more leaves an error of its square
LEAST = 1e-12  # probability that starting strategies give to an action at least
CLOSE = 0.05  # probability by which an equilibrium may differ from starting strategies without others being looked for
WITHIN = 0.5  # and at most, unless it is the only one


@dataclass(frozen=True)
class Located:
    """Equilibria at each target.

    Parameters
    ----------
    probabilities : list of ndarray, one for each player, shape (n_i, target, games)
    precision : ndarray, shape (target, games)
        Precision really reached, in units of 1 / payoff.
    reached : ndarray of bool, shape (target, games)
    unique : ndarray of bool, shape (target, games)
        Proved to be the only equilibrium at its precision.
    """

    probabilities: list[Array]
    precision: Array
    reached: NDArray[np.bool_]
    unique: NDArray[np.bool_]


def chunk_size(shape: Sequence[int]) -> int:
    """Games a chunk: so many that the last ones on the way, which each round of numpy calls serves alone, cost little a game."""
    room = len(shape) * math.prod(shape) + 4 * (sum(shape) - len(shape) + 1) ** 2
    return int(max(256, min(8192, (1 << 21) // room)))


def locate(
    tensor: Array,
    targets: Array,
    rationality: Sequence[Array] | None,
    start: Sequence[Array] | None,
    max_iter: int,
) -> Located:
    """Solve finite games.

    Parameters
    ----------
    tensor : ndarray, shape (player, a_0, ..., a_{N-1}, games)
    targets : ndarray, shape (target, games)
        Precisions in units of 1 / payoff, in ascending order for each game.
    rationality : sequence of ndarray, one for each player, shape (n_i,), optional
    start : sequence of ndarray, one for each player, shape (n_i, games), optional
    max_iter : int
    """
    count, games = targets.shape
    sizes = tensor.shape[1:-1]
    out = Located(
        [np.ones((n, count, games)) for n in sizes],
        targets.copy(),
        np.ones((count, games), dtype=bool),
        np.ones((count, games), dtype=bool),
    )
    if max(sizes) == 1:
        return out
    for part in chunks(games, chunk_size(sizes)):
        system, unit = ResponseSystem.build(tensor[..., part], rationality)
        with np.errstate(over="ignore"):
            scaled = targets[:, part] * unit
        below = unique_below(system)
        if start is None:
            found, precision, reached = _on_branch(system, scaled, below, max_iter)
        else:
            z = log_odds([start[i][:, part] for i in system.players])
            found, precision, reached = _nearby(system, scaled, below, z, max_iter)
        for i, p in zip(system.players, found, strict=True):
            out.probabilities[i][..., part] = p
        with np.errstate(over="ignore"):
            out.precision[:, part] = np.where(reached, targets[:, part], precision / unit)
        out.reached[:, part] = reached
        out.unique[:, part] = reached & (scaled < below * (1 - 1e-9))
    return out


def log_odds(strategies: Sequence[Array]) -> Array:
    """Log-odds ``(d, games)`` against the first action of strategies ``(n_i, games)``."""
    logs = [np.log(np.maximum(p, LEAST)) for p in strategies]
    return np.concatenate([x[1:] - x[0] for x in logs])


def _on_branch(system: ResponseSystem, targets: Array, below: Array, max_iter: int) -> tuple[list[Array], Array, NDArray[np.bool_]]:
    """Newton's method at once where the equilibrium is the only one, along the branch elsewhere.

    Where that fails the branch is followed anew, with more caution, and in log-odds against the likeliest actions where it got stuck.
    """
    count, games = targets.shape
    p = [np.empty((n + 1, count, games)) for n in system.sizes]
    precision, reached = np.zeros((count, games)), np.zeros((count, games), dtype=bool)

    def put(k: int, some: NDArray[np.intp], found: list[Array], at: Array, good: NDArray[np.bool_]) -> None:
        for whole, part in zip(p, found, strict=True):
            whole[:, k, some] = part
        precision[k, some], reached[k, some] = at, good

    easy = targets[-1] < 0.9 * below
    left = np.flatnonzero(~easy)
    simple = np.flatnonzero(easy)
    if len(simple):
        part = system if len(simple) == games else system.take(simple)
        gains = part.linearise(np.zeros((part.unknowns, len(simple)))).gains
        settled = np.ones(len(simple), dtype=bool)
        for k in range(count):
            at = targets[k, simple]
            z, moved = polish(part, at * gains, at, settled=QUICK)
            good = np.isfinite(moved)
            put(k, simple, part.probabilities(z), at, good)
            settled &= good
        left = np.concatenate([left, simple[~settled]])
    order: list[NDArray[np.intp]] = []
    for caution in CAUTIONS:
        if not len(left):
            break
        part = system if len(left) == games else system.take(left)
        if caution > CAUTIONS[0]:  # log-odds against an action that has become unlikely may have lost the digits of those of likely ones
            part, _, order = part.referred(log_odds([own[:, -1, left] for own in p]))
        goals = np.clip(targets[:, left], GENTLEST, STEEPEST)
        traced = follow(part, goals, max_iter, caution)
        fine = np.ones(len(left), dtype=bool)
        for k in range(count):
            passed = traced.reached[k]
            at = np.where(passed & (goals[k] < STEEPEST), targets[k, left], traced.precision[k])
            found, moved = polished_probabilities(part, traced.z[k], at)
            good = passed & (moved <= DRIFT)
            lost = np.flatnonzero(~good)
            if len(lost):
                raw = part.take(lost)
                kept = raw.probabilities(traced.z[k][:, lost])
                answer = raw.probabilities(at[lost] * raw.linearise(traced.z[k][:, lost]).gains)
                exact = np.max([np.abs(p - q).max(axis=0) for p, q in zip(kept, answer, strict=True)], axis=0) <= EXACT + ROUNDED * at[lost]
                good[lost] = passed[lost] & exact  # as where branches cross at the target itself
                for polished, own in zip(found, kept, strict=True):
                    polished[:, lost] = own
            if order:
                found = [np.take_along_axis(own, places, axis=0) for own, places in zip(found, order, strict=True)]
            better = good | (at >= precision[k, left])
            put(k, left[better], [own[:, better] for own in found], at[better], (good & (targets[k, left] <= STEEPEST))[better])
            fine &= good
        left = left[~fine]
    return p, precision, reached


def _nearby(system: ResponseSystem, targets: Array, below: Array, z: Array, max_iter: int) -> tuple[list[Array], Array, NDArray[np.bool_]]:
    """Newton's method at each target from given log-odds, then from the responses to them, then from half-way: the nearest answer.

    Next to a pure equilibrium the log-odds of a start are far from those of the answer and lead Newton's method astray; the response to the
    start, which hardly depends on it there, is as good as the answer. Half-way in probabilities helps starts that are pure themselves.
    """
    count, games = targets.shape
    p = [np.empty((n + 1, count, games)) for n in system.sizes]
    reached = np.zeros((count, games), dtype=bool)
    at = np.minimum(targets, STEEPEST)
    given, gains = system.probabilities(z), system.linearise(z).gains
    for k in range(count):
        best, nearest = [x.copy() for x in given], np.full(games, np.inf)
        answer = at[k] * gains
        middle = [(x + y) / 2 for x, y in zip(given, system.probabilities(answer), strict=True)]
        for guess in (z, answer, log_odds(middle)):
            some = np.flatnonzero(nearest > CLOSE)
            if not len(some):
                break
            part, first = system.take(some), guess[:, some]
            near, moved = polish(part, first, at[k, some], rounds=min(max_iter, 200), reach=0.2)
            settled = np.isfinite(moved)
            found, further = polished_probabilities(part, np.where(settled, near, first), at[k, some])
            away = np.max([np.abs(x - y[:, some]).max(axis=0) for x, y in zip(found, given, strict=True)], axis=0)
            kept = np.flatnonzero(settled & (further <= DRIFT) & (away < nearest[some]))  # not where NaN
            nearest[some[kept]] = away[kept]
            for whole, x in zip(best, found, strict=True):
                whole[:, some[kept]] = x[:, kept]
        reached[k] = (nearest <= np.where(targets[k] < below, 1, WITHIN)) & (targets[k] <= STEEPEST)
        for whole, x, start in zip(p, best, given, strict=True):
            whole[:, k] = np.where(reached[k], x, start)
    return p, np.where(reached, at, np.nan), reached
