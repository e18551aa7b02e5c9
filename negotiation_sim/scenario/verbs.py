"""``solve``: one verb for games and for models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from negotiation_sim._words import shown
from negotiation_sim.equilibria.bimatrix import AllNash
from negotiation_sim.equilibria.concepts import default_solver, solver_for
from negotiation_sim.games.exact import ExactGame
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.games.staged import StagedGame

if TYPE_CHECKING:
    from negotiation_sim.equilibria.concepts import Solver

__all__ = ["solve"]


class _Model(Protocol):
    def solve(self, solver: Any = None) -> Any: ...


def solve(problem: NormalFormGame | StagedGame | ExactGame | _Model, solver: Solver | str | None = None) -> Any:
    """Solve a game, a batch of games, or a model.

    Parameters
    ----------
    problem : NormalFormGame, StagedGame, ExactGame, Scenario, GameFamily
        What to solve; a batch is solved in one call. An `ExactGame` is solved in rational numbers, by ``AllNash(exact=True)``.
    solver : Solver or str, optional
        A solver such as ``AllNash()``, or the name of a concept (``"nash"``, ``"pure"``, ``"mixed"``, ``"subgame-perfect"``, ``"logit"``,
        ``"correlated"``, ``"coarse-correlated"``). By default every Nash equilibrium of a normal form (`AllNash` for two players,
        `PureNash` for more) and every subgame-perfect path of a staged game.

    Returns
    -------
    Equilibria, Paths, QuantalResponses or CorrelatedEquilibria
        Every equilibrium with its certificate; from `LogitQRE` the one response that it singles out, from a mediator the best plan.

    Raises
    ------
    ValueError
        If the solver does not take a game of this kind.

    Examples
    --------
    >>> import negotiation_sim as ns
    >>> game = ns.NormalFormGame.from_arrays([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    >>> for row, column in ns.solve(game).profiles():
    ...     print(row, column)
    [0.5 0.5] [0.5 0.5]
    """
    if isinstance(problem, ExactGame):
        exactly = AllNash(exact=True) if solver is None else solver
        if not (isinstance(exactly, AllNash) and exactly.exact):
            raise ValueError(
                f"an ExactGame is solved by AllNash(exact=True); got {shown(solver)}. "
                "Its game in floating point, exact_game.game, is for every solver."
            )
        return exactly(problem)
    if isinstance(problem, NormalFormGame | StagedGame):
        chosen = default_solver(problem) if solver is None else solver_for(solver, len(problem.players))
        if not isinstance(problem, chosen.takes):
            raise ValueError(
                f"{type(chosen).__name__} takes a {chosen.takes.__name__}; got a {type(problem).__name__}. "
                "StagedGame.from_normal_form gives a game an order of moves; StagedGame.normal_form() drops it."
            )
        return chosen(problem)
    if not hasattr(type(problem), "solve"):
        raise ValueError(
            f"solve expected a game, a Scenario or a GameFamily; got {type(problem).__name__}. "
            "Payoff matrices become a game by NormalFormGame.from_arrays(A, B), payoffs of all players at once by NormalFormGame(payoffs)."
        )
    return problem.solve(solver)
