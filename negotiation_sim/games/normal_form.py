"""Finite games in normal form, one or a whole batch of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._arrays import games_last, lock, logical_view, to_games_last

if TYPE_CHECKING:
    import nashpy

__all__ = ["NormalFormGame"]


@dataclass(frozen=True, eq=False)
class NormalFormGame:
    """A batch of finite N-player games in normal form.

    Parameters
    ----------
    payoffs : array_like, shape (*batch, player, a_0, ..., a_{N-1})
        Payoff of each player at each action profile. Player ``i`` chooses axis ``a_i``; the axes stay in the order of the players
        everywhere. Copied, made batch-fastest in memory, and locked.
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
        array = _as_payoffs(payoffs)
        known = len(players) if players is not None else len(actions) if actions is not None else None
        count = _number_of_players(array.shape, known)
        batch_ndim = array.ndim - count - 1
        tensor = to_games_last(array, batch_ndim)
        self._fill(tensor, array.shape[:batch_ndim], players, actions, form, note)

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

        Batch axes broadcast. With two players, ``from_arrays(A, B)`` is the bimatrix game with both matrices in (row, column) order.

        Examples
        --------
        >>> NormalFormGame.from_arrays([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
        NormalFormGame(2 players, 2 x 2 actions, batch ())
        """
        if not arrays:
            raise ValueError("from_arrays expected one payoff array a player; got none")
        parts = [_as_payoffs(a) for a in arrays]
        count = len(parts)
        for i, part in enumerate(parts):
            if part.ndim < count or part.shape[part.ndim - count :] != parts[0].shape[parts[0].ndim - count :]:
                raise ValueError(
                    f"array {i} must end in the same {count} action axes as array 0, "
                    f"{parts[0].shape[max(parts[0].ndim - count, 0) :]}; got shape {part.shape}. Batch axes come first."
                )
        stacked = np.stack(np.broadcast_arrays(*parts), axis=-count - 1)
        return cls(stacked, players=players if players is not None else _player_names(count), actions=actions, form=form, note=note)

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
        names = tuple(players) if players is not None else _player_names(count)
        labels = (
            tuple(tuple(str(label) for label in a) for a in actions)
            if actions is not None
            else tuple(tuple(str(k + 1) for k in range(n)) for n in sizes)
        )
        if len(names) != count or len(set(names)) != count:
            raise ValueError(f"players must hold {count} different names, one for each player; got {names}")
        for i, (axis, n) in enumerate(zip(labels, sizes, strict=False)):
            if len(axis) != n or len(set(axis)) != n:
                raise ValueError(f"actions[{i}] ({names[i]}) must hold {n} different names, one for each action; got {axis}")
        if len(labels) != count:
            raise ValueError(f"actions must hold {count} lists of names, one for each player; got {len(labels)}")
        lock(tensor)
        object.__setattr__(self, "payoffs", logical_view(tensor, batch_shape))
        object.__setattr__(self, "players", names)
        object.__setattr__(self, "actions", labels)
        object.__setattr__(self, "form", form)
        object.__setattr__(self, "note", note)

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
        with np.errstate(invalid="ignore"):
            return lock(flat.max(axis=1) - flat.min(axis=1))

    @cached_property
    def finite(self) -> NDArray[np.bool_]:
        """Whether every payoff of a game is finite; shape ``(games,)``."""
        return lock(np.asarray(np.isfinite(self.payoff_range).all(axis=0)))

    def __getitem__(self, index: Any) -> NormalFormGame:
        """Select games: indexes the batch axes only."""
        key = index if isinstance(index, tuple) else (index,)
        core = (slice(None),) * (1 + len(self.players))
        if not any(k is Ellipsis for k in key):
            key = (*key, Ellipsis)
        try:
            picked = self.payoffs[(*key, *core)]
        except IndexError as error:
            raise IndexError(f"index {index!r} does not fit the batch {self.batch_shape}: {error}") from None
        return NormalFormGame(picked, self.players, self.actions, self.form, self.note)

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
        """Build a game from a ``nashpy.Game``."""
        first, second = game.payoff_matrices
        return cls.from_arrays(first, second)


def _player_names(count: int) -> tuple[str, ...]:
    return tuple(f"player {i + 1}" for i in range(count))


def _as_payoffs(payoffs: ArrayLike) -> NDArray[np.float64]:
    try:
        array = np.asarray(payoffs)
        if array.dtype.kind == "c":
            raise TypeError("complex numbers")
        return array.astype(np.float64, copy=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"payoffs must be a rectangular array of real numbers; got {type(payoffs).__name__} ({error})") from None


def _number_of_players(shape: tuple[int, ...], known: int | None) -> int:
    """Read N from ``(*batch, N, a_0, ..., a_{N-1})``."""
    fits = [n for n in range(1, len(shape)) if shape[len(shape) - 1 - n] == n]
    if known is not None:
        if known in fits:
            return known
        raise ValueError(
            f"payoffs must end in {known + 1} axes: one of size {known} for players, then one per player's actions; got shape {shape}. "
            "Batch axes come first."
        )
    if len(fits) == 1:
        return fits[0]
    if not fits:
        raise ValueError(
            f"payoffs must end in axes (player, a_0, ..., a_N-1): one for players, then one per player's actions; got shape {shape}. "
            "Batch axes come first."
        )
    raise ValueError(
        f"payoffs of shape {shape} fit {' and '.join(map(str, fits))} players: say which with players=[...], one name for each player."
    )
