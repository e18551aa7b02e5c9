"""Scores and tests by which equilibria are compared within each game, for all games of a batch at once.

Every test takes the equilibria that are still candidates (`among`) and says which of them it chooses; differences within the tolerance
of the payoffs (`Resolution`) are ties, and ties are kept. No test depends on the units or the zero of a player's payoffs, except
welfare, which adds payoffs of different players.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._arguments import number_array
from negotiation_sim._arrays import chunks, games_last
from negotiation_sim.equilibria.certificates.certificate import contract, deviation_payoffs
from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.entries import Equilibria, need_strategies

__all__ = [
    "actions_of",
    "entropy",
    "highest",
    "least_loss",
    "nash_product",
    "pareto_undominated",
    "payoff_dominant",
    "per_game",
    "risk_dominant",
    "welfare",
]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

PURE = 1 - 1e-9  # a probability above this is certainty
PAIRS = 1 << 18  # compared at a time


def welfare(equilibria: Equilibria, weights: ArrayLike | None = None) -> Floats:
    """Sum of the players' expected payoffs, weighted if weights (player,) are given; shape ``(entry,)``.

    It compares payoffs of different players, so their units matter.
    """
    need_strategies(equilibria, "welfare")
    out: Floats = equilibria.payoffs @ _weights(equilibria, weights)
    return out


def nash_product(equilibria: Equilibria, disagreement: ArrayLike | None = None) -> Floats:
    r"""Product of the players' gains over the disagreement point (Nash 1950); shape ``(entry,)``.

    Parameters
    ----------
    equilibria : Equilibria
    disagreement : array_like, shape (*batch, player) or anything that broadcasts to it, optional
        By default what each player can secure alone with a pure action: :math:`\max_{a_i} \min_{a_{-i}} u_i`. No equilibrium gives less.

    Returns
    -------
    ndarray, shape (entry,)
        NaN where a player gets less than at the disagreement point. Gains up to `rtol` times the payoff range are 0. Players whose
        payoffs never vary are left out of the product.
    """
    need_strategies(equilibria, "nash_product")
    gains, varies = _gains(equilibria, disagreement)
    with np.errstate(over="ignore"):
        out: Floats = np.where(varies, gains, 1.0).prod(axis=1)
    return out


def entropy(equilibria: Equilibria) -> Floats:
    r"""Entropy :math:`-\sum_i \sum_a p_i(a) \ln p_i(a)` of the players' mixtures, in nats: 0 for a pure equilibrium; shape ``(entry,)``."""
    need_strategies(equilibria, "entropy")
    total = np.zeros(len(equilibria))
    for mixture in equilibria.strategies:
        total -= (mixture * np.log(mixture, out=np.zeros_like(mixture), where=mixture > 0)).sum(axis=1)
    return total


def least_loss(equilibria: Equilibria) -> Floats:
    """Smallest loss from a deviation to another pure action, over the deviator's payoff range: 0 unless strict; shape ``(entry,)``.

    A strict equilibrium stays one when every payoff changes by less than half of it. `Equilibria.margin` looks only at the deviations that
    change an outcome.
    """
    need_strategies(equilibria, "least_loss")
    tensor, index, scale = equilibria.game.tensor, equilibria.index, Resolution.of(equilibria.game.tensor)
    smallest = np.full(len(index), np.inf)
    for part in chunks(len(index), 1024):
        mixed = [x[part].T for x in equilibria.strategies]
        for i, own in enumerate(mixed):
            after = deviation_payoffs(tensor[i].take(index[part], axis=-1), mixed, i)
            loss = contract(after, own, 0) - after
            loss[loss <= scale.rounding[i, index[part]]] = 0
            loss /= scale.unit[i, index[part]]
            np.minimum(smallest[part], np.where(own > PURE, np.inf, loss).min(axis=0), out=smallest[part])
    return smallest


def highest(equilibria: Equilibria, score: Floats, raised: Floats, among: Mask) -> Mask:
    """Choose the candidates whose score, raised by its tolerance, reaches the highest score of the game; NaN is never chosen."""
    value = np.where(among & ~np.isnan(score), score, -np.inf)
    return among & (raised >= per_game(equilibria, np.maximum, value))


def payoff_dominant(equilibria: Equilibria, among: Mask) -> Mask:
    """Choose what is best for every player at once (Harsanyi and Selten 1988): none where players disagree on the best."""
    chosen = among
    tolerance = _tolerance(equilibria)
    for i in range(equilibria.payoffs.shape[1]):
        value = equilibria.payoffs[:, i]
        chosen = chosen & (value + tolerance[:, i] >= per_game(equilibria, np.maximum, np.where(among, value, -np.inf)))
    return chosen


