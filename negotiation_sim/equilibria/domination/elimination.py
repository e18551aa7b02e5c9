"""Iterated elimination of dominated actions: what goes in which step and why, what is left, and what that says about rationality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._arguments import each_of
from negotiation_sim._arrays import chunks, game_number, lock, logical_view
from negotiation_sim._table import Table
from negotiation_sim._words import shown
from negotiation_sim.equilibria.domination.dominators import chunk_size
from negotiation_sim.equilibria.domination.elimination_steps import Log, run_elimination
from negotiation_sim.equilibria.domination.reasons import Reasons
from negotiation_sim.equilibria.domination.witnesses import Witness, check_choices, player_number
from negotiation_sim.games.normal_form import NormalFormGame, with_note
from negotiation_sim.status import Status

__all__ = ["Elimination", "eliminate", "rationalizable"]


@dataclass(frozen=True, eq=False, repr=False)
class Elimination(Reasons):
    """What iterated elimination removes from each game of a batch, step by step, and what it leaves.

    Parameters
    ----------
    game : NormalFormGame
        The whole game.
    kind : {"strict", "weak"}
    by : {"pure", "mixed"}
    order : str or tuple of str
        Which dominated actions go in a step; see `eliminate`.
    rtol : float
        Differences up to this share of the payoff range, that of the whole game, count as zero.
    concept : str
        What the survivors are called.
    status : ndarray of int8, shape (*batch,)
        As in `Dominance`; from a game that is ``NOT_FINITE`` nothing is removed.
    survives : tuple of ndarray of bool, one for each player, shape (*batch, n_i)
    step : tuple of ndarray of int16, one for each player, shape (*batch, n_i)
        The step in which an action goes, from 1; 0 if it stays.
    dominator : tuple of ndarray of int, one for each player, shape (*batch, n_i)
        Number of the action that dominates it then; -1 where only a mixture does, and where none does.
    advantage : tuple of ndarray, one for each player, shape (*batch, n_i)
        What the dominator earns more, in units of payoff, where that is least; NaN for survivors.
    """

    game: NormalFormGame
    kind: str
    by: str
    order: str | tuple[str, ...]
    rtol: float
    concept: str
    status: NDArray[np.int8]
    survives: tuple[NDArray[np.bool_], ...]
    step: tuple[NDArray[np.int16], ...]
    dominator: tuple[NDArray[np.intp], ...]
    advantage: tuple[NDArray[np.float64], ...]

    @property
    def steps(self) -> NDArray[np.int16]:
        """Number of steps until nothing more goes; shape ``(*batch,)``."""
        most: NDArray[np.int16] = np.max([s.max(axis=-1) for s in self.step], axis=0)
        return most

    @property
    def solvable(self) -> NDArray[np.bool_]:
        """Whether a single profile is left; shape ``(*batch,)``."""
        alone: NDArray[np.bool_] = np.all([s.sum(axis=-1) == 1 for s in self.survives], axis=0)
        return alone

    def reduced(self, index: int | tuple[int, ...] = ()) -> NormalFormGame:
        """Return the game that is left of one game of the batch, its actions under their names.

        Parameters
        ----------
        index : int or tuple of int
            Place of the game in the batch; nothing for a single game.
        """
        place = self._place(index)
        left = [np.flatnonzero(live) for live in self._left(place, 0)]
        payoffs = np.moveaxis(self.game.payoffs[place], 0, -1)[np.ix_(*left)]
        actions = [[labels[a] for a in kept] for labels, kept in zip(self.game.actions, left, strict=True)]
        return NormalFormGame(np.moveaxis(payoffs, -1, 0), self.game.players, actions, self.game.form)

    def survivors(self, index: int | tuple[int, ...] = ()) -> tuple[tuple[str, ...], ...]:
        """Names of the actions left in one game, one tuple a player.

        Parameters
        ----------
        index : int or tuple of int
            Place of the game in the batch; nothing for a single game.
        """
        left = self._left(self._place(index), 0)
        return tuple(tuple(labels[a] for a in np.flatnonzero(live)) for labels, live in zip(self.game.actions, left, strict=True))

    def removed(self, index: int | tuple[int, ...] = ()) -> tuple[Witness, ...]:
        """Everything that goes from one game, in order, each with its step and what dominates it then.

        Parameters
        ----------
        index : int or tuple of int
            Place of the game in the batch; nothing for a single game.
        """
        place = self._place(index)
        gone = sorted((int(step[(*place, a)]), i, a) for i, step in enumerate(self.step) for a in np.flatnonzero(step[place]).tolist())
        return tuple(self.witness(i, a, index) for _, i, a in gone)

    def _place(self, index: int | tuple[int, ...]) -> tuple[int, ...]:
        return tuple(map(int, np.unravel_index(game_number(self.batch_shape, index), self.batch_shape)))

    def _when(self, player: int, place: tuple[int, ...]) -> int:
        return int(self.step[player][place])

    def _left(self, place: tuple[int, ...], step: int) -> list[NDArray[np.bool_]]:
        return [(gone[place] == 0) | ((gone[place] >= step) & (step > 0)) for gone in self.step]

    def __repr__(self) -> str:
        gone = sum(int((~s).sum()) for s in self.survives)
        return f"Elimination({self.kind}, by {self.by} strategies, {gone} actions removed in batch {self.batch_shape})"

    @property
    def tables(self) -> tuple[Table, ...]:
        """Step by step for a single game, and what is left; for a batch, how often each action is left."""
        how = self.order if isinstance(self.order, str) else "in turn " + ", ".join(self.order)
        title = (
            f"Iterated elimination of {'strictly' if self.kind == 'strict' else 'weakly'} dominated actions, by {self.by} strategies, {how}"
        )
        game = self.game
        warning = _WARNINGS["weak" if self.kind == "weak" else self.concept]
        if self.batch_shape:
            rows = []
            for i, labels in enumerate(game.actions):
                for a, label in enumerate(labels):
                    rows.append((game.players[i], label, int(self.survives[i][..., a].sum()), int(self.step[i][..., a].max(initial=0))))
            note = f"{int((self.status == Status.OK).sum())} of {self.status.size} games solved. {warning}".strip()
            return (Table(("player", "action", "left in games", "latest step"), rows, title=title, note=with_note(note, self.game)),)
        status = Status(int(self.status[()]))
        steps = [(w.step, w.player, w.action, w.text, w.smallest, w.largest) for w in self.removed()]
        note = status.advice if status != Status.OK else " ".join(filter(None, ("" if steps else "None is dominated.", warning)))
        left = [(name, ", ".join(kept)) for name, kept in zip(game.players, self.survivors(), strict=True)]
        return (
            Table(
                ("step", "player", "action", "dominated by", "gain, least", "gain, most"),
                steps,
                title=title,
                note=with_note(note, self.game),
            ),
            Table(("player", self.concept), left),
        )


_WARNINGS = {
    "survivors": "",
    "rationalizable": "",
    "correlated rationalizable": "Beliefs may correlate the opponents' actions; beliefs that may not can rule out more.",
    "weak": "Another order of weak elimination may leave other actions.",
}


def eliminate(
    game: NormalFormGame,
    kind: Literal["strict", "weak"] = "strict",
    by: Literal["pure", "mixed"] = "mixed",
    order: Literal["simultaneous", "single"] | Sequence[str] = "simultaneous",
    *,
    rtol: float = 1e-9,
) -> Elimination:
    """Remove dominated actions again and again, from every game of a batch, until none is left.

    Parameters
    ----------
    game : NormalFormGame
        One game or a batch, any number of players.
    kind : {"strict", "weak"}
        Strict elimination leaves the same actions in any order (Gilboa, Kalai & Zemel 1990). Weak elimination does not: name the order
        with the result.
    by : {"pure", "mixed"}
        Whether an action goes only if a single other action dominates it, or a mixture too.
    order : {"simultaneous", "single"} or sequence of str
        What goes in one step: every dominated action of every player; the first one, in the order of players and actions; or every
        dominated action of one player, the players taking turns in the order of the names given, each name once.
    rtol : float, default 1e-9
        Differences up to this share of the player's payoff range, that of the whole game in every step, count as zero; see `dominated`.

    Returns
    -------
    Elimination

    Raises
    ------
    TypeError
        If ``game`` is not a `NormalFormGame`.
    ValueError
        If ``kind``, ``by``, ``order`` or ``rtol`` is none of those above.

    Notes
    -----
    Should all actions of a player that are left look weakly dominated in one step, which takes ties that only rounding separates, none
    of them goes.

    Examples
    --------
    >>> names = ["Up", "Down"], ["Left", "Middle", "Right"]
    >>> game = NormalFormGame.from_arrays([[1, 1, 0], [0, 0, 2]], [[0, 2, 1], [3, 1, 0]], actions=names)
    >>> found = eliminate(game)
    >>> for witness in found.removed():
    ...     print(witness.step, witness)
    1 player 2: Right is dominated by Middle, by at least 1
    2 player 1: Down is dominated by Up, by at least 1
    3 player 2: Left is dominated by Middle, by at least 2
    >>> found.survivors()
    (('Up',), ('Middle',))
    """
    check_choices("eliminate", game, rtol, kind=(kind, ("strict", "weak")), by=(by, ("pure", "mixed")))
    turns = _turns(game, order)
    status = np.where(game.finite, np.int8(Status.OK), np.int8(Status.NOT_FINITE))
    log = Log.empty(game.shape, status)
    solved = np.flatnonzero(game.finite)
    for part in chunks(len(solved), chunk_size(game.shape)):
        run_elimination(game.tensor, solved[part], log, kind, by, turns, order == "single", rtol)
    views = [tuple(lock(logical_view(a, game.batch_shape)) for a in arrays) for arrays in (log.step, log.dominator, log.advantage)]
    step, dominator, advantage = views
    return Elimination(
        game=game,
        kind=kind,
        by=by,
        order=order if isinstance(order, str) else tuple(order),
        rtol=rtol,
        concept="survivors",
        status=lock(status.reshape(game.batch_shape)),
        survives=tuple(lock(s == 0) for s in step),
        step=step,
        dominator=dominator,
        advantage=advantage,
    )


def rationalizable(game: NormalFormGame, *, rtol: float = 1e-9) -> Elimination:
    """Find the rationalizable actions of every game of a batch: those that common belief in rationality allows.

    They are the survivors of iterated elimination of actions that a mixture strictly dominates. With two players that is what Bernheim
    (1984) and Pearce (1984) call rationalizable. With more players it is *correlated* rationalizability (Brandenburger & Dekel 1987): a
    player may believe that the opponents' actions are correlated. Beliefs that must be independent can rule out more; so every
    rationalizable action in that narrower sense is among the survivors, but not the other way round. ``concept`` says which it is.

    Parameters
    ----------
    game : NormalFormGame
        One game or a batch, any number of players.
    rtol : float, default 1e-9
        As in `dominated`.

    Returns
    -------
    Elimination
        ``belief(...)`` gives, for each survivor, a belief about surviving actions of the opponents to which it is a best reply.

    Examples
    --------
    >>> pennies = NormalFormGame.from_arrays([[1, -1], [-1, 1]], [[-1, 1], [1, -1]], actions=["HT", "HT"])
    >>> found = rationalizable(pennies)
    >>> found.concept, found.survivors()
    ('rationalizable', (('H', 'T'), ('H', 'T')))
    >>> print(found.belief("player 2", "H"))
    player 2: H is a best reply to T
    """
    found = eliminate(game, rtol=rtol)
    return replace(found, concept="rationalizable" if len(game.players) < 3 else "correlated rationalizable")


def _turns(game: NormalFormGame, order: str | Sequence[str]) -> list[list[int]]:
    """Players who may lose actions in each step of a cycle."""
    if isinstance(order, str):
        check_choices("eliminate", game, 0, order=(order, ("simultaneous", "single")))
        return [list(range(len(game.players)))]
    expected = f"order must be 'simultaneous', 'single', or each of {', '.join(game.players)} once"
    names = each_of(order, expected)
    if sorted(map(str, names)) != sorted(game.players):
        raise ValueError(f"{expected}; got {shown(names)}")
    return [[player_number(game, name)] for name in names]
