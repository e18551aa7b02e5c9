"""Adjustment in continuous time: replicator and logit dynamics, by the classical Runge-Kutta method in chunks of games times starts."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.adjustment.scaled import action_payoffs

__all__ = ["Flow", "Run", "integrate", "logit_flow", "replicator_flow", "softmax"]

Array = NDArray[np.float64]
Mixes = Sequence[Array]
PERIOD = 8  # steps between two looks at whether an entry has settled
MOST = 20_000  # steps, however short: an entry that needs more counts as unsettled


class Flow(NamedTuple):
    """A differential equation for states (n_i, entry), one array a player.

    ``mixes``: strategies of states; ``velocity``: of (payoffs (player, a_0, ..., entry), states, entry numbers); ``rest``: how far states
    are from rest, (entry,).
    """

    mixes: Callable[[Mixes], list[Array]]
    velocity: Callable[[Array, Mixes, NDArray[np.intp]], list[Array]]
    rest: Callable[[Array, Mixes, NDArray[np.intp]], Array]


class Run(NamedTuple):
    """Where each entry ended: ``mixes`` (n_i, entry), ``settled`` (entry,), ``time`` (entry,); ``record``: states at the looks."""

    mixes: list[Array]
    settled: NDArray[np.bool_]
    time: Array
    record: list[list[Array]]


def softmax(weights: Array) -> Array:
    """Probabilities proportional to exp(weights), over the first axis."""
    out = np.exp(weights - weights.max(axis=0))
    return np.asarray(out / out.sum(axis=0))


def replicator_flow() -> Flow:
    r"""Replicator dynamics of several populations (Taylor 1979): :math:`\dot x_{ia} = x_{ia} (u_{ia} - \bar u_i)`.

    In logarithms the rate of growth is the payoff itself up to a term common to all actions, which drops out of the strategy; so
    probabilities stay positive and sum to 1 whatever the step. Actions that start with probability 0 keep it.
    """

    def mixes(states: Mixes) -> list[Array]:
        return [softmax(z) for z in states]

    def velocity(payoffs: Array, states: Mixes, _: NDArray[np.intp]) -> list[Array]:
        play = mixes(states)
        return [action_payoffs(own, play, i) for i, own in enumerate(payoffs)]

    def rest(payoffs: Array, states: Mixes, _: NDArray[np.intp]) -> Array:
        # At rest in the long run: no action in use pays more than the average. A saddle that is only passed still pays some action more.
        play = mixes(states)
        most = np.zeros(payoffs.shape[-1])
        for i, own in enumerate(payoffs):
            gain = action_payoffs(own, play, i)
            gain -= (gain * play[i]).sum(axis=0)
            used = np.isfinite(states[i])
            np.maximum(most, np.where(used, gain, -np.inf).max(axis=0), out=most)
            np.maximum(most, (play[i] * np.abs(gain)).max(axis=0), out=most)
        return most

    return Flow(mixes, velocity, rest)


def logit_flow(precision: Array) -> Flow:
    r"""Perturbed best-reply dynamics (Fudenberg and Levine 1998): :math:`\dot x_i = L_i(x) - x_i`, L the logit response.

    ``precision`` (player, entry), in units of 1 / scaled payoff.
    """

    def velocity(payoffs: Array, states: Mixes, entry: NDArray[np.intp]) -> list[Array]:
        return [softmax(precision[i, entry] * action_payoffs(own, states, i)) - states[i] for i, own in enumerate(payoffs)]

    def rest(payoffs: Array, states: Mixes, entry: NDArray[np.intp]) -> Array:
        out: Array = np.max([np.abs(v).max(axis=0) for v in velocity(payoffs, states, entry)], axis=0)
        return out

    return Flow(list, velocity, rest)


def integrate(
    flow: Flow, tensor: Array, game: NDArray[np.intp], states: list[Array], step: Array, max_time: float, tol: float, record: bool = False
) -> Run:
    """Follow every entry until it is at rest to within ``tol``, or ``max_time`` is over.

    ``tensor`` (player, a_0, ..., games); ``game`` (entry,); ``states`` (n_i, entry); ``step`` (entry,). With ``record``
    none is left out early.
    """
    entries = len(game)
    alive = np.arange(entries)
    payoffs = tensor[..., game]
    ended = [z.copy() for z in states]
    time, settled = np.zeros(entries), np.zeros(entries, dtype=bool)
    seen = [flow.mixes(states)] if record else []
    for steps in itertools.count(PERIOD, PERIOD):
        if not len(alive):
            break
        for _ in range(PERIOD):
            states = _step(flow, payoffs, states, alive, step[alive])
        time[alive] += PERIOD * step[alive]
        still = flow.rest(payoffs, states, alive) <= tol
        if record:
            settled[:] = still
            seen.append(flow.mixes(states))
            done = np.full(entries, bool(time.min() >= max_time or still.all() or steps >= MOST))
        else:
            settled[alive] = still
            done = still | (time[alive] >= max_time) | (steps >= MOST)
        if done.any():
            for whole, z in zip(ended, states, strict=True):
                whole[:, alive[done]] = z[:, done]
            alive = alive[~done]
            payoffs, states = payoffs[..., ~done], [z[:, ~done] for z in states]
    return Run(flow.mixes(ended), settled, time, seen)


def _step(flow: Flow, payoffs: Array, states: list[Array], entry: NDArray[np.intp], h: Array) -> list[Array]:
    """One step of the classical fourth-order method."""
    k1 = flow.velocity(payoffs, states, entry)
    k2 = flow.velocity(payoffs, [z + h / 2 * k for z, k in zip(states, k1, strict=True)], entry)
    k3 = flow.velocity(payoffs, [z + h / 2 * k for z, k in zip(states, k2, strict=True)], entry)
    k4 = flow.velocity(payoffs, [z + h * k for z, k in zip(states, k3, strict=True)], entry)
    return [z + h / 6 * (a + 2 * b + 2 * c + d) for z, a, b, c, d in zip(states, k1, k2, k3, k4, strict=True)]
