"""What every solver checks of its choices when it is made."""

from __future__ import annotations

from negotiation_sim._arguments import real_number
from negotiation_sim.games.exact import ExactGame
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.games.staged import StagedGame

__all__ = ["tie_tolerance"]


def tie_tolerance(given: object, taker: str, expected: str, most: float, ends: str = "[]") -> float:
    """Read ``rtol``, the first field of most solvers, where a game is given by mistake.

    Parameters
    ----------
    given : object
    taker : str
        Name of the solver.
    expected : str
        What ``rtol`` must be, in words.
    most : float
        Its upper end.
    ends : str
        How the interval from 0 to ``most`` is closed: see `real_number`.

    Raises
    ------
    TypeError
        If it is a game.
    ValueError
        If it is no number, or outside.
    """
    if isinstance(given, NormalFormGame | StagedGame | ExactGame):
        raise TypeError(
            f"{taker}(...) makes a solver from its choices; got a game. Solve it by {taker}()(game), or by solve(game, {taker}())"
        )
    return real_number(given, f"rtol must {expected}", 0, most, ends)