def pareto_undominated(equilibria: Equilibria, among: Mask) -> Mask:
    """Choose those to which no other gives some player more and none less."""
    payoffs, tolerance = equilibria.payoffs, _tolerance(equilibria)
    beaten = np.zeros(len(equilibria), dtype=bool)
    for mine, other in _pairs(equilibria, among):
        gain = payoffs[other] - payoffs[mine]
        worse = (gain >= -tolerance[mine]).all(axis=1) & (gain > tolerance[mine]).any(axis=1)
        beaten[mine[worse]] = True
    return among & ~beaten


def risk_dominant(equilibria: Equilibria, among: Mask) -> Mask:
    r"""Choose the pure equilibria that no other pure one risk-dominates in the 2 x 2 game of the two.

    Two pure equilibria :math:`(a, b)` and :math:`(a', b')` span a 2 x 2 game. The first risk-dominates the second when the product of the
    losses from leaving it alone is larger (Harsanyi and Selten 1988, chapter 3):

    .. math:: (A_{ab} - A_{a'b}) (B_{ab} - B_{ab'}) > (A_{a'b'} - A_{ab'}) (B_{a'b'} - B_{a'b}).

    In a 2 x 2 game this is their risk dominance. In a larger game it is pairwise risk dominance, which is theirs too where the mixed
    equilibrium of the 2 x 2 game is one of the whole game; otherwise they let the tracing procedure decide, which is not
    computed here. Mixed equilibria are not compared. Where pure equilibria beat one another in a circle, or fewer than two are pure, none
    is chosen, but an only equilibrium always is.

    Raises
    ------
    ValueError
        If the games have not two players.
    """
    game = equilibria.game
    if len(game.players) != 2:
        raise ValueError(
            f'"risk-dominance" takes games of 2 players; got {len(game.players)}. For more players choose by "payoff-dominance", '
            '"nash-product" or a function of your own.'
        )
    index, scale = equilibria.index, Resolution.of(game.tensor)
    tolerance = scale.tolerance(equilibria.rtol) / scale.unit
    action = actions_of(equilibria)
    pure = among & (action >= 0).all(axis=0)
    beaten = np.zeros(len(equilibria), dtype=bool)
    compared = np.zeros(len(equilibria), dtype=bool)

    def losses(mine: NDArray[np.intp], other: NDArray[np.intp]) -> tuple[Floats, Floats]:
        g, (a, b), (x, y) = index[mine], action[:, mine], action[:, other]
        first = (game.tensor[0, a, b, g] - game.tensor[0, x, b, g]) / scale.unit[0, g]
        second = (game.tensor[1, a, b, g] - game.tensor[1, a, y, g]) / scale.unit[1, g]
        slack = tolerance[:, g]
        return np.where(first > slack[0], first, 0), np.where(second > slack[1], second, 0)  # a loss within the tolerance is none

    for mine, other in _pairs(equilibria, pure):
        first, second = losses(mine, other)
        rival = np.multiply(*losses(other, mine))
        slack = tolerance[:, index[mine]]
        beaten[mine[(first + slack[0]) * (second + slack[1]) < rival]] = True
        compared[mine] = True
    alone: Mask = np.bincount(index[among], minlength=game.games)[index] == 1
    chosen: Mask = among & alone | compared & ~beaten
    return chosen


def most_welfare(equilibria: Equilibria, among: Mask) -> Mask:
    """Choose the largest sum of payoffs."""
    score = welfare(equilibria)
    return highest(equilibria, score, score + _tolerance(equilibria).sum(axis=1), among)


def highest_nash_product(equilibria: Equilibria, among: Mask) -> Mask:
    """Choose the largest product of gains over what each player can secure alone with a pure action."""
    gains, varies = _gains(equilibria, None)
    unit = Resolution.of(equilibria.game.tensor).unit[:, equilibria.index].T
    share = np.where(varies, gains / unit, 1.0)
    slack = np.where(varies & (share > 0), _tolerance(equilibria) / unit, 0.0)  # a gain that is none stays none
    return highest(equilibria, share.prod(axis=1), (share + slack).prod(axis=1), among)


def most_mixed(equilibria: Equilibria, among: Mask) -> Mask:
    """Choose the highest entropy."""
    score = entropy(equilibria)
    return highest(equilibria, score, score + 1e-9, among)


