"""All Nash equilibria of batches of games of any number of players, with a proof of completeness where the game is not degenerate."""

from __future__ import annotations

import math
import time
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks
from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.certificates.verified import verified
from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.equilibria.polynomial.cells import whole
from negotiation_sim.equilibria.polynomial.elimination_by_minors import eliminates, roots_by_minors
from negotiation_sim.equilibria.polynomial.elimination_by_pairs import eliminated_pair, roots_by_pairs
from negotiation_sim.equilibria.polynomial.screening import possible_supports
from negotiation_sim.equilibria.polynomial.search import Clock, Found, find_roots, with_ties
from negotiation_sim.equilibria.polynomial.systems import Items, SystemShape, group_items, system_payoffs
from negotiation_sim.equilibria.pure import PureNash
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status

__all__ = ["Choices", "all_equilibria"]

MOST_PROFILES = 1 << 15  # support profiles of a game
MOST_UNKNOWNS = 12
REGRET = 1e-9  # share of the payoff range that the certificate lets pass, next to the rounding of the payoffs
ABSENT = 1e-9  # probabilities up to this are zero: they come from a root on the border of its support
SAME = 1e-8  # largest difference of two probabilities of the same equilibrium, found twice
SCREENED = 1 << 21  # support profiles of a chunk of games


class Choices(Protocol):
    """What `AllNash` offers."""

    @property
    def rtol(self) -> float: ...
    @property
    def want(self) -> str: ...
    @property
    def max_equilibria(self) -> int | None: ...
    @property
    def max_time(self) -> float | None: ...
    def __call__(self, game: NormalFormGame) -> Equilibria: ...


class _Part(NamedTuple):
    """Equilibria of some games: ``game`` (entry,), ``mixes`` one (entry, n_i) a player, and of each game whether all was resolved."""

    game: NDArray[np.intp]
    mixes: list[NDArray[np.float64]]
    resolved: NDArray[np.bool_]
    late: NDArray[np.bool_]


