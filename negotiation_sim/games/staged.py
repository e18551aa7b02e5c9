"""Games played in stages with observed actions: a payoff for every play, and an order in which the instruments are decided.

A *play* is one option for every instrument. An instrument belongs to one player and is decided exactly once, in one stage; players
who decide in the same stage do so at once; everybody sees all earlier stages. Without stages the same payoffs make a normal form.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._arrays import games_last, lock, logical_view, to_games_last
from negotiation_sim.games.arguments import (
    a_text,
    each_game,
    is_list,
    option_names,
    pick_games,
    positions,
    read_names,
    read_stages,
    short,
    the_game,
)
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.games.payoff_arrays import real_array, refuse_cells
from negotiation_sim.games.rules import check_rules

__all__ = ["StagedGame"]


@dataclass(frozen=True, eq=False)
class StagedGame:
    """A batch of games over the same plays, with an order of moves.

    Parameters
    ----------
    payoffs : array_like, shape (*batch, player, o_0, ..., o_{I-1})
        Payoff of each player at each play; axis ``o_k`` is the option chosen for instrument ``k``.
    players : sequence of str
        Names, in order.
    owners : sequence of int
        For each instrument, the index of the player who decides it.
    stages : sequence of sequences of int
        For each stage, in time order, the instruments decided in it (by index). Every instrument appears exactly once.
    instruments : sequence of str, optional
        Names of the instruments.
    options : sequence of sequences of str, optional
        Names of each instrument's options.
    stage_names : sequence of str, optional
        Names of the stages.
    feasible : array_like of bool, shape (o_0, ..., o_{I-1}), optional
        Plays that the rules allow. At every history each deciding player must keep at least one choice, and what players may do
        who move at once must not depend on each other. Payoffs of other plays are ignored.
    form : str, default "staged"
        The name of the form, repeated by every solution.
    note : str, optional
        A sentence that every table and figure of the game repeats.

    Raises
    ------
    ValueError
        If axes, names, owners or stages do not fit each other.

    Examples
    --------
    The entrant moves first, the incumbent sees it:

    >>> entry = StagedGame([[[0, 0], [-1, 1]], [[2, 2], [-1, 1]]], ["entrant", "incumbent"], owners=[0, 1], stages=[[0], [1]])
    >>> entry
    StagedGame(2 players, 2 x 2 options, 2 stages, batch ())
    """

    payoffs: NDArray[np.float64]
    players: tuple[str, ...]
    owners: tuple[int, ...]
    stages: tuple[tuple[int, ...], ...]
    instruments: tuple[str, ...]
    options: tuple[tuple[str, ...], ...]
    stage_names: tuple[str, ...]
    feasible: NDArray[np.bool_] | None
    form: str
    note: str

    def __init__(
        self,
        payoffs: ArrayLike,
        players: Sequence[str],
        owners: Sequence[int],
        stages: Sequence[Sequence[int]],
        instruments: Sequence[str] | None = None,
        options: Sequence[Sequence[str]] | None = None,
        stage_names: Sequence[str] | None = None,
        feasible: ArrayLike | None = None,
        form: str = "staged",
        note: str = "",
    ) -> None:
        array = real_array(payoffs)
        names = read_names("players", players, None, "player")
        refuse_cells(payoffs, len(names), "Give numpy.moveaxis(cells, -1, 0); write the rows of a player's own payoffs as lists.")
        core = 1 + len(positions("owners", owners, names, "instrument"))
        if array.ndim < core or array.shape[array.ndim - core] != len(names):
            raise ValueError(
                f"payoffs must end in axes (player, one for each of {len(owners)} instruments) with {len(names)} players; "
                f"got shape {array.shape}. Batch axes come first."
            )
        batch_ndim = array.ndim - core
        tensor = to_games_last(array, batch_ndim)
        self._fill(tensor, array.shape[:batch_ndim], players, owners, stages, instruments, options, stage_names, feasible, form, note)

    @classmethod
    def from_tensor(
        cls,
        tensor: NDArray[np.float64],
        batch_shape: tuple[int, ...],
        players: Sequence[str],
        owners: Sequence[int],
        stages: Sequence[Sequence[int]],
        instruments: Sequence[str] | None = None,
        options: Sequence[Sequence[str]] | None = None,
        stage_names: Sequence[str] | None = None,
        feasible: ArrayLike | None = None,
        form: str = "staged",
        note: str = "",
    ) -> StagedGame:
        """Adopt a batch-fastest buffer ``(player, o_0, ..., o_{I-1}, games)`` of our own without a copy (it is locked)."""
        game = object.__new__(cls)
        game._fill(tensor, batch_shape, players, owners, stages, instruments, options, stage_names, feasible, form, note)
        return game

    @classmethod
    def from_normal_form(cls, game: NormalFormGame, order: Sequence[Sequence[str]], form: str = "staged") -> StagedGame:
        """Let the players of a normal-form game move in an order: one list of player names for each stage.

        Examples
        --------
        >>> game = NormalFormGame.from_arrays([[2, 0], [3, 1]], [[1, 0], [0, 2]], players=["leader", "follower"])
        >>> StagedGame.from_normal_form(game, [["leader"], ["follower"]]).stages
        ((0,), (1,))
        """
        game = the_game(game, "StagedGame.from_normal_form")
        if not is_list(order) or not all(map(is_list, order)):
            raise ValueError(f'order must hold a list of player names for each stage, such as [["Ann"], ["Bob"]]; got {short(order)}')
        unknown = [name for stage in order for name in stage if name not in game.players]
        if unknown:
            raise ValueError(f"order names unknown players {unknown}; the game's players are {list(game.players)}")
        return cls.from_tensor(
            game.tensor,
            game.batch_shape,
            game.players,
            owners=range(len(game.players)),
            stages=[[game.players.index(name) for name in stage] for stage in order],
            instruments=game.players,
            options=game.actions,
            form=form,
            note=game.note,
        )

    def _fill(
        self,
        tensor: NDArray[np.float64],
        batch_shape: tuple[int, ...],
        players: Sequence[str],
        owners: Sequence[int],
        stages: Sequence[Sequence[int]],
        instruments: Sequence[str] | None,
        options: Sequence[Sequence[str]] | None,
        stage_names: Sequence[str] | None,
        feasible: ArrayLike | None,
        form: str,
        note: str,
    ) -> None:
        sizes = tensor.shape[1:-1]
        if min(sizes, default=0) < 1:
            raise ValueError(f"payoffs must have an axis of at least one option for each instrument; got axes {sizes}")
        players_ = read_names("players", players, tensor.shape[0], "player")
        owners_ = positions("owners", owners, players_, "instrument")
        if len(owners_) != len(sizes):
            raise ValueError(f"owners must give a player for each of {len(sizes)} instruments; got {owners_}")
        stages_ = read_stages(stages, len(sizes))
        numbered = tuple(f"{players_[i]}.{k + 1}" for k, i in enumerate(owners_))
        names = numbered if instruments is None else read_names("instruments", instruments, len(sizes), "instrument")
        labels = option_names("options", options, sizes, names, "instrument")
        named = stage_names if stage_names is not None else tuple(f"stage {s + 1}" for s in range(len(stages_)))
        mask = None
        if feasible is not None:
            mask = np.array(feasible, dtype=bool)
            if mask.shape != sizes:
                raise ValueError(f"feasible must have the shape of the plays, {sizes}; got {mask.shape}")
            if not mask.any():
                raise ValueError("feasible must allow at least one play; got none")
            check_rules(mask, owners_, stages_, players_, names)
            lock(mask)
        for attribute, value in (
            ("payoffs", logical_view(lock(tensor), batch_shape)),
            ("players", players_),
            ("owners", owners_),
            ("stages", stages_),
            ("instruments", names),
            ("options", labels),
            ("stage_names", read_names("stage_names", named, len(stages_), "stage")),
            ("feasible", mask),
            ("form", a_text(form, "form")),
            ("note", a_text(note, "note")),
        ):
            object.__setattr__(self, attribute, value)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of options of each instrument."""
        return tuple(len(axis) for axis in self.options)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch; ``()`` for a single game."""
        return self.payoffs.shape[: self.payoffs.ndim - len(self.owners) - 1]

    @property
    def games(self) -> int:
        """Number of games in the batch."""
        return math.prod(self.batch_shape)

    @cached_property
    def tensor(self) -> NDArray[np.float64]:
        """The payoffs as kernels see them: a view ``(player, o_0, ..., o_{I-1}, games)``, contiguous, batch-fastest."""
        return games_last(self.payoffs, len(self.batch_shape))

    @cached_property
    def payoff_range(self) -> NDArray[np.float64]:
        """Largest minus smallest payoff of each player over the feasible plays; shape ``(player, games)``."""
        flat = self.tensor.reshape((len(self.players), math.prod(self.shape), self.games))
        if self.feasible is not None:
            flat = flat[:, self.feasible.ravel()]
        with np.errstate(invalid="ignore", over="ignore"):
            return lock(flat.max(axis=1) - flat.min(axis=1))

    @cached_property
    def finite(self) -> NDArray[np.bool_]:
        """Whether every feasible payoff of a game is finite; shape ``(games,)``."""
        return lock(np.asarray(np.isfinite(self.payoff_range).all(axis=0)))

    def play(self, index: int) -> tuple[str, ...]:
        """Return the option of each instrument in the play with this flat index (C order over the instruments' options)."""
        picked = np.unravel_index(index, self.shape)
        return tuple(axis[int(k)] for axis, k in zip(self.options, picked, strict=True))

    def normal_form(self) -> tuple[NormalFormGame, NDArray[np.intp]]:
        """Let everybody decide everything at once.

        Each player's action becomes a combination of the options of all their instruments, names joined with ``+``; instruments
        with a single option are left out of the names.

        Returns
        -------
        game : NormalFormGame
            The simultaneous form.
        plays : ndarray of int, shape (a_0, ..., a_{N-1})
            Flat index of the play that each action profile stands for.

        Raises
        ------
        ValueError
            If what one player may choose depends on another player's choice.
        """
        count = len(self.players)
        groups = [[k for k, owner in enumerate(self.owners) if owner == i] for i in range(count)]
        allowed = np.ones(self.shape, dtype=bool) if self.feasible is None else self.feasible
        order = [k for group in groups for k in group]
        sizes = [math.prod(self.shape[k] for k in group) for group in groups]
        plays = np.arange(allowed.size).reshape(self.shape).transpose(order).reshape(sizes)
        merged = allowed.transpose(order).reshape(sizes)
        keeps = []
        product = np.ones((), dtype=bool)
        for i in range(count):
            keep = np.asarray(merged.any(axis=tuple(j for j in range(count) if j != i)))
            keeps.append(np.flatnonzero(keep))
            product = np.multiply.outer(product, keep)
        if not np.array_equal(product, merged):
            raise ValueError(
                "the simultaneous form needs choices that do not depend on other players' choices; "
                "here the feasible plays tie the choices of different players together: name a timed form, "
                "and ask for its subgame-perfect paths (solver 'subgame-perfect')"
            )
        actions = []
        for group, kept in zip(groups, keeps, strict=True):
            named = [k for k in group if self.shape[k] > 1] or group[:1]
            picked = np.unravel_index(kept, [self.shape[k] for k in group]) if group else ()
            columns = {k: [self.options[k][int(v)] for v in values] for k, values in zip(group, picked, strict=True)}
            actions.append(["+".join(columns[k][r] for k in named) for r in range(len(kept))] if group else ["-"])
        tensor = self.tensor.transpose([0, *(k + 1 for k in order), len(order) + 1]).reshape((count, *sizes, self.games))
        for i, kept in enumerate(keeps):
            if len(kept) != sizes[i]:
                tensor = tensor.take(kept, axis=i + 1)
                plays = plays.take(kept, axis=i)
        game = NormalFormGame.from_tensor(np.ascontiguousarray(tensor), self.batch_shape, self.players, actions, "simultaneous", self.note)
        return game, plays

    def __getitem__(self, index: Any) -> StagedGame:
        """Select games: indexes the batch axes only."""
        picked = pick_games(self.payoffs, index, 1 + len(self.owners))
        return StagedGame(
            picked,
            self.players,
            self.owners,
            self.stages,
            self.instruments,
            self.options,
            self.stage_names,
            self.feasible,
            self.form,
            self.note,
        )

    def __iter__(self) -> Iterator[StagedGame]:
        """Iterate over the first axis of the batch."""
        return each_game(self)

    def __repr__(self) -> str:
        sizes = " x ".join(map(str, self.shape))
        return f"StagedGame({len(self.players)} players, {sizes} options, {len(self.stages)} stages, batch {self.batch_shape})"
