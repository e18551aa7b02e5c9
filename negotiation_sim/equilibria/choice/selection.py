"""Choose among the equilibria of each game by a criterion, and keep the others in sight.

A criterion is a score (the highest of a game is chosen) or a test. Ties are kept, so a criterion may choose several equilibria of a
game, and it may choose none. Several criteria apply one after the other. A choice is one among the equilibria listed: where the list of
a game is not complete, one that is missing might have been chosen.

References
----------
J. Harsanyi and R. Selten (1988), A General Theory of Equilibrium Selection in Games, MIT Press (payoff and risk dominance).
J. Nash (1950), "The bargaining problem", Econometrica 18(2), 155-162 (the product of gains).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._arguments import each_of
from negotiation_sim._arrays import lock
from negotiation_sim._table import Shown, Table
from negotiation_sim._words import nearest_name, shown
from negotiation_sim.equilibria.certificates.resolution import ROUNDING
from negotiation_sim.equilibria.choice import selection_criteria as tests
from negotiation_sim.equilibria.choice.selection_criteria import entropy, least_loss, nash_product, welfare
from negotiation_sim.equilibria.entries import Equilibria, need_strategies

__all__ = ["CRITERIA", "Criterion", "Selected", "entropy", "least_loss", "nash_product", "select", "welfare"]

Criterion = str | Callable[[Equilibria], ArrayLike]
"""A name in `CRITERIA`, or a function that gives each entry a score or says of each, as a bool, whether it qualifies."""

_Test = Callable[[Equilibria, NDArray[np.bool_]], NDArray[np.bool_]]

CRITERIA: Final[Mapping[str, _Test]] = MappingProxyType(
    {
        "payoff-dominance": tests.payoff_dominant,
        "risk-dominance": tests.risk_dominant,
        "pareto": tests.pareto_undominated,
        "welfare": tests.most_welfare,
        "nash-product": tests.highest_nash_product,
        "entropy": tests.most_mixed,
        "margin": tests.most_stable,
        "strict": tests.strict_ones,
    }
)


@dataclass(frozen=True, eq=False, repr=False)
class Selected(Shown):
    """All equilibria of a batch of games, those that a criterion chose marked.

    Parameters
    ----------
    equilibria : Equilibria
        As they were given, none left out.
    chosen : ndarray of bool, shape (entry,)
    by : tuple of str
        The criteria, in the order in which they were applied.
    """

    equilibria: Equilibria
    chosen: NDArray[np.bool_]
    by: tuple[str, ...]

    @property
    def count(self) -> NDArray[np.int32]:
        """How many equilibria of each game are chosen; shape ``(*batch,)``."""
        games = len(self.equilibria.start) - 1
        found = np.bincount(self.equilibria.index[self.chosen], minlength=games)
        return found.astype(np.int32).reshape(self.equilibria.batch_shape)

    def profiles(self, index: int | tuple[int, ...] = ()) -> list[tuple[NDArray[np.float64], ...]]:
        """List the chosen equilibria of one game; ``equilibria.profiles(index)`` lists them all."""
        marks = self.chosen[self.equilibria._slice(index)]
        return [profile for profile, mark in zip(self.equilibria.profiles(index), marks, strict=True) if mark]

    def __repr__(self) -> str:
        return f"Selected({', '.join(self.by)}: {int(self.chosen.sum())} of {len(self.equilibria)} in batch {self.equilibria.batch_shape})"

    @property
    def tables(self) -> tuple[Table, ...]:
        """The equilibria of a single game, the chosen ones marked, or in how many games of a batch how many are chosen."""
        how = "by " + ", then ".join(self.by) + "."
        said = f"Chosen {how}" if self.chosen.any() else f"None is chosen {how}"
        if self.equilibria.batch_shape:
            rows = [(int(k), int(games)) for k, games in zip(*np.unique(self.count, return_counts=True), strict=True)]
            return (Table(("chosen", "games"), rows, title=f"Nash equilibria, {self.equilibria.form} form", note=said),)
        listed = self.equilibria._table()
        rows = [(*row, bool(mark)) for row, mark in zip(listed.rows, self.chosen, strict=True)]
        return (Table((*listed.columns, "chosen"), rows, title=listed.title, note=f"{said} {listed.note}"),)


def select(equilibria: Equilibria, by: Criterion | Sequence[Criterion] = "payoff-dominance") -> Selected:
    """Choose among the equilibria of each game.

    Parameters
    ----------
    equilibria : Equilibria
        With their strategies: not those of a solver that only counts.
    by : str, function or a sequence of them
        - ``"payoff-dominance"``: best for every player at once (none where players disagree);
        - ``"risk-dominance"``: two players; the pure equilibrium with the larger product of the losses from leaving it alone, pair by pair
          in the 2 x 2 game of the two (see `negotiation_sim.equilibria.choice.selection_criteria.risk_dominant`);
        - ``"pareto"``: no other gives some player more and none less;
        - ``"welfare"``, ``"nash-product"``, ``"entropy"``: the highest `welfare`, `nash_product`, `entropy`;
        - ``"margin"``: the strict equilibrium whose smallest loss from a deviation is the largest (`least_loss`);
        - ``"strict"``: every strict equilibrium;
        - a function that takes the equilibria and returns an array (entry,): scores, of which the highest of each game is chosen (NaN
          never is; differences up to `rtol` times the spread of the game's scores, or within their rounding, are ties), or bools.

        Of a sequence, each criterion applies to what the ones before it chose, in games where it chooses at all.

    Returns
    -------
    Selected
        Every equilibrium, the chosen ones marked.

    Raises
    ------
    ValueError
        If a name is unknown, a function returns an array of another shape, or the equilibria have no strategies.

    Examples
    --------
    >>> from negotiation_sim.equilibria.bimatrix import AllNash
    >>> from negotiation_sim.games.normal_form import NormalFormGame
    >>> hunt = NormalFormGame.from_arrays([[9, 0], [8, 7]], [[9, 8], [0, 7]], actions=[["stag", "hare"]] * 2)
    >>> found = AllNash()(hunt)
    >>> select(found, "payoff-dominance").profiles()
    [(array([1., 0.]), array([1., 0.]))]
    >>> select(found, ["risk-dominance", "welfare"]).profiles()
    [(array([0., 1.]), array([0., 1.]))]
    """
    need_strategies(equilibria, "select")
    expected = f"by must hold names of criteria ({', '.join(CRITERIA)}) and functions"
    steps: list[Criterion] = [by] if isinstance(by, str) or callable(by) else each_of(by, expected)
    if not steps:
        raise ValueError(f"by must name at least one criterion; got none. Expected some of {', '.join(CRITERIA)} or a function")
    among = np.ones(len(equilibria), dtype=bool)
    decided = np.zeros(len(equilibria.start) - 1, dtype=bool)
    for step in steps:
        passed = _tested(equilibria, step, among)
        decides = np.bincount(equilibria.index[passed], minlength=len(decided)) > 0
        among = np.where(decides[equilibria.index], passed, among)
        decided |= decides
    return Selected(equilibria, lock(among & decided[equilibria.index]), tuple(map(_name, steps)))


def _tested(equilibria: Equilibria, step: Criterion, among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    if isinstance(step, str):
        if step not in CRITERIA:
            raise ValueError(f"unknown criterion {step!r}: {nearest_name(step, CRITERIA)}, or a function of your own")
        return CRITERIA[step](equilibria, among)
    if not callable(step):
        raise TypeError(f"by must hold names of criteria and functions; got {shown(step)}")
    answer = np.asarray(step(equilibria))
    if answer.shape != (len(equilibria),) or answer.dtype.kind not in "biuf":
        raise ValueError(
            f"{_name(step)} must return a number or a bool for each of the {len(equilibria)} entries; "
            f"got {answer.dtype} of shape {answer.shape}"
        )
    if answer.dtype == np.bool_:
        return among & answer.astype(np.bool_)
    score = answer.astype(np.float64)
    finite = np.where(np.isfinite(score), score, np.nan)
    top = tests.per_game(equilibria, np.fmax, finite)
    bottom = tests.per_game(equilibria, np.fmin, finite)
    slack = np.nan_to_num(equilibria.rtol * top - equilibria.rtol * bottom)
    with np.errstate(over="ignore"):
        raised = score + np.maximum(slack, ROUNDING * np.nan_to_num(abs(score)))
    return tests.highest(equilibria, score, raised, among)


def _name(step: Criterion) -> str:
    return step if isinstance(step, str) else getattr(step, "__name__", type(step).__name__)
