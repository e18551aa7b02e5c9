"""The share of starts that end in each equilibrium."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arguments import real_number
from negotiation_sim._table import Shown, Table
from negotiation_sim._words import mixture
from negotiation_sim.equilibria.entries import Equilibria
from negotiation_sim.equilibria.quantal.responses import QuantalResponses
from negotiation_sim.games.normal_form import NormalFormGame, with_note

if TYPE_CHECKING:
    import pandas as pd

    from negotiation_sim.equilibria.adjustment.adjustments import Adjustments

__all__ = ["Basins", "basins_of", "distinct_ends"]

_MOST_ROWS = 12
"""Equilibria in a table; a continuum of them may be reached at as many points as there are starts."""

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Basins(Shown):
    """How many starts end where, for every game of a batch. Shares add up to 1 in each game.

    Parameters
    ----------
    game : NormalFormGame
    concept : str
        The dynamics: ``"replicator dynamics"``.
    starts : int
        Number of starts, the same in every game.
    start : ndarray of int64, shape (games + 1,)
        Where the equilibria of each game begin.
    strategies : tuple of ndarray, one for each player, shape (entry, n_i)
        The equilibria.
    share : ndarray, shape (entry,)
        Share of the starts that end within the tolerance of the equilibrium, by certificate at an equilibrium, and nearest to this one.
    standard_error : ndarray, shape (entry,)
        sqrt(share (1 - share) / starts): what the share may be off by, as an estimate of the volume of the basin, if starts were drawn.
    other : ndarray, shape (*batch,)
        Share that ends at other equilibria than those listed.
    elsewhere : ndarray, shape (*batch,)
        Share that settles where somebody would gain by deviating: rest points that are no equilibria.
    unsettled : ndarray, shape (*batch,)
        Share that does not settle: it cycles, or is slow. NaN, as the others, in games that could not be played.
    end : ndarray of int64, shape (*batch, start)
        The equilibrium at which each start ends, numbered through the batch; -1 for none of them.
    """

    game: NormalFormGame
    concept: str
    starts: int
    start: NDArray[np.int64]
    strategies: tuple[Array, ...]
    share: Array
    standard_error: Array
    other: Array
    elsewhere: Array
    unsettled: Array
    end: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of equilibria in the whole batch."""
        return len(self.share)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch; ``()`` for a single game."""
        return self.other.shape

    @property
    def index(self) -> NDArray[np.intp]:
        """The game of each equilibrium, flat; shape ``(entry,)``."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))

    @property
    def tables(self) -> tuple[Table, ...]:
        """One table: of a single game the share of each equilibrium, of a batch the shares of each kind of end."""
        title = f"Where {self.concept} ends, {self.game.form} form"
        rest = {"other equilibria": self.other, "rest points, no equilibria": self.elsewhere, "does not settle": self.unsettled}
        if self.batch_shape:
            listed = np.bincount(self.index, self.share, len(self.start) - 1).reshape(self.batch_shape)
            known = ~np.isnan(self.unsettled)
            rows = [
                (name, float(share[known].mean()), (float(share[known].min()), float(share[known].max())))
                for name, share in {"the equilibria": np.where(known, listed, np.nan), **rest}.items()
                if known.any()
            ]
            said = f"{int(known.sum())} of {known.size} games, {self.starts} starts each; {len(self)} equilibria in all."
            return (Table(("ends in", "mean share", "range over games"), rows, title=title, note=with_note(said, self.game)),)
        cells: list[tuple[object, ...]] = []
        largest = np.sort(np.argsort(-self.share, kind="stable")[:_MOST_ROWS])
        for e in largest:
            ends = zip((np.round(x[e], 3).tolist() for x in self.strategies), self.game.actions, strict=True)
            said_of = [mixture((p, label) for p, label in zip(*each, strict=True) if p > 0) for each in ends]
            cells.append((*said_of, float(self.share[e]), float(self.standard_error[e])))
        blank = ("",) * (len(self.game.players) - 1)
        left = len(self) - len(largest)
        for name, of in {f"{left} more, reached less often": np.delete(self.share, largest).sum(), **rest}.items():
            if of > 0:
                cells.append((name, *blank, float(of), float(np.sqrt(of * (1 - of) / self.starts))))
        columns = (*self.game.players, "share of starts", "standard error")
        return (Table(columns, cells, title=title, note=with_note(f"{self.starts} starts.", self.game)),)

    def to_pandas(self) -> pd.DataFrame:
        """One row a game and equilibrium (``game`` is its flat number), then one a game and other kind of end."""
        import pandas as pd

        options = zip(self.game.players, self.game.actions, strict=True)
        columns = [f"{player}: {action}" for player, actions in options for action in actions]
        frame = pd.DataFrame(np.concatenate(self.strategies, axis=1), columns=columns)
        frame.insert(0, "game", self.index)
        frame.insert(1, "end", "equilibrium")
        frame["share"], frame["standard error"] = self.share, self.standard_error
        parts = [frame]
        for name, of in (("other equilibrium", self.other), ("no equilibrium", self.elsewhere), ("unsettled", self.unsettled)):
            share = of.reshape(-1)
            error = np.sqrt(share * (1 - share) / self.starts)
            rest = {"game": np.arange(len(share)), "end": name, **dict.fromkeys(columns, np.nan), "share": share, "standard error": error}
            parts.append(pd.DataFrame(rest))
        whole: pd.DataFrame = pd.concat([part for part in parts if len(part)], ignore_index=True)
        return whole

    def __repr__(self) -> str:
        return f"Basins({self.concept}, {len(self)} equilibria in batch {self.batch_shape}, {self.starts} starts)"


