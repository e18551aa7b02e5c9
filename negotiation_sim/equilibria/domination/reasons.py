"""What the results about dominance share: on request, the reason for each verdict."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import game_number
from negotiation_sim._table import Shown
from negotiation_sim.equilibria.domination.witnesses import Belief, Case, Witness, action_number, player_number
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Status

__all__ = ["Reasons"]


class Reasons(Shown):
    """Dominated actions with their witnesses, undominated ones with the beliefs that defend them.

    Reasons are not stored: the search depends on nothing but the game, so they are worked out again for the one action asked about.
    """

    game: NormalFormGame
    kind: str
    by: str
    rtol: float
    status: NDArray[np.int8]
    dominator: tuple[NDArray[np.intp], ...]

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch; ``()`` for a single game."""
        return self.game.batch_shape

    @abstractmethod
    def _when(self, player: int, place: tuple[int, ...]) -> int:
        """Step in which the action at a place ``(*batch, action)`` is found to be dominated, from 1; 0 if it is not."""

    @abstractmethod
    def _left(self, place: tuple[int, ...], step: int) -> list[NDArray[np.bool_]]:
        """Actions of the game at a place ``(*batch)`` that are there when a step begins; after the last step for step 0."""

    def witness(self, player: int | str, action: int | str, index: int | tuple[int, ...] = ()) -> Witness:
        """Tell what dominates an action.

        Parameters
        ----------
        player, action : int or str
            Number or name.
        index : int or tuple of int
            Place of the game in the batch; nothing for a single game.

        Raises
        ------
        ValueError
            If the action is not dominated.
        """
        case, place, step = self._case(player, action, index)
        if not step:
            raise ValueError(
                f"{case.action_label} of {case.player_name} is not dominated ({self.kind}, by {self.by} strategies), so it has no witness; "
                "belief(...) tells against what it is a best reply"
            )
        return case.witness(int(self.dominator[case.player][place]), step)

    def belief(self, player: int | str, action: int | str, index: int | tuple[int, ...] = ()) -> Belief:
        """Tell against which belief about the opponents an undominated action is a best reply (Pearce 1984).

        For the weak kind the belief gives every profile of the opponents a positive probability. After an elimination the belief is
        about what is left.

        Parameters
        ----------
        player, action : int or str
            Number or name.
        index : int or tuple of int
            Place of the game in the batch; nothing for a single game.

        Raises
        ------
        ValueError
            If the action is dominated, if only pure dominators were looked for, or if the game's status is not OK.
        """
        case, place, step = self._case(player, action, index)
        status = Status(int(self.status[place[:-1]]))
        if self.by != "mixed" or step or status != Status.OK:
            raise ValueError(
                f"{case.action_label} of {case.player_name} has no belief that defends it: it must be undominated, by mixtures too, in a "
                f"game with status OK; got {'dominated' if step else 'undominated'}, by {self.by} strategies, status {status.name}. "
                "Ask with by='mixed', or for the witness(...)."
            )
        return case.belief()

    def _case(self, player: int | str, action: int | str, index: int | tuple[int, ...]) -> tuple[Case, tuple[int, ...], int]:
        number = game_number(self.batch_shape, index)
        i = player_number(self.game, player)
        a = action_number(self.game, i, action)
        where = tuple(map(int, np.unravel_index(number, self.batch_shape)))
        step = self._when(i, (*where, a))
        return Case(self.game, number, i, a, self.kind, self.rtol, self._left(where, step)), (*where, a), step
