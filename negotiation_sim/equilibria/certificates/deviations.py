"""Tables of deviations: where each one-shot deviation from each play leads, as integers, for a fixed order of moves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["Deviations"]


@dataclass(frozen=True)
class Deviations:
    """Where each one-shot deviation leads: integer tables, one column a play.

    A prefix is what has been decided up to and including some stage; those of a stage are numbered from 0. After the last stage the
    prefixes are the plays.

    Parameters
    ----------
    size : tuple of int, one for each stage
        Number of prefixes, allowed or not.
    prefix : tuple of ndarray of int, one for each stage, shape (plays,)
        The prefix of each play, through that stage.
    moves : tuple (stage) of tuple (mover) of (player, target, other)
        ``target (choices, plays)`` is the prefix after the mover switches to a choice, ``other (choices, plays)`` tells whether
        that choice is allowed and differs; elsewhere ``target`` is the play's own prefix.
    siblings : tuple of ndarray of int, one for each stage, shape (profiles, plays)
        The prefixes of all allowed profiles of the stage after the same history (its own prefix stands in for others).
    allowed : ndarray of bool, shape (plays,)
    """

    size: tuple[int, ...]
    prefix: tuple[NDArray[np.intp], ...]
    moves: tuple[tuple[tuple[int, NDArray[np.intp], NDArray[np.bool_]], ...], ...]
    siblings: tuple[NDArray[np.intp], ...]
    allowed: NDArray[np.bool_]

    @classmethod
    def build(
        cls, shape: Sequence[int], owners: Sequence[int], stages: Sequence[Sequence[int]], feasible: NDArray[np.bool_] | None = None
    ) -> Deviations:
        """Tabulate the plays of a game with these options, owners and stages; the last few tables are remembered."""
        rules = None if feasible is None else feasible.tobytes()
        return _tables(tuple(shape), tuple(owners), tuple(tuple(stage) for stage in stages), rules)

    @classmethod
    def _build(
        cls, shape: tuple[int, ...], owners: tuple[int, ...], stages: tuple[tuple[int, ...], ...], rules: bytes | None
    ) -> Deviations:
        plays = math.prod(shape)
        stride = [math.prod(shape[k + 1 :]) for k in range(len(shape))]
        part = [np.arange(plays) // step % n * step for step, n in zip(stride, shape, strict=True)]
        allowed = np.ones(plays, dtype=bool) if rules is None else np.frombuffer(rules, dtype=bool)
        size, prefix, moves, siblings = [], [], [], []
        start = np.zeros(plays, dtype=np.intp)  # a prefix as the play that continues it with option 0 everywhere
        for stage in stages:
            start = start + sum(part[k] for k in stage)
            starts, own = np.unique(start, return_inverse=True)
            reachable = np.zeros(len(starts), dtype=bool)
            reachable[own[allowed]] = True

            def switched(axes: Sequence[int], start: NDArray[np.intp] = start, starts: NDArray[np.intp] = starts) -> NDArray[np.intp]:
                """Number the prefixes after the instruments ``axes`` take every combination of their options."""
                choices = np.zeros(1, dtype=np.intp)
                for k in axes:
                    choices = np.add.outer(choices, np.arange(shape[k]) * stride[k]).reshape(-1)
                return np.searchsorted(starts, start - sum(part[k] for k in axes) + choices[:, None])

            movers = []
            for player in sorted({owners[k] for k in stage}):
                target = switched([k for k in stage if owners[k] == player])
                other = reachable[target] & (target != own)
                movers.append((player, np.where(other, target, own), other))
            target = switched(stage)
            size.append(len(starts))
            prefix.append(own)
            moves.append(tuple(movers))
            siblings.append(np.where(reachable[target], target, own))
        return cls(tuple(size), tuple(prefix), tuple(moves), tuple(siblings), allowed)


@lru_cache(maxsize=8)
def _tables(shape: tuple[int, ...], owners: tuple[int, ...], stages: tuple[tuple[int, ...], ...], rules: bytes | None) -> Deviations:
    return Deviations._build(shape, owners, stages, rules)