def distinct_ends(found: Adjustments) -> tuple[NDArray[np.int64], tuple[Array, ...]]:
    """Certified end points that differ, in the order of the starts that end there first.

    Returns
    -------
    start : ndarray of int64, shape (games + 1,)
    strategies : tuple of ndarray, one for each player, shape (entry, n_i)
    """
    good, ends = _flat(found)
    games, open_ = len(good), good.copy()
    picked: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
    while True:
        some = np.flatnonzero(open_.any(axis=1))
        if not len(some):
            break
        first = open_[some].argmax(axis=1)
        picked.append((some, first))
        gap = _distances([x[some] for x in ends], [x[some, first] for x in ends])
        open_[some] &= gap > found.solver.nearness
        open_[some, first] = False
    game = np.concatenate([np.empty(0, dtype=np.intp), *(g for g, _ in picked)])
    place = np.concatenate([np.empty(0, dtype=np.intp), *(s for _, s in picked)])
    order = np.lexsort((place, game))
    start = np.zeros(games + 1, dtype=np.int64)
    np.cumsum(np.bincount(game, minlength=games), out=start[1:])
    return start, tuple(x[game[order], place[order]] for x in ends)


def basins_of(found: Adjustments, equilibria: Equilibria | QuantalResponses | None, atol: float) -> Basins:
    """Assign every certified end point to the nearest equilibrium within ``atol``."""
    atol = real_number(atol, "atol must lie between 0 and 1, as a difference of probabilities", 0, 1)
    good, ends = _flat(found)
    games, count = good.shape
    start, listed = _listed(found, equilibria)
    number = np.diff(start)
    best, end = np.full((games, count), np.inf), np.full((games, count), -1, dtype=np.int64)
    for k in range(int(number.max(initial=0))):
        some = np.flatnonzero(number > k)
        entry = start[some] + k
        gap = _distances([x[some] for x in ends], [x[entry] for x in listed])
        nearer = good[some] & (gap <= atol) & (gap < best[some])
        best[some] = np.where(nearer, gap, best[some])
        end[some] = np.where(nearer, entry[:, None], end[some])
    share = np.bincount(end[end >= 0], minlength=int(start[-1])) / count
    settled = found.settled.reshape(games, count)
    played = found.status.reshape(-1) == 0

    def mean(mask: NDArray[np.bool_]) -> Array:
        return np.where(played, mask.mean(axis=1), np.nan).reshape(found.batch_shape)

    return Basins(
        game=found.game,
        concept=found.concept,
        starts=count,
        start=start,
        strategies=listed,
        share=share,
        standard_error=np.sqrt(share * (1 - share) / count),
        other=mean(good & (end < 0)),
        elsewhere=mean(settled & ~good),
        unsettled=mean(~settled),
        end=end.reshape((*found.batch_shape, count)),
    )


def _flat(found: Adjustments) -> tuple[NDArray[np.bool_], list[Array]]:
    """Which ends are certified, ``(games, start)``, and the ends, ``(games, start, n_i)``."""
    count = len(found.starts[0])
    return found.certified.reshape(-1, count), [x.reshape(-1, count, x.shape[-1]) for x in found.strategies]


def _listed(found: Adjustments, equilibria: Equilibria | QuantalResponses | None) -> tuple[NDArray[np.int64], tuple[Array, ...]]:
    """Where the equilibria of each game begin, and their strategies ``(entry, n_i)``."""
    if equilibria is None:
        return distinct_ends(found)
    if not isinstance(equilibria, Equilibria | QuantalResponses):
        raise TypeError(f"equilibria must be Equilibria or QuantalResponses, solutions of the same games; got {type(equilibria).__name__}")
    if equilibria.batch_shape != found.batch_shape or equilibria.game.shape != found.game.shape:
        raise ValueError(
            f"equilibria must be of the same games: batch {found.batch_shape}, {found.game.shape} actions; "
            f"got batch {equilibria.batch_shape}, {equilibria.game.shape} actions"
        )
    if isinstance(equilibria, Equilibria):
        return equilibria.start, equilibria.strategies
    one = equilibria.count.reshape(-1)
    begin = np.zeros(len(one) + 1, dtype=np.int64)
    np.cumsum(one, out=begin[1:])
    return begin, tuple(x.reshape(-1, x.shape[-1])[one > 0] for x in equilibria.strategies)


def _distances(ends: list[Array], points: list[Array]) -> Array:
    """Largest difference of a probability, ``(games, start)``, between ends ``(games, start, n_i)`` and points ``(games, n_i)``."""
    gap: Array = np.maximum.reduce([np.abs(x - y[:, None]).max(axis=-1) for x, y in zip(ends, points, strict=True)])
    return gap
