"""Follow the branch of logit equilibria that starts at precision zero, past its folds: predictor-corrector steps by arclength.

Each step goes along the tangent and comes back to the curve by Newton's method, orthogonally (Allgower and Georg 1990, chapters 6 and 10;
Turocy 2005 for logit equilibria). A step is taken only if the way back was short and quickly found, the tangent has turned little, and the
determinant of the bordered system has kept its sign, which along a curve it does and on a neighbouring branch of the other orientation does
not. Otherwise the step is halved. Precision may fall along the way: that is a fold.

In a symmetric game branches cross, and the sign changes on the branch itself. There, and only there, the conflict remains however short
the step; at a step of `CROSSING` along which the tangent hardly turns, the branch is taken to go straight on through the crossing. A
branch that turns aside in earnest does so within such a length only in games that are symmetric but for about 1e-11 of their payoffs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.quantal.newton_steps import newton_step
from negotiation_sim.equilibria.quantal.response_system import ResponseSystem

__all__ = ["Followed", "follow"]

Array = NDArray[np.float64]
Recorder = Callable[[NDArray[np.intp], Array], None]

CROSSING = 1e-4  # length of a step, relative to 1 + precision, at which a change of orientation may be a crossing of branches,
STRAIGHT = 0.005  # if the tangent turns by no more than this; much closer to a crossing, rounding spoils tangents
ROUGH = 1e-5  # length, on the same scale, below which rounding may spoil the direction of the step itself
SHORTEST = 1e-9  # length, on the same scale, below which a game is given up
NEXT_TO = 1e-6  # distance from the target, on the same scale, that is bridged along the tangent where equations are singular at the target
# What a step may deviate, nominally; it is refused at four times as much (twice the turn). The probability that the predicted point is off;
# the share of it that Newton's first step leaves; the log-odds by which the second still moves; the angle between the tangents at both
# ends; the angle between the step and their mean, which is nothing along a circle but shows when the end lies on another branch.
DISTANCE, CONTRACTION, SETTLED, TURN, BEND = 0.02, 0.1, 0.1, 0.2, 0.01


@dataclass(frozen=True)
class Followed:
    """Where the branch of each game passes its targets for the first time.

    Parameters
    ----------
    z : ndarray, shape (target, d, games)
        Log-odds; where a target was not reached, those of the last point.
    precision : ndarray, shape (target, games)
        Precision really reached, in the unit of the system.
    reached : ndarray of bool, shape (target, games)
    """

    z: Array
    precision: Array
    reached: NDArray[np.bool_]


def follow(
    system: ResponseSystem,
    targets: Array,
    max_iter: int,
    caution: float = 1.0,
    start: tuple[Array, Array, Array] | None = None,
    record: Recorder | None = None,
    stride: float = np.inf,
) -> Followed:
    """Trace every game until it has passed its last target.

    Parameters
    ----------
    system : ResponseSystem
    targets : ndarray, shape (target, games)
        Precisions, each game's in ascending order.
    max_iter : int
        Most steps of a game, taken or refused.
    caution : float
        Divides what a step may deviate: 2 halves the steps, nearly.
    start : tuple of ndarray, optional
        Point ``(d + 1, games)``, unit tangent ``(d + 1, games)`` and orientation ``(games,)`` to start from, instead of precision 0.
    record : callable, optional
        Called with the games and the points of each round that have moved on.
    stride : float
        Longest step, relative to 0.05 + precision, for curves that are to be drawn.
    """
    count, games = targets.shape
    d = system.unknowns
    out = Followed(np.empty((count, d, games)), np.empty((count, games)), np.zeros((count, games), dtype=bool))
    game = np.arange(games)
    if start is None:
        y = np.zeros((d + 1, games))
        t = np.vstack([system.linearise(y[:d]).gains, np.ones(games)])
        t /= np.sqrt((t * t).sum(axis=0))
        sense = np.ones(games)
    else:
        y, t, sense = (np.array(part) for part in start)
    h, passed = np.full(games, 1.0 / caution), np.zeros(games, dtype=np.intp)
    with np.errstate(all="ignore"):
        for _ in range(max_iter):
            goal = targets[passed, game]
            scale = 1 + np.abs(y[d])
            h = np.minimum(h, stride * (0.05 + y[d]))
            room = np.where(t[d] > 0, (goal - y[d]) / t[d], np.inf)
            aim = room <= 1.2 * h
            s = np.where(aim, room, h)
            new = y + s * t
            border = np.where(aim, 0.0, t)
            border[d, aim] = 1
            new[d] = np.where(aim, goal, new[d])
            first = newton_step(system, new, border)
            new += first.change
            way = system.moved(first.at.probabilities, first.change[:d])
            second = newton_step(system, new, border)
            new += second.change
            new[d] = np.where(aim, goal, new[d])
            rest = system.moved(second.at.probabilities, second.change[:d])
            tangent = second.tangent / np.sqrt((second.tangent * second.tangent).sum(axis=0))
            turn = np.sqrt(np.maximum(2 - 2 * (tangent * t).sum(axis=0), 0))
            chord = new - y
            chord /= np.sqrt((chord * chord).sum(axis=0))
            bend = chord - 0.5 * (t + tangent)
            strain = np.maximum(way / DISTANCE, rest / (CONTRACTION * np.maximum(way, 1e-4)))
            np.maximum(strain, np.abs(second.change[:d]).max(axis=0) / SETTLED, out=strain)
            deviant = np.sqrt((bend * bend).sum(axis=0)) / BEND
            np.maximum(strain, np.where(s > ROUGH * scale, deviant, 0), out=strain)
            np.sqrt(strain, out=strain)
            np.maximum(strain, turn / TURN, out=strain)
            strain *= caution
            straight = (strain <= 2) & (aim | (new[d] < goal)) & (new[d] >= 0)  # False where NaN
            kept = second.orientation == sense
            crossing = straight & ~kept & (s <= CROSSING * scale) & (turn <= STRAIGHT) & (second.orientation == -sense)
            taken = straight & (kept | crossing)
            sense[crossing] *= -1
            y, t = np.where(taken, new, y), np.where(taken, tangent, t)
            easy = s / np.clip(strain, 1 / 3, 2)
            h = np.where(taken, np.where(aim, np.maximum(h, easy), easy), np.where(straight, 0.25, 0.5) * s)
            if record is not None and taken.any():
                record(game[taken], y[:, taken])
            done = taken & aim
            if done.any():
                k = np.flatnonzero(done)
                out.z[passed[k], :, game[k]] = y[:d, k].T
                out.precision[passed[k], game[k]] = y[d, k]
                out.reached[passed[k], game[k]] = True
                passed[k] += 1
            stuck = ~(h > SHORTEST * scale) & (passed < count)
            for lane in np.flatnonzero(stuck & (t[d] > 0)):  # at a target where the equations are singular, perhaps
                target = targets[passed[lane], game[lane]]
                if target - y[d, lane] <= NEXT_TO * scale[lane]:
                    out.z[passed[lane], :, game[lane]] = y[:d, lane] + (target - y[d, lane]) / t[d, lane] * t[:d, lane]
                    out.precision[passed[lane], game[lane]] = target
                    out.reached[passed[lane], game[lane]] = True
                    passed[lane] += 1
                    h[lane] = 10 * CROSSING * scale[lane]
                    stuck[lane] = False
            ended = (passed == count) | stuck
            if ended.any():
                _give_up(out, game, y, passed, stuck)
                left = np.flatnonzero(~ended)
                if not len(left):
                    return out
                system, y, t = system.take(left), y.take(left, axis=1), t.take(left, axis=1)
                game, h, sense, passed = game[left], h[left], sense[left], passed[left]
    _give_up(out, game, y, passed, np.ones(len(game), dtype=bool))
    return out


def _give_up(out: Followed, game: NDArray[np.intp], y: Array, passed: NDArray[np.intp], lost: NDArray[np.bool_]) -> None:
    """Write the last point of the games that are lost to all targets that they have not passed."""
    for k in np.flatnonzero(lost):
        out.z[passed[k] :, :, game[k]] = y[:-1, k]
        out.precision[passed[k] :, game[k]] = y[-1, k]