def most_stable(equilibria: Equilibria, among: Mask) -> Mask:
    """Choose the strict equilibria whose smallest loss from a deviation is the largest; none where none is strict."""
    score = np.where(equilibria.strict, least_loss(equilibria), np.nan)
    unit = Resolution.of(equilibria.game.tensor).unit[:, equilibria.index].T
    slack = np.where(_varies(equilibria), _tolerance(equilibria) / unit, 0.0)
    return highest(equilibria, score, score + slack.max(axis=1, initial=0), among)


def strict_ones(equilibria: Equilibria, among: Mask) -> Mask:
    """Choose the strict equilibria."""
    return among & equilibria.strict


def actions_of(equilibria: Equilibria) -> NDArray[np.intp]:
    """The action that each player takes for sure, -1 where they mix; shape ``(player, entry)``."""
    return np.stack([np.where(x.max(axis=1) > PURE, x.argmax(axis=1), -1) for x in equilibria.strategies])


def _weights(equilibria: Equilibria, weights: ArrayLike | None) -> Floats:
    count = len(equilibria.game.players)
    expected = f"weights must hold {count} numbers, one for each player"
    array = np.ones(count) if weights is None else number_array(weights, expected)
    if array.shape != (count,):
        raise ValueError(f"{expected}; got shape {array.shape}")
    return array


def _gains(equilibria: Equilibria, disagreement: ArrayLike | None) -> tuple[Floats, Mask]:
    """Gains over the disagreement point, 0 within the tolerance, NaN below it, and whose payoffs vary; both (entry, player)."""
    game, index = equilibria.game, equilibria.index
    if disagreement is None:
        secured = np.empty((len(game.players), game.games))
        for i in range(len(game.players)):
            own = np.moveaxis(game.tensor[i], i, 0).reshape((game.shape[i], math.prod(game.shape) // game.shape[i], game.games))
            secured[i] = own.min(axis=1).max(axis=0)
    else:
        shape = (*game.batch_shape, len(game.players))
        given = number_array(disagreement, f"disagreement must have shape {shape}, one payoff a player, or broadcast to it")
        try:
            secured = games_last(np.broadcast_to(given, shape), len(game.batch_shape))
        except ValueError:
            raise ValueError(f"disagreement must have shape {shape}, one payoff a player, or broadcast to it; got {given.shape}") from None
    gains = equilibria.payoffs - secured[:, index].T
    tolerance = _tolerance(equilibria)
    gains = np.where(gains > tolerance, gains, np.where(gains >= -tolerance, 0.0, np.nan))
    return gains, _varies(equilibria)


def _varies(equilibria: Equilibria) -> Mask:
    """Whose payoffs in the game of each entry vary by more than their rounding; shape ``(entry, player)``."""
    scale = Resolution.of(equilibria.game.tensor)
    varies: Mask = (scale.span > scale.rounding)[:, equilibria.index].T
    return varies


def _tolerance(equilibria: Equilibria) -> Floats:
    """Differences of payoffs that count as zero; shape ``(entry, player)``."""
    return Resolution.of(equilibria.game.tensor).tolerance(equilibria.rtol)[:, equilibria.index].T


def per_game(equilibria: Equilibria, best: np.ufunc, value: Floats) -> Floats:
    """Reduce over the entries of each game, and give each entry the result of its own."""
    some = np.flatnonzero(np.diff(equilibria.start))
    out = np.full(len(equilibria.start) - 1, np.nan)
    if len(some):
        out[some] = best.reduceat(value, equilibria.start[some])
    return out[equilibria.index]


def _pairs(equilibria: Equilibria, among: Mask) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Every ordered pair of different candidates of one game, a piece at a time: two arrays of entries."""
    listed = np.flatnonzero(among)
    if not len(listed):
        return
    game = equilibria.index[listed]
    counts = np.bincount(game, minlength=len(equilibria.start) - 1)
    begin = np.cumsum(counts) - counts
    partners = counts[game]
    done = np.cumsum(partners)
    cuts = np.searchsorted(done, np.arange(0, int(done[-1]), PAIRS), side="right")
    for low, high in zip(cuts, [*cuts[1:], len(listed)], strict=True):
        times = partners[low:high]
        mine = np.repeat(np.arange(low, high), times)
        step = np.arange(len(mine)) - np.repeat(np.cumsum(times) - times, times)
        other = begin[game[mine]] + step
        differ = mine != other
        yield listed[mine[differ]], listed[other[differ]]
