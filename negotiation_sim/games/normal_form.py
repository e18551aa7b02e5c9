"""Finite games in normal form, one or a whole batch of them."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._arrays import games_last, lock, logical_view, to_games_last
from negotiation_sim.games.arguments import a_text, each_game, is_list, option_names, pick_games, read_names, short
from negotiation_sim.games.payoff_arrays import number_of_players, real_array, refuse_cells, shared_labels

if TYPE_CHECKING:
    import nashpy

__all__ = ["NormalFormGame", "with_note"]


@dataclass(frozen=True, eq=False)
class NormalFormGame:
    """A batch of finite N-player games in normal form.

    Parameters
    ----------
    payoffs : array_like, shape (*batch, player, a_0, ..., a_{N-1})
        Payoff of each player at each action profile. Player ``i`` chooses axis ``a_i``; the axes stay in the order of the players
        everywhere. Copied, made batch-fastest in memory, and locked. The player axis comes before the action axes: cells as textbooks
        print them, ``[[(3, 3), (0, 5)], [(5, 0), (1, 1)]]``, have it last and are for `from_cells`.
    players : sequence of str, optional
        Names, in order. Needed when the number of players can't be read from the shape alone.
    actions : sequence of sequences of str, optional
        Names of each player's actions.
    form : str, default "simultaneous"
        Which form of a conflict this game is; every solution repeats it.
    note : str, optional
        A sentence that every table and figure of the game repeats, such as that its numbers are stylised.

    Raises
    ------
    ValueError
        If the axes do not fit a number of players, or names do not fit the axes.

    Notes
    -----
    NaN and infinite payoffs are allowed: the game that holds one gets the status ``NOT_FINITE``, its neighbours are unaffected.

    Examples
    --------
    >>> game = NormalFormGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    >>> game
    NormalFormGame(2 players, 2 x 2 actions, batch ())
    >>> game.payoffs.shape
    (2, 2, 2)
    """

    payoffs: NDArray[np.float64]
    players: tuple[str, ...] = ()
    actions: tuple[tuple[str, ...], ...] = ()
    form: str = "simultaneous"
    note: str = ""

    def __init__(
        self,
        payoffs: ArrayLike,
        players: Sequence[str] | None = None,
        actions: Sequence[Sequence[str]] | None = None,
        form: str = "simultaneous",
        note: str = "",
    ) -> None:
        if _holds_rows(players):  # the second of two matrices
            raise ValueError(
                f"players must be a list of names (text), one for each player; got {short(players)}. "
                "For one payoff array a player, use NormalFormGame.from_arrays(A, B)."
            )
        known = len(players) if players is not None and is_list(players) else None
        refuse_cells(payoffs, known, "Give cells to NormalFormGame.from_cells(cells); write the rows of a player's own payoffs as lists.")
        array = real_array(payoffs)
        count = number_of_players(array.shape, players, actions)
        labels = shared_labels(payoffs) if isinstance(payoffs, list | tuple) else None
        batch_ndim = array.ndim - count - 1
        tensor = to_games_last(array, batch_ndim)
        self._fill(tensor, array.shape[:batch_ndim], players, labels if actions is None else actions, form, note)

    @classmethod
    def from_tensor(
        cls,
        tensor: NDArray[np.float64],
        batch_shape: tuple[int, ...],
        players: Sequence[str] | None = None,
        actions: Sequence[Sequence[str]] | None = None,
        form: str = "simultaneous",
        note: str = "",
    ) -> NormalFormGame:
        """Adopt a batch-fastest buffer ``(player, a_0, ..., a_{N-1}, games)`` of our own without a copy (it is locked)."""
        game = object.__new__(cls)
        game._fill(tensor, batch_shape, players, actions, form, note)
        return game

    @classmethod
    def from_arrays(
        cls,
        *arrays: ArrayLike,
        players: Sequence[str] | None = None,
        actions: Sequence[Sequence[str]] | None = None,
        form: str = "simultaneous",
        note: str = "",
    ) -> NormalFormGame:
        """Build a game from one payoff array a player, each of shape ``(*batch, a_0, ..., a_{N-1})`` in the same axis order.

        Batch axes broadcast. With two players, ``from_arrays(A, B)`` is the bimatrix game with both matrices in (row, column) order; two
        pandas frames with the same labels also name the actions.

        Raises
        ------
        ValueError
            If the arrays, the names, or the labels of two frames do not fit each other.

        Examples
        --------
        >>> NormalFormGame.from_arrays([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
        NormalFormGame(2 players, 2 x 2 actions, batch ())
        """
        if not arrays:
            raise ValueError("from_arrays expected one payoff array a player; got none")
        parts = [real_array(a, f"array {i}") for i, a in enumerate(arrays)]
        count = len(parts)
        labels = shared_labels(arrays)
        if count == 1 and parts[0].ndim > 1 and players is None:
            raise ValueError(
                f"from_arrays expected one array a player: from_arrays(A, B); got a single array of shape {parts[0].shape}. Take a list of "
                "arrays apart with a star, from_arrays(*arrays); a batch of games of one player needs players=[name]."
            )
        for i, part in enumerate(parts):
            if part.ndim < count:
                raise ValueError(
                    f"from_arrays got {count} arrays, so {count} players; array {i} must then have {count} action axes, one a player; "
                    f"got shape {part.shape}. Batch axes come first."
                )
            if part.shape[part.ndim - count :] != parts[0].shape[parts[0].ndim - count :]:
                raise ValueError(
                    f"array {i} must end in the same {count} action axes as array 0, {parts[0].shape[parts[0].ndim - count :]}; "
                    f"got shape {part.shape}. Batch axes come first."
                )
        try:
            stacked = np.stack(np.broadcast_arrays(*parts), axis=-count - 1)
        except ValueError:
            batches = ", ".join(str(part.shape[: part.ndim - count]) for part in parts)
            raise ValueError(
                f"from_arrays expected batch axes (those before the {count} action axes) that broadcast against each other; got {batches}"
            ) from None
        names = _player_names(count) if players is None else read_names("players", players, count, "player")
        return cls(stacked, players=names, actions=labels if actions is None else actions, form=form, note=note)

    @classmethod
    def from_cells(
        cls,
        cells: ArrayLike,
        players: Sequence[str] | None = None,
        actions: Sequence[Sequence[str]] | None = None,
        form: str = "simultaneous",
        note: str = "",
    ) -> NormalFormGame:
        """Build a single game from cells as textbooks print them: in each, one payoff a player.

        Parameters
        ----------
        cells : array_like, shape (a_0, ..., a_{N-1}, player)
            Rows of cells for two players: the first chooses the row, the second the column. For N players nested N deep, with N payoffs
            in each cell.
        players, actions, form, note : optional
            As of `NormalFormGame`.

        Raises
        ------
        ValueError
            If the cells are not nested one level a player, or hold anything but one number a player.

        Examples
        --------
        >>> dilemma = NormalFormGame.from_cells([[(3, 3), (0, 5)], [(5, 0), (1, 1)]], actions=[["stay", "leave"]] * 2)
        >>> dilemma.payoffs[1]
        array([[3., 5.],
               [0., 1.]])
        """
        array = real_array(cells, "cells")
        count = array.ndim - 1
        if count < 1 or array.shape[-1] != count:
            raise ValueError(
                "cells must be nested one level a player and hold one payoff a player, so have the shape (a_0, ..., a_N-1, N); "
                f"got shape {array.shape}. From one array a player: NormalFormGame.from_arrays(A, B)."
            )
        names = _player_names(count) if players is None else read_names("players", players, count, "player")
        return cls(np.moveaxis(array, -1, 0), players=names, actions=actions, form=form, note=note)

    def _fill(
        self,
        tensor: NDArray[np.float64],
        batch_shape: tuple[int, ...],
        players: Sequence[str] | None,
        actions: Sequence[Sequence[str]] | None,
        form: str,
        note: str,
    ) -> None:
        count, sizes = tensor.shape[0], tensor.shape[1:-1]
        if len(sizes) != count or min(sizes, default=0) < 1:
            raise ValueError(
                f"payoffs must have one axis of at least one action for each of the {count} players; got action axes {sizes}. "
                "Batch axes come first."
            )
        names = _player_names(count) if players is None else read_names("players", players, count, "player")
        labels = option_names("actions", actions, sizes, names, "player")
        lock(tensor)
        object.__setattr__(self, "payoffs", logical_view(tensor, batch_shape))
        object.__setattr__(self, "players", names)
        object.__setattr__(self, "actions", labels)
        object.__setattr__(self, "form", a_text(form, "form"))
        object.__setattr__(self, "note", a_text(note, "note"))

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of actions of each player."""
        return self.payoffs.shape[self.payoffs.ndim - len(self.players) :]

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch; ``()`` for a single game."""
        return self.payoffs.shape[: self.payoffs.ndim - len(self.players) - 1]

    @property
    def games(self) -> int:
        """Number of games in the batch."""
        return math.prod(self.batch_shape)

    @cached_property
    def tensor(self) -> NDArray[np.float64]:
        """The payoffs as kernels see them: a view ``(player, a_0, ..., a_{N-1}, games)``, contiguous, batch-fastest."""
        return games_last(self.payoffs, len(self.batch_shape))

    @cached_property
    def payoff_range(self) -> NDArray[np.float64]:
        """Largest minus smallest payoff of each player in each game; shape ``(player, games)``; NaN where a payoff is NaN."""
        flat = self.tensor.reshape((len(self.players), math.prod(self.shape), self.games))
        with np.errstate(invalid="ignore", over="ignore"):
            return lock(flat.max(axis=1) - flat.min(axis=1))

    @cached_property
    def finite(self) -> NDArray[np.bool_]:
        """Whether every payoff of a game is finite; shape ``(games,)``."""
        return lock(np.asarray(np.isfinite(self.payoff_range).all(axis=0)))

    def __getitem__(self, index: Any) -> NormalFormGame:
        """Select games: indexes the batch axes only."""
        core = 1 + len(self.players)
        picked = pick_games(self.payoffs, index, core)
        batch = picked.shape[: picked.ndim - core]
        return NormalFormGame.from_tensor(to_games_last(picked, len(batch)), batch, self.players, self.actions, self.form, self.note)

    def __iter__(self) -> Iterator[NormalFormGame]:
        """Iterate over the first axis of the batch."""
        return each_game(self)

    def __repr__(self) -> str:
        sizes = " x ".join(map(str, self.shape))
        return f"NormalFormGame({len(self.players)} players, {sizes} actions, batch {self.batch_shape})"

    def to_nashpy(self) -> nashpy.Game:
        """Return this single two-player game as a ``nashpy.Game``.

        Raises
        ------
        ValueError
            If the game is a batch or has not two players.
        """
        if self.batch_shape or len(self.players) != 2:
            raise ValueError(
                f"to_nashpy expected a single game of 2 players; got {len(self.players)} players and batch {self.batch_shape}. "
                "Pick one game of a batch with game[index]."
            )
        import nashpy

        return nashpy.Game(np.array(self.payoffs[0]), np.array(self.payoffs[1]))

    @classmethod
    def from_nashpy(cls, game: nashpy.Game) -> NormalFormGame:
        """Build a game from a ``nashpy.Game``.

        Raises
        ------
        TypeError
            If it is none.
        """
        library = sys.modules.get("nashpy")  # who has a game of nashpy has imported it
        if library is None or not isinstance(game, library.Game):
            raise TypeError(f"from_nashpy takes a nashpy.Game; got {short(game)}. From payoffs: NormalFormGame.from_arrays(A, B).")
        first, second = game.payoff_matrices
        return cls.from_arrays(first, second)


def _player_names(count: int) -> tuple[str, ...]:
    return tuple(f"player {i + 1}" for i in range(count))


def _holds_rows(given: object) -> bool:
    """Whether this is a matrix, or a list of lists, and no list of names."""
    if isinstance(given, Sequence):
        return any(is_list(row) for row in given)
    return given is not None and np.ndim(given) > 1  # type: ignore[arg-type]


def with_note(said: str, game: NormalFormGame) -> str:
    """Put the note of the game below what is said under a table of it."""
    return "\n".join(part for part in (said, game.note) if part)
