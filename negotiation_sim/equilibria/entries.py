"""What solvers return: every solution of every game of a batch, each with its certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._table import Table, number_text
from negotiation_sim.equilibria.certificate import certify_mixed
from negotiation_sim.equilibria.compressed import Entries
from negotiation_sim.equilibria.margins import class_probability, margin_mixed
from negotiation_sim.equilibria.paths import Paths
from negotiation_sim.equilibria.resolution import Resolution
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status

__all__ = ["Equilibria", "Paths"]


@dataclass(frozen=True, eq=False, repr=False)
class Equilibria(Entries):
    """Nash equilibria of a batch of normal-form games.

    Parameters
    ----------
    game : NormalFormGame
        What was solved.
    solver : object
        The solver, with its tolerances and choices.
    status, complete : ndarray of int8, shape (*batch,)
        A `Status` and a `Completeness` for each game.
    start : ndarray of int64, shape (games + 1,)
        Where the entries of each game begin.
    strategies : tuple of ndarray, one for each player, shape (entry, n_i)
        Probability of each action.
    payoffs : ndarray, shape (entry, player)
        Expected payoffs.
    regret : ndarray, shape (entry,)
        The certificate: the largest gain from a deviation, as a share of the deviating player's payoff range in that game, computed
        by code that did not find the equilibrium. Gains within the rounding of the payoffs (see `Resolution`) are 0.
    strict : ndarray of bool, shape (entry,)
        Every deviation to another pure action loses more than `rtol` times the range, so only pure profiles can be strict.
    rtol : float
        Gains and losses up to this share of the payoff range count as zero.
    concept : str
        ``"nash"``.
    """

    game: NormalFormGame
    solver: object
    status: NDArray[np.int8]
    complete: NDArray[np.int8]
    start: NDArray[np.int64]
    strategies: tuple[NDArray[np.float64], ...]
    payoffs: NDArray[np.float64]
    regret: NDArray[np.float64]
    strict: NDArray[np.bool_]
    rtol: float = 1e-9
    concept: str = "nash"

    @classmethod
    def from_strategies(
        cls,
        game: NormalFormGame,
        solver: object,
        start: NDArray[np.int64],
        strategies: Sequence[NDArray[np.float64]],
        complete: ArrayLike,
        status: ArrayLike | None = None,
        rtol: float = 1e-9,
        concept: str = "nash",
    ) -> Equilibria:
        """Certify profiles that a solver found.

        Parameters
        ----------
        game, solver, rtol, concept
            As in the class.
        start : ndarray of int64, shape (games + 1,)
        strategies : sequence of ndarray, one for each player, shape (entry, n_i)
            Sorted by game. Fastest when the entry is the fastest axis in memory, ``array_of_shape_n_entry.T``.
        complete : array_like of int, shape (), (games,) or (*batch,)
        status : array_like of int, the same shapes, optional
            By default OK, or NOT_FINITE where the game says so. A game that is not OK is never complete.
        """
        default = np.where(game.finite, np.int8(Status.OK), np.int8(Status.NOT_FINITE))
        found = default if status is None else _per_game(status, game)
        whole = np.where(found == Status.OK, _per_game(complete, game), np.int8(Completeness.NO))
        index = np.repeat(np.arange(game.games), np.diff(start))
        verdict = certify_mixed(game.tensor, index, [x.T for x in strategies], rtol)
        return cls(
            game=game,
            solver=solver,
            status=found.reshape(game.batch_shape),
            complete=whole.reshape(game.batch_shape),
            start=np.asarray(start, dtype=np.int64),
            strategies=tuple(strategies),
            payoffs=verdict.payoffs.T,
            regret=verdict.regret,
            strict=verdict.strict,
            rtol=rtol,
            concept=concept,
        )

    @property
    def form(self) -> str:
        """The form of the game that was solved."""
        return self.game.form

    def profiles(self, index: int | tuple[int, ...] = ()) -> list[tuple[NDArray[np.float64], ...]]:
        """List the equilibria of one game, each a tuple of one probability vector a player.

        Parameters
        ----------
        index : int or tuple of int
            Place of the game in the batch; nothing for a single game.
        """
        entries = self._slice(index)
        return [tuple(x[e] for x in self.strategies) for e in range(entries.start, entries.stop)]

    def padded(self, k: int | None = None) -> tuple[NDArray[np.float64], ...]:
        """Strategies in slots: one array a player of shape ``(*batch, k, n_i)``, NaN in empty slots.

        Raises
        ------
        ValueError
            If a game has more than ``k`` equilibria. By default ``k`` is the largest count.
        """
        size, slot = self._slots(k)
        out = []
        for x in self.strategies:
            full = np.full((self.game.games * size, x.shape[1]), np.nan)
            full[slot] = x
            out.append(full.reshape((*self.batch_shape, size, x.shape[1])))
        return tuple(out)

    def class_probability(self, classes: NDArray[np.integer[Any]], n_classes: int) -> NDArray[np.float64]:
        """Probability that each equilibrium gives each outcome class.

        Parameters
        ----------
        classes : ndarray of int8, shape (a_0, ..., a_{N-1})
            Class of each profile; -1 for none.
        n_classes : int

        Returns
        -------
        ndarray, shape (entry, n_classes)
        """
        return class_probability(classes, n_classes, [x.T for x in self.strategies]).T

    def margin(self, classes: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        """Smallest loss, as a share of the mover's payoff range, from a deviation that leaves the outcome class.

        A deviation to a pure action leaves when it changes the probability of some class. Infinite where none leaves.

        Returns
        -------
        ndarray, shape (entry,)
        """
        return margin_mixed(self.game.tensor, self.index, [x.T for x in self.strategies], Resolution.of(self.game.tensor), classes)

    def strict_between_outcomes(self, classes: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """Whether every deviation that leaves the outcome class loses more than `rtol` times the range; shape ``(entry,)``."""
        return self.margin(classes) > self.rtol

    def __repr__(self) -> str:
        return f"Equilibria({self.concept}, {self.form} form, {len(self)} in batch {self.batch_shape})"

    def _table(self) -> Table:
        title = f"Nash equilibria, {self.form} form"
        if self.batch_shape:
            return self._tally(title)
        names = self.game.players
        rows = []
        for e, profile in enumerate(self.profiles()):
            said = [_mixture(x, labels) for x, labels in zip(profile, self.game.actions, strict=True)]
            rows.append((e + 1, *said, *self.payoffs[e], bool(self.strict[e])))
        return Table(("", *names, *(f"payoff {name}" for name in names), "strict"), rows, title=title, note=self._said(self._verdict()))


def _per_game(values: ArrayLike, game: NormalFormGame) -> NDArray[np.int8]:
    """One int8 a game, flat, from a scalar or an array over the games or the batch."""
    array = np.asarray(values, dtype=np.int8)
    return np.array(np.broadcast_to(array.reshape(-1) if array.ndim else array, (game.games,)))


def _mixture(strategy: NDArray[np.float64], labels: Sequence[str]) -> str:
    used = [(float(p), label) for p, label in zip(strategy, labels, strict=True) if not p <= 0]
    if len(used) == 1 and used[0][0] == 1:
        return used[0][1]
    return " + ".join(f"{'?' if p != p else number_text(p)} {label}" for p, label in used)
