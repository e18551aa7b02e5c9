"""What a sweep keeps of a batch of solved games: which outcomes are supported, how many solutions, the range of payoffs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation_sim._arrays import chunks
from negotiation_sim.equilibria.certificates.deviations import Deviations
from negotiation_sim.equilibria.certificates.play_certificate import certify_plays
from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.margins import margin_plays
from negotiation_sim.status import Completeness, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from negotiation_sim.equilibria.entries import Equilibria

__all__ = [
    "Found",
    "Kernel",
    "PlayProblem",
    "Summary",
    "blank_signs",
    "check_classes",
    "list_plays",
    "summarise_entries",
    "summarise_plays",
]


@dataclass(frozen=True)
class Summary:
    """Per-game facts, games last; what was not asked for is None.

    Parameters
    ----------
    status, complete : ndarray of int8, shape (games,)
        A `Status` and a `Completeness` for each game.
    count : ndarray of int32, shape (games,)
        Number of solutions found.
    supported : ndarray of bool, shape (class, games)
        Some solution gives the class a probability above 1e-9.
    certain : ndarray of bool, shape (class, games), optional
        Some solution gives the class a probability above 1 - 1e-9.
    payoff_min, payoff_max : ndarray, shape (player, games), optional
        Lowest and highest payoff over the solutions; NaN where there is none.
    regret_max : ndarray, shape (games,), optional
        Largest regret of any solution, as a share of the deviating player's payoff range; NaN where there is no solution.
    margin : ndarray, shape (class, games), optional
        Largest margin among the solutions that support the class; NaN where the class is not supported.
    strict : ndarray of bool, shape (class, games), optional
        Some solution that supports the class is strict between outcomes.
    probability : ndarray, shape (class, games), optional
        Probability of each class, from solvers whose concept singles out one distribution over profiles (a quantal response, a mediator's
        optimum); NaN where there is none. Solvers that list equilibria leave it None.
    """

    status: NDArray[np.int8]
    complete: NDArray[np.int8]
    count: NDArray[np.int32]
    supported: NDArray[np.bool_]
    certain: NDArray[np.bool_] | None = None
    payoff_min: NDArray[np.float64] | None = None
    payoff_max: NDArray[np.float64] | None = None
    regret_max: NDArray[np.float64] | None = None
    margin: NDArray[np.float64] | None = None
    strict: NDArray[np.bool_] | None = None
    probability: NDArray[np.float64] | None = None

    def put(self, games: NDArray[np.intp], of: Summary) -> None:
        """Overwrite what is known of these games by the summary ``of`` them, in the fields that this one has."""
        for field in fields(self):
            if (into := getattr(self, field.name)) is not None:
                into[..., games] = getattr(of, field.name)


Kernel = Callable[["NDArray[np.float64]"], "tuple[Sequence[NDArray[np.bool_]], Resolution]"]
"""From payoffs ``(player, o_0, ..., n)`` to the supported plays of each stage, ``(o_0, ..., n)`` each, and the resolution of the payoffs.

