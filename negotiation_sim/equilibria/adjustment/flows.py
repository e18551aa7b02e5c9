"""Differential equations, many at once, each with steps of its own: the pair of Dormand and Prince (1980), of orders 5 and 4."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.adjustment.lanes import Lanes

__all__ = ["Flow", "follow_flow"]

Array = NDArray[np.float64]

# Hairer, Norsett and Wanner (1993), Solving Ordinary Differential Equations I, table II.5.2.
_STAGES = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
_ERROR = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)
_FIRST_STEP = 0.1
_SMALLEST_ERROR = 1e-300


class Flow(Protocol):
    """An autonomous differential equation of a state ``(row, lane)``."""

    def velocity(self, lanes: Lanes, state: Array) -> Array:
        """How fast the state changes, ``(row, lane)``."""

    def unrest(self, velocity: Array) -> Array:
        """How far a lane is from a point of rest, ``(lane,)``."""


def follow_flow(
    flow: Flow,
    lanes: Lanes,
    state: Array,
    tol: float,
    max_time: float,
    max_steps: int,
    accuracy: float,
    seen: list[tuple[float, Array]] | None,
) -> tuple[Array, NDArray[np.bool_], Array]:
    """Follow every lane until its unrest is at most ``tol``, time is up, or steps are.

    Parameters
    ----------
    accuracy : float
        Largest estimated error of a step, in any row of the state.
    seen : list, optional
        Takes the time and the state of the first lane after each step.

    Returns
    -------
    state : ndarray, shape (row, lane)
    settled : ndarray of bool, shape (lane,)
    time : ndarray, shape (lane,)
    """
    out, settled, times = state.copy(), np.zeros(len(lanes), dtype=bool), np.zeros(len(lanes))
    where, open_ = np.arange(len(lanes)), np.ones(len(lanes), dtype=bool)
    now, step = np.zeros(len(lanes)), np.full(len(lanes), _FIRST_STEP)
    speed = flow.velocity(lanes, state)
    for k in range(max_steps + 1):
        calm = flow.unrest(speed) <= tol
        done = open_ & (calm | (now >= max_time) | (k == max_steps))
        if done.any():
            to = where[done]
            out[:, to], settled[to], times[to] = state[:, done], calm[done], now[done]
            open_ &= ~done
            kept = np.flatnonzero(open_)
            if not len(kept):
                break
            if len(kept) < 0.75 * len(open_):  # carrying finished lanes along is cheaper than taking them out one by one
                lanes, where, state, speed = lanes.take(kept), where[kept], state.take(kept, axis=-1), speed.take(kept, axis=-1)
                now, step, open_ = now[kept], step[kept], open_[kept]
        np.minimum(step, max_time - now, out=step)
        speeds, there = [speed], state
        for weights in _STAGES:
            there = state + step * _weighted(speeds, weights)
            speeds.append(flow.velocity(lanes, there))
        error = np.abs(step * _weighted(speeds, _ERROR)).max(axis=0)
        good = error <= accuracy
        state = np.where(good, there, state)
        speed = np.where(good, speeds[-1], speed)
        now += np.where(good, step, 0.0)
        step *= (0.9 * (accuracy / np.maximum(error, _SMALLEST_ERROR)) ** 0.2).clip(0.2, 5.0)
        if seen is not None and good[0]:
            seen.append((float(now[0]), state[:, 0]))
    return out, settled, times


def _weighted(speeds: list[Array], weights: tuple[float, ...]) -> Array:
    total = weights[0] * speeds[0]
    for weight, speed in zip(weights[1:], speeds[1:], strict=True):
        if weight:
            total += weight * speed
    return total
