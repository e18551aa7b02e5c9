"""Names of solution concepts, and the solver that stands for each: fixed for good, so that a stored name keeps its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from negotiation_sim._words import nearest_name
from negotiation_sim.equilibria.bimatrix import AllNash
from negotiation_sim.equilibria.mediated.mediators import CoarseCorrelated, Correlated
from negotiation_sim.equilibria.pure import PureNash
from negotiation_sim.equilibria.quantal.logit import LogitQRE
from negotiation_sim.equilibria.subgame_perfect import SubgamePerfect
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.games.staged import StagedGame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from negotiation_sim.equilibria.summary import Summary

__all__ = ["Solver", "default_solver", "solver_for"]


@runtime_checkable
class Solver(Protocol):
    """A frozen record of tolerances and choices that solves games of one type.

    Attributes
    ----------
    concept : str
        The solution concept: ``"nash"``, ``"subgame-perfect"``, ``"logit"``.
    among : str
        Among what it searches: ``"pure strategies"``, or empty for all strategies. Tables and figures say so.
    takes : type
        The type of game: `NormalFormGame` or `StagedGame`.
    """

    concept: ClassVar[str]
    among: ClassVar[str]
    takes: ClassVar[type]

    def __call__(self, game: Any) -> Any:
        """Solve every game of a batch: `Equilibria`, `Paths`, or another `Solution`."""

    def summarise(self, game: Any, classes: NDArray[np.integer[Any]], n_classes: int, keep: frozenset[str]) -> Summary:
        """Return only what a sweep keeps."""


def default_solver(game: NormalFormGame | StagedGame) -> Solver:
    """Return the solver that `solve` uses when none is named: fixed for good.

    Every equilibrium for two players, every pure equilibrium for more, subgame-perfect paths for a staged game.

    Examples
    --------
    >>> default_solver(NormalFormGame.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])).concept
    'nash'
    """
    if isinstance(game, StagedGame):
        return SubgamePerfect()
    if isinstance(game, NormalFormGame):
        return AllNash() if len(game.players) == 2 else PureNash()
    raise TypeError(f"expected a NormalFormGame or a StagedGame; got {type(game).__name__}")


def solver_for(solver: object, players: int) -> Solver:
    """Return the solver that a name stands for, or the solver itself.

    Parameters
    ----------
    solver : str or Solver
        ``"nash"`` (every equilibrium for two players, every pure one for more), ``"pure"``, ``"mixed"`` (every one for any number of
        players, mixed ones too; small games), ``"subgame-perfect"``, ``"logit"`` (the
        quantal response equilibrium of precision 10 over the game's largest payoff range; ``LogitQRE(precision)`` for another),
        ``"correlated"`` or ``"coarse-correlated"`` (the one with the most welfare).
    players : int
        Number of players of the games to be solved.

    Raises
    ------
    ValueError
        If the name is unknown, or what is given is no solver: a class instead of an instance, several at once.

    Examples
    --------
    >>> solver_for("pure", 2)
    PureNash(rtol=1e-09)
    """
    named: Mapping[str, type[Solver]] = {
        "nash": AllNash if players == 2 else PureNash,
        "pure": PureNash,
        "mixed": AllNash,
        "subgame-perfect": SubgamePerfect,
        "correlated": Correlated,
        "coarse-correlated": CoarseCorrelated,
        "logit": LogitQRE,
    }
    if not isinstance(solver, str):
        if isinstance(solver, type):
            raise ValueError(f"solver must be an instance, not a class; got the class {solver.__name__}: give {solver.__name__}()")
        if isinstance(solver, Solver):
            return solver
        expected = f"one of the names {', '.join(named)}, or a solver such as PureNash()"
        raise ValueError(f"solver must be {expected}; got {type(solver).__name__} {solver!r}")
    if solver not in named:
        raise ValueError(f"unknown solver {solver!r}: {nearest_name(solver, named)}; or give a solver such as PureNash()")
    return named[solver]()
