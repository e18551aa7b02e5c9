r"""2 x 2 games with ties: which supports the extreme equilibria have, looked up by the signs of four payoff differences.

With the differences of `two_by_two`, a vertex of the second player's best-reply polyhedron is a pure action, or the mix
:math:`y_0 = a_1 / (a_0 + a_1)` if :math:`a_0` and :math:`a_1` have one sign and neither is zero; likewise for the first player. Which of
these vertices are best replies to each other depends on the signs alone. So there are :math:`3^4 = 81` kinds of games, and the general
solver is asked once about each.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.enumeration.pair_batches import decide
from negotiation_sim.equilibria.summary import Summary
from negotiation_sim.status import Completeness, Status

__all__ = ["summarise_signs"]

BORDER = 64.0  # a difference within this factor of the tolerance is left to the general path, which draws the line
COARSE = 1e-3  # and so are all games where the tolerance is larger
SUPPORTED = 1e-9  # probability above which a class is supported
FAINT = 2e-9  # signs alone do not say whether a profile that may be less likely than this supports its class


def summarise_signs(
    payoffs: NDArray[np.float64], rtol: float, classes: NDArray[np.integer[Any]], n_classes: int, certain: bool
) -> tuple[Summary, NDArray[np.intp]]:
    """Summarise 2 x 2 games (2, 2, 2, games) by the signs of their differences; see `two_by_two.summarise_clear`.

    Returns the summary and the numbers of the games that are left to the general path, of which it holds no truth.
    """
    games = payoffs.shape[-1]
    scale = Resolution.of(payoffs)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        (a00, a01), (a10, a11) = payoffs[0]
        (b00, b01), (b10, b11) = payoffs[1]
        differences = np.stack([a00 - a10, a11 - a01, b00 - b01, b11 - b10])
        size = np.abs(differences)
        tie = np.repeat(scale.tolerance(rtol), 2, axis=0)
        zero = np.less_equal(size, tie, out=np.empty(size.shape, dtype=bool))
        left = (size > tie / BORDER) & (size < tie * BORDER)
        lost = left.any(axis=0) | ~scale.finite
        least, mixes = [], []
        for two in (slice(0, 2), slice(2, 4)):
            mixes.append(np.equal(differences[two.start] > 0, differences[two.start + 1] > 0) & ~zero[two].any(axis=0))
            least.append(np.where(mixes[-1], size[two].min(axis=0) / size[two].sum(axis=0), 1.0))
        faint = ~lost & ~(least[0] * least[1] > FAINT)
        whole = mixes[0] & mixes[1]
        lost |= faint & ~whole
        faint &= whole
    sign = np.where(zero, 1, np.where(differences > 0, 2, 0))
    kind = ((sign[0] * 3 + sign[1]) * 3 + sign[2]) * 3 + sign[3]
    kinds = _kinds()
    out = Summary(
        status=np.full(games, Status.OK, dtype=np.int8),
        complete=np.full(games, Completeness.PROVED, dtype=np.int8),
        count=kinds.count[kind],
        supported=np.empty((n_classes, games), dtype=bool),
        certain=np.empty((n_classes, games), dtype=bool) if certain else None,
    )
    for c in range(n_classes):
        cells = np.flatnonzero(classes.ravel() == c)
        outside = np.ones(4, dtype=bool)
        outside[cells] = False
        out.supported[c] = np.asarray(kinds.reaches[:, cells].any(axis=1))[kind]
        if out.certain is not None:
            inside = ~kinds.supports[:, outside].any(axis=1)
            out.certain[c] = np.asarray(kinds.has[:, inside].any(axis=1))[kind]
    some = np.flatnonzero(faint)
    if len(some):
        _measure(out, some, size.take(some, axis=1), kinds.has[kind[some]], classes)
    return out, np.flatnonzero(lost) if rtol <= COARSE else np.arange(games)


def _measure(
    out: Summary, games: NDArray[np.intp], size: NDArray[np.float64], has: NDArray[np.bool_], classes: NDArray[np.integer[Any]]
) -> None:
    """Overwrite the outcome classes of games without ties that have a mixed equilibrium, by the probabilities of its profiles.

    ``size`` (4, game): the differences, all of one sign for either player; ``has`` (game, 16): see `_Kinds`.
    """
    a0, a1, b0, b1 = size
    x, y = np.stack([b1, b0]) / (b0 + b1), np.stack([a1, a0]) / (a0 + a1)
    chance = (x[:, None] * y).reshape(4, -1)
    for c in range(len(out.supported)):
        cells = np.flatnonzero(classes.ravel() == c)
        pure, mixed = has[:, 1 << cells].any(axis=1), chance[cells].sum(axis=0)
        out.supported[c, games] = pure | (mixed > SUPPORTED)
        if out.certain is not None:
            out.certain[c, games] = pure | (mixed > 1 - SUPPORTED)


class _Kinds:
    """What the 81 kinds of games have: ``count`` (81,); ``reaches`` (81, 4): some equilibrium gives the profile a positive probability;
    ``supports`` (support, 4) and ``has`` (81, support): the sets of profiles that equilibria can use, and which kinds have one that does.
    """

    def __init__(self) -> None:
        grid = np.array(np.meshgrid(*[[-1.0, 0.0, 1.0]] * 4, indexing="ij")).reshape(4, 81)
        payoffs = np.zeros((2, 2, 2, 81))
        payoffs[0, 0, 0], payoffs[0, 1, 1], payoffs[1, 0, 0], payoffs[1, 1, 1] = grid
        self.count = np.zeros(81, dtype=np.int32)
        self.supports = np.array([[m >> k & 1 for k in range(4)] for m in range(16)], dtype=bool)
        self.has = np.zeros((81, 16), dtype=bool)
        for part in decide(payoffs, 1e-9, math.inf):
            self.count[part.games] = part.count()
            listed = part.entries()
            x, y = (mix > 0 for mix in listed.mixes)
            used = (x[:, None] & y[None]).reshape(4, -1)
            self.has[listed.game, (used * (1 << np.arange(4))[:, None]).sum(axis=0)] = True
        self.reaches = np.stack([self.has[:, self.supports[:, k]].any(axis=1) for k in range(4)], axis=1)


@lru_cache(maxsize=1)
def _kinds() -> _Kinds:
    return _Kinds()
