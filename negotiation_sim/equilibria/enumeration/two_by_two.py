r"""Nash equilibria of 2 x 2 games without ties, in closed form, from four payoff differences.

Against the opponent's first action a row player gains :math:`a_0 = A_{00} - A_{10}` from the first row instead of the second, against
the opponent's second action :math:`a_1 = A_{11} - A_{01}` from the second row instead of the first; :math:`b_0 = B_{00} - B_{01}` and
:math:`b_1 = B_{11} - B_{10}` likewise. When none of the four is near zero, their signs say which pure profiles are equilibria, and there is
a mixed one if and only if both players' pairs have one sign each. It is

.. math:: x_0 = \frac{b_1}{b_0 + b_1}, \qquad y_0 = \frac{a_1}{a_0 + a_1}.

Games with a difference near zero, and games that are not finite, are left to the general path, so that the rules about ties stay there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks
from negotiation_sim._scratch import Scratch, kept_scratch
from negotiation_sim.equilibria.enumeration.catalogue import Catalogue
from negotiation_sim.equilibria.summary import Summary, blank_signs
from negotiation_sim.status import Completeness, Status

__all__ = ["ClearGames", "count_clear", "list_clear", "summarise_clear"]

CHUNK = 32768  # games: fewer make numpy's overhead felt, more fall out of the cache
LISTED = 16384  # the same where equilibria are listed
MIXED = 4  # the plane of the mixed equilibrium; those before it are the profiles, in the order of their numbers

# Probabilities of both players' first and second action, for each plane; the mixed one is filled in.
PROFILES = np.array([[1.0, 1, 0, 0, 0], [0, 0, 1, 1, 0], [1, 0, 1, 0, 0], [0, 1, 0, 1, 0]])

ROUNDED = 2.0**-40  # share of the largest payoff far above the rounding of a difference

# A larger share, for outcome classes. Each probability of a mixed equilibrium is then above a quarter of it, and that of each profile
# above 3.7e-9: no class comes near the threshold of 1e-9 from which it counts as supported.
CLEAR = 2.0**-12
LOWEST, HIGHEST = 2.0**-900, 2.0**1000  # largest payoffs between which no difference under- or overflows


class ClearGames:
    """Decide chunks of at most ``length`` games.

    Parameters
    ----------
    scratch : Scratch
        Memory to work in.
    rtol : float
        Ties are differences of up to ``rtol`` times the payoff range; games that come near one are not clear.
    length : int
    least : float, default ROUNDED
        Differences up to this share of the largest payoff of the chunk are not clear either.
    """

    def __init__(self, scratch: Scratch, rtol: float, length: int = CHUNK, least: float = ROUNDED) -> None:
        self._share = max(least, 4 * rtol)  # a range is at most twice the largest payoff
        self._scratch = scratch
        self._differences = scratch("differences", (4, length))
        self._above, self._below = scratch("signs", (2, 4, length), np.bool_)
        self._planes = scratch("planes", (5, length), np.bool_)
        self._clear: NDArray[np.bool_] = scratch("clear", (length,), np.bool_)
        self._spare = scratch("spare", (length,), np.bool_)
        self._total = scratch("total", (length,), np.uint8)
        self.size = 0

    def solve(self, payoffs: NDArray[np.float64]) -> bool:
        """Take a chunk (2, 2, 2, games); say whether every game is clear."""
        size = self.size = payoffs.shape[-1]
        a0, a1, b0, b1 = differences = self._differences[:, :size]
        (a00, a01), (a10, a11) = payoffs[0]
        (b00, b01), (b10, b11) = payoffs[1]
        clear, spare = self._clear[:size], self._spare[:size]
        with np.errstate(invalid="ignore", over="ignore"):
            np.subtract(a00, a10, out=a0)
            np.subtract(a11, a01, out=a1)
            np.subtract(b00, b01, out=b0)
            np.subtract(b11, b10, out=b1)
            above, below = self._above[:, :size], self._below[:, :size]
            for player in (0, 1):
                two = slice(2 * player, 2 * player + 2)
                least, finite = _least(payoffs[player], self._share)
                np.greater(differences[two], least, out=above[two])
                np.less(differences[two], -least, out=below[two])
                if finite is not None:
                    above[two] &= finite
                    below[two] &= finite
        np.logical_or(above[0], below[0], out=clear)
        for k in (1, 2, 3):
            clear &= np.logical_or(above[k], below[k], out=spare)
        planes = self._planes[:, :size]
        np.logical_and(above[0], above[2], out=planes[0])
        np.logical_and(below[1], below[2], out=planes[1])
        np.logical_and(below[0], below[3], out=planes[2])
        np.logical_and(above[1], above[3], out=planes[3])
        np.equal(above[0], above[1], out=planes[4])
        planes[4] &= np.equal(above[2], above[3], out=spare)
        return bool(clear.all())

    @property
    def clear(self) -> NDArray[np.bool_]:
        """Which games of the chunk are clear; only of those the rest holds."""
        return self._clear[: self.size]

    @property
    def planes(self) -> NDArray[np.bool_]:
        """Which equilibria each game has: the four pure ones, then the mixed one; shape (5, games)."""
        return self._planes[:, : self.size]

    def count(self, out: NDArray[np.int32] | NDArray[np.int64]) -> None:
        """Write the number of equilibria of each game."""
        bits, total = self.planes.view(np.uint8), self._total[: self.size]
        np.add(bits[0], bits[1], out=total)
        for k in (2, 3, 4):
            total += bits[k]
        out[:] = total

    def any_of(self, planes: Sequence[int], out: NDArray[np.bool_]) -> None:
        """Write whether a game has one of these equilibria."""
        found = self.planes
        if len(planes) < 2:
            out[:] = found[planes[0]] if planes else False
            return
        np.logical_or(found[planes[0]], found[planes[1]], out=out)
        for k in planes[2:]:
            out |= found[k]

    def write(self, begin: int, catalogue: Catalogue) -> None:
        """Write every equilibrium of the clear games, numbered from ``begin``, behind those of the games before."""
        bits = self._scratch("bits", (self.size, len(self._planes)), np.bool_)
        for k, plane in enumerate(self.planes):
            np.logical_and(plane, self.clear, out=bits[:, k])
        at = np.flatnonzero(bits)
        room = catalogue.room(len(at), begin + self.size)
        game = np.floor_divide(at, len(self._planes), out=room.game)
        at -= np.multiply(game, len(self._planes), out=self._scratch("first bits", at.shape, np.intp))
        mixed = np.flatnonzero(at == MIXED)
        x, y = self.mixed(game.take(mixed))
        for row, pure, values in zip(room.chances, PROFILES, (*x, *y), strict=True):
            pure.take(at, out=row, mode="clip")
            row[mixed] = values
        game += begin

    def mixed(self, game: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mixed equilibrium of these games of the chunk: both players' probabilities, shapes (2, game)."""
        a0, a1, b0, b1 = self._differences.take(game, axis=1)
        x, y = np.empty((2, 2, len(game)))
        total = b0 + b1
        np.divide(b1, total, out=x[0])
        np.divide(b0, total, out=x[1])
        np.add(a0, a1, out=total)
        np.divide(a1, total, out=y[0])
        np.divide(a0, total, out=y[1])
        return x, y


