"""Best replies: to every pure profile of the opponents, or to given mixed strategies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._arrays import chunks, game_number, games_last, lock, logical_view
from negotiation_sim._table import Shown, Table
from negotiation_sim.equilibria.certificates.certificate import deviation_payoffs, strategies_of
from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.domination.dominators import chunk_size
from negotiation_sim.equilibria.domination.witnesses import action_number, check_choices, player_number
from negotiation_sim.games.normal_form import NormalFormGame, with_note
from negotiation_sim.status import Status

__all__ = ["BestReplies", "best_replies"]

PROBABILITY = 1e-9  # what probabilities may be off
AVERAGING = 16.0  # rounding of an expected payoff, in units of the rounding of the payoffs


@dataclass(frozen=True, eq=False, repr=False)
class BestReplies(Shown):
    """The best replies of every player in each game of a batch, ties included.

    Parameters
    ----------
    game : NormalFormGame
    profile : tuple of ndarray, one for each player, shape (*batch, n_i), or None
        The strategies replied to; None for every pure profile.
    rtol : float
        Actions within this share of the payoff range of the best are best replies too.
    status : ndarray of int8, shape (*batch,)
        ``NOT_FINITE`` where the game holds payoffs that are not, ``OUT_OF_DOMAIN`` where the profile holds no probabilities.
    mask : ndarray of bool, shape (*batch, player, a_0, ..., a_{N-1}) without a profile, (*batch, player, action) with one
        Whether the player's own action is a best reply to the opponents' actions in that cell, or to the opponents' strategies. Against a
        profile, the action axis is as long as the longest list of actions; entries beyond a player's list are False.
    payoffs : ndarray of float, the same shape
        What the action earns; NaN beyond a player's list and in games that are not ``OK`` against a profile.
    """

    game: NormalFormGame
    profile: tuple[NDArray[np.float64], ...] | None
    rtol: float
    status: NDArray[np.int8]
    mask: NDArray[np.bool_]
    payoffs: NDArray[np.float64]

    def actions(self, player: int | str, against: Sequence[int | str] = (), index: int | tuple[int, ...] = ()) -> tuple[str, ...]:
        """Names of a player's best replies in one game.

        Parameters
        ----------
        player : int or str
            Number or name.
        against : sequence of int or str
            Without a profile: the action of each opponent, in the order of the players. Empty with a profile.
        index : int or tuple of int
            Place of the game in the batch; nothing for a single game.

        Raises
        ------
        ValueError
            If ``against`` does not name one action for each opponent, or names any though a profile was given.
        """
        game, i = self.game, player_number(self.game, player)
        opponents = [j for j in range(len(game.players)) if j != i] if self.profile is None else []
        if len(against) != len(opponents):
            needed = (
                f"one action for each of {', '.join(game.players[j] for j in opponents)}" if opponents else "nothing, the profile is given"
            )
            raise ValueError(f"against must hold {needed}; got {tuple(against)}")
        place = np.unravel_index(game_number(game.batch_shape, index), game.batch_shape)
        cells: list[int | slice] = [slice(None)] * (len(game.players) if self.profile is None else 1)
        for j, action in zip(opponents, against, strict=True):
            cells[j] = action_number(game, j, action)
        best = self.mask[(*place, i, *cells)]
        return tuple(game.actions[i][a] for a in np.flatnonzero(best))

    def __repr__(self) -> str:
        to = "every pure profile" if self.profile is None else "a profile"
        return f"BestReplies(to {to}, batch {self.game.batch_shape})"

    @property
    def tables(self) -> tuple[Table, ...]:
        """The best replies in a single game, or in how many games of a batch each action is one."""
        game = self.game
        title = "Best replies to " + ("every pure profile" if self.profile is None else "the given strategies")
        if game.batch_shape:
            rows = [(game.players[i], game.actions[i][a], int(self._ever(i)[..., a].sum())) for i, a in self._own()]
            heading = "best reply in games" if self.profile is not None else "ever a best reply in games"
            note = f"{int((self.status == Status.OK).sum())} of {self.status.size} games solved."
            return (Table(("player", "action", heading), rows, title=title, note=with_note(note, self.game)),)
        status = Status(int(self.status[()]))
        note = "" if status == Status.OK else status.advice
        if self.profile is not None:
            cells = [
                (game.players[i], game.actions[i][a], self.profile[i][a], self.payoffs[i, a], bool(self.mask[i, a])) for i, a in self._own()
            ]
            return (
                Table(("player", "action", "probability", "payoff", "best reply"), cells, title=title, note=with_note(note, self.game)),
            )
        lines = []
        for i, name in enumerate(game.players):
            for place in np.ndindex(*(1 if j == i else n for j, n in enumerate(game.shape))):
                others = [game.actions[j][k] for j, k in enumerate(place) if j != i]
                lines.append((name, " / ".join(others), ", ".join(self.actions(i, others))))
        return (Table(("player", "if the others play", "best replies"), lines, title=title, note=with_note(note, self.game)),)

    def _own(self) -> list[tuple[int, int]]:
        return [(i, a) for i, n in enumerate(self.game.shape) for a in range(n)]

    def _ever(self, player: int) -> NDArray[np.bool_]:
        """Whether each action of a player is a best reply to something asked about; shape ``(*batch, n_i)``."""
        mask: NDArray[np.bool_] = np.moveaxis(self.mask, len(self.game.batch_shape), 0)[player]
        if self.profile is not None:
            return mask
        first = len(self.game.batch_shape)
        return np.asarray(mask.any(axis=tuple(first + j for j in range(len(self.game.players)) if j != player)))


def best_replies(game: NormalFormGame, profile: Sequence[ArrayLike] | None = None, *, rtol: float = 1e-9) -> BestReplies:
    """Find the best replies of every player in every game of a batch.

    Parameters
    ----------
    game : NormalFormGame
        One game or a batch, any number of players.
    profile : sequence of array_like, one for each player, shape (*batch, n_i), optional
        The strategies to reply to; they broadcast against the batch of games. Without it, replies to every pure profile.
    rtol : float, default 1e-9
        An action counts as a best reply if it earns less than the best by at most this share of the player's payoff range in that game,
        or by the rounding of the payoffs.

    Returns
    -------
    BestReplies
        ``mask`` and ``payoffs``; ``actions(...)`` gives names.

    Raises
    ------
    TypeError
        If ``game`` is not a `NormalFormGame`.
    ValueError
        If the profile does not fit the game, if a strategy without batch axes is no list of probabilities, or if ``rtol`` is no share.

    Examples
    --------
    >>> dilemma = NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=["CD", "CD"])
    >>> best_replies(dilemma).mask[0]
    array([[False, False],
           [ True,  True]])
    >>> found = best_replies(dilemma, [[0.5, 0.5], [0.5, 0.5]])
    >>> found.payoffs
    array([[1.5, 3. ],
           [1.5, 3. ]])
    >>> found.actions("player 1")
    ('D',)
    """
    check_choices("best_replies", game, rtol)
    mixtures = None if profile is None else _mixtures(game, profile)
    players, cells = len(game.players), game.shape if mixtures is None else (max(game.shape),)
    status = np.where(game.finite, np.int8(Status.OK), np.int8(Status.NOT_FINITE))
    mask = np.zeros((players, *cells, game.games), dtype=bool)
    payoffs = np.full(mask.shape, np.nan) if mixtures is not None else game.tensor
    if mixtures is not None:
        status[~_proper(mixtures) & game.finite] = Status.OUT_OF_DOMAIN
    good = np.flatnonzero(status == Status.OK)
    for part in chunks(len(good), chunk_size(game.shape)):
        games = good[part]
        tensor = game.tensor.take(games, axis=-1)
        scale = Resolution.of(tensor)
        for i, n in enumerate(game.shape):
            if mixtures is None:
                own, tolerance = tensor[i], scale.tolerance(rtol)[i]
                mask[i][..., games] = own >= own.max(axis=i, keepdims=True) - tolerance
            else:
                own = deviation_payoffs(tensor[i], [x.take(games, axis=-1) for x in mixtures], i)
                tolerance = np.maximum(scale.tolerance(rtol)[i], AVERAGING * scale.rounding[i])
                payoffs[i, :n, games] = own.T
                mask[i, :n, games] = (own >= own.max(axis=0) - tolerance).T
    views = [lock(logical_view(a, game.batch_shape)) for a in (mask, payoffs)]
    known = None if mixtures is None else tuple(lock(logical_view(x, game.batch_shape)) for x in mixtures)
    return BestReplies(game, known, rtol, lock(status.reshape(game.batch_shape)), views[0], views[1])


def _mixtures(game: NormalFormGame, profile: Sequence[ArrayLike]) -> list[NDArray[np.float64]]:
    """Check the shapes; copy the strategies to ``(n_i, games)``."""
    given = strategies_of(game, profile)
    mixtures = []
    for name, array, n in zip(game.players, given, game.shape, strict=True):
        fits = array.ndim >= 1 and array.shape[-1] == n
        try:
            full = np.broadcast_to(array, (*game.batch_shape, n))
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(
                f"the strategy of {name} must have shape (*batch, {n}), one probability an action, and broadcast to the batch "
                f"{game.batch_shape}; got shape {array.shape}. Index the game first if only some of its games are meant."
            )
        if array.ndim == 1 and not _proper([array[:, None]]).all():
            raise ValueError(f"the strategy of {name} must hold probabilities that sum to 1; got {array}")
        mixtures.append(games_last(full, len(game.batch_shape)).copy())
    return mixtures


def _proper(mixtures: Sequence[NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Whether all strategies of a game are probabilities; shape ``(games,)``. False where one is NaN."""
    proper = np.ones(mixtures[0].shape[-1], dtype=bool)
    for x in mixtures:
        proper &= (x.min(axis=0) >= -PROBABILITY) & (np.abs(x.sum(axis=0) - 1) <= PROBABILITY)
    return proper
