"""Array layout: logical order (*batch, ...), physical order batch-fastest (structure of arrays), locked once built.

Elementwise kernels over small games run 5 to 33 times faster when the batch axis is the last one in memory, because each numpy call
then works on long contiguous rows. Users see batch axes first; kernels see one flat batch axis last. Both are views of one buffer.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._scratch import fresh
from negotiation_sim._words import shown

__all__ = ["chunks", "game_number", "games_last", "lock", "logical_view", "to_games_last"]


def lock(array: NDArray[Any]) -> NDArray[Any]:
    """Make an array read-only, in place, and return it."""
    array.setflags(write=False)
    return array


def logical_view(tensor: NDArray[Any], batch_shape: tuple[int, ...]) -> NDArray[Any]:
    """View ``(*core, games)`` as ``(*batch, *core)`` without a copy."""
    core = tensor.shape[:-1]
    full = tensor.reshape(core + batch_shape)
    return np.moveaxis(full, range(len(core), full.ndim), range(len(batch_shape)))


def games_last(array: NDArray[Any], batch_ndim: int) -> NDArray[Any]:
    """View ``(*batch, *core)`` as ``(*core, games)``; without a copy when the array is batch-fastest in memory."""
    core = array.shape[batch_ndim:]
    games = math.prod(array.shape[:batch_ndim])
    return np.moveaxis(array, range(batch_ndim), range(-batch_ndim, 0)).reshape((*core, games)) if batch_ndim else array.reshape((*core, 1))


def to_games_last(array: NDArray[Any], batch_ndim: int) -> NDArray[np.float64]:
    """Copy ``(*batch, *core)`` into a new batch-fastest float64 buffer ``(*core, games)``, in tiles that stay in cache."""
    source = array.reshape((math.prod(array.shape[:batch_ndim]), *array.shape[batch_ndim:]))
    games = math.prod(array.shape[:batch_ndim])
    out = fresh((*array.shape[batch_ndim:], games))
    for part in chunks(games, max(64, min(4096, (1 << 15) // max(1, math.prod(out.shape[:-1]))))):
        out[..., part] = np.moveaxis(source[part], 0, -1)
    return out


def game_number(batch_shape: tuple[int, ...], index: object) -> int:
    """Flat number of the game at a place of the batch, an integer for each batch axis.

    Raises
    ------
    ValueError
        If the place has not one integer for each batch axis.
    IndexError
        If it lies outside the batch.
    """
    place = index if isinstance(index, tuple) else (index,)
    if len(place) != len(batch_shape) or not all(isinstance(k, numbers.Integral) for k in place):
        raise ValueError(f"index must pick one game of the batch {batch_shape}: {len(batch_shape)} integers; got {shown(index)}")
    if any(not -n <= k < n for k, n in zip(place, batch_shape, strict=True)):
        raise IndexError(f"index {index!r} is outside the batch {batch_shape}")
    return int(np.ravel_multi_index([k % n for k, n in zip(place, batch_shape, strict=True)], batch_shape)) if place else 0


def chunks(games: int, size: int) -> Iterator[slice]:
    """Slices of at most ``size`` games that cover ``games``."""
    for begin in range(0, games, size):
        yield slice(begin, min(begin + size, games))
