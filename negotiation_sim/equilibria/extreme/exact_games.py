"""All extreme equilibria of one two-player game after another, in integers: for large games, and wherever rounding must not decide."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.extreme.degenerate import complete_pairs
from negotiation_sim.equilibria.extreme.double_description import Budget, TooLarge, best_reply_vertices
from negotiation_sim.equilibria.extreme.integer_payoffs import as_decimals, as_fractions, as_integers, with_ties
from negotiation_sim.status import Status

__all__ = ["LABELS", "ExactGames", "integer_games", "solve_exactly"]

LABELS = 62  # bits of a word

IntegerGame = tuple[NDArray[np.object_], NDArray[np.object_]]
"""Both players' payoffs as integers, shape (rows, columns) each."""


@dataclass(frozen=True)
class ExactGames:
    """Extreme equilibria of several games, sorted by game.

    ``status`` (games,); ``place`` (entry,): the game of each entry; ``mixes``: shapes (rows, entry) and (columns, entry), each number
    the float nearest to the exact one; ``labels`` (2, entry).
    """

    status: NDArray[np.int8]
    place: NDArray[np.intp]
    mixes: tuple[NDArray[np.float64], NDArray[np.float64]]
    labels: NDArray[np.int64]


def integer_games(payoffs: NDArray[np.float64], rtol: float | None = None) -> Iterator[IntegerGame | None]:
    """Read games (2, rows, columns, games) as integers; None where a payoff, or their range, is not finite.

    Floats are the decimals that they stand for within ``rtol``, by the rule of `as_decimals`, and payoffs that differ by no more than the
    tolerance of `Resolution` are made equal; without ``rtol`` they are the binary numbers that they are.
    """
    scale = Resolution.of(payoffs)
    for g in range(payoffs.shape[-1]):
        game = payoffs[..., g]
        if not scale.finite[g]:
            yield None
        elif rtol is None:
            yield as_integers(as_fractions(game[0])), as_integers(as_fractions(game[1]))
        else:
            ties = np.maximum(rtol * scale.span[:, g], scale.rounding[:, g]).tolist()
            first, second = (with_ties(as_decimals(own, rtol), Fraction(ties[player]), player) for player, own in enumerate(game))
            yield as_integers(first), as_integers(second)


def solve_exactly(games: Iterable[IntegerGame | None], rows: int, columns: int, max_time: float) -> ExactGames:
    """Solve each game on its own.

    ``max_time`` is in seconds, for each game: one that takes longer has the status TIME and no entries. Too many vertices for the memory
    give UNSUPPORTED.
    """
    status: list[Status] = []
    labels = [np.zeros((2, 0), dtype=np.int64)]
    first, second, place = [np.zeros((rows, 0))], [np.zeros((columns, 0))], [np.zeros(0, dtype=np.intp)]
    for g, game in enumerate(games):
        if game is None:
            status.append(Status.NOT_FINITE)
            continue
        try:
            x, y, label = _extreme_equilibria(*game, Budget(time.monotonic() + max_time))
        except (TimeoutError, TooLarge) as stop:
            status.append(Status.TIME if isinstance(stop, TimeoutError) else Status.UNSUPPORTED)
            continue
        status.append(Status.OK)
        first.append(x.T)
        second.append(y.T)
        labels.append(label)
        place.append(np.full(len(x), g, dtype=np.intp))
    return ExactGames(
        np.array(status, dtype=np.int8),
        np.concatenate(place),
        (np.concatenate(first, axis=1), np.concatenate(second, axis=1)),
        np.concatenate(labels, axis=1),
    )


def _extreme_equilibria(
    a: NDArray[np.object_], b: NDArray[np.object_], budget: Budget
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Mixes (entry, rows), (entry, columns) and labels (2, entry) of one game."""
    rows, columns = a.shape
    ys, label_y = best_reply_vertices(a, budget)
    xs, label_x = best_reply_vertices(b.T, budget)
    label_x = label_x >> columns | (label_x & ((1 << columns) - 1)) << rows  # the first player's actions in the low bits
    nowhere = np.zeros(len(ys), dtype=np.intp), np.zeros(len(xs), dtype=np.intp)
    second, first = complete_pairs(nowhere[0], label_y, nowhere[1], label_x, rows + columns)
    budget.check()
    return _shares(xs)[first], _shares(ys)[second], np.stack([label_x[first], label_y[second]])


def _shares(rays: NDArray[np.object_]) -> NDArray[np.float64]:
    """Probabilities of rays (vertex, action), correctly rounded; one too small for a number is the smallest there is, not 0."""
    shares = [[v / total or math.ulp(0.0) * (v > 0) for v in row] for row in rays.tolist() for total in (sum(row),)]
    return np.array(shares, dtype=np.float64).reshape(rays.shape)
