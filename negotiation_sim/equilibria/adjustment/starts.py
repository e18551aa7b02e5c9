"""Where adjustment starts: strategies drawn uniformly from the simplices, or given."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._arguments import each_of, number_array, whole_number
from negotiation_sim._arrays import lock
from negotiation_sim._words import shown

__all__ = ["Starts", "orders", "read_starts", "starting_strategies"]

Array = NDArray[np.float64]
Starts = int | tuple[Array, ...]
"""A number of starts to draw, or one array a player of shape ``(start, n_i)``."""

_SUM_TOLERANCE = 1e-9
_DRAWS, _ORDERS = 0, 1  # separate streams of one seed


def read_starts(starts: SupportsIndex | Sequence[ArrayLike]) -> Starts:
    """A number, or arrays of probabilities as locked copies.

    Raises
    ------
    ValueError
        If there is no start, or what is given are not probabilities.
    """
    wanted = "starts must be a number, at least 1, or a list of one array a player of shape (start, n_i)"
    if np.ndim(starts) == 0 if isinstance(starts, np.ndarray | np.generic) else isinstance(starts, Real):
        return whole_number(starts, wanted, 1)
    entries = each_of(starts, wanted)
    if not entries:
        raise ValueError(f"{wanted}; got an empty list")
    arrays = []
    for i, given in enumerate(entries):
        array = number_array(given, f"starts[{i}] must hold numbers, one row of probabilities a start, in shape (start, n_i)")
        if array.ndim != 2 or 0 in array.shape:
            raise ValueError(f"starts[{i}] must have shape (start, n_i), one row of probabilities a start; got shape {array.shape}")
        if not ((array >= 0).all() and (np.abs(array.sum(axis=1) - 1) <= _SUM_TOLERANCE).all()):
            raise ValueError(f"starts[{i}] must hold probabilities that sum to 1 in each row; got {shown(array.tolist())}")
        arrays.append(lock(array / array.sum(axis=1, keepdims=True)))
    if len({len(array) for array in arrays}) != 1:
        raise ValueError(f"starts must hold the same number of starts for each player; got {[len(array) for array in arrays]}")
    return tuple(arrays)


def starting_strategies(starts: Starts, seed: int, shape: tuple[int, ...]) -> tuple[Array, ...]:
    """One array a player, ``(start, n_i)``. A draw depends on the seed, its number, and the numbers of actions, on nothing else.

    Exponential numbers divided by their sum are uniform on the simplex (Devroye 1986, Non-Uniform Random Variate Generation, V.2).

    Raises
    ------
    ValueError
        If arrays do not fit the players and their actions.
    """
    if isinstance(starts, tuple):
        given = tuple(array.shape[1] for array in starts)
        if given != shape:
            raise ValueError(f"starts must hold one array a player, with {shape} actions; got arrays for {given} actions")
        return starts
    stream = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(_DRAWS,))))
    draws = stream.standard_exponential((starts, sum(shape)))  # row by row, so more starts begin with the same ones
    parts = np.split(draws, np.cumsum(shape)[:-1], axis=1)
    return tuple(part / part.sum(axis=1, keepdims=True) for part in parts)


def orders(seed: int, turn: int, starts: int, players: int) -> NDArray[np.intp]:
    """In which order players move in one round; shape ``(start, player)``. It depends on the seed, the round and the start's number."""
    stream = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(_ORDERS, turn))))
    return stream.random((starts, players)).argsort(axis=1, kind="stable")