def _least(payoffs: NDArray[np.float64], share: float) -> tuple[float, NDArray[np.bool_] | None]:
    """Difference from which one player's (2, 2, games) are clear, and which games can be: None if all."""
    largest = max(float(payoffs.max()), -float(payoffs.min()))
    finite = None
    if not largest <= HIGHEST:  # a NaN, or something infinite or huge, hides the others
        size = np.abs(payoffs)
        finite = np.logical_and.reduce(size <= HIGHEST, axis=(0, 1))
        largest = float(size[..., finite].max(initial=0.0))
    return (share * largest if largest >= LOWEST else np.inf), finite


def list_clear(payoffs: NDArray[np.float64], rtol: float, catalogue: Catalogue) -> NDArray[np.intp]:
    """List the equilibria of each clear game of (2, 2, 2, games), chunk by chunk; return the numbers of the other games."""
    left = [np.zeros(0, dtype=np.intp)]
    with kept_scratch() as scratch:
        games = ClearGames(scratch, rtol, LISTED)
        for part in chunks(payoffs.shape[-1], LISTED):
            if not games.solve(payoffs[..., part]):
                left.append(part.start + np.flatnonzero(~games.clear))
            games.write(part.start, catalogue)
    return np.concatenate(left)


def count_clear(payoffs: NDArray[np.float64], rtol: float, out: NDArray[np.int64]) -> NDArray[np.intp]:
    """Count the equilibria of each clear game of (2, 2, 2, games); return the numbers of the others."""
    left = [np.zeros(0, dtype=np.intp)]
    with kept_scratch() as scratch:
        games = ClearGames(scratch, rtol)
        for part in chunks(len(out), CHUNK):
            if not games.solve(payoffs[..., part]):
                left.append(part.start + np.flatnonzero(~games.clear))
            games.count(out[part])
    return np.concatenate(left)


def summarise_clear(
    payoffs: NDArray[np.float64], rtol: float, classes: NDArray[np.integer[Any]], n_classes: int, certain: bool
) -> tuple[Summary, NDArray[np.intp]]:
    """Summarise each clear game of (2, 2, 2, games): counts, and which outcome classes have an equilibrium.

    Returns the summary and the numbers of the games that are not clear, of which it holds no truth.
    """
    total = payoffs.shape[-1]
    cells = [np.flatnonzero(classes.ravel() == c).tolist() for c in range(n_classes)]
    some = [[*found, MIXED] if found else [] for found in cells]
    every = [[*found, MIXED] if len(found) == MIXED else found for found in cells]
    out = blank_signs(total, n_classes, certain)
    out.status[:], out.complete[:] = Status.OK, Completeness.PROVED
    left = [np.zeros(0, dtype=np.intp)]
    with kept_scratch() as scratch:
        games = ClearGames(scratch, rtol, CHUNK, CLEAR)
        for part in chunks(total, CHUNK):
            if not games.solve(payoffs[..., part]):
                left.append(part.start + np.flatnonzero(~games.clear))
            games.count(out.count[part])
            for c in range(n_classes):
                games.any_of(some[c], out.supported[c, part])
                if out.certain is not None:
                    games.any_of(every[c], out.certain[c, part])
    return out, np.concatenate(left)
