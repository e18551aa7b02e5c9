"""Which actions are dominated: strictly or weakly, by another action or by a mixture of others, and by which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arrays import chunks, lock, logical_view
from negotiation_sim._table import Table
from negotiation_sim.equilibria.domination.dominators import Precision, chunk_size, judge, own_rows
from negotiation_sim.equilibria.domination.reasons import Reasons
from negotiation_sim.equilibria.domination.witnesses import check_choices
from negotiation_sim.games.normal_form import NormalFormGame, with_note
from negotiation_sim.status import Status

__all__ = ["Dominance", "dominated"]


@dataclass(frozen=True, eq=False, repr=False)
class Dominance(Reasons):
    """The dominated actions of each game of a batch, each with its dominator.

    Parameters
    ----------
    game : NormalFormGame
        What was judged.
    kind : {"strict", "weak"}
    by : {"pure", "mixed"}
    rtol : float
        Differences up to this share of the payoff range count as zero.
    status : ndarray of int8, shape (*batch,)
        ``OK``: every action is proved to be dominated or not. ``NOT_FINITE``: the game holds payoffs that are not. ``MAX_ITER``: the
        linear programme of some action gave no proof either way; that action counts as not dominated.
    dominated : tuple of ndarray of bool, one for each player, shape (*batch, n_i)
    dominator : tuple of ndarray of int, one for each player, shape (*batch, n_i)
        Number of the action that dominates; -1 where only a mixture does, and where none does.
    advantage : tuple of ndarray, one for each player, shape (*batch, n_i)
        What the dominator earns more, in units of payoff, at the opponents' profile where that is least; NaN where undominated.
    """

    game: NormalFormGame
    kind: str
    by: str
    rtol: float
    status: NDArray[np.int8]
    dominated: tuple[NDArray[np.bool_], ...]
    dominator: tuple[NDArray[np.intp], ...]
    advantage: tuple[NDArray[np.float64], ...]

    def _when(self, player: int, place: tuple[int, ...]) -> int:
        return int(self.dominated[player][place])

    def _left(self, place: tuple[int, ...], step: int) -> list[NDArray[np.bool_]]:
        return [np.ones(n, dtype=bool) for n in self.game.shape]

    def __repr__(self) -> str:
        most = sum(int(d.sum()) for d in self.dominated)
        return f"Dominance({self.kind}, by {self.by} strategies, {most} dominated actions in batch {self.batch_shape})"

    @property
    def tables(self) -> tuple[Table, ...]:
        """The dominated actions of a single game, or in how many games of a batch each action is dominated."""
        title = f"{'Strictly' if self.kind == 'strict' else 'Weakly'} dominated actions, by {self.by} strategies"
        game = self.game
        actions = [(i, a) for i, labels in enumerate(game.actions) for a in range(len(labels))]
        if not self.batch_shape:
            found = [self.witness(i, a) for i, a in actions if self.dominated[i][a]]
            rows = [(w.player, w.action, w.text, w.smallest, w.largest) for w in found]
            status = Status(int(self.status[()]))
            note = status.advice if status != Status.OK else "" if rows else "None is dominated."
            return (
                Table(
                    ("player", "action", "dominated by", "gain, least", "gain, most"), rows, title=title, note=with_note(note, self.game)
                ),
            )
        counts = [
            (game.players[i], game.actions[i][a], int(self.dominated[i][..., a].sum()), int((self.dominator[i][..., a] >= 0).sum()))
            for i, a in actions
        ]
        solved = int((self.status == Status.OK).sum())
        note = f"{solved} of {self.status.size} games solved."
        return (Table(("player", "action", "games", "by a pure action"), counts, title=title, note=with_note(note, self.game)),)


def dominated(
    game: NormalFormGame, kind: Literal["strict", "weak"] = "strict", by: Literal["pure", "mixed"] = "mixed", *, rtol: float = 1e-9
) -> Dominance:
    r"""Find the dominated actions of every player in every game of a batch.

    An action is strictly dominated by a strategy of the same player that earns more whatever the opponents do; weakly, if that strategy
    never earns less and sometimes more. A mixture can dominate an action that no single action dominates; then neither half of the
    mixture need be good everywhere. Against N - 1 opponents, "whatever they do" is every profile of their actions.

    Parameters
    ----------
    game : NormalFormGame
        One game or a batch, any number of players.
    kind : {"strict", "weak"}
    by : {"pure", "mixed"}
        Whether to look for single actions only. A single action is preferred as the dominator where there is one: the one with the
        largest smallest advantage.
    rtol : float, default 1e-9
        Differences up to this share of the player's payoff range in that game, or up to the rounding of the payoffs, count as zero. A
        mixture has to gain more than that (weak kind: summed over the opponents' profiles) and may lose a 1024th of it.

    Returns
    -------
    Dominance
        Every verdict is proved: a dominated action by its dominator, an undominated one (``by="mixed"``) by a belief against which it is
        a best reply. ``witness(...)`` and ``belief(...)`` show them.

    Raises
    ------
    TypeError
        If ``game`` is not a `NormalFormGame`.
    ValueError
        If ``kind``, ``by`` or ``rtol`` is none of those above.

    Notes
    -----
    Pure dominators are compared for all games at once, and so are simple refutations: an action that is a best reply to some profile is
    not strictly dominated. For what is left, a small linear programme each, also solved for all games at once: the value of a zero-sum
    game for the strict kind, and for the weak kind a second one (Gale & Sherman 1950; Pearce 1984, lemmas 3 and 4; Conitzer & Sandholm
    2005). Answers are checked; what fails the check is solved once more in rational numbers, one by one.

    Examples
    --------
    Neither Left nor Right dominates Middle, but a coin between them does.

    >>> game = NormalFormGame.from_arrays([[4, 0], [1, 1], [0, 4]], [[1, 1], [1, 1], [1, 1]], actions=["LMR", "ab"])
    >>> print(dominated(game).witness("player 1", "M"))
    player 1: M is dominated by 0.5 L + 0.5 R, by at least 1
    >>> dominated(game, by="pure").dominated[0]
    array([False, False, False])
    """
    check_choices("dominated", game, rtol, kind=(kind, ("strict", "weak")), by=(by, ("pure", "mixed")))
    status = np.where(game.finite, np.int8(Status.OK), np.int8(Status.NOT_FINITE))
    verdict = [np.zeros((n, game.games), dtype=bool) for n in game.shape]
    dominator = [np.full((n, game.games), -1, dtype=np.intp) for n in game.shape]
    advantage = [np.full((n, game.games), np.nan) for n in game.shape]
    solved = np.flatnonzero(game.finite)
    for part in chunks(len(solved), chunk_size(game.shape)):
        games = solved[part]
        tensor = game.tensor.take(games, axis=-1)
        for i, precision in enumerate(Precision.of(tensor, rtol)):
            found = judge(own_rows(tensor, i), precision, kind, by)
            verdict[i][:, games], dominator[i][:, games], advantage[i][:, games] = found.dominated, found.dominator, found.advantage
            status[games[found.open.any(axis=0)]] = Status.MAX_ITER
    return Dominance(
        game=game,
        kind=kind,
        by=by,
        rtol=rtol,
        status=lock(status.reshape(game.batch_shape)),
        dominated=tuple(lock(logical_view(v, game.batch_shape)) for v in verdict),
        dominator=tuple(lock(logical_view(v, game.batch_shape)) for v in dominator),
        advantage=tuple(lock(logical_view(v, game.batch_shape)) for v in advantage),
    )
