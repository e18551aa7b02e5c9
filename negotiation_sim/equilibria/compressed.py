"""Compressed lists: all solutions of all games of a batch in flat arrays, so that no game needs padding and no limit drops any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arguments import whole_number
from negotiation_sim._arrays import game_number
from negotiation_sim.solution import Variable
from negotiation_sim.status import Completeness, Status

if TYPE_CHECKING:
    import pandas as pd

    from negotiation_sim._table import Table
    from negotiation_sim.games.normal_form import NormalFormGame
    from negotiation_sim.games.staged import StagedGame

__all__ = ["Entries"]


class Entries:
    """What `Equilibria` and `Paths` share: counting, slicing, labelling and showing entries.

    Entries are sorted by game: those of game ``g`` (flat, C order over the batch) are ``start[g]`` to ``start[g + 1] - 1``.
    """

    game: NormalFormGame | StagedGame
    solver: object
    status: NDArray[np.int8]
    complete: NDArray[np.int8]
    start: NDArray[np.int64]
    payoffs: NDArray[np.float64]
    regret: NDArray[np.float64]
    strict: NDArray[np.bool_]

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch; ``()`` for a single game."""
        return self.status.shape

    @property
    def count(self) -> NDArray[np.int32]:
        """Number of solutions of each game; shape ``(*batch,)``."""
        return np.diff(self.start).astype(np.int32).reshape(self.batch_shape)

    @cached_property
    def index(self) -> NDArray[np.intp]:
        """Flat number of the game that each entry solves; shape ``(entry,)``."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))

    def __len__(self) -> int:
        return int(self.start[-1])

    def variables(self, keep: Sequence[str] | None = None) -> dict[str, Variable]:
        """Labelled arrays, batch axes first (named ``batch_0``, ...).

        Parameters
        ----------
        keep : sequence of str, optional
            Which of ``status``, ``complete``, ``count``, ``payoff_min``, ``payoff_max`` (lowest and highest payoff of each player over
            the solutions) and ``regret_max`` (share of the payoff range) to build; all by default. The last three are NaN where a
            game has no solution.
        """
        dims = tuple(f"batch_{k}" for k in range(len(self.batch_shape)))
        names = ("status", "complete", "count", "payoff_min", "payoff_max", "regret_max")
        unknown = sorted(set(keep or ()) - set(names))
        if unknown:
            raise ValueError(f"keep must name some of {list(names)}; got {unknown}")
        out: dict[str, Variable] = {}
        for name in names if keep is None else keep:
            if name == "status":
                out[name] = Variable(dims, self.status, Status.flag_attributes())
            elif name == "complete":
                out[name] = Variable(dims, self.complete, Completeness.flag_attributes())
            elif name == "count":
                out[name] = Variable(dims, self.count)
            elif name == "regret_max":
                out[name] = Variable(dims, self._extreme(self.regret, np.maximum), {"units": "share of the payoff range"})
            else:
                out[name] = Variable((*dims, "player"), self._extreme(self.payoffs, np.minimum if name == "payoff_min" else np.maximum))
        return out

    def _extreme(self, values: NDArray[np.float64], best: np.ufunc) -> NDArray[np.float64]:
        """Reduce ``(entry, ...)`` to ``(*batch, ...)``; NaN where a game has no entry."""
        some = np.flatnonzero(np.diff(self.start))
        out = np.full((len(self.start) - 1, *values.shape[1:]), np.nan)
        if len(some):
            out[some] = best.reduceat(values, self.start[some], axis=0)
        return out.reshape((*self.batch_shape, *values.shape[1:]))

    def _slice(self, index: int | tuple[int, ...]) -> slice:
        """Entries of the game at this place of the batch."""
        game = game_number(self.batch_shape, index)
        return slice(int(self.start[game]), int(self.start[game + 1]))

    def _slots(self, k: int | None) -> tuple[int, NDArray[np.intp]]:
        """Number of slots a game, and the slot of each entry in a flat array of them."""
        most = int(np.diff(self.start).max(initial=0))
        expected = f"k must be a whole number, at least the largest count, {most}, so that no solution is dropped"
        size = most if k is None else whole_number(k, expected, most)
        return size, np.arange(len(self)) - self.start[:-1][self.index] + size * self.index

    def _table(self) -> Table:
        """Rows for readers: the solutions of a single game, or how many games of a batch have how many."""
        raise NotImplementedError

    @property
    def _within(self) -> str:
        """Where the solver looked: " in pure strategies", or nothing if everywhere."""
        among = getattr(type(self.solver), "among", "")
        return f" in {among}" if among else ""

    def _said(self, verdict: str) -> str:
        """The verdict on the list, and the note of the game."""
        return "\n".join(part for part in (verdict, self.game.note) if part)

    def _verdict(self) -> str:
        """Say of a single game whether the list is whole."""
        status, complete = Status(int(self.status[()])), Completeness(int(self.complete[()]))
        if status != Status.OK:
            return self.advice(status)
        return {
            Completeness.NO: "Others may exist.",
            Completeness.PROBABILITY_ONE: "All there are, except in games of measure zero.",
            Completeness.PROVED: f"{'All there are' if len(self) else 'None exists'}{self._within}.",
        }[complete]

    def _tally(self, title: str) -> Table:
        """Count the games of a batch by status and number of solutions."""
        from negotiation_sim._table import Table

        kinds, games = np.unique(np.stack([self.status.ravel(), self.complete.ravel(), self.count.ravel()]), axis=1, return_counts=True)
        rows = [
            (Status(status).name, Completeness(complete).name.lower().replace("_", " "), count, number)
            for (status, complete, count), number in zip(kinds.T.tolist(), games.tolist(), strict=True)
        ]
        failed = [Status(status) for status in sorted(set(kinds[0].tolist())) if status != Status.OK]
        advice = "\n".join(f"{status.name}: {self.advice(status)}" for status in failed)
        return Table(("status", "complete", "solutions", "games"), rows, title=title, note=self._said(advice))

    def advice(self, status: Status) -> str:
        """One sentence: what a status means after this solver, and what to do next.

        Parameters
        ----------
        status : Status
            Of a game: one of the codes in ``status``.
        """
        own: Mapping[Status, str] = getattr(type(self.solver), "advice", {})
        return own.get(status, status.advice)

    def __str__(self) -> str:
        return str(self._table())

    def _repr_html_(self) -> str:
        return self._table()._repr_html_()

    def to_pandas(self) -> pd.DataFrame:
        """Return the table of the solutions (of a batch: how many games have how many) as a DataFrame.

        Equilibria of a whole batch, one row a probability: `Equilibria.to_long_frame`.
        """
        return self._table().to_pandas()

    def to_markdown(self) -> str:
        """Return the same table in Markdown."""
        return self._table().to_markdown()

    def to_latex(self) -> str:
        """Return the same table in LaTeX."""
        return self._table().to_latex()
