"""Best-reply dynamics over pure profiles: a map from profile to profile for each mover, followed to its end exactly.

There are finitely many profiles, so a fixed order of moves makes a map of the profiles into themselves. After as many rounds as there are
profiles every start is on a cycle of that map; repeated squaring gets there in logarithmically many steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Walk", "follow", "follow_movers", "moves", "one_round"]


@dataclass(frozen=True)
class Walk:
    """Where starts end: ``profile`` (start, games) flat numbers; ``period`` (start, games), 1 where settled, 0 if unknown; ``rounds``."""

    profile: NDArray[np.intp]
    period: NDArray[np.int32]
    rounds: NDArray[np.int32]


def moves(tensor: NDArray[np.float64], tie: NDArray[np.float64]) -> list[NDArray[np.intp]]:
    """For each player, the profile (flat number) after that player has replied to each profile; arrays (profiles, games).

    A player whose action is a best reply stays; else the lowest of the best replies is chosen.
    """
    players, shape, games = tensor.shape[0], tensor.shape[1:-1], tensor.shape[-1]
    number = np.arange(math.prod(shape)).reshape((*shape, 1))
    out = []
    for i in range(players):
        best = tensor[i] >= tensor[i].max(axis=i, keepdims=True) - tie[i]
        lowest = best.argmax(axis=i, keepdims=True)
        stride = math.prod(shape[i + 1 :])
        own = np.indices((*shape, 1), sparse=True)[i]
        after = number + np.where(best, 0, (lowest - own) * stride)
        out.append(np.ascontiguousarray(after.reshape(-1, games)))
    return out


def one_round(tables: list[NDArray[np.intp]], simultaneous: bool) -> NDArray[np.intp]:
    """The profile after a round in which all move: together, or in the order of the players."""
    start = np.arange(len(tables[0]))[:, None]
    if simultaneous:
        return start + sum(table - start for table in tables)
    after = tables[0]
    for table in tables[1:]:
        after = np.take_along_axis(table, after, axis=0)
    return after


def follow(after: NDArray[np.intp], starts: NDArray[np.intp]) -> Walk:
    """Follow the map ``after`` (profiles, games) from every start to its cycle."""
    profiles, games = after.shape
    far = after
    for _ in range(max(profiles - 1, 1).bit_length()):
        far = np.take_along_axis(far, far, axis=0)
    cyclic = np.zeros(after.shape, dtype=bool)
    np.put_along_axis(cyclic, far, True, axis=0)
    # The image of the map repeated 2^k >= profiles times is the set of profiles on cycles, but which one is reached first?
    at = np.broadcast_to(starts[:, None], (len(starts), games)).copy()
    rounds = np.zeros(at.shape, dtype=np.int32)
    for _ in range(profiles):
        waiting = ~np.take_along_axis(cyclic, at, axis=0)
        if not waiting.any():
            break
        at = np.where(waiting, np.take_along_axis(after, at, axis=0), at)
        rounds += waiting
    period = np.ones(at.shape, dtype=np.int32)
    now = np.take_along_axis(after, at, axis=0)
    for _ in range(profiles):
        away = now != at
        if not away.any():
            break
        period += away
        now = np.where(away, np.take_along_axis(after, now, axis=0), now)
    return Walk(at, period, rounds)


def follow_movers(tables: list[NDArray[np.intp]], starts: NDArray[np.intp], movers: NDArray[np.int8]) -> Walk:
    """Follow from every start, one mover at a time, ``movers`` (moves, start), until no player would move."""
    games = tables[0].shape[1]
    number = np.arange(len(tables[0]))[:, None]
    still = np.logical_and.reduce([table == number for table in tables])
    stacked = np.stack(tables)
    at = np.broadcast_to(starts[:, None], (len(starts), games)).copy()
    rounds = np.zeros(at.shape, dtype=np.int32)
    game = np.arange(games)
    for move, mover in enumerate(movers):
        waiting = ~np.take_along_axis(still, at, axis=0)
        if not waiting.any():
            break
        if move % len(tables) == 0:
            rounds += waiting
        at = stacked[mover[:, None], at, game]  # where nobody would move this changes nothing
    settled = np.take_along_axis(still, at, axis=0)
    return Walk(at, settled.astype(np.int32), rounds)
