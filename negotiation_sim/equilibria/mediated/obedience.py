"""Certificates of a mediator's plan, from the payoffs themselves, by code that shares nothing with what found it.

Two facts are enough. Nobody gains by disobeying: the plan is a correlated equilibrium. And given a price for each temptation, no
profile is worth more than the bound once what it tempts is charged: no correlated equilibrium can be worth more than the bound (weak
duality), so the plan is the best up to the gap between the two.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["disobedience", "expected_payoffs", "upper_bound"]

Floats = NDArray[np.float64]


def disobedience(tensor: Floats, distribution: Floats, coarse: bool) -> Floats:
    """Most that each player can gain by disobeying, in units of payoff, never below 0.

    Parameters
    ----------
    tensor : ndarray, shape (player, a_0, ..., a_{N-1}, games)
    distribution : ndarray, shape (a_0, ..., a_{N-1}, games)
    coarse : bool
        The player must decide before hearing what is recommended: the most is over fixed actions. Otherwise it is over all plans that
        answer each recommendation by some action: the sum over recommendations of the best gain.

    Returns
    -------
    ndarray, shape (player, games)
    """
    players, games = len(tensor), tensor.shape[-1]
    out = np.zeros((players, games))
    for i, payoffs in enumerate(tensor):
        own, chance = _own_first(payoffs, i), _own_first(distribution, i)
        fixed = np.zeros((len(own), games))
        for told in range(len(own)):
            gain = fixed if coarse else np.zeros((len(own), games))
            for others in range(own.shape[1]):
                gain += chance[told, others] * (own[:, others] - own[told, others])
            if not coarse:
                out[i] += gain.max(axis=0)
        if coarse:
            out[i] = np.maximum(fixed.max(axis=0), 0)
    return out


def expected_payoffs(tensor: Floats, distribution: Floats) -> Floats:
    """Payoffs ``(player, games)``."""
    out = np.zeros((len(tensor), tensor.shape[-1]))
    for payoffs, total in zip(tensor, out, strict=True):
        for u, chance in zip(payoffs.reshape((-1, payoffs.shape[-1])), distribution.reshape((-1, payoffs.shape[-1])), strict=True):
            total += u * chance
    return out


def upper_bound(tensor: Floats, unit: Floats, tolerance: Floats, terms: Floats, weights: Floats, prices: Floats, coarse: bool) -> Floats:
    """What no distribution that is obeyed can exceed.

    Parameters
    ----------
    tensor : ndarray, shape (player, a_0, ..., a_{N-1}, games)
    unit : ndarray, shape (player, games)
        Units of payoff in which the prices are meant.
    tolerance : ndarray, shape (player, games)
        Gains up to this are ties, and not charged.
    terms : ndarray, shape (term, profiles, games)
    weights : ndarray, shape (term, games)
        At least 0, of sum 1.
    prices : ndarray, shape (temptation, games)
        At least 0, in the order player, told, taken (player, taken in the coarse case); players with a single action have none.

    Returns
    -------
    ndarray, shape (games,)
    """
    worth: Floats = np.zeros(tensor.shape[1:])
    for weight, term in zip(weights, terms, strict=True):
        worth += weight * term.reshape(worth.shape)
    first = 0
    for i, payoffs in enumerate(tensor):
        n = payoffs.shape[i]
        if n == 1:
            continue
        own, net = _own_first(payoffs, i), np.moveaxis(worth, i, 0)
        for told in range(n):
            charge = np.zeros(own.shape[1:])
            for k, taken in enumerate(b for b in range(n) if coarse or b != told):
                price = prices[first + k if coarse else first + told * (n - 1) + k]
                gain = own[taken] - own[told]
                charge += price * (np.where(np.abs(gain) > tolerance[i], gain, 0) / unit[i])
            net[told] -= charge.reshape(net[told].shape)
        first += n if coarse else n * (n - 1)
    most: Floats = worth.reshape((-1, worth.shape[-1])).max(axis=0)
    return most


def _own_first(cells: Floats, player: int) -> Floats:
    """View ``(a_0, ..., games)`` as ``(own action, others' actions, games)``; a copy where that is no view."""
    first = np.moveaxis(cells, player, 0)
    return first.reshape(first.shape[0], math.prod(first.shape[1:-1]), first.shape[-1])
