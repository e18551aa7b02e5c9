r"""Which support pairs of a batch of bimatrix games are equilibria, decided by the signs of shared minors.

A pair ``(S, T)`` of supports of size k is an equilibrium of one player's side when, after known changes of sign, all of that player's
``m`` minors have one sign; see `minors`. Signs are packed along the batch, 64 games to a word, and combined with and/or: nothing is
divided and no neighbour can be disturbed.

What is proved
--------------
A minor is *clear* when it lies further from zero than the rounding of the payoffs (and of the arithmetic) can carry it. A pair is
*strict* when all its minors are clear and agree, and *weak* when no two clear minors disagree.

Take any extreme equilibrium (x, y), I and J the supports, M and N the sets of pure best replies to y and to x. Since x and y are
vertices, :math:`\max(|I|, |J|) \le \min(|M|, |N|)`, so there are sets :math:`I \subseteq S \subseteq M`, :math:`J \subseteq T
\subseteq N` of one size; and every such pair is weak for both players, because either its system has rank k and Cramer's rule gives
y and the losses as its minors, or it has a lower rank and all of its minors vanish. Hence, when every pair that is weak for both players
is strict for both, every extreme equilibrium has S = I = M and T = J = N: it is the one equilibrium of its pair, and no two of them share
a component. The strict pairs are then all the equilibria there are, of the game as given and of every game that rounds to it.

A pair that is weak only because all minors of one side vanish may also be refuted (`refutation`): then it cannot be the pair (S, T) of
any equilibrium, and the argument holds without it. So payoffs that add a term for each player, or vanish off the diagonal, are no
obstacle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._scratch import Scratch
from negotiation_sim.equilibria.certificates.resolution import ROUNDING
from negotiation_sim.equilibria.enumeration.minors import largest_minor, minor_count, subsets
from negotiation_sim.equilibria.enumeration.refutation import refuted
from negotiation_sim.equilibria.enumeration.signs import WORD, Side, bits_to_games, games_to_bits, sign_rows

__all__ = ["PairMasks", "SupportPairs", "bytes_per_game", "pair_count"]

EXPONENT = np.int64(0x7FF0000000000000)  # bits of a float64
LEAST = 2.0**-100  # ranges that one power of two brings to 1 whatever the kind of numbers
LARGEST_DELTA = 1 / 64  # uncertainty of a difference up to which the uniform bounds on minors hold
OFFSET = 64.0  # payoffs are no further from zero than so many times their range, or are scaled game by game


@dataclass(frozen=True)
class PairMasks:
    """What is known of one chunk of games; bits of ``words`` are games, little end first.

    ``found[k - 1]`` (pair, words): equilibria with supports of size k, pairs with the first player's set slowest; ``doubtful`` (words):
    some pair is weak for both players without being strict, and was not refuted; ``live`` (words): finite games.
    """

    found: list[NDArray[np.uint64]]
    doubtful: NDArray[np.uint64]
    live: NDArray[np.uint64]

    def without_doubtful(self) -> PairMasks:
        """Empty the lists of doubtful games, in place."""
        for words in self.found:
            words &= ~self.doubtful
        return self


def pair_count(rows: int, columns: int) -> int:
    """Number of support pairs of equal size: C(rows + columns, rows) - 1."""
    return comb(rows + columns, rows) - 1


def bytes_per_game(rows: int, columns: int, number: int = 8) -> int:
    """Scratch memory that one game of a chunk needs, where a number takes ``number`` bytes."""
    minors = minor_count(rows, columns) + minor_count(columns, rows)
    return (number + 1) * minors + 2 * number * rows * columns + pair_count(rows, columns)


class SupportPairs:
    """Decide the support pairs of chunks of at most ``length`` games.

    Parameters
    ----------
    scratch : Scratch
        Memory to work in.
    rows, columns : int
        Actions of the two players.
    length : int
        Games in a chunk, a multiple of 64.
    rtol : float
        Differences of payoffs up to ``rtol`` times the player's payoff range (or the rounding of the payoffs, if larger) count as zero:
        see `Resolution` in `resolution`.
    kind : type, default float64
        Numbers to compute with. In float32, signs are found twice as fast (`solve_together` only): what is not clear then is in doubt.
    """

    def __init__(
        self, scratch: Scratch, rows: int, columns: int, length: int, rtol: float, kind: type[np.floating[Any]] = np.float64
    ) -> None:
        self.rows, self.columns, self.length, self.rtol, self.kind = rows, columns, length, rtol, kind
        self.spare = scratch("ranges", (4, 2, length))
        square = rows == columns
        self.sides = (
            [Side(scratch, "of both", rows, columns, 2 * length, kind)]
            if square
            else [Side(scratch, "first", rows, columns, length, kind), Side(scratch, "second", columns, rows, length, kind)]
        )
        self.planes: list[NDArray[np.uint64]] = []
        self.within = 0.0  # uncertainty of a difference of two payoffs, if it is one for all games
        self.views: list[tuple[NDArray[Any], NDArray[np.float64], NDArray[Any]]] = []
        for player in (0, 1):
            side = self.sides[0 if square else player]
            part = slice(player * length, (player + 1) * length) if square else slice(None)
            self.views.append((side.payoffs[..., part], side.delta[part], side.table[:, part]))

    def load(self, payoffs: NDArray[np.float64]) -> NDArray[np.uint64]:
        """Take a chunk (player, rows, columns, games), scaled by powers of two to a range in [1/2, 1); return the finite games as words."""
        games = payoffs.shape[-1]
        top, bottom, span, unit = self.spare[..., :games]
        cells = payoffs.reshape(2, -1, games)
        cells.max(axis=1, out=top)
        cells.min(axis=1, out=bottom)
        np.subtract(top, bottom, out=span)
        live = np.zeros(self.length, dtype=bool)
        np.isfinite(span).all(axis=0, out=live[:games])
        # 2 ** -(exponent + 1) by clearing the mantissa: exact, so that integers stay integers
        np.maximum(span, 2.0**-1000, out=unit)
        np.bitwise_and(unit.view(np.int64), EXPONENT, out=unit.view(np.int64))
        np.divide(0.5, unit, out=unit)
        # the tolerance of `Resolution`
        np.maximum(top, np.negative(bottom, out=bottom), out=top)
        top *= ROUNDING
        span *= self.rtol
        np.maximum(span, top, out=span)
        for player, (scaled, delta, _) in enumerate(self.views):
            source = payoffs[player] if player == 0 else payoffs[player].swapaxes(0, 1)
            np.multiply(source, unit[player], out=scaled[..., :games])
            np.multiply(span[player], unit[player], out=delta[:games])
            scaled[..., games:] = 0.0
            delta[games:] = 0.0
        return games_to_bits(live)

    def solve(self, payoffs: NDArray[np.float64], sharp: bool = False) -> PairMasks:
        """Find the equilibrium pairs of a chunk; ``sharp`` works harder on each doubt (slower, and fewer games stay doubtful).

        In a doubtful game the strict pairs of size two or more are found, and the weak pairs of size one, ties included.
        """
        with np.errstate(invalid="ignore", over="ignore"):  # NaN and infinite games are masked by `live`
            live = self.load(payoffs)
            planes = self.planes = [side.planes(sharp) for side in self.sides]
        hopeless = np.zeros(self.length // WORD, dtype=np.uint64)
        if not sharp:
            for _, delta, _ in self.views:  # beyond this the uniform bounds do not hold
                hopeless |= games_to_bits(delta > LARGEST_DELTA)
        return self._decided(planes, live, hopeless, sharp)

    def solve_together(self, payoffs: NDArray[np.float64], faint: float = 0.0) -> PairMasks | None:
        """Find the equilibrium pairs of a chunk, the payoffs of all games measured against the largest range among them.

        That is quicker than to measure each game by itself, and as true: what is clear next to the tolerance of the game with the largest
        range is clear in each of them. More games stay in doubt.

        Returns None, and knows nothing of the games, if their payoffs are too far from zero for this, or not finite. Games with an
        equilibrium in which a probability may be less than ``faint`` are doubtful, too.
        """
        games = payoffs.shape[-1]
        within = self._load_together(payoffs)
        if within is None:
            return None
        self.within = within
        planes = self.planes = [side.planes_within(within) for side in self.sides]
        live = games_to_bits(np.arange(self.length) < games)
        masks = self._decided(planes, live, np.zeros(self.length // WORD, dtype=np.uint64), False)
        if faint:
            for k, words in enumerate(masks.found[1:], 2):
                masks.doubtful[:] |= np.bitwise_or.reduce(words, axis=0) & self.faint(k, faint)
        return masks

    def _load_together(self, payoffs: NDArray[np.float64]) -> float | None:
        """Take a chunk, each player's payoffs scaled by one power of two; return the uncertainty of a difference, or None if too high."""
        games, unsure = payoffs.shape[-1], 0.0
        for player, (scaled, _, _) in enumerate(self.views):
            own = scaled[..., :games]
            with np.errstate(over="ignore"):
                np.copyto(own, payoffs[player] if player == 0 else payoffs[player].swapaxes(0, 1), casting="same_kind")
            top, bottom = float(own.max()), float(own.min())
            span, largest = top - bottom, max(top, -bottom)
            if not LEAST <= span <= 1 / LEAST or not largest <= OFFSET * span:  # true for NaN
                return None
            unit = 2.0 ** -math.frexp(span)[1]
            if unit != 1.0:
                np.multiply(own, unit, out=own)
            scaled[..., games:] = 0.0
            # the tolerance of `Resolution`, and what the conversion changed
            converted = float(np.finfo(self.kind).eps) * largest if self.kind is not np.float64 else 0.0
            unsure = max(unsure, unit * (max(self.rtol * (span + 2 * converted), ROUNDING * largest) + converted))
        return unsure if unsure <= LARGEST_DELTA else None

    def _decided(self, planes: list[NDArray[np.uint64]], live: NDArray[np.uint64], hopeless: NDArray[np.uint64], sharp: bool) -> PairMasks:
        found, doubts = [], []
        for k in range(1, min(self.rows, self.columns) + 1):
            strict, weak, mine, theirs = self._judge(planes, k, sharp)
            doubt = weak & ~strict & live
            # With a mix on either side Cramer's rule gives an equilibrium, up to rounding: nothing can refute it.
            hopeless |= np.bitwise_or.reduce(doubt & mine & theirs if sharp else doubt, axis=0)
            doubts.append((k, doubt, mine, theirs))
            found.append((weak if k == 1 else strict) & live)
        if sharp:
            for k, doubt, mine, theirs in doubts:
                doubt &= ~hopeless
                hopeless |= self._standing(k, doubt, mine, theirs)
        return PairMasks(found, hopeless & live, live)

    def _judge(
        self, planes: list[NDArray[np.uint64]], k: int, sharp: bool
    ) -> tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64]]:
        """Pairs of size k that are strict, and weak, for both players; and, if ``sharp``, regular for either; (pair, words)."""
        own, other, words = comb(self.rows, k), comb(self.columns, k), self.length // WORD
        first = self.sides[0].agree(planes[0], k, sharp)
        second = self.sides[1].agree(planes[1], k, sharp) if len(self.sides) == 2 else first
        start = 0 if len(self.sides) == 2 else words
        mine = [part[:, :words] for part in first]
        theirs = [part[:, start : start + words].reshape(other, own, words).swapaxes(0, 1).reshape(-1, words) for part in second]
        return mine[0] & theirs[0], mine[1] & theirs[1], mine[2], theirs[2]

    def _standing(self, k: int, doubt: NDArray[np.uint64], mine: NDArray[np.uint64], theirs: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Games in which some doubtful pair of size k cannot be refuted on either side where its minors say nothing; (words,)."""
        pair, game = np.nonzero(bits_to_games(doubt))
        first, second = np.divmod(pair, comb(self.columns, k))
        sets = subsets(self.rows, k)[first], subsets(self.columns, k)[second]
        refuted_pairs = np.zeros(len(pair), dtype=bool)
        for player, regular in enumerate((mine, theirs)):
            silent = (regular[pair, game // WORD] >> (game % WORD).astype(np.uint64)) & np.uint64(1) == 0
            item = np.flatnonzero(silent & ~refuted_pairs)
            payoffs, delta, _ = self.views[player]
            refuted_pairs[item] = refuted(payoffs[..., game[item]], sets[player][item], sets[1 - player][item], delta[game[item]])
        standing = np.zeros(self.length, dtype=bool)
        standing[game[~refuted_pairs]] = True
        return games_to_bits(standing)

    def side(self, player: int) -> tuple[Side, slice, slice]:
        """Return where the minors of ``player``'s payoffs lie: the side, and the player's games and words within it."""
        if len(self.sides) == 2:
            return self.sides[player], slice(0, self.length), slice(0, self.length // WORD)
        return (
            self.sides[0],
            slice(player * self.length, (player + 1) * self.length),
            slice(player * self.length // WORD, (player + 1) * self.length // WORD),
        )

    def true_signs(self) -> NDArray[np.uint64]:
        """Games of the chunk just solved whose minors are all clear or zero; as words."""
        doubt = np.zeros(self.length, dtype=bool)
        for player in (0, 1):
            side, games, _ = self.side(player)
            doubt |= side.rounded(games)
            doubt |= side.delta[games] > LARGEST_DELTA  # beyond this the uniform bounds do not hold
        return games_to_bits(~doubt)

    def faint(self, k: int, share: float) -> NDArray[np.uint64]:
        """Games of the chunk just solved in which a mix of size k may have a probability of less than ``share``; as words.

        A probability is a minor over the sum of k minors, none of which is larger than Hadamard's bound.
        """
        out = np.zeros(self.length // WORD, dtype=np.uint64)
        for player in (0, 1):
            side, games, _ = self.side(player)
            level = side.plan.levels[k - 2]
            least = share * k * largest_minor(k)
            if self.kind is not np.float64:
                least += float(side.within(self.within)[k - 2])
            table = side.table[level.begin : level.end, games]
            inside = np.less(table, least)
            inside &= np.greater(table, -least)
            out |= games_to_bits(np.logical_or.reduce(inside, axis=0))
        return out

    def shares(self, player: int, k: int, pair: NDArray[np.intp], game: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Actions of ``player`` and their probabilities, for entries of size k of the chunk just solved; two arrays (k, entry).

        A player's mix makes the *other* player indifferent, so it is read from the other player's minors.
        """
        actions, rows = _share_rows(self.rows, self.columns, k, player)
        at = actions.take(pair, axis=1)
        if k == 1:
            return at, np.broadcast_to(1.0, at.shape)
        side, games, _ = self.side(1 - player)
        place = rows.take(pair, axis=1)
        place *= side.table.shape[1]
        place += game + games.start
        share = side.table.reshape(-1).take(place)
        share[::2] *= -1.0
        share /= share.sum(axis=0)
        return at, share


@lru_cache(maxsize=256)
def _share_rows(rows: int, columns: int, k: int, player: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For each pair of size k: the actions of ``player``, and the rows of the other player's minors that give their probabilities."""
    first, second = np.divmod(np.arange(comb(rows, k) * comb(columns, k)), comb(columns, k))
    other, own, actions = (first, second, rows) if player == 0 else (second, first, columns)
    need = sign_rows(columns, rows, k) if player == 0 else sign_rows(rows, columns, k)
    at = np.ascontiguousarray(subsets(actions, k)[other].T)
    return at, need.mix.take(own * comb(actions, k) + other, axis=1)
