"""The polynomial systems of a batch of games: who mixes over which actions, and the payoffs that the indifference conditions need.

A *support profile* says which actions each player uses. Given one, the unknowns are the probabilities of those who use two actions or
more, and the equations say that all actions in use pay the same. Both are put in one order for all profiles of the same sizes, the
players with the largest supports first, so that such systems are solved together whatever game and support they come from.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Items", "SystemShape", "back", "expected", "front", "group_items", "system_payoffs"]


def front(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """View with one axis first and the others in their order: `numpy.moveaxis` without its checks, which cost more than small cells."""
    return values.transpose((axis, *range(axis), *range(axis + 1, values.ndim)))


def back(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """View with the first axis put in this place."""
    return values.transpose((*range(1, axis + 1), 0, *range(axis + 1, values.ndim)))


@dataclass(frozen=True)
class SystemShape:
    """Sizes of a polynomial system.

    Parameters
    ----------
    sizes : tuple of int
        Number of actions in use, of each player who uses more than one.
    actions : tuple of int
        Number of all actions of each player; those who mix come first.

    Notes
    -----
    Payoffs of the system are one array a player, ``payoffs[i]`` of shape (n_i, k_j for the mixing j other than i, item): what each action
    of player i pays at each choice of the others among their actions in use. The actions in use come first.
    """

    sizes: tuple[int, ...]
    actions: tuple[int, ...]

    @cached_property
    def mixing(self) -> int:
        """Number of players who mix."""
        return len(self.sizes)

    @cached_property
    def used(self) -> tuple[int, ...]:
        """Number of actions in use of each player."""
        return self.sizes + (1,) * (len(self.actions) - len(self.sizes))

    @cached_property
    def unknowns(self) -> int:
        """Number of unknowns, and of equations."""
        return sum(self.sizes) - len(self.sizes)

    @cached_property
    def rows(self) -> tuple[slice, ...]:
        """Where the equations (and the unknowns) of each mixing player are."""
        ends = np.cumsum([0, *(k - 1 for k in self.sizes)]).tolist()
        return tuple(slice(a, b) for a, b in itertools.pairwise(ends))

    def others(self, player: int) -> list[int]:
        """The mixing players beside this one."""
        return [j for j in range(self.mixing) if j != player]

    def axis(self, player: int, other: int) -> int:
        """The axis of a mixing player in the payoffs of another."""
        return 1 + other - (1 if other > player else 0)


class Items(NamedTuple):
    """Systems of one shape.

    ``game`` (item,): the game of each; ``order`` (item, player): its players in the order of the shape; ``acts``: for each place in that
    order, its actions, those in use first, shape (item, n).
    """

    shape: SystemShape
    game: NDArray[np.intp]
    order: NDArray[np.intp]
    acts: tuple[NDArray[np.intp], ...]

    def take(self, which: NDArray[np.intp] | slice) -> Items:
        """Some of the items."""
        return Items(self.shape, self.game[which], self.order[which], tuple(a[which] for a in self.acts))


def group_items(actions: tuple[int, ...], profile: NDArray[np.intp], game: NDArray[np.intp]) -> list[Items]:
    """Group support profiles of games by the shape of their systems.

    Parameters
    ----------
    actions : tuple of int
        Number of actions of each player.
    profile : ndarray of int, shape (item,)
        Support profiles, in C order over ``(2 ** n_0 - 1, ...)``: the bits of an index plus one are the actions in use.
    game : ndarray of int, shape (item,)
    """
    kind_of, rank_of, kinds = _kinds(actions)
    kind = kind_of[profile]
    order = np.argsort(kind, kind="stable")
    ends = np.cumsum(np.bincount(kind, minlength=len(kinds)))
    out = []
    for number, (shape, players, acts) in enumerate(kinds):
        members = order[ends[number - 1] if number else 0 : ends[number]]
        if len(members) and shape.sizes:
            rank = rank_of[profile[members]]
            out.append(Items(shape, game[members], players[rank], tuple(a[rank] for a in acts)))
    return out


@lru_cache(maxsize=16)
def _kinds(
    actions: tuple[int, ...],
) -> tuple[NDArray[np.int16], NDArray[np.intp], list[tuple[SystemShape, NDArray[np.intp], tuple[NDArray[np.intp], ...]]]]:
    """The kind of each support profile, its number among those, and the kinds: shape, players and actions of each profile."""
    sets = [(1 << n) - 1 for n in actions]
    masks = np.stack(np.unravel_index(np.arange(math.prod(sets)), sets), axis=1) + 1
    used = np.bitwise_count(masks).astype(np.intp)
    rank = used * 64 + np.array(actions)
    order = np.argsort(-rank, axis=1, kind="stable")
    ranks, kind = np.unique(np.take_along_axis(rank, order, axis=1), axis=0, return_inverse=True)
    kind = kind.reshape(-1)
    number, kinds = np.empty(len(kind), dtype=np.intp), []
    for k, row in enumerate(ranks.tolist()):
        members = np.flatnonzero(kind == k)
        number[members] = np.arange(len(members))
        shape = SystemShape(tuple(r // 64 for r in row if r >= 128), tuple(r % 64 for r in row))
        acts = []
        for place, n in enumerate(shape.actions):
            mask = masks[members, order[members, place]]
            acts.append(np.argsort(mask[:, None] >> np.arange(n) & 1 == 0, axis=1, kind="stable"))
        kinds.append((shape, order[members], tuple(acts)))
    return kind.astype(np.int16), number, kinds


def system_payoffs(tensor: NDArray[np.float64], items: Items) -> list[NDArray[np.float64]]:
    """Collect the payoffs of each system, one array a player as in `SystemShape`, from ``tensor`` (player, a_0, ..., games)."""
    shape, games = items.shape, tensor.shape[-1]
    strides = np.cumprod([games, *tensor.shape[:0:-1][1:]])[::-1]  # of the axes (player, a_0, ...)
    flat = tensor.reshape(-1)
    out = []
    for i, n in enumerate(shape.actions):
        axes = [i, *shape.others(i)]
        index = items.order[:, i] * strides[0] + items.game
        for j in range(len(shape.actions)):
            if j >= shape.mixing and j != i:
                index = index + items.acts[j][:, 0] * strides[1 + items.order[:, j]]
        index = index.reshape((1,) * len(axes) + (-1,))
        for place, j in enumerate(axes):
            among = n if j == i else shape.sizes[j]
            step = (items.acts[j][:, :among] * strides[1 + items.order[:, j]][:, None]).T
            index = index + step.reshape((*(among if p == place else 1 for p in range(len(axes))), -1))
        out.append(flat.take(index))
    return out


def expected(
    shape: SystemShape, player: int, values: NDArray[np.float64], mixes: list[NDArray[np.float64]], but: int = -1
) -> NDArray[np.float64]:
    """Average ``values``, shaped like the payoffs of ``player``, over the mixes of all mixing players but ``player`` and ``but``.

    ``mixes[j]`` has shape (k_j, item).
    """
    for j in reversed(shape.others(player)):
        if j != but:
            axis = shape.axis(player, j)
            rows = front(values, axis)
            total = rows[0] * mixes[j][0]
            for row, weight in zip(rows[1:], mixes[j][1:], strict=True):
                total += row * weight
            values = total
    return values
