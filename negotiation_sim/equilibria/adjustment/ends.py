"""Where adjustment ends, for every game of a batch and every start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks
from negotiation_sim._table import Shown, Table, number_text
from negotiation_sim.equilibria.adjustment.basins import Basins, share_out
from negotiation_sim.equilibria.certificate import certify_mixed
from negotiation_sim.equilibria.margins import class_probability
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.solution import Variable
from negotiation_sim.status import Status

if TYPE_CHECKING:
    import pandas as pd

    from negotiation_sim.equilibria.entries import Equilibria

__all__ = ["Adjustments", "collect"]


@dataclass(frozen=True, eq=False, repr=False)
class Adjustments(Shown):
    """Where play ends from each start, in each game of a batch.

    Parameters
    ----------
    game : NormalFormGame
        What was played.
    solver : object
        The rule of adjustment.
    status : ndarray of int8, shape (*batch,)
        OK, or NOT_FINITE. That a start does not settle (it may cycle for ever) is a fact about the game, told by ``settled``.
    strategies : tuple of ndarray, one for each player, shape (*batch, start, n_i)
        Probability of each action at the end; NaN where the game is not finite.
    settled : ndarray of bool, shape (*batch, start)
        Play had come to rest (fictitious play: to within the solver's ``tol`` of an equilibrium).
    regret : ndarray, shape (*batch, start)
        The certificate: largest gain from a deviation at the end, as a share of the deviator's payoff range, by code that did not find it.
    time : ndarray, shape (*batch, start)
        Rounds, or time in units of 1 / payoff range, until then.
    period : ndarray of int32, shape (*batch, start)
        Best-reply dynamics in a fixed order: the length of the cycle in rounds, 1 at a rest point. 0 where not known.
    concept : str
    """

    game: NormalFormGame
    solver: Any
    status: NDArray[np.int8]
    strategies: tuple[NDArray[np.float64], ...]
    settled: NDArray[np.bool_]
    regret: NDArray[np.float64]
    time: NDArray[np.float64]
    period: NDArray[np.int32]
    concept: str

    @property
    def form(self) -> str:
        """The form of the game that was played."""
        return self.game.form

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch; ``()`` for a single game."""
        return self.status.shape

    @property
    def starts(self) -> int:
        """Number of starts."""
        return int(self.settled.shape[-1])

    def class_probability(self, classes: NDArray[np.integer[Any]], n_classes: int) -> NDArray[np.float64]:
        """Chance of each outcome class over the starts that settled, each counting alike; what is missing to 1 is the share that did not.

        Parameters
        ----------
        classes : ndarray of int8, shape (a_0, ..., a_{N-1})
        n_classes : int

        Returns
        -------
        ndarray, shape (*batch, n_classes)
        """
        flat = [x.reshape(-1, x.shape[-1]).T for x in self.strategies]
        chance = class_probability(classes, n_classes, flat) * self.settled.reshape(-1)
        mean = chance.reshape((n_classes, self.game.games, self.starts)).mean(axis=-1)
        return np.asarray(np.moveaxis(mean.reshape((n_classes, *self.batch_shape)), 0, -1))

    def basins(self, equilibria: Equilibria, within: float | None = None) -> Basins:
        """Share of the starts that end in each of the equilibria given.

        Parameters
        ----------
        equilibria : Equilibria
            Of the same games, from any solver.
        within : float, optional
            Largest difference of a probability between the end and the equilibrium; by default the rule's own accuracy: 0.001 for
            replicator dynamics, 0.05 for fictitious play and logit dynamics (whose rest points are near Nash equilibria, not at them).

        Raises
        ------
        ValueError
            If the equilibria are of other games.
        """
        if equilibria.batch_shape != self.batch_shape or not np.array_equal(equilibria.game.payoffs, self.game.payoffs, equal_nan=True):
            raise ValueError("basins need the equilibria of the games that were played: solve the same game, ns.solve(game)")
        near = self.solver.accuracy if within is None else within
        if not 0 < near < 1:
            raise ValueError(f"within must lie between 0 and 1, as a difference of probabilities; got {within}")
        return share_out(self, equilibria, near)

    def variables(self, keep: Sequence[str] | None = None) -> dict[str, Variable]:
        """Labelled arrays, batch axes first (named ``batch_0``, ...): ``status``, ``settled``, ``regret``, ``time``, ``period``."""
        dims = tuple(f"batch_{k}" for k in range(len(self.batch_shape)))
        known = {
            "status": Variable(dims, self.status, Status.flag_attributes()),
            "settled": Variable((*dims, "start"), self.settled),
            "regret": Variable((*dims, "start"), self.regret, {"units": "share of the payoff range"}),
            "time": Variable((*dims, "start"), self.time),
            "period": Variable((*dims, "start"), self.period),
        }
        unknown = sorted(set(keep or ()) - set(known))
        if unknown:
            raise ValueError(f"keep must name some of {list(known)}; got {unknown}")
        return {name: known[name] for name in (known if keep is None else keep)}

    @property
    def tables(self) -> tuple[Table, ...]:
        """Where the starts of a single game end (ends that agree to 2 or 3 digits together), or how many games of a batch settled."""
        title = f"{self.concept[0].upper()}{self.concept[1:]} from {self.starts} starts, {self.form} form"
        if self.batch_shape:
            rows: list[Any] = []
            for status in np.unique(self.status):
                some = self.status == status
                rows.append((Status(int(status)).name, int(some.sum()), float(self.settled[some].mean())))
            return (Table(("status", "games", "share of starts settled"), rows, title, self.game.note),)
        digits = 3 if self.solver.accuracy <= 1e-3 else 2
        told: dict[str, list[int]] = {}
        for k in range(self.starts):
            mixes = [x[k] for x in self.strategies]
            play = ", ".join(_mix(x, actions, digits) for x, actions in zip(mixes, self.game.actions, strict=True))
            told.setdefault(play if self.settled[k] else "does not settle", []).append(k)
        rows = []
        for play, some in sorted(told.items(), key=lambda item: -len(item[1])):
            worst = float(self.regret[some].max()) if self.settled[some].all() else None
            rows.append((play, len(some), len(some) / max(self.starts, 1), worst))
        return (Table(("ends at", "starts", "share", "regret"), rows, title, self.game.note),)

    def to_pandas(self) -> pd.DataFrame:
        """Return the table as a DataFrame."""
        return self.tables[0].to_pandas()

    def __repr__(self) -> str:
        return f"Adjustments({self.concept}, {self.starts} starts, {self.form} form, batch {self.batch_shape})"


def collect(
    game: NormalFormGame,
    solver: Any,
    mixes: Sequence[NDArray[np.float64]],
    settled: NDArray[np.bool_] | None,
    time: NDArray[np.float64],
    period: NDArray[np.int32] | None = None,
) -> Adjustments:
    """Certify ends ``mixes`` (n_i, games, start) and wrap them; without ``settled``, those of a regret up to the rule's ``tol`` are."""
    games, starts = mixes[0].shape[1:]
    shape = game.batch_shape
    regret = np.empty((games, starts))
    for part in chunks(games, max(1, (1 << 18) // max(starts, 1))):
        some = [x[:, part].reshape(len(x), -1) for x in mixes]
        index = np.repeat(np.arange(part.start, part.stop), starts)
        with np.errstate(invalid="ignore", over="ignore"):
            regret[part] = certify_mixed(game.tensor, index, some, 1e-9).regret.reshape(-1, starts)
    bad = ~game.finite
    regret[bad] = np.nan
    rest = regret <= solver.tol if settled is None else settled & ~bad[:, None]
    status = np.where(bad, np.int8(Status.NOT_FINITE), np.int8(Status.OK))
    for x in mixes:
        x[:, bad] = np.nan
    return Adjustments(
        game=game,
        solver=solver,
        status=status.reshape(shape),
        strategies=tuple(np.moveaxis(x.reshape((len(x), *shape, starts)), 0, -1) for x in mixes),
        settled=rest.reshape((*shape, starts)),
        regret=regret.reshape((*shape, starts)),
        time=np.where(bad[:, None], np.nan, time).reshape((*shape, starts)),
        period=(np.zeros((games, starts), dtype=np.int32) if period is None else period).reshape((*shape, starts)),
        concept=solver.concept,
    )


def _mix(strategy: NDArray[np.float64], actions: Sequence[str], digits: int) -> str:
    used = [(round(float(p), digits), name) for p, name in zip(strategy, actions, strict=True) if not round(float(p), digits) <= 0]
    return used[0][1] if len(used) == 1 else " + ".join(f"{number_text(p)} {name}" for p, name in used)