A game with a payoff that is not finite supports nothing. The masks are scratch: they are overwritten by the next call.
"""


@dataclass(frozen=True)
class PlayProblem:
    """A batch of games over plays, with the kernel that finds the supported ones.

    Parameters
    ----------
    tensor : ndarray, shape (player, o_0, ..., o_{I-1}, games)
    owners : sequence of int, one for each instrument
    stages : sequence of sequences of int
    feasible : ndarray of bool, shape (o_0, ..., o_{I-1}), optional
    rtol : float
    kernel : Kernel
    """

    tensor: NDArray[np.float64]
    owners: Sequence[int]
    stages: Sequence[Sequence[int]]
    feasible: NDArray[np.bool_] | None
    rtol: float
    kernel: Kernel

    @property
    def games(self) -> int:
        """Number of games."""
        return int(self.tensor.shape[-1])

    @property
    def plays(self) -> int:
        """Number of plays, allowed or not."""
        return int(math.prod(self.tensor.shape[1:-1]))

    @property
    def chunk(self) -> int:
        """Games a chunk: long rows, and one player's payoffs in a second-level cache as far as the two agree."""
        size = max(min(8192, (1 << 17) // self.plays), min(1024, (1 << 21) // self.plays), 32)
        return 1 << (size.bit_length() - 1)

    def deviations(self) -> Deviations:
        """Tabulate where deviations lead."""
        return Deviations.build(self.tensor.shape[1:-1], self.owners, self.stages, self.feasible)

    def flat(self) -> NDArray[np.float64]:
        """The payoffs as ``(player, plays * games)``."""
        return self.tensor.reshape((self.tensor.shape[0], -1))


@dataclass(frozen=True)
class Found:
    """Supported plays of a batch, sorted by game, then play."""

    status: NDArray[np.int8]
    complete: NDArray[np.int8]
    start: NDArray[np.int64]
    play: NDArray[np.intp]
    payoffs: NDArray[np.float64]
    regret: NDArray[np.float64]
    strict: NDArray[np.bool_]


def list_plays(problem: PlayProblem) -> Found:
    """Solve in chunks and list every supported play with its payoffs and certificate."""
    deviations, flat, games = problem.deviations(), problem.flat(), problem.games
    status, count = np.empty(games, dtype=np.int8), np.empty(games, dtype=np.int64)
    kept: list[tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]] = []
    for part in chunks(games, problem.chunk):
        masks, scale = problem.kernel(problem.tensor[..., part])
        status[part] = _judged(scale)
        play, game, regret, slack = certify_plays(deviations, flat, masks, scale, part.start)
        order = np.argsort(game.astype(np.int16), kind="stable")
        play, game = play[order], game[order]
        count[part] = np.bincount(game, minlength=part.stop - part.start)
        kept.append((play, flat[:, play * games + (game + part.start)].T, regret[order], slack[order] > problem.rtol))
    start = np.zeros(games + 1, dtype=np.int64)
    np.cumsum(count, out=start[1:])
    complete = np.where(status == Status.OK, np.int8(Completeness.PROVED), np.int8(Completeness.NO))
    players = problem.tensor.shape[0]
    empty = (np.empty(0, dtype=np.intp), np.empty((0, players)), np.empty(0), np.empty(0, dtype=bool))
    play, payoffs, regret, strict = (np.concatenate(column) for column in zip(*(kept or [empty]), strict=True))
    return Found(status, complete, start, play, payoffs, regret, strict)


def summarise_plays(problem: PlayProblem, classes: NDArray[np.integer[Any]], n_classes: int, keep: frozenset[str]) -> Summary:
    """Solve in chunks and keep only what was asked for; strategies are never built."""
    check_classes(classes, n_classes, problem.tensor.shape[1:-1])
    out = _blank(problem.tensor.shape[0], problem.games, n_classes, keep)
    label = classes.reshape(-1)
    members = [np.flatnonzero(label == c) for c in range(n_classes)]
    listed = keep & {"payoff_min", "payoff_max", "regret_max", "margin", "strict"}
    deviations = problem.deviations() if listed else None
    flat, games = problem.flat(), problem.games
    for part in chunks(games, problem.chunk):
        masks, scale = problem.kernel(problem.tensor[..., part])
        out.status[part] = _judged(scale)
        path = masks[0].reshape((problem.plays, -1))
        path.sum(axis=0, dtype=np.int32, out=out.count[part])
        for c, rows in enumerate(members):
            np.logical_or.reduce(path[rows], axis=0, out=out.supported[c, part])
        if deviations is None:
            continue
        if out.regret_max is not None:
            play, game, regret, _ = certify_plays(deviations, flat, masks, scale, part.start, with_slack=False)
            np.maximum.at(out.regret_max[part], game, regret)
        else:
            found = np.flatnonzero(path)
            play = found // path.shape[1]
            game = found - play * path.shape[1]
        at = play * games + (game + part.start)
        for i in range(len(flat)):
            value = flat[i][at]
            if out.payoff_min is not None:
                np.minimum.at(out.payoff_min[i, part], game, value)
            if out.payoff_max is not None:
                np.maximum.at(out.payoff_max[i, part], game, value)
        if out.margin is not None:
            margin = margin_plays(deviations, flat, masks, scale, classes, problem.rtol, part.start)
            known = label[play] >= 0
            np.maximum.at(out.margin[:, part], (label[play][known], game[known]), margin[known])
    np.copyto(out.complete, np.int8(Completeness.PROVED), where=out.status == Status.OK)
    return _closed(out, keep, problem.rtol, certain=out.supported)


def summarise_entries(found: Equilibria, classes: NDArray[np.integer[Any]], n_classes: int, keep: frozenset[str]) -> Summary:
    """Summarise a solution that lists its equilibria (for solvers that build them anyway).

    Parameters
    ----------
    found : Equilibria
    classes : ndarray of int8, shape (a_0, ..., a_{N-1})
        Outcome class of each profile; -1 for none.
    n_classes : int
    keep : frozenset of str
        The fields of `Summary` to fill beside status, complete, count and supported.
    """
    game = found.game
    check_classes(classes, n_classes, game.shape)
    out = _blank(len(game.players), game.games, n_classes, keep)
    out.status[:], out.complete[:], out.count[:] = found.status.reshape(-1), found.complete.reshape(-1), found.count.reshape(-1)
    index = found.index
    chance = found.class_probability(classes, n_classes).T
    some = chance > 1e-9
    certain = np.zeros(out.supported.shape, dtype=bool) if "certain" in keep else out.supported
    for c in range(n_classes):
        out.supported[c, index[some[c]]] = True
        if "certain" in keep:
            certain[c, index[chance[c] > 1 - 1e-9]] = True
    for i in range(len(game.players)):
        if out.payoff_min is not None:
            np.minimum.at(out.payoff_min[i], index, found.payoffs[:, i])
        if out.payoff_max is not None:
            np.maximum.at(out.payoff_max[i], index, found.payoffs[:, i])
    if out.regret_max is not None:
        np.maximum.at(out.regret_max, index, found.regret)
    if out.margin is not None:
        margin = found.margin(classes)
        for c in range(n_classes):
            np.maximum.at(out.margin[c], index[some[c]], margin[some[c]])
    return _closed(out, keep, found.rtol, certain)


def check_classes(classes: NDArray[np.integer[Any]], n_classes: int, shape: tuple[int, ...]) -> None:
    """Raise ValueError unless ``classes`` labels every profile or play with -1 to n_classes - 1."""
    if classes.shape != tuple(shape):
        raise ValueError(f"classes must have the shape of the profiles (or plays), {tuple(shape)}; got {classes.shape}")
    if classes.dtype.kind not in "iu" or classes.max() >= n_classes or classes.min() < -1:
        raise ValueError(
            f"classes must be integers from -1 (no class) to {n_classes - 1}; got {classes.dtype} from {classes.min()} to {classes.max()}"
        )


def _judged(scale: Resolution) -> NDArray[np.int8]:
    """Status of each game."""
    return np.where(scale.finite, np.int8(Status.OK), np.int8(Status.NOT_FINITE))


def blank_signs(games: int, n_classes: int, certain: bool) -> Summary:
    """Make arrays for what signs alone say, counts and outcome classes, with whatever they hold."""
    return Summary(
        status=np.empty(games, dtype=np.int8),
        complete=np.empty(games, dtype=np.int8),
        count=np.empty(games, dtype=np.int32),
        supported=np.empty((n_classes, games), dtype=bool),
        certain=np.empty((n_classes, games), dtype=bool) if certain else None,
    )


def _blank(players: int, games: int, n_classes: int, keep: frozenset[str]) -> Summary:
    unknown = keep - set(Summary.__dataclass_fields__)
    if unknown:
        raise ValueError(f"keep must hold fields of a summary, {sorted(Summary.__dataclass_fields__)}; got {sorted(unknown)}")
    needs_margin = bool(keep & {"margin", "strict"})
    return Summary(
        status=np.zeros(games, dtype=np.int8),
        complete=np.zeros(games, dtype=np.int8),
        count=np.zeros(games, dtype=np.int32),
        supported=np.zeros((n_classes, games), dtype=bool),
        payoff_min=np.full((players, games), np.inf) if "payoff_min" in keep else None,
        payoff_max=np.full((players, games), -np.inf) if "payoff_max" in keep else None,
        regret_max=np.full(games, -np.inf) if "regret_max" in keep else None,
        margin=np.full((n_classes, games), -np.inf) if needs_margin else None,
    )


def _closed(out: Summary, keep: frozenset[str], rtol: float, certain: NDArray[np.bool_]) -> Summary:
    """Put NaN where there is no solution, and derive what follows from the rest."""
    none = out.count == 0
    for values in (out.payoff_min, out.payoff_max, out.regret_max):
        if values is not None:
            values[..., none] = np.nan
    strict = None
    if out.margin is not None:
        if "strict" in keep:
            strict = out.supported & (out.margin > rtol)
        out.margin[~out.supported] = np.nan
    return Summary(
        out.status,
        out.complete,
        out.count,
        out.supported,
        certain.copy() if "certain" in keep else None,
        out.payoff_min,
        out.payoff_max,
        out.regret_max,
        out.margin if "margin" in keep else None,
        strict,
    )
