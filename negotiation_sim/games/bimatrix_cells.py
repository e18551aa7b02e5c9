"""A two-player game as the table of its payoffs, best replies marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from negotiation_sim._table import NumberFormat, Table
from negotiation_sim.games.arguments import the_game

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from negotiation_sim.games.normal_form import NormalFormGame

__all__ = ["NOT_JUDGED", "best_replies", "bimatrix_table", "payoff_texts"]

NOT_JUDGED = "payoffs are not finite: no best replies are marked"
"""What is said of a game that solvers refuse with the status NOT_FINITE."""


def bimatrix_table(game: NormalFormGame) -> Table:
    r"""Write a two-player game as a table: rows choose down, columns across, a cell holds both payoffs.

    A star marks a best reply to the other's choice; a cell with two stars is a pure Nash equilibrium and stands in brackets. A game with a
    payoff that is not finite gets no marks, as solvers do not judge it either.

    Parameters
    ----------
    game : NormalFormGame
        A single game of two players.

    Returns
    -------
    Table
        Print it, or turn it into HTML, Markdown, LaTeX or pandas.

    Raises
    ------
    TypeError, ValueError
        If it is no game in normal form, a batch, or has not two players.

    Examples
    --------
    >>> from negotiation_sim.games.normal_form import NormalFormGame
    >>> game = NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["stay", "leave"]] * 2)
    >>> print(bimatrix_table(game))
    player 1 \ player 2  stay   leave
    ────────────────────────────────────
    stay                 3, 3   0, 5*
    leave                5*, 0  [1*, 1*]
    <BLANKLINE>
    * best reply to the other's choice; [ ] pure Nash equilibrium.
    """
    game = the_game(game, "bimatrix_table")
    first, second = best_replies(game)
    texts = payoff_texts(game)
    rows = []
    for r, action in enumerate(game.actions[0]):
        cells = []
        for c in range(len(game.actions[1])):
            pair = ", ".join(text[r][c] + "*" * bool(best[r, c]) for text, best in zip(texts, (first, second), strict=True))
            cells.append(f"[{pair}]" if first[r, c] and second[r, c] else pair)
        rows.append([action, *cells])
    legend = "* best reply to the other's choice; [ ] pure Nash equilibrium."
    if not game.finite.all():
        legend = f"{NOT_JUDGED[:1].upper()}{NOT_JUDGED[1:]}."
    note = legend + (f"\n{game.note}" if game.note else "")
    return Table([f"{game.players[0]} \\ {game.players[1]}", *game.actions[1]], rows, note=note)


def best_replies(game: NormalFormGame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where each player's payoff is the highest against the other's choice; two arrays ``(a_0, a_1)``.

    Differences of up to 1e-9 of a player's payoff range count as ties. Nothing is best in a game with a payoff that is not finite.
    """
    if len(game.players) != 2 or game.batch_shape:
        raise ValueError(
            f"expected a single game of 2 players; got {len(game.players)} players and batch {game.batch_shape}. "
            "Pick one game of a batch with game[index]."
        )
    found = []
    for player in (0, 1):
        payoffs = game.payoffs[player]
        if not game.finite.all():
            found.append(np.zeros(payoffs.shape, dtype=np.bool_))
            continue
        slack = 1e-9 * float(np.ptp(payoffs))
        found.append(payoffs >= payoffs.max(axis=player, keepdims=True) - slack)
    return found[0], found[1]


def payoff_texts(game: NormalFormGame) -> tuple[list[list[str]], list[list[str]]]:
    """Each player's payoffs as text, with the digits that tell that player's numbers apart; two lists of rows."""
    made = []
    for player in (0, 1):
        numbers = NumberFormat.of(game.payoffs[player].ravel().tolist())
        made.append([[numbers.text(float(v)) for v in row] for row in game.payoffs[player]])
    return made[0], made[1]
