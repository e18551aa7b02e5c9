"""Subgame-perfect paths of every game of a batch, each with its certificate and its witnesses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks
from negotiation_sim._table import Table
from negotiation_sim.equilibria.certificates.deviations import Deviations
from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.compressed import Entries
from negotiation_sim.equilibria.deterrence import Deterrent, deterrents
from negotiation_sim.equilibria.margins import margin_plays
from negotiation_sim.games.staged import StagedGame

__all__ = ["Paths", "StageSolver"]


class StageSolver(Protocol):
    """A solver that can tell which plays are supported from each stage on."""

    def masks(self, game: StagedGame) -> tuple[NDArray[np.bool_], ...]:
        """Return one mask a stage, shape ``(o_0, ..., o_{I-1}, games)``."""


@dataclass(frozen=True, eq=False, repr=False)
class Paths(Entries):
    """Paths of subgame-perfect equilibria, in pure strategies, of a batch of staged games.

    Parameters
    ----------
    game : StagedGame
        What was solved.
    solver : StageSolver
        The solver, with its tolerances; it supplies the punishments.
    status, complete : ndarray of int8, shape (*batch,)
        A `Status` and a `Completeness` (relative to pure strategies) for each game.
    start : ndarray of int64, shape (games + 1,)
        Where the entries of each game begin.
    play : ndarray of int, shape (entry,)
        Flat index of the play (C order over the instruments' options).
    payoffs : ndarray, shape (entry, player)
    regret : ndarray, shape (entry,)
        The certificate: the largest gain from a one-shot deviation, on the path or after any other history, as a share of the
        deviator's payoff range; computed by code that did not find the path.
    strict : ndarray of bool, shape (entry,)
        Every deviation on the path, punished as hard as the subgames allow, loses more than `rtol` times the range.
    rtol : float
        Gains and losses up to this share of the payoff range count as zero.
    concept : str
        ``"subgame-perfect"``.
    """

    game: StagedGame
    solver: StageSolver
    status: NDArray[np.int8]
    complete: NDArray[np.int8]
    start: NDArray[np.int64]
    play: NDArray[np.intp]
    payoffs: NDArray[np.float64]
    regret: NDArray[np.float64]
    strict: NDArray[np.bool_]
    rtol: float = 1e-9
    concept: str = "subgame-perfect"

    @property
    def form(self) -> str:
        """The form of the game that was solved."""
        return self.game.form

    def plays(self, index: int | tuple[int, ...] = ()) -> list[tuple[str, ...]]:
        """List the supported plays of one game by name, one option an instrument.

        Parameters
        ----------
        index : int or tuple of int
            Place of the game in the batch; nothing for a single game.
        """
        return [self.game.play(int(play)) for play in self.play[self._slice(index)]]

    def padded(self, k: int | None = None) -> NDArray[np.intp]:
        """Play indices in slots, shape ``(*batch, k)``; -1 in empty slots.

        Raises
        ------
        ValueError
            If a game has more than ``k`` paths. By default ``k`` is the largest count.
        """
        size, slot = self._slots(k)
        full = np.full(self.game.games * size, -1, dtype=np.intp)
        full[slot] = self.play
        return full.reshape((*self.batch_shape, size))

    def class_probability(self, classes: NDArray[np.integer[Any]], n_classes: int) -> NDArray[np.float64]:
        """1 for the outcome class of each path, else 0; shape ``(entry, n_classes)``.

        Parameters
        ----------
        classes : ndarray of int8, shape (o_0, ..., o_{I-1})
            Class of each play; -1 for none.
        n_classes : int
        """
        label: NDArray[np.integer[Any]] = classes.reshape(-1)[self.play]
        return np.asarray(label[:, None] == np.arange(n_classes), dtype=np.float64)

    def margin(self, classes: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        """Smallest loss, as a share of the mover's payoff range, from a deviation that leaves the outcome class.

        The loss is against the worst supported continuation. A deviation stays inside the class if some supported continuation has
        the same class and gives the mover no more than the path does. Infinite where none leaves.

        Returns
        -------
        ndarray, shape (entry,)
        """
        game, size = self.game, max(1, (1 << 22) // math.prod(self.game.shape))
        deviations = Deviations.build(game.shape, game.owners, game.stages, game.feasible)
        flat = game.tensor.reshape((len(game.players), -1))
        out = np.empty(len(self))
        for part in chunks(game.games, size):
            masks = self.solver.masks(self._some(part))
            scale = Resolution.of(game.tensor[..., part], game.feasible)
            margin = margin_plays(deviations, flat, masks, scale, classes, self.rtol, part.start)
            entries = slice(int(self.start[part.start]), int(self.start[part.stop]))
            by_play = np.lexsort((self.index[entries], self.play[entries]))
            out[entries][by_play] = margin
        return out

    def strict_between_outcomes(self, classes: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """Whether every deviation that leaves the outcome class loses more than `rtol` times the range; shape ``(entry,)``."""
        return self.margin(classes) > self.rtol

    def witness(self, entry: int) -> list[Deterrent]:
        """Tell, for each stage, mover and other choice on a path, which continuation deters the deviation, and the loss.

        Parameters
        ----------
        entry : int
            Number of the path, counted over the whole batch.
        """
        if not 0 <= entry < len(self):
            raise IndexError(f"entry must be from 0 to {len(self) - 1}; got {entry}")
        where, game = int(self.index[entry]), self.game
        masks = [mask.reshape(-1) for mask in self.solver.masks(self._some(slice(where, where + 1)))]
        return deterrents(game, game.tensor[..., where].reshape((len(game.players), -1)), masks, int(self.play[entry]))

    def __repr__(self) -> str:
        return f"Paths({self.concept}, form {self.form!r}, {len(self)} in batch {self.batch_shape})"

    def _some(self, games: slice) -> StagedGame:
        """Some of the games, as a flat batch."""
        game = self.game
        tensor = game.tensor[..., games]
        return StagedGame.from_tensor(
            tensor, tensor.shape[-1:], game.players, game.owners, game.stages, game.instruments, game.options, feasible=game.feasible
        )

    def _table(self) -> Table:
        title = f"Subgame-perfect paths, form {self.form}"
        if self.batch_shape:
            return self._tally(title)
        order = [k for stage in self.game.stages for k in stage if self.game.shape[k] > 1]
        rows = []
        for e, play in enumerate(self.plays()):
            rows.append((e + 1, *(play[k] for k in order), *self.payoffs[e], bool(self.strict[e])))
        names = (*(self.game.instruments[k] for k in order), *(f"payoff {name}" for name in self.game.players))
        return Table(("", *names, "strict"), rows, title=title, note=self._said(self._verdict()))
