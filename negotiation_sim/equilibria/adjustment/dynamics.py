"""What the adjustment dynamics share: many starts of many games, certified ends, a summary for sweeps."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._arguments import each_of, number_array, whole_number
from negotiation_sim._arrays import chunks, lock
from negotiation_sim.equilibria.adjustment.adjustments import Adjustments, Trajectory, settled_chance
from negotiation_sim.equilibria.adjustment.basins import distinct_ends
from negotiation_sim.equilibria.adjustment.lanes import Lanes, Run
from negotiation_sim.equilibria.adjustment.starts import read_starts, starting_strategies
from negotiation_sim.equilibria.certificates.certificate import certify_mixed
from negotiation_sim.equilibria.summary import Summary, check_classes
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status

__all__ = ["Dynamics", "Record"]

Array = NDArray[np.float64]
Record = list[tuple[float, tuple[Array, ...]]]
"""Takes the time and the strategies of the first lane, step by step."""

_SUMMARY_LANES = 1 << 16
"""Starts of games that a sweep holds at a time."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Dynamics(ABC):
    """What `BestReplyDynamics`, `LogitDynamics`, `ReplicatorDynamics` and `FictitiousPlay` share; see there."""

    starts: Any = 256
    seed: int = 0

    concept: ClassVar[str]
    unit: ClassVar[str] = "time"
    """What the duration counts."""
    nearness: ClassVar[float] = 0.01
    """End points count as one, or as an equilibrium, up to this difference of probabilities."""
    among: ClassVar[str] = ""
    takes: ClassVar[type] = NormalFormGame

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts", read_starts(self.starts))
        object.__setattr__(self, "seed", whole_number(self.seed, "seed must be a whole number, at least 0", 0))

    @property
    @abstractmethod
    def allowance(self) -> float:
        """Largest certified regret (or residual) of an end point that counts as an equilibrium."""

    @abstractmethod
    def _run(self, lanes: Lanes, record: Record | None) -> Run:
        """Follow every lane to its end."""

    def _residual(self, game: NormalFormGame, index: NDArray[np.intp], mixtures: list[Array], regret: Array) -> Array:
        """How far an end point is from what it should be, by code that did not find it."""
        return regret

    def __call__(self, game: NormalFormGame) -> Adjustments:
        """Let players adjust in every game of the batch, from every start.

        Raises
        ------
        ValueError
            If given starts do not fit the players and their actions.
        """
        self._check(game)
        strategies = starting_strategies(self.starts, self.seed, game.shape)
        count, shape = len(strategies[0]), game.shape
        good = np.flatnonzero(game.finite)
        run = Run.blank(shape, game.games * count)
        for part in chunks(len(good) * count, _size(shape)):
            lane = np.arange(part.start, part.stop)
            games, numbers = good[lane // count], lane % count
            place = games * count + numbers
            done = self._run(Lanes.of(game.tensor, strategies, games, numbers), None)
            for whole, some in zip(run.strategies, done.strategies, strict=True):
                whole[:, place] = some
            run.settled[place], run.duration[place], run.period[place] = done.settled, done.duration, done.period
        index = np.repeat(good, count)
        lanes = (index.reshape(-1, count) * count + np.arange(count)).reshape(-1)
        regret, residual = np.full((2, game.games * count), np.nan)
        mixed = [x.take(lanes, axis=-1) for x in run.strategies]
        regret[lanes] = certify_mixed(game.tensor, index, mixed, 1e-9).regret
        residual[lanes] = self._residual(game, index, mixed, regret[lanes])
        status = np.where(game.finite, np.int8(Status.OK), np.int8(Status.NOT_FINITE))
        ends = np.where(run.settled, np.int8(Status.OK), np.int8(Status.MAX_ITER))
        ends[np.repeat(~game.finite, count)] = Status.NOT_FINITE
        full = (*game.batch_shape, count)
        return Adjustments(
            game=game,
            solver=self,
            status=lock(status.reshape(game.batch_shape)),
            starts=tuple(lock(x) for x in strategies),
            strategies=tuple(lock(x.T.reshape((*full, len(x)))) for x in run.strategies),
            start_status=lock(ends.reshape(full)),
            duration=lock(run.duration.reshape(full)),
            period=lock(run.period.reshape(full)),
            regret=lock(regret.reshape(full)),
            residual=lock(residual.reshape(full)),
            concept=self.concept,
        )

    def path(self, game: NormalFormGame, start: int | Sequence[ArrayLike] = 0) -> Trajectory:
        """Follow one start of a single game and keep every step, for a plot.

        Parameters
        ----------
        game : NormalFormGame
            A single game.
        start : int or sequence of array_like, one for each player, shape (n_i,)
            The number of a start of this solver, or strategies.

        Raises
        ------
        ValueError
            If the game is a batch or has payoffs that are not finite, or there is no such start.

        Examples
        --------
        >>> from negotiation_sim.equilibria.adjustment.best_reply import BestReplyDynamics
        >>> pennies = NormalFormGame.from_arrays([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
        >>> BestReplyDynamics(max_rounds=3).path(pennies, [[1, 0], [1, 0]]).strategies[1]
        array([[1., 0.],
               [0., 1.],
               [1., 0.],
               [0., 1.]])
        """
        self._check(game)
        if game.batch_shape:
            raise ValueError(f"path expected a single game; got the batch {game.batch_shape}. Pick one game with game[index].")
        if not game.finite.all():
            raise ValueError(f"path expected finite payoffs. {Status.NOT_FINITE.advice}")
        if isinstance(start, Iterable):
            entries = each_of(start, "start must be the number of a start, or a list of one strategy a player")
            rows = [number_array(x, f"start[{i}] must hold one probability an action") for i, x in enumerate(entries)]
            strategies, number = starting_strategies(read_starts([x[None] for x in rows]), self.seed, game.shape), 0
        else:
            strategies = starting_strategies(self.starts, self.seed, game.shape)
            last = len(strategies[0]) - 1
            number = whole_number(start, f"start must be from 0 to {last}, the number of a start, or a list of one strategy a player", 0)
            if number > last:
                raise ValueError(f"start must be from 0 to {last}; got {number}")
        record: Record = [(0.0, tuple(x[number] for x in strategies))]
        self._run(Lanes.of(game.tensor, strategies, np.zeros(1, dtype=np.intp), np.array([number])), record)
        time = np.array([at for at, _ in record])
        return Trajectory(game, self, time, tuple(np.array(rows) for rows in zip(*(x for _, x in record), strict=True)))

    def summarise(self, game: NormalFormGame, classes: NDArray[np.integer[Any]], n_classes: int, keep: frozenset[str]) -> Summary:
        """Summarise where the starts end for a sweep; see `Summary`.

        ``probability`` is the mean, over all starts, of the chance that the start's end gives the class; starts that do not settle end
        nowhere and add nothing, so what the classes lack to 1 is the share of starts that do not settle (or settle outside all classes).
        ``count`` is the number of distinct end points that are certified equilibria; regret and payoffs are those of certified ends.
        ``complete`` is NO: dynamics find what attracts.

        Parameters
        ----------
        game : NormalFormGame
        classes : ndarray of int8, shape (a_0, ..., a_{N-1})
            Outcome class of each profile, from 0 to n_classes - 1; -1 for none.
        n_classes : int
        keep : frozenset of str
            The fields of `Summary` to fill beside status, complete, count, supported and probability. There is no margin.
        """
        self._check(game)
        check_classes(classes, n_classes, game.shape)
        games, players = game.games, len(game.players)
        status, count = np.empty(games, dtype=np.int8), np.zeros(games, dtype=np.int32)
        chance = np.full((n_classes, games), np.nan)
        payoffs, regret = np.full((2, players, games), np.nan), np.full(games, np.nan)
        number = self.starts if isinstance(self.starts, int) else len(self.starts[0])
        for part in chunks(games, max(1, _SUMMARY_LANES // number)):
            local = NormalFormGame.from_tensor(game.tensor[..., part], (part.stop - part.start,), game.players)
            found = self(local)
            status[part] = found.status
            start, ends = distinct_ends(found)
            count[part] = np.diff(start)
            chance[:, part] = settled_chance(found, classes, n_classes)
            good = found.certified
            some = np.flatnonzero(good.any(axis=1))
            if len(some) and "regret_max" in keep:
                regret[part.start + some] = np.where(good, found.regret, -np.inf)[some].max(axis=1)
            if len(some) and keep & {"payoff_min", "payoff_max"}:
                index = np.repeat(np.arange(part.stop - part.start), np.diff(start))
                gained = certify_mixed(local.tensor, index, [x.T for x in ends], 1e-9).payoffs
                payoffs[0][:, part.start + some] = np.minimum.reduceat(gained, start[some], axis=1)
                payoffs[1][:, part.start + some] = np.maximum.reduceat(gained, start[some], axis=1)
        with np.errstate(invalid="ignore"):
            return Summary(
                status=status,
                complete=np.full(games, Completeness.NO, dtype=np.int8),
                count=count,
                supported=chance > 1e-9,
                certain=chance > 1 - 1e-9 if "certain" in keep else None,
                payoff_min=payoffs[0] if "payoff_min" in keep else None,
                payoff_max=payoffs[1] if "payoff_max" in keep else None,
                regret_max=regret if "regret_max" in keep else None,
                probability=chance,
            )

    def _check(self, game: NormalFormGame) -> None:
        if not isinstance(game, NormalFormGame):
            raise TypeError(
                f"{type(self).__name__} takes a NormalFormGame; got {type(game).__name__}. "
                "A staged game has a simultaneous form: game, plays = staged.normal_form()."
            )


def _size(shape: tuple[int, ...]) -> int:
    """Lanes a chunk: so many that the few that go on for long do not each wait for an own loop, and not too many for the cache."""
    numbers = len(shape) * math.prod(shape) + 16 * sum(shape)
    return max(64, min(16384, (1 << 22) // numbers))
