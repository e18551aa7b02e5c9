"""What solvers return: every solution of every game of a batch, each with its certificate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._table import NumberFormat, Table, number_text
from negotiation_sim._words import mixture
from negotiation_sim.equilibria.certificates.certificate import certify_mixed
from negotiation_sim.equilibria.certificates.resolution import Resolution
from negotiation_sim.equilibria.compressed import Entries
from negotiation_sim.equilibria.extreme.components import Components, find_components
from negotiation_sim.equilibria.margins import class_probability, margin_mixed
from negotiation_sim.equilibria.paths import Paths
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.status import Completeness, Status

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Equilibria", "Paths", "need_strategies"]


@dataclass(frozen=True, eq=False, repr=False)
class Equilibria(Entries):
    """Nash equilibria of a batch of normal-form games.

    Parameters
    ----------
    game : NormalFormGame
        What was solved.
    solver : object
        The solver, with its tolerances and choices.
    status, complete : ndarray of int8, shape (*batch,)
        A `Status` and a `Completeness` for each game.
    start : ndarray of int64, shape (games + 1,)
        Where the entries of each game begin.
    strategies : tuple of ndarray, one for each player, shape (entry, n_i)
        Probability of each action.
    payoffs : ndarray, shape (entry, player)
        Expected payoffs.
    regret : ndarray, shape (entry,)
        The certificate: the largest gain from a deviation, as a share of the deviating player's payoff range in that game, computed
        by code that did not find the equilibrium. Gains within the rounding of the payoffs (see `Resolution`) are 0.
    strict : ndarray of bool, shape (entry,)
        Every deviation to another pure action loses more than `rtol` times the range, so only pure profiles can be strict. False, too,
        where the solver was asked not to work out payoffs: then the regret is NaN.
    rtol : float
        Gains and losses up to this share of the payoff range count as zero.
    concept : str
        ``"nash"``.
    labels : ndarray of int64, shape (2, entry), optional
        For the extreme equilibria of two-player games: labels of the first player's strategy and of the second's, a bit for each action
        (the first player's come first) that has probability zero or is a best reply to the strategy; 0 in games without ties, where each
        equilibrium is isolated. `components` needs them.
    """

    game: NormalFormGame
    solver: object
    status: NDArray[np.int8]
    complete: NDArray[np.int8]
    start: NDArray[np.int64]
    strategies: tuple[NDArray[np.float64], ...]
    payoffs: NDArray[np.float64]
    regret: NDArray[np.float64]
    strict: NDArray[np.bool_]
    rtol: float = 1e-9
    concept: str = "nash"
    labels: NDArray[np.int64] | None = None

    @classmethod
    def from_strategies(
        cls,
        game: NormalFormGame,
        solver: object,
        start: NDArray[np.int64],
        strategies: Sequence[NDArray[np.float64]],
        complete: ArrayLike,
        status: ArrayLike | None = None,
        rtol: float = 1e-9,
        concept: str = "nash",
        labels: NDArray[np.int64] | None = None,
        index: NDArray[np.intp] | None = None,
        spare: NDArray[np.float64] | None = None,
    ) -> Equilibria:
        """Certify profiles that a solver found.

        Parameters
        ----------
        game, solver, rtol, concept, labels
            As in the class.
        start : ndarray of int64, shape (games + 1,)
        strategies : sequence of ndarray, one for each player, shape (entry, n_i)
            Sorted by game. Fastest when the entry is the fastest axis in memory, ``array_of_shape_n_entry.T``.
        complete : array_like of int, shape (), (games,) or (*batch,)
        status : array_like of int, the same shapes, optional
            By default OK, or NOT_FINITE where the game says so. A game that is not OK is never complete.
        index : ndarray of int, shape (entry,), optional
            The game of each entry, for those who have it at hand: what ``start`` says.
        spare : ndarray, shape (player + 1, entry), optional
            Memory to use for payoffs and regrets.
        """
        if status is None:
            status = np.where(game.finite, np.int8(Status.OK), np.int8(Status.NOT_FINITE))
        found = _per_game(status, game)
        whole = np.where(found == Status.OK, _per_game(complete, game), np.int8(Completeness.NO))
        of = np.repeat(np.arange(game.games), np.diff(start)) if index is None else index
        verdict = certify_mixed(game.tensor, of, [x.T for x in strategies], rtol, spare)
        return cls(
            game=game,
            solver=solver,
            status=found.reshape(game.batch_shape),
            complete=whole.reshape(game.batch_shape),
            start=np.asarray(start, dtype=np.int64),
            strategies=tuple(strategies),
            payoffs=verdict.payoffs.T,
            regret=verdict.regret,
            strict=verdict.strict,
            rtol=rtol,
            concept=concept,
            labels=labels,
        )

    @cached_property
    def _components(self) -> Components:
        if self.labels is None or np.isnan(self.payoffs).any():
            raise ValueError(
                f"components need every extreme equilibrium of games of two players, with its payoffs; {self.solver!r} does not give them "
                'here. Solve games of two players with AllNash(), with its default want="all".'
            )
        return find_components(self.start, self.labels, self.payoffs)

    def components(self) -> Components:
        """Group the extreme equilibria of each two-player game into maximal Nash subsets and connected components.

        Raises
        ------
        ValueError
            If the solver does not list all extreme equilibria and their payoffs: only ``AllNash()`` does.

        Examples
        --------
        >>> from negotiation_sim.equilibria.bimatrix import AllNash
        >>> threat = NormalFormGame.from_arrays([[0, 0], [-1, 2]], [[3, 3], [-1, 1]])
        >>> found = AllNash()(threat)
        >>> len(found), found.components().dimension
        (3, array([1, 0]))
        """
        return self._components

    @property
    def component(self) -> NDArray[np.intp]:
        """The component of each entry, numbered through the batch; shape ``(entry,)``. See `components`."""
        return self._components.component

    @property
    def form(self) -> str:
        """The form of the game that was solved."""
        return self.game.form

    def profiles(self, index: int | tuple[int, ...] = ()) -> list[tuple[NDArray[np.float64], ...]]:
        """List the equilibria of one game, each a tuple of one probability vector a player.

        Parameters
        ----------
        index : int or tuple of int
            Place of the game in the batch; nothing for a single game.
        """
        entries = self._slice(index)
        return [tuple(x[e] for x in self.strategies) for e in range(entries.start, entries.stop)]

    def __iter__(self) -> Iterator[tuple[NDArray[np.float64], ...]]:
        """The equilibria of a single game, as `profiles` lists them."""
        if self.batch_shape:
            raise TypeError(
                f"the batch {self.batch_shape} has a list of equilibria for each game: profiles(index) gives one of them, "
                "to_long_frame() all in one table"
            )
        return iter(self.profiles())

    def to_long_frame(self) -> pd.DataFrame:
        """Return every equilibrium of every game as a DataFrame, one row for each action of each player.

        Returns
        -------
        pandas.DataFrame
            Columns ``batch_0``, ... (place of the game in the batch, from 0; none for a single game), ``equilibrium`` (its number within
            the game, from 1), ``player``, ``action``, ``probability`` (of the action), ``payoff`` (of the player), ``regret`` (of the
            equilibrium, a share of the payoff range) and ``strict``. A game without an equilibrium has no row. NaN (and no ``strict``)
            where the solver was asked not to work it out.

        Examples
        --------
        >>> from negotiation_sim.equilibria.bimatrix import AllNash
        >>> game = NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]], players=["Ann", "Bob"], actions=[["stay", "go"]] * 2)
        >>> AllNash()(game).to_long_frame()[["equilibrium", "player", "action", "probability", "payoff"]]
           equilibrium player action  probability  payoff
        0            1    Ann   stay          0.0     1.0
        1            1    Ann     go          1.0     1.0
        2            1    Bob   stay          0.0     1.0
        3            1    Bob     go          1.0     1.0
        """
        import pandas as pd

        game, sizes = self.game, self.game.shape
        entry = np.repeat(np.arange(len(self)), sum(sizes))
        player = np.tile(np.repeat(np.arange(len(sizes)), sizes), len(self))
        where = np.unravel_index(self.index, self.batch_shape) if self.batch_shape else ()
        columns: dict[str, NDArray[Any]] = {f"batch_{k}": place[entry] for k, place in enumerate(where)}
        columns["equilibrium"] = (np.arange(len(self)) - self.start[:-1][self.index] + 1)[entry]
        columns["player"] = np.array(game.players, dtype=object)[player]
        columns["action"] = np.tile(np.array([label for labels in game.actions for label in labels], dtype=object), len(self))
        columns["probability"] = np.concatenate(self.strategies, axis=1).reshape(-1)
        columns["payoff"] = self.payoffs[entry, player]
        columns["regret"] = self.regret[entry]
        if not np.isnan(self.regret).any():
            columns["strict"] = self.strict[entry]
        return pd.DataFrame(columns)

    def padded(self, k: int | None = None) -> tuple[NDArray[np.float64], ...]:
        """Strategies in slots: one array a player of shape ``(*batch, k, n_i)``, NaN in empty slots.

        Raises
        ------
        ValueError
            If a game has more than ``k`` equilibria. By default ``k`` is the largest count.
        """
        size, slot = self._slots(k)
        out = []
        for x in self.strategies:
            full = np.full((self.game.games * size, x.shape[1]), np.nan)
            full[slot] = x
            out.append(full.reshape((*self.batch_shape, size, x.shape[1])))
        return tuple(out)

    def class_probability(self, classes: NDArray[np.integer[Any]], n_classes: int) -> NDArray[np.float64]:
        """Probability that each equilibrium gives each outcome class.

        Parameters
        ----------
        classes : ndarray of int8, shape (a_0, ..., a_{N-1})
            Class of each profile; -1 for none.
        n_classes : int

        Returns
        -------
        ndarray, shape (entry, n_classes)
        """
        return class_probability(classes, n_classes, [x.T for x in self.strategies]).T

    def margin(self, classes: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        """Smallest loss, as a share of the mover's payoff range, from a deviation that leaves the outcome class.

        A deviation to a pure action leaves when it changes the probability of some class. Infinite where none leaves.

        Returns
        -------
        ndarray, shape (entry,)
        """
        return margin_mixed(self.game.tensor, self.index, [x.T for x in self.strategies], Resolution.of(self.game.tensor), classes)

    def strict_between_outcomes(self, classes: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """Whether every deviation that leaves the outcome class loses more than `rtol` times the range; shape ``(entry,)``."""
        return self.margin(classes) > self.rtol

    def __repr__(self) -> str:
        return f"Equilibria({self.concept}, {self.form} form, {len(self)} in batch {self.batch_shape})"

    def component_lines(self) -> list[str]:
        """Say of each component of a single game which equilibria (numbered from 1) span it, how large it is and what it pays.

        Empty where every equilibrium is isolated, or where components are not known.
        """
        if self.batch_shape or self.labels is None or np.isnan(self.payoffs).any() or len(self.components()) == len(self):
            return []
        parts = self.components()
        spans = [_spans(*ends) for ends in zip(parts.payoff_min.T, parts.payoff_max.T, strict=True)]
        return [_component_line(parts, c, self.game.players, [span[c] for span in spans]) for c in range(len(parts))]

    def _table(self) -> Table:
        title = f"Nash equilibria{self._within}, {self.form} form"
        if self.batch_shape:
            return self._tally(title)
        names = self.game.players
        lines = self.component_lines()
        parts = self.components() if lines else None
        rows: list[tuple[object, ...]] = []
        known = getattr(self.solver, "want", "all") != "count"
        for e, profile in enumerate(self.profiles()):
            said = [_mixture(x, labels) for x, labels in zip(profile, self.game.actions, strict=True)]
            if np.isnan(self.regret[e]):  # only counted, or only its supports are known
                rows.append((e + 1, *(said if known else "?" * len(names)), *"?" * len(names), "?"))
                continue
            rows.append((e + 1, *said, *self.payoffs[e], bool(self.strict[e]), *([] if parts is None else [int(parts.component[e]) + 1])))
        columns = ("", *names, *(f"payoff {name}" for name in names), "strict", *([] if parts is None else ["component"]))
        verdict = (
            "All there are, with all mixtures that the components allow."
            if lines and self.complete[()] == Completeness.PROVED
            else self._verdict()
        )
        return Table(columns, rows, title=title, note="\n".join([*lines, self._said(verdict)]))


def need_strategies(given: object, taker: str) -> None:
    """Refuse what is no list of equilibria, or one without strategies.

    Raises
    ------
    TypeError, ValueError
    """
    if not isinstance(given, Equilibria):
        raise TypeError(
            f"{taker} takes Equilibria, what a solver of games in normal form returns; got {type(given).__name__}. "
            "Solve a game first: found = solve(game)."
        )
    if np.isnan(given.regret).any():
        raise ValueError(f'{taker} needs the strategies of the equilibria; got a list without them: solve with want="all"')


def _component_line(parts: Components, c: int, names: Sequence[str], pays: Sequence[str]) -> str:
    """Say of one component which equilibria span it, how large it is, and what it pays."""
    spans = [f"payoff {name} {pay}" for name, pay in zip(names, pays, strict=True)]
    if parts.dimension[c] == 0:
        return f"Component {c + 1}: isolated; {', '.join(spans)}."
    subsets = " or ".join(", ".join(str(e + 1) for e in subset) for subset in parts.subsets(c))
    return f"Component {c + 1}: spanned by {subsets}; dimension {parts.dimension[c]}; {', '.join(spans)}."


def _spans(low: NDArray[np.float64], high: NDArray[np.float64]) -> list[str]:
    """From where to where one player's payoffs go, by component, in as many digits as tell them apart."""
    values = [*low.tolist(), *high.tolist()]
    texts = [number_text(value) for value in values]
    if len(set(texts)) < len(set(values)):
        texts = [NumberFormat.of(values).text(value) for value in values]
    return [least if least == most else f"{least}..{most}" for least, most in zip(texts[: len(low)], texts[len(low) :], strict=True)]


def _per_game(values: ArrayLike, game: NormalFormGame) -> NDArray[np.int8]:
    """One int8 a game, flat, from a scalar or an array over the games or the batch."""
    array = np.asarray(values, dtype=np.int8)
    return np.array(np.broadcast_to(array.reshape(-1) if array.ndim else array, (game.games,)))


def _mixture(strategy: NDArray[np.float64], labels: Sequence[str]) -> str:
    return mixture((p, label) for p, label in zip(strategy.tolist(), labels, strict=True) if not p <= 0)
