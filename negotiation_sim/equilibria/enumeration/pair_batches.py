"""Run a batch of bimatrix games through the kernels, from the fastest to the most careful: each takes what the one before left in doubt."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks
from negotiation_sim._scratch import Scratch, kept_scratch
from negotiation_sim.equilibria.certificates.certificate import certify_mixed
from negotiation_sim.equilibria.certificates.verified import REGRET, refused
from negotiation_sim.equilibria.enumeration.parts import FAINT, ExtremePart, Part
from negotiation_sim.equilibria.enumeration.signs import WORD, bits_to_games
from negotiation_sim.equilibria.enumeration.support_pairs import SupportPairs, bytes_per_game, pair_count
from negotiation_sim.equilibria.extreme.degenerate import solve_tied
from negotiation_sim.equilibria.extreme.exact_games import LABELS, integer_games, solve_exactly
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status

Need = Literal["mixes", "classes", "counts"]

__all__ = ["Need", "affordable", "decide", "decide_alone", "some_games", "unsolved"]

SCRATCH = 10 << 20  # bytes: a chunk of this size stays in the cache
MEMORY = 512 << 20  # bytes: the most that index tables and the smallest chunk of the careful pass may take
CAREFUL = 6  # tables of the careful pass for each one of the first
LONGEST = 16384  # games in a chunk
SHORT = 4096  # games from which on short numbers save more than it costs to look again at the few that they leave in doubt,
SMALL = 25  # profiles of the largest games of which that holds for outcome classes, where small probabilities are in doubt, too


def decide(payoffs: NDArray[np.float64], rtol: float, max_time: float, need: Need = "mixes") -> Iterator[Part | ExtremePart]:
    """Decide every game of ``payoffs`` (player, rows, columns, games), in parts.

    Games with a pair in doubt are left out of the first parts (no equilibria, not complete) and come again. In the first pass the payoffs
    of many games are measured together; what that leaves is measured game by game, which leaves degenerate games and a few others. If all
    of their minors are clear or zero, their signs are true: the vertices of their best-reply polyhedra say the rest. Otherwise they come
    compacted, with an error bound for each minor, and pairs without a mix may be refuted. What is still in doubt after that is
    degenerate, too: minors that are not clear are taken for zero. Games in which that is open to doubt, contradicts itself, or gives
    what the certificate refuses, and games too large for tables of minors are decided in integers, one at a time. So what is counted is
    what can be listed.

    ``need`` says what the parts will be asked for: strategies ("mixes"), or only which classes are reached, or only counts.
    """
    _, rows, columns, games = payoffs.shape
    if rows + columns > LABELS:
        return
    if not affordable(rows, columns):
        yield decide_alone(payoffs, np.arange(games), rtol, max_time)
        return
    with kept_scratch() as scratch:
        left = (yield from _decide_together(scratch, payoffs, rtol, need)) if games > WORD else slice(0, games)
        left = yield from _decide_each(scratch, payoffs, left, rtol)
        left = yield from _decide_sharply(scratch, payoffs, left, rtol)
    if len(left):
        yield decide_alone(payoffs, left, rtol, max_time)


def _decide_together(
    scratch: Scratch, payoffs: NDArray[np.float64], rtol: float, need: Need
) -> Generator[Part, None, slice | NDArray[np.intp]]:
    """Decide the games that are clear when measured against their neighbours; return the numbers of the others."""
    _, rows, columns, games = payoffs.shape
    short = games >= SHORT and (need == "counts" or (need == "classes" and rows * columns <= SMALL))
    kind = np.float32 if short else np.float64
    sure = short and need == "classes"
    length = _chunk_length(rows, columns, games, number=np.dtype(kind).itemsize)
    pairs = SupportPairs(scratch, rows, columns, length, rtol, kind)
    left = []
    for part in chunks(games, length):
        masks = pairs.solve_together(payoffs[..., part], FAINT if sure else 0.0)
        if masks is None:
            left.append(np.arange(part.start, part.stop))
            continue
        if masks.doubtful.any():
            left.append(part.start + np.flatnonzero(bits_to_games(masks.doubtful)))
        yield Part(part, pairs, masks.without_doubtful(), sure)
    numbers = _joined(left)
    return numbers if len(numbers) < games else slice(0, games)


def _decide_each(
    scratch: Scratch, payoffs: NDArray[np.float64], left: slice | NDArray[np.intp], rtol: float
) -> Generator[Part | ExtremePart, None, NDArray[np.intp]]:
    """Decide some games, each measured by itself, and those that are degenerate beyond doubt; return the numbers of the others."""
    _, rows, columns, _ = payoffs.shape
    games = left.stop if isinstance(left, slice) else len(left)
    again: list[NDArray[np.intp]] = []
    if not games:
        return _joined(again)
    pairs = SupportPairs(scratch, rows, columns, _chunk_length(rows, columns, games), rtol)
    for part in chunks(games, pairs.length):
        chosen = part if isinstance(left, slice) else left[part]
        masks = pairs.solve(payoffs[..., chosen])
        yield Part(chosen, pairs, masks.without_doubtful())
        if masks.doubtful.any():
            plain = masks.doubtful & pairs.true_signs()
            numbers = np.arange(part.start, part.start + pairs.length)
            if not isinstance(chosen, slice):
                numbers[: len(chosen)] = chosen
            again.append(numbers[np.flatnonzero(bits_to_games(masks.doubtful ^ plain))])
            unsettled = yield from _tied_games(pairs, plain, numbers)
            again.append(unsettled)
    return _joined(again)


def _decide_sharply(
    scratch: Scratch, payoffs: NDArray[np.float64], left: NDArray[np.intp], rtol: float
) -> Generator[Part | ExtremePart, None, NDArray[np.intp]]:
    """Decide some games with an error bound for each minor; return the numbers of those that stay in doubt."""
    _, rows, columns, _ = payoffs.shape
    alone: list[NDArray[np.intp]] = []
    if not len(left):
        return left
    pairs = SupportPairs(scratch, rows, columns, _chunk_length(rows, columns, len(left), sharp=True), rtol)
    for part in chunks(len(left), pairs.length):
        numbers = left[part]
        masks = pairs.solve(payoffs[..., numbers], sharp=True)
        yield Part(numbers, pairs, masks.without_doubtful())
        if masks.doubtful.any():
            unsettled = yield from _tied_games(pairs, masks.doubtful, numbers, payoffs)
            alone.append(unsettled)
    return _joined(alone)


def _joined(numbers: list[NDArray[np.intp]]) -> NDArray[np.intp]:
    return np.concatenate(numbers) if numbers else np.zeros(0, dtype=np.intp)


def _tied_games(
    pairs: SupportPairs, chosen: NDArray[np.uint64], numbers: NDArray[np.intp], payoffs: NDArray[np.float64] | None = None
) -> Generator[ExtremePart, None, NDArray[np.intp]]:
    """Solve the games ``chosen`` (words) of the chunk that ``pairs`` solved last; return the numbers of those that it leaves unsettled.

    With ``payoffs``, of which ``numbers`` are the chunk, these are also the games of which the certificate refuses an equilibrium. Where
    signs are true it refuses none but for rounding, so it need not be asked.
    """
    found = solve_tied(pairs, chosen)
    if payoffs is not None and len(found.lane):
        lanes, index = np.unique(found.lane, return_inverse=True)
        tensor = payoffs[..., numbers[lanes]]
        regret = certify_mixed(tensor, index, found.mixes(), pairs.rtol).regret
        found = found.without(lanes[np.unique(index[refused(tensor, index, regret, max(pairs.rtol, REGRET))])])
    lanes = np.setdiff1d(np.flatnonzero(bits_to_games(chosen)), found.unsettled, assume_unique=True)
    place = np.zeros(pairs.length, dtype=np.intp)
    place[lanes] = np.arange(len(lanes))
    status = np.full(len(lanes), Status.OK, dtype=np.int8)
    yield ExtremePart(
        numbers[lanes], pairs.rows, pairs.columns, status, place[found.lane], found.labels, found.mixes, lambda: found.faint(FAINT)[lanes]
    )
    return numbers[found.unsettled]


def decide_alone(payoffs: NDArray[np.float64], games: NDArray[np.intp], rtol: float, max_time: float) -> ExtremePart:
    """Decide some games of ``payoffs`` in integers, one at a time."""
    _, rows, columns, _ = payoffs.shape
    found = solve_exactly(integer_games(payoffs[..., games], rtol), rows, columns, max_time)
    return ExtremePart(games, rows, columns, found.status, found.place, found.labels, lambda: found.mixes)


def affordable(rows: int, columns: int) -> bool:
    """Whether the tables of this size of game, and the smallest chunk, fit the memory allowed."""
    tables = 16 * pair_count(rows, columns) * (rows + columns)
    return tables + WORD * CAREFUL * bytes_per_game(rows, columns) <= MEMORY


def _chunk_length(rows: int, columns: int, games: int, sharp: bool = False, number: int = 8) -> int:
    """Games in a chunk: a multiple of 64 that fits the scratch, no longer than needed."""
    size = bytes_per_game(rows, columns, number) * (CAREFUL if sharp else 1)
    most = min(LONGEST, max(SCRATCH // size, 4 * WORD if size < 1 << 15 else WORD))
    parts = -(-games // most)
    return max(-(-games // max(parts, 1) // WORD) * WORD, WORD)


def some_games(game: NormalFormGame, numbers: NDArray[np.intp]) -> NormalFormGame:
    """These games of the batch."""
    tensor = game.tensor.take(numbers, axis=-1)
    return NormalFormGame.from_tensor(tensor, (len(numbers),), game.players, game.actions, game.form)


def unsolved(game: NormalFormGame) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Status and completeness of each game if nothing gets solved; two arrays (games,)."""
    if sum(game.shape) <= LABELS:
        status = np.full(game.games, Status.NOT_RUN, dtype=np.int8)
    else:
        status = np.where(game.finite, np.int8(Status.UNSUPPORTED), np.int8(Status.NOT_FINITE))
    return status, np.full(game.games, Completeness.NO, dtype=np.int8)
