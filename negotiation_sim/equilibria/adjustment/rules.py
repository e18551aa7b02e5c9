"""Rules by which play adjusts, each run from many starts on every game of a batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._arrays import chunks
from negotiation_sim.equilibria.adjustment.beliefs import learn
from negotiation_sim.equilibria.adjustment.ends import Adjustments, collect
from negotiation_sim.equilibria.adjustment.flows import Flow, integrate, logit_flow, replicator_flow
from negotiation_sim.equilibria.adjustment.reply_tables import Walk, follow, follow_movers, moves, one_round
from negotiation_sim.equilibria.adjustment.scaled import Scaled
from negotiation_sim.equilibria.adjustment.starts import draw_mixes, draw_movers, draw_profiles, read_mixes, read_profiles
from negotiation_sim.equilibria.resolution import Resolution
from negotiation_sim.equilibria.summary import Summary, check_classes
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status

__all__ = ["BestReplyDynamics", "Dynamics", "FictitiousPlay", "LogitDynamics", "ReplicatorDynamics"]

Array = NDArray[np.float64]
CELLS = 1 << 20  # payoffs held at a time


class Dynamics(ABC):
    """What the rules share: they are called with a game, and summarised for sweeps."""

    concept: ClassVar[str]
    among: ClassVar[str] = ""
    takes: ClassVar[type] = NormalFormGame
    accuracy: ClassVar[float]
    """How far ends may lie from an equilibrium that they stand for: largest difference of a probability."""

    @property
    def allowance(self) -> float:
        """Largest regret of an end that counts as an equilibrium, as a share of the payoff range."""
        return 1e-6

    @property
    def exhaustive(self) -> bool:
        """Whether every possible start is one."""
        return False

    @abstractmethod
    def __call__(self, game: NormalFormGame) -> Adjustments:
        """Run from every start in every game of the batch."""

    def summarise(self, game: NormalFormGame, classes: NDArray[np.integer[Any]], n_classes: int, keep: frozenset[str]) -> Summary:
        """Summarise for a sweep; see `Summary`.

        ``probability`` is the share of starts that end in each class (mixed ends count by their probabilities); the share that does not
        settle is missing from it. ``count`` is the number of starts that settled, ``regret_max`` and the range of payoffs are over them.
        """
        check_classes(classes, n_classes, game.shape)
        found = self(game)
        games, starts = game.games, found.starts
        probability = np.moveaxis(found.class_probability(classes, n_classes), -1, 0).reshape((n_classes, games))
        settled = found.settled.reshape((games, starts))
        probability[:, ~game.finite] = np.nan
        low, high = np.full((2, len(game.players), games), np.nan)
        if keep & {"payoff_min", "payoff_max"}:
            for i, values in enumerate(_payoffs(game, found)):
                low[i] = np.where(settled, values, np.inf).min(axis=1, initial=np.inf)
                high[i] = np.where(settled, values, -np.inf).max(axis=1, initial=-np.inf)
            none = ~settled.any(axis=1)
            low[:, none], high[:, none] = np.nan, np.nan
        regret = np.where(settled, found.regret.reshape((games, starts)), -np.inf).max(axis=1, initial=-np.inf)
        regret[np.isneginf(regret)] = np.nan
        with np.errstate(invalid="ignore"):
            supported, certain = probability > 1e-9, probability > 1 - 1e-9
        return Summary(
            status=found.status.reshape(-1),
            complete=np.full(games, Completeness.NO, dtype=np.int8),
            count=settled.sum(axis=1, dtype=np.int32),
            supported=supported,
            certain=certain if "certain" in keep else None,
            payoff_min=low if "payoff_min" in keep else None,
            payoff_max=high if "payoff_max" in keep else None,
            regret_max=regret if "regret_max" in keep else None,
            probability=probability,
        )


def _payoffs(game: NormalFormGame, found: Adjustments) -> list[Array]:
    """Expected payoffs at the ends: (games, start) for each player."""
    flat = [x.reshape((game.games, found.starts, x.shape[-1])) for x in found.strategies]
    letters = "abcdefghijklmnopqrstuvw"[: len(flat)]
    terms = ",".join([f"{letters}y", *(f"yz{a}" for a in letters)])
    return [np.einsum(f"{terms}->yz", own, *flat, optimize=True) for own in game.tensor]


def _check_count(name: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name} must be an integer of at least {least}; got {value!r}")


def _check_positive(name: str, value: float, what: str) -> None:
    if not 0 < value < np.inf:
        raise ValueError(f"{name} must be a positive number, {what}; got {value!r}")


def _is_game(game: object, who: str) -> None:
    if not isinstance(game, NormalFormGame):
        raise TypeError(f"{who} plays a NormalFormGame; got {type(game).__name__}. Of a staged game: game, plays = staged.normal_form().")


@dataclass(frozen=True, eq=False)
class BestReplyDynamics(Dynamics):
    """Let players take turns to switch to a best reply to what the others do now, from pure profiles.

    A player who already plays a best reply stays; else the first of the best replies is taken (ties within ``rtol``). Play that stops
    is at a pure Nash equilibrium. In a game with a potential, moves one at a time always stop (Monderer and Shapley 1996).

    Parameters
    ----------
    order : {"sequential", "simultaneous", "random"}, default "sequential"
        In each round all players move, in their order or together; or one player is drawn for each move, ``players`` moves a round.
    starts : "all", int, or array_like of int, shape (start, player), default "all"
        Every pure profile; so many drawn with the seed; or these, by the numbers of the actions.
    seed : int, default 0
        Of starts and movers: the same for every game of the same shape.
    max_rounds : int, default 1000
        For the random order; a fixed order is followed exactly to its rest point or cycle, however long.
    rtol : float, default 1e-9
        Gains up to this share of the payoff range do not move a player.

    References
    ----------
    D. Monderer and L. Shapley (1996), "Potential games", Games and Economic Behavior 14, 124-143.

    Examples
    --------
    >>> pennies = NormalFormGame.from_arrays([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    >>> BestReplyDynamics("simultaneous")(pennies).period
    array([4, 4, 4, 4], dtype=int32)
    """

    order: Literal["sequential", "simultaneous", "random"] = "sequential"
    starts: Any = "all"
    seed: int = 0
    max_rounds: int = 1000
    rtol: float = 1e-9

    concept: ClassVar[str] = "best-reply dynamics"
    among: ClassVar[str] = "pure strategies"
    accuracy: ClassVar[float] = 1e-9
    tol: ClassVar[float] = 1e-9

    def __post_init__(self) -> None:
        if self.order not in ("sequential", "simultaneous", "random"):
            raise ValueError(f'order must be "sequential", "simultaneous" or "random"; got {self.order!r}')
        if isinstance(self.starts, str) and self.starts != "all":
            raise ValueError(f'starts must be "all", a number, or an array of action numbers; got {self.starts!r}')
        if isinstance(self.starts, int):
            _check_count("starts", self.starts, 1)
        _check_count("max_rounds", self.max_rounds, 1)
        if not 0 <= self.rtol < 1:
            raise ValueError(f"rtol must be a share of the payoff range, at least 0 and below 1; got {self.rtol}")

    @property
    def exhaustive(self) -> bool:
        """Whether every pure profile is a start, and nothing is drawn."""
        return isinstance(self.starts, str) and self.order != "random"

    def __call__(self, game: NormalFormGame) -> Adjustments:
        """Run from every start in every game of the batch.

        Raises
        ------
        ValueError
            If the starts do not fit the game.
        """
        _is_game(game, "BestReplyDynamics")
        profiles = int(np.prod(game.shape))
        if isinstance(self.starts, str):
            starts = np.arange(profiles)
        elif isinstance(self.starts, int | np.integer):
            starts = draw_profiles(game.shape, int(self.starts), self.seed)
        else:
            starts = read_profiles(self.starts, game.shape)
        scaled = Scaled.of(game, self.rtol)
        players, count = len(game.players), len(starts)
        movers = draw_movers(players, self.max_rounds, count, self.seed) if self.order == "random" else None
        mixes = [np.zeros((n, game.games, count)) for n in game.shape]
        period, rounds = np.zeros((2, game.games, count), dtype=np.int32)
        for part in chunks(game.games, max(1, CELLS // (profiles * players + count))):
            tables = moves(scaled.tensor[..., part], scaled.tie[:, part])
            walk: Walk
            if movers is None:
                walk = follow(one_round(tables, self.order == "simultaneous"), starts)
            else:
                walk = follow_movers(tables, starts, movers)
            period[part], rounds[part] = walk.period.T, walk.rounds.T
            for x, action in zip(mixes, np.unravel_index(walk.profile.T, game.shape), strict=True):
                np.put_along_axis(x[:, part], action[None], 1.0, axis=0)
        # A profile that a simultaneous round leaves as it is, nobody wants to leave; a cycle of length one is a rest point.
        return collect(game, self, mixes, period == 1, rounds.astype(np.float64), period)


@dataclass(frozen=True, eq=False)
class _Flowing(Dynamics):
    """Dynamics in continuous time from mixed starts."""

    starts: Any = 256
    seed: int = 0
    max_time: float = 1000.0
    step: float = 0.2
    tol: float = 1e-6

    accuracy: ClassVar[float] = 1e-3

    def __post_init__(self) -> None:
        if isinstance(self.starts, int | float):
            _check_count("starts", self.starts, 1)
        _check_positive("max_time", self.max_time, "in units of 1 / payoff range")
        _check_positive("step", self.step, "in units of 1 / payoff range")
        _check_positive("tol", self.tol, "as a share of the payoff range")

    def __call__(self, game: NormalFormGame) -> Adjustments:
        """Run from every start in every game of the batch.

        Raises
        ------
        ValueError
            If the starts do not fit the game.
        """
        _is_game(game, type(self).__name__)
        mixes = _mixed_starts(self.starts, game, self.seed)
        scaled, count = Scaled.of(game, 0.0), mixes[0].shape[1]
        ended = [np.empty((n, game.games, count)) for n in game.shape]
        settled, time = np.zeros((game.games, count), dtype=bool), np.zeros((game.games, count))
        for part in chunks(game.games, _games_at_once(game, count)):
            index = np.repeat(np.arange(part.start, part.stop), count)
            flow, states, step = self._ready(game, index, [np.tile(x, part.stop - part.start) for x in mixes])
            run = integrate(flow, scaled.tensor, index, states, step, self.max_time, self.tol)
            for whole, x in zip(ended, run.mixes, strict=True):
                whole[:, part] = x.reshape(len(x), -1, count)
            settled[part], time[part] = run.settled.reshape(-1, count), run.time.reshape(-1, count)
        return collect(game, self, ended, settled, time)

    def path(self, game: NormalFormGame, starts: Sequence[ArrayLike] | int = 1) -> tuple[Array, ...]:
        """Follow a single game and keep what happens, every eight steps, until all starts have settled.

        Parameters
        ----------
        game : NormalFormGame
            A single game.
        starts : int, or sequence of array_like, one for each player, shape (start, n_i)

        Returns
        -------
        tuple of ndarray, one for each player, shape (time, start, n_i)
        """
        _one_game(game)
        mixes = _mixed_starts(starts, game, self.seed)
        index = np.zeros(mixes[0].shape[1], dtype=np.intp)
        flow, states, step = self._ready(game, index, mixes)
        run = integrate(flow, Scaled.of(game, 0.0).tensor, index, states, step, self.max_time, self.tol, record=True)
        return tuple(np.stack([seen[i].T for seen in run.record]) for i in range(len(mixes)))

    @abstractmethod
    def _ready(self, game: NormalFormGame, index: NDArray[np.intp], mixes: list[Array]) -> tuple[Flow, list[Array], Array]:
        """The equation, its states at the start, and the step of each entry."""


@dataclass(frozen=True, eq=False)
class ReplicatorDynamics(_Flowing):
    r"""Let the share of an action grow by how much better than average it pays: imitation, or evolution, in one population a player.

    :math:`\dot x_{ia} = x_{ia} (u_{ia} - \bar u_i)`, each player's payoffs mapped to [0, 1]. From the interior, play that converges
    converges to a Nash equilibrium; from a face it never leaves the face, and may rest where an unused action would pay more.

    Parameters
    ----------
    starts : int, or sequence of array_like, one for each player, shape (start, n_i), default 256
        So many, uniform on the simplices, drawn with the seed; or these.
    seed : int, default 0
        The same starts for every game of the same shape.
    max_time : float, default 1000
        In units of 1 / payoff range. Starts that have not settled by then (many cycle) count as unsettled.
    step : float, default 0.2
        Of the fourth-order Runge-Kutta method, in the same unit.
    tol : float, default 1e-6
        Settled: no action in use pays more than this above average, as a share of the payoff range.

    References
    ----------
    P. Taylor (1979), "Evolutionarily stable strategies with two types of player", Journal of Applied Probability 16, 76-83.
    J. Weibull (1995), Evolutionary Game Theory, MIT Press, section 5.2.

    Examples
    --------
    >>> hunt = NormalFormGame.from_arrays([[4, 0], [3, 2]], [[4, 3], [0, 2]], actions=[["stag", "hare"]] * 2)
    >>> from negotiation_sim.equilibria.bimatrix import AllNash
    >>> print(ReplicatorDynamics(starts=1000)(hunt).basins(AllNash()(hunt)))
    Where 1000 starts end
    <BLANKLINE>
    ends at                                           share  standard error
    ───────────────────────────────────────────────────────────────────────
    stag, stag                                        0.245        0.013601
    hare, hare                                        0.755        0.013601
    0.667 stag + 0.333 hare, 0.667 stag + 0.333 hare  0.000        0.000000
    """

    concept: ClassVar[str] = "replicator dynamics"

    def _ready(self, game: NormalFormGame, index: NDArray[np.intp], mixes: list[Array]) -> tuple[Flow, list[Array], Array]:
        with np.errstate(divide="ignore"):
            states = [np.log(x) for x in mixes]
        return replicator_flow(), states, np.full(len(index), self.step)


@dataclass(frozen=True, eq=False)
class LogitDynamics(_Flowing):
    r"""Let each player's strategy move towards the logit response to the others': :math:`\dot x_i = L_i(x) - x_i`.

    Rest points are the logit quantal response equilibria of the precision (`LogitQRE`), with regret: they are near Nash equilibria only if
    precision is high.

    Parameters
    ----------
    starts, seed, max_time, step, tol
        As in `ReplicatorDynamics`; ``tol`` is the largest change of a probability in a unit of time. The step is shortened where precision
        is high, and after 20,000 steps a start counts as unsettled: precision times payoff range should stay below some hundreds.
    precision : float, optional
        In units of 1 / payoff, at least 0; by default 10 over the largest payoff range of the game, as for `LogitQRE`.

    References
    ----------
    D. Fudenberg and D. Levine (1998), The Theory of Learning in Games, MIT Press, chapter 4.
    J. Hofbauer and W. Sandholm (2002), "On the global convergence of stochastic fictitious play", Econometrica 70, 2265-2294.

    Examples
    --------
    >>> chicken = NormalFormGame.from_arrays([[0, -1], [1, -5]], [[0, 1], [-1, -5]])
    >>> found = LogitDynamics(starts=4, precision=0.5, tol=1e-9)(chicken)
    >>> found.strategies[0][:, 1].round(6)
    array([0.385875, 0.385875, 0.385875, 0.385875])
    """

    precision: float | None = None

    concept: ClassVar[str] = "logit dynamics"
    accuracy: ClassVar[float] = 0.05

    @property
    def allowance(self) -> float:
        """Rest points with a regret of up to 5 % of the payoff range are near an equilibrium."""
        return 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.precision is not None and not 0 <= self.precision < np.inf:
            raise ValueError(f"precision must be finite and at least 0, in units of 1 / payoff; got {self.precision!r}")

    def _ready(self, game: NormalFormGame, index: NDArray[np.intp], mixes: list[Array]) -> tuple[Flow, list[Array], Array]:
        span = Resolution.of(game.tensor).unit
        span = np.where(game.finite, span, 1.0)
        scaled = (10.0 / span.max(axis=0)) * span if self.precision is None else self.precision * span
        per_entry = scaled[:, index]
        return logit_flow(per_entry), [x.copy() for x in mixes], self.step / (1 + per_entry.max(axis=0) / 8)


@dataclass(frozen=True, eq=False)
class FictitiousPlay(Dynamics):
    """Let each player reply best to the frequencies with which the others have played so far (Brown 1951), all at once.

    The ends are these frequencies. They approach an equilibrium in zero-sum, potential and non-degenerate 2 x 2 games, slowly, and cycle
    in others (Shapley 1964).

    Parameters
    ----------
    rounds : int, default 1000
    starts : int, or sequence of array_like, one for each player, shape (start, n_i), default 64
        First beliefs: drawn as in `ReplicatorDynamics`, or given.
    seed : int, default 0
    weight : float, default 1
        First beliefs count like so many rounds.
    tol : float, default 0.01
        Settled: at the end nobody could gain more than this share of the payoff range against the frequencies.
    rtol : float, default 1e-9
        Ties, up to this share of the payoff range, go to the first action.

    References
    ----------
    G. Brown (1951), "Iterative solution of games by fictitious play", in Koopmans (ed.), Activity Analysis of Production and Allocation.
    J. Robinson (1951), "An iterative method of solving a game", Annals of Mathematics 54, 296-301.
    L. Shapley (1964), "Some topics in two-person games", Annals of Mathematics Studies 52, 1-28.

    Examples
    --------
    >>> pennies = NormalFormGame.from_arrays([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    >>> found = FictitiousPlay(rounds=5000, starts=3)(pennies)
    >>> found.strategies[0].round(1)
    array([[0.5, 0.5],
           [0.5, 0.5],
           [0.5, 0.5]])
    """

    rounds: int = 1000
    starts: Any = 64
    seed: int = 0
    weight: float = 1.0
    tol: float = 0.01
    rtol: float = 1e-9

    concept: ClassVar[str] = "fictitious play"
    accuracy: ClassVar[float] = 0.05

    @property
    def allowance(self) -> float:
        """As ``tol``: frequencies only approach an equilibrium."""
        return self.tol

    def __post_init__(self) -> None:
        _check_count("rounds", self.rounds, 1)
        if isinstance(self.starts, int | float):
            _check_count("starts", self.starts, 1)
        _check_positive("weight", self.weight, "in rounds")
        _check_positive("tol", self.tol, "as a share of the payoff range")
        if not 0 <= self.rtol < 1:
            raise ValueError(f"rtol must be a share of the payoff range, at least 0 and below 1; got {self.rtol}")

    def __call__(self, game: NormalFormGame) -> Adjustments:
        """Run from every start in every game of the batch.

        Raises
        ------
        ValueError
            If the starts do not fit the game.
        """
        _is_game(game, "FictitiousPlay")
        mixes = _mixed_starts(self.starts, game, self.seed)
        scaled, count = Scaled.of(game, self.rtol), mixes[0].shape[1]
        ended = [np.empty((n, game.games, count)) for n in game.shape]
        for part in chunks(game.games, _games_at_once(game, count)):
            index = np.repeat(np.arange(part.start, part.stop), count)
            first = [np.tile(x, part.stop - part.start) for x in mixes]
            for whole, x in zip(ended, learn(scaled.tensor, scaled.tie, index, first, self.rounds, self.weight).mixes, strict=True):
                whole[:, part] = x.reshape(len(x), -1, count)
        return collect(game, self, ended, None, np.full((game.games, count), float(self.rounds)))

    def path(self, game: NormalFormGame, starts: Sequence[ArrayLike] | int = 1) -> tuple[Array, ...]:
        """Frequencies after every round, of a single game; shapes (rounds + 1, start, n_i); arguments as in `ReplicatorDynamics`."""
        _one_game(game)
        mixes = _mixed_starts(starts, game, self.seed)
        scaled = Scaled.of(game, self.rtol)
        index = np.zeros(mixes[0].shape[1], dtype=np.intp)
        seen = learn(scaled.tensor, scaled.tie, index, mixes, self.rounds, self.weight, record=True).record
        return tuple(np.stack([each[i].T for each in seen]) for i in range(len(mixes)))


def _mixed_starts(given: Any, game: NormalFormGame, seed: int) -> list[Array]:
    if isinstance(given, str):
        raise ValueError(f"starts must be a number, or one array of strategies for each player; got the text {given!r}")
    return draw_mixes(game.shape, int(given), seed) if isinstance(given, int | np.integer) else read_mixes(given, game.shape)


def _games_at_once(game: NormalFormGame, starts: int) -> int:
    return max(1, CELLS // (starts * len(game.players) * int(np.prod(game.shape))))


def _one_game(game: NormalFormGame) -> None:
    if game.batch_shape:
        raise ValueError(f"path follows a single game; got a batch of shape {game.batch_shape}: pick one with game[index]")
    if not game.finite.all():
        raise ValueError(f"path needs finite payoffs. {Status.NOT_FINITE.advice}")
