"""Read what users ask of `LogitQRE`, alone and against a batch of games; and say what to give instead."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._arguments import each_of, number_array
from negotiation_sim._arrays import lock
from negotiation_sim._words import shown
from negotiation_sim.games.normal_form import NormalFormGame

__all__ = ["Weights", "read_precision", "read_start", "read_weights", "starts_of", "targets_of", "weights_of"]

Array = NDArray[np.float64]
Weights = tuple[float | tuple[float, ...], ...]
"""A number, or one number an action, for each player."""

DEFAULT = 10.0  # precision times the largest payoff range, where none is given


def read_precision(given: ArrayLike) -> float | Array:
    """Read one precision or an array of them."""
    array = number_array(given, "precision must be a number or an array of numbers, in units of 1 / payoff")
    if not (np.isfinite(array) & (array >= 0)).all():
        raise ValueError(
            f"precision must be finite and at least 0, in units of 1 / payoff; got {shown(given)}."
            " For the limit use LogitQRE().limit(game)."
        )
    return lock(array) if array.ndim else float(array)


def read_weights(given: Sequence[float | Sequence[float]]) -> Weights:
    """Read weights of the precision."""
    out: list[float | tuple[float, ...]] = []
    for i, entry in enumerate(each_of(given, "rationality must be a list with one entry for each player")):
        wanted = f"rationality[{i}] must be a number or one number an action, finite and at least 0"
        array = number_array(entry, wanted)
        if array.ndim > 1 or not (np.isfinite(array) & (array >= 0)).all():
            raise ValueError(f"{wanted}; got {shown(entry)}")
        out.append(tuple(array.tolist()) if array.ndim else float(array))
    return tuple(out)


def read_start(given: Sequence[ArrayLike]) -> tuple[Array, ...]:
    """Read starting strategies."""
    out = []
    for i, entry in enumerate(each_of(given, "start must be a list of strategies, one for each player, such as [[1, 0], [0.5, 0.5]]")):
        wanted = f"start[{i}] must hold probabilities that sum to 1 along the last axis"
        p = number_array(entry, wanted)
        if p.ndim < 1 or not ((p >= 0).all() and np.allclose(p.sum(axis=-1), 1, rtol=0, atol=1e-6)):
            raise ValueError(f"{wanted}; got {shown(entry)}")
        out.append(lock(p))
    return tuple(out)


def targets_of(precision: float | Array | None, game: NormalFormGame) -> tuple[Array, tuple[int, ...]]:
    """Precisions ``(target, games)``, and the batch shape of the solution."""
    batch = game.batch_shape
    if precision is None:
        span = game.payoff_range.max(axis=0)
        with np.errstate(all="ignore"):
            return np.minimum(np.where(span > 0, DEFAULT / span, DEFAULT), 1e308)[None], batch
    asked = np.asarray(precision)
    try:
        shape = np.broadcast_shapes(asked.shape, batch)
    except ValueError:
        shape = ()
    if shape[len(shape) - len(batch) :] != batch:
        raise ValueError(
            f"precision must be a number, or broadcast against the batch {batch}: of shape {batch}, one precision a game, or "
            f"{('k', *(1,) * len(batch))}, k precisions for every game; got shape {asked.shape}"
        )
    count = int(np.prod(shape[: len(shape) - len(batch)]))
    if not count:
        raise ValueError(f"precision must hold at least one number a game; got an array of shape {asked.shape}")
    return np.ascontiguousarray(np.broadcast_to(asked, shape)).reshape((count, game.games)), shape


def weights_of(rationality: Weights | None, game: NormalFormGame) -> list[Array] | None:
    """One weight an action for each player, ``(n_i,)``."""
    if rationality is None:
        return None
    if len(rationality) != len(game.players):
        raise ValueError(f"rationality must hold {len(game.players)} entries, one for each player; got {len(rationality)}")
    out = []
    for i, (given, n) in enumerate(zip(rationality, game.shape, strict=True)):
        if isinstance(given, tuple) and len(given) != n:
            raise ValueError(
                f"rationality[{i}] ({game.players[i]}) must be a number or {n} numbers, one for each action; got {len(given)} numbers"
            )
        out.append(np.broadcast_to(np.asarray(given, dtype=np.float64), (n,)))
    return out


def starts_of(start: Sequence[Array], game: NormalFormGame) -> list[Array]:
    """Starting strategies of all games, ``(n_i, games)`` for each player."""
    if len(start) != len(game.players):
        raise ValueError(f"start must hold {len(game.players)} strategies, one for each player; got {len(start)}")
    out = []
    for i, (p, n) in enumerate(zip(start, game.shape, strict=True)):
        full = (*game.batch_shape, n)
        if p.shape[-1] != n or p.ndim > len(full) or any(a not in (1, b) for a, b in zip(p.shape[::-1], full[::-1], strict=False)):
            raise ValueError(
                f"start[{i}] ({game.players[i]}) must have shape {(n,)} or (*batch, {n}) = {full}, one probability an action; got {p.shape}"
            )
        out.append(np.broadcast_to(p, full).reshape((-1, n)).T)
    return out
