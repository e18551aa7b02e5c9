"""Logit responses of a batch of games as equations in log-odds, with their derivatives.

The unknowns are the log-odds of each action against the player's first one, z_ia = log p_ia - log p_i0, of every player who has a choice.
A logit equilibrium of precision l solves z_ia = l g_ia(z), where g_ia is the gain of action a over the first against the others' strategies
(McKelvey and Palfrey 1995, equation 4, in logarithms). Log-odds stay finite and nearly linear in l where probabilities vanish.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Linearised", "ResponseSystem"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Linearised:
    """Probabilities, gains and their slopes at one point of each game.

    Parameters
    ----------
    probabilities : list of ndarray, one for each active player, shape (n_i, games)
    gains : ndarray, shape (d, games)
    slopes : list of lists of ndarray
        ``slopes[i][j]`` (n_i - 1, n_j - 1, games): derivative of the gains of player i by the log-odds of player j; None for i = j.
    """

    probabilities: list[Array]
    gains: Array
    slopes: list[list[Array | None]]


@dataclass(frozen=True)
class ResponseSystem:
    """The equations of a batch of games, games last.

    Only players with at least two actions take part, the one with most actions first (whose equations are the cheapest to eliminate).

    Parameters
    ----------
    players : tuple of int
        The players that take part, in the order of the equations.
    differences : tuple of ndarray, one for each active player i, shape (n_i - 1, n_j for the other active players in order, games)
        Payoff of each later action minus that of the first, at each choice of the others, in units of the largest of them.
    """

    players: tuple[int, ...]
    differences: tuple[Array, ...]

    @classmethod
    def build(cls, tensor: Array, rationality: Sequence[Array] | None) -> tuple[ResponseSystem, Array]:
        """From payoffs ``(player, a_0, ..., a_{N-1}, games)``; also returns the largest difference of payoffs in each game, the unit."""
        sizes = tensor.shape[1:-1]
        players = tuple(sorted((i for i, n in enumerate(sizes) if n > 1), key=lambda i: -sizes[i]))
        raw, unit = [], np.zeros(tensor.shape[-1])
        with np.errstate(all="ignore"):
            for i in players:
                own = np.moveaxis(tensor[i], i, 0)
                order = [0, *(1 + j - (j > i) for j in players if j != i)]
                own = own.transpose(order + [k for k in range(own.ndim) if k not in order])
                own = own.reshape((*(own.shape[k] for k in range(len(players))), tensor.shape[-1]))
                gain = own[1:] - own[0]
                if rationality is not None:  # r_a u_a - r_0 u_0, without losing the digits of u_a - u_0
                    weight = rationality[i].reshape((-1, *(1,) * (gain.ndim - 1)))
                    gain *= weight[1:]
                    if (weight != weight[0]).any():
                        gain += (weight[1:] - weight[0]) * own[0]
                raw.append(gain)
                flat = gain.reshape((-1, gain.shape[-1]))
                np.maximum(unit, np.maximum(flat.max(axis=0), -flat.min(axis=0)), out=unit)
            unit[unit == 0] = 1
            for gain in raw:
                gain /= unit
        return cls(players, tuple(raw)), unit

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of unknowns of each active player."""
        return tuple(len(x) for x in self.differences)

    @property
    def unknowns(self) -> int:
        """Number of unknowns of a game."""
        return sum(self.sizes)

    def take(self, games: NDArray[np.intp]) -> ResponseSystem:
        """Some of the games."""
        return ResponseSystem(self.players, tuple(x.take(games, axis=-1) for x in self.differences))

    def referred(self, z: Array) -> tuple[ResponseSystem, Array, list[NDArray[np.intp]]]:
        """The same games with each player's likeliest action first, so that log-odds lose no digits to a far reference.

        Returns
        -------
        system : ResponseSystem
        z : ndarray, shape (d, games)
            The same point.
        order : list of ndarray of int, one for each active player, shape (n_i, games)
            The old number of each action; the exchange is its own inverse.
        """
        order, moved = [], np.empty(z.shape)
        for odds, new in zip(self.split(z), self.split(moved), strict=True):
            whole = np.concatenate([np.zeros((1, *odds.shape[1:])), odds])
            top = whole.argmax(axis=0)
            places = np.repeat(np.arange(len(whole))[:, None], z.shape[-1], axis=1)
            games = np.arange(z.shape[-1])
            places[top, games] = 0
            places[0] = top
            exchanged = np.take_along_axis(whole, places, axis=0)
            np.subtract(exchanged[1:], exchanged[0], out=new)
            order.append(places)
        differences = []
        for i, difference in enumerate(self.differences):
            whole = np.concatenate([np.zeros((1, *difference.shape[1:])), difference])
            for axis, j in enumerate([i, *(j for j in range(len(order)) if j != i)]):
                shape = [1] * whole.ndim
                shape[axis], shape[-1] = order[j].shape
                whole = np.take_along_axis(whole, order[j].reshape(shape), axis=axis)
            differences.append(whole[1:] - whole[0])
        return ResponseSystem(self.players, tuple(differences)), moved, order

    def split(self, z: Array) -> list[Array]:
        """The part of each player, as views."""
        ends = np.cumsum(self.sizes)
        return [z[end - size : end] for end, size in zip(ends, self.sizes, strict=True)]

    def probabilities(self, z: Array) -> list[Array]:
        """Probabilities of all actions, ``(n_i, games)`` for each active player."""
        out = []
        for odds in self.split(z):
            top = np.maximum(odds.max(axis=0), 0)
            p = np.empty((len(odds) + 1, *odds.shape[1:]))
            np.negative(top, out=p[0])
            np.subtract(odds, top, out=p[1:])
            np.exp(p, out=p)
            p /= p.sum(axis=0)
            out.append(p)
        return out

    def linearise(self, z: Array) -> Linearised:
        """Evaluate the gains and their derivatives at log-odds ``(d, games)``."""
        p = self.probabilities(z)
        count = len(p)
        gains = np.empty(z.shape)
        parts = self.split(gains)
        slopes: list[list[Array | None]] = []
        for i, difference in enumerate(self.differences):
            row: list[Array | None] = [None] * count
            others = [j for j in range(count) if j != i]
            if not others:
                parts[i][:] = difference
            mean = None
            for j, pair in _pairs(difference, others, others, p):
                if mean is None:
                    mean = _average(pair, p[j], 1, out=parts[i])
                slope = pair[:, 1:] - mean[:, None]
                slope *= p[j][1:]
                row[j] = slope
            slopes.append(row)
        return Linearised(p, gains, slopes)

    def payoff_slopes(self, p: Sequence[Array]) -> tuple[Array, Array]:
        """Gains ``(d, games)`` at probabilities ``(n_i, games)``, and their derivatives ``(d, d, games)`` by those of all later actions."""
        d, games, count = self.unknowns, p[0].shape[-1], len(p)
        gains, slopes = np.empty((d, games)), np.zeros((d, d, games))
        ends = np.cumsum(self.sizes)
        places = [slice(end - size, end) for end, size in zip(ends, self.sizes, strict=True)]
        for i, difference in enumerate(self.differences):
            others = [j for j in range(count) if j != i]
            if not others:
                gains[places[i]] = difference
            for j, pair in _pairs(difference, others, others, p):
                gains[places[i]] = _average(pair, p[j], 1)
                slopes[places[i], places[j]] = pair[:, 1:] - pair[:, :1]
        return gains, slopes

    def moved(self, p: Sequence[Array], change: Array) -> Array:
        """How far the probabilities of each game move, to first order, when log-odds change by ``(d, games)``: the largest |dp|."""
        out = np.zeros(change.shape[-1])
        for own, dz in zip(p, self.split(change), strict=True):
            dp = own[1:] * dz
            mean = dp.sum(axis=0)
            dp -= own[1:] * mean
            np.maximum(out, own[0] * np.abs(mean), out=out)
            np.maximum(out, np.abs(dp, out=dp).max(axis=0), out=out)
        return out


def _average(tensor: Array, weights: Array, axis: int, out: Array | None = None) -> Array:
    """Contract one axis of ``(..., games)`` with weights ``(n, games)``."""
    rows = np.moveaxis(tensor, axis, 0)
    total: Array = np.multiply(rows[0], weights[0], out=out)
    for row, weight in zip(rows[1:], weights[1:], strict=True):
        total += row * weight
    return total


def _pairs(tensor: Array, axes: Sequence[int], wanted: Sequence[int], p: Sequence[Array]) -> list[tuple[int, Array]]:
    """For each wanted player j, the tensor averaged over all other players of ``axes``: ``(n_i - 1, n_j, games)``.

    Halves of the players are averaged away in turn, so that sums are shared.
    """
    if len(axes) == 1:
        return [(axes[0], tensor)]
    out = []
    half = (len(wanted) + 1) // 2
    for keep in (wanted[:half], wanted[half:]):
        if not keep:
            continue
        drop = [j for j in wanted if j not in keep]
        left, reduced = list(axes), tensor
        for j in reversed(drop):
            reduced = _average(reduced, p[j], 1 + left.index(j))
            left.remove(j)
        out += _pairs(reduced, left, keep, p)
    return out
