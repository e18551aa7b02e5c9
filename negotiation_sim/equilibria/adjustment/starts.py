"""Where play starts: drawn with a seed, the same for every game of a shape, or given."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["draw_mixes", "draw_movers", "draw_profiles", "read_mixes", "read_profiles"]

_MIXES, _PROFILES, _MOVERS = 1, 2, 3  # each kind of draw has its own stream


def draw_mixes(shape: Sequence[int], starts: int, seed: int) -> list[NDArray[np.float64]]:
    """Draw strategies uniformly from the simplices: one array (n_i, start) a player. More starts begin with the fewer."""
    widths: list[int] = np.cumsum([0, *shape]).tolist()
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_MIXES,)))
    weights = rng.standard_exponential((starts, widths[-1])).T  # normalised exponentials are uniform on the simplex (Devroye 1986, V.2)
    parts = [weights[a:b] for a, b in itertools.pairwise(widths)]
    return [part / part.sum(axis=0) for part in parts]


def draw_profiles(shape: Sequence[int], starts: int, seed: int) -> NDArray[np.intp]:
    """Draw pure profiles uniformly, as flat numbers; (start,)."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_PROFILES,)))
    return rng.integers(math.prod(shape), size=starts).astype(np.intp)


def draw_movers(players: int, rounds: int, starts: int, seed: int) -> NDArray[np.int8]:
    """Draw who moves: (moves, start), ``players`` moves a round."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_MOVERS,)))
    return rng.integers(players, size=(starts, rounds * players), dtype=np.int8).T


def read_mixes(given: Sequence[ArrayLike], shape: Sequence[int]) -> list[NDArray[np.float64]]:
    """Check strategies given for each player, shape (start, n_i); return them as (n_i, start)."""
    if len(given) != len(shape):
        raise ValueError(f"starts must hold one array of strategies for each of the {len(shape)} players; got {len(given)}")
    out = []
    for i, (strategies, n) in enumerate(zip(given, shape, strict=True)):
        array = np.array(strategies, dtype=np.float64, ndmin=2)
        if array.ndim != 2 or array.shape[1] != n:
            raise ValueError(f"starts[{i}] must have shape (start, {n}), one probability an action; got shape {np.shape(strategies)}")
        if not (np.isfinite(array).all() and (array >= 0).all() and (np.abs(array.sum(axis=1) - 1) <= 1e-9).all()):
            raise ValueError(f"starts[{i}] must hold probabilities that sum to 1; got {strategies!r}")
        out.append(array.T / array.sum(axis=1))
    sizes = {array.shape[1] for array in out}
    if len(sizes) > 1:
        raise ValueError(f"starts must hold equally many strategies for each player; got {[array.shape[1] for array in out]}")
    return out


def read_profiles(given: ArrayLike, shape: Sequence[int]) -> NDArray[np.intp]:
    """Check pure profiles given as action numbers, shape (start, player); return their flat numbers."""
    array = np.array(given, ndmin=2)
    if array.ndim != 2 or array.shape[1] != len(shape) or array.dtype.kind not in "iu":
        raise ValueError(
            f"starts must be integers of shape (start, {len(shape)}), the number of each player's action; got {array.dtype} "
            f"of shape {np.shape(given)}"
        )
    if (array < 0).any() or (array >= np.array(shape)).any():
        raise ValueError(f"starts must hold action numbers from 0 to one less than {tuple(shape)}; got {array.min()} to {array.max()}")
    return np.asarray(np.ravel_multi_index(tuple(array.T), tuple(shape)), dtype=np.intp)
