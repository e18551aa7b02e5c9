"""Games whose payoffs are known as exact numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from numbers import Rational
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import lock
from negotiation_sim._words import shown
from negotiation_sim.games.arguments import a_text, is_list, short, the_game
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.games.payoff_arrays import ragged, refuse_cells

__all__ = ["ExactGame"]


@dataclass(frozen=True, eq=False)
class ExactGame:
    """A game with its payoffs as fractions beside it, for files and solvers that are exact.

    Parameters
    ----------
    game : NormalFormGame
        One game or a batch; each payoff is the float nearest to the exact one.
    exact : ndarray of Fraction, shape (*batch, player, a_0, ..., a_{N-1})
        Locked.
    title, comment : str
        What a file says of the game.

    Examples
    --------
    >>> game = ExactGame.of([[["1/3", 0], [1, "0.1"]], [[1, 2], [3, 4]]])
    >>> game.exact[0, 0, 0], game.game.payoffs[0, 0, 0]
    (Fraction(1, 3), np.float64(0.3333333333333333))
    """

    game: NormalFormGame
    exact: NDArray[np.object_]
    title: str = ""
    comment: str = ""

    def __post_init__(self) -> None:
        the_game(self.game, "ExactGame")
        a_text(self.title, "title")
        a_text(self.comment, "comment")
        if not isinstance(self.exact, np.ndarray):
            raise TypeError(f"exact must be an array of fractions; got {short(self.exact)}. ExactGame.of makes one from payoffs.")
        if self.exact.dtype != np.object_ or self.exact.shape != self.game.payoffs.shape:
            raise ValueError(
                f"exact must be an array of fractions of the shape of the game's payoffs, {self.game.payoffs.shape}; "
                f"got {self.exact.dtype} of shape {self.exact.shape}. ExactGame.of makes both from one list of payoffs."
            )

    @classmethod
    def of(
        cls,
        payoffs: Sequence[Any] | NDArray[Any],
        players: Sequence[str] | None = None,
        actions: Sequence[Sequence[str]] | None = None,
        title: str = "",
        comment: str = "",
    ) -> ExactGame:
        """Build from payoffs that are integers, fractions, decimals or their texts (``"1/3"``, ``"0.52"``, ``"1e3"``).

        A float counts as the binary number that it is, so 0.1 is not one tenth: write ``"0.1"``.

        Parameters
        ----------
        payoffs : array_like, shape (*batch, player, a_0, ..., a_{N-1})
        players, actions : as for `NormalFormGame`
        title, comment : str

        Raises
        ------
        ValueError
            If a payoff is no such number, or the axes or names do not fit.
        """
        known = len(players) if players is not None and is_list(players) else None
        refuse_cells(payoffs, known, "Give numpy.moveaxis(cells, -1, 0); write other rows as lists.")
        try:
            source = np.asarray(payoffs, dtype=np.object_)
        except ValueError:  # ragged in a way that not even lists as payoffs could mend
            source = np.empty((), dtype=np.object_)
            source[()] = payoffs
        if any(is_list(value) for value in source.flat):
            raise ValueError(f"payoffs must be a rectangular array of numbers; got {ragged(payoffs) or 'lists'}")
        exact = np.empty(source.shape, dtype=np.object_)
        for place, value in np.ndenumerate(source):
            exact[place] = _fraction(value, place)
        try:
            rounded = exact.astype(np.float64)
        except OverflowError:
            raise ValueError("payoffs must fit a float (below 1.8e308 in absolute value); got a larger one") from None
        return cls(NormalFormGame(rounded, players, actions), lock(exact), title, comment)


def _fraction(value: object, place: tuple[int, ...]) -> Fraction:
    text = value.strip() if isinstance(value, str) else ""
    above, _, exponent = text.lower().partition("e")
    reason = ""
    try:
        if len(above) > 1000 or abs(int(exponent or 0)) > 400:
            reason = ", a number of more than 1000 digits or an exponent beyond 400"
        elif text:
            return Fraction(text)
        elif isinstance(value, int | float | Rational | Decimal | np.integer | np.floating):
            return Fraction(value.item() if isinstance(value, np.generic) else value)
    except ZeroDivisionError:
        reason = ", whose denominator is 0"
    except (ArithmeticError, ValueError):
        reason = ""
    got = f"{shown(value, 40) if isinstance(value, str) else short(value)[:60]}{f' at {list(place)}' if place else ''}{reason}"
    raise ValueError(f'payoffs must be integers, fractions, decimals or texts such as "1/3"; got {got}')
