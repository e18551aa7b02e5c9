"""Which columns of a long table are actions, payoffs or places in a batch, and which cannot be any."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from negotiation_sim._words import nearest_name, shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_columns"]

_LIKE_PAYOFFS = re.compile(r"\s*payoffs?(?:[\s_:.-]+(?:of\s+)?(.*?))?\s*", re.IGNORECASE | re.DOTALL)
_PLACE = re.compile(r"batch_[0-9]+")


def check_columns(frame: pd.DataFrame, players: Sequence[Hashable], payoff: str) -> None:
    """Raise where a column of payoffs has no actions beside it, or one of actions no payoffs.

    Parameters
    ----------
    frame : DataFrame
    players : sequence
        The columns of actions beside which there is one of payoffs.
    payoff : str
        What the name of a column of payoffs begins with, before the player's.

    Raises
    ------
    ValueError
    """
    if not frame.columns.is_unique:
        raise ValueError(f"columns of the table must have different names; got {shown(list(frame.columns))}")
    known: list[Hashable] = list(frame.columns)
    taken = {*players, *(f"{payoff}{name}" for name in players)}
    rest = [c for c in known if c not in taken and not _PLACE.fullmatch(str(c))]
    for column in rest:
        like = _LIKE_PAYOFFS.fullmatch(column) if isinstance(column, str) else None
        if like:
            owner = like[1] or ""
            if not owner:
                raise ValueError(
                    f"column {column!r} must be called '{payoff}<player>', one for each player; got the columns {shown(known)}"
                )
            if owner in known:
                raise ValueError(
                    f"column {column!r} must be called {payoff + owner!r} to hold the payoffs of the player with the actions {owner!r}"
                )
            others = [str(c) for c in known if c not in taken and c != column and not _LIKE_PAYOFFS.fullmatch(str(c))]
            hint = nearest_name(owner, others) if others else f"got the columns {shown(known)}"
            raise ValueError(f"column {column!r} must have a column {owner!r} beside it with the actions of that player; {hint}")
    if not players:
        raise ValueError(f'expected a column of actions for each player and one "{payoff}<player>" beside it; got {shown(known)}')
    for column in rest:
        if len(players) == 1 or frame[column].dtype.kind not in "biuf":
            raise ValueError(
                f"column {column!r} must have a column {f'{payoff}{column}'!r} beside it to be the actions of a player, or the name "
                f"'batch_0', 'batch_1', ... to number the games of a batch; got the columns {shown(known)}"
            )
