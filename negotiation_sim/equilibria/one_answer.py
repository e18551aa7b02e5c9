"""Solutions with one answer for each game: labelling and showing them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import game_number
from negotiation_sim._table import Shown, Table
from negotiation_sim.solution import Variable
from negotiation_sim.status import Status

if TYPE_CHECKING:
    from negotiation_sim.games.normal_form import NormalFormGame

__all__ = ["OneAnswer"]


class OneAnswer(Shown):
    """What `QuantalResponses`, `CorrelatedEquilibria` and `Adjustments` share."""

    game: NormalFormGame
    status: NDArray[np.int8]

    @property
    def form(self) -> str:
        """The form of the game that was solved."""
        return self.game.form

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch; ``()`` for a single game."""
        return self.status.shape

    def variables(self, keep: Sequence[str] | None = None) -> dict[str, Variable]:
        """Labelled arrays, batch axes first (named ``batch_0``, ...).

        Parameters
        ----------
        keep : sequence of str, optional
            Which of them; all by default. They bear the names of the attributes.

        Raises
        ------
        ValueError
            If ``keep`` names something else; it says what there is.
        """
        known = self._variables(tuple(f"batch_{k}" for k in range(len(self.batch_shape))))
        unknown = sorted(set(keep or ()) - set(known))
        if unknown:
            raise ValueError(f"keep must name some of {list(known)}; got {unknown}")
        return {name: known[name] for name in (known if keep is None else keep)}

    @abstractmethod
    def _variables(self, dims: tuple[str, ...]) -> dict[str, Variable]:
        """All labelled arrays, ``dims`` being the names of the batch axes."""

    def _place(self, index: int | tuple[int, ...]) -> tuple[int, ...]:
        """Where one game stands in the batch."""
        return tuple(map(int, np.unravel_index(game_number(self.batch_shape, index), self.batch_shape)))

    def _tally(self, title: str, name: str, values: NDArray[np.float64]) -> Table:
        """Count the games of a batch by status, with the range of a number ``(*batch,)`` over them."""
        rows: list[tuple[str, int, tuple[float, float] | None]] = []
        for status in np.unique(self.status):
            some = values[self.status == status]
            known = some[np.isfinite(some)]
            rows.append((Status(int(status)).name, some.size, (float(known.min()), float(known.max())) if known.size else None))
        return Table(("status", "games", name), rows, title=title, note=self.game.note)
