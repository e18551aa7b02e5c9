"""The Nash equilibrium to which the principal branch of logit equilibria tends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks
from negotiation_sim.equilibria.certificates.certificate import certify_mixed
from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.equilibria.quantal.locating import chunk_size, locate, log_odds
from negotiation_sim.equilibria.quantal.newton_steps import solve_in_place
from negotiation_sim.equilibria.quantal.response_system import ResponseSystem
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status

__all__ = ["branch_limit"]

Array = NDArray[np.float64]

PRECISION = 1e6  # times the largest payoff range
ENOUGH = 1e3  # likewise: where the branch stops beyond it, for rounding, its last point stands for the limit if its regret is small
UNUSED = 20.0  # actions that are e^20 times as rare as the likeliest one do not belong to the support
NEAR = 1e-3  # probability by which polishing may move an equilibrium
REGRET, NO_HARM = 1e-9, 1e-6  # share of the payoff range that a polished equilibrium may leave to gain, and one where the branch stopped


def branch_limit(game: NormalFormGame, solver: object, max_iter: int) -> Equilibria:
    """Follow the branch of each game far, and solve for the equilibrium with the same support."""
    status = np.where(game.finite, np.int8(Status.OK), np.int8(Status.NOT_FINITE))
    good = np.flatnonzero(game.finite)
    tensor = game.tensor.take(good, axis=-1)
    span = game.payoff_range.max(axis=0)[good]
    with np.errstate(over="ignore"):
        target = np.minimum(PRECISION / np.where(span > 0, span, 1), 1e308)
    found = locate(tensor, target[None], None, None, max_iter)
    rough = [p[:, 0] for p in found.probabilities]
    reached = found.reached[0]
    fine = [p.copy() for p in rough]
    for part in chunks(len(good), chunk_size(game.shape)):
        for whole, p in zip(fine, _on_support(tensor[..., part], [p[:, part] for p in rough]), strict=True):
            whole[:, part] = p
    every = np.arange(len(good))
    settled = certify_mixed(tensor, every, fine, 0).regret <= REGRET  # False where NaN
    for p in fine:
        settled &= np.isfinite(p).all(axis=0)
    mixed = [np.where(settled, a, b) for a, b in zip(fine, rough, strict=True)]
    stopped = np.flatnonzero(~reached & (found.precision[0] * (PRECISION / ENOUGH) >= target))
    reached[stopped] = certify_mixed(tensor, stopped, [p[:, stopped] for p in mixed], 0).regret <= NO_HARM
    status[good[~reached]] = Status.MAX_ITER
    start = np.zeros(game.games + 1, dtype=np.int64)
    np.cumsum(status == Status.OK, out=start[1:])
    return Equilibria.from_strategies(game, solver, start, [p[:, reached].T for p in mixed], Completeness.NO, status)


def _on_support(tensor: Array, mixtures: Sequence[Array]) -> list[Array]:
    """Newton's method for equal payoffs on the support; NaN where that does not settle nearby."""
    out = [p.copy() for p in mixtures]
    system, _ = ResponseSystem.build(tensor, None)
    if not system.players:
        return out
    system, z, order = system.referred(log_odds([mixtures[i] for i in system.players]))
    d = system.unknowns
    used = z > -UNUSED
    p = system.probabilities(z)
    x = np.where(used, np.concatenate([own[1:] for own in p]), 0)
    first = x
    with np.errstate(all="ignore"):
        for _ in range(8):
            gains, slopes = system.payoff_slopes(_filled(system, x))
            square = np.empty((d, d + 1, x.shape[-1]))
            square[:, :d] = np.where(used[:, None], slopes, np.eye(d)[..., None])
            square[:, d] = np.where(used, -gains, 0)
            solve_in_place(square, d)
            x = x + square[:, d]
        near = (np.abs(x - first) < NEAR).all(axis=0) & (np.abs(square[:, d]) < 1e-9).all(axis=0)
    for i, own, places in zip(system.players, _filled(system, np.maximum(x, 0)), order, strict=True):
        out[i] = np.where(near, np.take_along_axis(own, places, axis=0), np.nan)
    return out


def _filled(system: ResponseSystem, x: Array) -> list[Array]:
    """All probabilities from those of the later actions."""
    return [np.concatenate([1 - own.sum(axis=0, keepdims=True), own]) for own in system.split(x)]
