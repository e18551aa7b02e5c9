"""Which payoffs correlated equilibria can give: the range of each player, and the polygon of two.

The payoffs of a polytope of distributions are a polytope. Its extreme point in a direction is found by one linear programme. The polygon of
two players is found by asking in the four directions of the axes, then across the line through each two neighbouring points found so
far, until no answer lies beyond its line: all directions of a round are solved as one batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import SupportsIndex

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arguments import each_of, real_number
from negotiation_sim._arrays import lock, logical_view
from negotiation_sim._table import Shown, Table
from negotiation_sim._words import nearest_name, shown
from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.mediated.goals import ShareGoal
from negotiation_sim.equilibria.mediated.optimum import Optimum, Task, optimise
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Status

__all__ = ["PayoffRanges", "PayoffRegion", "payoff_ranges", "payoff_region"]

Floats = NDArray[np.float64]

BEYOND = 1e-9  # shares of the payoff range: points nearer than this are one, or on a line
ROUNDS = 64


@dataclass(frozen=True, eq=False, repr=False)
class PayoffRanges(Shown):
    """Lowest and highest payoff of each player over all correlated (or coarse correlated) equilibria of each game.

    Parameters
    ----------
    game : NormalFormGame
    coarse : bool
    status : ndarray of int8, shape (*batch,)
        The worst `Status` of the programmes of each game; where it is not OK, numbers are NaN.
    low, high : ndarray, shape (*batch, player)
    gap : ndarray, shape (*batch,)
        By how much any of these ends may be off, at most, as a share of the player's payoff range.
    """

    game: NormalFormGame
    coarse: bool
    status: NDArray[np.int8]
    low: Floats
    high: Floats
    gap: Floats

    @property
    def tables(self) -> tuple[Table, ...]:
        """A row for each player; of a batch, the ends over all games that were solved."""
        title = f"Payoffs over all {_kind(self.coarse)} equilibria, {self.game.form} form"
        solved = self.status == Status.OK
        rows = []
        for i, name in enumerate(self.game.players):
            low, high = self.low[..., i][solved], self.high[..., i][solved]
            rows.append((name, float(low.min()) if low.size else None, float(high.max()) if high.size else None))
        failed = int((~solved).sum())
        said = f"{failed} of {solved.size} games were not solved." if failed else ""
        note = "\n".join(part for part in (said, self.game.note) if part)
        return (Table(("player", "lowest", "highest"), rows, title=title, note=note),)

    def __repr__(self) -> str:
        return f"PayoffRanges({_kind(self.coarse)}, batch {self.status.shape})"


@dataclass(frozen=True, eq=False, repr=False)
class PayoffRegion(Shown):
    """All pairs of payoffs that two players can get in correlated (or coarse correlated) equilibria of one game.

    Parameters
    ----------
    game : NormalFormGame
    players : (int, int)
        Places of the two players, first and second coordinate.
    coarse : bool
    status : Status
    vertices : ndarray, shape (vertex, 2)
        Corners of the polygon, counterclockwise from the lowest of the leftmost; one if there is a single pair, two if they lie on a line.
    distributions : ndarray, shape (vertex, a_0, ..., a_{N-1})
        A correlated equilibrium that pays each corner.
    feasible : ndarray, shape (corner, 2)
        Corners of the polygon of all pairs that any distribution over profiles pays, in the same order.
    """

    game: NormalFormGame
    players: tuple[int, int]
    coarse: bool
    status: Status
    vertices: Floats
    distributions: Floats
    feasible: Floats

    @property
    def names(self) -> tuple[str, str]:
        """Names of the two players."""
        return self.game.players[self.players[0]], self.game.players[self.players[1]]

    @property
    def tables(self) -> tuple[Table, ...]:
        """A row for each corner."""
        title = f"Corners of the payoffs of {_kind(self.coarse)} equilibria, {self.game.form} form"
        said = "" if self.status == Status.OK else self.status.advice
        note = "\n".join(part for part in (said, self.game.note) if part)
        return (Table(("", *(f"payoff {name}" for name in self.names)), [(k + 1, *v) for k, v in enumerate(self.vertices)], title, note),)

    def __len__(self) -> int:
        return len(self.vertices)

    def __repr__(self) -> str:
        return f"PayoffRegion({_kind(self.coarse)}, {self.names[0]} and {self.names[1]}, {len(self)} corners)"


def payoff_ranges(game: NormalFormGame, *, coarse: bool = False, rtol: float = 1e-9) -> PayoffRanges:
    """Lowest and highest payoff of each player over all correlated equilibria of each game in a batch.

    Parameters
    ----------
    game : NormalFormGame
        One game or a batch, with any number of players.
    coarse : bool, default False
        Over coarse correlated equilibria instead.
    rtol : float, default 1e-9
        Largest regret and gap of each optimum, as in `Correlated`.

    Raises
    ------
    ValueError
        If ``rtol`` does not lie in [0, 0.01].

    Examples
    --------
    >>> chicken = NormalFormGame.from_arrays([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    >>> ranges = payoff_ranges(chicken)
    >>> ranges.low, ranges.high
    (array([2., 2.]), array([7., 7.]))
    """
    rtol = _check(game, coarse, rtol)
    count = len(game.players)
    low, high, gap = np.empty((count, game.games)), np.empty((count, game.games)), np.zeros(game.games)
    status = np.zeros(game.games, dtype=np.int8)
    for i in range(count):
        for sign, end in ((-1.0, low), (1.0, high)):
            weights = np.zeros((count, game.games))
            weights[i] = sign
            best = optimise(game.tensor, Task(ShareGoal(weights), coarse, rtol))
            end[i] = best.payoffs[i]
            np.maximum(status, best.status, out=status)
            np.maximum(gap, best.gap, out=gap)
    for values in (low, high, gap):
        values[..., status != Status.OK] = np.nan
    shape = game.batch_shape
    ends = lock(logical_view(low, shape)), lock(logical_view(high, shape))
    return PayoffRanges(game, coarse, status.reshape(shape), *ends, gap.reshape(shape))


def payoff_region(game: NormalFormGame, players: Sequence[int | str] = (0, 1), *, coarse: bool = False, rtol: float = 1e-9) -> PayoffRegion:
    """The polygon of the payoffs that two players can get in correlated equilibria.

    Parameters
    ----------
    game : NormalFormGame
        A single game, with any number of players.
    players : two of int or str, default (0, 1)
        Places or names of the two players.
    coarse : bool, default False
        In coarse correlated equilibria instead.
    rtol : float, default 1e-9
        Largest regret and gap of each corner, as in `Correlated`.

    Raises
    ------
    ValueError
        If the game is a batch or holds a payoff that is not finite, ``players`` are not two different ones of its players, or ``rtol``
        does not lie in [0, 0.01].

    Notes
    -----
    Corners are exact up to 1e-9 of the players' payoff ranges: an edge along which no answer lies farther out than that is final.

    Examples
    --------
    >>> chicken = NormalFormGame.from_arrays([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    >>> payoff_region(chicken).vertices.round(9)
    array([[2.  , 7.  ],
           [3.6 , 3.6 ],
           [7.  , 2.  ],
           [5.25, 5.25]])
    """
    rtol = _check(game, coarse, rtol)
    if game.batch_shape:
        raise ValueError(f"payoff_region takes a single game; got the batch {game.batch_shape}. Pick one with game[index].")
    if not game.finite.all():
        raise ValueError(f"payoff_region needs finite payoffs. {Status.NOT_FINITE.advice}")
    pair = _pair(players, game.players)
    scale = Resolution.of(game.tensor)
    unit, low = scale.unit[list(pair), 0], np.array([game.payoffs[i].min() for i in pair])
    cells = np.stack([(game.payoffs[i].ravel() - origin) / size for i, origin, size in zip(pair, low, unit, strict=True)], axis=-1)
    search = _Search(game, pair, coarse, rtol, cells)
    search.run()
    hull = _hull(cells)
    return PayoffRegion(
        game,
        pair,
        coarse,
        search.status,
        lock(search.payoffs),
        lock(search.distributions),
        lock(np.stack([game.payoffs[i].ravel()[hull] for i in pair], axis=-1)),
    )


def _check(game: object, coarse: object, rtol: object) -> float:
    if not isinstance(game, NormalFormGame):
        raise TypeError(f"expected a NormalFormGame; got {type(game).__name__}. A staged game has one: game, plays = staged.normal_form().")
    if not isinstance(coarse, bool | np.bool_):
        raise ValueError(f"coarse must be True or False; got {shown(coarse)}")
    return real_number(rtol, "rtol must lie in [0, 0.01], as a share of the payoff range", 0, 0.01, "[]")


class _Search:
    """Corners found so far, counterclockwise, in shares of the payoff ranges."""

    def __init__(self, game: NormalFormGame, pair: tuple[int, int], coarse: bool, rtol: float, cells: Floats) -> None:
        self.game, self.pair, self.coarse, self.rtol = game, pair, coarse, rtol
        self.cells = cells
        self.status = Status.OK
        self.points = np.empty((0, 2))
        self.payoffs = np.empty((0, 2))
        self.distributions = np.empty((0, *game.shape))

    def run(self) -> None:
        """Ask outward until no answer lies beyond its line."""
        normals = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
        settled: set[tuple[bytes, bytes]] = set()
        for _ in range(ROUNDS):
            found = self._ask(normals)
            if self.status != Status.OK:
                return
            self.points = np.concatenate([self.points, found[0]])
            self.payoffs = np.concatenate([self.payoffs, found[1]])
            self.distributions = np.concatenate([self.distributions, found[2]])
            kept = _hull(self.points)
            self.points, self.payoffs, self.distributions = self.points[kept], self.payoffs[kept], self.distributions[kept]
            ahead = np.roll(self.points, -1, axis=0)
            edges = [(a, b) for a, b in zip(self.points, ahead, strict=True) if (a.tobytes(), b.tobytes()) not in settled]
            if len(self.points) < 2 or not edges:
                return
            settled.update((a.tobytes(), b.tobytes()) for a, b in edges)
            steps = np.array([b - a for a, b in edges])
            normals = np.column_stack([steps[:, 1], -steps[:, 0]]) / np.hypot(*steps.T)[:, None]
        self.status = Status.MAX_ITER

    def _ask(self, normals: Floats) -> tuple[Floats, Floats, Floats]:
        weights = np.zeros((len(self.game.players), len(normals)))
        weights[list(self.pair)] = normals.T
        tensor = np.repeat(self.game.tensor, len(normals), axis=-1)
        best: Optimum = optimise(tensor, Task(ShareGoal(weights), self.coarse, self.rtol))
        self.status = Status(int(best.status.max()))
        distributions = np.moveaxis(best.distribution, -1, 0)
        # Shares from the plans themselves: expected payoffs less the lowest one would have lost the digits of a far shift.
        shares = distributions.reshape(len(normals), -1) @ self.cells
        return shares, best.payoffs[list(self.pair)].T, distributions


def _hull(points: Floats) -> NDArray[np.intp]:
    """Corners of the convex hull of ``(point, 2)``, counterclockwise from the lowest of the leftmost; points within `BEYOND` are merged.

    A. M. Andrew (1979), "Another efficient algorithm for convex hulls in two dimensions", Information Processing Letters 9(5), 216-219.
    """
    order = np.lexsort((points[:, 1], points[:, 0]))

    def chain(indices: NDArray[np.intp]) -> list[int]:
        kept: list[int] = []
        for k in map(int, indices):
            while len(kept) > 1 and _turn(*points[[kept[-2], kept[-1], k]]) <= 0:
                kept.pop()
            kept.append(k)
        return kept[:-1]

    corners = chain(order) + chain(order[::-1])
    done = False
    while not done and len(corners) > 1:
        done = True
        for at, k in enumerate(corners):
            before, after = points[corners[at - 1]], points[corners[(at + 1) % len(corners)]]
            near = min(np.hypot(*(points[k] - before)), np.hypot(*(points[k] - after))) <= BEYOND
            flat = _turn(before, points[k], after) <= BEYOND * np.hypot(*(after - before))
            between = np.dot(before - points[k], after - points[k]) < 0  # ends of a line are flat too, and are kept
            if near or (len(corners) > 2 and flat and between):
                del corners[at]
                done = False
                break
    if not corners:
        return order[:1]
    first = min(range(len(corners)), key=lambda c: (round(float(points[corners[c], 0]), 9), points[corners[c], 1]))
    return np.array(corners[first:] + corners[:first], dtype=np.intp)


def _turn(a: Floats, b: Floats, c: Floats) -> float:
    """Twice the area of the triangle a, b, c: positive if the turn is to the left."""
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def _pair(players: Sequence[int | str], names: tuple[str, ...]) -> tuple[int, int]:
    places = []
    for who in each_of(players, f"players must be two different players of {', '.join(names)}"):
        if isinstance(who, str):
            if who not in names:
                raise ValueError(f"players: unknown {who!r}; {nearest_name(who, names)}")
            places.append(names.index(who))
        elif isinstance(who, SupportsIndex) and not isinstance(who, bool) and who in range(len(names)):
            places.append(int(who))
        else:
            raise ValueError(f"players must be places 0 to {len(names) - 1} or names; got {shown(who)}")
    if len(places) != 2 or places[0] == places[1]:
        raise ValueError(f"players must be two different players of {', '.join(names)}; got {tuple(players)!r}")
    return places[0], places[1]


def _kind(coarse: bool) -> str:
    return "coarse correlated" if coarse else "correlated"