def all_equilibria(game: NormalFormGame, solver: Choices) -> Equilibria:
    """Find every equilibrium of each game of the batch; see `AllNash`."""
    mixing = [i for i, n in enumerate(game.shape) if n > 1]
    if len(mixing) <= 2:
        return _of_two(game, solver, mixing)
    status = np.where(game.finite, np.int8(Status.OK), np.int8(Status.NOT_FINITE))
    complete = np.full(game.games, Completeness.NO, dtype=np.int8)
    profiles = math.prod((1 << n) - 1 for n in game.shape)
    if profiles > MOST_PROFILES or sum(game.shape) - len(game.shape) > MOST_UNKNOWNS:
        status[status == Status.OK] = Status.UNSUPPORTED
        mixes = [np.zeros((0, n)) for n in game.shape]
        return _listed(game, solver, np.zeros(0, dtype=np.intp), mixes, status, complete)
    parts = [_pure(game, solver)]
    able = np.flatnonzero(status == Status.OK)
    for part in chunks(len(able), max(1, min(4096, SCREENED // profiles))):
        numbers = able[part]
        found = _mixed(game, numbers, solver)
        parts.append(found._replace(game=numbers[found.game]))
        complete[numbers[found.resolved]] = Completeness.PROVED
        status[numbers[~found.resolved]] = np.where(found.late[~found.resolved], Status.TIME, Status.SINGULAR)
    owner = np.concatenate([p.game for p in parts])
    mixes = [np.concatenate([p.mixes[i] for p in parts]) for i in range(len(game.shape))]
    order = _in_order(owner, mixes)
    owner, mixes = owner[order], [x[order] for x in mixes]
    once = _distinct(owner, mixes)
    return _listed(game, solver, owner[once], [x[once] for x in mixes], status, complete)


def _of_two(game: NormalFormGame, solver: Choices, mixing: list[int]) -> Equilibria:
    """Solve games in which at most two players have a choice as games of those two."""
    chosen = (mixing + [i for i in range(len(game.shape)) if i not in mixing])[:2]
    chosen.sort()
    if len(chosen) < 2:  # one player: give it an opponent without a choice
        tensor = np.concatenate([game.tensor[:, :, None], np.zeros((1, *game.tensor.shape[1:2], 1, game.games))])
    else:
        tensor = game.tensor[chosen].reshape((2, *(game.shape[i] for i in chosen), game.games))
    small = solver(NormalFormGame.from_tensor(np.ascontiguousarray(tensor), game.batch_shape))
    places = {i: k for k, i in enumerate(chosen)}
    mixes = [small.strategies[places[i]] if i in places else np.ones((len(small), 1)) for i in range(len(game.shape))]
    status = np.where(game.finite.reshape(game.batch_shape), small.status, np.int8(Status.NOT_FINITE))
    if solver.want != "all":
        return _without_payoffs(game, solver, status, np.where(status == small.status, small.complete, np.int8(0)), small.start, mixes)
    return Equilibria.from_strategies(game, solver, small.start, mixes, small.complete, status, rtol=solver.rtol, labels=small.labels)


def _pure(game: NormalFormGame, solver: Choices) -> _Part:
    found = PureNash(solver.rtol)(game)
    return _Part(found.index, list(found.strategies), np.zeros(0, dtype=bool), np.zeros(0, dtype=bool))


def _mixed(game: NormalFormGame, numbers: NDArray[np.intp], solver: Choices) -> _Part:
    """Find the equilibria of some games in which somebody mixes."""
    tensor, tolerance = _normalised(game.tensor.take(numbers, axis=-1), solver.rtol)
    count, actions = len(numbers), game.shape
    possible = possible_supports(tensor, tolerance).reshape((-1, count))
    profile, owner = np.nonzero(possible)
    resolved, late = np.ones(count, dtype=bool), np.zeros(count, dtype=bool)
    clock = Clock(count, math.inf if solver.max_time is None else solver.max_time)
    found: list[tuple[NDArray[np.intp], list[NDArray[np.float64]]]] = []
    for items in group_items(actions, profile, owner):
        size = 1 << max(1, 20 - items.shape.unknowns * 8 // 5)  # systems that grow into some 100 MB of cells at most
        for which in chunks(len(items.game), size):
            part = items.take(which)
            over = clock.late(part.game)
            late[part.game[over]], resolved[part.game[over]] = True, False
            if over.any():
                part = part.take(np.flatnonzero(~over))
                if not len(part.game):
                    continue
            limits = tolerance[part.order.T, part.game]
            roots = _roots(part.shape, system_payoffs(tensor, part), limits, part.game, clock)
            resolved[part.game[~roots.resolved]] = False
            late[part.game[roots.late]] = True
            found.append((part.game[roots.item], _strategies(part, roots.item, roots.mixes, actions)))
    games = np.concatenate([np.zeros(0, dtype=np.intp), *(g for g, _ in found)])
    mixes = [np.concatenate([np.zeros((0, n)), *(x[i] for _, x in found)]) for i, n in enumerate(actions)]
    return _Part(games, mixes, resolved, late)


def _roots(
    shape: SystemShape, payoffs: list[NDArray[np.float64]], tolerance: NDArray[np.float64], game: NDArray[np.intp], clock: Clock
) -> Found:
    """Find the roots of systems: by one polynomial, if they come down to it, else by cells."""
    pair, count, began = eliminated_pair(shape), len(game), time.perf_counter()
    hopeless = with_ties(shape, payoffs, tolerance)
    if eliminates(shape):
        quick = roots_by_minors(shape, payoffs, tolerance)
    elif pair is not None:
        quick = roots_by_pairs(shape, pair, payoffs, tolerance)
    else:
        return find_roots(shape, payoffs, tolerance, game, clock, hopeless)
    clock.charge(game, time.perf_counter() - began)
    kept = np.flatnonzero(~quick.left[quick.item])
    item, mixes = quick.item[kept], [x[:, kept] for x in quick.mixes]
    rest = np.flatnonzero(quick.left)
    start = [c.take(np.flatnonzero(~quick.left[c.item])) for c in quick.cells]
    if len(rest):
        start.append(whole(shape, [u.take(rest, axis=-1) for u in payoffs], rest))
    if not sum(map(len, start)):
        return Found(item, mixes, np.ones(count, dtype=bool), np.zeros(count, dtype=bool))
    slow = find_roots(shape, payoffs, tolerance, game, clock, hopeless, start)
    mixes = [np.concatenate(both, axis=1) for both in zip(mixes, slow.mixes, strict=True)]
    return Found(np.concatenate([item, slow.item]), mixes, slow.resolved, slow.late)


def _normalised(tensor: NDArray[np.float64], rtol: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Payoffs in [0, 1], and the largest difference that counts as a tie; shapes (player, a_0, ..., games) and (player, games)."""
    scale = Resolution.of(tensor)
    axes = tuple(range(1, tensor.ndim - 1))
    shape = (len(tensor), *(1,) * len(axes), tensor.shape[-1])
    moved = tensor - tensor.min(axis=axes, keepdims=True)
    moved /= scale.unit.reshape(shape)
    return moved, scale.tolerance(rtol) / scale.unit


def _strategies(
    items: Items, item: NDArray[np.intp], mixes: list[NDArray[np.float64]], actions: tuple[int, ...]
) -> list[NDArray[np.float64]]:
    """Put the mixes of the systems ``item`` (entry,) back to the actions of the game: one array (entry, n_i) a player."""
    out = [np.zeros((len(item), n)) for n in actions]
    entry = np.arange(len(item))
    for place in range(len(actions)):
        owner, acts = items.order[item, place], items.acts[place][item]
        if place < items.shape.mixing:
            mix = mixes[place]
            mix[mix <= ABSENT] = 0
            mix /= mix.sum(axis=0)
        else:
            mix = np.ones((1, len(item)))
        for i, into in enumerate(out):
            mine = np.flatnonzero(owner == i)
            for b, weight in enumerate(mix):
                into[entry[mine], acts[mine, b]] = weight[mine]
    return out


def _in_order(owner: NDArray[np.intp], mixes: list[NDArray[np.float64]]) -> NDArray[np.intp]:
    """Sort by game, then the size of the supports, then the supports (low actions first), then the probabilities."""
    flat = np.concatenate(mixes, axis=1)
    used = flat > 0
    keys = [*(-flat.T[::-1]), *(~used.T[::-1]), used.sum(axis=1), owner]
    return np.lexsort(keys)


def _distinct(owner: NDArray[np.intp], mixes: list[NDArray[np.float64]]) -> NDArray[np.intp]:
    """Numbers of the entries, without those that repeat an earlier one of the same game."""
    flat = np.concatenate(mixes, axis=1)
    again = np.zeros(len(owner), dtype=bool)
    ahead = 1
    while True:  # compare with the entry `ahead` places before, as long as some game has so many
        same = owner[ahead:] == owner[:-ahead]
        if not same.any():
            return np.flatnonzero(~again)
        at = np.flatnonzero(same)
        close = np.abs(flat[at + ahead] - flat[at]).max(axis=1) <= SAME
        again[at[close] + ahead] = True
        ahead += 1


def _listed(
    game: NormalFormGame,
    solver: Choices,
    owner: NDArray[np.intp],
    mixes: list[NDArray[np.float64]],
    status: NDArray[np.int8],
    complete: NDArray[np.int8],
) -> Equilibria:
    """Certify the entries, keep as many as allowed, and blank what was not asked for."""
    found = verified(_equilibria(game, solver, owner, mixes, status, complete), max(solver.rtol, REGRET))
    complete = found.complete.reshape(-1).copy()
    if solver.max_equilibria is not None and (over := found.count.reshape(-1) > solver.max_equilibria).any():
        index = found.index
        kept = np.arange(len(index)) - found.start[index] < solver.max_equilibria
        status = status.copy()
        status[over & (status == Status.OK)] = Status.TRUNCATED
        found = _equilibria(game, solver, index[kept], [x[kept] for x in found.strategies], status, complete)
    if solver.want == "all":
        return found
    return _without_payoffs(game, solver, found.status, found.complete, found.start, list(found.strategies))


def _without_payoffs(
    game: NormalFormGame,
    solver: Choices,
    status: NDArray[np.int8],
    complete: NDArray[np.int8],
    start: NDArray[np.int64],
    mixes: list[NDArray[np.float64]],
) -> Equilibria:
    """Say how many there are and, unless only that is wanted, which probabilities are zero."""
    entries = int(start[-1])
    return Equilibria(
        game=game,
        solver=solver,
        status=status,
        complete=complete,
        start=start,
        strategies=tuple(np.where((x == 0) & (solver.want != "count"), 0.0, np.nan) for x in mixes),
        payoffs=np.full((entries, len(game.players)), np.nan),
        regret=np.full(entries, np.nan),
        strict=np.zeros(entries, dtype=bool),
        rtol=solver.rtol,
    )


def _equilibria(
    game: NormalFormGame,
    solver: Any,
    owner: NDArray[np.intp],
    mixes: list[NDArray[np.float64]],
    status: NDArray[np.int8],
    complete: NDArray[np.int8],
) -> Equilibria:
    start = np.zeros(game.games + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner, minlength=game.games), out=start[1:])
    columns = [np.ascontiguousarray(x.T).T for x in mixes]
    return Equilibria.from_strategies(game, solver, start, columns, complete, status, rtol=solver.rtol)
